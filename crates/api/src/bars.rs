//! Candles as events, for the stream and the WebSocket: the bars of a moment, written down once for all
//! readers, each with the number of the look at which it was last found changed.
//!
//! A reader keeps one number, that of the last look it was given, and gets what changed since. Nothing is
//! kept for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use parallax::candle::{Interval, Source};
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_service::Service;
use serde::Serialize;
use tokio::time::Instant;

use crate::Problem;
use crate::candles::Candle;
use crate::stamp::stamped;

/// How long a look is shared, so the shortest time between two that differ.
pub(crate) const SHARED: Duration = Duration::from_millis(250);

/// A bar of a token's index as it is now.
#[derive(Debug, Serialize)]
struct MovingBar<'a> {
    token: &'a TokenId,
    source: Source,
    interval: &'static str,
    #[serde(flatten)]
    candle: Candle<'a>,
}

/// What comes before a bar's JSON in a server-sent event. There is no `id`, so that a client which comes
/// back still names the last publication it has seen.
const HEAD: &str = "event: bar\ndata: ";
/// What comes after it.
const END: &str = "\n\n";

/// One bar, written down.
#[derive(Debug, Clone)]
pub(crate) struct BarEvent {
    pub(crate) token: TokenId,
    open_time: Timestamp,
    /// The look at which it was found new or changed.
    pub(crate) version: u64,
    /// As a server-sent event.
    pub(crate) sse: Bytes,
}

impl BarEvent {
    /// As JSON.
    pub(crate) fn json(&self) -> &str {
        let text = std::str::from_utf8(&self.sse).unwrap_or_default();
        let json = text.strip_prefix(HEAD).unwrap_or_default();
        json.strip_suffix(END).unwrap_or_default()
    }
}

/// All tokens' bars of one length at a moment.
#[derive(Debug)]
pub(crate) struct Look {
    /// The number of this look.
    pub(crate) version: u64,
    /// When the bars were read.
    pub(crate) at: Timestamp,
    /// By token and time.
    events: Vec<BarEvent>,
    made_at: Instant,
}

/// The last looks, one for each length.
#[derive(Debug, Default)]
pub(crate) struct BarEvents {
    looks: [Mutex<Option<Arc<Look>>>; 3],
}

impl BarEvents {
    /// The bars of this moment.
    pub(crate) fn look(&self, service: &Service, interval: Interval) -> Arc<Look> {
        let [minutes, hours, days] = &self.looks;
        let kept = match interval {
            Interval::Minute => minutes,
            Interval::Hour => hours,
            Interval::Day => days,
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(look) = kept.as_ref().filter(|look| now < look.made_at + SHARED) {
            return Arc::clone(look);
        }
        let look = Arc::new(Look::new(service, interval, kept.as_deref(), now));
        *kept = Some(Arc::clone(&look));
        look
    }
}

impl Look {
    fn new(service: &Service, interval: Interval, before: Option<&Self>, now: Instant) -> Self {
        let (at, tokens) = service.moving_bars(interval);
        let version = before.map_or(1, |before| before.version.saturating_add(1));
        let mut events = Vec::new();
        for bars in &tokens {
            for window in &bars.windows {
                let bar = MovingBar {
                    token: &bars.token,
                    source: Source::Index,
                    interval: interval.as_str(),
                    candle: Candle::new(window, at),
                };
                // Our own types with string keys always serialise.
                let json = serde_json::to_string(&bar).unwrap_or_default();
                let sse = Bytes::from([HEAD, &stamped(&json, at), END].concat());
                let known = before.and_then(|before| before.bar(&bars.token, window.open_time));
                events.push(match known.filter(|known| known.sse == sse) {
                    Some(known) => known.clone(),
                    None => BarEvent {
                        token: bars.token.clone(),
                        open_time: window.open_time,
                        version,
                        sse,
                    },
                });
            }
        }
        Self {
            version,
            at,
            events,
            made_at: now,
        }
    }

    fn bar(&self, token: &TokenId, open_time: Timestamp) -> Option<&BarEvent> {
        let key = |event: &BarEvent| (&event.token, event.open_time).cmp(&(token, open_time));
        let place = self.events.binary_search_by(key).ok()?;
        self.events.get(place)
    }

    /// What changed after the look of this number; everything for 0.
    pub(crate) fn since(&self, seen: u64) -> impl Iterator<Item = &BarEvent> {
        self.events.iter().filter(move |event| event.version > seen)
    }
}

/// Reads the length of candles that are sent as they move.
///
/// # Errors
/// A problem with the lengths there are.
pub(crate) fn interval(text: &str) -> Result<Interval, Problem> {
    let found = Interval::ALL.into_iter().find(|it| it.as_str() == text);
    found.ok_or_else(|| no_interval(text))
}

/// What was given names no such length.
pub(crate) fn no_interval(text: &str) -> Problem {
    let allowed = "1m, 1h or 1d: candles of other lengths are at /api/v1/tokens/{token}/candles";
    Problem::bad_parameter("interval", text, allowed)
}
