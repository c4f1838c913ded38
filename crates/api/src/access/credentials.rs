//! What a request shows to be let in, wherever clients put it. A key or ticket in the address is taken out
//! of it here, so that it reaches no handler, no error and no log.

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// How every key of ours begins. A client that came from CoinGecko may go on sending the key it had there: that
/// is no key of ours and counts as none, where one of ours that is wrong is refused.
const OURS: &str = "plx_";

/// Where CoinGecko's clients put their keys: as headers.
const GECKO_HEADERS: [&str; 2] = ["x-cg-pro-api-key", "x-cg-demo-api-key"];
/// And as parameters, under `/api/v3` alone.
const GECKO_PARAMETERS: [&str; 2] = ["x_cg_pro_api_key", "x_cg_demo_api_key"];

/// What a browser's WebSocket and `EventSource`, which cannot send headers, show instead of a key.
const TICKET: &str = "ticket";
/// Where they may.
const TICKET_PATHS: [&str; 2] = ["/api/v1/stream", "/api/v1/ws"];

/// What a request shows.
pub(super) enum Credential {
    Key(String),
    Ticket(String),
}

/// Takes what the request shows; `None` when it shows nothing. Headers win over the address.
///
/// # Errors
/// [`Refusal::UnknownKey`] for an `Authorization` that cannot hold a key.
pub(super) fn take(request: &mut Request) -> Result<Option<Credential>, Refusal> {
    let names = match request.uri().path() {
        path if path.starts_with("/api/v3/") => &GECKO_PARAMETERS[..],
        path if TICKET_PATHS.contains(&path) => &[TICKET][..],
        _ => &[],
    };
    let in_address = taken(request.uri_mut(), names);
    let key = match in_headers(request.headers())? {
        Some(key) => Some(Credential::Key(key)),
        None => in_address.map(|text| match names {
            [TICKET] => Credential::Ticket(text),
            _ => Credential::Key(text),
        }),
    };
    Ok(key)
}

fn in_headers(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let text = |value: &HeaderValue| {
        let text = value.to_str().map_err(|_| Refusal::UnknownKey);
        text.map(|text| text.trim().to_owned())
    };
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = text(value)?;
        let (scheme, rest) = text.split_once(' ').unwrap_or((&text, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Some(rest.trim().to_owned()));
        }
        // A proxy's own log-in may travel on with the request; it says nothing to us.
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(Refusal::UnknownKey);
        }
    }
    // What is no text is no key of ours either.
    let shown = GECKO_HEADERS.iter().filter_map(|name| headers.get(*name));
    let mut shown = shown.filter_map(|value| text(value).ok());
    Ok(shown.find(|key| key.starts_with(OURS)))
}

