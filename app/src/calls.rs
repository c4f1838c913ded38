//! Server functions: thin reads of `parallax_service` for the pages. Public endpoints under `/fn`.
//!
//! Everything they return is public, so there is nothing to authorise. All are GET: they change
//! nothing, and a browser may repeat them.

use leptos::prelude::*;
use parallax::currency::Currency;
#[cfg(feature = "ssr")]
use parallax::picture::ChartChoice;
use parallax::stream::MarketState;
#[cfg(feature = "ssr")]
use parallax::table::TableQuery;
use parallax::venue::Venue;
use parallax::view::{About, ChartView, CompareView, StatusView, TablePage, TokenView};
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

#[cfg(feature = "ssr")]
use crate::address::CompareChoice;
use crate::codec::Json;
use crate::error::PageError;

/// What the frame around every page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    /// About the program and its sources.
    pub about: About,
    /// Median time from a frame's receipt to its publication, in microseconds.
    pub tick_to_publish_us: Option<u64>,
    /// The currencies that prices can be shown in, US dollars first.
    pub currencies: Vec<Currency>,
}

/// Every market's last state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketList {
    /// Every exchange there is, for the filter.
    pub venues: Vec<Venue>,
    /// The markets, by exchange and name.
    pub markets: Vec<MarketState>,
}

/// Several tokens compared, and the currency of their prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The tokens with their changes, which are those in US dollars.
    pub view: CompareView,
    /// The currency to show prices in.
    pub currency: Currency,
}

#[cfg(feature = "ssr")]
fn service() -> Result<parallax_service::Service, PageError> {
    use_context().ok_or_else(|| {
        PageError::Unavailable("the page was rendered without access to the prices".to_owned())
    })
}

/// A parameter of an address' query, decoded.
#[cfg(feature = "ssr")]
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
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

/// What the frame around a page shows when the page is rendered; the browser has it from there.
#[must_use]
pub fn imprint_now() -> Option<Imprint> {
    #[cfg(feature = "ssr")]
    return service().ok().map(|service| imprint_of(&service));
    #[cfg(not(feature = "ssr"))]
    None
}

#[cfg(feature = "ssr")]
fn imprint_of(service: &parallax_service::Service) -> Imprint {
    let status = service.status();
    Imprint {
        about: status.about,
        tick_to_publish_us: status.tick_to_publish_us,
        currencies: service.currencies(),
    }
}

/// Reads what the frame around every page shows.
///
/// # Errors
/// When the server cannot be reached.
#[server(name = ReadImprint, prefix = "/fn", endpoint = "imprint", input = GetUrl, output = Json)]
pub async fn imprint() -> Result<Imprint, PageError> {
    Ok(imprint_of(&service()?))
}

/// Reads a page of the token table.
///
/// # Errors
/// When the server cannot be reached.
#[server(name = ReadTable, prefix = "/fn", endpoint = "table", input = GetUrl, output = Json)]
pub async fn table_page(
    /// The query of the page's address, as [`TableQuery::to_query`] writes it.
    query: String,
) -> Result<TablePage, PageError> {
    Ok(service()?.page(&TableQuery::read(|name| parameter(&query, name))))
}

/// Reads a token's chart.
///
/// # Errors
/// [`PageError::NotFound`] for a token that is not in the catalogue, [`PageError::Unavailable`] while the
/// history cannot be read.
#[server(name = ReadChart, prefix = "/fn", endpoint = "chart", input = GetUrl, output = Json)]
pub async fn chart(
    /// The token's id.
    id: String,
    /// The query of the page's address, as [`ChartChoice::to_query`] writes it.
    query: String,
) -> Result<ChartView, PageError> {
    let choice = ChartChoice::read(|name| parameter(&query, name));
    service()?.chart_view(&id, &choice).await.map_err(refusal)
}

/// Reads a comparison of several tokens.
///
/// # Errors
/// [`PageError::Unavailable`] while the history cannot be read.
#[server(name = ReadComparison, prefix = "/fn", endpoint = "compare", input = GetUrl, output = Json)]
pub async fn compare(
    /// The query of the page's address, as [`CompareChoice::to_query`] writes it.
    query: String,
) -> Result<Comparison, PageError> {
    let asked = CompareChoice::read(|name| parameter(&query, name));
    let service = service()?;
    let view = service.compare_view(&asked.ids, asked.range).await;
    // A page must not fail because of a mistyped currency; it says which one it shows.
    let currency = service.currency(asked.currency.as_deref());
    Ok(Comparison {
        view: view.map_err(refusal)?,
        currency: currency.unwrap_or_else(|_| Currency::usd()),
    })
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
