//! `/charts/{token}.svg`, `.png` and `.json`, `/badges/{token}.svg` and `/sparklines/{token}.svg`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use parallax::candle::{Candle, Interval, Series};
use parallax::index::Status;
use parallax::stream::Changes;
use parallax_board::Publication;
use serde_json::Value;
use support::{House, bar, house_at, house_of, index, text};

/// 2023-11-14T22:00:00Z, which is 13 min 20 s before the clock of [`support::house_of`].
const HOUR: i64 = 1_699_999_200;
const NOW: i64 = 1_700_000_000;

/// Stores hours of a token, the last of which is running.
async fn store_hours(house: &House, token: &str, bars: &[[&str; 4]]) {
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

async fn bitcoin() -> House {
    let house = house_at(NOW).await;
    let bars = [
        ["100", "130", "90", "120"],
        ["120", "150", "90", "110"],
        ["110", "112", "108", "111"],
    ];
    store_hours(&house, "bitcoin", &bars).await;
    house
}

async fn ok(house: &House, path: &str) -> (HeaderMap, String) {
    let response = house.get(path).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = text(response).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    (headers, body)
}

async fn problem(house: &House, path: &str) -> (StatusCode, String) {
    let response = house.get(path).await;
    let status = response.status();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json",
        "{path}"
    );
    let body = support::json(response).await;
    (status, body["detail"].as_str().unwrap().to_owned())
}

async fn option(house: &House, path: &str) -> Value {
    serde_json::from_str(&ok(house, path).await.1).unwrap()
}

/// The open, high, low and close of each window, `-` where there is no bar.
fn figures(answer: &Value) -> Vec<String> {
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
        "default-src 'none'; style-src 'unsafe-inline'"
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
