//! Which token a reader means by an id, a contract, a symbol or a name, in any letter case.
//!
//! In this order: an id always wins, also over another token's symbol that reads the same, so that what a
//! program stored as an id keeps its meaning whatever the catalogue gains. Then a contract, as an address
//! or as `chain:address`. Then symbols and names together: one token is the answer, several are a
//! question back to the reader. Never a guess. A scan of the catalogue, some hundred tokens.

use std::collections::BTreeSet;

use parallax::token::{Token, TokenId};

use crate::error::{Candidate, ServiceError, cut};

/// The most tokens that are suggested for a text that means none.
const SUGGESTIONS: usize = 5;
/// A longer text is nobody's name, and is not compared letter by letter.
const LONGEST: usize = 64;

/// The token that `asked` means.
///
/// # Errors
/// [`ServiceError::AmbiguousToken`] when it may mean several, [`ServiceError::UnknownToken`] when none.
pub fn find<'a>(tokens: &'a [Token], asked: &str) -> Result<&'a Token, ServiceError> {
    let wanted = asked.trim().to_lowercase();
    if let Some(token) = tokens.iter().find(|token| token.id.as_str() == wanted) {
        return Ok(token);
    }
    let ways: [fn(&Token, &str) -> bool; 2] = [has_contract, is_called];
    for is_meant in ways {
        let mut meant = tokens.iter().filter(|token| is_meant(token, &wanted));
        match (meant.next(), meant.next()) {
            (Some(token), None) => return Ok(token),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(meant);
                return Err(ServiceError::AmbiguousToken {
                    asked: cut(asked),
                    candidates: all.map(Candidate::from).collect(),
                });
            }
            (None, _) => {}
        }
    }
    Err(ServiceError::UnknownToken {
        asked: cut(asked),
        candidates: similar(tokens, &wanted),
    })
}

/// The token with exactly this id, for where only an id will do.
///
/// # Errors
/// [`ServiceError::UnknownToken`], with what it may have been meant for.
pub(crate) fn by_id<'a>(tokens: &'a [Token], id: &str) -> Result<&'a Token, ServiceError> {
    tokens
        .iter()
        .find(|token| token.id.as_str() == id)
        .ok_or_else(|| {
            let wanted = id.trim().to_lowercase();
            let called = tokens.iter().filter(|token| is_called(token, &wanted));
            let mut candidates: Vec<_> = called.map(|token| token.id.clone()).collect();
            if candidates.is_empty() {
                candidates = similar(tokens, &wanted);
            }
            ServiceError::UnknownToken {
                asked: cut(id),
                candidates,
            }
        })
}

fn has_contract(token: &Token, wanted: &str) -> bool {
    token.contracts.iter().any(|contract| {
        let address = contract.address.to_lowercase();
        address == wanted
            || wanted
                .strip_suffix(&address)
                .and_then(|rest| rest.strip_suffix(':'))
                .is_some_and(|chain| contract.chain.to_lowercase() == chain)
    })
}

fn is_called(token: &Token, wanted: &str) -> bool {
    token.symbol.as_str().to_lowercase() == wanted || token.name.to_lowercase() == wanted
}

