//! Markets: which token is traded against which, and how one exchange lists that.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::token::{Symbol, TokenId};
use crate::venue::VenueId;

/// One side of a market.
///
/// An exchange names its assets by ticker, and tickers collide. Only the catalogue turns a ticker into
/// a [`TokenId`]; everything else stays the exchange's own and equals nothing on another exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// A token of the catalogue.
    Token(TokenId),
    /// An asset the catalogue does not know, by its code on its exchange.
    Unlisted {
        /// Whose code it is.
        venue: VenueId,
        /// The code.
        code: Symbol,
    },
}

impl Asset {
    /// The token, when the catalogue knows it.
    #[must_use]
    pub const fn token(&self) -> Option<&TokenId> {
        match self {
            Self::Token(id) => Some(id),
            Self::Unlisted { .. } => None,
        }
    }
}

impl fmt::Display for Asset {
    /// A token's id, or `venue:CODE` (a colon cannot occur in a token id).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => fmt::Display::fmt(id, f),
            Self::Unlisted { venue, code } => write!(f, "{venue}:{code}"),
        }
    }
}

/// What is traded (`base`) and what it is priced in (`quote`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Market {
    /// What is bought and sold.
    pub base: Asset,
    /// What one unit of `base` is priced in.
    pub quote: Asset,
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.quote)
    }
}

/// A market as one exchange lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// The exchange.
    pub venue: VenueId,
    /// The exchange's own name of the market, as its stream expects it: `BTCUSDT`, `BTC-USD`, `BTC/USD`.
    pub symbol: Arc<str>,
    /// The exchange's code of the base asset.
    pub base_code: Symbol,
    /// The exchange's code of the quote asset.
    pub quote_code: Symbol,
    /// What the catalogue makes of the two codes.
    pub market: Market,
}

impl Listing {
    /// The pair for people, in the exchange's own codes: `BTC/USDT`.
    #[must_use]
    pub fn pair(&self) -> String {
        format!("{}/{}", self.base_code, self.quote_code)
    }
}

/// A listing's number within this process, handed out by `crates/ingest` and stable until it stops.
/// Everything on the way from the socket to the price uses it instead of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketKey(pub u32);
