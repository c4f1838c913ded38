//! CoinGecko's routes, under `/api/v3`: who calls CoinGecko changes the base URL and keeps working. The
//! same parameters, names, nesting, types of numbers, times, order, pages and errors.
//!
//! Coins are the catalogue's tokens, whose ids are CoinGecko's, without government money. Prices are those
//! of the board, written as JSON numbers with all their digits (`number.rs`) unless `precision` says how
//! many. Nothing here calls an exchange.
//!
//! **What Parallax does not know** is null where CoinGecko's description allows null, else left out: market
//! capitalisation (which needs a circulating supply), all-time extremes, logos, people's opinions. Where the
//! description allows neither, a text is empty and a number is 0, which is CoinGecko's own word for unknown
//! (`coin_mcap_usd`, `block_time_in_minutes`, `watchlist_portfolio_users`, the changes in `/global`). A ticker
//! whose last trade, volume or book is not known is left out as a whole.
//!
//! **Stale prices.** CoinGecko's format has no status. Every time here is that of the price itself and not of
//! the request; where a price is no longer confirmed (aging or stale) `/simple/price` adds `last_updated_at`
//! unasked and gives no change over 24 hours, the sign that CoinGecko's documentation names; a ticker says
//! `is_stale`, or `is_anomaly` when its quote is left out of the price. A coin without a price is an empty
//! object, or has null.
//!
//! **Ambiguity.** Ids are exact. A symbol or a name is only looked up with `symbols` and `names`; where it
//! means several coins, `/simple/price` refuses unless `include_tokens=all` asks for all of them.

mod answers;
mod asked;
mod changes;
mod chart;
mod chosen;
mod coin;
mod exchange_ids;
mod exchanges;
mod figures;
mod global;
mod history;
mod list;
mod markets;
mod platforms;
mod refusal;
mod simple;
mod ticker;
mod tickers;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::any;
use serde::Serialize;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiState;
use crate::at_once::Lasting;
use crate::cached::Cached;
use refusal::Refusal;

/// All routes under `/api/v3`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(simple::ping))
        .routes(routes!(simple::price))
        .routes(routes!(simple::token_price))
        .routes(routes!(simple::supported_vs_currencies))
        .routes(routes!(list::coins))
        .routes(routes!(list::search))
        .routes(routes!(markets::markets))
        .routes(routes!(coin::coin))
        .routes(routes!(coin::contract))
        .routes(routes!(tickers::of_coin))
        .routes(routes!(history::history))
        .routes(routes!(chart::market_chart))
        .routes(routes!(chart::market_chart_range))
        .routes(routes!(chart::ohlc))
        .routes(routes!(chart::contract_chart))
        .routes(routes!(chart::contract_chart_range))
        .routes(routes!(platforms::asset_platforms))
        .routes(routes!(exchanges::exchanges))
        .routes(routes!(exchanges::exchanges_list))
        .routes(routes!(exchanges::exchange))
        .routes(routes!(tickers::of_exchange))
        .routes(routes!(global::exchange_rates))
        .routes(routes!(global::global));
    let (router, description) = routes.split_for_parts();
    let router = router.method_not_allowed_fallback(incorrect_method);
    let known = router.clone();
    let other = any(move |State(state): State<ApiState>, request: Request| {
        other_path(known.clone().with_state(state), request)
    });
    let router = router
        .route("/api/v3", other.clone())
        .route("/api/v3/", other.clone())
        .route("/api/v3/{*rest}", other);
    OpenApiRouter::with_openapi(description).merge(OpenApiRouter::from(router))
}

/// A path that is no route as it stands. CoinGecko does not mind a slash at the end, and its client for Python
/// relies on that: `/coins/bitcoin/` is `/coins/bitcoin`.
async fn other_path(known: Router, mut request: Request) -> Result<Response, Refusal> {
    let uri = request.uri();
    let bare = uri
        .path()
        .strip_suffix('/')
        .filter(|bare| !bare.ends_with('/'));
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let target = bare.and_then(|bare| format!("{bare}{query}").parse::<Uri>().ok());
    let Some(target) = target else {
        return Err(Refusal::incorrect_path(uri.path()));
    };
    let path = uri.path().to_owned();
    *request.uri_mut() = target;
    // What the path meant so far; nothing else in them is read here.
    request.extensions_mut().clear();
    let Ok(response) = known
        .fallback(async move || Refusal::incorrect_path(&path))
        .oneshot(request)
        .await;
    Ok(response)
}

async fn incorrect_method() -> Refusal {
    Refusal::incorrect_method()
}

/// An answer, with a tag: kept by readers, never used without asking.
fn answer(body: String, headers: &HeaderMap) -> Response {
    let mut response = Cached::json().respond(body, headers);
    response.extensions_mut().insert(Lasting::for_a_moment());
    response
}

/// An answer written down.
fn json(answer_of: &impl Serialize, headers: &HeaderMap) -> Result<Response, Refusal> {
    let body = serde_json::to_string(answer_of).map_err(|_| Refusal::unwritable())?;
    Ok(answer(body, headers))
}
