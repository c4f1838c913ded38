//! What exchanges say, and what happens to the connections that say it: the events that flow from
//! `crates/ingest` to everyone downstream.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::amount::{Price, Quantity};
use crate::candle::Candle;
use crate::connection::ConnectionReport;
use crate::fact::TokenFacts;
use crate::market::{Listing, MarketKey};
use crate::time::{Moment, Timestamp};
use crate::token::Code;
use crate::venue::VenueId;

/// The best bid and ask of one market, exactly as sent: it may be crossed, locked or zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The highest price someone pays, in the quote asset.
    pub bid: Price,
    /// The lowest price someone sells at, in the quote asset.
    pub ask: Price,
    /// Units of the base asset at the bid; `None` where the exchange does not say.
    pub bid_size: Option<Quantity>,
    /// Units of the base asset at the ask; `None` where the exchange does not say.
    pub ask_size: Option<Quantity>,
}

/// Who took liquidity in a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TakerSide {
    /// The taker bought: the price moved towards the ask.
    Buy,
    /// The taker sold.
    Sell,
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trade {
    /// In the quote asset.
    pub price: Price,
    /// Units of the base asset.
    pub size: Quantity,
    /// Who took.
    pub taker: TakerSide,
    /// The exchange's id of the execution, unique within its market.
    pub id: u64,
}

/// A market's rolling 24-hour figures. A field the exchange does not send is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ticker {
    /// The last trade's price, in the quote asset.
    pub last: Option<Price>,
    /// The price 24 hours ago.
    pub open_24h: Option<Price>,
    /// The highest trade of 24 hours.
    pub high_24h: Option<Price>,
    /// The lowest trade of 24 hours.
    pub low_24h: Option<Price>,
    /// Units of the base asset traded in 24 hours.
    pub base_volume_24h: Option<Quantity>,
    /// Units of the quote asset traded in 24 hours.
    pub quote_volume_24h: Option<Quantity>,
}

/// One thing an exchange said about one market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketUpdate {
    /// A new top of the book.
    Quote(Quote),
    /// An execution.
    Trade(Trade),
    /// New 24-hour figures.
    Ticker(Ticker),
    /// A price without a book, as a chain has it: USD per unit. Its time is the event's `venue_time`,
    /// the block's, and it ages from there.
    Spot(Price),
}

/// A code that an exchange lists and the catalogue does not know, or a contract on a chain that no token has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode {
    /// The code; of a contract its address.
    pub code: Code,
    /// Markets that have it on either side.
    pub markets: u32,
    /// The codes on the other side, those of the most markets first, a few.
    pub against: Vec<String>,
    /// Of a contract, where it is and what it says of itself.
    pub contract: Option<UnknownContract>,
}

/// A contract that no token of the catalogue has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownContract {
    /// The chain, by CoinGecko's platform id.
    pub chain: String,
    /// The symbol that it gives itself, harmless and cut. Anyone can write a contract that says anything: this proves
    /// nothing.
    pub symbol: String,
    /// The name that it gives itself; the same holds.
    pub name: String,
    /// Value locked in it on the venue in USD, as the venue reckons.
    pub locked_usd: Option<Quantity>,
}

/// All such codes of one exchange, as of when it was last asked for its markets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCodes {
    /// The exchange.
    pub venue: VenueId,
    /// Those of the most markets first.
    pub codes: Vec<UnknownCode>,
    /// Codes of the fewest markets that are left out.
    pub omitted: u32,
}

/// One event on the way from the exchanges to the price.
#[derive(Debug, Clone)]
pub enum MarketEvent {
    /// A market will be watched. Comes before any other event with its key, and again, with the same
    /// key, when a restarted connection lists it anew.
    Listed {
        /// The number all later events use.
        key: MarketKey,
        /// What it stands for.
        listing: Arc<Listing>,
        /// The venue's own limit on a quote's age, from the adapter's descriptor.
        max_quote_age: std::time::Duration,
    },
    /// The exchange said something.
    Update {
        /// The market.
        key: MarketKey,
        /// When this process received it.
        received_at: Moment,
        /// When the exchange says it happened, where it says so. Never used for the age of a quote.
        venue_time: Option<Timestamp>,
        /// What it said.
        update: MarketUpdate,
    },
    /// The market has been silent for longer than its limit although it was subscribed; its last quote
    /// must not be used until a new quote arrives (a trade or a ticker says nothing about the book).
    Stalled {
        /// The market.
        key: MarketKey,
        /// When this was found.
        at: Moment,
    },
    /// The market is watched no longer, and nothing is left of it: the catalogue makes something else of the
    /// exchange's codes. It may be listed again, with the same key.
    Unlisted {
        /// The market.
        key: MarketKey,
    },
    /// The exchange was asked for its markets and lists codes that the catalogue does not know.
    Unknown(Arc<UnknownCodes>),
    /// What a chain says about a token besides its price.
    Facts(Arc<TokenFacts>),
    /// Candles of a venue that is polled for them, in USD. The last may still be growing.
    Candles(Arc<[Candle]>),
    /// A connection changed its state (opened, lost, reconnecting) or its counters moved on.
    Connection(Arc<ConnectionReport>),
}
