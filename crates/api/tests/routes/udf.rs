//! TradingView's UDF datafeed under `/udf`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use parallax::candle::Interval;
use serde_json::{Value, json};

use crate::support::{House, bar, house_of, text};
use crate::world::{DAY, HOUR, NOW, answer, ask, store, store_bars, world};

#[tokio::test]
async fn the_configuration_says_what_charts_may_ask() {
    let house = world().await;
    let config = answer(&house, "/udf/config").await;
    assert_eq!(config["supports_search"], true);
    assert_eq!(config["supports_time"], true);
    let resolutions = config["supported_resolutions"].as_array().unwrap();
    for resolution in resolutions {
        let resolution = resolution.as_str().unwrap();
        let path = format!("/udf/history?symbol=bitcoin&resolution={resolution}&countback=1");
        answer(&house, &path).await;
    }
    let time = house.get("/udf/time").await;
    assert_eq!(text(time).await, NOW.to_string());
}

#[tokio::test]
async fn a_symbol_may_be_written_in_many_ways_and_has_one_ticker() {
    let house = world().await;
    for (symbol, ticker) in [
        ("BTCUSD", "bitcoin/usd"),
        ("btcusd", "bitcoin/usd"),
        ("BTC/USD", "bitcoin/usd"),
        ("PARALLAX:BTCUSD", "bitcoin/usd"),
        ("bitcoin", "bitcoin/usd"),
        ("bitcoin/eur", "bitcoin/eur"),
        ("BTCEUR", "bitcoin/eur"),
        ("ETHBTC", "ethereum/btc"),
        ("EURUSD", "euro/usd"),
    ] {
        let info = answer(&house, &format!("/udf/symbols?symbol={symbol}")).await;
        assert_eq!(info["ticker"], ticker, "{symbol}");
    }
    let info = answer(&house, "/udf/symbols?symbol=bitcoin/usd").await;
    for (name, expected) in [
        ("name", json!("BTCUSD")),
        ("description", json!("Bitcoin in US Dollar")),
        ("type", json!("crypto")),
        ("session", json!("24x7")),
        ("timezone", json!("Etc/UTC")),
        ("minmov", json!(1)),
        ("pricescale", json!(100)),
        ("has_intraday", json!(true)),
        ("currency_code", json!("USD")),
    ] {
        assert_eq!(info[name], expected, "{name}");
    }
    let euro = answer(&house, "/udf/symbols?symbol=EURUSD").await;
    assert_eq!(
        (&euro["type"], &euro["pricescale"]),
        (&json!("forex"), &json!(100_000))
    );
}

