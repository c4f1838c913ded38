//! What the simulated subgraph answers to a query that has been read.
//!
//! Owns the block and the lists with their filters; the tokens are `contracts`', the figures `rows`'.

use std::collections::BTreeMap;
use std::path::Path;

use bigdecimal::BigDecimal;
use parallax::time::Timestamp;
use serde_json::{Map, Value, json};

use super::contracts;
use super::document::Selection;
use super::recorded::{self, RecordedHour};
use super::rows::{ChainToken, digits};
use crate::error::SimError;
use crate::noise::{field, hash};
use crate::tokens::position;
use crate::walk::Walk;
use crate::world::{SharedWalk, look};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// Rows exist for this long.
const KEPT_S: i64 = 500 * DAY_S;
/// Unless asked otherwise, and as the real one has it.
const DEFAULT_ROWS: usize = 100;
/// A block every twelve seconds.
const BLOCK_S: i64 = 12;
/// Block 0 of the simulated chain, so that numbers look like those of 2026.
const GENESIS_S: i64 = 1_480_000_000;
const DEPLOYMENT: &str = "QmSimulatedUniswapV3";

/// What is wrong with the data, on purpose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mood {
    pub(super) has_indexing_errors: bool,
    pub(super) zero_prices: bool,
}

/// The simulated subgraph.
pub(super) struct Subgraph {
    walk: SharedWalk,
    tokens: Vec<ChainToken>,
    /// Recorded hours of WBTC, in place of simulated ones.
    recorded: BTreeMap<i64, RecordedHour>,
}

/// One list of rows.
#[derive(Debug, Clone, Copy)]
struct Kind {
    time: &'static str,
    step_s: i64,
}

impl Subgraph {
    pub(super) fn new(walk: SharedWalk, recordings: Option<&Path>) -> Result<Self, SimError> {
        Ok(Self {
            tokens: contracts::all()?,
            recorded: recorded::hours(recordings)?,
            walk,
        })
    }

    /// The `data` of the answer.
    ///
    /// # Errors
    /// The message for an argument that cannot be served.
    pub(super) fn select(
        &self,
        selections: &[Selection],
        at: Timestamp,
        mood: Mood,
    ) -> Result<Value, String> {
        let block_s = at.unix_ms() / 1_000 / BLOCK_S * BLOCK_S;
        let seen = Timestamp::from_unix_s(block_s).unwrap_or(at);
        look(&self.walk, |walk| {
            let view = View {
                subgraph: self,
                walk,
                seen,
                mood,
            };
            let data: Result<Map<_, _>, String> = selections
                .iter()
                .map(|selection| Ok((selection.key.clone(), view.root(selection)?)))
                .collect();
            data.map(Value::from)
        })
    }
}

/// The subgraph at one block.
struct View<'a> {
    subgraph: &'a Subgraph,
    walk: &'a Walk,
    seen: Timestamp,
    mood: Mood,
}

