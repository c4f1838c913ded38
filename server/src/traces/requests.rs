//! A span for each request, from its head to its answer's: method, template of the route, and status. Nothing that a
//! client chose is in it: no address, no query, no header. A trace that a client says it belongs to is not believed.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use parallax_api::Lasting;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span};

use crate::route::Route;

/// Traces the requests of a router.
pub(crate) fn around(router: Router) -> Router {
    router.layer(middleware::from_fn(trace))
}

async fn trace(request: Request, next: Next) -> Response {
    let route = Route::of(&request);
    let span = open(&route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    note(&span, status);
    if let Some(lasting) = response.extensions_mut().get_mut::<Lasting>() {
        // Given again without passing here, in microseconds.
        lasting.tell(move |_| note(&open(&route), status));
    }
    response
}

/// Names as OpenTelemetry's conventions for HTTP have them.
fn open(Route { method, route }: &Route) -> Span {
    debug_span!(
        parent: None,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = *method,
        http.route = %route,
        http.response.status_code = Empty,
    )
}

fn note(span: &Span, status: u16) {
    // The protocol knows signed numbers only.
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}
