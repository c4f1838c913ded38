//! Who asks: the address that limits are counted by.
//!
//! The peer of the connection, unless that is a proxy the operator trusts: then whom the proxy names in
//! `X-Forwarded-For`. Anyone can write that header, so from anyone else it counts for nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// An address as limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The address itself.
    pub address: IpAddr,
    /// The address; of IPv6 the first 64 bits, which is what one customer has.
    pub network: IpAddr,
    /// Whether the request comes from this machine itself and through no proxy.
    pub is_local: bool,
}

/// Whoever sent the request.
pub(super) fn client(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpNet]) -> Client {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    // Without the listener's word all share one allowance: a fault there must not lift the limits.
    let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |ConnectInfo(peer)| {
        peer.ip().to_canonical()
    });
    let address = forwarded(peer, headers, proxies);
    Client {
        address,
        network: network(address),
        is_local: address.is_loopback() && !headers.contains_key(FORWARDED_FOR),
    }
}

/// The nearest address that is no trusted proxy, read from the end of the list, where the nearest proxy
/// wrote; what lies further from us may be invented. An entry that is no address ends the search.
fn forwarded(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut nearest = peer;
    // Several lines are one list. A line that is no text reads as an entry that is no address.
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    let entries = lines
        .iter()
        .rev()
        .flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for entry in entries {
        if !is_trusted(&nearest) {
            break;
        }
        match address(entry.trim()) {
            Some(address) => nearest = address,
            None => break,
        }
    }
    nearest
}

/// Reads an address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse();
    let address = address.or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The network of a peer that sends these lines, with 10.0.0.0/8 and fd00::/8 trusted.
    fn seen(peer: &str, lines: &[&str]) -> Client {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let mut extensions = Extensions::new();
        let peer = SocketAddr::new(peer.parse().unwrap(), 9);
        extensions.insert(ConnectInfo(peer));
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap());
        client(&extensions, &headers, &proxies)
    }

    fn network_of(peer: &str, lines: &[&str]) -> String {
        seen(peer, lines).network.to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(network_of("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(network_of("10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            network_of("::ffff:10.1.2.3", &["198.51.100.1:8080"]),
            "198.51.100.1"
        );
        assert_eq!(network_of("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_a_client_invents_before_the_proxys_word_counts_for_nothing() {
        let invented = "203.0.113.7, 198.51.100.1";
        assert_eq!(network_of("10.1.2.3", &[invented]), "198.51.100.1");
        assert_eq!(
            network_of("10.1.2.3", &["203.0.113.7", "198.51.100.1, fd00::2"]),
            "198.51.100.1"
        );
        for nonsense in ["unknown", "", "198.51.100.1;", "\u{e9}"] {
            assert_eq!(network_of("10.1.2.3", &[nonsense]), "10.1.2.3");
        }
        let all_trusted = ["10.0.0.1, 10.0.0.2"];
        assert_eq!(network_of("10.1.2.3", &all_trusted), "10.0.0.1");
    }

    #[test]
    fn ipv6_addresses_of_one_64_bit_network_are_one_client() {
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::");
        assert_eq!(network_of("2001:db8:1:2::9", &[]), "2001:db8:1:2::");
        assert_eq!(
            network_of("fd00::1", &["[2001:db8:1:3::9]:443"]),
            "2001:db8:1:3::"
        );
        assert_eq!(network_of("::ffff:192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn this_machine_is_local_unless_a_proxy_speaks_for_someone() {
        assert!(seen("127.0.0.1", &[]).is_local && seen("::1", &[]).is_local);
        assert!(!seen("127.0.0.1", &["127.0.0.1"]).is_local);
        assert!(!seen("10.0.0.1", &["127.0.0.1"]).is_local);
        let nobody = client(&Extensions::new(), &HeaderMap::new(), &[]);
        assert!(!nobody.is_local);
    }
}