#[tokio::test]
async fn bad_input_is_refused_in_udfs_words() {
    let house = world().await;
    for (path, status) in [
        ("symbols", StatusCode::BAD_REQUEST),
        ("symbols?symbol=NOPEUSD", StatusCode::NOT_FOUND),
        ("symbols?symbol=BTCXYZ", StatusCode::NOT_FOUND),
        ("symbols?symbol=BINANCE:BTCUSDT", StatusCode::NOT_FOUND),
        ("symbols?symbol=%E2%82%AC", StatusCode::NOT_FOUND),
        ("search?limit=0", StatusCode::BAD_REQUEST),
        ("history?symbol=BTCUSD&from=0&to=1", StatusCode::BAD_REQUEST),
        (
            "history?symbol=BTCUSD&resolution=7&from=0&to=1",
            StatusCode::BAD_REQUEST,
        ),
        (
            "history?symbol=BTCUSD&resolution=1D&from=x&to=1",
            StatusCode::BAD_REQUEST,
        ),
        (
            "history?symbol=BTCUSD&resolution=1D&countback=0",
            StatusCode::BAD_REQUEST,
        ),
        (
            "history?symbol=NOPEUSD&resolution=1D&countback=1",
            StatusCode::NOT_FOUND,
        ),
        ("marks", StatusCode::NOT_FOUND),
    ] {
        let (found, _, body) = ask(&house, &format!("/udf/{path}")).await;
        assert_eq!(found, status, "{path}");
        assert_eq!(body["s"], "error", "{path}");
        assert!(!body["errmsg"].as_str().unwrap().is_empty(), "{path}");
    }
    store_bars(&house, "bitcoin", Interval::Day, [(0, "1".to_owned())]).await;
    for query in ["from=2&to=1", "to=1"] {
        let path = format!("/udf/history?symbol=BTCUSD&resolution=1D&{query}");
        assert_eq!(
            ask(&house, &path).await.0,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_may_mean_several_symbols_is_never_guessed() {
    let house = house_of(
        r#"
        [[token]]
        id = "one"
        symbol = "AAA"
        name = "Twin"
        kind = "crypto"
        [[token]]
        id = "two"
        symbol = "TWIN"
        name = "Two"
        kind = "crypto"
        "#,
    )
    .await;
    for symbol in ["TWINUSD", "TWIN/USD"] {
        let (status, _, body) = ask(&house, &format!("/udf/symbols?symbol={symbol}")).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let errmsg = body["errmsg"].as_str().unwrap();
        assert!(errmsg.contains("one") && errmsg.contains("two"), "{errmsg}");
    }
}

#[tokio::test]
async fn a_search_finds_the_best_match_first_and_can_be_limited() {
    let house = world().await;
    let search = async |query: &str| {
        let found = answer(&house, &format!("/udf/search?{query}")).await;
        let found = found.as_array().unwrap().iter();
        let tickers = found.map(|symbol| symbol["ticker"].as_str().unwrap().to_owned());
        tickers.collect::<Vec<_>>()
    };
    assert_eq!(search("query=BTCUSD&limit=1").await, ["bitcoin/usd"]);
    assert_eq!(
        search("query=bitcoin").await,
        ["bitcoin/usd", "bitcoin-cash/usd", "wrapped-bitcoin/usd"]
    );
    assert_eq!(search("query=eur&type=forex").await, ["euro/usd"]);
    assert_eq!(search("query=btc&exchange=BINANCE").await, [""; 0]);
    assert_eq!(search("query=").await.len(), 30);
    let found = answer(&house, "/udf/search?query=btc&limit=1").await;
    assert_eq!(found[0]["full_name"], "PARALLAX:BTCUSD");
}

async fn history(house: &House, query: &str) -> Value {
    answer(house, &format!("/udf/history?symbol=bitcoin/usd&{query}")).await
}

#[tokio::test]
async fn bars_are_columns_of_what_opens_in_the_range() {
    let house = world().await;
    let at = NOW - 5 * HOUR;
    let hours =
        [0, 1, 2].map(|hour| bar(Interval::Hour, at + hour * HOUR, ["10.5", "12", "9", "11"]));
    store(&house, "bitcoin", Interval::Hour, hours.into_iter()).await;
    let query = format!("resolution=60&from={at}&to={}", at + 2 * HOUR);
    assert_eq!(
        history(&house, &query).await,
        json!({"s": "ok", "t": [at, at + HOUR], "o": [10.5, 10.5], "h": [12, 12], "l": [9, 9], "c": [11, 11],
            "v": [12.5, 12.5]})
    );
    // A range that begins within a bar begins with the next.
    let query = format!("resolution=60&from={}&to={}", at + 1, at + 2 * HOUR);
    assert_eq!(history(&house, &query).await["t"], json!([at + HOUR]));
}

#[tokio::test]
async fn the_number_of_bars_goes_before_the_beginning_and_reaches_over_holes() {
    let house = world().await;
    let at = NOW - 400 * HOUR;
    let hours = [0, 1, 2, 399].map(|hour| (at + hour * HOUR, "1".to_owned()));
    store_bars(&house, "bitcoin", Interval::Hour, hours).await;
    let query = format!("resolution=60&from={}&to={NOW}&countback=3", NOW - HOUR);
    let bars = history(&house, &query).await;
    assert_eq!(
        bars["t"],
        json!([at + HOUR, at + 2 * HOUR, at + 399 * HOUR])
    );
    let all = history(&house, &format!("resolution=60&to={NOW}&countback=5000")).await;
    assert_eq!(all["t"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn an_empty_range_says_where_the_bars_before_it_end() {
    let house = world().await;
    assert_eq!(
        history(&house, "resolution=60&countback=1").await,
        json!({"s": "no_data"})
    );
    let at = NOW - 30 * DAY;
    store_bars(&house, "bitcoin", Interval::Hour, [(at, "1".to_owned())]).await;
    let query = format!("resolution=60&from={}&to={}", NOW - DAY, NOW - HOUR);
    assert_eq!(
        history(&house, &query).await,
        json!({"s": "no_data", "nextTime": at})
    );
    let query = format!("resolution=60&from=0&to={}", at - DAY);
    assert_eq!(history(&house, &query).await, json!({"s": "no_data"}));
}

#[tokio::test]
async fn answers_have_tags_and_methods_are_refused() {
    let house = world().await;
    for path in [
        "/udf/config",
        "/udf/symbols?symbol=BTCUSD",
        "/udf/search",
        "/udf/history?symbol=BTCUSD&resolution=D&countback=2",
    ] {
        let (_, headers, _) = ask(&house, path).await;
        let again = Request::get(path)
            .header(header::IF_NONE_MATCH, &headers[header::ETAG])
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            house.send(again).await.status(),
            StatusCode::NOT_MODIFIED,
            "{path}"
        );
    }
    let post = Request::post("/udf/config").body(Body::empty()).unwrap();
    assert_eq!(
        house.send(post).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}
