//! Why a decision about a token was not made.

use parallax::catalogue::{CatalogueError, Entry};
use parallax::token::{Symbol, TokenId};
use parallax::venue::VenueId;
use parallax_store::StoreError;

use crate::error::cut;

/// Why a decision about a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is none with this id.
    #[error("there is no token with the id {0:?}; an id is a word such as bitcoin, not a ticker")]
    Unknown(String),
    /// There is one with this id.
    #[error("there is a token with the id {0} already; open it to change it")]
    Exists(TokenId),
    /// Someone else decided something about it in between.
    #[error("someone else has changed this in between; look at it again")]
    Changed,
    /// It is as it was.
    #[error("nothing was changed")]
    Same,
    /// It is as shipped, or was never shipped.
    #[error("there is nothing to reset: this is as it is shipped, or is not shipped at all")]
    NothingToReset,
    /// It is not priced, so that nothing can mean it.
    #[error("{0} is not enabled; enable it first")]
    Disabled(TokenId),
    /// The code means a token.
    #[error("{code} means {token} on {venue} already; take it from there first")]
    Mapped {
        /// The code.
        code: Symbol,
        /// Where.
        venue: VenueId,
        /// What it means.
        token: TokenId,
    },
    /// It has another contract on the chain.
    #[error(
        "{token} has the contract {address} on {chain} already, and a token has one a chain: whatever another contract \
         calls itself, it is not this token; should {token} have moved, change the contract on its own page"
    )]
    HasContract {
        /// The token.
        token: TokenId,
        /// Where.
        chain: String,
        /// The contract that it has.
        address: String,
    },
    /// It is not read there, so that nothing more can mean it there.
    #[error("{token} is not read on {venue}; let it be read there again first")]
    NotRead {
        /// The token.
        token: TokenId,
        /// Where.
        venue: VenueId,
    },
    /// Nobody knows what it was called there.
    #[error(
        "it is not known by which codes {token} could be read on {venue}; give them on the token's own page"
    )]
    NothingSetAside {
        /// The token.
        token: TokenId,
        /// Where.
        venue: VenueId,
    },
    /// No catalogue could follow.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// It is decided and stored, and not in force yet.
    #[error(
        "the change is stored, but the database failed before it was in force; it will be in some seconds"
    )]
    Unsettled(#[source] StoreError),
    /// The database could not do it.
    #[error("the database could not be used; nothing was changed")]
    Store(#[from] StoreError),
}

impl TokenError {
    pub(super) fn unknown(id: &str) -> Self {
        Self::Unknown(cut(id))
    }

    pub(super) fn not_read(entry: &Entry, venue: &VenueId) -> Self {
        Self::NotRead {
            token: entry.id.clone(),
            venue: venue.clone(),
        }
    }
}