impl View<'_> {
    fn root(&self, asked: &Selection) -> Result<Value, String> {
        let id = asked.arguments.get("id").and_then(Value::as_str);
        Ok(match asked.name.as_str() {
            "_meta" => pick(asked, &self.meta()),
            "bundle" if id == Some("1") => pick(asked, &self.bundle()),
            "bundles" => Value::from(vec![pick(asked, &self.bundle())]),
            "token" => id
                .and_then(|id| self.token(id))
                .map_or(Value::Null, |token| pick(asked, &self.describe(token))),
            "tokens" => self.tokens(asked)?,
            "tokenHourDatas" => self.rows(
                asked,
                Kind {
                    time: "periodStartUnix",
                    step_s: HOUR_S,
                },
            )?,
            "tokenDayDatas" => self.rows(
                asked,
                Kind {
                    time: "date",
                    step_s: DAY_S,
                },
            )?,
            _ => Value::Null,
        })
    }

    fn meta(&self) -> Value {
        let number = (self.seen.unix_ms() / 1_000 - GENESIS_S) / BLOCK_S;
        let word = |part: u64| hash(part, 0, number);
        json!({
            "block": {
                "number": number,
                "timestamp": self.seen.unix_ms() / 1_000,
                "hash": format!("0x{:016x}{:016x}{:016x}{:016x}", word(1), word(2), word(3), word(4)),
            },
            "deployment": DEPLOYMENT,
            "hasIndexingErrors": self.mood.has_indexing_errors,
        })
    }

    fn ether(&self) -> BigDecimal {
        let place = position("ETH").unwrap_or(0);
        let ether = ChainToken {
            address: String::new(),
            symbol: String::new(),
            name: String::new(),
            token: Some(place),
            busy_percent: 100,
            volume_usd: 0,
            locked_usd: 0,
            transactions: 0,
            field: field("ether") << 4,
        };
        ether.usd(self.walk, self.seen)
    }

    fn bundle(&self) -> Value {
        json!({ "id": "1", "ethPriceUSD": self.ether().to_plain_string() })
    }

    fn token(&self, id: &str) -> Option<&ChainToken> {
        // The real one finds nothing under an address in upper case either.
        self.subgraph
            .tokens
            .iter()
            .find(|token| token.address == id)
    }

    fn describe(&self, token: &ChainToken) -> Value {
        let derived = if self.mood.zero_prices {
            BigDecimal::from(0)
        } else {
            digits(&(token.usd(self.walk, self.seen) / self.ether()))
        };
        let volume_usd = token.volume_ever(self.seen);
        json!({
            "id": token.address, "symbol": token.symbol, "name": token.name, "decimals": "18",
            "totalSupply": token.supply(), "volume": "0", "volumeUSD": volume_usd,
            "untrackedVolumeUSD": volume_usd, "feesUSD": "0",
            "txCount": token.transactions.to_string(), "poolCount": "0", "totalValueLocked": "0",
            "totalValueLockedUSD": format!("{}.25", token.locked_usd), "derivedETH": derived.to_plain_string(),
        })
    }

    /// Tokens by address, or by value locked.
    fn tokens(&self, asked: &Selection) -> Result<Value, String> {
        let argument = |name: &str| asked.arguments.get(name).and_then(Value::as_str);
        let is_by_value = match argument("orderBy") {
            Some("totalValueLockedUSD") => true,
            None | Some("id") => false,
            Some(order) => {
                return Err(format!(
                    "Invalid value provided for argument `orderBy`: Enum({order:?})"
                ));
            }
        };
        let filter = asked.arguments.get("where");
        let wanted = |token: &&ChainToken| {
            let by = |key: &str| filter.and_then(|filter| filter.get(key));
            by("id").is_none_or(|id| *id == token.address)
                && by("id_in").is_none_or(|ids| contains(ids, &token.address))
                && by("id_gt").is_none_or(|id| id.as_str().is_some_and(|id| *token.address > *id))
                && by("volumeUSD_gt").is_none_or(|least| {
                    let volume: Option<BigDecimal> = token.volume_ever(self.seen).parse().ok();
                    volume > number(least)
                })
                && by("txCount_gt")
                    .is_none_or(|least| Some(BigDecimal::from(token.transactions)) > number(least))
        };
        let mut found: Vec<_> = self.subgraph.tokens.iter().filter(wanted).collect();
        found.sort_by(|one, other| {
            let by_id = one.address.cmp(&other.address);
            match is_by_value {
                true => one.locked_usd.cmp(&other.locked_usd).then(by_id),
                false => by_id,
            }
        });
        if argument("orderDirection") == Some("desc") {
            found.reverse();
        }
        let page = page(asked, found.into_iter());
        let rows = page.map(|token| pick(asked, &self.describe(token)));
        Ok(rows.collect::<Vec<_>>().into())
    }

    /// Rows by token and time. Without a token there are none: nobody needs all tokens' rows here.
    fn rows(&self, asked: &Selection, kind: Kind) -> Result<Value, String> {
        let order = asked.arguments.get("orderBy").and_then(Value::as_str);
        if order.is_some_and(|by| by != kind.time && by != "id") {
            return Err(format!(
                "Invalid value provided for argument `orderBy`: Enum({order:?})"
            ));
        }
        let nothing = Value::Null;
        let filter = asked.arguments.get("where").unwrap_or(&nothing);
        let tokens = self.subgraph.tokens.iter().filter(|token| {
            filter.get("token").is_some_and(|id| *id == token.address)
                || filter
                    .get("token_in")
                    .is_some_and(|ids| contains(ids, &token.address))
        });
        let times = self.times(filter, kind);
        let mut keys: Vec<(i64, &ChainToken)> = tokens
            .flat_map(|token| times.iter().map(move |time| (*time, token)))
            .filter(|(time, token)| {
                self.recorded(token, *time, kind).is_some()
                    || token.is_touched(self.walk, *time, kind.step_s)
            })
            .collect();
        keys.sort_by(|(time, one), (later, other)| {
            time.cmp(later)
                .then_with(|| one.address.cmp(&other.address))
        });
        let descending = asked
            .arguments
            .get("orderDirection")
            .and_then(Value::as_str);
        if descending == Some("desc") {
            keys.reverse();
        }
        let page = page(asked, keys.into_iter());
        let rows =
            page.filter_map(|(time, token)| Some(pick(asked, &self.row(token, time, kind)?)));
        Ok(rows.collect::<Vec<_>>().into())
    }

    /// The beginnings of the intervals that the filter lets through, oldest first.
    fn times(&self, filter: &Value, kind: Kind) -> Vec<i64> {
        let newest = self.seen.unix_ms() / 1_000 / kind.step_s * kind.step_s;
        let by = |suffix: &str| {
            filter
                .get(format!("{}{suffix}", kind.time))
                .and_then(Value::as_i64)
        };
        let kept = self.subgraph.recorded.keys().next().copied();
        let oldest = (newest - KEPT_S).min(kept.unwrap_or(i64::MAX)) / kind.step_s * kind.step_s;
        let first = by("_gte")
            .or_else(|| by("_gt").map(|time| time + 1))
            .or_else(|| by(""))
            .unwrap_or(oldest)
            .max(oldest);
        let last = by("_lte")
            .or_else(|| by("_lt").map(|time| time - 1))
            .or_else(|| by(""))
            .unwrap_or(newest)
            .min(newest);
        let first = -(-first).div_euclid(kind.step_s) * kind.step_s;
        let all = (0..)
            .map(|number| first + number * kind.step_s)
            .take_while(|time| *time <= last);
        match filter.get(format!("{}_in", kind.time)) {
            Some(wanted) => all
                .filter(|time| {
                    wanted
                        .as_array()
                        .is_some_and(|wanted| wanted.iter().any(|it| it.as_i64() == Some(*time)))
                })
                .collect(),
            None => all.collect(),
        }
    }

    fn recorded(&self, token: &ChainToken, time: i64, kind: Kind) -> Option<&RecordedHour> {
        (token.symbol == "WBTC" && kind.step_s == HOUR_S)
            .then(|| self.subgraph.recorded.get(&time))
            .flatten()
    }

    fn row(&self, token: &ChainToken, time: i64, kind: Kind) -> Option<Value> {
        let figures = token.figures(self.walk, time, kind.step_s, self.seen)?;
        let number = time / kind.step_s;
        let mut row = json!({
            "id": format!("{}-{number}", token.address), "token": self.brief(token),
            "volume": figures.volume, "volumeUSD": figures.volume_usd,
            "untrackedVolumeUSD": figures.volume_usd, "feesUSD": "0",
            "totalValueLocked": "0", "totalValueLockedUSD": "0",
            "open": figures.open, "high": figures.high, "low": figures.low, "close": figures.close,
            "priceUSD": figures.close,
        });
        let row_fields = row.as_object_mut()?;
        row_fields.insert(kind.time.to_owned(), time.into());
        if let Some(recorded) = self.recorded(token, time, kind) {
            for (name, text) in [
                ("open", &recorded.open),
                ("high", &recorded.high),
                ("low", &recorded.low),
                ("close", &recorded.close),
                ("priceUSD", &recorded.price_usd),
            ] {
                row_fields.insert(name.to_owned(), text.as_str().into());
            }
        } else if self.mood.zero_prices {
            for name in ["high", "low", "close", "priceUSD"] {
                row_fields.insert(name.to_owned(), "0".into());
            }
        }
        Some(row)
    }

    /// The token as far as rows show it.
    fn brief(&self, token: &ChainToken) -> Value {
        json!({ "id": token.address, "symbol": token.symbol, "name": token.name, "decimals": "18" })
    }
}

/// A number of a filter, which graph-node takes as a number and as a text.
fn number(value: &Value) -> Option<BigDecimal> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_i64().map(BigDecimal::from),
    }
}

fn contains(list: &Value, text: &str) -> bool {
    list.as_array()
        .is_some_and(|list| list.iter().any(|item| item.as_str() == Some(text)))
}

/// The part of a list that `first` and `skip` ask for.
fn page<T>(asked: &Selection, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let number = |name: &str| {
        let value = asked.arguments.get(name).and_then(Value::as_u64)?;
        usize::try_from(value).ok()
    };
    items
        .skip(number("skip").unwrap_or(0))
        .take(number("first").unwrap_or(DEFAULT_ROWS))
}

/// The fields of an object that are asked for, under the names they are asked for by.
fn pick(asked: &Selection, object: &Value) -> Value {
    let fields = asked.fields.iter().map(|field| {
        let value = object.get(&field.name).unwrap_or(&Value::Null);
        let value = if field.fields.is_empty() {
            value.clone()
        } else {
            pick(field, value)
        };
        (field.key.clone(), value)
    });
    fields.collect::<Map<_, _>>().into()
}
