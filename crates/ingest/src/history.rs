//! Historic candles over HTTP, for back-fill and the command line.
//!
//! Owns the paging, the retries and the cut at the present; which requests and what answers mean is the
//! adapters', pace and budget are `site`'s. Every method may be dropped at any await: a turn that is not
//! used goes to the next in line, and a query that was sent stays counted.

use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Interval, VenueCandle};
use parallax::catalogue::Catalogue;
use parallax::fact::QueryBudget;
use parallax::market::Listing;
use parallax::time::{Clock, Timestamp};
use parallax::venue::VenueId;
use parallax_venues::spec::{CandlePage, CandleQuery, Kind, Recovery, Request};
use tokio::sync::{Notify, watch};

use crate::backoff::Attempts;
use crate::codes::Codes;
use crate::config::{IngestConfig, VenueConfig};
use crate::discovery::discover;
use crate::error::IngestError;
use crate::guard::Guard;
use crate::http::{FetchLimits, HttpClient};
use crate::ledger::{Ledger, Purpose};
use crate::reach::{Reach, Reaches};
use crate::site::Site;

/// A candle counts as finished this long after its interval: the venue's clock may be behind ours, and
/// its last trades may take a moment to be counted.
const SETTLING: Duration = Duration::from_secs(5);

/// No venue's answer is read page by page for longer than this, whatever it says.
const MAX_PAGES: usize = 100_000;

/// Why there are no candles.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The venue is not among those configured.
    #[error("{0} is not a venue in use")]
    UnknownVenue(VenueId),
    /// The venue has no candles of that length.
    #[error("{venue} has no candles of {}", .interval.as_str())]
    NoCandles {
        /// The venue.
        venue: VenueId,
        /// The length.
        interval: Interval,
    },
    /// The venue was asked and did not give them, or must not be asked now.
    #[error(transparent)]
    Venue(#[from] IngestError),
}

impl HistoryError {
    /// Whether the same call can succeed later without anybody mending something first.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnknownVenue(_) | Self::NoCandles { .. } => false,
            Self::Venue(error) => error.is_retryable(),
        }
    }

    /// How long to wait at least before the same call, where the venue or the budget says so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::UnknownVenue(_) | Self::NoCandles { .. } => None,
            Self::Venue(error) => error.retry_after(),
        }
    }
}

/// The past of all venues. Cheap to clone; clones share the venues' pace, pauses and budgets, also with
/// the connections of [`crate::start`] when it comes from [`crate::IngestHandle::history`].
#[derive(Clone)]
pub struct History {
    sites: Arc<[Arc<Site>]>,
    config: Arc<IngestConfig>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.sites.iter().map(|site| &site.id))
            .finish()
    }
}

impl History {
    /// Without connections, for the command line.
    ///
    /// # Errors
    /// [`IngestError::VenueId`], [`IngestError::Tls`] or [`IngestError::Client`]: mistakes of the
    /// program or its build.
    pub fn new(
        config: IngestConfig,
        venues: Vec<VenueConfig>,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, IngestError> {
        let http = HttpClient::new()?;
        let sites: Result<Vec<_>, _> = venues
            .into_iter()
            .map(|venue| site(venue, &config, &catalogue.borrow(), &clock, &http).map(Arc::new))
            .collect();
        Ok(Self::of(sites?, Arc::new(config), catalogue, clock))
    }

    pub(crate) fn of(
        sites: Vec<Arc<Site>>,
        config: Arc<IngestConfig>,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sites: sites.into(),
            config,
            catalogue,
            clock,
        }
    }

    /// The venues, in the order of the configuration.
    pub fn venues(&self) -> impl Iterator<Item = &VenueId> {
        self.sites.iter().map(|site| &site.id)
    }

    /// Whether the venue is in use and has candles of that length.
    #[must_use]
    pub fn supports(&self, venue: &VenueId, interval: Interval) -> bool {
        self.site(venue).is_ok_and(|site| has(site, interval))
    }

    /// What the venue was asked this month; `None` for one that does not bill queries.
    #[must_use]
    pub fn budget(&self, venue: &VenueId) -> Option<QueryBudget> {
        self.site(venue).ok()?.ledger.as_ref().map(Ledger::budget)
    }

