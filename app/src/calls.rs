//! Server functions: thin reads of `parallax_service` for the pages. Public endpoints under `/fn`.
//!
//! Everything they return is public, so there is nothing to authorise. All are GET: they change
//! nothing, and a browser may repeat them.

use leptos::prelude::*;
use parallax::stream::MarketState;
use parallax::venue::Venue;
use parallax::view::{About, PriceTable, StatusView, TokenView};
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

use crate::codec::Json;
use crate::error::PageError;

/// What the frame around every page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    /// About the program and its sources.
    pub about: About,
    /// Median time from a frame's receipt to its publication, in microseconds.
    pub tick_to_publish_us: Option<u64>,
}

/// Every market's last state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketList {
    /// Every exchange there is, for the filter.
    pub venues: Vec<Venue>,
    /// The markets, by exchange and name.
    pub markets: Vec<MarketState>,
}

#[cfg(feature = "ssr")]
fn service() -> Result<parallax_service::Service, PageError> {
    use_context().ok_or_else(|| {
        PageError::Unavailable("the page was rendered without access to the prices".to_owned())
    })
}

#[cfg(feature = "ssr")]
fn refusal(error: parallax_service::ServiceError) -> PageError {
    use parallax_service::ServiceError;
    let message = error.to_string();
    let candidates = match error {
        ServiceError::UnknownToken { candidates, .. } => candidates,
        ServiceError::AmbiguousToken { candidates, .. } => {
            candidates.into_iter().map(|token| token.id).collect()
        }
        ServiceError::HistoryUnavailable => return PageError::Unavailable(message),
        _ => Vec::new(),
    };
    PageError::NotFound {
        message,
        candidates,
    }
}

/// Reads what the frame around every page shows.
///
/// # Errors
/// When the server cannot be reached.
#[server(name = ReadImprint, prefix = "/fn", endpoint = "imprint", input = GetUrl, output = Json)]
pub async fn imprint() -> Result<Imprint, PageError> {
    let status = service()?.status();
    Ok(Imprint {
        about: status.about,
        tick_to_publish_us: status.tick_to_publish_us,
    })
}

/// Reads the token table.
///
/// # Errors
/// When the server cannot be reached.
#[server(name = ReadTable, prefix = "/fn", endpoint = "table", input = GetUrl, output = Json)]
pub async fn table() -> Result<PriceTable, PageError> {
    Ok(service()?.table())
}

/// Reads one token with its explanation.
///
/// # Errors
/// [`PageError::NotFound`] for a token that is not in the catalogue.
#[server(name = ReadToken, prefix = "/fn", endpoint = "token", input = GetUrl, output = Json)]
pub async fn token(
    /// The token's id.
    id: String,
) -> Result<TokenView, PageError> {
    let service = service()?;
    // One page, one address: a symbol is a question, answered with what may be meant.
    service.by_id(&id).map_err(refusal)?;
    service.token(&id).await.map_err(refusal)
}

/// Reads the state of everything.
///
/// # Errors
/// When the server cannot be reached.
#[server(name = ReadStatus, prefix = "/fn", endpoint = "status", input = GetUrl, output = Json)]
pub async fn status() -> Result<StatusView, PageError> {
    Ok(service()?.status())
}

/// Reads every market, or those of one exchange.
///
/// # Errors
/// [`PageError::NotFound`] for an exchange that is not configured.
#[server(name = ReadMarkets, prefix = "/fn", endpoint = "markets", input = GetUrl, output = Json)]
pub async fn markets(
    /// The exchange's id; none or empty for all.
    exchange: Option<String>,
) -> Result<MarketList, PageError> {
    let service = service()?;
    let exchange = exchange.filter(|name| !name.is_empty());
    Ok(MarketList {
        venues: service.venues().to_vec(),
        markets: service.markets(exchange.as_deref()).map_err(refusal)?,
    })
}
