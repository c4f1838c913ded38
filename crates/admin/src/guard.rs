//! The one layer that every request under `/mgmt` passes.
//!
//! In this order: only `GET`, `HEAD` and `POST`; a `POST` must come from a page of this site, as the browser says;
//! the route must be one that says who may use it; whoever it is for must be signed in; and a `POST` must carry a
//! form's token that was made for this session and not used before. A route that this layer does not know is
//! refused, so a screen that forgets to say who may use it is closed.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use crate::Desk;
use crate::caller::{Visitor, host};
use crate::cookies::Cookie;
use crate::form::{FIELD, Fields, FormKey, GUEST_LASTS, LASTS, TokenError};
use crate::page::{Problem, frame};
use crate::screens::{LOGIN, Needs, sign_in};
use crate::visit::{Guest, Visit};

/// No form of ours is near this size.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// What pages of the admin may load and do: no script at all, nothing from elsewhere, in no other site's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What holds for every answer, and what is known of a request before its session.
pub(crate) async fn surround(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = (desk.admin.locate)(request.extensions(), request.headers());
    let visitor = Visitor::new(caller, request.headers());
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// Lets a request through to its screen, or answers it.
pub(crate) async fn guard(
    State(desk): State<Desk>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let Some(visitor) = request.extensions().get::<Visitor>().copied() else {
        return shown(&desk, None, Problem::unguarded());
    };
    let kept = Cookie::Form.read(&visitor, headers);
    let kept = kept.as_deref().and_then(FormKey::read);
    let is_new = kept.is_none();
    let guest = Guest {
        desk: desk.clone(),
        session,
        visitor,
        origin: visitor.origin(headers),
        form_key: kept.unwrap_or_else(FormKey::draw),
        browser: Cookie::Browser.read(&visitor, headers),
    };
    let mut response = match admit(&desk, &guest, &mut request).await {
        Ok(visit) => {
            let mut response = next.run(request).await;
            match response.extensions_mut().remove::<Problem>() {
                Some(problem) => shown(&desk, visit.as_ref(), problem),
                None => response,
            }
        }
        Err(answer) => *answer,
    };
    if is_new {
        let key = guest.form_key.as_str();
        if let Some(cookie) = Cookie::Form.set(&visitor, key) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// The visit, if there is one, for a request that may go on; it then carries what its handler takes.
async fn admit(
    desk: &Desk,
    guest: &Guest,
    request: &mut Request,
) -> Result<Option<Visit>, Box<Response>> {
    let refuse = |visit: Option<&Visit>, problem| Box::new(shown(desk, visit, problem));
    let method = request.method().clone();
    let is_read = matches!(method, Method::GET | Method::HEAD);
    if !is_read && method != Method::POST {
        return Err(refuse(None, Problem::method()));
    }
    if !is_read && !is_from_here(request.headers()) {
        return Err(refuse(None, Problem::cross_site()));
    }
    let matched = request.extensions().get::<MatchedPath>();
    let needs = matched.and_then(|path| desk.doors.needs(path.as_str()));
    let Some(needs) = needs else {
        return Err(refuse(None, Problem::unguarded()));
    };
    let path = request.uri().path().to_owned();
    let visit = Visit::of(guest, &path, is_read).await;
    let visit = visit.map_err(|problem| refuse(None, problem))?;
    let fields = match is_read {
        true => Fields::default(),
        false => {
            let fields = body(request).await;
            fields.map_err(|problem| refuse(visit.as_ref(), problem))?
        }
    };
    let key = match (needs, &visit) {
        (Needs::Nothing, _) => &guest.form_key,
        (Needs::Permission(_), None) if is_read => {
            return Err(Box::new(to_login(request)));
        }
        (Needs::Permission(_), None) => {
            return Err(Box::new(sign_in::again(guest, &path, &fields)));
        }
        (Needs::Permission(what), Some(visit)) if !visit.may(what) => {
            return Err(refuse(Some(visit), Problem::forbidden(visit.account.role)));
        }
        (Needs::Permission(_), Some(visit)) => &visit.form_key,
    };
    if !is_read {
        let is_guest = needs == Needs::Nothing;
        let spent = spend(desk, key, is_guest, fields.get(FIELD)).await;
        spent.map_err(|problem| refuse(visit.as_ref(), problem))?;
    }
    let extensions = request.extensions_mut();
    extensions.insert(fields);
    extensions.insert(guest.clone());
    if let Some(visit) = &visit {
        extensions.insert(visit.clone());
    }
    Ok(visit)
}

/// Whether the browser says that a page of this very site sends the request, in `Sec-Fetch-Site` and `Origin`. Both of
/// what it says must be right; of who says neither it is not so.
#[must_use]
pub fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        let value = headers.get(name)?;
        // What is no text is no right value either.
        Some(value.to_str().unwrap_or("?"))
    };
    let site = text("sec-fetch-site");
    let origin = text("origin");
    let is_ours = |origin: &str| {
        let (_, authority) = origin.split_once("://").unwrap_or_default();
        let ours = host(headers);
        !authority.is_empty() && ours.is_some_and(|ours| ours.eq_ignore_ascii_case(authority))
    };
    match (site, origin) {
        (None, None) => false,
        (site, origin) => {
            site.is_none_or(|site| site == "same-origin") && origin.is_none_or(is_ours)
        }
    }
}

async fn body(request: &mut Request) -> Result<Fields, Problem> {
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let bytes = axum::body::to_bytes(body, MAX_FORM_BYTES).await;
    let bytes = bytes.map_err(|_| Problem::too_large())?;
    Ok(Fields::read(&bytes))
}

/// Uses up a form's token.
async fn spend(desk: &Desk, key: &FormKey, is_guest: bool, token: &str) -> Result<(), Problem> {
    let sessions = desk.sessions();
    let lasts = if is_guest { GUEST_LASTS } else { LASTS };
    let until = key.check(token, sessions.now(), lasts);
    let until = until.map_err(|error| match error {
        TokenError::Foreign => Problem::foreign_form(),
        TokenError::TooOld => Problem::old_form(),
    })?;
    let what = format!("form {token}");
    let is_first = match is_guest {
        true => sessions.spend_briefly(&what),
        false => {
            let spent = sessions.spend(&what, until).await;
            spent.map_err(|error| Problem::store(&error))?
        }
    };
    match is_first {
        true => Ok(()),
        false => Err(Problem::replayed_form()),
    }
}

fn to_login(request: &Request) -> Response {
    let wanted = request.uri().path_and_query();
    let wanted = wanted.map_or("/mgmt", |wanted| wanted.as_str());
    if wanted == "/mgmt" {
        return Redirect::to(LOGIN).into_response();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", wanted)
        .finish();
    Redirect::to(&format!("{LOGIN}?{query}")).into_response()
}

/// A problem as a page, in the frame of whoever met it.
fn shown(desk: &Desk, visit: Option<&Visit>, problem: Problem) -> Response {
    let mut response = frame::problem(desk, visit, &problem);
    *response.status_mut() = problem.status;
    if problem.status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn passes(lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", "prices.example".parse().unwrap());
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        is_from_here(&headers)
    }

    #[test]
    fn a_form_must_come_from_a_page_of_this_site() {
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("origin", "https://prices.example")]));
        assert!(passes(&[
            ("origin", "https://Prices.Example"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!passes(&[]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!passes(&[("sec-fetch-site", site)]), "{site}");
            let both = [
                ("sec-fetch-site", site),
                ("origin", "https://prices.example"),
            ];
            assert!(!passes(&both), "{site}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "https://prices.example.evil.example",
            "https://prices.example:8443",
            "https://evil.example/prices.example",
            "prices.example",
            "",
        ] {
            assert!(!passes(&[("origin", origin)]), "{origin}");
            let both = [("sec-fetch-site", "same-origin"), ("origin", origin)];
            assert!(!passes(&both), "{origin}");
        }
    }
}
