//! `/charts/{token}.svg`, `.png` and `.json`: what is asked, and how the answer travels.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::support::pictures::{NOW, bitcoin, ok, option, problem};
use crate::support::{house_at, house_of, text};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;

#[tokio::test]
async fn a_chart_is_a_locked_svg_with_a_title_a_tag_and_a_time_to_be_kept() {
    let house = bitcoin().await;
    let (headers, svg) = ok(&house, "/charts/bitcoin.svg").await;
    assert_eq!(
        headers[header::CONTENT_TYPE],
        "image/svg+xml; charset=utf-8"
    );
    assert_eq!(
        headers[header::CONTENT_SECURITY_POLICY],
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    );
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    // A sixtieth of an hour: the hour closes later than that.
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=60");
    assert_eq!(headers["x-parallax-source"], "index");
    assert!(svg.starts_with("<svg") && svg.contains("<title>"), "{svg}");
    assert!(svg.contains("Bitcoin (BTC)"), "{svg}");
    assert!(
        svg.contains("<desc>") && svg.contains("highest 150"),
        "{svg}"
    );
    assert!(!headers[header::ETAG].to_str().unwrap().starts_with("W/"));

    for path in [
        "/charts/bitcoin.svg",
        "/charts/bitcoin.png",
        "/charts/bitcoin.json",
    ] {
        let tag = house.get(path).await.headers()[header::ETAG].clone();
        let request = Request::get(path).header(header::IF_NONE_MATCH, &tag);
        let again = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers()[header::ETAG], tag);
        assert!(again.headers().contains_key(header::CACHE_CONTROL));
        assert_eq!(text(again).await, "");
    }
}