/// Takes the parameters of these names out of the address, and returns the first that is not empty; of
/// CoinGecko's, the first that may be a key of ours.
fn taken(uri: &mut Uri, names: &[&str]) -> Option<String> {
    let query = uri.query()?;
    let named = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        names.contains(&percent_decode_str(name).decode_utf8_lossy().as_ref())
    };
    let mut found = query.split('&').filter(named).peekable();
    found.peek()?;
    let value = found.find_map(|pair| {
        let (_, value) = pair.split_once('=')?;
        let value = percent_decode_str(value).decode_utf8_lossy();
        let may_be_meant = if names == GECKO_PARAMETERS {
            value.starts_with(OURS)
        } else {
            !value.is_empty()
        };
        may_be_meant.then(|| value.into_owned())
    });
    let rest: Vec<_> = query.split('&').filter(|pair| !named(pair)).collect();
    let address = if rest.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), rest.join("&"))
    };
    let mut parts = uri.clone().into_parts();
    // Parts of an address are an address.
    if let Ok(address) = PathAndQuery::try_from(address) {
        parts.path_and_query = Some(address);
        if let Ok(shorter) = Uri::from_parts(parts) {
            *uri = shorter;
        }
    }
    value
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::body::Body;

    use super::*;

    /// What is found, and the address that is left.
    fn found(address: &str, headers: &[(&str, &str)]) -> (String, String) {
        let mut request = Request::get(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let credential = match take(&mut request) {
            Ok(None) => "none".to_owned(),
            Ok(Some(Credential::Key(key))) => format!("key {key}"),
            Ok(Some(Credential::Ticket(ticket))) => format!("ticket {ticket}"),
            Err(_) => "refused".to_owned(),
        };
        (credential, request.uri().to_string())
    }

    #[test]
    fn a_key_is_found_wherever_clients_put_it() {
        for (address, headers, expected) in [
            ("/", &[][..], "none"),
            ("/", &[("authorization", "Bearer k")], "key k"),
            ("/", &[("authorization", "bearer  k ")], "key k"),
            ("/", &[("authorization", "Bearer")], "key "),
            ("/", &[("authorization", "Basic eDp5")], "none"),
            ("/", &[("authorization", "plx_k")], "refused"),
            ("/", &[("x-cg-demo-api-key", "plx_k")], "key plx_k"),
            ("/", &[("x-cg-pro-api-key", "plx_k")], "key plx_k"),
            ("/", &[("x-cg-pro-api-key", "")], "none"),
            ("/api/v3/ping?x_cg_demo_api_key=plx_k", &[], "key plx_k"),
            (
                "/api/v3/ping?x_cg_pro_api_key=plx%5Fb&x=1",
                &[],
                "key plx_b",
            ),
            ("/api/v3/ping?x_cg_pro_api_key=", &[], "none"),
            ("/api/v1/stream?ticket=t", &[], "ticket t"),
            ("/api/v1/ws?a=1&ticket=t", &[], "ticket t"),
            (
                "/api/v1/ws?ticket=t",
                &[("authorization", "Bearer k")],
                "key k",
            ),
            ("/api/v1/tokens?ticket=t", &[], "none"),
            ("/api/v1/tokens?x_cg_pro_api_key=k", &[], "none"),
        ] {
            assert_eq!(found(address, headers).0, expected, "{address}");
        }
    }

    #[test]
    fn a_key_of_coingecko_is_no_key_of_ours() {
        for (address, headers, expected) in [
            ("/api/v3/ping", &[("x-cg-demo-api-key", "CG-k")][..], "none"),
            ("/api/v3/ping", &[("x-cg-pro-api-key", "\u{e9}")], "none"),
            ("/api/v3/ping?x_cg_demo_api_key=CG-k", &[], "none"),
            (
                "/api/v3/ping",
                &[("x-cg-pro-api-key", "CG-k"), ("x-cg-demo-api-key", "plx_k")],
                "key plx_k",
            ),
            (
                "/api/v3/ping?x_cg_demo_api_key=plx_k",
                &[("x-cg-pro-api-key", "CG-k")],
                "key plx_k",
            ),
            (
                "/api/v3/ping?x_cg_pro_api_key=CG-k&x_cg_demo_api_key=plx_k",
                &[],
                "key plx_k",
            ),
            // Sent as ours, it is meant to be ours.
            (
                "/api/v3/ping",
                &[("authorization", "Bearer CG-k")],
                "key CG-k",
            ),
        ] {
            assert_eq!(found(address, headers).0, expected, "{address}");
        }
    }

    #[test]
    fn a_key_in_the_address_is_taken_out_of_it_and_nothing_else_is() {
        for (address, left) in [
            ("/api/v3/ping?x_cg_pro_api_key=k", "/api/v3/ping"),
            (
                "/api/v3/p?ids=a%2Cb&x%5Fcg_demo_api_key=k&y",
                "/api/v3/p?ids=a%2Cb&y",
            ),
            (
                "/api/v1/stream?tokens=bitcoin&ticket=t&ticket=u",
                "/api/v1/stream?tokens=bitcoin",
            ),
            ("/api/v1/tokens?ticket=t", "/api/v1/tokens?ticket=t"),
        ] {
            assert_eq!(found(address, &[]).1, left);
        }
    }
}
