//! What a subscription is about, and a look at it: what there is to say now, unless that was said already.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use parallax::candle::Interval;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_service::Rate;
use serde::Serialize;

use super::protocol::{Wanted, bad_message};
use crate::live::Draft;
use crate::{ApiState, Problem, bars, params};

/// What a subscription is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Topic {
    /// A token's price.
    Price(TokenId),
    /// One market's rate.
    MarketPrice(String),
    /// What every exchange bids and asks for a token.
    Quotes(TokenId),
    /// The same of one market.
    MarketQuotes(String),
    /// A token's bars.
    Candles(TokenId, Interval),
}

/// An answer's moment and what it says.
#[derive(Serialize)]
struct Body<T> {
    at: Timestamp,
    data: T,
}

impl Topic {
    /// Finds what is wanted.
    ///
    /// # Errors
    /// For what there is not, with what there is.
    pub(super) fn find(state: &ApiState, wanted: &Wanted) -> Result<Self, Problem> {
        let is_candles = wanted.channel == "candles";
        let interval = params::given(wanted.interval.as_deref());
        let interval = interval.map(bars::interval).transpose()?;
        if interval.is_some() && !is_candles {
            return Err(bad_message("interval is for the channel candles alone"));
        }
        let token = |text: &str| {
            let token = state.service.find(text);
            token.map(|token| token.id)
        };
        let market = |text: &str| {
            let (_, rate) = state.service.market_rate(text)?;
            Ok::<_, Problem>(format!("{}:{}", rate.exchange, rate.market))
        };
        match (
            wanted.channel.as_str(),
            wanted.token.as_deref(),
            wanted.market.as_deref(),
        ) {
            ("price" | "quotes" | "candles", Some(_), Some(_))
            | ("price" | "quotes", None, None) => Err(bad_message(
                "name either a token, such as \"bitcoin\", or a market, such as \"binance:BTCUSDT\"",
            )),
            ("candles", None, _) => Err(bad_message(
                "candles are of a token's index price: name a token, such as \"bitcoin\"",
            )),
            ("price", Some(text), None) => Ok(Self::Price(token(text)?)),
            ("price", None, Some(text)) => Ok(Self::MarketPrice(market(text)?)),
            ("quotes", Some(text), None) => Ok(Self::Quotes(token(text)?)),
            ("quotes", None, Some(text)) => Ok(Self::MarketQuotes(market(text)?)),
            ("candles", Some(text), None) => {
                let interval = interval.unwrap_or(Interval::Minute);
                Ok(Self::Candles(token(text)?, interval))
            }
            (channel, _, _) => Err(Problem::bad_parameter(
                "channel",
                channel,
                "price, quotes or candles",
            )),
        }
    }

    pub(super) const fn channel(&self) -> &'static str {
        match self {
            Self::Price(_) | Self::MarketPrice(_) => "price",
            Self::Quotes(_) | Self::MarketQuotes(_) => "quotes",
            Self::Candles(..) => "candles",
        }
    }

    pub(super) fn token(&self) -> Option<&TokenId> {
        match self {
            Self::Price(token) | Self::Quotes(token) | Self::Candles(token, _) => Some(token),
            Self::MarketPrice(_) | Self::MarketQuotes(_) => None,
        }
    }

    pub(super) fn market(&self) -> Option<&str> {
        match self {
            Self::MarketPrice(market) | Self::MarketQuotes(market) => Some(market),
            _ => None,
        }
    }

    pub(super) const fn interval(&self) -> Option<&'static str> {
        match self {
            Self::Candles(_, interval) => Some(interval.as_str()),
            _ => None,
        }
    }

    /// Whether the board tells when there is something new; anything else is looked at.
    pub(super) const fn is_told(&self) -> bool {
        matches!(self, Self::Price(_))
    }

    /// What there is to say, unless it was said: `seen` is what this returned beside it last time.
    pub(super) async fn look(&self, state: &ApiState, seen: Option<u64>) -> Option<(Bytes, u64)> {
        match self {
            Self::Price(token) => {
                let number = state.service.published_number(token);
                if seen == Some(number) {
                    return None;
                }
                let make = async {
                    let (at, data) = (state.service.at(), state.service.summary(token));
                    Draft::new(&Body { at, data }, at)
                };
                let question = format!("ws price {token}");
                let made = state.live_body(question, number, make).await.ok()?;
                Some((made.0, number))
            }
            Self::MarketPrice(market) => {
                let make = async {
                    let (at, rate) = state.service.market_rate(market)?;
                    let said = substance(std::slice::from_ref(&rate));
                    Ok(Draft::new(&Body { at, data: rate }, at)?.saying(said))
                };
                self.rates(state, market, seen, make).await
            }
            Self::Quotes(token) => {
                let make = async { quotes(state.service.quotes(token.as_str())?) };
                self.rates(state, token.as_str(), seen, make).await
            }
            Self::MarketQuotes(market) => {
                let make = async {
                    let (at, rate) = state.service.market_rate(market)?;
                    quotes((at, vec![rate]))
                };
                self.rates(state, market, seen, make).await
            }
            Self::Candles(token, interval) => {
                let look = state.bars.look(&state.service, *interval);
                let changed = look
                    .since(seen.unwrap_or_default())
                    .filter(|event| event.token == *token);
                let mut bars = String::new();
                for event in changed {
                    if !bars.is_empty() {
                        bars.push(',');
                    }
                    bars.push_str(event.json());
                }
                if bars.is_empty() && seen.is_some() {
                    return None;
                }
                let mut body = String::new();
                // Writing to a string cannot fail.
                let _ = write!(
                    body,
                    "{{\"at\":\"{}\",\"at_ms\":{},\"data\":[{bars}]}}",
                    look.at,
                    look.at.unix_ms()
                );
                Some((Bytes::from(body), look.version))
            }
        }
    }

    /// A look at rates, shared with others who look at the same.
    async fn rates(
        &self,
        state: &ApiState,
        what: &str,
        seen: Option<u64>,
        make: impl Future<Output = Result<Draft, Problem>>,
    ) -> Option<(Bytes, u64)> {
        let question = format!("ws {} {what}", self.channel());
        // A market that was found at the subscription and is listed no longer says nothing more.
        let number = state.service.markets_number();
        let (body, said) = state.live_body(question, number, make).await.ok()?;
        (seen != Some(said)).then_some((body, said))
    }
}

fn quotes((at, rates): (Timestamp, Vec<Rate>)) -> Result<Draft, Problem> {
    let said = substance(&rates);
    Ok(Draft::new(&Body { at, data: rates }, at)?.saying(said))
}

/// What rates say besides their ages, as a number.
fn substance(rates: &[Rate]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for rate in rates {
        let ageless = Rate {
            age_ms: None,
            ..rate.clone()
        };
        serde_json::to_string(&ageless)
            .unwrap_or_default()
            .hash(&mut hasher);
    }
    hasher.finish()
}
