//! The public HTTP interface over the use cases of `crates/service`: JSON reads, pictures, the event
//! stream and the health routes. No decisions are made here: a request is parsed, the service asked, the answer
//! written down.

mod access;
mod at_once;
mod bars;
mod cached;
mod candles;
mod chart;
mod coingecko;
mod exchanges;
mod health;
mod live;
mod markets;
mod number;
mod openapi;
mod pace;
mod params;
mod pictures;
mod price;
mod problem;
mod rates;
mod shelf;
mod socket;
mod stamp;
mod stream;
mod tokens;
mod udf;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use parallax_service::Service;
use utoipa_axum::router::OpenApiRouter;

pub use access::{Access, AccessConfig, Allotment, Beyond, Client, KeyPolicy};
pub use at_once::{AtOnce, Lasting};
pub use ipnet::IpNet;
pub use problem::Problem;
pub use socket::SocketLimits;
pub use stream::StreamLimits;

/// What the routes share. Cheap to clone, as every request does.
#[derive(Clone)]
struct ApiState(Arc<Shared>);

impl Deref for ApiState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What there is once.
struct Shared {
    service: Service,
    limits: StreamLimits,
    access: Access,
    painters: pictures::Painters,
    answers: live::Answers,
    bars: Arc<bars::BarEvents>,
}

/// All routes under `/api/v1`, those like CoinGecko's under `/api/v3` and TradingView's under `/udf`, the
/// pictures (`/charts`, `/compare.svg` and its kin, `/badges`, `/sparklines`), `/healthz` and `/readyz`, and
/// `/openapi.json` and `/asyncapi.json`, which describe them. `access` is asked about every request and wants the peer's address as
/// the extension [`ConnectInfo`](axum::extract::ConnectInfo) of a request.
pub fn router(service: Service, limits: StreamLimits, access: Access) -> Router {
    let (routes, described) = routes().split_for_parts();
    let routes = routes
        .merge(openapi::document(described))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(ApiState(Arc::new(Shared {
            service,
            limits,
            access: access.clone(),
            painters: pictures::Painters::default(),
            answers: live::Answers::default(),
            bars: Arc::default(),
        })));
    access.around(routes)
}

/// Every area of routes is a module with such a function of its own, merged here.
fn routes() -> OpenApiRouter<ApiState> {
    let v1 = OpenApiRouter::new()
        .merge(tokens::routes())
        .merge(candles::routes())
        .merge(chart::routes())
        .merge(price::routes())
        .merge(rates::routes())
        .merge(markets::routes())
        .merge(exchanges::routes())
        .merge(stream::routes())
        .merge(socket::routes())
        .merge(health::status_route())
        .fallback(problem::not_found);
    OpenApiRouter::with_openapi(openapi::head())
        .nest("/api/v1", v1)
        .route("/api", axum::routing::any(problem::not_found))
        .route("/api/", axum::routing::any(problem::not_found))
        .route("/api/{*rest}", axum::routing::any(problem::not_found))
        .merge(access::routes())
        .merge(coingecko::routes())
        .merge(udf::routes())
        .merge(pictures::routes())
        .merge(socket::document())
        .merge(health::routes())
}
