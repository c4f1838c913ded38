//! `GET /api/v1/stream`: prices as server-sent events.
//!
//! A client is a cursor on the board. Its bytes are made once and shared by all clients; what it has
//! not read is not kept for it but conflated when it reads again. A client that does not read at all
//! is disconnected by the server's write time-out. A stream that was opened with a key ends with it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use parallax::key::KeyEnd;
use parallax::time::Timestamp;
use parallax_service::{Detail, Filter, Service};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{StreamPass, Visitor};
use crate::openapi::answers::{BadRequest, NoRoom};
use crate::{ApiState, Problem, SocketLimits};

/// What streams may cost.
#[derive(Debug, Clone)]
pub struct StreamLimits {
    /// Open streams; one more is refused with 503.
    pub max_clients: u64,
    /// How often a quiet stream says that it lives.
    pub heartbeat: Duration,
    /// How long a browser waits before it reconnects.
    pub retry: Duration,
    /// Ends all streams when the server stops.
    pub shutdown: CancellationToken,
    /// What only WebSockets may cost.
    pub socket: Arc<SocketLimits>,
}

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// Bounds of `interval_ms`.
const INTERVAL_MS: std::ops::RangeInclusive<u64> = 50..=60_000;
/// Tokens one stream may name.
const MAX_TOKENS: usize = 100;

/// The query of `GET /api/v1/stream`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamQuery {
    /// Up to 100 ids, separated by commas; without it, all tokens.
    #[param(pattern = "^[a-z0-9_.,-]+$", example = "bitcoin,ethereum")]
    tokens: Option<String>,
    /// Whether events carry every constituent.
    #[serde(default)]
    #[param(required = false, default = false)]
    detail: bool,
    /// The least milliseconds between two deliveries; what changes more often is conflated.
    #[param(minimum = 50, maximum = 60000)]
    interval_ms: Option<u64>,
    /// The number after which to start, for a first connection by a reader that knows the state at that
    /// number. With `interval_ms` it gets what has changed since, conflated; without, every event since.
    after: Option<u64>,
}

/// Follow prices as they change.
///
/// Server-sent events: first `snapshot` with all wanted prices (or, after `Last-Event-ID` or `after`, what
/// was missed), then `price` and `connection` as they are published, and `heartbeat` while nothing is. `id` is
/// the number of the publication; a browser that reconnects sends it, and nothing is lost.
#[utoipa::path(
    get,
    path = "/stream",
    tag = "stream",
    operation_id = "stream",
    params(
        StreamQuery,
        ("last-event-id" = Option<String>, Header,
         description = "The `id` of the last event that was received.", example = "1042"),
    ),
    responses(
        (status = 200, description = "The stream, which ends only when the server or the reader does.",
         body = String, content_type = "text/event-stream"),
        BadRequest,
        NoRoom,
    )
)]
pub(crate) async fn stream(
    State(state): State<ApiState>,
    Extension(visitor): Extension<Visitor>,
    query: Result<Query<StreamQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    let filter = filter(&state.service, query.tokens.as_deref())?;
    let pace = query.interval_ms.map(pace).transpose()?;
    if state.service.stream_clients() >= state.limits.max_clients {
        return Err(Problem::too_many_streams(state.limits.max_clients));
    }
    let last_event_id = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let detail = if query.detail {
        Detail::Full
    } else {
        Detail::Summary
    };
    let start = match (last_event_id, query.after) {
        (Some(seq), _) => Start::Again(seq),
        (None, Some(seq)) => Start::Knowing(seq),
        (None, None) => Start::Fresh,
    };
    let pass = visitor.open_stream()?;
    let reader = Reader::open(&state, pass, filter, start, detail, pace);
    let body = Body::from_stream(futures::stream::unfold(reader, Reader::next));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store, no-transform"),
        ),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((headers, body).into_response())
}

fn filter(service: &Service, tokens: Option<&str>) -> Result<Filter, Problem> {
    let Some(tokens) = tokens else {
        return Ok(Filter::All);
    };
    let ids: Vec<_> = tokens
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    if ids.is_empty() || ids.len() > MAX_TOKENS {
        let allowed = format!("1 to {MAX_TOKENS} token ids separated by commas");
        return Err(Problem::bad_parameter("tokens", tokens, &allowed));
    }
    // An unknown id is a bad parameter here, not a missing page.
    service
        .filter(ids)
        .map_err(|error| Problem::from(error).into_bad_request())
}

fn pace(interval_ms: u64) -> Result<Duration, Problem> {
    if INTERVAL_MS.contains(&interval_ms) {
        Ok(Duration::from_millis(interval_ms))
    } else {
        let allowed = format!(
            "{} to {} milliseconds",
            INTERVAL_MS.start(),
            INTERVAL_MS.end()
        );
        Err(Problem::bad_parameter(
            "interval_ms",
            &interval_ms.to_string(),
            &allowed,
        ))
    }
}

