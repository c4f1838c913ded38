//! `POST /api/v1/tickets`: a stand-in for a key that is good once and for half a minute, for browsers, whose
//! WebSocket and `EventSource` cannot send headers. What holds the key asks for it, and hands it over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use parallax::time::Timestamp;
use parallax_service::keys::KeyHolder;
use rand::distr::{Alphanumeric, SampleString};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Visitor;
use super::refusal::{Area, Refusal};
use crate::ApiState;

/// How long a ticket is good.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// Tickets waiting at once. About 5 MB.
const MAX_WAITING: usize = 20_000;
/// Letters and digits of 62 kinds: 190 bits.
const LENGTH: usize = 32;

/// The tickets that were not used so far. Cheap to clone; every clone is the same.
#[derive(Clone, Default)]
pub(super) struct Tickets {
    waiting: Arc<Mutex<HashMap<String, Waiting>>>,
}

struct Waiting {
    holder: KeyHolder,
    until: Instant,
}

impl Tickets {
    /// A new ticket; `None` while too many wait.
    fn draw(&self, holder: KeyHolder) -> Option<String> {
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING {
            waiting.retain(|_, waiting| waiting.until > now);
            if waiting.len() >= MAX_WAITING {
                return None;
            }
        }
        let text = Alphanumeric.sample_string(&mut rand::rng(), LENGTH);
        let until = now + GOOD_FOR;
        waiting.insert(text.clone(), Waiting { holder, until });
        Some(text)
    }

    /// Whose ticket it is; it is used up then.
    ///
    /// # Errors
    /// [`Refusal::UnknownTicket`], and [`Refusal::EndedKey`] when its key has ended meanwhile.
    pub(super) fn redeem(&self, text: &str) -> Result<KeyHolder, Refusal> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let good = waiting.remove(text);
        let good = good.filter(|ticket| ticket.until > Instant::now());
        let holder = good.ok_or(Refusal::UnknownTicket)?.holder;
        match holder.end() {
            Some(end) => Err(Refusal::EndedKey(end)),
            None => Ok(holder),
        }
    }
}

/// A ticket for one stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketAnswer {
    /// To be sent as the parameter `ticket` of `/api/v1/stream` or `/api/v1/ws`, once.
    #[schema(example = "3pYcVbJ0kq6Xw9ZtL2mN8rSdF4gH7aEu")]
    ticket: String,
    /// When it is no longer good, RFC 3339 in UTC.
    #[schema(value_type = String, example = "2026-11-22T04:30:30.000Z")]
    expires_at: Timestamp,
    /// The same in milliseconds since 1970.
    #[schema(example = 1_795_321_830_000_i64)]
    expires_at_ms: i64,
}

/// A ticket for one stream
///
/// Made with a key of the scope `stream`, good once and for 30 seconds: for browsers, whose `WebSocket` and
/// `EventSource` cannot send an `Authorization` header. The stream opened with it ends with the key.
#[utoipa::path(
    post,
    path = "/api/v1/tickets",
    tag = "access",
    responses(
        (status = 201, description = "The ticket", body = TicketAnswer),
        (status = 401, description = "No key, or one that is unknown, revoked or expired", content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `stream`", content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", content_type = "application/problem+json"),
        (status = 503, description = "Too many tickets wait, or the keys cannot be read", content_type = "application/problem+json"),
    ),
)]
async fn ticket(State(state): State<ApiState>, Extension(visitor): Extension<Visitor>) -> Response {
    let Some(holder) = visitor.key else {
        return Refusal::NoKey.answer(Area::V1);
    };
    let Some(ticket) = state.access.tickets().draw(holder) else {
        return Refusal::TooManyTickets.answer(Area::V1);
    };
    let expires_at = state.service.at().plus(GOOD_FOR);
    let answer = TicketAnswer {
        ticket,
        expires_at,
        expires_at_ms: expires_at.unix_ms(),
    };
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, no_store, Json(answer)).into_response()
}

/// The routes of this area.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(ticket))
}
