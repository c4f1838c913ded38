//! One token's past: what is missing, what the venues say of it, and the candles that come of that.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series, Source};
use parallax::catalogue::Catalogue;
use parallax::market::Listing;
use parallax::time::{Clock, Timestamp};
use parallax::token::TokenId;
use parallax::venue::VenueId;
use parallax_ingest::History;
use parallax_pricing::candles::{HistoryMerger, windows};
use parallax_pricing::{HistoricRoute, Policy, PolicyError, Routes};
use parallax_store::{Store, StoreError};
use tokio::sync::watch;

use super::Listings;
use super::asking::{Answer, Memory};
use super::holes::{Bars, Span, around, holes};

/// A venue that bills its queries is asked for the same market again at most this often: it is polled for
/// the present anyway.
const BILLED_AGAIN: Duration = Duration::from_secs(86_400);
/// How long after its end a bar is asked for: venues take a moment to finish theirs.
const SETTLING: Duration = Duration::from_secs(20);
/// Bars read at once; more than any span that is repaired at once has.
const ALL: u32 = 100_000;

/// What came of repairing one token.
#[derive(Debug, Default)]
pub struct Repaired {
    /// New and repaired candles, in no particular order.
    pub candles: Vec<Candle>,
    /// Why it is not all there could be: asking again later may give more.
    pub error: Option<String>,
}

/// One venue's part in a token's past.
#[derive(Debug)]
struct VenuePart {
    series: Series,
    held: Bars,
    missing: Vec<Timestamp>,
    markets: Vec<Candidate>,
}

/// Completes the past of one token at a time.
pub struct Repairer {
    store: Arc<dyn Store>,
    pub(super) history: History,
    listings: Listings,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    /// By the catalogue that was in force when the round began.
    routes: Mutex<Arc<Routes>>,
    merger: Mutex<HistoryMerger>,
    pub(super) memory: Mutex<Memory>,
    pub(super) clock: Arc<dyn Clock>,
    /// A venue that bills its queries is asked about the same market again at most this often.
    pub(super) billed_again: Duration,
}

/// A market and what it prices.
pub(super) type Candidate = (Arc<Listing>, HistoricRoute);

