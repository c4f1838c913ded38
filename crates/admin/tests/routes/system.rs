//! The system's screen, and back-fill: what is shown, and what can be ordered.

use std::time::Duration;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::backfill::BackfillRun;
use parallax::candle::{Interval, Source};

use crate::house::House;

const ORDER: &str = "/mgmt/backfill/new";

#[tokio::test]
async fn the_system_shows_the_program_the_database_and_the_configuration_with_its_sources() {
    let house = House::new().await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    house.advance(Duration::from_secs(90_061));
    let mut viewer_later = house.browser();
    viewer_later.sign_in("vera", crate::house::PASSWORD).await;
    let page = viewer_later.get("/mgmt/system").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "0.0.0",
        "12.5 MiB",
        "1 d 1 h",
        "sqlite::memory:",
        "index_price",
        "Tables",
        "1 d",
        "store.flush_every_ms",
        "PORT",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let own = viewer_later.get("/mgmt/system?source=environment").await;
    assert!(own.body.contains("1 of 2") && !own.body.contains("flush_every_ms"));
    // A database that is away costs only what it alone knows.
    let shut = house.store.browse().sizes().await;
    assert!(shut.is_ok());
    assert_eq!(
        viewer.get("/mgmt/system").await.status,
        StatusCode::SEE_OTHER,
        "too long idle"
    );
}

fn run(number: u64, by: Option<&str>, steps_done: u32) -> BackfillRun {
    let at = parallax::time::Timestamp::from_unix_s(1_795_305_600).unwrap();
    BackfillRun {
        number,
        token: "bitcoin".parse().unwrap(),
        interval: Interval::Hour,
        from: at,
        until: at,
        by: by.map(str::to_owned),
        began_at: at,
        ended_at: (steps_done == 3).then_some(at),
        steps_done,
        steps: 3,
        bars: 4_711,
        sources: vec![Source::Index, Source::Venue("kraken".parse().unwrap())],
        errors: 1,
        last_error: Some("the <exchange> is away".to_owned()),
    }
}

#[tokio::test]
async fn runs_over_the_past_are_listed_with_their_progress_and_errors() {
    let house = House::new().await;
    let runs = vec![run(2, Some("anna"), 1), run(1, None, 3)];
    house.board.set_backfill_runs(runs);
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let page = viewer.get("/mgmt/backfill").await.body;
    for words in [
        "1 of 3",
        "3 of 3",
        "4711",
        "index, kraken",
        "the &lt;exchange&gt; is away",
        "done in part",
        "by itself",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(ORDER), "a viewer orders nothing");
    let ordered = viewer.get("/mgmt/backfill?by=anna").await.body;
    assert!(ordered.contains("1 of 2"), "{ordered}");
}

#[tokio::test]
async fn an_editor_orders_a_part_of_the_past_and_is_told_what_is_wrong_beside_the_field() {
    let mut house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    for (fields, words) in [
        (
            ["nothing", "1h", "2026-11-01", "2026-11-02"],
            "Choose one of these.",
        ),
        (
            ["bitcoin", "2h", "2026-11-01", "2026-11-02"],
            "Choose one of these.",
        ),
        (
            ["bitcoin", "1h", "yesterday", "2026-11-02"],
            "A day is written 2026-01-31.",
        ),
        (
            ["bitcoin", "1h", "2026-11-02", "2026-11-01"],
            "The range must end after it begins",
        ),
        (
            ["bitcoin", "1m", "2026-01-01", "2026-11-01"],
            "at most 31 days",
        ),
    ] {
        let [token, interval, from, until] = fields;
        let fields = [
            ("token", token),
            ("interval", interval),
            ("from", from),
            ("until", until),
        ];
        let refused = editor.fill(ORDER, ORDER, &fields).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
        assert!(refused.body.contains(words), "{fields:?}: {}", refused.body);
        assert!(
            refused.body.contains(&format!("value=\"{from}\"")),
            "nothing typed is lost"
        );
    }
    assert!(house.orders.try_recv().is_err());
    let fields = [
        ("token", "bitcoin"),
        ("interval", "1h"),
        ("from", "2026-11-01"),
        ("until", "2026-11-02"),
    ];
    let done = editor.fill(ORDER, ORDER, &fields).await;
    assert_eq!(done.location(), "/mgmt/backfill");
    let order = house.orders.try_recv().unwrap();
    assert_eq!(order.by, "anna");
    assert_eq!(order.from.to_string(), "2026-11-01T00:00:00.000Z");
    assert_eq!(order.until.to_string(), "2026-11-03T00:00:00.000Z");
    let entry = house.log().await.remove(0);
    assert_eq!(entry.note.action, "backfill.order");
    assert_eq!(entry.note.object.unwrap().id, "bitcoin");
}
