//! Hours in the store of a house, and what pictures of them answer.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses a part of it"
)]

use axum::http::{HeaderMap, StatusCode, header};
use parallax::candle::{Candle, Interval, Series};
use serde_json::Value;

use super::{House, bar, house_at, text};

/// 2023-11-14T22:00:00Z, which is 13 min 20 s before the clock of [`super::house_of`].
pub(crate) const HOUR: i64 = 1_699_999_200;
/// The clock of [`super::house_of`].
pub(crate) const NOW: i64 = 1_700_000_000;

/// Stores hours of a token, the last of which is running.
pub(crate) async fn store_hours(house: &House, token: &str, bars: &[[&str; 4]]) {
    let first = HOUR - 3_600 * (i64::try_from(bars.len()).unwrap() - 1);
    let candles: Vec<_> = bars
        .iter()
        .zip(0..)
        .map(|(ohlc, hour)| Candle {
            series: Series::index(token.parse().unwrap(), Interval::Hour),
            bar: bar(Interval::Hour, first + hour * 3_600, *ohlc),
        })
        .collect();
    house.store.save_candles(&candles).await.unwrap();
}

pub(crate) async fn bitcoin() -> House {
    let house = house_at(NOW).await;
    let bars = [
        ["100", "130", "90", "120"],
        ["120", "150", "90", "110"],
        ["110", "112", "108", "111"],
    ];
    store_hours(&house, "bitcoin", &bars).await;
    house
}

pub(crate) async fn ok(house: &House, path: &str) -> (HeaderMap, String) {
    let response = house.get(path).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = text(response).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    (headers, body)
}

pub(crate) async fn problem(house: &House, path: &str) -> (StatusCode, String) {
    let response = house.get(path).await;
    let status = response.status();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json",
        "{path}"
    );
    let body = super::json(response).await;
    (status, body["detail"].as_str().unwrap().to_owned())
}

pub(crate) async fn option(house: &House, path: &str) -> Value {
    serde_json::from_str(&ok(house, path).await.1).unwrap()
}

/// The open, high, low and close of each window, `-` where there is no bar.
pub(crate) fn figures(answer: &Value) -> Vec<String> {
    let figures = |window: &Value| match &window["bar"] {
        Value::Null => "-".to_owned(),
        bar => ["open", "high", "low", "close"]
            .map(|name| bar[name].as_str().unwrap())
            .join(" "),
    };
    answer["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(figures)
        .collect()
}
