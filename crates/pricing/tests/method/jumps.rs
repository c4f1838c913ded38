//! The jump breaker, as dependants see it.

use parallax::index::Status;
use parallax::market::MarketKey;

use crate::desk::Desk;

fn tether_and_solana() -> (Desk, MarketKey) {
    let mut desk = Desk::new();
    let tether = desk.open("kraken", "USDT/USD", "0.9999", "1.0001");
    desk.open("binance", "SOL/USDT", "99.99", "100.01");
    desk.reprice();
    (desk, tether)
}

#[test]
fn a_jump_of_a_conversion_base_is_held_and_its_dependants_keep_the_rate() {
    let (mut desk, tether) = tether_and_solana();
    desk.wait_ms(1_000);
    desk.say(tether, "0.4999", "0.5001");
    let published = desk.reprice();
    assert_eq!(
        published.len(),
        1,
        "only the base, which says that it waits"
    );
    assert_eq!(
        (desk.status("tether"), desk.price_of("tether").as_str()),
        (Status::Aging, "1")
    );
    assert_eq!(
        desk.part("tether", "kraken").offset_bp.unwrap().to_string(),
        "-5000.00"
    );
    assert_eq!(
        (desk.status("solana"), desk.price_of("solana").as_str()),
        (Status::Thin, "100")
    );
}

#[test]
fn a_jump_that_persists_is_believed_by_ticking_alone() {
    let (mut desk, tether) = tether_and_solana();
    desk.say(tether, "0.4999", "0.5001");
    desk.reprice();
    assert!(desk.tick_after_ms(4_999).is_empty());
    let published: Vec<_> = desk
        .tick_after_ms(1)
        .iter()
        .map(|price| price.token.to_string())
        .collect();
    assert_eq!(published, ["tether", "solana"]);
    assert_eq!(
        (desk.status("tether"), desk.price_of("tether").as_str()),
        (Status::Thin, "0.5")
    );
    assert_eq!(desk.price_of("solana"), "50");
}

#[test]
fn a_jump_that_goes_back_leaves_no_trace_in_the_dependants() {
    let (mut desk, tether) = tether_and_solana();
    desk.say(tether, "999", "1001");
    desk.reprice();
    desk.wait_ms(2_000);
    desk.say(tether, "0.9999", "1.0001");
    desk.reprice();
    assert_eq!(
        (desk.status("tether"), desk.price_of("tether").as_str()),
        (Status::Thin, "1")
    );
    assert_eq!(desk.price_of("solana"), "100");
}

#[test]
fn bitcoin_may_move_further_than_money() {
    let mut desk = Desk::new();
    let bitcoin = desk.open("kraken", "BTC/USD", "100", "100");
    desk.reprice();
    desk.say(bitcoin, "110", "110");
    desk.reprice();
    assert_eq!(desk.price_of("bitcoin"), "110", "10 % in ten seconds");
    desk.say(bitcoin, "110.1", "110.1");
    desk.reprice();
    assert_eq!(
        (desk.price_of("bitcoin").as_str(), desk.status("bitcoin")),
        ("110", Status::Aging)
    );
}

#[test]
fn a_token_that_converts_nothing_is_never_held() {
    let mut desk = Desk::new();
    let solana = desk.open("kraken", "SOL/USD", "100", "100");
    desk.reprice();
    desk.say(solana, "1000", "1000");
    desk.reprice();
    assert_eq!(
        (desk.price_of("solana").as_str(), desk.status("solana")),
        ("1000", Status::Thin)
    );
}

#[test]
fn after_a_long_silence_there_is_nothing_to_jump_from() {
    let (mut desk, tether) = tether_and_solana();
    desk.tick_after_ms(120_001);
    assert_eq!(desk.status("tether"), Status::Stale);
    desk.say(tether, "0.4999", "0.5001");
    desk.reprice();
    assert_eq!(
        (desk.status("tether"), desk.price_of("tether").as_str()),
        (Status::Thin, "0.5")
    );
}
