//! `…/candles`, `…/candles.csv` and `…/price`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::{self, House, bar, house_at, index, text};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use parallax::candle::{Candle, CandleKind, Interval, Series};
use parallax_service::csv::Reader;
use serde_json::{Value, json};

/// 2024-08-28T00:00:00Z.
const DAY: i64 = 1_724_803_200;
const HOUR: i64 = 3_600;

/// Ten days after the day, of which the hours 0 to 23 are held but for the hours 5 and 6.
async fn house() -> House {
    let house = house_at(DAY + 240 * HOUR).await;
    let hours: Vec<_> = (0..24)
        .filter(|hour| ![5, 6].contains(hour))
        .map(|hour| (DAY + hour * HOUR, "10.50"))
        .collect();
    house.store_candles("index", Interval::Hour, &hours).await;
    house
}

async fn get(house: &House, below: &str) -> (HeaderMap, Value) {
    let response = house.get(&format!("/api/v1/tokens/bitcoin/{below}")).await;
    assert_eq!(response.status(), StatusCode::OK, "{below}");
    (response.headers().clone(), support::json(response).await)
}

#[tokio::test]
async fn a_candle_says_how_it_came_about_with_exact_decimals() {
    let house = house().await;
    let (headers, page) = get(&house, "candles?interval=1h&from=2024-08-28&limit=1").await;
    assert_eq!(page["token"], "bitcoin");
    assert_eq!(page["source"], "index");
    assert_eq!(page["interval"], "1h");
    assert_eq!(page["from"], "2024-08-28T00:00:00.000Z");
    assert_eq!(page["to"], "2024-08-28T01:00:00.000Z");
    assert_eq!(
        page["candles"],
        json!([{
            "open_time": "2024-08-28T00:00:00.000Z", "open_time_ms": 1_724_803_200_000_i64,
            "close_time": "2024-08-28T01:00:00.000Z", "close_time_ms": 1_724_806_800_000_i64,
            "open": "10.5", "high": "10.5", "low": "10.5", "close": "10.5", "confidence": null,
            "volume_usd": "12.5", "trades": 3, "sources": 2,
            "kind": "traded", "revision": 0, "closed": true, "minutes": 60,
        }])
    );
    assert_eq!(headers["x-parallax-source"], "index");
    let link = headers[header::LINK].to_str().unwrap();
    assert!(
        link.contains("rel=\"alternate\"; type=\"text/csv\""),
        "{link}"
    );
    assert!(link.contains("rel=\"next\""), "{link}");
}

