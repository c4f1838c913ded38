//! What `/charts/{token}.json` says of the bars: which, of what length, in which currency.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::pictures::{NOW, bitcoin, figures, ok, option, store_hours};
use crate::support::{bar, house_at};
use axum::http::header;
use parallax::candle::{Candle, Interval, Series};
use serde_json::Value;

#[tokio::test]
async fn the_option_comes_with_the_windows_and_what_a_live_chart_must_know() {
    let house = bitcoin().await;
    house.publish("bitcoin", "115");
    let answer = option(
        &house,
        "/charts/btc.json?palette=page&narrow=true&range=24h&interval=1h",
    )
    .await;
    let field = |name: &str| answer[name].clone();
    assert_eq!(field("token"), "bitcoin");
    assert_eq!(field("title"), "Bitcoin (BTC)");
    assert_eq!(
        (field("step"), field("step_ms")),
        ("1h".into(), 3_600_000.into())
    );
    assert_eq!(field("from"), "2023-11-13T23:00:00.000Z");
    assert_eq!(field("until"), "2023-11-14T23:00:00.000Z");
    assert_eq!(field("open_time"), "2023-11-14T22:00:00.000Z");
    assert_eq!(field("closed_until"), "2023-11-14T22:00:00.000Z");
    assert_eq!(field("first_held"), "2023-11-14T20:00:00.000Z");
    assert_eq!(field("at"), "2023-11-14T22:13:20.000Z");
    assert_eq!(answer["currency"]["code"], "USD");
    let figures = figures(&answer);
    assert_eq!(figures.len(), 24);
    assert_eq!(figures[20], "-");
    // The running hour ends with the live price.
    assert_eq!(
        figures[21..],
        ["100 130 90 120", "120 150 90 110", "110 115 108 115"]
    );
    assert_eq!(answer["windows"][23]["bar"]["confidence"], "0.5");
    assert!(answer["option"]["series"].is_array());
    assert!(answer["option"].to_string().contains("var(--"));
}

#[tokio::test]
async fn older_and_missing_pieces_have_the_same_windows_as_the_whole() {
    let house = bitcoin().await;
    let whole = option(&house, "/charts/bitcoin.json?range=24h&interval=1h").await;
    let since = "range=24h&interval=1h&from=2023-11-14T21:00:00Z";
    let missing = option(&house, &format!("/charts/bitcoin.json?{since}")).await;
    assert_eq!(figures(&missing), figures(&whole)[22..]);
    assert_eq!(missing["open_time"], whole["open_time"]);
    let older = option(
        &house,
        "/charts/bitcoin.json?range=24h&interval=1h&until=2023-11-14T21:00:00Z",
    )
    .await;
    assert_eq!(older["from"], "2023-11-13T21:00:00.000Z");
    assert_eq!(figures(&older).last().unwrap(), "100 130 90 120");
    assert_eq!(older["open_time"], Value::Null);
    // Nothing is held there: an empty piece, not an error. No piece has more than 500 bars.
    let past = option(
        &house,
        "/charts/bitcoin.json?range=1y&interval=1h&until=2023-01-01",
    )
    .await;
    assert_eq!(figures(&past), vec!["-"; 500]);
    let both = "from=2023-11-14T20:30:00Z&until=2023-11-14T21:30:00Z";
    let both = option(&house, &format!("/charts/bitcoin.json?interval=1h&{both}")).await;
    assert_eq!(figures(&both), figures(&whole)[21..23]);
}

#[tokio::test]
async fn the_past_is_converted_by_the_rates_of_its_time_and_the_present_by_the_live_one() {
    let house = house_at(NOW).await;
    let bars = [
        ["100", "130", "90", "120"],
        ["120", "150", "90", "110"],
        ["110", "112", "108", "111"],
    ];
    store_hours(&house, "bitcoin", &bars).await;
    let rates = [["1.2", "9", "0.1", "1.1"], ["1.1", "1.1", "1.1", "1.1"]];
    store_hours(&house, "euro", &rates).await;
    house.publish("bitcoin", "115");
    house.publish("euro", "1.15");
    let answer = option(
        &house,
        "/charts/bitcoin.json?range=24h&interval=1h&currency=eur",
    )
    .await;
    assert_eq!(answer["currency"]["code"], "EUR");
    assert_eq!(answer["currency"]["rate"], "1.15");
    assert_eq!(
        figures(&answer)[21..],
        [
            // There was no rate then.
            "-",
            "100 130.434782609 78.2608695652 100",
            // 115 / 1.15; 115 and 108 by (1.10 + 1.15) / 2.
            "100 102.222222222 96 100",
        ]
    );
    assert_eq!(answer["windows"][22]["bar"]["volume_usd"], "10.8695652174");
    // In its own currency everything is 1.
    let own = option(
        &house,
        "/charts/euro.json?range=24h&interval=1h&currency=EUR",
    )
    .await;
    assert!(figures(&own)[23].starts_with("1 ") && figures(&own)[23].ends_with(" 1"));
    // A currency that has no price now is known, and nothing is shown in it.
    let yen = option(&house, "/charts/bitcoin.json?range=24h&currency=jpy").await;
    assert_eq!(yen["currency"]["rate"], Value::Null);
    assert!(figures(&yen).iter().all(|window| window == "-"));
}

#[tokio::test]
async fn a_range_of_everything_begins_with_the_first_bar_held() {
    let house = bitcoin().await;
    let day = |days: i64| NOW - NOW % 86_400 - days * 86_400;
    let candle = |days: i64| Candle {
        series: Series::index("bitcoin".parse().unwrap(), Interval::Day),
        bar: bar(Interval::Day, day(days), ["1", "2", "1", "2"]),
    };
    house
        .store
        .save_candles(&[candle(200), candle(0)])
        .await
        .unwrap();
    let answer = option(&house, "/charts/bitcoin.json?range=max").await;
    assert_eq!(
        (answer["step"].clone(), figures(&answer).len()),
        ("1d".into(), 201)
    );
    assert_eq!(answer["from"], answer["first_held"]);
    // In hours there are only three.
    let hours = option(&house, "/charts/bitcoin.json?range=max&interval=1h").await;
    assert_eq!(figures(&hours).len(), 3);
}

#[tokio::test]
async fn what_is_settled_may_be_kept_for_a_day() {
    // A whole day later nothing of it is expected to change.
    let house = house_at(NOW + 3 * 86_400).await;
    store_hours(
        &house,
        "bitcoin",
        &[["1", "2", "1", "2"], ["2", "2", "1", "1"]],
    )
    .await;
    let piece = "from=2023-11-14T21:00:00Z&until=2023-11-14T23:00:00Z&interval=1h";
    let (headers, _) = ok(&house, &format!("/charts/bitcoin.json?{piece}")).await;
    let kept = headers[header::CACHE_CONTROL].to_str().unwrap();
    assert!(kept.contains("max-age=86400"), "{kept}");
}
