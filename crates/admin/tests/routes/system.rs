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
        is_cancelled: false,
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
    assert!(house.queues.orders.try_recv().is_err());
    let fields = [
        ("token", "bitcoin"),
        ("interval", "1h"),
        ("from", "2026-11-01"),
        ("until", "2026-11-02"),
    ];
    let done = editor.fill(ORDER, ORDER, &fields).await;
    assert_eq!(done.location(), "/mgmt/backfill");
    let order = house.queues.orders.try_recv().unwrap();
    assert_eq!(order.by, "anna");
    assert_eq!(order.from.to_string(), "2026-11-01T00:00:00.000Z");
    assert_eq!(order.until.to_string(), "2026-11-03T00:00:00.000Z");
    let entry = house.log().await.remove(0);
    assert_eq!(entry.note.action, "backfill.order");
    assert_eq!(entry.note.object.unwrap().id, "bitcoin");
}

#[tokio::test]
async fn an_ordered_run_is_cancelled_while_it_runs_and_what_has_ended_is_not() {
    let mut house = House::new().await;
    let mut ended = run(1, Some("anna"), 3);
    ended.errors = 0;
    let runs = vec![run(3, None, 3), run(2, Some("anna"), 1), ended];
    house.board.set_backfill_runs(runs.clone());
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    assert_eq!(viewer.get("/mgmt/backfill").await.link("Cancel"), None);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let form = "/mgmt/backfill/2/cancel";
    let page = editor.get("/mgmt/backfill").await;
    assert_eq!(page.link("Cancel").unwrap(), form, "of the one that runs");
    let question = editor.get(form).await;
    assert!(
        question
            .body
            .contains("run 2 (bitcoin, 1h, 1 of 3 steps done)"),
        "{}",
        question.body
    );
    // The worker, which shows at once what it was told.
    let board = std::sync::Arc::clone(&house.board);
    let mut cancels = std::mem::replace(&mut house.queues.cancels, tokio::sync::mpsc::channel(1).1);
    let worker = tokio::spawn(async move {
        let (number, tell) = cancels.recv().await.unwrap();
        let mut runs = runs;
        let run = runs.iter_mut().find(|run| run.number == number).unwrap();
        (run.is_cancelled, run.ended_at) = (true, Some(run.began_at));
        board.set_backfill_runs(runs);
        tell.send(true).unwrap();
    });
    let done = editor.fill(form, form, &[]).await;
    assert_eq!(done.location(), "/mgmt/backfill", "{}", done.body);
    worker.await.unwrap();
    let page = editor.get("/mgmt/backfill?state=cancelled").await;
    assert!(
        page.body.contains("The run 2 of bitcoin is cancelled."),
        "{}",
        page.body
    );
    assert!(page.body.contains("1 of 3"), "{}", page.body);
    let note = house.log().await.remove(0).note;
    assert_eq!(
        (note.action.as_str(), note.actor.name.as_str()),
        ("backfill.cancel", "anna")
    );
    // It is over, as others are; of many ticked ones that is told for each.
    let again = editor.fill(form, form, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let many = "/mgmt/backfill/cancel";
    let ids = [("id", "1"), ("id", "3")];
    editor
        .fill("/mgmt/backfill/cancel?id=1&id=3", many, &ids)
        .await;
    let page = editor.get("/mgmt/backfill").await;
    assert!(page.body.contains("Cancel: 0 of 2 runs."), "{}", page.body);
    assert_eq!(
        editor.get("/mgmt/backfill/9/cancel").await.status,
        StatusCode::NOT_FOUND
    );
}
