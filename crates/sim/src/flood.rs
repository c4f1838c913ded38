//! Quotes at an exact rate, each recognisable at the other end: for benchmarks.
//!
//! One Binance market per token (`<CODE>USDT`), so that a token's published price is the middle of one
//! quote. USDT and USDC stand at exactly one dollar on Coinbase and Kraken, so that conversion does not
//! change a digit. Every quote of a market has another middle price: whoever receives a price anywhere
//! down the line, over SSE for example, asks [`RunningFlood::sent_at`] when it left here. A receiver
//! that conflates sees fewer prices, and each of them is still recognised.
//!
//! The update id `u` of each frame is the moment of sending in microseconds since 1970, for readers in
//! other processes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parallax::amount::Price;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::market::Asset;
use parallax::token::{TokenId, TokenKind};
use parallax::venue::VenueId;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

use crate::digits::{decimal, power_of_ten};
use crate::error::SimError;
use crate::floor::{Floor, RunningSim};
use crate::listing::{Listing, Listings};
use crate::snapshot::{Day, Execution, Snapshot};
use crate::venue::{Outgoing, Venue};
use crate::world::wall_clock;

const PLACES: u32 = 6;
/// 100 USDT, in ticks.
const BASE_TICKS: u64 = 100_000_000;
/// Half of a spread of one basis point.
const HALF_SPREAD_TICKS: u64 = 5_000;
/// Middle prices a market has before it starts over: a range of one per cent.
const PRICES: u64 = 1_000_000;
/// Of so many newest frames of a market the moment of sending is known: minutes at any sensible rate.
const REMEMBERED: u64 = 1 << 14;
/// Frames are sent in bursts of one millisecond's worth: the timer's precision.
const BURST: Duration = Duration::from_millis(1);
/// After a standstill no more than this much is made up for.
const MOST_BEHIND: Duration = Duration::from_millis(100);
/// How often the standing quotes and the 24-hour figures are repeated.
const STANDING: Duration = Duration::from_millis(500);
const DAY_EVERY: u32 = 20;

/// What a flood is started with.
#[derive(Debug, Clone, Copy)]
pub struct FloodConfig {
    /// Frames per second over all markets together, 1 to 200,000.
    pub frames_per_second: u32,
    /// How many markets, at least 1 and at most as many as the embedded token catalogue has tokens that
    /// are no currency and whose symbol means them on Binance.
    pub markets: usize,
}

/// When which frame was sent.
struct Ledger {
    start: Instant,
    start_unix_us: u64,
    tokens: HashMap<String, usize>,
    ids: Vec<TokenId>,
    /// Per market a ring of: the frame's number and the microseconds since the start, in one word.
    sent: Vec<Vec<AtomicU64>>,
    frames: AtomicU64,
}

const TIME_BITS: u32 = 44;

impl Ledger {
    /// Notes that frame `number` of a market leaves now; microseconds since 1970.
    fn note(&self, market: usize, number: u64) -> u64 {
        let since_us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(0);
        if let Some(slot) = self.slot(market, number) {
            slot.store((number << TIME_BITS) | since_us, Ordering::Release);
        }
        self.start_unix_us + since_us
    }

    fn slot(&self, market: usize, number: u64) -> Option<&AtomicU64> {
        self.sent
            .get(market)?
            .get(usize::try_from(number % REMEMBERED).ok()?)
    }

    fn sent_at(&self, token: &str, price: Price) -> Option<Instant> {
        let market = *self.tokens.get(token)?;
        let value = price.get().normalize();
        let places = PLACES.checked_sub(value.scale())?;
        let ticks = u64::try_from(value.mantissa().checked_mul(power_of_ten(places))?).ok()?;
        let number = ticks
            .checked_sub(BASE_TICKS)
            .filter(|number| *number < PRICES)?;
        let noted = self.slot(market, number)?.load(Ordering::Acquire);
        let is_it = noted != 0 && noted >> TIME_BITS == number;
        is_it.then(|| self.start + Duration::from_micros(noted & ((1 << TIME_BITS) - 1)))
    }
}

/// A flood that runs until it is shut down or dropped.
pub struct RunningFlood {
    sim: RunningSim,
    ledger: Arc<Ledger>,
}

