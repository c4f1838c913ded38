//! The fixtures of one exchange: reads the folder `fixtures/<venue>/` and opens sessions on it.
//! Used by the suite and by the benchmark.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parallax::candle::Interval;
use parallax::market::{Asset, Listing, Market};
use parallax::time::Timestamp;
use parallax::token::Symbol;
use parallax::venue::VenueId;
use parallax_venues::ALL;
use parallax_venues::spec::{Adapter, CandleQuery, Kind, Session, SessionEvent, Stream};
use serde::Deserialize;

/// `venue.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    market: Vec<MarketFacts>,
    candles: Option<CandleFacts>,
    #[serde(default)]
    recording: Vec<Recording>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketFacts {
    symbol: String,
    base: Symbol,
    quote: Symbol,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CandleFacts {
    symbol: String,
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
}

/// What to expect of a recording of real messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    /// The file in the venue's folder of recordings.
    pub(crate) file: String,
    /// Only lines whose name or URL contains this.
    pub(crate) only: Option<String>,
    /// The markets to open a session for.
    #[serde(default)]
    pub(crate) symbols: Vec<String>,
    /// At least so many quotes are decoded.
    #[serde(default)]
    pub(crate) quotes: usize,
    /// At least so many trades.
    #[serde(default)]
    pub(crate) trades: usize,
    /// At least so many 24-hour figures.
    #[serde(default)]
    pub(crate) tickers: usize,
    /// The lines are answers to discovery, with so many markets open for trading.
    pub(crate) markets: Option<usize>,
    /// The lines are answers to a query for candles, with at least so many in all.
    pub(crate) candles: Option<usize>,
}

/// Everything in one venue's folder.
pub(crate) struct Fixture {
    /// The exchange.
    pub(crate) adapter: &'static dyn Adapter,
    /// The part of it that streams.
    pub(crate) stream: &'static dyn Stream,
    /// Its id.
    pub(crate) venue: &'static str,
    /// `fixtures/<venue>`.
    pub(crate) folder: PathBuf,
    /// The markets the frames are about.
    pub(crate) markets: Vec<Listing>,
    /// `frames.jsonl`: one frame a line.
    pub(crate) frames: Vec<String>,
    /// The recordings that apply.
    pub(crate) recordings: Vec<Recording>,
    candles: Option<CandleFacts>,
}

/// The fixtures of every exchange there is. Venues that are polled have theirs in `polling`.
pub(crate) fn all() -> impl Iterator<Item = Fixture> {
    ALL.iter().filter_map(|adapter| match adapter.kind() {
        Kind::Stream(stream) => Some(Fixture::of(*adapter, stream)),
        Kind::Poll(_) => None,
    })
}

/// The folder that holds the venues' folders.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A market of that exchange that no catalogue knows.
pub(crate) fn listing(venue: &str, symbol: &str, base: &Symbol, quote: &Symbol) -> Listing {
    let venue = VenueId::new(venue).unwrap();
    let asset = |code: &Symbol| Asset::Unlisted {
        venue: venue.clone(),
        code: code.clone(),
    };
    Listing {
        symbol: Arc::from(symbol),
        base_code: base.clone(),
        quote_code: quote.clone(),
        market: Market {
            base: asset(base),
            quote: asset(quote),
        },
        venue: venue.clone(),
    }
}

impl Fixture {
    fn of(adapter: &'static dyn Adapter, stream: &'static dyn Stream) -> Self {
        let venue = adapter.descriptor().id;
        let folder = root().join(venue);
        let path = folder.join("venue.toml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{venue} has no fixtures: {}: {error}", path.display()));
        let facts: Facts =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let markets = facts
            .market
            .iter()
            .map(|market| listing(venue, &market.symbol, &market.base, &market.quote))
            .collect();
        let frames = lines(&folder, "frames.jsonl");
        assert!(
            !frames.is_empty(),
            "{venue}: frames.jsonl is missing or empty"
        );
        Self {
            adapter,
            stream,
            venue,
            folder,
            markets,
            frames,
            recordings: facts.recording,
            candles: facts.candles,
        }
    }

    /// The frames that must be refused, from `malformed.jsonl`.
    pub(crate) fn malformed(&self) -> Vec<String> {
        lines(&self.folder, "malformed.jsonl")
    }

    /// A whole file of the folder; `None` when it is not there.
    pub(crate) fn file(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(name)).ok()
    }

    /// The query that `candles.json` answers.
    pub(crate) fn candle_query(&self) -> Option<CandleQuery<'_>> {
        let facts = self.candles.as_ref()?;
        let listing = self
            .markets
            .iter()
            .find(|listing| *listing.symbol == *facts.symbol)
            .unwrap_or_else(|| panic!("{}: candles of an unlisted market", self.venue));
        Some(CandleQuery {
            listing,
            interval: facts.interval,
            from: facts.from,
            until: facts.until,
        })
    }

    /// A session with all the fixture's markets subscribed.
    pub(crate) fn open(&self) -> Box<dyn Session> {
        open(self.stream, &self.markets)
    }

    /// Every frame of the fixture with what it meant, decoded in order by one session.
    pub(crate) fn replay(&self) -> Vec<(&str, Vec<SessionEvent>)> {
        let mut session = self.open();
        self.frames
            .iter()
            .map(|frame| (frame.as_str(), self.decode(&mut *session, frame)))
            .collect()
    }

    /// What a frame that must be understood means.
    pub(crate) fn decode(&self, session: &mut dyn Session, frame: &str) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        session
            .decode(frame.as_bytes(), &mut events)
            .unwrap_or_else(|error| panic!("{}: {error}: {frame}", self.venue));
        events
    }

    /// Calls `check` with each frame, its events, and a session that has seen the frames before it.
    pub(crate) fn each(&self, mut check: impl FnMut(&str, &[SessionEvent], &mut dyn Session)) {
        let mut session = self.open();
        for (frame, events) in self.replay() {
            check(frame, &events, &mut *session);
            self.decode(&mut *session, frame);
        }
    }

    /// The same with only the frames that mean something.
    pub(crate) fn each_telling(
        &self,
        mut check: impl FnMut(&str, &[SessionEvent], &mut dyn Session),
    ) {
        self.each(|frame, events, session| {
            if !events.is_empty() {
                check(frame, events, session);
            }
        });
    }
}

/// A session with all these markets subscribed, within the exchange's limits.
pub(crate) fn open(stream: &dyn Stream, markets: &[Listing]) -> Box<dyn Session> {
    let mut session = stream.open(markets);
    let batch = stream.facts().limits.markets_per_subscribe;
    for start in (0..markets.len()).step_by(batch) {
        session.subscribe(start..markets.len().min(start + batch));
    }
    session
}

/// The lines of a file that are not empty; none when there is no such file.
pub(crate) fn lines(folder: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}
