//! The engine: the state of all tokens and markets, and the order in which prices are computed.
//!
//! Owned by `crates/worker`. Every call says what time it is; nothing happens between calls.

use std::sync::Arc;
use std::time::Duration;

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::event::{Quote, Ticker, Trade};
use parallax::index::IndexPrice;
use parallax::market::{Asset, Listing, Market, MarketKey};
use parallax::time::{Moment, Timestamp};
use parallax::token::{Token, TokenId};
use rustc_hash::FxHashMap;

use crate::candles::VOLUME_PLACES;
use crate::computation::Computation;
use crate::conversion::{Path, Place, Route, order, path};
use crate::market::MarketState;
use crate::policy::{Limits, Policy, PolicyError};
use crate::publication::{Context, index_price};
use crate::rules::{Rate, rate_of};
use crate::token::TokenState;

/// Where a market is kept.
#[derive(Debug, Clone, Copy)]
struct Slot {
    token: usize,
    market: usize,
}

/// Makes one price per token out of what the markets say. See the crate's documentation.
#[derive(Debug)]
pub struct Engine {
    limits: Limits,
    /// In conversion order; the first is the US dollar, which is never computed.
    tokens: Vec<TokenState>,
    /// Their ids, in the same order.
    ids: Vec<TokenId>,
    /// What each may convert others with, in the same order.
    rates: Vec<Option<Rate>>,
    /// Which have news since they were last computed, in the same order.
    dirty: Vec<bool>,
    by_id: FxHashMap<TokenId, usize>,
    by_key: FxHashMap<MarketKey, Slot>,
    computation: Computation,
}

impl Engine {
    /// An engine for these tokens, without any market yet. A token listed twice counts once.
    ///
    /// # Errors
    /// [`PolicyError`] when a threshold is out of its bounds.
    pub fn new(policy: Policy, tokens: &[Token]) -> Result<Self, PolicyError> {
        let limits = Limits::try_from(&policy)?;
        let order = order(tokens);
        let mut engine = Self {
            limits,
            tokens: Vec::with_capacity(order.len()),
            ids: Vec::with_capacity(order.len()),
            rates: Vec::with_capacity(order.len()),
            dirty: Vec::with_capacity(order.len()),
            by_id: FxHashMap::default(),
            by_key: FxHashMap::default(),
            computation: Computation::default(),
        };
        for (tier, id) in &order {
            engine.add(id, *tier);
        }
        Ok(engine)
    }

    fn add(&mut self, id: &TokenId, tier: u8) {
        let index = self.tokens.len();
        self.tokens
            .push(TokenState::new(id.clone(), Place { index, tier }));
        self.ids.push(id.clone());
        self.rates.push(None);
        self.dirty.push(false);
        self.by_id.insert(id.clone(), index);
    }

    /// Adds a market. Listing the same key again changes nothing but its age limit; listing another
    /// market under a known key replaces the earlier one. A market that no token's price could use is
    /// ignored, and so is everything said about it later.
    pub fn list(&mut self, key: MarketKey, listing: &Listing, max_quote_age: Duration) {
        let (most, most_spot) = (self.limits.max_quote_age, self.limits.max_spot_age);
        if let Some(market) = self.market(key)
            && market.listing == *listing
        {
            let most = if market.is_spot() { most_spot } else { most };
            market.venue_max_age = max_quote_age;
            market.max_age = max_quote_age.min(most);
            return;
        }
        self.unlist(key);
        let Some(path) = path(
            self.place(&listing.market.base),
            self.place(&listing.market.quote),
        ) else {
            return;
        };
        let market = MarketState::new(
            key,
            listing.clone(),
            path.route,
            max_quote_age,
            &self.limits,
        );
        self.add_market(market, path);
        self.arrange(path.priced);
    }

    fn add_market(&mut self, market: MarketState, path: Path) {
        if let Route::Through { leg, .. } = path.route
            && let Some(leg) = self.tokens.get_mut(leg)
            && let Err(position) = leg.dependants.binary_search(&path.priced)
        {
            leg.dependants.insert(position, path.priced);
        }
        if let Some(token) = self.tokens.get_mut(path.priced) {
            token.markets.push(market);
        }
    }

    fn place(&self, asset: &Asset) -> Option<Place> {
        let index = *self.by_id.get(asset.token()?)?;
        self.tokens.get(index).map(|token| token.place)
    }

