//! Rows of what changes rarely: tokens with their contracts, venues and listings.

use std::sync::Arc;

use parallax::market::{Asset, Listing, Market};
use parallax::token::{Contract, Token, TokenKind};
use parallax::venue::Venue;
use serde::Serialize;
use sqlx::FromRow;

use super::{read, read_count, read_word, storable, unreadable};
use crate::error::StoreError;

/// A row of `token`.
#[derive(Debug, Serialize)]
pub(crate) struct TokenRow {
    pub(crate) id: String,
    pub(crate) symbol: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) rank: i64,
}

/// A row of `contract`.
#[derive(Debug, Serialize)]
pub(crate) struct ContractRow {
    pub(crate) chain: String,
    pub(crate) address: String,
    pub(crate) token: String,
    /// The place in the token's list, from 0.
    pub(crate) position: i64,
}

/// A token joined with one of its contracts, or with none.
#[derive(Debug, FromRow)]
pub(crate) struct TokenContractRow {
    id: String,
    symbol: String,
    name: String,
    kind: String,
    rank: i64,
    chain: Option<String>,
    address: Option<String>,
}

/// A row of `venue`.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct VenueRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) website: String,
}

/// A row of `listing`. Each side has a token, or a venue and its code.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct ListingRow {
    pub(crate) venue: String,
    pub(crate) symbol: String,
    pub(crate) base_code: String,
    pub(crate) quote_code: String,
    pub(crate) base_token: Option<String>,
    pub(crate) base_unlisted_venue: Option<String>,
    pub(crate) base_unlisted_code: Option<String>,
    pub(crate) quote_token: Option<String>,
    pub(crate) quote_unlisted_venue: Option<String>,
    pub(crate) quote_unlisted_code: Option<String>,
}

const KINDS: [TokenKind; 3] = [TokenKind::Fiat, TokenKind::Stablecoin, TokenKind::Crypto];

const fn kind_word(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Fiat => "fiat",
        TokenKind::Stablecoin => "stablecoin",
        TokenKind::Crypto => "crypto",
    }
}

impl TryFrom<&Token> for TokenRow {
    type Error = StoreError;

    fn try_from(token: &Token) -> Result<Self, StoreError> {
        Ok(Self {
            id: token.id.to_string(),
            symbol: token.symbol.to_string(),
            name: storable("a token's name", &token.name)?,
            kind: kind_word(token.kind),
            rank: token.rank.into(),
        })
    }
}

impl ContractRow {
    /// The rows of a token's contracts.
    pub(crate) fn of(token: &Token) -> impl Iterator<Item = Result<Self, StoreError>> {
        (0_i64..).zip(&token.contracts).map(|(position, contract)| {
            Ok(Self {
                chain: storable("a contract's chain", &contract.chain)?,
                address: storable("a contract's address", &contract.address)?,
                token: token.id.to_string(),
                position,
            })
        })
    }
}

/// Puts tokens together from rows in which all rows of one token are neighbours.
pub(crate) fn tokens(rows: Vec<TokenContractRow>) -> Result<Vec<Token>, StoreError> {
    let mut tokens: Vec<Token> = Vec::new();
    for row in rows {
        let contract = row
            .chain
            .zip(row.address)
            .map(|(chain, address)| Contract { chain, address });
        match tokens.last_mut().filter(|last| last.id.as_str() == row.id) {
            Some(last) => last.contracts.extend(contract),
            None => tokens.push(Token {
                id: read("token.id", &row.id)?,
                symbol: read("token.symbol", &row.symbol)?,
                name: row.name,
                kind: read_word("token.kind", &row.kind, &KINDS, kind_word)?,
                rank: read_count("token.rank", row.rank)?,
                contracts: contract.into_iter().collect(),
            }),
        }
    }
    Ok(tokens)
}

impl TryFrom<&Venue> for VenueRow {
    type Error = StoreError;

    fn try_from(venue: &Venue) -> Result<Self, StoreError> {
        Ok(Self {
            id: venue.id.to_string(),
            name: storable("a venue's name", &venue.name)?,
            website: storable("a venue's website", &venue.website)?,
        })
    }
}

impl TryFrom<VenueRow> for Venue {
    type Error = StoreError;

    fn try_from(row: VenueRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read("venue.id", &row.id)?,
            name: row.name,
            website: row.website,
        })
    }
}

/// One side of a market as three columns.
fn columns(asset: &Asset) -> (Option<String>, Option<String>, Option<String>) {
    match asset {
        Asset::Token(id) => (Some(id.to_string()), None, None),
        Asset::Unlisted { venue, code } => (None, Some(venue.to_string()), Some(code.to_string())),
    }
}

fn asset(
    field: &'static str,
    token: Option<&str>,
    venue: Option<&str>,
    code: Option<&str>,
) -> Result<Asset, StoreError> {
    match (token, venue, code) {
        (Some(token), None, None) => Ok(Asset::Token(read(field, token)?)),
        (None, Some(venue), Some(code)) => Ok(Asset::Unlisted {
            venue: read(field, venue)?,
            code: read(field, code)?,
        }),
        _ => Err(unreadable(field)("not exactly one asset".into())),
    }
}

impl TryFrom<&Listing> for ListingRow {
    type Error = StoreError;

    fn try_from(listing: &Listing) -> Result<Self, StoreError> {
        let (base_token, base_unlisted_venue, base_unlisted_code) = columns(&listing.market.base);
        let (quote_token, quote_unlisted_venue, quote_unlisted_code) =
            columns(&listing.market.quote);
        Ok(Self {
            venue: listing.venue.to_string(),
            symbol: storable("a listing's symbol", &listing.symbol)?,
            base_code: listing.base_code.to_string(),
            quote_code: listing.quote_code.to_string(),
            base_token,
            base_unlisted_venue,
            base_unlisted_code,
            quote_token,
            quote_unlisted_venue,
            quote_unlisted_code,
        })
    }
}

impl TryFrom<ListingRow> for Arc<Listing> {
    type Error = StoreError;

    fn try_from(row: ListingRow) -> Result<Self, StoreError> {
        Ok(Self::new(Listing {
            venue: read("listing.venue", &row.venue)?,
            symbol: row.symbol.into(),
            base_code: read("listing.base_code", &row.base_code)?,
            quote_code: read("listing.quote_code", &row.quote_code)?,
            market: Market {
                base: asset(
                    "listing.base_token",
                    row.base_token.as_deref(),
                    row.base_unlisted_venue.as_deref(),
                    row.base_unlisted_code.as_deref(),
                )?,
                quote: asset(
                    "listing.quote_token",
                    row.quote_token.as_deref(),
                    row.quote_unlisted_venue.as_deref(),
                    row.quote_unlisted_code.as_deref(),
                )?,
            },
        }))
    }
}
