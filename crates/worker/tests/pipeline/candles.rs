//! From trades, repairs and chains to stored candles.

use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source};
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::fact::TokenFacts;
use parallax::index::Status;
use parallax::market::{Listing, Market, MarketKey};
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax::venue::Venue;

use crate::desk::{TokioClock, bars, bitcoin, run_over, store, three_quotes, traded};

#[tokio::test]
async fn trades_become_the_volume_of_candles_each_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock = TokioClock::at(1_700_000_010);
    let now = clock.now();
    let trades = vec![
        traded(0, 7, "101", "2", now.utc, now),
        traded(0, 7, "101", "2", now.utc, now),
        traded(1, 7, "100", "0.5", now.utc, now),
    ];
    run_over(&store, clock, three_quotes(now), trades, Vec::new()).await;
    for interval in Interval::ALL {
        let stored = bars(store.as_ref(), &bitcoin(interval)).await;
        assert_eq!(stored.len(), 1, "{interval:?}");
        assert_eq!(stored[0].volume_usd, "252".parse().unwrap());
        assert_eq!(stored[0].trades, Some(2));
        assert_eq!(stored[0].sources, 3);
        assert!(stored[0].confidence.is_some());
    }
}

#[tokio::test]
async fn a_repair_of_the_running_hour_joins_it_and_one_of_long_ago_is_stored_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    // Seven minutes into an hour.
    let hour = 1_699_999_200;
    let clock = TokioClock::at(hour + 7 * 60 + 30);
    let repaired = |interval, open_time, close: &str| Candle {
        series: bitcoin(interval),
        bar: Bar {
            open_time: Timestamp::from_unix_s(open_time).unwrap(),
            open: close.parse().unwrap(),
            high: close.parse().unwrap(),
            low: close.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: None,
            volume_usd: "10".parse().unwrap(),
            trades: None,
            sources: 2,
            minutes: interval.minutes(),
            kind: CandleKind::Repaired,
            revision: 0,
        },
    };
    let mut repairs: Vec<_> = (0..7)
        .map(|minute| repaired(Interval::Minute, hour + minute * 60, "90"))
        .collect();
    repairs.push(repaired(Interval::Hour, hour - 100 * 3_600, "50"));
    let events = three_quotes(clock.now());
    run_over(&store, clock, events, Vec::new(), repairs).await;

    let hours = bars(store.as_ref(), &bitcoin(Interval::Hour)).await;
    assert_eq!(hours.len(), 2);
    assert_eq!(
        (hours[0].close.to_string(), hours[0].kind),
        ("50".to_owned(), CandleKind::Repaired)
    );
    let running = &hours[1];
    assert_eq!(
        (running.open.to_string(), running.close.to_string()),
        ("90".to_owned(), "101.5".to_owned())
    );
    assert_eq!(
        (running.minutes, running.volume_usd.to_string()),
        (7, "70".to_owned())
    );
    assert_eq!(
        bars(store.as_ref(), &bitcoin(Interval::Minute)).await.len(),
        8
    );
}

#[tokio::test]
async fn a_price_of_a_chain_its_candles_and_its_facts_reach_price_and_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let chain = Venue {
        id: "thegraph".parse().unwrap(),
        name: "The Graph".to_owned(),
        website: String::new(),
    };
    store
        .save_venues(std::slice::from_ref(&chain))
        .await
        .unwrap();
    let clock = TokioClock::at(1_700_000_010);
    let now = clock.now();
    let token: TokenId = "bitcoin".parse().unwrap();
    let listing = Listing {
        venue: chain.id.clone(),
        symbol: "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599".into(),
        base_code: "WBTC".parse().unwrap(),
        quote_code: "USD".parse().unwrap(),
        market: Market {
            base: parallax::market::Asset::Token(token.clone()),
            quote: parallax::market::Asset::Token("usd".parse().unwrap()),
        },
    };
    let hourly = |close: &str, minutes| Candle {
        series: Series {
            token: token.clone(),
            source: Source::Venue(chain.id.clone()),
            interval: Interval::Hour,
        },
        bar: Bar {
            open_time: now.utc.floor(Duration::from_secs(3_600)),
            open: close.parse().unwrap(),
            high: close.parse().unwrap(),
            low: close.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: None,
            volume_usd: "5".parse().unwrap(),
            trades: None,
            sources: 1,
            minutes,
            kind: CandleKind::Traded,
            revision: 0,
        },
    };
    let series = hourly("1", 1).series;
    let block_time = now.utc.minus(Duration::from_secs(20));
    let events = vec![
        MarketEvent::Listed {
            key: MarketKey(9),
            listing: Arc::new(listing),
            max_quote_age: Duration::from_secs(1_200),
        },
        MarketEvent::Update {
            key: MarketKey(9),
            received_at: now,
            venue_time: Some(block_time),
            update: MarketUpdate::Spot("99.5".parse().unwrap()),
        },
        MarketEvent::Candles([hourly("99", 20), hourly("99.5", 60), hourly("99.6", 60)].into()),
        MarketEvent::Facts(Arc::new(TokenFacts {
            token: token.clone(),
            venue: chain.id.clone(),
            total_supply: Some("18240".parse().unwrap()),
            total_supply_reliable: false,
            volume_usd: Some("131582190866.8".parse().unwrap()),
            block: 20_000_000,
            observed_at: block_time,
        })),
    ];
    run_over(&store, clock, events, Vec::new(), Vec::new()).await;

    let price = store.latest_prices().await.unwrap().remove(0);
    assert_eq!(
        (price.price.unwrap().to_string(), price.status),
        ("99.5".to_owned(), Status::Thin)
    );
    let part = &price.constituents[0];
    assert_eq!(
        (part.bid, part.spot.unwrap().to_string()),
        (None, "99.5".to_owned())
    );
    assert_eq!(part.observed_at, Some(block_time));
    assert_eq!(
        price.as_of,
        Some(block_time),
        "when it was true, not when it was heard"
    );
    let stored = bars(store.as_ref(), &series).await;
    assert_eq!(
        (stored[0].close.to_string(), stored[0].revision),
        ("99.6".to_owned(), 1)
    );
    assert!(!store.facts(&token).await.unwrap()[0].total_supply_reliable);
}
