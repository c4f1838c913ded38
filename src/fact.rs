//! What a chain says about a token besides its price. Shown with its source, used for no computation.

use serde::{Deserialize, Serialize};

use crate::amount::Quantity;
use crate::time::Timestamp;
use crate::token::TokenId;
use crate::venue::VenueId;

/// What one venue says about one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenFacts {
    /// The token.
    pub token: TokenId,
    /// Who says it.
    pub venue: VenueId,
    /// Units in existence, as the venue reports it; `None` where it does not.
    pub total_supply: Option<Quantity>,
    /// Whether [`TokenFacts::total_supply`] can be believed. The Uniswap v3 subgraph's cannot: it is
    /// shown as what it is, and no market value is derived from it.
    pub total_supply_reliable: bool,
    /// Value of everything traded on the venue since it began, in USD.
    pub volume_usd: Option<Quantity>,
    /// The block this was read at.
    pub block: u64,
    /// That block's time.
    pub observed_at: Timestamp,
}

/// How many queries a venue was asked in one calendar month (UTC), for venues that bill them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryUsage {
    /// The venue.
    pub venue: VenueId,
    /// The month's first moment.
    pub month: Timestamp,
    /// Queries sent in it, answered or not.
    pub used: u64,
}

/// A [`QueryUsage`] beside what the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryBudget {
    /// The month's first moment, in UTC.
    pub month: Timestamp,
    /// Queries sent in it.
    pub used: u64,
    /// The most that will be sent in it.
    pub limit: u64,
}
