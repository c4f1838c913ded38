//! How large a request may be and how long its answer may take, and how that is said.
//!
//! The heads of requests are the listener's (`serve.rs`): 15 s to arrive, 16 KiB at most. Rates and streams of a client
//! are `crates/api`'s. A stream's answer is ready once it has begun, so the time does not bound how long it goes on.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use parallax_api::Beyond;

/// No request of ours has a body near this size.
pub(crate) const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// The longest that an answer may take to begin, the request's body included. Whatever it waits for has shorter limits of
/// its own; this is for what nobody thought of, and for bodies that trickle in.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Gives up what takes too long, and says so, and that a body was too large, in the manner of what was asked. Goes around
/// the layer that measures bodies, which says it in plain text.
pub(crate) async fn say(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match tokio::time::timeout(MAX_TIME, next.run(request)).await {
        Err(_) => {
            tracing::warn!(path = %path.escape_debug(), "an answer took too long and was given up");
            Beyond::Time(MAX_TIME).answer(&path)
        }
        Ok(answer) if is_plainly_too_large(&answer) => {
            Beyond::Size(MAX_REQUEST_BYTES).answer(&path)
        }
        Ok(answer) => answer,
    }
}

/// What the measuring layer says. A route that says it in its own words has another type.
fn is_plainly_too_large(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    answer.status() == StatusCode::PAYLOAD_TOO_LARGE
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

#[cfg(test)]
mod tests;