    /// The candles of one market that open within `[from, until)` and are finished now, oldest first,
    /// in the market's quote asset. An interval in which nothing happened is absent, and so is what the
    /// venue no longer has (Kraken keeps 720).
    ///
    /// # Errors
    /// [`HistoryError`]. What was fetched before the error is not returned; ask for shorter ranges to
    /// keep it.
    pub async fn candles(
        &self,
        listing: &Listing,
        interval: Interval,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<VenueCandle>, HistoryError> {
        let site = self.site(&listing.venue)?;
        if !has(site, interval) {
            return Err(HistoryError::NoCandles {
                venue: site.id.clone(),
                interval,
            });
        }
        let step = interval.duration();
        let finished = self.clock.now().utc.minus(SETTLING).floor(step);
        let mut query = CandleQuery {
            listing,
            interval,
            from,
            until: until.min(finished),
        };
        let mut candles: Vec<VenueCandle> = Vec::new();
        for _ in 0..MAX_PAGES {
            let reach = site.reaches.now();
            let Some(request) = site.adapter.candles(&reach.endpoints, &query) else {
                break;
            };
            let page = self.page((site, &reach), &query, &request).await?;
            candles.extend(page.candles);
            if page.settled_until <= query.from || page.settled_until >= query.until {
                break;
            }
            query.from = page.settled_until;
        }
        Ok(candles)
    }

    /// The venue's markets that are watched: the exchange is asked; for a chain they are the
    /// catalogue's tokens with a contract on it.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub async fn discover(&self, venue: &VenueId) -> Result<Vec<Arc<Listing>>, HistoryError> {
        let site = self.site(venue)?;
        let found = discover(site, &self.catalogue, &self.config).await?;
        Ok(found.listings.into_iter().map(Arc::new).collect())
    }

    fn site(&self, venue: &VenueId) -> Result<&Site, HistoryError> {
        self.sites
            .iter()
            .find(|site| site.id == *venue)
            .map(AsRef::as_ref)
            .ok_or_else(|| HistoryError::UnknownVenue(venue.clone()))
    }

    /// One page, asked for again after a passing fault.
    async fn page(
        &self,
        (site, reach): (&Site, &Reach),
        query: &CandleQuery<'_>,
        request: &Request,
    ) -> Result<CandlePage, IngestError> {
        let config = &self.config.history;
        let limits = FetchLimits {
            timeout: match site.adapter.kind() {
                Kind::Poll(poll) => poll.facts().timeout,
                Kind::Stream(_) => config.timeout,
            },
            max_bytes: config.max_bytes,
        };
        let mut attempts = Attempts::new(self.config.backoff);
        let mut left = config.attempts.max(1);
        loop {
            let read = |body: &[u8]| site.adapter.parse_candles(query, body);
            let answer = site
                .ask(
                    reach,
                    request,
                    limits,
                    config.patience,
                    Purpose::BackFill,
                    read,
                )
                .await;
            left -= 1;
            match answer {
                Err(error)
                    if left > 0
                        && error.recovery() == Recovery::Soon
                        && !matches!(error, IngestError::Paused { .. }) =>
                {
                    tracing::debug!(
                        venue.id = %site.id,
                        market.symbol = %query.listing.symbol,
                        error = %error,
                        "candles were not had; asking again"
                    );
                    // A pause the venue asked for is waited for at the host, within our patience.
                    tokio::time::sleep(attempts.next_delay(None)).await;
                }
                answer => return answer,
            }
        }
    }
}

fn has(site: &Site, interval: Interval) -> bool {
    site.adapter
        .descriptor()
        .candle_intervals
        .contains(&interval)
}

/// One venue as something to ask.
pub(crate) fn site(
    venue: VenueConfig,
    config: &IngestConfig,
    catalogue: &Catalogue,
    clock: &Arc<dyn Clock>,
    http: &HttpClient,
) -> Result<Site, IngestError> {
    let descriptor = venue.adapter.descriptor();
    let id = VenueId::new(descriptor.id).map_err(IngestError::VenueId)?;
    let ledger = match venue.adapter.kind() {
        Kind::Stream(_) => None,
        Kind::Poll(poll) => {
            let markets = poll.markets(catalogue);
            let queries = poll.ask(&venue.endpoints, &markets, clock.now().utc).len();
            Some(Ledger::new(
                Arc::clone(clock),
                config.polling.monthly_queries,
                config.polling.every,
                u64::try_from(queries).unwrap_or(u64::MAX),
                venue.usage.as_ref().filter(|usage| usage.venue == id),
            ))
        }
    };
    let guard = (!config.private_addresses).then(Guard::new);
    let reaches = Reaches::new(venue.endpoints, http.clone(), guard);
    if let Some(switch) = &venue.switch {
        reaches.set(switch.borrow().addresses.as_deref())?;
    }
    Ok(Site {
        id,
        adapter: venue.adapter,
        reaches,
        host: crate::host::Host::new(config.history.request_gap.unwrap_or(descriptor.request_gap)),
        ledger,
        codes: Codes::default(),
        ask_again: Notify::new(),
    })
}
