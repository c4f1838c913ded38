//! `/openapi.json` as a whole of several areas: each keeps to its names, its answers and its refusals.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::coingecko_contract::{requests, world_with_a_past};
use crate::support::described::{ASIDE, check, document, operation, operations, shown};
use crate::support::{House, house, json as body};

/// What is asked for the example of each operation.
const ASKED: [(&str, &str); 26] = [
    ("coingeckoAssetPlatforms", "/api/v3/asset_platforms"),
    (
        "coingeckoCoinsId",
        "/api/v3/coins/bitcoin?localization=false&tickers=false&community_data=false&developer_data=false",
    ),
    (
        "coingeckoCoinsIdContractContractAddress",
        "/api/v3/coins/ethereum/contract/0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
    ),
    (
        "coingeckoCoinsIdContractContractAddressMarketChart",
        "/api/v3/coins/ethereum/contract/0x2260fac5e5542a773aa44fbcfedf7c193bc2c599/market_chart?vs_currency=usd&days=2",
    ),
    (
        "coingeckoCoinsIdContractContractAddressMarketChartRange",
        "/api/v3/coins/ethereum/contract/0x2260fac5e5542a773aa44fbcfedf7c193bc2c599/market_chart/range?vs_currency=usd&from=1724832000&to=1724846400",
    ),
    (
        "coingeckoCoinsIdHistory",
        "/api/v3/coins/bitcoin/history?date=28-08-2024&localization=false",
    ),
    (
        "coingeckoCoinsIdMarketChart",
        "/api/v3/coins/bitcoin/market_chart?vs_currency=usd&days=3&interval=daily",
    ),
    (
        "coingeckoCoinsIdMarketChartRange",
        "/api/v3/coins/bitcoin/market_chart/range?vs_currency=usd&from=1724846000&to=1724846400",
    ),
    (
        "coingeckoCoinsIdOhlc",
        "/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days=1",
    ),
    ("coingeckoCoinsIdTickers", "/api/v3/coins/bitcoin/tickers"),
    (
        "coingeckoCoinsMarkets",
        "/api/v3/coins/markets?vs_currency=usd&ids=bitcoin,ethereum",
    ),
    ("coingeckoExchangeRates", "/api/v3/exchange_rates"),
    ("coingeckoExchanges", "/api/v3/exchanges"),
    ("coingeckoExchangesId", "/api/v3/exchanges/kraken"),
    (
        "coingeckoExchangesIdTickers",
        "/api/v3/exchanges/kraken/tickers?coin_ids=ethereum",
    ),
    ("coingeckoExchangesList", "/api/v3/exchanges/list"),
    ("coingeckoGlobal", "/api/v3/global"),
    ("coingeckoPing", "/api/v3/ping"),
    ("coingeckoSearch", "/api/v3/search?query=bitcoin"),
    (
        "coingeckoSimplePrice",
        "/api/v3/simple/price?ids=bitcoin,ethereum&vs_currencies=usd,eur&include_24hr_change=true&include_last_updated_at=true",
    ),
    (
        "coingeckoSimpleSupportedVsCurrencies",
        "/api/v3/simple/supported_vs_currencies",
    ),
    (
        "coingeckoSimpleTokenPriceId",
        "/api/v3/simple/token_price/ethereum?contract_addresses=0x2260fac5e5542a773aa44fbcfedf7c193bc2c599&vs_currencies=usd",
    ),
    ("udfConfig", "/udf/config"),
    (
        "udfHistory",
        "/udf/history?symbol=BTCUSD&resolution=60&to=1724846400&countback=3",
    ),
    ("udfSearch", "/udf/search?query=bitcoin&limit=2"),
    ("udfSymbols", "/udf/symbols?symbol=BTCUSD"),
];
/// How a decimal and an unknown figure are written as JSON numbers, in every area that does so.
const SHARED: [&str; 2] = ["Number", "Unknown"];
/// Too long to be shown.
const NOT_SHOWN: [&str; 1] = ["coingeckoCoinsList"];

/// The schemas that a part of the description refers to, and those that these refer to.
fn schemas(document: &Value, part: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![part.clone()];
    while let Some(part) = open.pop() {
        let text = part.to_string();
        for name in text.split("\"#/components/schemas/").skip(1) {
            let name = name.split('"').next().unwrap().to_owned();
            if found.insert(name.clone()) {
                open.push(document["components"]["schemas"][&name].clone());
            }
        }
    }
    found
}

async fn hold(house: &House, document: &Value, operation: &Value, path: &str) {
    let response = house.get(path).await;
    let status = response.status();
    let kind = response.headers()[header::CONTENT_TYPE].clone();
    let answer = body(response).await;
    check(document, operation, status, kind.to_str().unwrap(), &answer);
}

