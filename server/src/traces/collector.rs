//! Hands spans to the collector: batches of protobuf by HTTP, one after the other, each tried once.
//!
//! The encoding is OpenTelemetry's own; the request is made here. The client of `opentelemetry-otlp` is another version
//! of reqwest than the program's, and it reads headers from variables beside our configuration. Headers hold keys: no
//! error and no log repeats them, and no redirect is followed with them.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use reqwest::redirect;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::SpanCounts;
use crate::config::TracesConfig;

/// Spans of one request.
const BATCH: usize = 512;
/// How long a span waits for others to go with.
const GATHER: Duration = Duration::from_secs(1);
/// How long one request may take, its answer included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// More than any answer needs: it says how many spans were refused, and why.
const ANSWER_BYTES: usize = 64 * 1024;

pub(super) struct Collector {
    http: reqwest::Client,
    endpoint: Url,
    resource: ResourceAttributesWithSchema,
    spans: mpsc::Receiver<SpanData>,
    counts: Arc<SpanCounts>,
    /// Said once, until it is over.
    is_failing: bool,
}

impl Collector {
    pub(super) fn new(
        config: &TracesConfig,
        resource: &Resource,
        spans: mpsc::Receiver<SpanData>,
        counts: Arc<SpanCounts>,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("parallax/", env!("CARGO_PKG_VERSION")))
            .default_headers(config.headers.clone())
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .context("could not make the HTTP client for traces")?;
        Ok(Self {
            http,
            endpoint: config.endpoint.clone(),
            resource: resource.into(),
            spans,
            counts,
            is_failing: false,
        })
    }

    /// The next span that waits.
    #[cfg(test)]
    pub(super) fn waiting(&mut self) -> Option<SpanData> {
        self.spans.try_recv().ok()
    }

    /// Runs until `stop`, then sends what waits.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        while stop
            .run_until_cancelled(self.gather(&mut batch))
            .await
            .is_some()
        {
            self.send(&mut batch).await;
        }
        self.spans.close();
        while !batch.is_empty() || self.spans.recv_many(&mut batch, BATCH).await > 0 {
            self.send(&mut batch).await;
        }
    }

    /// Waits for a span, and a moment longer for others. May be cancelled: what came is in the batch.
    async fn gather(&mut self, batch: &mut Vec<SpanData>) {
        self.spans.recv_many(batch, BATCH).await;
        let due = Instant::now() + GATHER;
        while batch.len() < BATCH {
            let room = BATCH - batch.len();
            let more = timeout_at(due, self.spans.recv_many(batch, room)).await;
            if !more.is_ok_and(|spans| spans > 0) {
                return;
            }
        }
    }

    async fn send(&mut self, batch: &mut Vec<SpanData>) {
        let count = batch.len();
        let spans = mem::take(batch);
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(spans, &self.resource),
        };
        let refused = match self.post(request.encode_to_vec()).await {
            Ok(refused) => {
                if mem::take(&mut self.is_failing) {
                    tracing::info!("the collector takes spans again");
                }
                refused.min(count)
            }
            Err(error) => {
                if !mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(
                        "the collector of [traces] does not take spans ({error:#}); they are dropped until it does"
                    );
                }
                count
            }
        };
        SpanCounts::count(&self.counts.sent, count - refused);
        SpanCounts::count(&self.counts.dropped, refused);
    }

    /// Sends one batch; how many of its spans the collector refused.
    async fn post(&self, body: Vec<u8>) -> anyhow::Result<usize> {
        let request = self
            .http
            .post(self.endpoint.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(body);
        let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
        ensure!(
            answer.status().is_success(),
            "it answers {}",
            answer.status()
        );
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            ensure!(
                body.len() + piece.len() <= ANSWER_BYTES,
                "its answer is too long"
            );
            body.extend_from_slice(&piece);
        }
        // Not every collector answers with what the protocol says; then it took all.
        let answer = ExportTraceServiceResponse::decode(body.as_slice()).unwrap_or_default();
        let refused = answer.partial_success.map_or(0, |it| it.rejected_spans);
        Ok(usize::try_from(refused).unwrap_or(0))
    }
}
