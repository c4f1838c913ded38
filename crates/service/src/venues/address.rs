//! An address of a venue as an operator types it, and whether it will do.
//!
//! Where a name leads is judged by `crates/ingest` whenever it connects; here is refused what is wrong in itself.

use std::net::IpAddr;

use parallax::network::is_public;
use url::{Host, Url};

/// The schemes of a WebSocket: by TLS, and without.
pub const STREAM: [&str; 2] = ["wss", "ws"];
/// The schemes of REST: by TLS, and without.
pub const REST: [&str; 2] = ["https", "http"];

/// The longest address, in bytes.
const LONGEST: usize = 200;

/// Why an address will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL with such a scheme and a host.
    #[error(
        "type {0}://HOST with an optional port and path, or nothing for the configured address"
    )]
    Shape(&'static str),
    /// A user name or a password in it.
    #[error("leave out user name and password: everyone who may look at the admin would see them")]
    UserInfo,
    /// A query or a fragment.
    #[error("leave out what follows a ? or #: paths are put behind the address")]
    Tail,
    /// Too long.
    #[error("use at most {LONGEST} characters")]
    TooLong,
    /// An address that is not of the public internet.
    #[error(
        "{0} is not on the public internet; only the configuration may name such an address, or allow it here with \
         admin.private_addresses = true"
    )]
    NotPublic(IpAddr),
}

/// An address for one of [`STREAM`] or [`REST`], without a slash at its end; `None` for an empty text. By TLS only and not
/// to a private address, unless `may_be_private`.
///
/// # Errors
/// [`AddressError`].
pub fn address(
    typed: &str,
    [secure, plain]: [&'static str; 2],
    may_be_private: bool,
) -> Result<Option<String>, AddressError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if typed.len() > LONGEST {
        return Err(AddressError::TooLong);
    }
    let shape = AddressError::Shape(secure);
    let Ok(url) = Url::parse(typed) else {
        return Err(shape);
    };
    let is_known = url.scheme() == secure || (may_be_private && url.scheme() == plain);
    let Some(host) = url.host().filter(|_| is_known) else {
        return Err(shape);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::UserInfo);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::Tail);
    }
    let literal = match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    if let Some(address) = literal.filter(|address| !may_be_private && !is_public(*address)) {
        return Err(AddressError::NotPublic(address));
    }
    Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(typed: &str) -> Result<Option<String>, AddressError> {
        address(typed, STREAM, false)
    }

    #[test]
    fn an_address_is_a_host_by_tls() {
        assert_eq!(public("  "), Ok(None));
        let kept = Ok(Some("wss://ws.example:8443/v2".to_owned()));
        assert_eq!(public(" wss://WS.example:8443/v2/ "), kept);
        for typed in [
            "ws.example",
            "ws://ws.example",
            "https://ws.example",
            "wss://",
            "file:///etc",
        ] {
            assert_eq!(public(typed), Err(AddressError::Shape("wss")), "{typed}");
        }
        assert_eq!(public("wss://a:b@ws.example"), Err(AddressError::UserInfo));
        assert_eq!(public("wss://ws.example?x"), Err(AddressError::Tail));
        assert_eq!(public("wss://ws.example#x"), Err(AddressError::Tail));
        let long = format!("wss://{}.example", "a".repeat(200));
        assert_eq!(public(&long), Err(AddressError::TooLong));
    }

    #[test]
    fn an_address_of_a_private_network_is_refused_however_it_is_written() {
        for typed in [
            "wss://127.0.0.1",
            "wss://127.1:9000",
            "wss://2130706433",
            "wss://0x7f.1",
            "wss://[::1]",
            "wss://[::ffff:10.0.0.1]",
            "wss://169.254.169.254/latest",
        ] {
            let refused = public(typed);
            assert!(
                matches!(refused, Err(AddressError::NotPublic(_))),
                "{typed}: {refused:?}"
            );
        }
        let allowed = address("ws://127.0.0.1:9000", STREAM, true);
        assert_eq!(allowed, Ok(Some("ws://127.0.0.1:9000".to_owned())));
    }
}
