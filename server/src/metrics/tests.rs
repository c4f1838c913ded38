//! The exposition as Prometheus reads it, of a board of the test's own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use parallax::connection::{ConnectionReport, ConnectionState};
use parallax::index::{IndexPrice, Status};
use parallax::stream::Changes;
use parallax::time::{Clock, Moment, Timestamp};
use parallax::view::StoreReport;
use parallax_api::Access;
use parallax_board::{Board, Publication};
use parallax_service::keys::Keys;
use tower::ServiceExt;

use super::*;
use crate::config::Config;

const NOW_S: i64 = 1_700_000_000;

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        Moment {
            utc: at(0),
            ..Moment::default()
        }
    }
}

fn at(ago_s: i64) -> Timestamp {
    Timestamp::from_unix_s(NOW_S - ago_s).unwrap()
}

async fn watched() -> Watched {
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    let clock = Arc::new(StandingClock);
    Watched {
        board: Board::new(8),
        access: Access::new(
            Config::shipped().unwrap().access,
            Keys::new(store, Arc::<StandingClock>::clone(&clock)),
        ),
        clock,
        started_at: at(60),
        method: 1,
        store_backend: "SQLite".to_owned(),
        spans: Some(Arc::default()),
    }
}

fn publish(board: &Board, token: &str, status: Status, ago_s: i64) {
    board.publish([Publication {
        index: Arc::new(IndexPrice {
            token: token.parse().unwrap(),
            price: Some("1.5".parse().unwrap()),
            confidence: None,
            status,
            as_of: Some(at(ago_s)),
            computed_at: at(0),
            method: 1,
            sources: 3,
            sources_known: 3,
            volume_24h_usd: None,
            constituents: Vec::new(),
            by_hand: None,
        }),
        changes: Changes::default(),
    }]);
}

fn connection(board: &Board, id: &str, state: ConnectionState) {
    board.publish_connection(Arc::new(ConnectionReport {
        id: id.to_owned(),
        venue: "kraken".parse().unwrap(),
        venue_name: "Kraken".to_owned(),
        endpoint: "wss://ws.kraken.com/v2".to_owned(),
        state,
        since: at(0),
        markets: 5,
        stalled_markets: 1,
        last_data_at: None,
        frames_per_second_x100: 0,
        frames: 100,
        events: 150,
        reconnects: 2,
        decode_errors: 3,
        drops: 4,
        rejected_subscriptions: 0,
        last_error: None,
        last_error_at: None,
        next_attempt_at: None,
        budget: None,
    }));
}

/// What a scrape reads: the families with their types, and the series with their values.
#[derive(Debug, Default)]
struct Scrape {
    families: BTreeMap<String, String>,
    series: BTreeMap<String, f64>,
}

