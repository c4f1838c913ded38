//! Another catalogue comes into force while prices are made.

use parallax::index::Status;
use parallax::token::{Token, TokenKind};

use crate::desk::{Desk, id, tokens};

fn with(change: impl Fn(&mut Token)) -> Vec<Token> {
    let mut tokens = tokens();
    tokens.iter_mut().for_each(change);
    tokens
}

fn without(token: &str) -> Vec<Token> {
    let mut tokens = tokens();
    tokens.retain(|it| it.id.as_str() != token);
    tokens
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    for venue in ["binance", "coinbase", "kraken"] {
        desk.open(venue, "BTC/USD", "100", "100.1");
        desk.open(venue, "SOL/BTC", "0.5", "0.5001");
        desk.open(venue, "DAI/USD", "1", "1.0001");
    }
    desk.reprice();
    desk
}

#[test]
fn a_new_name_or_rank_changes_no_price_and_publishes_nothing() {
    let mut desk = desk();
    let gone = desk
        .engine
        .learn(&with(|token| token.name = "X".to_owned()));
    assert!(gone.is_empty() && desk.reprice().is_empty());
    desk.engine.learn(&with(|token| token.rank += 7));
    assert!(desk.reprice().is_empty());
    assert_eq!(desk.price_of("bitcoin"), "100.05");
}

#[test]
fn a_token_that_is_none_any_more_has_no_price_and_the_others_keep_theirs() {
    let mut desk = desk();
    assert_eq!(desk.engine.learn(&without("dai")), [id("dai")]);
    desk.reprice();
    assert!(desk.engine.price(&id("dai")).is_none());
    assert_eq!(desk.price_of("bitcoin"), "100.05");
    // The chain from Solana through Bitcoin to dollars still holds.
    let key = desk.open("gemini", "BTC/USD", "100", "100.1");
    desk.say(key, "100.2", "100.3");
    desk.reprice();
    assert_eq!(desk.status("solana"), Status::Live);
    assert_eq!(desk.index("solana").constituents.len(), 3);
}

#[test]
fn a_new_token_is_priced_from_its_first_market_on() {
    let mut desk = Desk::new();
    desk.engine.learn(&without("solana"));
    desk.open("kraken", "SOL/USD", "50", "50.1");
    desk.reprice();
    assert!(desk.engine.price(&id("solana")).is_none());
    assert!(desk.engine.learn(&tokens()).is_empty());
    desk.open("kraken", "SOL/USD", "50", "50.1");
    desk.reprice();
    assert_eq!(desk.price_of("solana"), "50.05");
}

#[test]
fn a_token_that_becomes_money_is_converted_through_from_then_on() {
    let mut desk = Desk::new();
    desk.open("kraken", "BNB/USD", "2", "2.0002");
    desk.open("kraken", "SOL/BNB", "3", "3.0003");
    desk.reprice();
    assert_eq!(desk.price_of("solana"), "-");
    desk.engine.learn(&with(|token| {
        if token.symbol.as_str() == "BNB" {
            token.kind = TokenKind::Stablecoin;
        }
    }));
    desk.reprice();
    let price: f32 = desk.price_of("solana").parse().unwrap();
    assert!((5.99..6.01).contains(&price), "{price}");
}