#[tokio::test]
async fn an_hour_of_which_nothing_was_seen_is_a_gap_without_prices() {
    let house = house().await;
    let (_, page) = get(
        &house,
        "candles?from=2024-08-28T05:00:00&to=2024-08-28T06:00:00",
    )
    .await;
    let gap = &page["candles"][0];
    assert_eq!(
        (&gap["kind"], &gap["open"], &gap["close"]),
        (&json!("gap"), &Value::Null, &Value::Null)
    );
    assert_eq!((&gap["minutes"], &gap["closed"]), (&json!(0), &json!(true)));
    // A longer candle over it shows the part that was seen, and says so.
    let (_, page) = get(&house, "candles?interval=4h&from=2024-08-28&limit=2").await;
    assert_eq!(page["candles"][0]["kind"], "traded");
    assert_eq!(page["candles"][0]["volume_usd"], "50");
    assert_eq!(page["candles"][1]["kind"], "gap");
    assert_eq!(page["candles"][1]["minutes"], 120);
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end_without_a_hole() {
    let house = house().await;
    let mut address =
        "/api/v1/tokens/bitcoin/candles?from=2024-08-01&to=2024-08-29&limit=7".to_owned();
    let mut times = Vec::new();
    loop {
        let page = support::json(house.get(&address).await).await;
        let candles = page["candles"].as_array().unwrap();
        times.extend(
            candles
                .iter()
                .map(|candle| candle["open_time"].as_str().unwrap()[11..13].to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => address = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<_> = (0..24).map(|hour| format!("{hour:02}")).collect();
    assert_eq!(times, expected);
}

#[tokio::test]
async fn without_a_beginning_the_newest_candles_are_given_up_to_now() {
    let house = house().await;
    let (_, page) = get(&house, "candles?limit=3").await;
    let candles = page["candles"].as_array().unwrap();
    assert_eq!(candles.len(), 3);
    assert_eq!(candles[2]["close_time"], "2024-09-07T00:00:00.000Z");
    assert!(candles.iter().all(|candle| candle["kind"] == "gap"));
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn a_token_without_candles_has_an_empty_page() {
    let house = house_at(DAY).await;
    let (_, page) = get(&house, "candles?from=2024-08-01").await;
    assert_eq!(
        (&page["candles"], &page["next"], &page["from"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_settled_may_be_kept_and_everything_else_must_be_asked_for_again() {
    let house = house_at(DAY + 72 * HOUR).await;
    let hours: Vec<_> = (0..72)
        .filter(|hour| *hour != 9)
        .map(|hour| (DAY + hour * HOUR, "10"))
        .collect();
    house.store_candles("index", Interval::Hour, &hours).await;
    let policy = async |query: &str| {
        let (headers, _) = get(&house, &format!("candles?{query}")).await;
        headers[header::CACHE_CONTROL].to_str().unwrap().to_owned()
    };
    let settled = "public, max-age=86400, stale-while-revalidate=604800";
    assert_eq!(
        policy("from=2024-08-28&to=2024-08-28T08:00:00").await,
        settled
    );
    for (query, reason) in [
        (
            "from=2024-08-28&to=2024-08-28T12:00:00",
            "a gap may be filled",
        ),
        (
            "from=2024-08-29&to=2024-08-30T12:00:00",
            "it ended less than a day ago",
        ),
        (
            "from=2024-08-27&to=2024-08-28T08:00:00",
            "older candles may be filled in",
        ),
        ("limit=5", "it follows the present"),
    ] {
        assert_eq!(policy(query).await, "no-cache", "{reason}");
    }
}

#[tokio::test]
async fn a_strong_tag_spares_the_body_until_a_repair_changes_it() {
    let house = house().await;
    let path = "/api/v1/tokens/bitcoin/candles?from=2024-08-28&to=2024-08-28T03:00:00";
    let ask = async |tag: &str| {
        let request = Request::get(path).header(header::IF_NONE_MATCH, tag);
        house.send(request.body(Body::empty()).unwrap()).await
    };
    let first = house.get(path).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    let again = ask(&tag).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    for name in [header::ETAG, header::CACHE_CONTROL, header::LINK] {
        assert_eq!(again.headers().get(&name), first.headers().get(&name));
    }
    assert_eq!(text(again).await, "");

    let mut repaired = bar(Interval::Hour, DAY, ["10", "12", "9", "11"]);
    (repaired.kind, repaired.revision) = (CandleKind::Repaired, 1);
    let series = Series::index("bitcoin".parse().unwrap(), Interval::Hour);
    house
        .store
        .save_candles(&[Candle {
            series,
            bar: repaired,
        }])
        .await
        .unwrap();
    let changed = ask(&tag).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()[header::ETAG].to_str().unwrap(), tag);
    assert_eq!(
        support::json(changed).await["candles"][0]["kind"],
        "repaired"
    );
}

#[tokio::test]
async fn the_same_page_comes_as_csv_that_can_be_imported() {
    let house = house().await;
    let (_, page) = get(
        &house,
        "candles?from=2024-08-28T04:00:00&to=2024-08-28T08:00:00",
    )
    .await;
    let response = house.get(page["csv"].as_str().unwrap()).await;
    assert_eq!(
        response.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"bitcoin-index-1h.csv\""
    );
    let csv = text(response).await;
    let mut lines = csv.lines();
    let reader = Reader::new(lines.next().unwrap()).unwrap();
    let read: Vec<_> = lines.map(|line| reader.read(line).unwrap()).collect();
    let has_bar: Vec<_> = read.iter().map(Option::is_some).collect();
    assert_eq!(has_bar, [true, false, false, true]);
    let expected = bar(Interval::Hour, DAY + 4 * HOUR, ["10.5"; 4]);
    assert_eq!(read[0].as_ref().unwrap().bar, expected);
}

#[tokio::test]
async fn what_no_page_can_answer_is_a_problem() {
    let house = house().await;
    house
        .store_candles("kraken", Interval::Hour, &[(DAY, "1")])
        .await;
    for (query, word, words) in [
        ("interval=2m", "bad-parameter", "whole number of hours"),
        (
            "interval=5m&source=kraken",
            "bad-parameter",
            "held by the hour",
        ),
        ("limit=0", "bad-parameter", "1 to 5000"),
        ("limit=5001", "bad-parameter", "1 to 5000"),
        ("limit=many", "bad-parameter", "1 to 5000"),
        ("cursor=xyz", "bad-parameter", "unchanged"),
        (
            "cursor=4h.index.0&interval=1h",
            "bad-parameter",
            "interval=4h",
        ),
        (
            "cursor=4h.index.0&source=kraken",
            "bad-parameter",
            "source=index",
        ),
        (
            "from=2024-08-28&to=2024-08-27",
            "bad-parameter",
            "earlier than the end",
        ),
        ("source=mtgox", "unknown-source", "index, kraken"),
        ("start=0", "bad-parameter", "start"),
    ] {
        let response = house
            .get(&format!("/api/v1/tokens/bitcoin/candles?{query}"))
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
async fn the_price_in_force_then_comes_with_its_age() {
    let house = house_at(DAY + 12 * HOUR).await;
    let prices = [
        index("bitcoin", "100", DAY),
        index("bitcoin", "101", DAY + 30),
    ];
    house.store.save_prices(&prices).await.unwrap();
    let (_, then) = get(&house, "price?at=2024-08-28T00:00:29Z").await;
    assert_eq!(then["price"]["price"], "100");
    assert_eq!(then["age_ms"], 29_000);
    let (headers, then) = get(&house, &format!("price?at={}", DAY + 45)).await;
    assert_eq!(then["token"], "bitcoin");
    assert_eq!(then["at"], "2024-08-28T00:00:45.000Z");
    assert_eq!(then["price"]["price"], "101");
    assert_eq!(then["price"]["constituents"], json!([]));
    assert_eq!(then["stored_at"], "2024-08-28T00:00:30.000Z");
    assert_eq!(then["age_ms"], 15_000);
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn when_no_price_was_in_force_none_is_invented() {
    let house = house_at(DAY + 12 * HOUR).await;
    house
        .store
        .save_prices(&[index("bitcoin", "100", DAY)])
        .await
        .unwrap();
    // Twice the interval of storing and a minute later, the program was not running.
    for (at, words) in [
        (DAY - 1, "none that old is kept"),
        (DAY + 121, "too long ago"),
        (DAY + 121, "24 h"),
        (DAY + 121, "/api/v1/tokens/bitcoin/candles"),
    ] {
        let response = house
            .get(&format!("/api/v1/tokens/bitcoin/price?at={at}"))
            .await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let problem = support::json(response).await;
        assert_eq!(problem["type"], "urn:parallax:problem:no-price-then");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
    let (_, then) = get(&house, &format!("price?at={}", DAY + 120)).await;
    assert_eq!(then["price"]["price"], "100");
}

#[tokio::test]
async fn without_a_moment_the_price_is_the_live_one() {
    let house = house_at(1_700_000_005).await;
    house.publish("bitcoin", "67123.45");
    let (_, then) = get(&house, "price").await;
    assert_eq!(then["price"]["price"], "67123.45");
    assert_eq!(
        (&then["stored_at"], &then["age_ms"]),
        (&Value::Null, &json!(5_000))
    );
    let (_, then) = get(&house, "price?at=1700000005").await;
    assert_eq!(then["price"]["price"], "67123.45");
}

#[tokio::test]
async fn the_future_has_no_price() {
    let house = house_at(DAY).await;
    let response = house
        .get(&format!("/api/v1/tokens/bitcoin/price?at={}", DAY + 1))
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let detail = support::json(response).await["detail"].to_string();
    assert!(detail.contains("no later than now"), "{detail}");
}
