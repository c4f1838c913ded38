//! `/openapi.json`: what describes the others is whole, and what the others answer is as described.
//!
//! The worked examples are answers of the house below. `UPDATE_EXAMPLES=1 cargo nextest run -p
//! parallax-api` writes them anew when an answer has changed for a reason.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::{StatusCode, header};
use parallax::candle::Interval;
use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::index::{Constituent, ConversionLeg, Exclusion, Rule};
use parallax::stream::Changes;
use parallax::time::Timestamp;
use parallax_board::Publication;
use serde_json::Value;

use crate::support::described::{ASIDE, check, document, operation, operations, shown};
use crate::support::markets::{Told, market};
use crate::support::pictures::{HOUR, NOW};
use crate::support::{self, House, house, index};

/// What is asked for the example of each operation that answers with JSON.
const ASKED: [(&str, &str); 16] = [
    ("tokens", "/api/v1/tokens?search=bit&sort=price&limit=2"),
    ("token", "/api/v1/tokens/bitcoin"),
    (
        "candles",
        "/api/v1/tokens/bitcoin/candles?interval=1h&limit=2",
    ),
    (
        "chart",
        "/api/v1/tokens/bitcoin/chart?hours=1&from=2023-11-14T21:00:00Z",
    ),
    ("price", "/api/v1/tokens/bitcoin/price"),
    ("rates", "/api/v1/rates?pair=BTC_USD"),
    ("markets", "/api/v1/markets?exchange=kraken&token=bitcoin"),
    ("exchanges", "/api/v1/exchanges"),
    ("exchange", "/api/v1/exchanges/kraken"),
    ("status", "/api/v1/status"),
    ("ready", "/readyz"),
    ("chartOption", "/charts/bitcoin.json"),
    ("compareOption", "/compare.json?ids=bitcoin,ethereum"),
    ("asyncApi", "/asyncapi.json"),
    ("rates", "/api/v1/rates?exchange=kraken"),
    ("exchange", "/api/v1/exchanges/KRAKEN"),
];
/// Operations whose answer is too long to be shown, or not always 200.
const NOT_SHOWN: [&str; 4] = ["asyncApi", "chartOption", "compareOption", "ready"];

fn at(unix_s: i64) -> Timestamp {
    Timestamp::from_unix_s(unix_s).unwrap()
}

fn constituent(market: &str, quote: &str, bid: &str) -> Constituent {
    let through_tether = (quote == "USDT").then(|| ConversionLeg {
        through: "tether".parse().unwrap(),
        rate: "0.9998".parse().unwrap(),
        rate_at: at(NOW - 1),
        inverted: false,
    });
    Constituent {
        venue: "kraken".parse().unwrap(),
        market: market.to_owned(),
        base_code: "BTC".parse().unwrap(),
        quote_code: quote.parse().unwrap(),
        bid: Some(bid.parse().unwrap()),
        ask: Some("67124".parse().unwrap()),
        bid_size: None,
        ask_size: None,
        spot: None,
        observed_at: None,
        received_at: Some(at(NOW - 2)),
        age_ms: Some(2_000),
        conversion: through_tether,
        mid_usd: Some("67123.5".parse().unwrap()),
        offset_bp: Some("-0.42".parse().unwrap()),
        volume_24h_usd: Some("1250000".parse().unwrap()),
        weight: Some("0.5".parse().unwrap()),
        excluded: None,
    }
}

/// A house with a little of everything.
async fn furnished() -> House {
    let house = house().await;
    let mut bitcoin = index("bitcoin", "67123.45", NOW - 1);
    let mut left_out = constituent("XBT/USDT", "USDT", "67000");
    (left_out.weight, left_out.excluded) = (
        None,
        Some(Exclusion {
            rule: Rule::WideSpread,
            found: "312 bp".to_owned(),
            allowed: "at most 200 bp".to_owned(),
        }),
    );
    bitcoin.constituents = vec![constituent("XBT/USD", "USD", "67123"), left_out];
    bitcoin.volume_24h_usd = Some("2500000".parse().unwrap());
    let changes = Changes {
        hour_pct: Some("0.12".parse().unwrap()),
        day_pct: Some("-1.5".parse().unwrap()),
        week_pct: None,
    };
    house.board.publish([Publication {
        index: Arc::new(bitcoin),
        changes,
    }]);
    for (token, price) in [
        ("bitcoin-cash", "402.1"),
        ("wrapped-bitcoin", "67100"),
        ("ethereum", "3000.5"),
    ] {
        house.publish(token, price);
    }
    house.board.set_markets(vec![
        market(
            "kraken",
            "XBT/USD",
            ["XBT", "USD"],
            Told::Quote("67123", "67124"),
        ),
        market("kraken", "ETH/XBT", ["ETH", "XBT"], Told::Nothing),
    ]);
    house.board.publish_connection(Arc::new(ConnectionReport {
        id: "kraken/0".to_owned(),
        venue: "kraken".parse().unwrap(),
        venue_name: "Kraken".to_owned(),
        endpoint: "wss://ws.kraken.com/v2".to_owned(),
        state: ConnectionState::Live,
        since: at(NOW - 600),
        markets: 2,
        stalled_markets: 0,
        last_data_at: Some(at(NOW - 1)),
        frames_per_second_x100: 1_250,
        frames: 7_500,
        events: 15_000,
        reconnects: 0,
        decode_errors: 0,
        drops: 0,
        rejected_subscriptions: 0,
        last_error: None,
        last_error_at: None,
        next_attempt_at: None,
        budget: None,
    }));
    let hours = [(HOUR - 3_600, "67000"), (HOUR, "67123.45")];
    house.store_candles("index", Interval::Hour, &hours).await;
    let minutes = [(HOUR + 720, "67123")];
    house
        .store_candles("index", Interval::Minute, &minutes)
        .await;
    house
}