impl Repairer {
    /// Joins what is needed: where candles are, who is asked, for which markets, and how they are merged.
    ///
    /// # Errors
    /// [`PolicyError`] when a threshold is out of its bounds.
    pub fn new(
        store: Arc<dyn Store>,
        history: History,
        listings: Listings,
        catalogue: watch::Receiver<Arc<Catalogue>>,
        policy: &Policy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PolicyError> {
        let routes = Arc::new(Routes::new(catalogue.borrow().tokens()));
        Ok(Self {
            store,
            history,
            listings,
            routes: Mutex::new(routes),
            catalogue,
            merger: Mutex::new(HistoryMerger::new(policy)?),
            memory: Mutex::default(),
            clock,
            billed_again: BILLED_AGAIN,
        })
    }

    /// The same for somebody who waits for it: venues that bill their queries are asked whenever it helps.
    #[must_use]
    pub const fn on_demand(mut self) -> Self {
        self.billed_again = Duration::ZERO;
        self
    }

    /// The tokens whose candles convert those of `token`, in the order in which they must be repaired.
    #[must_use]
    pub fn conversions(&self, token: &TokenId) -> Vec<TokenId> {
        let known = self.routes();
        let routes: Vec<HistoricRoute> = self
            .listings
            .all()
            .iter()
            .filter_map(|listing| known.of(listing))
            .collect();
        let mut needed: Vec<&TokenId> = vec![token];
        let mut position = 0;
        while let Some(&next) = needed.get(position) {
            for route in routes.iter().filter(|route| route.token == *next) {
                if let Some(through) = &route.through
                    && !needed.contains(&through)
                {
                    needed.push(through);
                }
            }
            position += 1;
        }
        let order = known.order().iter();
        order
            .filter(|id| *id != token && needed.contains(id))
            .cloned()
            .collect()
    }

    /// The markets it asks about.
    #[must_use]
    pub const fn listings(&self) -> &Listings {
        &self.listings
    }

    /// The venues whose markets are known soon after the start: those that do not bill each question.
    #[must_use]
    pub fn exchanges(&self) -> Vec<VenueId> {
        let venues = self.history.venues();
        venues
            .filter(|venue| self.history.budget(venue).is_none())
            .cloned()
            .collect()
    }

    pub(super) fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A new round, by the catalogue in force: venues that failed in the last one are asked again.
    pub fn begin(&self) {
        let routes = Arc::new(Routes::new(self.catalogue.borrow().tokens()));
        *self.routes.lock().unwrap_or_else(PoisonError::into_inner) = routes;
        self.with(|memory| {
            memory.failed.clear();
            memory.rates.clear();
        });
    }

    /// The tokens that markets price: those that convert others, in the order in which they must be
    /// repaired, and the rest.
    #[must_use]
    pub fn tokens(&self) -> (Vec<TokenId>, Vec<TokenId>) {
        let (listings, known) = (self.listings.all(), self.routes());
        let priced: HashSet<TokenId> = listings
            .iter()
            .filter_map(|listing| known.of(listing))
            .map(|route| route.token)
            .collect();
        let order = known.order().iter();
        order
            .filter(|&token| priced.contains(token))
            .cloned()
            .partition(|token| known.is_base(token))
    }

    /// Completes the candles of `token` that open in `[from, until)`; with hours also the days they
    /// belong to. Nothing is stored: that is for the caller.
    pub async fn repair(
        &self,
        token: &TokenId,
        interval: Interval,
        from: Timestamp,
        until: Timestamp,
    ) -> Repaired {
        let settled = self.clock.now().utc.minus(SETTLING);
        let until = until.min(settled).floor(interval.duration());
        let mut repaired = Repaired::default();
        let result = match interval {
            Interval::Minute => {
                self.minutes(token, Span { from, until }, &mut repaired)
                    .await
            }
            Interval::Hour | Interval::Day => {
                let from = from.floor(Interval::Hour.duration());
                self.hours(token, Span { from, until }, &mut repaired).await
            }
        };
        if let Err(error) = result {
            repaired.error = Some(format!("{token}: the database could not be read: {error}"));
        }
        repaired
    }

    async fn minutes(
        &self,
        token: &TokenId,
        span: Span,
        repaired: &mut Repaired,
    ) -> Result<(), StoreError> {
        let series = Series::index(token.clone(), Interval::Minute);
        let held = self.read(&series, span).await?;
        let missing = holes(&held, Interval::Minute, span);
        if let Some(wanted) = around(&missing, Interval::Minute) {
            let markets = self.markets(token, Interval::Minute);
            let answer = self.ask(&markets, Interval::Minute, wanted).await?;
            repaired.error = answer.error;
            let made = self
                .index_candles(&series, &missing, &held, &answer.bars)
                .await?;
            self.remember_rates(token, Interval::Minute, &made);
            repaired.candles.extend(made);
        }
        Ok(())
    }

    async fn hours(
        &self,
        token: &TokenId,
        span: Span,
        repaired: &mut Repaired,
    ) -> Result<(), StoreError> {
        let mut parts: BTreeMap<VenueId, VenuePart> = BTreeMap::new();
        for (listing, route) in self.markets(token, Interval::Hour) {
            if !parts.contains_key(&listing.venue) {
                let series = Series {
                    token: token.clone(),
                    source: Source::Venue(listing.venue.clone()),
                    interval: Interval::Hour,
                };
                let held = self.read(&series, span).await?;
                let part = VenuePart {
                    missing: holes(&held, Interval::Hour, span),
                    series,
                    held,
                    markets: Vec::new(),
                };
                parts.insert(listing.venue.clone(), part);
            }
            if let Some(part) = parts.get_mut(&listing.venue) {
                part.markets.push((listing, route));
            }
        }
        let answers = join_all(parts.values().map(async |part| {
            match around(&part.missing, Interval::Hour) {
                Some(wanted) => self.ask(&part.markets, Interval::Hour, wanted).await,
                None => Ok(Answer::default()),
            }
        }))
        .await;
        let mut bars: Vec<(VenueId, Bar)> = Vec::new();
        for ((venue, mut part), answer) in parts.into_iter().zip(answers) {
            let answer = answer?;
            repaired.error = repaired.error.take().or(answer.error);
            let made = self.venue_candles(&part, &answer.bars);
            take_over(&mut part.held, &made);
            self.days(&part.series, &part.held, span, repaired).await?;
            repaired.candles.extend(made);
            bars.extend(part.held.into_values().map(|bar| (venue.clone(), bar)));
        }

        let series = Series::index(token.clone(), Interval::Hour);
        let mut held = self.read(&series, span).await?;
        let missing = holes(&held, Interval::Hour, span);
        let made = self.index_candles(&series, &missing, &held, &bars).await?;
        take_over(&mut held, &made);
        self.days(&series, &held, span, repaired).await?;
        self.remember_rates(token, Interval::Hour, &made);
        repaired.candles.extend(made);
        Ok(())
    }

    /// The markets that price `token` and whose venue has candles of that length.
    fn markets(&self, token: &TokenId, interval: Interval) -> Vec<Candidate> {
        let (listings, known) = (self.listings.all().into_iter(), self.routes());
        listings
            .filter(|listing| self.history.supports(&listing.venue, interval))
            .filter_map(|listing| {
                let route = known.of(&listing)?;
                (route.token == *token).then_some((listing, route))
            })
            .collect()
    }

    /// A venue's candles for the missing hours: one of all its markets.
    fn venue_candles(&self, part: &VenuePart, bars: &[(VenueId, Bar)]) -> Vec<Candle> {
        let merged = self.merge(&part.missing, bars);
        let candle = |mut bar: Bar| {
            bar.revision = next_revision(&part.held, bar.open_time);
            Candle {
                series: part.series.clone(),
                bar,
            }
        };
        merged.into_iter().map(candle).collect()
    }

    /// The index candles for what is missing of a series, out of the venues' bars.
    async fn index_candles(
        &self,
        series: &Series,
        missing: &[Timestamp],
        held: &Bars,
        bars: &[(VenueId, Bar)],
    ) -> Result<Vec<Candle>, StoreError> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let first_held = self
            .store
            .candle_span(series)
            .await?
            .map(|(first, _)| first);
        let candle = |mut bar: Bar| {
            // Before the first bar nothing was missed: nobody was looking.
            if first_held.is_some_and(|first| first <= bar.open_time) {
                bar.kind = CandleKind::Repaired;
            }
            bar.revision = next_revision(held, bar.open_time);
            Candle {
                series: series.clone(),
                bar,
            }
        };
        Ok(self.merge(missing, bars).into_iter().map(candle).collect())
    }