    /// Forgets a market, as if it had never been listed.
    pub fn unlist(&mut self, key: MarketKey) {
        if let Some(slot) = self.by_key.remove(&key) {
            if let Some(token) = self.tokens.get_mut(slot.token) {
                token.markets.retain(|market| market.key != key);
            }
            self.arrange(slot.token);
        }
    }

    /// Puts a token's markets in order, after one was added or removed.
    fn arrange(&mut self, token: usize) {
        if let Some(state) = self.tokens.get_mut(token) {
            state.arrange();
            for (market, listed) in state.markets.iter().enumerate() {
                self.by_key.insert(listed.key, Slot { token, market });
            }
        }
        self.touch(token);
    }

    fn touch(&mut self, token: usize) {
        if let Some(dirty) = self.dirty.get_mut(token) {
            *dirty = true;
        }
    }

    fn market(&mut self, key: MarketKey) -> Option<&mut MarketState> {
        let slot = *self.by_key.get(&key)?;
        self.tokens
            .get_mut(slot.token)?
            .markets
            .get_mut(slot.market)
    }

    /// Lets `change` at a market; its token is computed anew when it says that something changed.
    fn change(&mut self, key: MarketKey, change: impl FnOnce(&mut MarketState) -> bool) {
        if self.market(key).is_some_and(change)
            && let Some(slot) = self.by_key.get(&key)
        {
            let token = slot.token;
            self.touch(token);
        }
    }

    /// Takes the tokens of another catalogue: new ones can have markets from now on, and what converts what is
    /// decided anew. All others keep their markets, quotes and prices, as far as both sides of a market are still
    /// known. Returns the tokens that are none any more.
    pub fn learn(&mut self, tokens: &[Token]) -> Vec<TokenId> {
        let order = order(tokens);
        let places = self
            .tokens
            .iter()
            .map(|token| (token.place.tier, &token.id));
        if places.eq(order.iter().map(|(tier, id)| (*tier, id))) {
            return Vec::new();
        }
        let earlier = std::mem::take(&mut self.tokens).into_iter();
        let mut earlier: FxHashMap<TokenId, TokenState> =
            earlier.map(|token| (token.id.clone(), token)).collect();
        self.ids.clear();
        self.rates.clear();
        self.dirty.clear();
        self.by_id.clear();
        self.by_key.clear();
        let mut markets = Vec::new();
        for (tier, id) in &order {
            self.add(id, *tier);
            if let Some(mut known) = earlier.remove(id)
                && let Some(new) = self.tokens.last_mut()
            {
                markets.append(&mut known.markets);
                known.place = new.place;
                known.dependants.clear();
                *new = known;
            }
        }
        for mut market in markets {
            let Market { base, quote } = &market.listing.market;
            if let Some(path) = path(self.place(base), self.place(quote)) {
                market.route = path.route;
                self.add_market(market, path);
            }
        }
        for token in 0..self.tokens.len() {
            if self.tokens.get(token).is_some_and(TokenState::is_watched) {
                self.arrange(token);
            }
        }
        earlier.into_keys().collect()
    }

    /// Takes a market's new quote. One received before the market's last quote is ignored.
    pub fn quote(&mut self, key: MarketKey, quote: Quote, received_at: Moment) {
        self.change(key, |market| market.take_quote(quote, received_at));
    }

    /// Takes a price without a book, in USD, that was true at `observed_at` by the chain's clock: its age
    /// counts from there, by its own limit. One received before the market's last is ignored.
    pub fn spot(
        &mut self,
        key: MarketKey,
        price: Price,
        observed_at: Timestamp,
        received_at: Moment,
    ) {
        let max_age = self.limits.max_spot_age;
        self.change(key, |market| {
            market.take_spot(price, observed_at, received_at, max_age)
        });
    }

    /// What a trade is worth in USD at the rates of the moment, rounded to 8 places, and which token it is
    /// a trade of. `None` for a market that prices no token, and while its quote asset has no usable rate.
    #[must_use]
    pub fn value(&self, key: MarketKey, trade: &Trade) -> Option<(&TokenId, Quantity)> {
        let slot = self.by_key.get(&key)?;
        let market = self.tokens.get(slot.token)?.markets.get(slot.market)?;
        let rate = rate_of(market.route, &self.rates)?.price;
        let in_leg = match market.route {
            Route::Through { inverted: true, .. } => trade.size.get(),
            _ => trade.price.get().checked_mul(trade.size.get())?,
        };
        let value = in_leg.checked_mul(rate)?.round_dp(VOLUME_PLACES);
        Some((self.ids.get(slot.token)?, Quantity::new(value).ok()?))
    }

