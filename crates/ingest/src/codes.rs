//! What a venue calls its assets: which of its codes or contracts the catalogue does not know, and whether another
//! catalogue would change what is read there.
//!
//! Owns the codes that a venue listed when it was last asked (`discovery` notes them). Read by `switch`, which
//! decides what a new catalogue means for the venue.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use parallax::audit::harmless;
use parallax::catalogue::Catalogue;
use parallax::event::{UnknownCode, UnknownCodes, UnknownContract};
use parallax::market::Listing;
use parallax::token::{Code, Symbol};
use parallax::venue::VenueId;
use parallax_venues::spec::{DiscoveredContract, DiscoveredMarket};
use rustc_hash::{FxHashMap, FxHashSet};

/// The most unknown codes of one venue that are told; those of the fewest markets are left out.
const MOST: usize = 4_000;
/// The most codes on the other side that are told of each.
const MOST_AGAINST: usize = 8;
/// The most characters of a contract's own symbol.
const MAX_SYMBOL: usize = 32;
/// The most characters of a contract's own name.
const MAX_NAME: usize = 60;

/// What a new catalogue means for a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// Codes that meant nothing mean a token: there are markets to add, and all others stay.
    More,
    /// Codes mean something else or nothing: it is read anew.
    Other,
}

/// The codes that a venue listed when it was last asked.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    listed: Mutex<Option<FxHashSet<Symbol>>>,
}

impl Codes {
    /// Takes what the venue lists now.
    pub(crate) fn note(&self, discovered: &[DiscoveredMarket]) {
        let sides = discovered.iter().flat_map(sides);
        let codes = sides.filter_map(|code| Symbol::new(code).ok()).collect();
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = Some(codes);
    }

    /// What it means for the venue that one catalogue takes another's place. Before the venue was ever asked
    /// that is not known, and it is read anew.
    pub(crate) fn effect(&self, before: &Catalogue, after: &Catalogue, venue: &VenueId) -> Effect {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(listed) = &*listed else {
            return Effect::Other;
        };
        if !before.reads_differently(after, venue, listed) {
            return Effect::None;
        }
        let known = listed
            .iter()
            .filter(|code| before.meant(venue, code).is_some());
        if before.reads_differently(after, venue, known) {
            Effect::Other
        } else {
            Effect::More
        }
    }
}

/// What it means for a venue that is polled that other markets are to be asked for.
pub(crate) fn polled_effect(before: &[Listing], after: &[Listing]) -> Effect {
    if before == after {
        return Effect::None;
    }
    let after: FxHashSet<&Listing> = after.iter().collect();
    if before.iter().all(|listing| after.contains(listing)) {
        Effect::More
    } else {
        Effect::Other
    }
}

fn sides(market: &DiscoveredMarket) -> [&str; 2] {
    [&market.base_code, &market.quote_code]
}

/// The codes among a venue's markets that the catalogue does not know, those of the most markets first.
pub(crate) fn unknown(
    catalogue: &Catalogue,
    venue: &VenueId,
    discovered: &[DiscoveredMarket],
) -> Arc<UnknownCodes> {
    let mut found: FxHashMap<Symbol, BTreeMap<&str, u32>> = FxHashMap::default();
    for market in discovered {
        let [base, quote] = sides(market);
        for (code, other) in [(base, quote), (quote, base)] {
            let Ok(code) = Symbol::new(code) else {
                continue;
            };
            if catalogue.meant(venue, &code).is_none() {
                *found.entry(code).or_default().entry(other).or_default() += 1;
            }
        }
    }
    let mut codes: Vec<UnknownCode> = found
        .into_iter()
        .map(|(code, against)| unknown_code(code, against))
        .collect();
    codes.sort_by(|a, b| (b.markets, &a.code).cmp(&(a.markets, &b.code)));
    let omitted = codes.len().saturating_sub(MOST);
    codes.truncate(MOST);
    Arc::new(UnknownCodes {
        venue: venue.clone(),
        codes,
        omitted: u32::try_from(omitted).unwrap_or(u32::MAX),
    })
}

fn unknown_code(code: Symbol, against: BTreeMap<&str, u32>) -> UnknownCode {
    let markets = against.values().sum();
    let mut against: Vec<_> = against.into_iter().collect();
    against.sort_by_key(|(other, markets)| (std::cmp::Reverse(*markets), *other));
    let against = against.into_iter().take(MOST_AGAINST);
    UnknownCode {
        code: code.into(),
        markets,
        against: against.map(|(other, _)| other.to_owned()).collect(),
        contract: None,
    }
}