impl std::fmt::Debug for RunningFlood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningFlood")
            .field("sim", &self.sim)
            .finish_non_exhaustive()
    }
}

impl RunningFlood {
    /// The server, for its address, endpoints and configuration.
    #[must_use]
    pub const fn sim(&self) -> &RunningSim {
        &self.sim
    }

    /// The tokens that are quoted, in the order of their markets.
    #[must_use]
    pub fn tokens(&self) -> &[TokenId] {
        &self.ledger.ids
    }

    /// When the frame left whose middle price is `price`: the moment just before it was handed to the
    /// connections. `None` for a price that no frame had, or one older than the newest 16,384 frames of
    /// its market. `token` is the token's id.
    #[must_use]
    pub fn sent_at(&self, token: &str, price: Price) -> Option<Instant> {
        self.ledger.sent_at(token, price)
    }

    /// Frames sent so far, whether or not anyone is connected.
    #[must_use]
    pub fn frames_sent(&self) -> u64 {
        self.ledger.frames.load(Ordering::Relaxed)
    }

    /// Gives up the ledger; the flood goes on.
    #[must_use]
    pub fn into_sim(self) -> RunningSim {
        self.sim
    }

    /// Stops the flood.
    pub async fn shutdown(self) {
        self.sim.shutdown().await;
    }
}

/// Floods whoever connects to `listener`, from now on.
///
/// # Errors
/// [`SimError::Setting`] for a setting outside its bounds, [`SimError::Listen`].
pub async fn flood(listener: TcpListener, config: FloodConfig) -> Result<RunningFlood, SimError> {
    if !(1..=200_000).contains(&config.frames_per_second) {
        return Err(SimError::Setting("frames per second must be 1 to 200000"));
    }
    let tokens = tokens(config.markets)?;
    let listings = tokens.iter().map(|(_, code)| listing(code, "USDT", ""));
    let binance = Venue::new("binance", Listings::new(listings.collect()))?;
    let coinbase = Venue::new("coinbase", dollars("-"))?;
    let kraken = Venue::new("kraken", dollars("/"))?;
    let floor = Floor::new(vec![binance, coinbase, kraken], None, None);
    let ledger = Arc::new(Ledger {
        start: Instant::now(),
        start_unix_us: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(0)),
        tokens: tokens
            .iter()
            .enumerate()
            .map(|(market, (id, _))| (id.to_string(), market))
            .collect(),
        ids: tokens.into_iter().map(|(id, _)| id).collect(),
        sent: (0..config.markets)
            .map(|_| (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect())
            .collect(),
        frames: AtomicU64::new(0),
    });
    stand(&floor, 1, true);
    floor
        .tasks
        .spawn(pour(Arc::clone(&floor), Arc::clone(&ledger), config));
    floor.tasks.spawn(keep_standing(Arc::clone(&floor)));
    Ok(RunningFlood {
        sim: RunningSim::open(listener, floor)?,
        ledger,
    })
}

/// The first `count` tokens of the catalogue whose symbol means them on Binance.
fn tokens(count: usize) -> Result<Vec<(TokenId, String)>, SimError> {
    let catalogue: Catalogue = toml::from_str(EMBEDDED)?;
    let binance =
        VenueId::new("binance").map_err(|_| SimError::Setting("binance is a venue id"))?;
    let found: Vec<_> = catalogue
        .tokens()
        .iter()
        .filter(|token| token.kind == TokenKind::Crypto)
        .filter(|token| {
            catalogue.resolve(&binance, &token.symbol) == Asset::Token(token.id.clone())
        })
        .map(|token| (token.id.clone(), token.symbol.as_str().to_uppercase()))
        .take(count)
        .collect();
    if count == 0 || found.len() < count {
        return Err(SimError::Setting(
            "there are not so many tokens in the catalogue to flood with",
        ));
    }
    Ok(found)
}

fn listing(base: &str, quote: &str, separator: &str) -> Listing {
    Listing {
        symbol: format!("{base}{separator}{quote}"),
        base: base.to_owned(),
        quote: quote.to_owned(),
        price_places: PLACES,
        size_places: 4,
    }
}

