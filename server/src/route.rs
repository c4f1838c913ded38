//! What a request is, in words that no request can choose, for whoever counts or traces requests.
//!
//! The route is its template (`/tokens/{id}`), so that a path that somebody makes up adds nothing; what matches no
//! route (static files among it) is [`NO_ROUTE`], an invented method [`OTHER_METHOD`].

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;

/// The route of what matches none.
const NO_ROUTE: &str = "none";
/// The method of requests with one that HTTP does not know.
const OTHER_METHOD: &str = "other";

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) route: String,
}

impl Route {
    /// Of a request that the router has matched.
    pub(crate) fn of(request: &Request) -> Self {
        let matched = request.extensions().get::<MatchedPath>();
        Self {
            method: known(request.method()),
            route: matched.map_or(NO_ROUTE, MatchedPath::as_str).to_owned(),
        }
    }
}

fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "CONNECT" => "CONNECT",
        _ => OTHER_METHOD,
    }
}
