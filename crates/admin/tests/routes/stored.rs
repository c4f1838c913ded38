//! What is stored, looked through: quotes, prices with their constituents, candles, contracts, what chains say.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::event::Quote;
use parallax::fact::TokenFacts;
use parallax::index::{Constituent, Exclusion, IndexPrice, Rule, Status};
use parallax::market::{Asset, Listing, Market};
use parallax::time::Timestamp;
use parallax::token::{Token, TokenKind};
use parallax::venue::Venue;
use parallax_store::StoredQuote;

use crate::house::{House, KRAKEN};

const HOUR: Duration = Duration::from_secs(3_600);

/// Saves what everything else names.
async fn fill(house: &House) {
    let token = |id: &str, rank| Token {
        id: id.parse().unwrap(),
        symbol: id.to_uppercase().parse().unwrap(),
        name: id.to_owned(),
        kind: TokenKind::Crypto,
        rank,
        contracts: Vec::new(),
    };
    let tokens = [token("bitcoin", 1), token("tether", 2)];
    house.store.save_tokens(&tokens).await.unwrap();
    let venue = Venue {
        id: KRAKEN.parse().unwrap(),
        name: "Kraken".to_owned(),
        website: String::new(),
    };
    house.store.save_venues(&[venue]).await.unwrap();
}

fn price(at: Timestamp, usd: u64) -> IndexPrice {
    let constituent = Constituent {
        venue: KRAKEN.parse().unwrap(),
        market: "XBT/<b>".to_owned(),
        base_code: "XBT".parse().unwrap(),
        quote_code: "USD".parse().unwrap(),
        bid: Some("66999.5".parse().unwrap()),
        ask: Some("67000.5".parse().unwrap()),
        bid_size: None,
        ask_size: None,
        spot: None,
        observed_at: None,
        received_at: Some(at),
        age_ms: Some(17),
        conversion: None,
        mid_usd: None,
        offset_bp: None,
        volume_24h_usd: None,
        weight: None,
        excluded: Some(Exclusion {
            rule: Rule::WideSpread,
            found: "312 bp".to_owned(),
            allowed: "at most 200 bp".to_owned(),
        }),
    };
    IndexPrice {
        token: "bitcoin".parse().unwrap(),
        price: Some(usd.to_string().parse().unwrap()),
        confidence: None,
        status: Status::Thin,
        as_of: Some(at),
        computed_at: at,
        method: 1,
        sources: 1,
        sources_known: 2,
        volume_24h_usd: None,
        by_hand: None,
        constituents: vec![constituent],
    }
}