fn dollars(separator: &str) -> Listings {
    Listings::new(vec![
        listing("USDT", "USD", separator),
        listing("USDC", "USD", separator),
    ])
}

/// Sends the quotes.
async fn pour(floor: Arc<Floor>, ledger: Arc<Ledger>, config: FloodConfig) {
    let Some(venue) = floor.venues.get("binance").cloned() else {
        return;
    };
    let names: Vec<_> = venue
        .listings
        .iter()
        .map(|(_, listing)| (listing.symbol.to_lowercase(), listing.symbol.clone()))
        .collect();
    let rate = u64::from(config.frames_per_second);
    let due_after = |time: Duration| {
        u64::try_from(time.as_micros())
            .unwrap_or(0)
            .saturating_mul(rate)
            / 1_000_000
    };
    let most_behind = due_after(MOST_BEHIND).max(1);
    let mut timer = interval(BURST);
    timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (start, mut sent, mut skipped) = (Instant::now(), 0_u64, 0_u64);
    loop {
        tokio::select! {
            () = floor.stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        let due = due_after(start.elapsed()).saturating_sub(sent + skipped);
        skipped += due.saturating_sub(most_behind);
        for _ in 0..due.min(most_behind) {
            let count = u64::try_from(names.len()).unwrap_or(1).max(1);
            let market = usize::try_from(sent % count).unwrap_or(0);
            let number = sent / count % PRICES;
            if let Some((stream, symbol)) = names.get(market) {
                let update = ledger.note(market, number);
                let text = frame(stream, symbol, update, BASE_TICKS + number);
                venue.send(Outgoing::Frame {
                    market,
                    channel: "bookTicker",
                    text: text.into(),
                });
            }
            sent += 1;
            ledger.frames.store(sent, Ordering::Relaxed);
        }
    }
}

/// A `bookTicker` frame around a middle price in ticks.
fn frame(stream: &str, symbol: &str, update: u64, middle: u64) -> String {
    let price = |ticks: u64| decimal(i128::from(ticks) * 100, PLACES + 2);
    format!(
        "{{\"stream\":\"{stream}@bookTicker\",\"data\":{{\"u\":{update},\"s\":\"{symbol}\",\"b\":\"{}\",\"B\":\"12.50000000\",\
         \"a\":\"{}\",\"A\":\"9.75000000\"}}}}",
        price(middle - HALF_SPREAD_TICKS),
        price(middle + HALF_SPREAD_TICKS),
    )
}

/// Repeats what does not change: the dollar markets, and the 24-hour figures of the flooded ones.
async fn keep_standing(floor: Arc<Floor>) {
    let mut timer = interval(STANDING);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in 2_u32.. {
        tokio::select! {
            () = floor.stop.cancelled() => return,
            _ = timer.tick() => stand(&floor, round, round % DAY_EVERY == 0),
        }
    }
}

fn stand(floor: &Floor, round: u32, with_days: bool) {
    let now = tokio::time::Instant::now();
    for (id, venue) in &floor.venues {
        let is_flooded = id == "binance";
        if is_flooded && !with_days {
            continue;
        }
        let middle = if is_flooded {
            i128::from(BASE_TICKS)
        } else {
            power_of_ten(PLACES)
        };
        for (market, listing) in venue.listings.iter() {
            let snapshot = standing(middle, u64::from(round));
            let frames = if is_flooded {
                venue.dialect.day(listing, &snapshot)
            } else {
                venue.remember(market, &snapshot);
                venue.dialect.quote(listing, &snapshot)
            };
            venue.publish(market, frames, now);
        }
    }
}

/// A market that stands at `middle`, with a spread of one basis point.
fn standing(middle: i128, sequence: u64) -> Snapshot {
    let size = 5 * power_of_ten(8);
    Snapshot {
        at: wall_clock(),
        sequence,
        bid: middle - middle / 20_000,
        ask: middle + middle / 20_000,
        bid_size: size,
        ask_size: size,
        last: Execution {
            id: 1,
            price: middle,
            size,
            taker_bought: true,
        },
        day: Day {
            open: middle,
            high: middle,
            low: middle,
            volume: 1_000 * size,
        },
        halted: false,
    }
}
