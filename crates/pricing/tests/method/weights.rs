//! Volume weights, their decay and their cap, as published.

use parallax::Decimal;
use parallax::event::Ticker;

use crate::desk::Desk;

/// Five exchanges with these volumes in USD (`-`: says none), all quoting around 100.
fn five(volumes: [&str; 5]) -> Desk {
    let mut desk = Desk::new();
    for (position, volume) in volumes.into_iter().enumerate() {
        let venue = ["a", "b", "c", "d", "e"][position];
        let mid = format!("100.0{position}");
        let key = desk.open(venue, "BTC/USD", &mid, &mid);
        if volume != "-" {
            desk.volume(key, volume);
        }
    }
    desk.reprice();
    desk
}

fn weight(desk: &Desk, venue: &str) -> String {
    desk.part("bitcoin", venue)
        .weight
        .unwrap()
        .normalize()
        .to_string()
}

#[test]
fn weights_follow_volume() {
    let desk = five(["30", "25", "20", "15", "10"]);
    let weights = ["a", "b", "c", "d", "e"].map(|venue| weight(&desk, venue));
    assert_eq!(weights, ["0.3", "0.25", "0.2", "0.15", "0.1"]);
    assert_eq!(
        desk.index("bitcoin").volume_24h_usd.unwrap().to_string(),
        "100"
    );
}

#[test]
fn a_venue_that_claims_nearly_everything_cannot_set_the_price() {
    let desk = five(["10", "10", "10", "10", "99000000"]);
    assert_eq!(weight(&desk, "e"), "0.33");
    assert_eq!(weight(&desk, "a"), "0.1675");
    assert_eq!(desk.price_of("bitcoin"), "100.02");
}

#[test]
fn a_venue_that_says_no_volume_counts_with_the_policys() {
    let desk = five(["300000", "300000", "200000", "100000", "-"]);
    assert_eq!(weight(&desk, "a"), "0.3");
    assert_eq!(weight(&desk, "e"), "0.1");
    assert_eq!(desk.part("bitcoin", "e").volume_24h_usd, None);
}

#[test]
fn without_any_volume_all_count_alike() {
    let desk = five(["-"; 5]);
    assert_eq!(weight(&desk, "a"), "0.2");
    assert_eq!(desk.index("bitcoin").volume_24h_usd, None);
}

#[test]
fn the_cap_is_for_a_venue_and_not_for_a_market() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "1", "1.0001");
    for pair in ["BTC/USD", "BTC/USDT"] {
        let key = desk.open("big", pair, "100", "100.01");
        desk.volume(key, "1000000");
    }
    for venue in ["a", "b", "c"] {
        let key = desk.open(venue, "BTC/USD", "100", "100.01");
        desk.volume(key, "10");
    }
    desk.reprice();
    let big: Decimal = desk
        .index("bitcoin")
        .constituents
        .iter()
        .filter(|constituent| constituent.venue.as_str() == "big")
        .filter_map(|constituent| constituent.weight)
        .sum();
    assert_eq!(big.normalize().to_string(), "0.33");
}

#[test]
fn an_unconfirmed_quote_loses_half_its_weight_with_each_half_life() {
    let mut desk = Desk::new();
    let mut keys = Vec::new();
    for venue in ["a", "b", "c", "d", "e"] {
        let key = desk.open(venue, "BTC/USD", "100", "100.01");
        desk.volume(key, "100");
        keys.push(key);
    }
    desk.wait_ms(15_000);
    for key in &keys[1..] {
        desk.say(*key, "100", "100.01");
    }
    desk.reprice();
    // Half of one part beside four whole ones.
    assert_eq!(weight(&desk, "a"), "0.111111");
    assert_eq!(weight(&desk, "b"), "0.222222");
}

#[test]
fn volume_is_converted_to_usd() {
    let mut desk = Desk::new();
    desk.open("kraken", "USDT/USD", "0.9", "0.9");
    let in_quote = desk.open("binance", "BTC/USDT", "100", "100");
    desk.volume(in_quote, "1000.123");
    let in_base = desk.open("kraken", "BTC/USDT", "100", "100");
    let ticker = Ticker {
        base_volume_24h: Some("10".parse().unwrap()),
        ..Ticker::default()
    };
    desk.engine.ticker(in_base, &ticker, desk.now);
    desk.reprice();
    let volume = |venue| {
        desk.part("bitcoin", venue)
            .volume_24h_usd
            .unwrap()
            .to_string()
    };
    assert_eq!(
        (volume("binance").as_str(), volume("kraken").as_str()),
        ("900.11", "900")
    );
}

#[test]
fn the_volume_of_an_outlier_is_not_multiplied_with_its_price() {
    let mut desk = Desk::new();
    let ticker = Ticker {
        base_volume_24h: Some("10".parse().unwrap()),
        ..Ticker::default()
    };
    for (venue, mid) in [("a", "100"), ("b", "100"), ("liar", "100000")] {
        let key = desk.open(venue, "BTC/USD", mid, mid);
        desk.engine.ticker(key, &ticker, desk.now);
    }
    desk.reprice();
    assert_eq!(
        desk.index("bitcoin").volume_24h_usd.unwrap().to_string(),
        "2000"
    );
}