/// The contracts on a chain that no token has, in the venue's order. What they say of themselves is written by
/// strangers: it is cut, and can turn or hide nothing.
pub(crate) fn unknown_contracts(
    catalogue: &Catalogue,
    venue: &VenueId,
    chain: &str,
    discovered: Vec<DiscoveredContract>,
) -> Arc<UnknownCodes> {
    let known: FxHashSet<&str> = catalogue
        .tokens()
        .iter()
        .flat_map(|token| &token.contracts)
        .filter(|contract| contract.chain == chain)
        .map(|contract| contract.address.as_str())
        .collect();
    let unknown = discovered.into_iter().filter_map(|found| {
        let code = Code::new(&found.address).ok()?;
        (!known.contains(code.as_str())).then(|| UnknownCode {
            code,
            markets: 1,
            against: vec!["USD".to_owned()],
            contract: Some(UnknownContract {
                chain: chain.to_owned(),
                symbol: harmless(&found.symbol, MAX_SYMBOL),
                name: harmless(&found.name, MAX_NAME),
                locked_usd: found.locked_usd,
            }),
        })
    });
    let mut codes: Vec<UnknownCode> = unknown.collect();
    let omitted = codes.len().saturating_sub(MOST);
    codes.truncate(MOST);
    Arc::new(UnknownCodes {
        venue: venue.clone(),
        codes,
        omitted: u32::try_from(omitted).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn markets(pairs: &[&str]) -> Vec<DiscoveredMarket> {
        let market = |pair: &&str| {
            let (base, quote) = pair.split_once('-').unwrap();
            DiscoveredMarket {
                symbol: (*pair).to_owned(),
                base_code: base.to_owned(),
                quote_code: quote.to_owned(),
            }
        };
        pairs.iter().map(market).collect()
    }

    fn shipped() -> Catalogue {
        toml::from_str(parallax::catalogue::EMBEDDED).unwrap()
    }

    #[test]
    fn unknown_codes_are_told_with_their_markets_and_what_they_trade_against() {
        let listed = markets(&["ZZZ9-USD", "ZZZ9-EUR", "BTC-YYY9", "BTC-USD", "A B-USD"]);
        let told = unknown(&shipped(), &"coinbase".parse().unwrap(), &listed);
        let told: Vec<_> = told
            .codes
            .iter()
            .map(|it| (it.code.as_str(), it.markets, it.against.join(" ")))
            .collect();
        assert_eq!(
            told,
            [
                ("ZZZ9", 2, "EUR USD".to_owned()),
                ("YYY9", 1, "BTC".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_told_is_bounded_and_the_rarest_codes_are_left_out() {
        let pairs: Vec<String> = (0..5_000).map(|number| format!("Q{number}-USD")).collect();
        let mut pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
        pairs.push("Q4999-EUR");
        let told = unknown(&shipped(), &"coinbase".parse().unwrap(), &markets(&pairs));
        assert_eq!((told.codes.len(), told.omitted), (MOST, 1_000));
        assert_eq!(told.codes.first().unwrap().code.as_str(), "Q4999");
    }

    #[test]
    fn contracts_that_no_token_has_are_told_and_their_words_are_cut_and_harmless() {
        let usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
        let contract = |address: &str, symbol: &str, name: &str| DiscoveredContract {
            address: address.to_owned(),
            symbol: symbol.to_owned(),
            name: name.to_owned(),
            locked_usd: None,
        };
        let found = vec![
            contract(usdc, "USDC", "USD Coin"),
            contract("0x2", "US\u{202e}DC", &"x".repeat(5_000)),
            contract("0x1", "USDC", "<b>USD\r\nCoin"),
            contract("0x 3", "BLANK", "no address"),
        ];
        let venue = "thegraph".parse().unwrap();
        let told = unknown_contracts(&shipped(), &venue, "ethereum", found.clone());
        let codes: Vec<_> = told.codes.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(codes, ["0x2", "0x1"], "in the order of value locked");
        let said: Vec<_> = told.codes.iter().flat_map(|it| &it.contract).collect();
        assert_eq!(said.first().unwrap().symbol, "US\u{fffd}DC");
        assert_eq!(said.first().unwrap().name.chars().count(), MAX_NAME + 1);
        assert_eq!(said.last().unwrap().name, "<b>USD\u{fffd}\u{fffd}Coin");
        let elsewhere = unknown_contracts(&shipped(), &venue, "base", found);
        assert_eq!(
            elsewhere.codes.len(),
            3,
            "the same address on another chain is another contract"
        );
    }

    #[test]
    fn a_mapped_code_adds_markets_and_a_changed_one_has_the_venue_read_anew() {
        let (codes, venue) = (Codes::default(), "coinbase".parse().unwrap());
        let before = shipped();
        assert_eq!(codes.effect(&before, &before, &venue), Effect::Other);
        codes.note(&markets(&["ZZZ9-USD", "BTC-USD"]));
        assert_eq!(codes.effect(&before, &before, &venue), Effect::None);
        let solana = before.entry("solana").unwrap();
        let mapped = solana.with_code(&venue, &"ZZZ9".parse().unwrap(), true);
        let after = before.amended([&mapped]).unwrap();
        assert_eq!(codes.effect(&before, &after, &venue), Effect::More);
        assert_eq!(codes.effect(&after, &before, &venue), Effect::Other);
        let elsewhere =
            solana.with_code(&"kraken".parse().unwrap(), &"ZZZ9".parse().unwrap(), true);
        let after = before.amended([&elsewhere]).unwrap();
        assert_eq!(codes.effect(&before, &after, &venue), Effect::None);
    }
}
