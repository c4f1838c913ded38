//! Who sends a request, as far as the network tells.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, header};
use parallax::audit::Origin;

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The address, for the audit log.
    pub address: IpAddr,
    /// The address that tries are counted by; of IPv6 a network.
    pub network: IpAddr,
    /// Whether it comes from this machine itself and through no proxy.
    pub is_local: bool,
}

/// Finds the sender of a request. The composition root knows which proxies are believed.
pub type Locate = Arc<dyn Fn(&Extensions, &HeaderMap) -> Caller + Send + Sync>;

/// A sender with what decides about cookies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// Whether the browser asked this machine without TLS. It accepts no `Secure` cookie then, and nobody
    /// can listen on the way.
    pub(crate) is_plain: bool,
}

impl Visitor {
    pub(crate) fn new(caller: Caller, headers: &HeaderMap) -> Self {
        // Whatever a proxy adds: then the browser is elsewhere, and TLS is the proxy's.
        let is_proxied = ["x-forwarded-for", "x-forwarded-proto", "forwarded"]
            .into_iter()
            .any(|name| headers.contains_key(name));
        let is_plain = caller.is_local && !is_proxied && host(headers).is_some_and(is_loopback);
        Self { caller, is_plain }
    }

    /// For the audit log.
    pub(crate) fn origin(&self, headers: &HeaderMap) -> Origin {
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        Origin::new(Some(self.caller.address.to_string()), agent.as_deref())
    }
}

/// The host and port that the browser thinks it asks.
pub(crate) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// Whether a browser takes this host for its own machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_address = name
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    is_address || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn is_plain(host: &str, is_local: bool, more: &[(&'static str, &str)]) -> bool {
        let address = IpAddr::from([127, 0, 0, 1]);
        let caller = Caller {
            address,
            network: address,
            is_local,
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for (name, value) in more {
            headers.insert(*name, value.parse().unwrap());
        }
        Visitor::new(caller, &headers).is_plain
    }

    #[test]
    fn only_a_browser_on_this_machine_gets_cookies_without_tls() {
        for host in [
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "a.localhost",
        ] {
            assert!(is_plain(host, true, &[]), "{host}");
            assert!(!is_plain(host, false, &[]), "{host}");
            assert!(!is_plain(host, true, &[("x-forwarded-proto", "https")]));
            assert!(!is_plain(host, true, &[("forwarded", "for=1.2.3.4")]));
        }
        for host in [
            "prices.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
        ] {
            assert!(!is_plain(host, true, &[]), "{host}");
        }
    }
}
