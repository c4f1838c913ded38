//! Some coins in every state, three markets and a past, for the routes that copy others' contracts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use parallax::candle::{Bar, Candle, Interval, Series};
use parallax::event::{Quote, TakerSide, Ticker, Trade};
use parallax::index::{Constituent, Exclusion, Rule, Status};
use parallax::market::{Asset, Listing, Market};
use parallax::stream::{Changes, MarketState};
use parallax::time::Timestamp;
use parallax_board::Publication;
use serde_json::Value;

use crate::support::{House, bar, house_at, index, json};

/// 2024-08-28T12:00:00Z.
pub(crate) const NOW: i64 = 1_724_846_400;
pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// Bitcoin, ether and the euro are live, solana is stale, dogecoin has no price.
pub(crate) async fn world() -> House {
    let house = house_at(NOW).await;
    publish(&house, "bitcoin", Some("60000.125"), Status::Live, NOW);
    publish(&house, "ethereum", Some("3000.5"), Status::Live, NOW);
    publish(&house, "usd-coin", Some("0.99995"), Status::Thin, NOW);
    publish(&house, "wrapped-bitcoin", Some("59900"), Status::Live, NOW);
    publish(&house, "euro", Some("1.25"), Status::Live, NOW);
    publish(&house, "solana", Some("150"), Status::Stale, NOW - 2 * HOUR);
    publish(&house, "dogecoin", None, Status::NoQuorum, NOW);
    house.board.set_markets(vec![
        market("XBT", "USD", "bitcoin", "usd", "60001", "10"),
        market("XBT", "EUR", "bitcoin", "euro", "48000", "20"),
        market("ETH", "USD", "ethereum", "usd", "3001", "5"),
    ]);
    house
}

pub(crate) fn publish(house: &House, token: &str, price: Option<&str>, status: Status, at: i64) {
    let mut index = index(token, price.unwrap_or("1"), at);
    index.price = price.map(|price| price.parse().unwrap());
    index.status = status;
    index.as_of = price.map(|_| Timestamp::from_unix_s(at).unwrap());
    index.volume_24h_usd = (token == "bitcoin" || token == "ethereum").then(|| {
        if token == "bitcoin" { "1000" } else { "5000" }
            .parse()
            .unwrap()
    });
    if token == "bitcoin" {
        index.constituents = vec![left_out("XBT/EUR", Rule::Stale)];
    }
    if token == "ethereum" {
        index.constituents = vec![left_out("ETH/USD", Rule::Outlier)];
    }
    let change = |text: &str| Some(text.parse().unwrap());
    let changes = match token {
        "bitcoin" | "solana" => Changes {
            hour_pct: change("0.5"),
            day_pct: change("10"),
            week_pct: change("-2.5"),
        },
        "euro" => Changes {
            day_pct: change("-12"),
            ..Changes::default()
        },
        _ => Changes::default(),
    };
    let index = Arc::new(index);
    house.board.publish([Publication { index, changes }]);
}

fn left_out(market: &str, rule: Rule) -> Constituent {
    let (base, quote) = market.split_once('/').unwrap();
    Constituent {
        venue: "kraken".parse().unwrap(),
        market: market.to_owned(),
        base_code: base.parse().unwrap(),
        quote_code: quote.parse().unwrap(),
        bid: None,
        ask: None,
        bid_size: None,
        ask_size: None,
        spot: None,
        observed_at: None,
        received_at: None,
        age_ms: None,
        conversion: None,
        mid_usd: None,
        offset_bp: None,
        volume_24h_usd: None,
        weight: None,
        excluded: Some(Exclusion {
            rule,
            found: String::new(),
            allowed: String::new(),
        }),
    }
}

pub(crate) fn market(
    base: &str,
    quote: &str,
    base_id: &str,
    quote_id: &str,
    last: &str,
    volume: &str,
) -> MarketState {
    let at = Timestamp::from_unix_s(NOW).unwrap();
    let last: parallax::amount::Price = last.parse().unwrap();
    let listing = Arc::new(Listing {
        venue: "kraken".parse().unwrap(),
        symbol: format!("{base}/{quote}").into(),
        base_code: base.parse().unwrap(),
        quote_code: quote.parse().unwrap(),
        market: Market {
            base: Asset::Token(base_id.parse().unwrap()),
            quote: Asset::Token(quote_id.parse().unwrap()),
        },
    });
    MarketState {
        quote: Some(Quote {
            bid: "999".parse().unwrap(),
            ask: "1000".parse().unwrap(),
            bid_size: None,
            ask_size: None,
        }),
        quote_at: Some(at),
        trade: Some(Trade {
            price: last,
            size: "1".parse().unwrap(),
            taker: TakerSide::Buy,
            id: 1,
        }),
        trade_at: Some(at.minus(std::time::Duration::from_secs(5))),
        ticker: Some(Ticker {
            base_volume_24h: Some(volume.parse().unwrap()),
            ..Ticker::default()
        }),
        ..MarketState::new(listing)
    }
}

/// Stores bars of a token's index: each opens at a moment and is flat at a price.
pub(crate) async fn store_bars(
    house: &House,
    token: &str,
    interval: Interval,
    bars: impl IntoIterator<Item = (i64, String)>,
) {
    let flat = |(at, price): (i64, String)| bar(interval, at, [price.as_str(); 4]);
    store(house, token, interval, bars.into_iter().map(flat)).await;
}

pub(crate) async fn store(
    house: &House,
    token: &str,
    interval: Interval,
    bars: impl Iterator<Item = Bar>,
) {
    let series = Series::index(token.parse().unwrap(), interval);
    let candles: Vec<_> = bars
        .map(|bar| Candle {
            series: series.clone(),
            bar,
        })
        .collect();
    house.store.save_candles(&candles).await.unwrap();
}

/// The answer, its status and its headers.
pub(crate) async fn ask(house: &House, path: &str) -> (StatusCode, HeaderMap, Value) {
    let response = house.get(path).await;
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, json(response).await)
}

/// A successful answer.
pub(crate) async fn answer(house: &House, path: &str) -> Value {
    let (status, _, body) = ask(house, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}