    /// Takes a market's 24-hour figures: its volume is its weight. They say nothing about the price, so
    /// they end no withdrawal and confirm no quote.
    pub fn ticker(&mut self, key: MarketKey, ticker: &Ticker, received_at: Moment) {
        self.change(key, |market| market.take_ticker(ticker, received_at));
    }

    /// Takes a market's quote out of use until a quote received at this moment or later: the market is
    /// stalled or halted, or its connection is lost.
    pub fn withdraw(&mut self, key: MarketKey, at: Moment) {
        self.change(key, |market| {
            let is_new = market.withdrawn.is_none();
            market.withdrawn = market.withdrawn.max(Some(at));
            is_new
        });
    }

    /// Shows a price of an earlier run of the program, as stale, until there is a new one. Ignored for
    /// an unknown token, for one that has a price already, and without a price or its time.
    pub fn restore(&mut self, price: IndexPrice) {
        if let Some(&index) = self.by_id.get(&price.token)
            && index > 0
            && let Some(token) = self.tokens.get_mut(index)
            && token.restore(price)
        {
            self.touch(index);
        }
    }

    /// Computes the tokens that have news since the last call, and those that are converted through
    /// them, in conversion order; appends to `out` those of which readers would see something new.
    pub fn reprice(&mut self, now: Moment, out: &mut Vec<Arc<IndexPrice>>) {
        self.set_usd(now);
        for index in 1..self.tokens.len() {
            let is_dirty = self.dirty.get_mut(index).is_some_and(std::mem::take);
            if is_dirty && self.settle(index, now, out) {
                self.touch_dependants(index);
            }
        }
    }

    /// The same for all tokens, because time has passed: quotes grow old, statuses change, weights decay,
    /// held jumps are believed. To be called every 250 ms to 1 s.
    pub fn tick(&mut self, now: Moment, out: &mut Vec<Arc<IndexPrice>>) {
        for (dirty, token) in self.dirty.iter_mut().zip(&self.tokens) {
            *dirty |= token.is_watched();
        }
        self.reprice(now, out);
    }

    /// A token's price as last published, or as restored. `None` for an unknown token, one that nobody
    /// lists, and the US dollar, which is 1 by definition.
    #[must_use]
    pub fn price(&self, token: &TokenId) -> Option<&Arc<IndexPrice>> {
        let index = *self.by_id.get(token)?;
        self.tokens.get(index)?.published.as_ref()
    }

    fn set_usd(&mut self, now: Moment) {
        if let Some(rate) = self.rates.first_mut() {
            *rate = Some(Rate {
                price: Decimal::ONE,
                as_of: now.utc,
            });
        }
    }

    /// Computes one token and publishes it if there is news. Whether its rate for others has changed.
    fn settle(&mut self, index: usize, now: Moment, out: &mut Vec<Arc<IndexPrice>>) -> bool {
        let Some(token) = self.tokens.get_mut(index) else {
            return false;
        };
        let limits = &self.limits;
        token.forget_if_lost(now, limits);
        let found =
            self.computation
                .run(&mut token.markets, token.venues, &self.rates, now, limits);
        let standing = token.stand(found, now, limits);
        if token.is_news(&standing, now, limits) {
            let context = Context {
                ids: &self.ids,
                rates: &self.rates,
                limits,
                now,
            };
            let price = Arc::new(index_price(token, &standing, context));
            token.note_published(standing, Arc::clone(&price), now);
            out.push(price);
        }
        let rate = token.rate(standing.status, now, limits);
        let Some(known) = self.rates.get_mut(index) else {
            return false;
        };
        let has_moved = known.map(|known| known.price) != rate.map(|rate| rate.price);
        *known = rate;
        has_moved
    }

    fn touch_dependants(&mut self, index: usize) {
        if let Some(token) = self.tokens.get(index) {
            for &dependant in &token.dependants {
                if let Some(dirty) = self.dirty.get_mut(dependant) {
                    *dirty = true;
                }
            }
        }
    }
}