/// Tokens whose id, symbol or name begins with the text, contains it, or is a slip of the keys away, the
/// likelier first.
fn similar(tokens: &[Token], wanted: &str) -> Vec<TokenId> {
    let length = wanted.chars().count();
    if !(2..=LONGEST).contains(&length) {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for token in tokens {
        let (symbol, name) = (
            token.symbol.as_str().to_lowercase(),
            token.name.to_lowercase(),
        );
        let words = [token.id.as_str(), &symbol, &name];
        let closest = words.iter().filter_map(|word| distance(word, wanted)).min();
        if let Some(distance) = closest {
            found.insert((distance, token.rank, token.id.clone()));
        }
    }
    let found = found.into_iter().take(SUGGESTIONS);
    found.map(|(_, _, id)| id).collect()
}

/// How far a word is from the text; `None` when too far to be meant.
fn distance(word: &str, wanted: &str) -> Option<usize> {
    let length = wanted.chars().count();
    if word.starts_with(wanted) {
        return Some(1);
    }
    if length >= 3 && word.contains(wanted) {
        return Some(3);
    }
    // One slip in a short text, two in a longer one; more could be anything.
    let allowed = match length {
        ..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    Some(slips(word, wanted)).filter(|&slips| slips <= allowed)
}

/// Letters to add, drop or replace to make one text of the other (Levenshtein's distance).
fn slips(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (above, &against) in row.iter().skip(1).zip(&other) {
            let replaced = diagonal + usize::from(letter != against);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use parallax::token::{Contract, Symbol, TokenKind};

    use super::*;

    fn token(rank: u32, id: &str, symbol: &str, name: &str, contracts: &[(&str, &str)]) -> Token {
        let contract = |&(chain, address): &(&str, &str)| Contract {
            chain: chain.to_owned(),
            address: address.to_owned(),
        };
        Token {
            id: TokenId::new(id).unwrap(),
            symbol: Symbol::new(symbol).unwrap(),
            name: name.to_owned(),
            kind: TokenKind::Crypto,
            rank,
            contracts: contracts.iter().map(contract).collect(),
        }
    }

    fn tokens() -> Vec<Token> {
        vec![
            token(1, "bitcoin", "BTC", "Bitcoin", &[]),
            token(
                2,
                "wrapped-bitcoin",
                "WBTC",
                "Wrapped Bitcoin",
                &[("ethereum", "0xaa01"), ("base", "0xaa01")],
            ),
            token(3, "gas", "GAS", "Gas", &[("solana", "So1aNa")]),
            token(4, "gas-two", "BTC2", "GAS", &[("ethereum", "0xbb02")]),
            token(5, "twin-one", "TWIN", "One", &[("ethereum", "0xcc03")]),
            token(6, "twin-two", "twin", "Two", &[("base", "0xCC03")]),
            token(7, "order", "ÅRE", "Ærø Øre", &[]),
        ]
    }

    fn found(asked: &str) -> String {
        let tokens = tokens();
        match find(&tokens, asked) {
            Ok(token) => token.id.to_string(),
            Err(ServiceError::AmbiguousToken { candidates, .. }) => {
                let ids: Vec<_> = candidates.iter().map(|c| c.id.as_str()).collect();
                format!("ambiguous: {}", ids.join(" "))
            }
            Err(ServiceError::UnknownToken { candidates, .. }) => {
                let ids: Vec<_> = candidates.iter().map(TokenId::as_str).collect();
                format!("unknown: {}", ids.join(" "))
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_token_is_found_by_id_contract_symbol_and_name_in_any_letter_case() {
        for asked in [
            "wrapped-bitcoin",
            "Wrapped-Bitcoin",
            "0xaa01",
            "0xAA01",
            "ethereum:0xaa01",
            "Base:0xAa01",
            "wbtc",
            "WBTC",
            "wrapped bitcoin",
            " WRAPPED BITCOIN ",
        ] {
            assert_eq!(found(asked), "wrapped-bitcoin", "{asked:?}");
        }
        assert_eq!(found("SOLANA:so1ana"), "gas");
        assert_eq!(found("ærø ØRE"), "order");
        assert_eq!(found("åre"), "order");
    }

    #[test]
    fn an_id_wins_over_another_tokens_name() {
        assert_eq!(found("gas"), "gas");
        assert_eq!(found("GAS"), "gas");
    }

    #[test]
    fn what_may_mean_several_tokens_is_never_guessed() {
        assert_eq!(found("Twin"), "ambiguous: twin-one twin-two");
        assert_eq!(found("0xcc03"), "ambiguous: twin-one twin-two");
        assert_eq!(found("base:0xcc03"), "twin-two");
    }

    #[test]
    fn what_means_nothing_gets_suggestions_but_no_answer() {
        assert_eq!(found("bitcon"), "unknown: bitcoin");
        assert_eq!(found("wrap"), "unknown: wrapped-bitcoin");
        assert_eq!(found("base:0xaa02"), "unknown: ");
        assert_eq!(found(""), "unknown: ");
        assert_eq!(found(&"x".repeat(5_000)), "unknown: ");
        let words = find(&tokens(), "bitcon").unwrap_err().to_string();
        assert!(words.ends_with("did you mean bitcoin?"), "{words}");
    }

    #[test]
    fn where_only_an_id_will_do_a_symbol_is_a_suggestion() {
        let tokens = tokens();
        assert_eq!(by_id(&tokens, "bitcoin").unwrap().rank, 1);
        let words = by_id(&tokens, "WBTC").unwrap_err().to_string();
        assert!(words.ends_with("did you mean wrapped-bitcoin?"), "{words}");
    }

    #[test]
    fn slips_are_letters_added_dropped_and_replaced() {
        for (one, other, count) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(slips(one, other), count, "{one} {other}");
            assert_eq!(slips(other, one), count, "{other} {one}");
        }
    }
}
