//! Traces by OTLP: what this program does, as spans for a collector, where the configuration names one.
//!
//! Whoever wants a span opens one of `tracing` at the level debug, so that logs stay as they are; `requests.rs` does so
//! for each request. A layer beside the log makes them OpenTelemetry's, `queue.rs` takes those that have ended without
//! ever waiting, and `collector.rs` hands them over in batches. When the collector is slow or away, spans are dropped
//! and counted, and nothing else happens.
//!
//! Without a collector none of this is there: no layer listens, no request passes it, no task runs.

mod collector;
mod queue;
mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use self::collector::Collector;
use self::queue::Queue;
pub(crate) use self::requests::around;
use crate::config::TracesConfig;

/// What this program is called, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "parallax";
/// How long handing over the last spans may take.
const STOP: Duration = Duration::from_secs(1);

/// What became of the spans.
#[derive(Debug, Default)]
pub(crate) struct SpanCounts {
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl SpanCounts {
    /// Spans that the collector took.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Spans that were given up: the queue was full, or the collector did not take them.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn count(counter: &AtomicU64, spans: usize) {
        counter.fetch_add(u64::try_from(spans).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Everything between a span and the collector, before it runs.
pub(crate) struct Traces {
    tracer: SdkTracer,
    collector: Collector,
    counts: Arc<SpanCounts>,
}

impl Traces {
    /// Prepares what the configuration says.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(config: &TracesConfig) -> anyhow::Result<Self> {
        let counts = Arc::<SpanCounts>::default();
        let resource = resource();
        let (queue, spans) = Queue::new(Arc::clone(&counts));
        let collector = Collector::new(config, &resource, spans, Arc::clone(&counts))?;
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
                config.sample_ratio,
            ))))
            .with_resource(resource)
            .with_span_processor(queue)
            .build();
        Ok(Self {
            tracer: provider.tracer(SERVICE),
            collector,
            counts,
        })
    }

    /// What makes OpenTelemetry's spans of those that our own rooms open; no events, and nobody else's.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let is_ours = filter_fn(|it| it.is_span() && it.target().starts_with("parallax"));
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(is_ours)
    }

    /// Begins to hand spans over. Within a runtime only.
    pub(crate) fn start(self) -> Handover {
        let stop = CancellationToken::new();
        Handover {
            counts: self.counts,
            task: tokio::spawn(self.collector.run(stop.clone())),
            stop,
        }
    }
}

/// The running task that hands spans over.
pub(crate) struct Handover {
    counts: Arc<SpanCounts>,
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Handover {
    pub(crate) fn counts(&self) -> Arc<SpanCounts> {
        Arc::clone(&self.counts)
    }

    /// Hands over what waits, for at most a second.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

/// Who we are, to the collector. `OTEL_RESOURCE_ATTRIBUTES` may add to it.
fn resource() -> Resource {
    let name = std::env::var("OTEL_SERVICE_NAME").ok();
    let name = name.filter(|name| !name.is_empty());
    let own = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.name", SERVICE),
    ];
    let resource = Resource::builder_empty()
        .with_attributes(own)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match name {
        Some(name) => resource.with_service_name(name),
        None => resource,
    }
    .build()
}

#[cfg(test)]
mod tests;
