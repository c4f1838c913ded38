//! Server functions answer pages of this site and nobody else's.
//!
//! What they return is public and none of them changes anything; everyone else has the API. So another site's page gains
//! nothing here but a visitor's address, and the library's redirect: asked for HTML, it sends a browser back to whatever
//! page the request names. Which functions there are is their own registry's word, so that none can be forgotten.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::axum::server_fn_paths;
use parallax_admin::is_from_here;

const REFUSAL: &str = "Only pages of this site are answered here. The API for everyone is at /api/v1, described at /docs.\n";

/// The addresses of all server functions. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Functions {
    paths: Arc<HashSet<&'static str>>,
}

impl Functions {
    /// Those that are registered.
    pub(crate) fn registered() -> Self {
        let paths = server_fn_paths().map(|(path, _)| path).collect();
        Self {
            paths: Arc::new(paths),
        }
    }
}

/// Refuses a call of a server function that a browser sends for another site's page. Goes around whatever shares
/// answers.
pub(crate) async fn keep_to_this_site(
    State(functions): State<Functions>,
    mut request: Request,
    next: Next,
) -> Response {
    if !functions.paths.contains(request.uri().path()) {
        return next.run(request).await;
    }
    let headers = request.headers_mut();
    // Old browsers say of a read neither where it comes from nor whose it is.
    let says_nothing =
        !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site");
    // The library would send the browser there.
    headers.remove(header::REFERER);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_from_here(request.headers()) || is_read && says_nothing {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, REFUSAL).into_response()
    }
}
