//! Tokens and their identity: a token *is* its id, a slug such as `bitcoin`, or its contract.
//! A ticker symbol is only something to search for.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {allowed}, got {got:?}")]
pub struct IdentifierError {
    /// What was to be named.
    pub what: &'static str,
    /// What is allowed.
    pub allowed: &'static str,
    /// What was given, cut to 80 characters.
    pub got: String,
}

impl IdentifierError {
    pub(crate) fn new(what: &'static str, allowed: &'static str, got: &str) -> Self {
        Self {
            what,
            allowed,
            got: got.chars().take(80).collect(),
        }
    }
}

/// Defines a validated, cheaply cloned string.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and wraps it.
            ///
            /// # Errors
            /// When the text has characters or a length that is not allowed; the error says which are.
            pub fn new(text: &str) -> Result<Self, IdentifierError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(IdentifierError::new($what, $allowed, text))
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    };
}
pub(crate) use identifier;

identifier! {
    /// A token's own id, a slug such as `bitcoin` or `usd-coin` (the same as CoinGecko's).
    TokenId, "a token id", "1 to 64 lowercase letters, digits, '-', '_' or '.'",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
}

identifier! {
    /// What an exchange or a person calls a token: `BTC`, `XBT`. Not an identity: two tokens can
    /// share one. Upper case where the exchange's code has a case at all.
    Symbol, "a symbol", "1 to 32 printable characters without blanks",
    |text| !text.is_empty()
        && text.chars().count() <= 32
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

identifier! {
    /// What a venue calls an asset: an exchange its code, a chain the address of its contract. Means a token only
    /// when the catalogue says so.
    Code, "a code", "1 to 128 printable characters without blanks",
    |text| !text.is_empty()
        && text.chars().count() <= 128
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

impl From<Symbol> for Code {
    fn from(symbol: Symbol) -> Self {
        Self(symbol.0)
    }
}

/// What kind of money a token is. Conversion to USD goes through the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Government money. Its "token" exists so that `BTC/EUR` is a market like any other.
    Fiat,
    /// A token meant to be worth one unit of something. Never assumed to be.
    Stablecoin,
    /// Everything else.
    Crypto,
}

/// Where a token's contract lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The chain, by CoinGecko's platform id: `ethereum`, `solana`, `base`.
    pub chain: String,
    /// The address as the chain writes it; on Ethereum-like chains in lower case.
    pub address: String,
}

/// A token as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// The identity.
    pub id: TokenId,
    /// The usual ticker, a search term.
    pub symbol: Symbol,
    /// The name for people.
    pub name: String,
    /// Fiat, stablecoin or crypto.
    pub kind: TokenKind,
    /// Place in the catalogue, from 1; the order of the table until market capitalisation is known.
    pub rank: u32,
    /// Contracts, one a chain; empty for a chain's own coin.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub contracts: Vec<Contract>,
}
