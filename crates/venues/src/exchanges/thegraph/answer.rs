//! What the gateway and the subgraph answer, and what their failures mean.
//!
//! Owns the shapes of the answers and the classes of failures; which answer says what about which market
//! is the adapter's, one level up.

use bigdecimal::BigDecimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::VenueCandle;
use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::frame::{self, Number, Text};
use crate::long;
use crate::spec::DecodeError;

#[derive(Deserialize)]
pub(super) struct Block {
    pub(super) number: u64,
    pub(super) timestamp: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) block: Block,
    pub(super) has_indexing_errors: bool,
}

impl Meta {
    /// The block's time, unless the subgraph says that its data are wrong.
    ///
    /// # Errors
    /// [`DecodeError::Unavailable`] then, [`DecodeError::Time`] for a time that is none.
    pub(super) fn time(&self) -> Result<Timestamp, DecodeError> {
        if self.has_indexing_errors {
            return Err(DecodeError::Unavailable {
                words: "the subgraph has indexing errors, so nothing of its answer is used".into(),
                lasting: false,
            });
        }
        Timestamp::from_unix_s(self.block.timestamp).map_err(|source| DecodeError::Time {
            field: "timestamp",
            source,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Polled<'a> {
    #[serde(rename = "_meta")]
    pub(super) meta: Meta,
    #[serde(borrow)]
    pub(super) bundle: Option<Bundle<'a>>,
    #[serde(borrow)]
    pub(super) tokens: Vec<Token<'a>>,
    #[serde(borrow)]
    pub(super) previous: Vec<Row<'a>>,
    #[serde(borrow)]
    pub(super) current: Vec<Row<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Bundle<'a> {
    #[serde(borrow, rename = "ethPriceUSD")]
    pub(super) eth_price_usd: Number<'a>,
}

#[derive(Deserialize)]
pub(super) struct Token<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow, rename = "derivedETH")]
    pub(super) derived_eth: Number<'a>,
    #[serde(borrow, rename = "totalSupply")]
    pub(super) total_supply: Number<'a>,
    #[serde(borrow, rename = "volumeUSD")]
    pub(super) volume_usd: Number<'a>,
}

/// What a contract says of itself.
#[derive(Deserialize)]
pub(super) struct Claim<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) symbol: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, rename = "totalValueLockedUSD")]
    total_value_locked_usd: Option<Number<'a>>,
}

impl Claim<'_> {
    /// Value locked in it; `None` for what is no number, which is no reason to lose the contract.
    pub(super) fn locked_usd(&self) -> Option<Quantity> {
        let locked = self.total_value_locked_usd?;
        locked
            .quantity_of_long("totalValueLockedUSD")
            .ok()
            .flatten()
    }
}

#[derive(Deserialize)]
pub(super) struct TokenRef<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
}

/// One row of hourly or daily data.
#[derive(Deserialize)]
pub(super) struct Row<'a> {
    /// Whose; asked for only where several tokens' rows come at once.
    #[serde(borrow)]
    pub(super) token: Option<TokenRef<'a>>,
    #[serde(alias = "periodStartUnix")]
    pub(super) date: i64,
    #[serde(borrow)]
    pub(super) open: Number<'a>,
    #[serde(borrow)]
    pub(super) high: Number<'a>,
    #[serde(borrow)]
    pub(super) low: Number<'a>,
    #[serde(borrow)]
    pub(super) close: Number<'a>,
    #[serde(borrow)]
    pub(super) volume: Option<Number<'a>>,
    #[serde(borrow, rename = "volumeUSD")]
    pub(super) volume_usd: Option<Number<'a>>,
}

