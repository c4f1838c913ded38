//! One venue that is polled, `venue/0`: asked, read, asked again, until shutdown.
//!
//! Owns when to ask and what to report; what to ask and what an answer means is the adapter's, pace and
//! budget are `site`'s. A failed poll withdraws nothing: a price carries its block's time and ages from
//! there. Spawned by [`crate::start`].

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source, VenueCandle};
use parallax::catalogue::Catalogue;
use parallax::connection::ConnectionState;
use parallax::event::{MarketEvent, MarketUpdate};
use parallax::fact::TokenFacts;
use parallax::market::{Listing, MarketKey};
use parallax::time::{Clock, Moment, Timestamp};
use parallax::token::TokenId;
use parallax_venues::spec::{Answer, Observation, Poll, Recovery};
use rustc_hash::FxHashSet;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::backoff::Attempts;
use crate::codes::{Effect, polled_effect};
use crate::config::{Backoff, IngestConfig};
use crate::error::{IngestError, endpoint_for_people};
use crate::http::FetchLimits;
use crate::ledger::{Ledger, Purpose};
use crate::outbox::Outbox;
use crate::registry::{Member, Registry};
use crate::report::Reporter;
use crate::site::Site;
use crate::survey::Survey;

/// A fault that lasts for hours to days is looked at again after so many poll periods.
const LATE_PERIODS: u32 = 6;

/// A host that wants to be left alone for longer is reported as waiting, and not just waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The task of one polled venue.
pub(crate) struct Poller {
    site: Arc<Site>,
    poll: &'static dyn Poll,
    config: Arc<IngestConfig>,
    clock: Arc<dyn Clock>,
    sender: mpsc::Sender<MarketEvent>,
    /// For reports only: everything else waits for room, because no socket is left unread for it.
    outbox: Outbox,
    reporter: Reporter,
    attempts: Attempts,
    members: Vec<Member>,
    listings: Vec<Listing>,
    /// Markets that had a price once.
    listed: FxHashSet<MarketKey>,
    /// Markets with a price that is still good.
    priced: FxHashSet<MarketKey>,
    /// Tells the survey that a poll went well.
    polled: Arc<Notify>,
    shutdown: CancellationToken,
}

/// What follows a poll: the state until the next, and when that is.
type Pause = (ConnectionState, Option<Duration>);

impl Poller {
    pub(crate) fn new(
        site: Arc<Site>,
        poll: &'static dyn Poll,
        config: Arc<IngestConfig>,
        clock: Arc<dyn Clock>,
        sender: mpsc::Sender<MarketEvent>,
        shutdown: CancellationToken,
    ) -> Self {
        let reporter = Reporter::new(
            site.id.clone(),
            site.adapter.descriptor().name,
            0,
            endpoint_for_people(&site.reaches.now().endpoints.rest),
            Arc::clone(&clock),
        );
        // Every attempt costs a query, so the delays are long from the start.
        let backoff = Backoff {
            initial: config.polling.every / 20,
            max: config.polling.every,
            ..config.backoff
        };
        Self {
            outbox: Outbox::new(sender.clone()),
            attempts: Attempts::new(backoff),
            site,
            poll,
            config,
            clock,
            sender,
            reporter,
            members: Vec::new(),
            listings: Vec::new(),
            listed: FxHashSet::default(),
            priced: FxHashSet::default(),
            polled: Arc::default(),
            shutdown,
        }
    }

    /// Runs until shutdown.
    pub(crate) async fn run(
        mut self,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        registry: Arc<Registry>,
    ) {
        let shutdown = self.shutdown.clone();
        let survey = Survey {
            site: Arc::clone(&self.site),
            poll: self.poll,
            config: Arc::clone(&self.config),
            catalogue: catalogue.clone(),
            sender: self.sender.clone(),
            polled: Arc::clone(&self.polled),
        };
        let polling = async {
            let listings = self.markets(&catalogue.borrow());
            self.watch(listings, &registry);
            self.reporter
                .enter(ConnectionState::Connecting, &mut self.outbox);
            loop {
                // A panic in an adapter must not end more than this one poll.
                let (state, delay) = match AssertUnwindSafe(self.poll()).catch_unwind().await {
                    Ok(pause) => pause,
                    Err(payload) => self.failed(&IngestError::panicked(payload.as_ref())),
                };
                self.count_queries();
                self.reporter.rest(state, delay, &mut self.outbox);
                self.wait(delay).await;
                let listings = self.markets(&catalogue.borrow());
                // Where markets have gone or changed, `switch` is about to begin anew.
                if polled_effect(&self.listings, &listings) == Effect::More {
                    self.watch(listings, &registry);
                }
            }
        };
        let both = async {
            tokio::select! {
                never = polling => never,
                never = survey.run() => never,
            }
        };
        let _: Option<std::convert::Infallible> = shutdown.run_until_cancelled(both).await;
        self.reporter
            .enter(ConnectionState::Stopped, &mut self.outbox);
        // What cannot be sent in time belongs to a reader that has stopped reading.
        let _ = tokio::time::timeout(self.config.close_timeout, self.outbox.flush()).await;
    }

