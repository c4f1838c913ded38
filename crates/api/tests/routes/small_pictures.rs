//! `/badges/{token}.svg`, `/sparklines/{token}.svg` and `/compare.svg`; and hostile names in every picture.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;
use std::sync::Arc;

use crate::support::pictures::{NOW, figures, ok, option, problem, store_hours};
use crate::support::{house_at, house_of, index};
use axum::http::{StatusCode, header};
use parallax::index::Status;
use parallax::stream::Changes;
use parallax_board::Publication;
use serde_json::Value;

const HOSTILE: &str = r#"
    [[token]]
    id = "markup"
    symbol = "<b>"
    name = "</title><script>alert(1)</script><svg onload=\"x\">&amp;'"
    kind = "crypto"

    [[token]]
    id = "turned"
    symbol = "עברית"
    name = "\u202Eevil\u202C עברית \u0007 שלום"
    kind = "crypto"

    [[token]]
    id = "long"
    symbol = "LONG"
    name = "NAME"
    kind = "crypto"
"#;

#[tokio::test]
async fn hostile_names_and_extreme_prices_are_drawn_harmlessly() {
    let long = format!("\"{}\"", "W".repeat(300));
    let house = house_of(&HOSTILE.replace("\"NAME\"", &long)).await;
    for (token, price) in [
        ("markup", "0.000000000001"),
        ("turned", "1000000000"),
        ("long", "1"),
    ] {
        store_hours(&house, token, &[[price; 4], [price; 4]]).await;
        house.publish(token, price);
        house.board.set_trends(HashMap::from([(
            token.parse().unwrap(),
            Arc::from(vec![Some(price.parse().unwrap()); 2]),
        )]));
        for path in [
            format!("/charts/{token}.svg"),
            format!("/charts/{token}.svg?scale=log&kind=area&theme=dark"),
            format!("/badges/{token}.svg"),
            format!("/sparklines/{token}.svg"),
            format!("/compare.svg?ids={token}"),
        ] {
            let (_, svg) = ok(&house, &path).await;
            let lower = svg.to_lowercase();
            assert!(
                !lower.contains("<script") && !lower.contains("<svg onload"),
                "{svg}"
            );
            assert!(!svg.contains('\u{202e}') && !svg.contains('\u{7}'), "{svg}");
            assert_eq!(lower.matches("<svg").count(), 1, "{svg}");
            assert!(svg.len() < 100_000, "{path}: {}", svg.len());
        }
        let answer = option(&house, &format!("/charts/{token}.json")).await;
        let last = figures(&answer).pop().unwrap();
        assert_eq!(last, [price; 4].join(" "));
        let png = house.get(&format!("/charts/{token}.png")).await;
        assert_eq!(png.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_badge_shows_the_live_price_in_the_currency_and_says_when_it_is_not_live() {
    let house = house_at(NOW).await;
    let publish = |token: &str, price: &str, status: Status| {
        let mut index = index(token, price, NOW);
        index.status = status;
        house.board.publish([Publication {
            index: Arc::new(index),
            changes: Changes::default(),
        }]);
    };
    publish("bitcoin", "62145.16", Status::Live);
    publish("euro", "1.25", Status::Live);
    let (headers, badge) = ok(&house, "/badges/btc.svg").await;
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=30");
    assert!(
        badge.contains("BTC") && badge.contains("62,145.2 USD"),
        "{badge}"
    );
    let (_, badge) = ok(&house, "/badges/btc.svg?currency=EUR&theme=dark").await;
    assert!(badge.contains("49,716.1 EUR"), "{badge}");
    assert!(!badge.contains("stale"), "{badge}");
    // A stale rate makes a stale price.
    publish("euro", "1.25", Status::Stale);
    let (_, badge) = ok(&house, "/badges/btc.svg?currency=EUR").await;
    assert!(badge.contains("stale"), "{badge}");
    let (status, detail) = problem(&house, "/badges/btc.svg?width=100").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        detail.contains("`currency`, `theme`") || detail.contains("`currency` or `theme`"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_sparkline_draws_the_trend_and_follows_it() {
    let house = house_at(NOW).await;
    let trend = |closes: [&str; 3]| {
        let closes = closes.map(|close| Some(close.parse().unwrap()));
        let trend = Arc::from(closes.to_vec());
        house
            .board
            .set_trends(HashMap::from([("bitcoin".parse().unwrap(), trend)]));
    };
    trend(["1", "2", "3"]);
    let (headers, rising) = ok(&house, "/sparklines/bitcoin.svg").await;
    assert!(rising.contains("from 1 to 3"), "{rising}");
    trend(["3", "2", "1"]);
    let (other, falling) = ok(&house, "/sparklines/bitcoin.svg").await;
    assert_ne!(rising, falling);
    assert_ne!(headers[header::ETAG], other[header::ETAG]);
    ok(
        &house,
        "/sparklines/bitcoin.svg?theme=dark&width=800&height=400",
    )
    .await;
    // The smallest that is described is drawn too.
    ok(&house, "/sparklines/bitcoin.svg?width=40&height=16").await;
    let (status, _) = problem(&house, "/sparklines/bitcoin.svg?height=15").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = problem(&house, "/sparklines/bitcoin.svg?width=39").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn several_tokens_are_compared_from_zero() {
    let house = house_at(NOW).await;
    store_hours(&house, "bitcoin", &vec![["100", "100", "100", "100"]; 24]).await;
    store_hours(
        &house,
        "ethereum",
        &[["4", "4", "4", "4"], ["5", "5", "5", "5"]],
    )
    .await;
    house.publish("bitcoin", "110");
    let path = "/compare.json?ids=btc,ethereum,bitcoin&range=24h&interval=1h";
    let answer = option(&house, path).await;
    let tokens = answer["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    assert_eq!(
        (&tokens[0]["id"], &tokens[0]["change_pct"]),
        (&"bitcoin".into(), &"10".into())
    );
    // It had no price when the range began.
    assert_eq!(tokens[1]["change_pct"], Value::Null);
    let (headers, svg) = ok(&house, "/compare.svg?ids=btc,eth").await;
    assert!(svg.contains("BTC, ETH compared"), "{svg}");
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=60");
    let png = house.get("/compare.png?ids=btc&width=300&height=200").await;
    assert_eq!(png.headers()[header::CONTENT_TYPE], "image/png");
    for (query, words) in [
        ("", "1 to 5 tokens, separated by commas"),
        ("?ids=,", "1 to 5 tokens"),
        ("?ids=btc,eth,usdt,bnb,xrp,sol", "1 to 5 tokens"),
        ("?ids=btc&kind=line", "unknown field `kind`"),
    ] {
        let (status, detail) = problem(&house, &format!("/compare.svg{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(detail.contains(words), "{query}: {detail}");
    }
    let (status, _) = problem(&house, "/compare.svg?ids=nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
