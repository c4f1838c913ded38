//! Whose pages may connect. Browsers let any page open a WebSocket anywhere and only say in `Origin` whose
//! it is, so unlike for other reads, which CORS opens to all, the answer is ours: this site's own pages, and
//! those of the sites the operator names. Programs send no `Origin` and are not asked.

use axum::http::{HeaderMap, StatusCode, Uri, header};

use crate::Problem;

/// Holds the request's `Origin`, if there is one, against its host and the list.
///
/// # Errors
/// A problem with status 403 for another site's page.
pub(super) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let is_listed = allowed
        .iter()
        .any(|site| site == "*" || site.eq_ignore_ascii_case(origin));
    if is_listed || is_own(origin, headers) {
        return Ok(());
    }
    let detail = "pages of this site alone may open a WebSocket here; whoever runs this server can name \
                  other sites in socket.allowed_origins, and programs send no Origin";
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "origin-refused",
        "Pages of that site may not connect",
        detail,
    ))
}

fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin: Option<Uri> = origin.parse().ok();
    let site = origin.as_ref().and_then(Uri::authority);
    site.zip(host)
        .is_some_and(|(site, host)| site.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn own_pages_named_sites_and_programs_may_connect() {
        let named = ["https://chart.example".to_owned()];
        let all = ["*".to_owned()];
        for (origin, allowed, expected) in [
            (None, &[][..], true),
            (Some("http://here:3000"), &[], true),
            (Some("https://HERE:3000"), &[], true),
            (Some("http://here"), &[], false),
            (Some("http://here:3000.example"), &[], false),
            (Some("null"), &[], false),
            (Some(""), &[], false),
            (Some("https://chart.example"), &[], false),
            (Some("https://chart.example"), &named, true),
            (Some("http://chart.example"), &named, false),
            (Some("https://other.example"), &named, false),
            (Some("https://other.example"), &all, true),
            (Some("null"), &all, true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "here:3000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            let is_allowed = check(&headers, allowed).is_ok();
            assert_eq!(is_allowed, expected, "{origin:?}");
        }
    }
}