impl Row<'_> {
    /// When its interval begins.
    ///
    /// # Errors
    /// [`DecodeError::Time`].
    pub(super) fn open_time(&self) -> Result<Timestamp, DecodeError> {
        Timestamp::from_unix_s(self.date).map_err(|source| DecodeError::Time {
            field: "periodStartUnix",
            source,
        })
    }

    /// The candle; `None` where one of its prices is none.
    ///
    /// # Errors
    /// [`DecodeError::Amount`] for what is not a number.
    pub(super) fn candle(&self) -> Result<Option<VenueCandle>, DecodeError> {
        let price =
            |field, number: Number<'_>| Ok::<_, DecodeError>(long::price(&number.long(field)?));
        let prices: [Option<Price>; 4] = [
            price("open", self.open)?,
            price("high", self.high)?,
            price("low", self.low)?,
            price("close", self.close)?,
        ];
        let volume = |field, number: Option<Number<'_>>| {
            number.map_or(Ok(None), |number| number.quantity_of_long(field))
        };
        let [Some(open), Some(high), Some(low), Some(close)] = prices else {
            return Ok(None);
        };
        Ok(Some(VenueCandle {
            open_time: self.open_time()?,
            open,
            high: high.max(open).max(close).max(low),
            low: low.min(open).min(close).min(high),
            close,
            base_volume: volume("volume", self.volume)?.unwrap_or(Quantity::ZERO),
            quote_volume: volume("volumeUSD", self.volume_usd)?,
            trades: None,
        }))
    }
}

impl Number<'_> {
    /// The number with all its digits.
    ///
    /// # Errors
    /// [`DecodeError::Amount`] naming `field`.
    pub(super) fn long(self, field: &'static str) -> Result<BigDecimal, DecodeError> {
        long::parse(field, self.text().unwrap_or_default())
    }

    /// The number, rounded; `None` when it is missing, negative or too large.
    ///
    /// # Errors
    /// [`DecodeError::Amount`] naming `field`.
    pub(super) fn quantity_of_long(
        self,
        field: &'static str,
    ) -> Result<Option<Quantity>, DecodeError> {
        match self.text() {
            Some(text) => Ok(long::quantity(&long::parse(field, text)?)),
            None => Ok(None),
        }
    }
}

/// The `data` of an answer. A failure comes with HTTP status 200 and `errors` instead, and where both
/// are there the data are not whole.
///
/// # Errors
/// What the errors mean; [`DecodeError::Format`] for anything that is no such answer.
pub(super) fn data<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, DecodeError> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Option<&'a RawValue>,
        #[serde(borrow)]
        errors: Option<Vec<Failure<'a>>>,
    }
    #[derive(Deserialize)]
    struct Failure<'a> {
        #[serde(borrow)]
        message: Text<'a>,
    }
    let envelope: frame::Object<Envelope<'a>> = frame::parse(frame::document(body)?)?;
    let failures = envelope.0.errors.unwrap_or_default();
    let failures = failures.iter().map(|failure| failure_of(&failure.message));
    // Of several, the one that lasts longest decides when to ask again.
    if let Some(worst) = failures.max_by_key(severity) {
        return Err(worst);
    }
    let data = envelope.0.data;
    frame::parse(
        data.ok_or(DecodeError::Unexpected("neither data nor errors"))?
            .get(),
    )
}

/// What the gateway's or an indexer's words mean: of those that nobody here knows, that it passes.
fn failure_of(message: &str) -> DecodeError {
    /// The operator has to mend something: the key, its plan, the subgraph's id, this program's query.
    const REFUSALS: [&str; 11] = [
        "auth error",
        "subgraph not found",
        "bad query",
        "The `first` argument",
        "The `skip` argument",
        "query is too expensive",
        "Cannot query field",
        "Unknown argument",
        "Fields conflict",
        "Invalid value provided",
        "No value provided",
    ];
    /// Outages that were seen to last for hours and days.
    const OUTAGES: [&str; 2] = ["indexing_error", "no indexers found"];
    let words = frame::reason(message);
    if REFUSALS.iter().any(|begin| message.starts_with(begin)) {
        DecodeError::Refused(words)
    } else {
        DecodeError::Unavailable {
            words,
            lasting: OUTAGES.iter().any(|outage| message.contains(outage)),
        }
    }
}

const fn severity(error: &DecodeError) -> u8 {
    match error {
        DecodeError::Refused(_) => 2,
        DecodeError::Unavailable { lasting: true, .. } => 1,
        _ => 0,
    }
}
