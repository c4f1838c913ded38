//! Every route of `/api/v3` held against CoinGecko's own description, where that is on this machine.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it was skipped"
)]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use parallax::candle::Interval;
use serde_json::{Value, json};

use crate::support::House;
use crate::world::{DAY, HOUR, MINUTE, NOW, answer, ask, store_bars, world};

const WBTC: &str = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599";

/// Each route as a request, with the path in the description.
pub(crate) fn requests() -> Vec<(String, &'static str)> {
    let (from, to) = (NOW - DAY, NOW);
    let with = |path: &str, of| (format!("/api/v3{path}"), of);
    vec![
        with("/ping", "/ping"),
        with(
            "/simple/price?ids=bitcoin,solana,dogecoin&vs_currencies=usd,eur,btc&include_market_cap=true\
             &include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true&precision=full",
            "/simple/price",
        ),
        with(
            &format!("/simple/token_price/ethereum?contract_addresses={WBTC}&vs_currencies=usd"),
            "/simple/token_price/{id}",
        ),
        with(
            "/simple/supported_vs_currencies",
            "/simple/supported_vs_currencies",
        ),
        with("/coins/list?include_platform=true", "/coins/list"),
        with(
            "/coins/markets?vs_currency=eur&sparkline=true&include_rehypothecated=true\
             &price_change_percentage=1h,24h,7d,14d,30d,200d,1y",
            "/coins/markets",
        ),
        with(
            "/coins/bitcoin?sparkline=true&include_categories_details=true",
            "/coins/{id}",
        ),
        with("/coins/dogecoin", "/coins/{id}"),
        with("/coins/cardano", "/coins/{id}"),
        with(
            "/coins/bitcoin/tickers?include_exchange_logo=true&depth=true",
            "/coins/{id}/tickers",
        ),
        with(
            "/coins/bitcoin/history?date=28-08-2024",
            "/coins/{id}/history",
        ),
        with(
            "/coins/bitcoin/history?date=28-08-2014",
            "/coins/{id}/history",
        ),
        with(
            "/coins/bitcoin/market_chart?vs_currency=usd&days=1",
            "/coins/{id}/market_chart",
        ),
        with(
            &format!("/coins/bitcoin/market_chart/range?vs_currency=eur&from={from}&to={to}"),
            "/coins/{id}/market_chart/range",
        ),
        with(
            "/coins/bitcoin/ohlc?vs_currency=usd&days=7",
            "/coins/{id}/ohlc",
        ),
        with(
            &format!("/coins/ethereum/contract/{WBTC}"),
            "/coins/{id}/contract/{contract_address}",
        ),
        with(
            &format!("/coins/ethereum/contract/{WBTC}/market_chart?vs_currency=usd&days=2"),
            "/coins/{id}/contract/{contract_address}/market_chart",
        ),
        with(
            &format!(
                "/coins/ethereum/contract/{WBTC}/market_chart/range?vs_currency=usd&from={from}&to={to}"
            ),
            "/coins/{id}/contract/{contract_address}/market_chart/range",
        ),
        with("/asset_platforms", "/asset_platforms"),
        with("/search?query=bit", "/search"),
        with("/exchanges", "/exchanges"),
        with("/exchanges/list", "/exchanges/list"),
        with("/exchanges/kraken", "/exchanges/{id}"),
        with("/exchanges/kraken/tickers", "/exchanges/{id}/tickers"),
        with("/exchange_rates", "/exchange_rates"),
        with("/global", "/global"),
    ]
}

/// With bars of every length.
pub(crate) async fn world_with_a_past() -> House {
    let house = world().await;
    let minutes = (0..26 * 60).map(|ago| (NOW - ago * MINUTE, "60000.5".to_owned()));
    store_bars(&house, "bitcoin", Interval::Minute, minutes).await;
    for token in ["bitcoin", "wrapped-bitcoin", "euro"] {
        let hours = (1..9 * 24).map(|ago| (NOW - ago * HOUR, "1000.5".to_owned()));
        store_bars(&house, token, Interval::Hour, hours).await;
    }
    let days = (0..400).map(|ago| (NOW - NOW % DAY - ago * DAY, "900".to_owned()));
    store_bars(&house, "bitcoin", Interval::Day, days).await;
    house
}

/// OpenAPI 3.0's `nullable` as JSON Schema; and nothing may be answered that is not described, but for
/// currencies' codes, which the description only hints at.
fn as_json_schema(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(object) => {
            if object.get("nullable") == Some(&json!(true)) {
                let kind = object["type"].clone();
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
            let is_open = object.contains_key("additionalProperties") || name == "SimplePrice";
            if object.contains_key("properties") && !is_open {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            for part in object.values_mut() {
                as_json_schema(part, name);
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| as_json_schema(part, name)),
        _ => {}
    }
}

#[tokio::test]
async fn every_answer_is_as_coingecko_describes_it() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/coingecko/openapi.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: CoinGecko's description {path} is not here");
        return;
    };
    let description: Value = serde_json::from_str(&text).unwrap();
    let house = world_with_a_past().await;
    for (request, of) in requests() {
        let body = answer(&house, &request).await;
        let described = &description["paths"][of]["get"]["responses"]["200"]["content"];
        let schema = described["application/json"]["schema"]["$ref"]
            .as_str()
            .unwrap();
        let name = schema.rsplit('/').next().unwrap();
        let mut schema = description["components"]["schemas"][name].clone();
        as_json_schema(&mut schema, name);
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            errors.is_empty(),
            "{request}\n{}\n{body:#}",
            errors.join("\n")
        );
    }
}

#[tokio::test]
async fn every_answer_has_a_tag_and_is_not_sent_again_while_it_holds() {
    let house = world().await;
    for (request, _) in requests() {
        let (status, headers, _) = ask(&house, &request).await;
        assert_eq!(status, StatusCode::OK, "{request}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        let again = Request::get(&request)
            .header(header::IF_NONE_MATCH, &headers[header::ETAG])
            .body(Body::empty())
            .unwrap();
        let again = house.send(again).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{request}");
    }
}

#[tokio::test]
async fn keys_and_unknown_parameters_are_no_errors() {
    let house = world().await;
    for (request, _) in requests() {
        let comma = if request.contains('?') { '&' } else { '?' };
        let request =
            format!("{request}{comma}x_cg_demo_api_key=CG-x&x_cg_pro_api_key=CG-y&foo=bar");
        answer(&house, &request).await;
    }
}

#[tokio::test]
async fn a_slash_at_the_end_does_not_matter() {
    let house = world().await;
    let coin = answer(&house, "/api/v3/coins/bitcoin/?tickers=false").await;
    assert_eq!(coin["id"], "bitcoin");
    assert!(coin.get("tickers").is_none());
    let (status, _, body) = ask(&house, "/api/v3/coins/nope/").await;
    assert_eq!(
        (status, body),
        (StatusCode::NOT_FOUND, json!({"error": "coin not found"}))
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_coingeckos_words() {
    let house = world().await;
    for path in [
        "/api/v3/coin/bitcoin",
        "/api/v3/simple/",
        "/api/v3//",
        "/api/v3/coins/bitcoin/ohlc/range",
    ] {
        let (status, _, body) = ask(&house, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(
            body["error"]
                .as_str()
                .unwrap()
                .starts_with("Incorrect path"),
            "{body}"
        );
    }
    let post = Request::post("/api/v3/ping").body(Body::empty()).unwrap();
    let response = house.send(post).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
}
