//! Opening a socket to a venue: its turn, what has to be asked first, the handshakes.
//!
//! Owns [`Venue`], what all connections to one streaming venue share. Called by the connection task.

use std::sync::Arc;
use std::time::Duration;

use parallax::market::Listing;
use parallax::time::Clock;
use parallax_venues::spec::{Descriptor, Opening, Stream, StreamFacts};
use tokio_tungstenite::Connector;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};

use crate::config::IngestConfig;
use crate::error::{IngestError, endpoint_for_people};
use crate::http::{FetchLimits, retry_after};
use crate::link::Link;
use crate::pace::ConnectPace;
use crate::registry::Member;
use crate::site::Site;

/// An answer to what is asked before connecting is a few hundred bytes.
const ASK_MAX_BYTES: usize = 1024 * 1024;

/// What all connections to one streaming venue share.
pub(crate) struct Venue {
    pub(crate) site: Arc<Site>,
    pub(crate) stream: &'static dyn Stream,
    pub(crate) config: Arc<IngestConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) pace: ConnectPace,
}

impl Venue {
    pub(crate) fn descriptor(&self) -> &'static Descriptor {
        self.site.adapter.descriptor()
    }

    pub(crate) fn facts(&self) -> &'static StreamFacts {
        self.stream.facts()
    }

    /// Opens a socket for these markets; subscribing is the link's.
    pub(crate) async fn open(
        self: Arc<Self>,
        members: Arc<[Member]>,
    ) -> Result<Box<Link>, IngestError> {
        // Those that are no longer listed are left out, because some exchanges refuse a whole batch for
        // one unknown market. With nothing listed at all, the last list is as good as any.
        let listed = |(position, member): (usize, &Member)| member.listed.then_some(position);
        let mut positions: Arc<[usize]> = members.iter().enumerate().filter_map(listed).collect();
        if positions.is_empty() {
            positions = (0..members.len()).collect();
        }
        let listings: Vec<Listing> = positions
            .iter()
            .filter_map(|&position| members.get(position))
            .map(|member| Listing::clone(&member.listing))
            .collect();
        self.pace.turn().await;
        let opened = self.connect(&listings, positions).await;
        if let Some(peace) = opened.as_ref().err().and_then(IngestError::retry_after) {
            self.pace.hold(peace.min(Duration::from_secs(24 * 3_600)));
        }
        opened
    }

    async fn connect(
        &self,
        listings: &[Listing],
        positions: Arc<[usize]>,
    ) -> Result<Box<Link>, IngestError> {
        let timeout = self.config.connect_timeout;
        let url = match self.stream.opening(&self.site.endpoints, listings) {
            Opening::Connect(url) => url,
            Opening::Ask(request) => {
                let limits = FetchLimits {
                    timeout,
                    max_bytes: ASK_MAX_BYTES,
                };
                let answer = self.site.http.fetch(&request, limits).await?;
                self.stream
                    .stream_url(&answer)
                    .map_err(|source| IngestError::Answer {
                        endpoint: endpoint_for_people(&request.url),
                        source,
                    })?
            }
        };
        let limit = Some(self.facts().limits.max_frame_bytes);
        let config = WebSocketConfig::default()
            .max_message_size(limit)
            .max_frame_size(limit);
        let connecting = tokio_tungstenite::connect_async_tls_with_config(
            url.as_str(),
            Some(config),
            // Subscriptions and answers are small and should leave at once.
            true,
            Some(Connector::Rustls(Arc::clone(&self.tls))),
        );
        let (socket, _) = tokio::time::timeout(timeout, connecting)
            .await
            .map_err(|_| IngestError::TimedOut {
                endpoint: endpoint_for_people(&url),
                after: timeout,
            })?
            .map_err(|error| refused(&url, error))?;
        let session = self.stream.open(listings);
        let link = Link::new(socket, session, positions, self.facts());
        Ok(Box::new(link))
    }
}

fn refused(url: &str, error: tungstenite::Error) -> IngestError {
    let endpoint = endpoint_for_people(url);
    match error {
        tungstenite::Error::Http(response) => IngestError::Status {
            endpoint,
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
        },
        other => IngestError::Unreachable {
            endpoint,
            source: Box::new(other),
        },
    }
}