    /// One bar for each of the open times that any venue has one for.
    fn merge(&self, open_times: &[Timestamp], bars: &[(VenueId, Bar)]) -> Vec<Bar> {
        let mut by_time: BTreeMap<Timestamp, Vec<(VenueId, Bar)>> = BTreeMap::new();
        for (venue, bar) in bars {
            let entry = by_time.entry(bar.open_time).or_default();
            entry.push((venue.clone(), bar.clone()));
        }
        let mut merger = self.merger.lock().unwrap_or_else(PoisonError::into_inner);
        open_times
            .iter()
            .filter_map(|open_time| merger.merge(by_time.get(open_time)?))
            .collect()
    }

    /// The days of `span` that are over, joined of their hours, where that gives more than is stored.
    async fn days(
        &self,
        series: &Series,
        held: &Bars,
        span: Span,
        repaired: &mut Repaired,
    ) -> Result<(), StoreError> {
        let day = Interval::Day.duration();
        let over = Span {
            from: span.from.floor(day),
            until: span.until.floor(day),
        };
        if over.from >= over.until {
            return Ok(());
        }
        let days = Series {
            interval: Interval::Day,
            ..series.clone()
        };
        let stored = self.read(&days, over).await?;
        for open_time in holes(&stored, Interval::Day, over) {
            let of_day = Span {
                from: open_time,
                until: open_time.plus(day),
            };
            let mut hours = self.read(series, of_day).await?;
            let known = held.range(of_day.from..of_day.until);
            hours.extend(known.map(|(at, bar)| (*at, bar.clone())));
            let hours: Vec<Bar> = hours.into_values().collect();
            let joined = windows(
                &hours,
                Interval::Hour,
                of_day.from,
                day,
                of_day.until,
                of_day.until,
            );
            let Some(mut bar) = joined.into_iter().find_map(|window| window.bar) else {
                continue;
            };
            bar.revision = next_revision(&stored, open_time);
            let is_more = stored
                .get(&open_time)
                .is_none_or(|known| known.minutes < bar.minutes);
            if is_more {
                repaired.candles.push(Candle {
                    series: days.clone(),
                    bar,
                });
            }
        }
        Ok(())
    }

    pub(super) async fn read(&self, series: &Series, span: Span) -> Result<Bars, StoreError> {
        let bars = self
            .store
            .candles(series, span.from, span.until, ALL)
            .await?;
        Ok(bars.into_iter().map(|bar| (bar.open_time, bar)).collect())
    }
}

fn next_revision(held: &Bars, open_time: Timestamp) -> u32 {
    held.get(&open_time)
        .map_or(0, |bar| bar.revision.saturating_add(1))
}

pub(super) fn take_over(bars: &mut Bars, candles: &[Candle]) {
    bars.extend(
        candles
            .iter()
            .map(|candle| (candle.bar.open_time, candle.bar.clone())),
    );
}