/// Reads a scrape as the format's grammar has it: each sample belongs to a family that was announced before,
/// each series comes once, each value is a number, and the end is marked.
fn parsed(text: &str) -> Scrape {
    let mut scrape = Scrape::default();
    let body = text.strip_suffix("# EOF\n").unwrap();
    for line in body.lines() {
        if let Some(words) = line.strip_prefix("# ") {
            let mut words = words.splitn(3, ' ');
            let (kind, name, rest) = (words.next(), words.next().unwrap(), words.next().unwrap());
            match kind.unwrap() {
                "HELP" => assert!(rest.ends_with('.'), "{line}"),
                "TYPE" => {
                    let before = scrape.families.insert(name.to_owned(), rest.to_owned());
                    assert_eq!(before, None, "{name} twice");
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let family = ["", "_total", "_bucket", "_sum", "_count"]
            .into_iter()
            .filter_map(|end| name.strip_suffix(end))
            .find(|family| scrape.families.contains_key(*family));
        assert!(family.is_some(), "{line}");
        if let Some((_, labels)) = series.split_once('{') {
            assert!(labels.ends_with("\"}") && labels.contains("=\""), "{line}");
        }
        let value: f64 = value.parse().unwrap();
        assert_eq!(
            scrape.series.insert(series.to_owned(), value),
            None,
            "{line}"
        );
    }
    scrape
}

impl Scrape {
    #[track_caller]
    fn has(&self, series: &str, value: &str) {
        let found = self.series.get(series).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(value), "{series}");
    }
}

async fn scrape(registry: Registry) -> Scrape {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = router(registry).oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
        .await
        .unwrap();
    parsed(std::str::from_utf8(&bytes).unwrap())
}

#[tokio::test]
async fn what_the_board_knows_is_what_is_scraped() {
    let watched = watched().await;
    let board = Arc::clone(&watched.board);
    publish(&board, "bitcoin", Status::Live, 2);
    publish(&board, "ethereum", Status::Thin, 7);
    publish(&board, "tether", Status::Stale, 600);
    connection(&board, "kraken/0", ConnectionState::Live);
    connection(&board, "kraken/1", ConnectionState::Waiting);
    board.set_store(StoreReport {
        backend: "SQLite".to_owned(),
        healthy: true,
        last_write_at: Some(at(1)),
        pending_rows: 11,
        dropped_rows: 12,
        spooled_rows: 13,
        spool_bytes: 14,
        spool_limit_bytes: 15,
        last_error: Some("a secret may be here".to_owned()),
    });
    board.tick_to_publish().note(Duration::from_micros(200));
    board.store_writes().note(Duration::from_millis(20));
    let scrape = scrape(registry(watched, &Requests::default())).await;
    for (series, value) in [
        ("parallax_ingest_messages_total{venue=\"kraken\"}", "200"),
        ("parallax_ingest_events_total{venue=\"kraken\"}", "300"),
        ("parallax_ingest_decode_errors_total{venue=\"kraken\"}", "6"),
        ("parallax_ingest_reconnects_total{venue=\"kraken\"}", "4"),
        ("parallax_ingest_dropped_total{venue=\"kraken\"}", "8"),
        ("parallax_ingest_stalled_markets{venue=\"kraken\"}", "2"),
        (
            "parallax_ingest_connections{venue=\"kraken\",state=\"live\"}",
            "1",
        ),
        (
            "parallax_ingest_connections{venue=\"kraken\",state=\"stalled\"}",
            "0",
        ),
        ("parallax_tokens{status=\"live\"}", "1"),
        ("parallax_tokens{status=\"stale\"}", "1"),
        ("parallax_tokens{status=\"no_quorum\"}", "0"),
        ("parallax_oldest_live_price_age_seconds", "7"),
        ("parallax_store_up", "1"),
        ("parallax_store_pending_rows", "11"),
        ("parallax_store_dropped_rows_total", "12"),
        ("parallax_store_spooled_rows", "13"),
        ("parallax_store_spool_bytes", "14"),
        ("parallax_tick_to_publish_seconds_count", "1"),
        (
            "parallax_tick_to_publish_seconds_bucket{le=\"0.0001\"}",
            "0",
        ),
        (
            "parallax_tick_to_publish_seconds_bucket{le=\"0.00025\"}",
            "1",
        ),
        ("parallax_tick_to_publish_seconds_bucket{le=\"+Inf\"}", "1"),
        ("parallax_store_write_seconds_sum", "0.02"),
        ("parallax_clients{kind=\"websocket\"}", "0"),
        ("process_start_time_seconds", "1699999940"),
    ] {
        scrape.has(series, value);
    }
    #[cfg(target_os = "linux")]
    assert!(scrape.series["process_resident_memory_bytes"] > 1e6);
    let info = scrape
        .series
        .keys()
        .find(|it| it.starts_with("parallax_build_info"));
    assert!(info.unwrap().contains(env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn strange_requests_add_no_series() {
    let requests = Requests::default();
    let site = Router::new()
        .route("/tokens/{id}", get(|| async { "a page" }))
        .fallback(|| async { StatusCode::NOT_FOUND });
    let site = requests.around(site);
    let ask = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        site.clone().oneshot(request).await.unwrap();
    };
    for number in 0..300 {
        ask("GET", &format!("/tokens/{number}?q={number}")).await;
        ask("GET", &format!("/{number}/%00%0A\"{{}}\\/../{number}")).await;
        ask(&format!("X{number}"), "/tokens/bitcoin").await;
    }
    let scrape = scrape(registry(watched().await, &requests)).await;
    let counted = |name: &str| {
        let of = scrape.series.keys().filter(|it| it.starts_with(name));
        of.count()
    };
    assert_eq!(counted("parallax_http_requests_total"), 3);
    assert_eq!(counted("parallax_http_request_seconds_count"), 3);
    for (labels, value) in [
        (
            "method=\"GET\",route=\"/tokens/{id}\",status=\"200\"",
            "300",
        ),
        ("method=\"GET\",route=\"none\",status=\"404\"", "300"),
        (
            "method=\"other\",route=\"/tokens/{id}\",status=\"405\"",
            "300",
        ),
    ] {
        scrape.has(&format!("parallax_http_requests_total{{{labels}}}"), value);
    }
}

fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The words that look like names of metrics.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || "_:".contains(letter)));
    words
        .filter(|word| word.starts_with("parallax_") || word.starts_with("process_"))
        .collect()
}

/// Names as queries use them, without the parts of a histogram.
async fn names() -> BTreeSet<String> {
    let requests = Requests::default();
    // A family without series is not written.
    let request = Request::get("/").body(Body::empty()).unwrap();
    requests
        .around(Router::new())
        .oneshot(request)
        .await
        .unwrap();
    let scrape = scrape(registry(watched().await, &requests)).await;
    let named = |(family, kind): (String, String)| match kind.as_str() {
        "counter" => format!("{family}_total"),
        _ => family,
    };
    scrape.families.into_iter().map(named).collect()
}

#[tokio::test]
async fn the_documentation_lists_exactly_these_metrics() {
    let names = names().await;
    let text = file("docs/DEPLOY.md");
    let (_, section) = text.split_once("\n### The list\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let listed: BTreeSet<String> = rows
        .map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(listed, names);
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_ask_only_for_metrics_that_exist() {
    let names = names().await;
    for path in [
        "deploy/grafana/parallax.json",
        "deploy/prometheus/alerts.yml",
    ] {
        let text = file(path);
        for name in named(&text) {
            let plain = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end).filter(|it| names.contains(*it)));
            assert!(names.contains(plain.unwrap_or(name)), "{path}: {name}");
        }
    }
}