#[tokio::test]
async fn the_description_is_openapi_3_1_with_a_licence_and_servers() {
    let house = house().await;
    let response = house.get("/openapi.json").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let document = support::json(response).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(
        document["info"]["license"]["identifier"],
        "MIT OR Apache-2.0"
    );
    assert_eq!(document["servers"][0]["url"], "/");
    support::not_modified(&house, "/openapi.json").await;
}

#[tokio::test]
async fn the_whole_description() {
    let house = house().await;
    let mut document = document(&house).await;
    // The examples are files of their own and compared below.
    for (_, item) in document["paths"].as_object_mut().unwrap() {
        for (_, operation) in item.as_object_mut().unwrap() {
            for (_, response) in operation["responses"].as_object_mut().unwrap() {
                let contents = response.get_mut("content").and_then(Value::as_object_mut);
                for (_, content) in contents.into_iter().flatten() {
                    content.as_object_mut().unwrap().remove("example");
                }
            }
        }
    }
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn every_operation_has_an_id_a_tag_that_is_described_and_a_summary() {
    let house = house().await;
    let document = document(&house).await;
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for (id, path, operation) in operations(&document) {
        assert!(ids.insert(id), "{id} twice");
        assert!(operation["summary"].is_string(), "{path}");
        assert!(
            tags.contains(operation["tags"][0].as_str().unwrap()),
            "{path}"
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path}: {parameter}");
            assert!(
                !parameter["schema"].to_string().contains("null"),
                "{path}: {parameter}"
            );
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let house = house().await;
    let document = document(&house).await;
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    for pointer in references.map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn every_time_has_its_milliseconds_beside_it() {
    let house = house().await;
    let document = document(&house).await;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let parts = schema["allOf"].as_array().cloned().unwrap_or_default();
        for object in parts.iter().chain([schema]) {
            let Some(properties) = object["properties"].as_object() else {
                continue;
            };
            for (property, schema) in properties {
                let is_time = schema.to_string().contains("/Timestamp\"");
                if is_time && !name.ends_with("Usage") {
                    let beside = format!("{property}_ms");
                    assert!(properties.contains_key(&beside), "{name}.{property}");
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let house = furnished().await;
    let document = document(&house).await;
    for (id, path) in ASKED {
        let response = house.get(path).await;
        let status = response.status();
        let kind = response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        let body = support::json(response).await;
        check(&document, operation(&document, id), status, &kind, &body);
    }
}

#[tokio::test]
async fn problems_are_as_they_are_described() {
    let house = furnished().await;
    let document = document(&house).await;
    for (id, path) in [
        ("tokens", "/api/v1/tokens?limit=0"),
        ("token", "/api/v1/tokens/bitcon"),
        ("candles", "/api/v1/tokens/bitcoin/candles?interval=2m"),
        ("chart", "/api/v1/tokens/bitcon/chart"),
        ("chartCsv", "/api/v1/tokens/bitcoin/chart.csv?hours=0"),
        ("price", "/api/v1/tokens/bitcoin/price?at=1"),
        ("rates", "/api/v1/rates"),
        ("rates", "/api/v1/rates?pair=BTC_JPY"),
        ("markets", "/api/v1/markets?exchange=mtgox"),
        ("exchange", "/api/v1/exchanges/mtgox"),
        ("stream", "/api/v1/stream?tokens="),
        ("chartSvg", "/charts/bitcoin.svg?range=2d"),
        ("chartPng", "/charts/bitcon.png"),
        ("compareJson", "/compare.json?ids="),
        ("badge", "/badges/bitcon.svg"),
        ("sparkline", "/sparklines/bitcoin.svg?width=1"),
    ] {
        let id = if id == "compareJson" {
            "compareOption"
        } else {
            id
        };
        let response = house.get(path).await;
        let status = response.status();
        assert!(status.is_client_error(), "{path}");
        let body = support::json(response).await;
        let operation = operation(&document, id);
        check(
            &document,
            operation,
            status,
            "application/problem+json",
            &body,
        );
    }
}

#[tokio::test]
async fn every_example_is_the_programs_real_answer() {
    let house = furnished().await;
    let document = document(&house).await;
    let asked = ASKED.into_iter().filter(|(id, _)| !NOT_SHOWN.contains(id));
    let mut examples = BTreeMap::new();
    for (id, path) in asked {
        if !examples.contains_key(id) {
            examples.insert(id, shown(&house, id, path).await);
        }
    }
    for (id, path, operation) in operations(&document) {
        let content = &operation["responses"]["200"]["content"]["application/json"];
        let elsewhere = ASIDE.iter().any(|root| path.starts_with(root));
        if content.is_null() || elsewhere || NOT_SHOWN.contains(&id) {
            continue;
        }
        let answer = examples.get(id);
        let answer = answer.unwrap_or_else(|| panic!("{path} is not asked for"));
        assert_eq!(&content["example"], answer, "{path}");
    }
}
