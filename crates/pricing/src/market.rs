//! What the engine keeps of one market: its listing, its last quote and figures, and its standing with
//! the rules that remember.

use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::event::{Quote, Ticker};
use parallax::index::Rule;
use parallax::market::{Listing, MarketKey};
use parallax::time::{Moment, Monotonic, Timestamp};

use crate::conversion::Route;
use crate::outliers::Outlier;
use crate::policy::Limits;

/// A quote and when it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    /// A price without a book stands on both sides.
    pub(crate) quote: Quote,
    pub(crate) at: Moment,
    /// Set for a price without a book.
    pub(crate) spot: Option<Spot>,
}

/// What is special about a price without a book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    /// When it was true, by the chain's clock.
    pub(crate) observed_at: Timestamp,
    /// How old it was when it came.
    lag: Duration,
}

impl Received {
    /// Since it was received; for a price of a chain, since it was true there.
    pub(crate) fn age(&self, now: Moment) -> Duration {
        let lag = self.spot.map_or(Duration::ZERO, |spot| spot.lag);
        now.since(self.at).saturating_add(lag)
    }

    /// The moment from which the age counts.
    pub(crate) fn confirmed(&self) -> Moment {
        self.spot.map_or(self.at, |spot| Moment {
            utc: spot.observed_at,
            monotonic: self.at.monotonic.minus(spot.lag),
        })
    }
}

/// The volume of 24 hours in USD, as last computed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Volume {
    /// For readers, in cents.
    pub(crate) usd: Option<Quantity>,
    /// For the weight, in whole dollars.
    pub(crate) dollars: Option<u64>,
    /// Whether new figures wait to be converted.
    pub(crate) is_due: bool,
}

/// What readers were last told about the market, to tell whether there is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) bid: Option<Price>,
    pub(crate) ask: Option<Price>,
    pub(crate) excluded: Option<Rule>,
}

/// One market of a token.
#[derive(Debug)]
pub(crate) struct MarketState {
    pub(crate) key: MarketKey,
    pub(crate) listing: Listing,
    pub(crate) route: Route,
    /// The venue's limit on a quote's age.
    pub(crate) venue_max_age: Duration,
    /// The shorter of the venue's limit and the policy's for this kind of price.
    pub(crate) max_age: Duration,
    /// The number of the market's venue among the venues of the token.
    pub(crate) venue: usize,
    pub(crate) received: Option<Received>,
    /// Since when the last quote must not be used.
    pub(crate) withdrawn: Option<Moment>,
    /// Since when bid and ask have been equal.
    pub(crate) locked_since: Option<Monotonic>,
    ticker: Option<(Ticker, Moment)>,
    pub(crate) volume: Volume,
    /// Whether the market was an outlier when it was last judged.
    pub(crate) is_outlier: bool,
    pub(crate) shown: Shown,
    /// The verdict of the latest computation: why the market was left out, `None` when it was not.
    pub(crate) verdict: Option<Rule>,
    /// Why it is an outlier, which only the computation knows.
    pub(crate) outlier: Option<Outlier>,
    /// Its part in the latest computation, when it had one.
    pub(crate) part: Part,
}

/// A market's part in a computation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Part {
    pub(crate) mid_usd: Option<Decimal>,
    /// In millionths of the whole.
    pub(crate) weight_millionths: Option<u64>,
}

impl MarketState {
    pub(crate) fn new(
        key: MarketKey,
        listing: Listing,
        route: Route,
        venue_max_age: Duration,
        limits: &Limits,
    ) -> Self {
        Self {
            key,
            listing,
            route,
            venue_max_age,
            max_age: venue_max_age.min(limits.max_quote_age),
            venue: 0,
            received: None,
            withdrawn: None,
            locked_since: None,
            ticker: None,
            volume: Volume::default(),
            is_outlier: false,
            shown: Shown::default(),
            verdict: None,
            outlier: None,
            part: Part::default(),
        }
    }

    /// Takes a quote, unless it was received before the one at hand: two connections may overlap.
    pub(crate) fn take_quote(&mut self, quote: Quote, at: Moment) -> bool {
        self.take(quote, at, None)
    }

    fn take(&mut self, quote: Quote, at: Moment, spot: Option<Spot>) -> bool {
        if self
            .received
            .is_some_and(|last| at.monotonic < last.at.monotonic)
        {
            return false;
        }
        if self
            .withdrawn
            .is_some_and(|since| at.monotonic >= since.monotonic)
        {
            self.withdrawn = None;
        }
        self.locked_since = match self.locked_since {
            _ if spot.is_some() || quote.bid != quote.ask => None,
            Some(since) => Some(since),
            None => Some(at.monotonic),
        };
        self.received = Some(Received { quote, at, spot });
        true
    }

    /// Takes a price without a book that was true at `observed_at`, unless it was received before the one
    /// at hand.
    pub(crate) fn take_spot(
        &mut self,
        price: Price,
        observed_at: Timestamp,
        at: Moment,
        max_age: Duration,
    ) -> bool {
        self.max_age = self.venue_max_age.min(max_age);
        let quote = Quote {
            bid: price,
            ask: price,
            bid_size: None,
            ask_size: None,
        };
        let lag = at.utc.since(observed_at);
        self.take(quote, at, Some(Spot { observed_at, lag }))
    }

    pub(crate) fn is_spot(&self) -> bool {
        self.received
            .is_some_and(|received| received.spot.is_some())
    }

    /// Takes 24-hour figures, unless they were received before those at hand.
    pub(crate) fn take_ticker(&mut self, ticker: &Ticker, at: Moment) -> bool {
        if self
            .ticker
            .is_some_and(|(_, last)| at.monotonic < last.monotonic)
        {
            return false;
        }
        self.ticker = Some((*ticker, at));
        self.volume.is_due = true;
        true
    }

    /// What readers see of the market now.
    pub(crate) fn visible(&self) -> Shown {
        Shown {
            bid: self.received.map(|received| received.quote.bid),
            ask: self.received.map(|received| received.quote.ask),
            excluded: self.verdict,
        }
    }

    /// Converts the 24-hour figures, if new ones came. `rate` is the conversion leg's, `mid` the
    /// market's own in USD. The volume in the leg's asset is preferred: it does not depend on `mid`.
    pub(crate) fn convert_volume(&mut self, rate: Decimal, mid: Decimal) {
        let Some((ticker, _)) = self.ticker.filter(|_| self.volume.is_due) else {
            return;
        };
        let (in_leg, in_token) = match self.route {
            Route::Through { inverted: true, .. } => {
                (ticker.base_volume_24h, ticker.quote_volume_24h)
            }
            _ => (ticker.quote_volume_24h, ticker.base_volume_24h),
        };
        let usd = match (in_leg, in_token) {
            (Some(volume), _) => volume.get().checked_mul(rate),
            (None, Some(volume)) => volume.get().checked_mul(mid),
            (None, None) => None,
        }
        .map(|usd| usd.round_dp(2));
        self.volume = Volume {
            usd: usd.and_then(|usd| Quantity::new(usd).ok()),
            dollars: usd.map(|usd| u64::try_from(usd.trunc()).unwrap_or(u64::MAX)),
            is_due: false,
        };
    }
}