/// What a client knows when it comes.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// Nothing.
    Fresh,
    /// The state at this number, from elsewhere.
    Knowing(u64),
    /// Every event up to this number: its connection was lost.
    Again(u64),
}

/// One client.
struct Reader {
    subscription: parallax_service::Subscription,
    service: Service,
    detail: Detail,
    pace: Option<Duration>,
    heartbeat: Duration,
    shutdown: CancellationToken,
    pass: StreamPass,
    /// Whether what is ready is the last.
    is_over: bool,
    /// Bytes ready to go: slices of what all clients share.
    ready: VecDeque<Bytes>,
    paced_until: Instant,
    heartbeat_at: Instant,
}

impl Reader {
    fn open(
        state: &ApiState,
        pass: StreamPass,
        filter: Filter,
        start: Start,
        detail: Detail,
        pace: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        let after = match start {
            Start::Fresh => None,
            Start::Knowing(seq) | Start::Again(seq) => Some(seq),
        };
        let mut reader = Self {
            subscription: state.service.subscribe(after, filter),
            service: state.service.clone(),
            detail,
            pace,
            heartbeat: state.limits.heartbeat,
            shutdown: state.limits.shutdown.clone(),
            pass,
            is_over: false,
            ready: VecDeque::new(),
            paced_until: now,
            heartbeat_at: now + state.limits.heartbeat,
        };
        let retry_ms = state.limits.retry.as_millis();
        reader
            .ready
            .push_back(Bytes::from(format!("retry: {retry_ms}\n\n")));
        match (start, pace) {
            // What has changed since comes with the first batch.
            (Start::Knowing(seq), Some(_)) if reader.subscription.can_go_on() => {
                reader.ready.push_back(heartbeat(seq, state.service.at()));
            }
            (Start::Knowing(_) | Start::Again(_), _)
                if let Some(events) = reader.subscription.replay() =>
            {
                let events = events.iter().map(|event| event.sse(detail));
                reader.ready.extend(events);
            }
            _ => reader.snapshot(),
        }
        reader
    }

    /// All wanted prices as one event, put together from the same bytes that the prices' own events use.
    fn snapshot(&mut self) {
        let prices = self.service.in_rank_order(self.subscription.snapshot());
        let (seq, at) = (self.subscription.cursor(), self.service.at());
        let head = format!(
            "event: snapshot\nid: {seq}\ndata: {{\"seq\":{seq},\"at\":\"{at}\",\"prices\":["
        );
        self.ready.push_back(Bytes::from(head));
        for (position, price) in prices.iter().enumerate() {
            if position > 0 {
                self.ready.push_back(Bytes::from_static(b","));
            }
            self.ready.push_back(price.json(self.detail));
        }
        self.ready.push_back(Bytes::from_static(b"]}\n\n"));
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Some((Ok(bytes), self));
            }
            if self.is_over {
                return None;
            }
            // An idle client keeps no buffer.
            self.ready.shrink_to_fit();
            let (conflate, paced_until) = (self.pace.is_some(), self.paced_until);
            let subscription = &mut self.subscription;
            let published = async {
                sleep_until(paced_until).await;
                subscription.next(conflate).await
            };
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                end = self.pass.ended() => {
                    self.ready.push_back(farewell(end));
                    self.is_over = true;
                }
                batch = published => {
                    let detail = self.detail;
                    self.ready.extend(batch?.events.iter().map(|event| event.sse(detail)));
                    let now = Instant::now();
                    self.heartbeat_at = now + self.heartbeat;
                    self.paced_until = self.pace.map_or(now, |pace| now + pace);
                }
                () = sleep_until(self.heartbeat_at) => {
                    self.ready.push_back(heartbeat(self.subscription.cursor(), self.service.at()));
                    self.heartbeat_at = Instant::now() + self.heartbeat;
                }
            }
        }
    }
}

/// Says why the stream ends. Without an id, so that a client that comes back begins where it was.
fn farewell(end: KeyEnd) -> Bytes {
    let (reason, words) = match end {
        KeyEnd::Revoked => ("key-revoked", "the key of this stream was revoked"),
        KeyEnd::Expired => ("key-expired", "the key of this stream has expired"),
    };
    Bytes::from(format!(
        "event: end\ndata: {{\"reason\":\"{reason}\",\"detail\":\"{words}; open the stream again with another key\"}}\n\n"
    ))
}

fn heartbeat(seq: u64, at: Timestamp) -> Bytes {
    Bytes::from(format!(
        "event: heartbeat\nid: {seq}\ndata: {{\"seq\":{seq},\"at\":\"{at}\"}}\n\n"
    ))
}