#[tokio::test]
async fn the_prices_of_a_token_lead_to_one_with_its_constituents() {
    let house = House::new().await;
    fill(&house).await;
    let begin = house.now();
    let at = |number: u32| begin.plus(HOUR * number);
    let prices: Vec<_> = (0..120_u32)
        .map(|number| price(at(number), u64::from(1_000 + number)))
        .collect();
    house.store.save_prices(&prices).await.unwrap();
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let first = viewer.get("/mgmt/prices/bitcoin").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert!(first.body.contains("50 shown") && first.body.contains(">1119<"));
    assert!(first.body.contains("date=2026\""), "the date hierarchy");
    let second = viewer.get(&first.link("Next").unwrap()).await;
    assert!(second.body.contains(">1069<") && !second.body.contains(">1070<"));
    let back = viewer.get(&second.link("Previous").unwrap()).await;
    assert!(back.body.contains(">1119<") && back.link("Previous").is_none());
    let day = viewer
        .get("/mgmt/prices/bitcoin?date=2026-11-24&sort=computed")
        .await;
    assert!(day.body.contains("24 shown"), "{}", day.body);
    let csv = viewer
        .get("/mgmt/prices/bitcoin?cols=price&format=csv")
        .await
        .body;
    assert_eq!(csv.lines().count(), 121);
    assert!(csv.starts_with("computed,price\r\n"));
    assert!(csv.contains(",1000\r\n"));

    let one = format!("/mgmt/prices/bitcoin/{}", at(7).unix_ms());
    let page = viewer.get(&one).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "1007",
        "66999.5",
        "XBT/&lt;b&gt;",
        "wide spread: 312 bp, at most 200 bp",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    for unknown in [
        "/mgmt/prices/bitcoin/7",
        "/mgmt/prices/bitcoin/x",
        "/mgmt/prices/nothing",
    ] {
        let page = viewer.get(unknown).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn candles_are_chosen_by_series_and_read_page_by_page() {
    let house = House::new().await;
    fill(&house).await;
    let begin = house.now().floor(HOUR);
    let candle = |number: u32| Candle {
        series: Series::index("bitcoin".parse().unwrap(), Interval::Hour),
        bar: Bar {
            open_time: begin.plus(HOUR * number),
            open: "1".parse().unwrap(),
            high: "2".parse().unwrap(),
            low: "0.5".parse().unwrap(),
            close: format!("{}", 5_000 + number).parse().unwrap(),
            confidence: None,
            volume_usd: "0".parse().unwrap(),
            trades: None,
            sources: 1,
            minutes: 60,
            kind: CandleKind::Filled,
            revision: 0,
        },
    };
    // More than one piece of CSV.
    let candles: Vec<_> = (0..2_100).map(candle).collect();
    house.store.save_candles(&candles).await.unwrap();
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let page = viewer.get("/mgmt/candles").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("<h1>Candles: bitcoin, index, 1h</h1>"));
    assert!(page.body.contains(">7099<") && page.body.contains("50 shown"));
    let next = viewer.get(&page.link("Next").unwrap()).await;
    assert!(next.body.contains(">7049<") && !next.body.contains(">7050<"));
    let csv = viewer.get("/mgmt/candles?cols=close&format=csv").await.body;
    let closes: Vec<_> = csv
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    let expected: Vec<_> = (0..2_100)
        .rev()
        .map(|number| format!("{}", 5_000 + number))
        .collect();
    assert_eq!(closes, expected);
    let other = viewer.get("/mgmt/candles?token=tether&interval=1d").await;
    assert!(other.body.contains("Candles: tether, index, 1d"));
}

#[tokio::test]
async fn quotes_contracts_and_what_chains_say_are_listed() {
    let house = House::new().await;
    fill(&house).await;
    let listing = Arc::new(Listing {
        venue: KRAKEN.parse().unwrap(),
        symbol: "XBT/USDT".into(),
        base_code: "XBT".parse().unwrap(),
        quote_code: "USDT".parse().unwrap(),
        market: Market {
            base: Asset::Token("bitcoin".parse().unwrap()),
            quote: Asset::Token("tether".parse().unwrap()),
        },
    });
    house
        .store
        .save_listings(std::slice::from_ref(&listing))
        .await
        .unwrap();
    let quote = StoredQuote {
        listing,
        quote: Quote {
            bid: "66999.5".parse().unwrap(),
            ask: "67000.5".parse().unwrap(),
            bid_size: None,
            ask_size: None,
        },
        received_at: house.now(),
    };
    house.store.save_quotes(&[quote]).await.unwrap();
    let facts = TokenFacts {
        token: "tether".parse().unwrap(),
        venue: KRAKEN.parse().unwrap(),
        total_supply: Some("77.5".parse().unwrap()),
        total_supply_reliable: false,
        volume_usd: None,
        block: 12_345,
        observed_at: house.now(),
    };
    house.store.save_facts(&[facts]).await.unwrap();
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let quotes = viewer
        .get("/mgmt/quotes?exchange=kraken&date=2026")
        .await
        .body;
    assert!(
        quotes.contains("66999.5") && quotes.contains("XBT/USDT"),
        "{quotes}"
    );
    let chains = viewer.get("/mgmt/onchain").await;
    assert!(chains.body.contains("12345") && chains.body.contains("77.5"));
    let hours = chains.link("Hours").unwrap();
    assert_eq!(
        hours,
        "/mgmt/candles?token=tether&source=kraken&interval=1h"
    );
    assert_eq!(viewer.get(&hours).await.status, StatusCode::OK);
    let contracts = viewer.get("/mgmt/contracts?chain=tron").await.body;
    assert!(contracts.contains("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"));
    assert!(contracts.contains("1 of 2"), "{contracts}");
    let prices = viewer.get("/mgmt/prices").await;
    assert_eq!(prices.status, StatusCode::OK);
}