#[tokio::test]
async fn no_schema_of_one_area_takes_the_name_of_anothers() {
    let house = house().await;
    let document = document(&house).await;
    let mut seen = [0; 3];
    for (id, path, operation) in operations(&document) {
        let prefix = match path {
            path if path.starts_with("/api/v3/") => Some("CoinGecko"),
            path if path.starts_with("/udf/") => Some("Udf"),
            _ => None,
        };
        let own = schemas(&document, operation).into_iter();
        for schema in own.filter(|schema| !SHARED.contains(&schema.as_str())) {
            let of = ["CoinGecko", "Udf"]
                .into_iter()
                .find(|of| schema.starts_with(of));
            assert_eq!(of, prefix, "{schema} in {id}");
        }
        seen[usize::from(prefix.is_some()) + usize::from(prefix == Some("Udf"))] += 1;
    }
    assert!(seen[0] > 15 && seen[1] == 23 && seen[2] == 5, "{seen:?}");
}

#[tokio::test]
async fn answers_like_others_are_as_we_describe_them_too() {
    let house = world_with_a_past().await;
    let document = document(&house).await;
    for (request, of) in requests() {
        let operation = &document["paths"][format!("/api/v3{of}")]["get"];
        hold(&house, &document, operation, &request).await;
    }
    for (id, path) in ASKED {
        hold(&house, &document, operation(&document, id), path).await;
    }
    for (id, path) in [
        ("coingeckoSimplePrice", "/api/v3/simple/price?ids=bitcoin"),
        (
            "coingeckoSimpleTokenPriceId",
            "/api/v3/simple/token_price/nope?vs_currencies=usd",
        ),
        ("coingeckoCoinsId", "/api/v3/coins/nope"),
        (
            "coingeckoCoinsIdOhlc",
            "/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days=x",
        ),
        (
            "coingeckoCoinsMarkets",
            "/api/v3/coins/markets?vs_currency=nope",
        ),
        ("coingeckoExchangesId", "/api/v3/exchanges/nope"),
        ("udfSymbols", "/udf/symbols?symbol=NOPE"),
        ("udfHistory", "/udf/history?symbol=BTCUSD&resolution=7&to=1"),
        (
            "udfHistory",
            "/udf/history?symbol=BTCUSD&resolution=60&from=0&to=3600",
        ),
    ] {
        hold(&house, &document, operation(&document, id), path).await;
    }
}

#[tokio::test]
async fn examples_of_answers_like_others_are_real() {
    let house = world_with_a_past().await;
    let document = document(&house).await;
    let mut examples = Vec::new();
    for (id, path) in ASKED {
        examples.push((id, shown(&house, id, path).await));
    }
    for (id, answer) in examples {
        let operation = operation(&document, id);
        let content = &operation["responses"]["200"]["content"]["application/json"];
        assert_eq!(content["example"], answer, "{id}");
    }
    for (id, path, operation) in operations(&document) {
        let is_json = !operation["responses"]["200"]["content"]["application/json"].is_null();
        let is_aside = ASIDE.iter().any(|root| path.starts_with(root));
        let is_asked = ASKED.iter().any(|(of, _)| *of == id) || NOT_SHOWN.contains(&id);
        assert!(!is_json || !is_aside || is_asked, "{id}");
    }
}

#[tokio::test]
async fn keys_and_limits_are_described_on_every_route_that_has_them() {
    let house = house().await;
    let document = document(&house).await;
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    assert_eq!(schemes.len(), 6);
    for (id, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        if ["/healthz", "/readyz", "/asyncapi.json"].contains(&path) {
            assert!(operation.get("security").is_none(), "{id}");
            assert!(!responses.contains_key("429"), "{id}");
            continue;
        }
        let security = operation["security"].as_array().unwrap();
        assert!(security.contains(&json!({"bearer": []})), "{id}");
        assert_eq!(
            security.contains(&json!({})),
            path != "/api/v1/tickets",
            "{id}"
        );
        let of_gecko = security.contains(&json!({"cgProParameter": []}));
        assert_eq!(of_gecko, path.starts_with("/api/v3/"), "{id}");
        let (kind, schema) = match path {
            path if path.starts_with("/api/v3/") => ("application/json", "CoinGeckoRefusal"),
            path if path.starts_with("/udf/") => ("application/json", "UdfError"),
            _ => ("application/problem+json", "Problem"),
        };
        for status in [
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::TOO_MANY_REQUESTS,
        ] {
            let response = &responses[status.as_str()];
            let expected = json!({"$ref": format!("#/components/schemas/{schema}")});
            assert_eq!(
                response["content"][kind]["schema"], expected,
                "{id} {status}"
            );
        }
        for (status, response) in responses {
            let headers = response["headers"].as_object().unwrap();
            for name in ["RateLimit", "RateLimit-Policy"] {
                assert!(headers.contains_key(name), "{id} {status}");
            }
            let waits = ["429", "503"].contains(&status.as_str());
            assert_eq!(headers.contains_key("Retry-After"), waits, "{id} {status}");
        }
    }
}
