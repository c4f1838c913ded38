//! A desk to test at: an engine, a clock that moves only when told, and markets named by their pair.

use std::sync::Arc;
use std::time::Duration;

use parallax::amount::Price;
use parallax::event::{Quote, Ticker};
use parallax::index::{Constituent, IndexPrice, Rule, Status};
use parallax::market::{Asset, Listing, Market, MarketKey};
use parallax::time::{Moment, Monotonic, Timestamp};
use parallax::token::{Token, TokenId, TokenKind};
use parallax::venue::VenueId;
use parallax_pricing::{Engine, Policy};

const TOKENS: &[(&str, &str, TokenKind)] = &[
    ("bitcoin", "BTC", TokenKind::Crypto),
    ("ethereum", "ETH", TokenKind::Crypto),
    ("tether", "USDT", TokenKind::Stablecoin),
    ("solana", "SOL", TokenKind::Crypto),
    ("binancecoin", "BNB", TokenKind::Crypto),
    ("usd-coin", "USDC", TokenKind::Stablecoin),
    ("dai", "DAI", TokenKind::Stablecoin),
    ("usd", "USD", TokenKind::Fiat),
    ("euro", "EUR", TokenKind::Fiat),
    ("japanese-yen", "JPY", TokenKind::Fiat),
    ("turkish-lira", "TRY", TokenKind::Fiat),
];

pub(crate) fn tokens() -> Vec<Token> {
    let mut rank = 0;
    TOKENS
        .iter()
        .map(|&(id, symbol, kind)| {
            rank += 1;
            Token {
                id: id.parse().unwrap(),
                symbol: symbol.parse().unwrap(),
                name: symbol.to_owned(),
                kind,
                rank,
                contracts: Vec::new(),
            }
        })
        .collect()
}

fn asset(venue: &VenueId, code: &str) -> Asset {
    match TOKENS.iter().find(|(_, symbol, _)| *symbol == code) {
        Some((id, ..)) => Asset::Token(id.parse().unwrap()),
        None => Asset::Unlisted {
            venue: venue.clone(),
            code: code.parse().unwrap(),
        },
    }
}

/// `listing("kraken", "BTC/USD")`.
pub(crate) fn listing(venue: &str, pair: &str) -> Listing {
    let venue: VenueId = venue.parse().unwrap();
    let (base, quote) = pair.split_once('/').unwrap();
    Listing {
        symbol: pair.into(),
        base_code: base.parse().unwrap(),
        quote_code: quote.parse().unwrap(),
        market: Market {
            base: asset(&venue, base),
            quote: asset(&venue, quote),
        },
        venue,
    }
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn quote(bid: &str, ask: &str) -> Quote {
    Quote {
        bid: price(bid),
        ask: price(ask),
        bid_size: None,
        ask_size: None,
    }
}

pub(crate) fn id(token: &str) -> TokenId {
    token.parse().unwrap()
}

/// One hour after the monotonic clock's start, in 2026.
pub(crate) fn start() -> Moment {
    Moment {
        monotonic: Monotonic::from_nanos(3_600_000_000_000),
        utc: Timestamp::from_unix_ms(1_790_000_000_000).unwrap(),
    }
}

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) now: Moment,
    next: u32,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Policy::default())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        Self {
            engine: Engine::new(policy, &tokens()).unwrap(),
            now: start(),
            next: 0,
        }
    }

    pub(crate) fn list(&mut self, venue: &str, pair: &str) -> MarketKey {
        let key = MarketKey(self.next);
        self.next += 1;
        self.engine
            .list(key, &listing(venue, pair), Duration::from_secs(60));
        key
    }

    pub(crate) fn say(&mut self, key: MarketKey, bid: &str, ask: &str) {
        self.engine.quote(key, quote(bid, ask), self.now);
    }

    /// Lists a market and quotes it.
    pub(crate) fn open(&mut self, venue: &str, pair: &str, bid: &str, ask: &str) -> MarketKey {
        let key = self.list(venue, pair);
        self.say(key, bid, ask);
        key
    }

    /// Gives a market a 24-hour volume in its quote asset.
    pub(crate) fn volume(&mut self, key: MarketKey, quote_volume: &str) {
        let ticker = Ticker {
            quote_volume_24h: Some(quote_volume.parse().unwrap()),
            ..Ticker::default()
        };
        self.engine.ticker(key, &ticker, self.now);
    }

    pub(crate) fn wait_ms(&mut self, ms: u64) {
        self.now = self.now.plus(Duration::from_millis(ms));
    }

    pub(crate) fn reprice(&mut self) -> Vec<Arc<IndexPrice>> {
        let mut out = Vec::new();
        self.engine.reprice(self.now, &mut out);
        out
    }

    pub(crate) fn tick(&mut self) -> Vec<Arc<IndexPrice>> {
        let mut out = Vec::new();
        self.engine.tick(self.now, &mut out);
        out
    }

    /// Waits, then ticks.
    pub(crate) fn tick_after_ms(&mut self, ms: u64) -> Vec<Arc<IndexPrice>> {
        self.wait_ms(ms);
        self.tick()
    }

    pub(crate) fn index(&self, token: &str) -> &IndexPrice {
        self.engine.price(&id(token)).unwrap()
    }

    /// The published price as text; `-` without one.
    pub(crate) fn price_of(&self, token: &str) -> String {
        self.index(token)
            .price
            .map_or_else(|| "-".to_owned(), |price| price.to_string())
    }

    pub(crate) fn status(&self, token: &str) -> Status {
        self.index(token).status
    }

    pub(crate) fn part(&self, token: &str, venue: &str) -> &Constituent {
        self.index(token)
            .constituents
            .iter()
            .find(|constituent| constituent.venue.as_str() == venue)
            .unwrap()
    }

    pub(crate) fn rule(&self, token: &str, venue: &str) -> Option<Rule> {
        self.part(token, venue)
            .excluded
            .as_ref()
            .map(|exclusion| exclusion.rule)
    }

    /// `"stale: 41 s, at most 10 s"`.
    pub(crate) fn words(&self, token: &str, venue: &str) -> String {
        let exclusion = self.part(token, venue).excluded.as_ref().unwrap();
        format!(
            "{}: {}, {}",
            exclusion.rule.as_str(),
            exclusion.found,
            exclusion.allowed
        )
    }
}
