//! Why a request is not let in, in the words of whatever it asked: problem details, CoinGecko's bodies
//! under `/api/v3`, UDF's under `/udf`.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parallax::key::{KeyEnd, Scope};
use parallax_service::keys::KeyRefusal;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::limits::whole_seconds;
use crate::Problem;

/// Which manner of speaking an address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    V1,
    CoinGecko,
    Udf,
}

impl Area {
    pub(crate) fn of(path: &str) -> Self {
        let is_under = |root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_under("/api/v3") {
            Self::CoinGecko
        } else if is_under("/udf") {
            Self::Udf
        } else {
            Self::V1
        }
    }
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A key is needed here.
    NoKey,
    /// The key was never given out here.
    UnknownKey,
    /// The key is in force no longer.
    EndedKey(KeyEnd),
    /// The ticket was used, is too old or was never made.
    UnknownTicket,
    /// The key is not for this.
    Scope(Scope),
    /// Too many requests; one more may be sent after this time.
    TooManyRequests(Duration),
    /// Too many streams of this client.
    TooManyStreams(u32),
    /// Too many tickets wait to be used.
    TooManyTickets,
    /// Nothing is known of any key so far.
    KeysUnreadable,
    /// The request's body has more bytes than this.
    TooLarge(usize),
    /// The answer was not ready within this time.
    TooSlow(Duration),
}

/// A limit of the server around all its routes that a request went beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Its body has more bytes than this.
    Size(usize),
    /// Its answer was not ready within this time.
    Time(Duration),
}

impl Beyond {
    /// The answer, in the manner of whatever was asked.
    #[must_use]
    pub fn answer(self, path: &str) -> Response {
        let refusal = match self {
            Self::Size(most) => Refusal::TooLarge(most),
            Self::Time(most) => Refusal::TooSlow(most),
        };
        if path.starts_with("/api/") || path.starts_with("/udf/") {
            return refusal.answer(Area::of(path));
        }
        let no_store = (header::CACHE_CONTROL, "no-store");
        (refusal.status(), [no_store], refusal.detail()).into_response()
    }
}

impl From<KeyRefusal> for Refusal {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Unknown => Self::UnknownKey,
            KeyRefusal::Ended(end) => Self::EndedKey(end),
            KeyRefusal::Unreadable => Self::KeysUnreadable,
        }
    }
}

/// CoinGecko's body for whoever is not let in.
#[derive(Serialize, ToSchema)]
#[schema(as = CoinGeckoRefusal)]
pub(crate) struct GeckoRefusal {
    status: GeckoStatus,
}

/// What it says.
#[derive(Serialize, ToSchema)]
#[schema(as = CoinGeckoRefusalStatus)]
pub(crate) struct GeckoStatus {
    /// CoinGecko's number for it, else the status code.
    #[schema(example = 10002)]
    error_code: u16,
    /// What was wrong, and what to do about it.
    error_message: String,
}

