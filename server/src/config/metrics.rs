//! The section `[metrics]`: where `/metrics` is served, if at all.

use std::net::SocketAddr;

use super::file::MetricsSection;
use super::{ConfigError, invalid};

/// `None` when it is not served. `listen` is the address of the page and the API: metrics are never beside them.
pub(super) fn read(
    section: &MetricsSection,
    listen: SocketAddr,
) -> Result<Option<SocketAddr>, ConfigError> {
    if section.listen.is_empty() {
        return Ok(None);
    }
    let allowed = "empty, or an address and a port of its own such as 127.0.0.1:9100";
    let refused = || invalid("metrics.listen", format!("{:?}", section.listen), allowed);
    let address: SocketAddr = section.listen.parse().map_err(|_| refused())?;
    let overlap = address.ip() == listen.ip()
        || address.ip().is_unspecified()
        || listen.ip().is_unspecified();
    if address.port() == listen.port() && overlap {
        return Err(refused());
    }
    Ok(Some(address))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read_beside(metrics: &str, listen: &str) -> Result<Option<SocketAddr>, String> {
        let section = MetricsSection {
            listen: metrics.to_owned(),
        };
        read(&section, listen.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn metrics_have_an_address_of_their_own_or_none() {
        let site = "127.0.0.1:3000";
        assert_eq!(read_beside("", site), Ok(None));
        let own = Some("127.0.0.1:9100".parse().unwrap());
        assert_eq!(read_beside("127.0.0.1:9100", site), Ok(own));
        assert!(read_beside("10.0.0.1:3000", site).is_ok());
        for wrong in ["127.0.0.1:3000", "0.0.0.0:3000", "9100", "localhost:9100"] {
            assert_eq!(
                read_beside(wrong, site).unwrap_err(),
                format!(
                    "metrics.listen is {wrong:?}, but must be empty, or an address and a port of its own \
                     such as 127.0.0.1:9100"
                )
            );
        }
        assert!(read_beside("127.0.0.1:3000", "0.0.0.0:3000").is_err());
    }
}