    fn markets(&self, catalogue: &Catalogue) -> Vec<Listing> {
        let mut listings = self.poll.markets(catalogue);
        listings.truncate(self.config.max_markets_per_venue);
        listings
    }

    /// These are the markets to ask for. Each is listed with its first price: the catalogue's contracts are only
    /// where one could be.
    fn watch(&mut self, listings: Vec<Listing>, registry: &Registry) {
        let member = |listing: &Listing| registry.member(listing.clone());
        self.members = listings.iter().map(member).collect();
        self.listings = listings;
        self.count_queries();
        self.reporter.report.markets = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
    }

    /// Asks once, and passes on what is answered.
    async fn poll(&mut self) -> Pause {
        let now = self.clock.now().utc;
        let reach = self.site.reaches.now();
        let requests = self.poll.ask(&reach.endpoints, &self.listings, now);
        let facts = self.poll.facts();
        let limits = FetchLimits {
            timeout: facts.timeout,
            max_bytes: facts.max_answer_bytes,
        };
        let mut oldest = None;
        for request in &requests {
            let read = |body: &[u8]| self.poll.parse_answer(&self.listings, body);
            let answer = self
                .site
                .ask(&reach, request, limits, PATIENCE, Purpose::Poll, read)
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => return self.failed(&error),
            };
            let received_at = self.clock.now();
            self.reporter.report.frames += 1;
            self.reporter.data(received_at);
            oldest = Some(oldest.map_or(answer.observed_at, |at: Timestamp| {
                at.min(answer.observed_at)
            }));
            self.pass_on(answer, received_at).await;
        }
        self.attempts.reset();
        self.polled.notify_one();
        self.count_lagging(oldest);
        (ConnectionState::Live, Some(self.config.polling.every))
    }

    /// Prices older than the venue's limit are no constituents: says so, because nothing else does.
    fn count_lagging(&mut self, observed_at: Option<Timestamp>) {
        let limit = self.site.adapter.descriptor().max_quote_age;
        let age = observed_at.map(|at| self.clock.now().utc.since(at));
        self.reporter.report.stalled_markets = 0;
        if let Some(age) = age.filter(|age| *age > limit) {
            self.reporter.report.stalled_markets = self.reporter.report.markets;
            let words = format!(
                "the venue lags: its newest block is {} min old, and prices older than {} min do not count",
                age.as_secs() / 60,
                limit.as_secs() / 60
            );
            tracing::warn!(venue.id = %self.site.id, block.age_s = age.as_secs(), "the venue lags");
            self.reporter.failed(words);
        }
    }

    fn failed(&mut self, error: &IngestError) -> Pause {
        let polling = self.config.polling;
        if let IngestError::Answer { source, .. } = error {
            let understood = matches!(
                source,
                parallax_venues::spec::DecodeError::Refused(_)
                    | parallax_venues::spec::DecodeError::TooMany(_)
                    | parallax_venues::spec::DecodeError::Unavailable { .. }
            );
            self.reporter.report.decode_errors += u64::from(!understood);
        }
        self.reporter.failed(error.to_string());
        let pause = match (error, error.recovery()) {
            // Nothing changes that before a restart.
            (IngestError::NoKey { .. } | IngestError::MalformedKey { .. }, _) => {
                (ConnectionState::Refused, None)
            }
            // At least a moment, so that a clock that jumps back does not make this spin.
            (IngestError::BudgetSpent { left, .. }, _) => (
                ConnectionState::Refused,
                Some((*left).max(Duration::from_secs(1))),
            ),
            (_, Recovery::Operator) => {
                let asked = error.retry_after().unwrap_or_default();
                (
                    ConnectionState::Refused,
                    Some(polling.refused_for.max(asked)),
                )
            }
            (_, Recovery::Late) => {
                let delay = self.attempts.next_delay(error.retry_after());
                let far = polling.every.saturating_mul(LATE_PERIODS);
                (ConnectionState::Waiting, Some(delay.max(far)))
            }
            (_, Recovery::Soon) => {
                let delay = self.attempts.next_delay(error.retry_after());
                let delay = delay.max(polling.every / 40);
                (ConnectionState::Waiting, Some(delay))
            }
        };
        let retry_s = pause.1.map(|delay| delay.as_secs());
        if pause.0 == ConnectionState::Refused {
            tracing::error!(venue.id = %self.site.id, error = %error, retry.delay_s = retry_s, "poll refused");
        } else {
            tracing::warn!(venue.id = %self.site.id, error = %error, retry.delay_s = retry_s, "poll failed");
        }
        pause
    }

    async fn pass_on(&mut self, answer: Answer, received_at: Moment) {
        let (block, observed_at) = (answer.block, answer.observed_at);
        for observation in answer.markets {
            let Some(member) = usize::try_from(observation.market)
                .ok()
                .and_then(|market| self.members.get(market))
                .cloned()
            else {
                continue;
            };
            if let Some(price) = observation.price {
                if self.listed.insert(member.key) {
                    self.send(MarketEvent::Listed {
                        key: member.key,
                        listing: Arc::clone(&member.listing),
                        max_quote_age: self.site.adapter.descriptor().max_quote_age,
                    })
                    .await;
                }
                self.priced.insert(member.key);
                self.send(MarketEvent::Update {
                    key: member.key,
                    received_at,
                    venue_time: Some(observed_at),
                    update: MarketUpdate::Spot(price),
                })
                .await;
            } else if self.priced.remove(&member.key) {
                // The venue says that there is no price any more; the last one must not live on.
                self.send(MarketEvent::Stalled {
                    key: member.key,
                    at: received_at,
                })
                .await;
            }
            let Some(token) = member.listing.market.base.token().cloned() else {
                continue;
            };
            let candles: Arc<[Candle]> = observation
                .hours
                .iter()
                .filter_map(|hour| self.hour(&token, hour, observed_at))
                .collect();
            let facts = self.facts(token, &observation, block, observed_at);
            self.send(MarketEvent::Facts(Arc::new(facts))).await;
            if !candles.is_empty() {
                self.send(MarketEvent::Candles(candles)).await;
            }
        }
    }

    fn facts(
        &self,
        token: TokenId,
        observation: &Observation,
        block: u64,
        observed_at: Timestamp,
    ) -> TokenFacts {
        TokenFacts {
            token,
            venue: self.site.id.clone(),
            total_supply: observation.total_supply,
            total_supply_reliable: observation.total_supply_reliable,
            volume_usd: observation.volume_usd,
            block,
            observed_at,
        }
    }

    /// The venue's candle of an hour as it stood at a block; `None` before its first minute is over.
    fn hour(&self, token: &TokenId, hour: &VenueCandle, observed_at: Timestamp) -> Option<Candle> {
        let seen = observed_at.since(hour.open_time).as_secs() / 60;
        let minutes = u32::try_from(seen)
            .unwrap_or(u32::MAX)
            .min(Interval::Hour.minutes());
        let volume_usd = hour.quote_volume.unwrap_or_default();
        (minutes > 0).then(|| Candle {
            series: Series {
                token: token.clone(),
                source: Source::Venue(self.site.id.clone()),
                interval: Interval::Hour,
            },
            bar: Bar {
                open_time: hour.open_time,
                open: hour.open,
                high: hour.high,
                low: hour.low,
                close: hour.close,
                confidence: None,
                volume_usd,
                trades: hour.trades,
                sources: 1,
                minutes,
                kind: if volume_usd.is_positive() {
                    CandleKind::Traded
                } else {
                    CandleKind::Filled
                },
                revision: 0,
            },
        })
    }

    fn count_queries(&mut self) {
        self.reporter.report.budget = self.site.ledger.as_ref().map(Ledger::budget);
    }

    /// Waits for room. A closed channel means that the reader has gone, and nobody misses the event.
    async fn send(&self, event: MarketEvent) {
        let _ = self.sender.send(event).await;
    }

    /// Waits, with the report going on: back-fill spends from the same budget. Ends early when there are markets that
    /// were not asked for yet.
    async fn wait(&mut self, delay: Option<Duration>) {
        let mut over = std::pin::pin!(async {
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => std::future::pending().await,
            }
        });
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut over => return,
                () = self.site.ask_again.notified() => return,
                () = self.outbox.flush(), if !self.outbox.is_empty() => {}
                _ = tick.tick() => {
                    self.count_queries();
                    self.reporter.tick(&mut self.outbox);
                }
            }
        }
    }
}