#[tokio::test]
async fn every_parameter_has_its_words_and_any_other_is_refused_with_them() {
    let house = bitcoin().await;
    let standard = ok(&house, "/charts/bitcoin.svg").await.1;
    for query in [
        "range=1h",
        "range=6h",
        "range=24h",
        "range=30d",
        "range=90d",
        "range=1y",
        "range=max",
        "interval=4h",
        "interval=1w",
        "kind=line",
        "kind=area",
        "scale=log",
        "theme=dark",
        "width=2400",
        "width=200",
        "height=1600",
        "height=120",
        "currency=BTC",
    ] {
        let other = ok(&house, &format!("/charts/bitcoin.svg?{query}")).await.1;
        assert_ne!(other, standard, "{query}");
    }
    // The defaults, written down, and empty as a form sends what was left out.
    for query in [
        "range=7d&interval=1h&kind=candles&scale=linear&theme=light&width=800&height=400&currency=usd",
        "range=&interval=&kind=&scale=&theme=&width=&height=&currency=",
    ] {
        let same = ok(&house, &format!("/charts/bitcoin.svg?{query}")).await.1;
        assert_eq!(same, standard, "{query}");
    }
    for (query, words) in [
        ("range=2h", "one of 1h, 6h, 24h, 7d, 30d, 90d, 1y, max"),
        ("interval=2m", "1m, 5m, 15m, 30m, a whole number of hours"),
        ("kind=bars", "one of candles, line, area"),
        ("scale=ln", "one of linear, log"),
        ("theme=blue", "one of light, dark"),
        ("width=199", "whole pixels from 200 to 2400"),
        ("width=2401", "whole pixels from 200 to 2400"),
        ("width=1e3", "whole pixels"),
        ("height=119", "whole pixels from 120 to 1600"),
        ("height=-1", "whole pixels"),
        ("currency=xyz", "one of USD, EUR, GBP"),
        (
            "colour=red",
            "unknown field `colour`, expected one of `range`",
        ),
        ("from=0", "unknown field `from`"),
        ("range=1h&range=6h", "duplicate field"),
    ] {
        for kind in ["svg", "png"] {
            let path = format!("/charts/bitcoin.{kind}?{query}");
            let (status, detail) = problem(&house, &path).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
            assert!(detail.contains(words), "{path}: {detail}");
        }
    }
    for (query, words) in [
        ("palette=dark", "page"),
        ("narrow=1", "true or false"),
        ("from=yesterday", "a time such as"),
        ("from=2023-11-15", "earlier than the end"),
        ("width=800", "unknown field `width`"),
    ] {
        let (status, detail) = problem(&house, &format!("/charts/bitcoin.json?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(detail.contains(words), "{query}: {detail}");
    }
}

#[tokio::test]
async fn a_picture_of_too_many_bars_is_refused_with_the_length_that_fits() {
    let house = bitcoin().await;
    let (status, detail) = problem(&house, "/charts/bitcoin.svg?range=30d&interval=5m").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("8640 bars"), "{detail}");
    assert!(detail.contains("interval=30m fits"), "{detail}");
    ok(&house, "/charts/bitcoin.svg?range=30d&interval=30m").await;
}

#[tokio::test]
async fn a_token_is_found_as_everywhere_and_never_guessed() {
    let house = bitcoin().await;
    let (_, svg) = ok(&house, "/charts/bitcoin.svg").await;
    for token in ["BTC", "btc", "Bitcoin"] {
        assert_eq!(
            ok(&house, &format!("/charts/{token}.svg")).await.1,
            svg,
            "{token}"
        );
    }
    let (status, detail) = problem(&house, "/charts/bitcon.svg").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(detail.contains("did you mean bitcoin?"), "{detail}");
    let (status, _) = problem(&house, "/charts/%FF.svg").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let twins = house_of(
        r#"
        [[token]]
        id = "one.twin"
        symbol = "ONE"
        name = "Twin"
        kind = "crypto"

        [[token]]
        id = "other-twin"
        symbol = "TWO"
        name = "Twin"
        kind = "crypto"
        contracts = [{ chain = "ethereum", address = "0xaa01" }]
        "#,
    )
    .await;
    for path in [
        "/charts/twin.svg",
        "/charts/twin.png",
        "/charts/twin.json",
        "/badges/twin.svg",
        "/sparklines/twin.svg",
        "/compare.svg?ids=twin",
    ] {
        let (status, detail) = problem(&twins, path).await;
        assert_eq!(status, StatusCode::CONFLICT, "{path}");
        assert!(detail.contains("other-twin"), "{detail}");
    }
    // A dot of an id is not the file's.
    ok(&twins, "/charts/one.twin.svg").await;
    ok(&twins, "/charts/ethereum:0xAA01.svg").await;
}

#[tokio::test]
async fn what_is_no_kind_of_picture_is_not_found_and_the_answer_says_what_is() {
    let house = bitcoin().await;
    for path in [
        "/charts/bitcoin",
        "/charts/.svg",
        "/charts/bitcoin.gif",
        "/badges/bitcoin.png",
        "/sparklines/bitcoin.json",
    ] {
        let (status, detail) = problem(&house, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(detail.contains("/badges/{token}.svg"), "{detail}");
    }
    let (_, detail) = problem(&house, "/api/v1/charts").await;
    assert!(
        detail.contains("/charts/{token}.svg, .png and .json"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_png_has_the_size_that_was_asked_for() {
    let house = bitcoin().await;
    let response = house
        .get("/charts/bitcoin.png?width=300&height=200&theme=dark")
        .await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 22)
        .await
        .unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (300, 200));
}

#[tokio::test]
async fn without_history_a_picture_says_so() {
    let house = house_at(NOW).await;
    for path in [
        "/charts/bitcoin.svg",
        "/charts/bitcoin.svg?range=max",
        "/charts/bitcoin.svg?scale=log&kind=area",
        "/sparklines/bitcoin.svg",
    ] {
        let (_, svg) = ok(&house, path).await;
        assert!(svg.contains("<desc>No price of Bitcoin (BTC)"), "{svg}");
    }
    let response = house.get("/charts/bitcoin.png").await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer = option(&house, "/charts/bitcoin.json?range=max").await;
    assert_eq!(answer["first_held"], Value::Null);
    let (_, svg) = ok(&house, "/badges/bitcoin.svg").await;
    assert!(svg.contains("no price"), "{svg}");
}
