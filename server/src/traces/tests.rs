//! What becomes a span, and what happens to spans that nobody takes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::HeaderMap;
use opentelemetry_sdk::trace::SpanData;
use tracing::{debug_span, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::queue::CAPACITY;
use super::*;

fn traces(sample_ratio: f64) -> Traces {
    let config = TracesConfig {
        endpoint: "http://127.0.0.1:1/v1/traces".parse().unwrap(),
        headers: HeaderMap::new(),
        sample_ratio,
    };
    Traces::new(&config).unwrap()
}

/// The spans that wait after `open` has run.
fn waiting(traces: &mut Traces, open: impl FnOnce()) -> Vec<SpanData> {
    let subscriber = registry().with(traces.layer());
    tracing::subscriber::with_default(subscriber, open);
    std::iter::from_fn(|| traces.collector.waiting()).collect()
}

#[test]
fn a_full_queue_drops_and_counts_and_never_waits() {
    let mut traces = traces(1.0);
    let waiting = waiting(&mut traces, || {
        for _ in 0..CAPACITY + 7 {
            drop(debug_span!("a span"));
        }
    });
    assert_eq!(waiting.len(), CAPACITY);
    assert_eq!((traces.counts.sent(), traces.counts.dropped()), (0, 7));
}

#[test]
fn spans_of_our_own_rooms_are_traced_with_their_parents_and_no_others() {
    let mut traces = traces(1.0);
    let waiting = waiting(&mut traces, || {
        let outer = debug_span!("outer", venue.id = "kraken");
        let _outer = outer.enter();
        let foreign = info_span!(target: "sqlx::query", "foreign");
        let _foreign = foreign.enter();
        tracing::error!(secret = "of an event", "an event is no span");
        drop(debug_span!("inner"));
    });
    let [inner, outer] = waiting.as_slice() else {
        unreachable!("{waiting:?}");
    };
    assert_eq!(
        (inner.name.as_ref(), outer.name.as_ref()),
        ("inner", "outer")
    );
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), outer.span_context.trace_id());
    let attributes: Vec<_> = outer.attributes.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(attributes, ["venue.id"]);
    assert_eq!(outer.events.len(), 0);
}

#[test]
fn what_is_not_sampled_is_neither_sent_nor_called_dropped() {
    let mut traces = traces(0.0);
    let waiting = waiting(&mut traces, || {
        for _ in 0..CAPACITY + 1 {
            drop(debug_span!("a span"));
        }
    });
    assert_eq!(waiting.len(), 0);
    assert_eq!(traces.counts.dropped(), 0);
}
