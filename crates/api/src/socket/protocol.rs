//! What client and server say to each other: messages read and written. What they are about is in
//! `topic.rs`.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use parallax::time::Timestamp;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Problem, pace, params};

/// The longest name a client may give to a subscription, in bytes.
const LONGEST_ID: usize = 64;

/// The least time between two messages about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frequency(Duration);

impl Frequency {
    /// Where none is given.
    const STANDARD: Duration = Duration::from_secs(1);
    /// The least of feeds: rates are held once a second.
    const LEAST_OF_FEEDS: Duration = Duration::from_secs(1);
    /// The least of subscriptions.
    const LEAST_OF_SUBSCRIPTIONS: Duration = Duration::from_millis(100);
    const MOST: Duration = Duration::from_secs(3_600);

    /// Reads a feed's, and brings it within its bounds.
    ///
    /// # Errors
    /// For what is no number.
    pub(super) fn of_feed(text: Option<&str>) -> Result<Self, Problem> {
        Self::read(params::given(text), Self::LEAST_OF_FEEDS)
    }

    /// The same of a subscription, as JSON wrote it.
    fn of_subscription(json: Option<&RawValue>) -> Result<Self, Problem> {
        Self::read(json.map(RawValue::get), Self::LEAST_OF_SUBSCRIPTIONS)
    }

    fn read(text: Option<&str>, least: Duration) -> Result<Self, Problem> {
        let Some(text) = text else {
            return Ok(Self(Self::STANDARD));
        };
        let number = pace::number(text).ok_or_else(|| {
            Problem::bad_parameter("frequency", text, "a number of seconds, such as 1 or 0.5")
        })?;
        Ok(Self(pace::seconds(number).clamp(least, Self::MOST)))
    }

    pub(super) const fn duration(self) -> Duration {
        self.0
    }
}

impl Serialize for Frequency {
    /// As a number of seconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(pace::text(self.0)).map_err(S::Error::custom)?;
        number.serialize(serializer)
    }
}

/// A client's message before it is checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    op: String,
    id: Option<String>,
    channel: Option<String>,
    token: Option<String>,
    market: Option<String>,
    interval: Option<String>,
    frequency: Option<Box<RawValue>>,
}

/// What a client wants to follow, as it says it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) id: String,
    pub(super) channel: String,
    pub(super) token: Option<String>,
    pub(super) market: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) frequency: Frequency,
}

/// A client's message.
#[derive(Debug)]
pub(super) enum Request {
    Subscribe(Wanted),
    Unsubscribe { id: String },
    Ping { id: Option<String> },
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// What was wrong, with the message's id where that can be read.
    pub(super) fn read(text: &str) -> Result<Self, (Option<String>, Problem)> {
        let raw: Raw = serde_json::from_str(text).map_err(|error| {
            let detail = format!(
                "the message is not {{\"op\":\"subscribe\",\"id\":…,\"channel\":…}} or one of the others that \
                 /asyncapi.json describes: {error}"
            );
            (id_within(text), bad_message(detail))
        })?;
        let id = raw.id.clone();
        Self::check(raw).map_err(|problem| (id, problem))
    }

    fn check(raw: Raw) -> Result<Self, Problem> {
        match raw.op.as_str() {
            "subscribe" => {
                let channel = raw.channel.ok_or_else(|| {
                    bad_message("a subscription needs a channel: price, quotes or candles")
                })?;
                Ok(Self::Subscribe(Wanted {
                    id: named(raw.id)?,
                    channel,
                    token: raw.token,
                    market: raw.market,
                    interval: raw.interval,
                    frequency: Frequency::of_subscription(raw.frequency.as_deref())?,
                }))
            }
            "unsubscribe" => Ok(Self::Unsubscribe { id: named(raw.id)? }),
            "ping" => Ok(Self::Ping { id: raw.id }),
            other => Err(Problem::bad_parameter(
                "op",
                other,
                "subscribe, unsubscribe or ping",
            )),
        }
    }
}

fn named(id: Option<String>) -> Result<String, Problem> {
    let id = id.ok_or_else(|| bad_message("the message needs an id, a text of your choice"))?;
    if (1..=LONGEST_ID).contains(&id.len()) {
        Ok(id)
    } else {
        let allowed = format!("a text of 1 to {LONGEST_ID} bytes");
        Err(Problem::bad_parameter("id", &id, &allowed))
    }
}

/// The id of a message that is otherwise wrong, so that its answer can be told from others.
fn id_within(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let id = value.get("id")?.as_str()?;
    (id.len() <= LONGEST_ID).then(|| id.to_owned())
}

pub(super) fn bad_message(detail: impl Into<String>) -> Problem {
    let status = axum::http::StatusCode::BAD_REQUEST;
    Problem::new(status, "bad-message", "The message is not valid", detail)
}

/// The server's words, apart from snapshots and updates.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Reply<'a> {
    Subscribed {
        id: &'a str,
        channel: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        market: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        interval: Option<&'a str>,
        /// Seconds, within the bounds.
        frequency: Frequency,
    },
    Unsubscribed {
        id: &'a str,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        at: Timestamp,
        at_ms: i64,
    },
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        #[serde(flatten)]
        problem: &'a Problem,
    },
}

impl Reply<'_> {
    pub(super) fn text(&self) -> Utf8Bytes {
        // Our own types with string keys always serialise.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// A snapshot (`seq` is 1) or an update. `body` is an object with the time and the data.
pub(super) fn news(id: &str, channel: &str, seq: u64, body: &Bytes) -> Utf8Bytes {
    let event = if seq == 1 { "snapshot" } else { "update" };
    let id = serde_json::to_string(id).unwrap_or_default();
    let body = std::str::from_utf8(body).unwrap_or("{}");
    let rest = body.strip_prefix('{').unwrap_or(body);
    format!("{{\"event\":\"{event}\",\"id\":{id},\"channel\":\"{channel}\",\"seq\":{seq},{rest}")
        .into()
}
