//! `…/chart` and `…/chart.csv`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it was skipped"
)]

use crate::support::{self, House, bar, house_at, text};
use axum::http::{StatusCode, header};
use parallax::Decimal;
use parallax::candle::{Candle, Interval, Series};
use serde_json::{Value, json};

/// 2024-08-28T00:00:00Z.
const DAY: i64 = 1_724_803_200;
const HOUR: i64 = 3_600;

/// At noon, with hours 1 and 5 held, and one 20 days earlier.
async fn sparse() -> House {
    let house = house_at(DAY + 12 * HOUR).await;
    let hours = [
        (DAY - 480 * HOUR, "7"),
        (DAY + HOUR, "10"),
        (DAY + 5 * HOUR, "20"),
    ];
    house.store_candles("index", Interval::Hour, &hours).await;
    house
}

async fn chart(house: &House, query: &str) -> Value {
    let response = house.get(&format!("/api/v1/tokens/BTC/chart{query}")).await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    support::json(response).await
}

/// The values of one series.
fn values(chart: &Value, series: usize) -> Vec<Value> {
    let entries = chart[series].as_array().unwrap().iter();
    entries.map(|entry| entry[2].clone()).collect()
}

#[tokio::test]
async fn a_chart_begins_at_the_first_hour_held_within_seven_days_in_windows_of_four_hours() {
    let house = sparse().await;
    let chart = chart(&house, "").await;
    let names: Vec<_> = (0..5).map(|series| chart[series][0][1].clone()).collect();
    assert_eq!(names, ["open", "close", "high", "low", "priceUSD"]);
    for series in 0..5 {
        let entries = chart[series].as_array().unwrap().iter();
        let times: Vec<_> = entries.map(|entry| entry[0].clone()).collect();
        assert_eq!(
            times,
            [
                "2024-08-28T01:00:00",
                "2024-08-28T05:00:00",
                "2024-08-28T09:00:00"
            ]
        );
        assert_eq!(values(&chart, series), [json!(10), json!(20), json!(20)]);
    }
}

#[tokio::test]
async fn hours_without_data_are_filled_as_asked() {
    let house = sparse().await;
    let range = "?hours=1&from=2024-08-28&to=2024-08-28T07:00:00";
    let of = async |fill: &str| values(&chart(&house, &format!("{range}{fill}")).await, 4);
    let previous = json!([7, 10, 10, 10, 10, 20, 20]);
    assert_eq!(json!(of("").await), previous);
    assert_eq!(json!(of("&fill=previous").await), previous);
    assert_eq!(
        json!(of("&fill=zero").await),
        json!([0, 10, 0, 0, 0, 20, 0])
    );
    assert_eq!(
        json!(of("&fill=none").await),
        json!([null, 10, null, null, null, 20, null])
    );
}

#[tokio::test]
async fn windows_before_any_data_have_no_previous_close() {
    let house = house_at(DAY + 12 * HOUR).await;
    house
        .store_candles("index", Interval::Hour, &[(DAY + HOUR, "10")])
        .await;
    let chart = chart(&house, "?hours=1&from=2024-08-28&to=2024-08-28T02:00:00").await;
    assert_eq!(values(&chart, 0), [Value::Null, json!(10)]);
}

#[tokio::test]
async fn a_range_is_cut_to_the_hour_at_its_start_and_half_open_at_its_end() {
    let house = sparse().await;
    let times = async |query: &str| -> Vec<String> {
        let chart = chart(&house, query).await;
        let entries = chart[0].as_array().unwrap().iter();
        entries
            .map(|entry| entry[0].as_str().unwrap()[11..16].to_owned())
            .collect()
    };
    let from_to = |from: &str, to: &str| format!("?hours=1&from={from}&to={to}");
    assert_eq!(
        times(&from_to("2024-08-28T01:59:59Z", "1724814000")).await,
        ["01:00", "02:00"]
    );
    assert_eq!(
        times(&from_to(
            "2024-08-28T03:30:00%2B02:00",
            "2024-08-28T03:00:00.001Z"
        ))
        .await,
        ["01:00", "02:00", "03:00"]
    );
    // The future is not charted.
    assert_eq!(
        times(&from_to("2024-08-28T10:00:00", "2030-01-01")).await,
        ["10:00", "11:00"]
    );
}

