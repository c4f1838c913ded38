//! Why a question has no answer, in words for whoever asked.

use std::time::Duration;

use parallax::time::Timestamp;
use parallax::token::{Symbol, Token, TokenId};
use parallax::venue::VenueId;
use serde::Serialize;

/// A token that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Candidate {
    /// What to ask for instead.
    pub id: TokenId,
    /// Its usual ticker.
    pub symbol: Symbol,
    /// Its name for people.
    pub name: String,
}

impl From<&Token> for Candidate {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            symbol: token.symbol.clone(),
            name: token.name.clone(),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Nothing is called that.
    #[error("there is no token {asked:?}{}", suggestion(.candidates))]
    UnknownToken {
        /// What was asked for, cut to 80 characters.
        asked: String,
        /// Tokens with a similar id, symbol or name: never a guess, always the reader's choice.
        candidates: Vec<TokenId>,
    },
    /// Several tokens are called that.
    #[error("{asked:?} may mean {}; ask for one of them by its id", listed(.candidates))]
    AmbiguousToken {
        /// What was asked for, cut to 80 characters.
        asked: String,
        /// All it may mean, in rank order.
        candidates: Vec<Candidate>,
    },
    /// No configured exchange has this id.
    #[error("there is no exchange with the id {id:?}; known are {}", .known.join(", "))]
    UnknownVenue {
        /// What was asked for, cut to 80 characters.
        id: String,
        /// What could have been asked for.
        known: Vec<String>,
    },
    /// No exchange that was asked has the pair.
    #[error("{} the pair {pair}{}", nobody(.exchange), held(.candidates))]
    UnknownPair {
        /// The pair as asked for, in upper case.
        pair: String,
        /// The only exchange asked; `None` for all.
        exchange: Option<VenueId>,
        /// Pairs with one of its sides, a few.
        candidates: Vec<String>,
    },
    /// No candles of any token come from there.
    #[error("there is no source {asked:?}; known are {}", .known.join(", "))]
    UnknownSource {
        /// What was asked for, cut to 80 characters.
        asked: String,
        /// What could have been asked for.
        known: Vec<String>,
    },
    /// A parameter has a value that cannot be answered.
    #[error("parameter {name:?} must be {allowed}, got {got:?}")]
    BadParameter {
        /// Which.
        name: &'static str,
        /// What was given, cut to 80 characters.
        got: String,
        /// What is allowed.
        allowed: String,
    },
    /// The answer would be too large.
    #[error("{0}")]
    TooLarge(String),
    /// A picture could not be drawn, which is a fault of the program. Why is in the log.
    #[error("the picture could not be drawn; this is a fault of the program")]
    Undrawn,
    /// No price was in force at that moment, or none is remembered.
    #[error("no price of {token} in force at {at} is stored: {}", then(.newest, .kept))]
    NoPriceThen {
        /// The token.
        token: TokenId,
        /// The moment asked for.
        at: Timestamp,
        /// When the newest price stored before it was computed.
        newest: Option<Timestamp>,
        /// How long prices are kept with their constituents; `None` for ever.
        kept: Option<Duration>,
    },
    /// The database could not be read.
    #[error(
        "the database could not be read, so there is no history now; live prices do not depend on it, and \
         /api/v1/status says more"
    )]
    HistoryUnavailable,
}

impl ServiceError {
    pub(crate) fn bad(name: &'static str, got: impl ToString, allowed: impl Into<String>) -> Self {
        Self::BadParameter {
            name,
            got: cut(&got.to_string()),
            allowed: allowed.into(),
        }
    }
}

/// What a reader sent, short enough to be sent back.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

fn nobody(exchange: &Option<VenueId>) -> String {
    exchange.as_ref().map_or_else(
        || "no exchange has".to_owned(),
        |exchange| format!("{exchange} does not have"),
    )
}

fn held(candidates: &[String]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    format!("; there are {}", candidates.join(", "))
}

fn suggestion(candidates: &[TokenId]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let names: Vec<_> = candidates.iter().map(TokenId::as_str).collect();
    format!("; did you mean {}?", names.join(" or "))
}

fn listed(candidates: &[Candidate]) -> String {
    let names: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            format!(
                "{} ({}, {})",
                candidate.id, candidate.symbol, candidate.name
            )
        })
        .collect();
    names.join(" or ")
}

fn then(newest: &Option<Timestamp>, kept: &Option<Duration>) -> String {
    let newest = newest.map_or_else(
        || "none that old is kept".to_owned(),
        |at| {
            format!("the last one before was computed at {at}, too long ago to have been in force")
        },
    );
    let kept = kept.map_or_else(
        || "all prices are kept".to_owned(),
        |kept| {
            format!(
                "prices with their constituents are kept for {} h",
                kept.as_secs() / 3_600
            )
        },
    );
    format!("{newest}; {kept}, candles for longer")
}
