//! Traces: what a collector on the loopback is sent, and what one that does not answer costs.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use parallax_sim::{SimConfig, start};
use prost::Message;
use support::Server;
use tokio::net::TcpListener;

const KEY: &str = "c0ffee00c0ffee";

/// A collector, and what it was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    /// Starts on a free port; the address for spans.
    async fn start(&self) -> String {
        let take = async |State(it): State<Self>, headers: HeaderMap, body: Bytes| {
            it.0.lock().unwrap().push((headers, body));
        };
        let router = Router::new().route("/v1/traces", post(take));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router.with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/v1/traces")
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let taken = self.0.lock().unwrap();
        let bodies = taken.iter().map(|(_, body)| body.clone());
        bodies
            .map(|body| ExportTraceServiceRequest::decode(body).unwrap())
            .collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|it| it.resource_spans);
        let scopes = resources.flat_map(|it| it.scope_spans);
        scopes.flat_map(|it| it.spans).collect()
    }

    /// The spans of requests for a route.
    fn of(&self, route: &str) -> Vec<Span> {
        let mut spans = self.spans();
        spans.retain(|span| text(&span.attributes, "http.route").as_deref() == Some(route));
        spans
    }
}

fn value(attributes: &[KeyValue], key: &str) -> Option<Value> {
    let found = attributes.iter().find(|it| it.key == key)?;
    found.value.clone()?.value
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match value(attributes, key)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn status(span: &Span) -> Option<i64> {
    match value(&span.attributes, "http.response.status_code")? {
        Value::IntValue(status) => Some(status),
        _ => None,
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn each_request_is_a_span_with_its_route_and_nothing_that_the_client_chose() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::default();
    let endpoint = collector.start().await;
    let log = folder.path().join("log");
    let headers = format!("x-api-key={KEY},x-tenant=a%2Cb");
    let settings = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str()),
        ("PARALLAX_TRACES__HEADERS", headers.as_str()),
        ("OTEL_SERVICE_NAME", "prices"),
        ("PARALLAX_LOG__FILTER", "debug"),
    ];
    let server = Server::start_logging(&sim, folder.path(), &log, &settings).await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    server
        .get("/tokens/bitcoin?api_key=chosen-by-the-client")
        .await;
    server.get("/api/v1/tokens/nonsense-of-the-client").await;
    // One of them at least is given at once, without passing any route.
    for _ in 0..3 {
        server.get("/api/v1/tokens?limit=1").await;
    }
    server
        .eventually("the collector has the spans", async || {
            collector.of("/api/v1/tokens").len() == 3
        })
        .await;

    let page = &collector.of("/tokens/{id}")[0];
    assert_eq!(page.name, "GET /tokens/{id}");
    assert_eq!(page.kind(), SpanKind::Server);
    assert_eq!(status(page), Some(200));
    assert!(page.end_time_unix_nano > page.start_time_unix_nano);
    assert_eq!(page.parent_span_id, [0_u8; 0]);
    let unknown = &collector.of("/api/v1/tokens/{token}")[0];
    assert_eq!(status(unknown), Some(404));
    let connecting = collector.spans();
    let connecting = connecting.iter().find(|it| it.name == "connect").unwrap();
    assert!(text(&connecting.attributes, "venue.id").is_some());

    for request in collector.requests() {
        let resource = request.resource_spans[0].resource.clone().unwrap();
        let name = text(&resource.attributes, "service.name");
        assert_eq!(name.as_deref(), Some("prices"));
    }
    for (headers, body) in collector.0.lock().unwrap().iter() {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert_eq!(
            (&headers["x-api-key"], &headers["x-tenant"]),
            (&KEY.parse().unwrap(), &"a,b".parse().unwrap())
        );
        let body = String::from_utf8_lossy(body);
        assert!(!body.contains("client") && !body.contains(KEY), "{body}");
    }

    // What came last is handed over at the stop.
    server.get("/compare?ids=bitcoin,ethereum").await;
    let (ended, took) = server.terminate().await;
    assert!(ended.success() && took < Duration::from_secs(5), "{took:?}");
    assert_eq!(collector.of("/compare").len(), 1);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("stopped") && !log.contains(KEY), "{log}");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_collector_that_never_answers_slows_nothing_down_and_its_spans_are_counted() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Takes connections, and then says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let (metrics, log) = (free_address(), folder.path().join("log"));
    let settings = [
        ("PARALLAX_TRACES__ENDPOINT", endpoint.as_str()),
        ("PARALLAX_METRICS__LISTEN", metrics.as_str()),
    ];
    let server = Server::start_logging(&sim, folder.path(), &log, &settings).await;
    let dropped = async || {
        let scrape = reqwest::get(format!("http://{metrics}/metrics")).await;
        let scrape = scrape.unwrap().text().await.unwrap();
        assert!(
            scrape.contains("parallax_spans_total{outcome=\"sent\"} 0\n"),
            "{scrape}"
        );
        !scrape.contains("parallax_spans_total{outcome=\"dropped\"} 0\n")
    };
    // As long as the first batch waits for an answer, and longer.
    server
        .eventually("the first spans are given up", dropped)
        .await;
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let began = Instant::now();
        assert!(server.get("/healthz").await.status().is_success());
        slowest = slowest.max(began.elapsed());
    }
    // Far from the five seconds that are waited for the collector.
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let (ended, took) = server.terminate().await;
    assert!(ended.success() && took < Duration::from_secs(5), "{took:?}");
    let log = std::fs::read_to_string(&log).unwrap();
    let said = log.matches("does not take spans").count();
    assert_eq!(said, 1, "{log}");
    assert!(log.contains("did not take the last spans in time"), "{log}");
    sim.shutdown().await;
}
