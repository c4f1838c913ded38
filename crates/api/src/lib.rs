//! The public HTTP interface over the use cases of `crates/service`: JSON reads, pictures, the event
//! stream and the health routes. No decisions are made here: a request is parsed, the service asked, the answer
//! written down.

mod access;
mod cached;
mod candles;
mod chart;
mod health;
mod params;
mod pictures;
mod price;
mod problem;
mod read;
mod stream;

use axum::Router;
use axum::routing::get;
use parallax_service::Service;

pub use access::{Access, AccessConfig, Allotment, KeyPolicy};
pub use ipnet::IpNet;
pub use problem::Problem;
pub use stream::StreamLimits;

/// What the routes share.
#[derive(Clone)]
struct ApiState {
    service: Service,
    limits: StreamLimits,
    access: Access,
    painters: pictures::Painters,
}

/// All routes under `/api/v1`, the pictures (`/charts`, `/compare.svg` and its kin, `/badges`,
/// `/sparklines`), and `/healthz` and `/readyz`.
/// `access` is asked about every request and wants the peer's address as the extension
/// [`ConnectInfo`](axum::extract::ConnectInfo) of a request.
pub fn router(service: Service, limits: StreamLimits, access: Access) -> Router {
    let v1 = Router::new()
        .route("/tokens", get(read::tokens))
        .route("/tokens/{token}", get(read::token))
        .route("/tokens/{token}/chart", get(chart::chart))
        .route("/tokens/{token}/chart.csv", get(chart::chart_csv))
        .route("/tokens/{token}/candles", get(candles::candles))
        .route("/tokens/{token}/candles.csv", get(candles::candles_csv))
        .route("/tokens/{token}/price", get(price::price))
        .route("/markets", get(read::markets))
        .route("/status", get(read::status))
        .route("/stream", get(stream::stream))
        .fallback(problem::not_found);
    let state = ApiState {
        service,
        limits,
        access: access.clone(),
        painters: pictures::Painters::default(),
    };
    let (tickets, _) = access::routes().split_for_parts();
    let routes = Router::new()
        .nest("/api/v1", v1)
        .merge(tickets)
        .route("/api", axum::routing::any(problem::not_found))
        .route("/api/{*rest}", axum::routing::any(problem::not_found))
        .route("/charts/{file}", get(pictures::chart))
        .route("/compare.svg", get(pictures::compare))
        .route("/compare.png", get(pictures::compare))
        .route("/compare.json", get(pictures::compare_json))
        .route("/badges/{file}", get(pictures::badge))
        .route("/sparklines/{file}", get(pictures::sparkline))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(state);
    access.around(routes)
}