#[tokio::test]
async fn a_token_without_history_has_five_empty_series() {
    let house = house_at(DAY).await;
    let empty = json!([[], [], [], [], []]);
    assert_eq!(chart(&house, "").await, empty);
    // Held, but nothing within seven days, and no beginning was asked for.
    house
        .store_candles("index", Interval::Hour, &[(DAY - 200 * HOUR, "7")])
        .await;
    assert_eq!(chart(&house, "").await, empty);
    assert_eq!(
        values(&chart(&house, "?from=2024-08-27T20:00:00").await, 0),
        [json!(7)]
    );
}

#[tokio::test]
async fn the_source_is_the_index_or_what_exists_and_is_named() {
    let house = sparse().await;
    house
        .store_candles("thegraph", Interval::Hour, &[(DAY - 96 * HOUR, "99")])
        .await;
    house
        .store_candles(
            "kraken",
            Interval::Hour,
            &[(DAY - 96 * HOUR, "98"), (DAY, "97")],
        )
        .await;
    let source = async |query: &str| {
        let response = house
            .get(&format!("/api/v1/tokens/bitcoin/chart{query}"))
            .await;
        response.headers()["x-parallax-source"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(source("").await, "index");
    assert_eq!(source("?source=thegraph").await, "thegraph");
    assert_eq!(source("?source=TheGraph").await, "thegraph");
    // The index has nothing there: the venue that reaches furthest answers.
    assert_eq!(source("?from=2024-08-24&to=2024-08-25").await, "kraken");
    assert_eq!(
        source("?from=2024-08-24&to=2024-08-25&source=index").await,
        "index"
    );
}

#[tokio::test]
async fn what_cannot_be_drawn_is_a_problem_that_says_what_to_do() {
    let house = sparse().await;
    for (query, word, words) in [
        ("hours=0", "bad-parameter", "1 to 8760"),
        ("hours=8761", "bad-parameter", "1 to 8760"),
        ("hours=1.5", "bad-parameter", "whole number"),
        ("hours=-4", "bad-parameter", "whole number"),
        ("from=yesterday", "bad-parameter", "2026-01-31"),
        ("to=2024-99-01", "bad-parameter", "2026-01-31"),
        ("fill=last", "bad-parameter", "previous, zero or none"),
        (
            "from=2024-08-28&to=2024-08-28",
            "bad-parameter",
            "earlier than the end",
        ),
        (
            "from=2024-08-28&to=2024-08-27",
            "bad-parameter",
            "earlier than the end",
        ),
        ("from=2024-08-29", "bad-parameter", "earlier than the end"),
        ("hours=1&from=1970-01-01", "too-large", "at most 10000"),
        ("source=mtgox", "unknown-source", "known are index, kraken"),
        ("source=a/b", "bad-parameter", "index or an exchange's id"),
        ("window=4", "bad-parameter", "window"),
        ("hours=1&hours=2", "bad-parameter", "hours"),
    ] {
        let response = house
            .get(&format!("/api/v1/tokens/bitcoin/chart?{query}"))
            .await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = support::json(response).await;
        assert_eq!(
            problem["type"],
            format!("urn:parallax:problem:{word}"),
            "{query}"
        );
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{query}: {detail}");
    }
}

#[tokio::test]
async fn an_empty_parameter_is_one_that_was_not_given() {
    let house = sparse().await;
    assert_eq!(
        chart(&house, "?hours=&from=&to=&fill=&source=").await,
        chart(&house, "").await
    );
}

#[tokio::test]
async fn the_same_windows_come_as_csv() {
    let house = sparse().await;
    let response = house
        .get("/api/v1/tokens/bitcoin/chart?from=2024-08-28&to=2024-08-28T06:00:00&fill=none")
        .await;
    let link = response.headers()[header::LINK].to_str().unwrap();
    let (address, relation) = link.split_once('>').unwrap();
    assert_eq!(relation, "; rel=\"alternate\"; type=\"text/csv\"");
    let csv = house.get(address.trim_start_matches('<')).await;
    assert_eq!(
        csv.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"bitcoin-index-chart-4h.csv\""
    );
    assert!(
        csv.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert_eq!(
        text(csv).await,
        "time,open,close,high,low,priceUSD\r\n\
         2024-08-28T00:00:00,10,10,10,10,10\r\n\
         2024-08-28T04:00:00,20,20,20,20,20\r\n"
    );
}

#[tokio::test]
async fn values_are_numbers_with_all_their_digits() {
    let house = house_at(DAY + 12 * HOUR).await;
    let price = "59192.66908546062932823897144";
    house
        .store_candles("index", Interval::Hour, &[(DAY, price)])
        .await;
    let response = house
        .get("/api/v1/tokens/bitcoin/chart?to=2024-08-28T01:00:00")
        .await;
    let body = text(response).await;
    assert!(
        body.contains(&format!("[\"2024-08-28T00:00:00\",\"priceUSD\",{price}]")),
        "{body}"
    );
}

#[tokio::test]
async fn an_unreadable_database_is_an_error_and_not_an_empty_chart() {
    let house = sparse().await;
    house.store.close().await;
    for below in [
        "chart",
        "chart.csv",
        "candles",
        "candles.csv",
        "price?at=2024-08-28",
    ] {
        let response = house.get(&format!("/api/v1/tokens/bitcoin/{below}")).await;
        assert_eq!(
            response.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{below}"
        );
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        let problem = support::json(response).await;
        assert_eq!(problem["type"], "urn:parallax:problem:history-unavailable");
    }
    assert_eq!(
        house.get("/api/v1/tokens/bitcoin").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_recorded_day_of_wbtc_has_the_known_means() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/recordings/thegraph/tokenHourDatas_WBTC_2024-08-28.json"
    );
    let Ok(recording) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: the recording {path} is not here");
        return;
    };
    let house = house_at(DAY + 24 * HOUR).await;
    let recording: Value = serde_json::from_str(&recording).unwrap();
    let candle = |row: &Value| {
        // The Graph's adapter rounds 34 digits in its own place; here they are cut to what fits.
        let ohlc =
            ["open", "high", "low", "close"].map(|key| row[key].as_str().unwrap()[..29].to_owned());
        let open_s = row["periodStartUnix"].as_i64().unwrap();
        Candle {
            series: Series {
                token: "wrapped-bitcoin".parse().unwrap(),
                source: "thegraph".parse().unwrap(),
                interval: Interval::Hour,
            },
            bar: bar(Interval::Hour, open_s, ohlc.each_ref().map(String::as_str)),
        }
    };
    let rows = recording["data"]["tokenHourDatas"].as_array().unwrap();
    let candles: Vec<_> = rows.iter().map(candle).collect();
    house.store.save_candles(&candles).await.unwrap();
    let response = house.get("/api/v1/tokens/wbtc/chart?hours=4").await;
    assert_eq!(response.headers()["x-parallax-source"], "thegraph");
    let chart = support::json(response).await;
    let floors: Vec<_> = values(&chart, 4)
        .iter()
        .map(|mean| {
            mean.to_string()
                .parse::<Decimal>()
                .unwrap()
                .floor()
                .to_string()
        })
        .collect();
    assert_eq!(
        floors,
        ["59338", "59009", "59773", "59362", "58993", "59132"]
    );
}
