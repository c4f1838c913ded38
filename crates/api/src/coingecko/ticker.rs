//! One ticker: the last state of one market, as CoinGecko writes it, and what it is made of.

use parallax::Decimal;
use parallax::index::Rule;
use parallax::market::Asset;
use parallax::stream::MarketState;
use parallax::time::Timestamp;
use parallax_service::{Service, Vs};
use serde::Serialize;
use utoipa::ToSchema;

use super::exchange_ids;
use crate::number::{Number, Unknown};

/// Places of the spread in per cent.
const SPREAD_PLACES: u32 = 6;

/// The last state of a market.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoTicker)]
pub(crate) struct Ticker {
    /// The exchange's code of what is traded.
    #[schema(example = "BTC")]
    base: String,
    /// The exchange's code of what it is priced in.
    #[schema(example = "USDT")]
    target: String,
    market: TickerMarket,
    /// The last trade's price, in the target.
    last: Number,
    /// Units of the base traded in 24 hours.
    volume: Number,
    /// `last` in bitcoin, ether and US dollars, by Parallax' price of the target.
    converted_last: Converted,
    /// The value traded in 24 hours, in the same.
    converted_volume: Converted,
    trust_score: Unknown,
    /// The distance of bid and ask in per cent of the ask.
    bid_ask_spread_percentage: Number,
    /// When the market was last heard of.
    #[schema(example = "2026-11-22T04:30:00+00:00")]
    timestamp: String,
    /// When the last trade was received; before the first one, when the market was last heard of.
    last_traded_at: String,
    /// When the quote was received.
    last_fetch_at: String,
    /// Whether the price's method leaves the quote out for another reason than its age.
    is_anomaly: bool,
    /// Whether the quote is too old for the price, or the market silent.
    is_stale: bool,
    /// The exchange's site.
    trade_url: String,
    token_info_url: Unknown,
    /// The base's id; empty when the catalogue does not know it.
    coin_id: String,
    /// The target's id; empty when the catalogue does not know it.
    target_coin_id: String,
    /// 0: not known without a circulating supply.
    coin_mcap_usd: u32,
}

/// Where a ticker is from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoTickerMarket)]
pub(crate) struct TickerMarket {
    /// The exchange's name.
    name: String,
    /// The exchange's id.
    identifier: String,
    /// Always false: not known to be true.
    has_trading_incentive: bool,
}

/// An amount in three currencies, those without a rate left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoConverted)]
pub(crate) struct Converted {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Number, required = false)]
    btc: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Number, required = false)]
    eth: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Number, required = false)]
    usd: Option<Number>,
}

/// What a ticker is made of, when all of it is known.
pub(crate) struct Known<'a> {
    pub(crate) market: &'a MarketState,
    last: Decimal,
    volume: Decimal,
    spread_pct: Decimal,
    quote_at: Timestamp,
    /// US dollars for one unit of the target.
    rate: Option<Decimal>,
}

impl<'a> Known<'a> {
    /// What is known of a market; `None` when something is missing.
    pub(crate) fn new(service: &Service, market: &'a MarketState) -> Option<Self> {
        let quote = market.quote?;
        let ticker = market.ticker.unwrap_or_default();
        let traded = market.trade.as_ref().map(|trade| trade.price);
        let last = traded.or(ticker.last)?.get();
        let volume = match (ticker.base_volume_24h, ticker.quote_volume_24h) {
            (Some(base), _) => base.get(),
            (None, Some(quote)) => quote.get().checked_div(last)?,
            (None, None) => return None,
        };
        let (bid, ask) = (quote.bid.get(), quote.ask.get());
        let spread = ask.checked_sub(bid)?.checked_mul(Decimal::ONE_HUNDRED)?;
        Some(Self {
            market,
            last,
            volume,
            spread_pct: spread.checked_div(ask)?.round_dp(SPREAD_PLACES),
            quote_at: market.quote_at?,
            rate: rate_of(service, &market.listing.market.quote),
        })
    }

    /// The value traded in 24 hours, in US dollars.
    pub(crate) fn volume_usd(&self) -> Option<Decimal> {
        self.volume.checked_mul(self.last)?.checked_mul(self.rate?)
    }

    /// Whether the price's method leaves the quote out for its age, and whether for another reason.
    fn judged(&self, service: &Service) -> (bool, bool) {
        let listing = &self.market.listing;
        let base = listing.market.base.token();
        let published = base.and_then(|token| service.published(token.as_str()));
        let rule = published.and_then(|published| {
            let mut constituents = published.index.constituents.iter();
            let own = constituents
                .find(|it| it.venue == listing.venue && *it.market == *listing.symbol)?;
            Some(own.excluded.as_ref()?.rule)
        });
        let is_old = matches!(rule, Some(Rule::Stale | Rule::NoQuote));
        let is_odd = rule.is_some() && !is_old && rule != Some(Rule::NoConversion);
        (is_old || self.market.stalled, is_odd)
    }

    /// The ticker, with the rates of bitcoin and ether.
    pub(crate) fn ticker(&self, service: &Service, [btc, eth]: &[Option<Vs>; 2]) -> Ticker {
        let (market, listing) = (self.market, &self.market.listing);
        let venue = service.venue_with_id(listing.venue.as_str());
        let convert = |usd: Option<Decimal>| Converted {
            btc: btc.as_ref().and_then(|vs| vs.convert(usd?)).map(Number),
            eth: eth.as_ref().and_then(|vs| vs.convert(usd?)).map(Number),
            usd: usd.map(Number),
        };
        let heard_at = market
            .trade_at
            .map_or(self.quote_at, |at| at.max(self.quote_at));
        let (is_stale, is_anomaly) = self.judged(service);
        let id = |asset: &Asset| asset.token().map_or_else(String::new, ToString::to_string);
        Ticker {
            base: listing.base_code.as_str().to_uppercase(),
            target: listing.quote_code.as_str().to_uppercase(),
            market: TickerMarket {
                name: venue.map_or_else(|| listing.venue.to_string(), |venue| venue.name.clone()),
                identifier: exchange_ids::of(&listing.venue).to_owned(),
                has_trading_incentive: false,
            },
            last: Number(self.last),
            volume: Number(self.volume),
            converted_last: convert(self.rate.and_then(|rate| self.last.checked_mul(rate))),
            converted_volume: convert(self.volume_usd()),
            trust_score: Unknown,
            bid_ask_spread_percentage: Number(self.spread_pct),
            timestamp: with_offset(heard_at),
            last_traded_at: with_offset(market.trade_at.unwrap_or(heard_at)),
            last_fetch_at: with_offset(self.quote_at),
            is_anomaly,
            is_stale,
            trade_url: venue.map_or_else(String::new, |venue| venue.website.clone()),
            token_info_url: Unknown,
            coin_id: id(&listing.market.base),
            target_coin_id: id(&listing.market.quote),
            coin_mcap_usd: 0,
        }
    }
}

/// US dollars for one unit of an asset.
fn rate_of(service: &Service, asset: &Asset) -> Option<Decimal> {
    let id = asset.token()?.as_str();
    if id == "usd" {
        return Some(Decimal::ONE);
    }
    Some(service.published(id)?.summary.price?.get())
}

/// Seconds and an offset, as tickers write their times.
fn with_offset(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}+00:00", text.get(..19).unwrap_or(&text))
}
