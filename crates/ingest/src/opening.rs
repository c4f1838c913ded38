//! Opening a socket to a venue: its turn, what has to be asked first, the handshakes.
//!
//! Owns [`Venue`], what all connections to one streaming venue share. Called by the connection task.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use parallax::market::Listing;
use parallax::time::Clock;
use parallax_venues::spec::{Descriptor, Opening, Stream, StreamFacts};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tracing::field::Empty;
use tracing::{Instrument, debug_span};

use crate::config::IngestConfig;
use crate::error::{IngestError, endpoint_for_people};
use crate::guard::Guard;
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
        let span = debug_span!("connect", otel.kind = "client", otel.status_code = Empty, venue.id = %self.site.id);
        let connecting = self.connect(&listings, positions);
        let opened = connecting.instrument(span.clone()).await;
        if opened.is_err() {
            span.record("otel.status_code", "ERROR");
        }
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
        let reach = self.site.reaches.now();
        let mut guard = reach.stream_guard.as_ref();
        let url = match self.stream.opening(&reach.endpoints, listings) {
            Opening::Connect(url) => url,
            Opening::Ask(request) => {
                let limits = FetchLimits {
                    timeout,
                    max_bytes: ASK_MAX_BYTES,
                };
                let answer = reach.http.fetch(&request, limits).await?;
                guard = guard.or(reach.answer_guard.as_ref());
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
        let connector = Connector::Rustls(Arc::clone(&self.tls));
        let connecting = async {
            match guard {
                None => tokio_tungstenite::connect_async_tls_with_config(
                    url.as_str(),
                    Some(config),
                    // Subscriptions and answers are small and should leave at once.
                    true,
                    Some(connector),
                )
                .await
                .map_err(|error| refused(&url, error)),
                Some(guard) => connect_guarded(guard, &url, config, connector).await,
            }
        };
        let connected = tokio::time::timeout(timeout, connecting).await;
        let (socket, _) = connected.map_err(|_| IngestError::TimedOut {
            endpoint: endpoint_for_people(&url),
            after: timeout,
        })??;
        let session = self.stream.open(listings);
        let link = Link::new(socket, session, positions, self.facts());
        Ok(Box::new(link))
    }
}

/// Connects to one of the very addresses that the guard has judged; TLS and the handshake still name the host.
async fn connect_guarded(
    guard: &Guard,
    url: &str,
    config: WebSocketConfig,
    connector: Connector,
) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response), IngestError> {
    let unreachable = |source: Box<dyn StdError + Send + Sync>| IngestError::Unreachable {
        endpoint: endpoint_for_people(url),
        source,
    };
    let addresses = guard.addresses(url, "wss").await;
    let addresses = addresses.map_err(|error| unreachable(error.into()))?;
    let socket = TcpStream::connect(addresses.as_slice()).await;
    let socket = socket.map_err(|error| unreachable(error.into()))?;
    // As above.
    socket
        .set_nodelay(true)
        .map_err(|error| unreachable(error.into()))?;
    tokio_tungstenite::client_async_tls_with_config(url, socket, Some(config), Some(connector))
        .await
        .map_err(|error| refused(url, error))
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
