//! Where ended spans wait for the collector: a bounded queue that is never waited for. When it is full, a span is
//! dropped and counted.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

use super::SpanCounts;

/// Spans that may wait.
pub(super) const CAPACITY: usize = 2_048;

/// The end of the queue that spans go in at.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    counts: Arc<SpanCounts>,
}

impl Queue {
    pub(super) fn new(counts: Arc<SpanCounts>) -> (Self, mpsc::Receiver<SpanData>) {
        let (spans, waiting) = mpsc::channel(CAPACITY);
        (Self { spans, counts }, waiting)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            SpanCounts::count(&self.counts.dropped, 1);
        }
    }

    /// Nothing to do: whoever runs the collector's task stops it.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
