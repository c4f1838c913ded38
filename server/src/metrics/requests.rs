//! Requests of the site's listener, counted by method, route and status.
//!
//! The words for method and route are of a bounded number (`route.rs`), so that no request adds a series by its own.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use parallax_api::Lasting;
use parallax_board::Durations;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::sheet::histogram;
use crate::route::Route;

/// The bounds of answers' durations: half a millisecond to 10 s.
const BOUNDS: [Duration; 13] = [
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(10),
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    method: &'static str,
    route: String,
    status: u16,
}

/// The durations of one route's answers.
#[derive(Debug, Clone)]
struct Took(Arc<Durations>);

impl Took {
    fn nothing() -> Self {
        Self(Arc::new(Durations::new(&BOUNDS)))
    }
}

impl EncodeMetric for Took {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        histogram(encoder, &self.0)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Took {
    const TYPE: MetricType = MetricType::Histogram;
}

/// The counts. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    answered: Family<Outcome, Counter>,
    took: Family<Route, Took, fn() -> Took>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            took: Family::new_with_constructor(Took::nothing),
        }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "parallax_http_requests",
            "Answered requests by method, template of the route, and status",
            self.answered.clone(),
        );
        registry.register(
            "parallax_http_request_seconds",
            "Time from a request's head to its answer's head, by method and template of the route",
            self.took.clone(),
        );
    }

    /// Counts the requests of a router.
    pub(super) fn around(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), count))
    }

    fn note(&self, route: Route, status: u16, took: Duration) {
        self.took.get_or_create_owned(&route).0.note(took);
        let Route { method, route } = route;
        let outcome = Outcome {
            method,
            route,
            status,
        };
        self.answered.get_or_create_owned(&outcome).inc();
    }
}

async fn count(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = Route::of(&request);
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    requests.note(route.clone(), status, began.elapsed());
    if let Some(lasting) = response.extensions_mut().get_mut::<Lasting>() {
        lasting.tell(move |took| requests.note(route.clone(), status, took));
    }
    response
}
