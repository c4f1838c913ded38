//! Holds addresses that were given in the admin to the public internet.
//!
//! Owns the look-up of a host's name together with the judgement on what it leads to: whoever connects gets the very
//! addresses that were judged, each time anew, so a name that leads elsewhere the next time gains nothing. Used by the
//! HTTP client and by opening a socket, for addresses from the admin only; what the configuration names is trusted.

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use parallax::network::is_public;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a host.
type LookUp =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Why a host is not connected to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuardError {
    /// One of its addresses is not of the public internet; all of them are refused then.
    #[error(
        "it leads to {address}, which is not on the public internet; addresses given in the admin must be, unless the \
         configuration says admin.private_addresses = true"
    )]
    NotPublic {
        /// The address.
        address: IpAddr,
    },
    /// Not a URL with a host and this scheme, as may come out of a venue's answer.
    #[error("addresses given in the admin must begin with {0}://")]
    Scheme(&'static str),
    /// The name could not be looked up.
    #[error("its name could not be looked up: {0}")]
    LookUp(#[from] io::Error),
    /// The name leads nowhere.
    #[error("its name leads to no address")]
    Nowhere,
}

/// Lets through what leads to the public internet.
#[derive(Clone)]
pub(crate) struct Guard {
    look_up: LookUp,
}

impl Guard {
    /// Asks the operating system for addresses.
    pub(crate) fn new() -> Self {
        Self::asking(Arc::new(|host, port| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, port)).await?;
                Ok(found.collect())
            })
        }))
    }

    pub(crate) fn asking(look_up: LookUp) -> Self {
        Self { look_up }
    }

    /// Where to connect to for this URL, which must have this scheme.
    ///
    /// # Errors
    /// [`GuardError`].
    pub(crate) async fn addresses(
        &self,
        url: &str,
        scheme: &'static str,
    ) -> Result<Vec<SocketAddr>, GuardError> {
        let url = secure(url, scheme)?;
        let port = url.port_or_known_default().unwrap_or(443);
        let host = url.host_str().unwrap_or_default();
        // The brackets around an IPv6 address are the URL's.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.judged(host.to_owned(), port).await
    }

    /// Judges a URL whose host is an address itself: no name is looked up for it.
    ///
    /// # Errors
    /// [`GuardError`].
    pub(crate) fn check_literal(url: &str, scheme: &'static str) -> Result<(), GuardError> {
        let url = secure(url, scheme)?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) if !is_public(address) => Err(GuardError::NotPublic { address }),
            _ => Ok(()),
        }
    }

    async fn judged(&self, host: String, port: u16) -> Result<Vec<SocketAddr>, GuardError> {
        let found = (self.look_up)(host, port).await?;
        if found.is_empty() {
            return Err(GuardError::Nowhere);
        }
        // One is enough to refuse: which of them is tried is nobody's choice.
        match found.iter().find(|found| !is_public(found.ip())) {
            Some(found) => Err(GuardError::NotPublic {
                address: found.ip(),
            }),
            None => Ok(found),
        }
    }
}

fn secure(url: &str, scheme: &'static str) -> Result<Url, GuardError> {
    let url = Url::parse(url).ok();
    url.filter(|url| url.scheme() == scheme && url.has_host())
        .ok_or(GuardError::Scheme(scheme))
}

impl Resolve for Guard {
    /// Called by the HTTP client for each new connection. The port is the client's to add.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.judged(name.as_str().to_owned(), 0).await;
            let found =
                found.map_err(|error| -> Box<dyn StdError + Send + Sync> { error.into() })?;
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

#[cfg(test)]
#[path = "guard/tests.rs"]
mod tests;