/// CoinGecko's own number for a key that is missing or wrong.
const GECKO_KEY: u16 = 10_002;
/// And for one that does not reach so far.
const GECKO_REACH: u16 = 10_005;

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::NoKey | Self::UnknownKey | Self::EndedKey(_) | Self::UnknownTicket => {
                StatusCode::UNAUTHORIZED
            }
            Self::Scope(_) => StatusCode::FORBIDDEN,
            Self::TooManyRequests(_) | Self::TooManyStreams(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooManyTickets | Self::KeysUnreadable | Self::TooSlow(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// The word of the problem's type, and its title.
    const fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::NoKey => ("key-required", "A key is required"),
            Self::UnknownKey | Self::EndedKey(_) => ("key-refused", "The key is not valid"),
            Self::UnknownTicket => ("ticket-refused", "The ticket is not valid"),
            Self::Scope(_) => ("scope-missing", "The key is not for this"),
            Self::TooManyRequests(_) => ("rate-limited", "Too many requests"),
            Self::TooManyStreams(_) => ("too-many-streams", "Too many streams"),
            Self::TooManyTickets => ("too-busy", "The server is too busy"),
            Self::KeysUnreadable => ("keys-unreadable", "Keys cannot be checked now"),
            Self::TooLarge(_) => ("body-too-large", "The request is too large"),
            Self::TooSlow(_) => ("too-slow", "The answer took too long"),
        }
    }

    /// What was wrong and what to do about it. Never repeats what was sent.
    fn detail(self) -> String {
        const SEND: &str = "send one as `Authorization: Bearer plx_…`";
        match self {
            Self::NoKey => format!(
                "this needs a key: {SEND}; whoever runs this server makes one with \
                 `parallax token create`"
            ),
            Self::UnknownKey => format!(
                "no such key was given out by this server: {SEND}, or none at all where none is \
                 required"
            ),
            Self::EndedKey(KeyEnd::Revoked) => {
                "the key was revoked; ask whoever runs this server for another".to_owned()
            }
            Self::EndedKey(KeyEnd::Expired) => {
                "the key has expired; ask whoever runs this server for another".to_owned()
            }
            Self::UnknownTicket => {
                "a ticket is good once and for 30 seconds, and this one is not; \
                 make another with POST /api/v1/tickets"
                    .to_owned()
            }
            Self::Scope(scope) => {
                format!("this needs a key with the scope `{scope}`, which this key does not have")
            }
            Self::TooManyRequests(wait) => format!(
                "too many requests; send the next one in {} s, and see the header RateLimit for what \
                 is left",
                whole_seconds(wait).max(1)
            ),
            Self::TooManyStreams(limit) => {
                format!("all {limit} streams allowed to one client are open; close one first")
            }
            Self::TooManyTickets => {
                "too many tickets wait to be used; try again in a moment".to_owned()
            }
            Self::KeysUnreadable => {
                "the keys could not be read from the database since the server \
                 started; try again in a moment"
                    .to_owned()
            }
            Self::TooLarge(most) => {
                format!("the body has more than {most} bytes, and nothing here takes as many")
            }
            Self::TooSlow(most) => format!(
                "the answer was not ready within {} s and was given up; try again in a moment, or ask for less",
                most.as_secs()
            ),
        }
    }

    /// As problem details.
    pub(super) fn problem(self) -> Problem {
        let (word, title) = self.kind();
        Problem::new(self.status(), word, title, self.detail())
    }

    /// The answer of that area.
    pub(super) fn answer(self, area: Area) -> Response {
        let status = self.status();
        let mut response = match area {
            Area::V1 => self.problem().into_response(),
            Area::CoinGecko => {
                let code = match status {
                    StatusCode::UNAUTHORIZED => GECKO_KEY,
                    StatusCode::FORBIDDEN => GECKO_REACH,
                    _ => status.as_u16(),
                };
                let error_message = self.detail();
                let body = GeckoRefusal {
                    status: GeckoStatus {
                        error_code: code,
                        error_message,
                    },
                };
                (status, Json(body)).into_response()
            }
            Area::Udf => {
                let body = json!({"s": "error", "errmsg": self.detail()});
                (status, Json(body)).into_response()
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"parallax\""),
            );
        }
        let wait = match self {
            Self::TooManyRequests(wait) => Some(whole_seconds(wait).max(1)),
            Self::TooManyStreams(_)
            | Self::TooManyTickets
            | Self::KeysUnreadable
            | Self::TooSlow(_) => Some(5),
            _ => None,
        };
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_area_has_its_manner_of_speaking() {
        for (path, area) in [
            ("/api/v3/ping", Area::CoinGecko),
            ("/api/v3", Area::CoinGecko),
            ("/api/v30", Area::V1),
            ("/udf/config", Area::Udf),
            ("/udf.json", Area::V1),
            ("/api/v1/tokens", Area::V1),
            ("/charts/bitcoin.svg", Area::V1),
        ] {
            assert_eq!(Area::of(path), area, "{path}");
        }
    }
}
