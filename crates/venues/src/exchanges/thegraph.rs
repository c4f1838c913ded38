//! The Graph: what the subgraph of Uniswap v3 on Ethereum says about tokens, polled with GraphQL.
//!
//! A market is a contract; its symbol here is the contract's address in lower case, because what a
//! contract calls itself proves nothing. The price is the one the subgraph makes: the token's price in
//! ether through its deepest pools, times ether's in USD. Numbers have 34 digits and are rounded once,
//! in `long`. Every answer says at which block it was read; that block's time is the time of its prices.
//!
//! The rows of an hour or a day hold open, high, low and close, which are not always consistent: the
//! open may lie outside of high and low, because it was the price before the first trade. Such a row is
//! widened, so that the candle holds its open and its close. A row with a zero in any of the four is no
//! candle: the subgraph writes 0 where it has no price. An hour in which nobody traded has no row.
//!
//! `totalSupply` is passed on as the subgraph has it and marked unreliable: it is a number out of the
//! contract's event, without decimals, and often nonsense (WBTC: 18240).

use std::fmt::Write as _;
use std::time::Duration;

use bigdecimal::BigDecimal;
use parallax::candle::{Interval, VenueCandle};
use parallax::catalogue::Catalogue;
use parallax::market::{Asset, Listing, Market};
use parallax::time::Timestamp;
use parallax::token::{Symbol, TokenId};
use parallax::venue::VenueId;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::candles;
use crate::long;
use crate::spec::{
    Adapter, Answer, CandlePage, CandleQuery, DecodeError, DefaultEndpoints, Descriptor,
    DiscoveredContract, Endpoints, Kind, Observation, Poll, PollFacts, Request,
};

#[path = "thegraph/answer.rs"]
mod answer;

use self::answer::{Claim, Meta, Polled, Row, data};

/// The chain whose contracts the subgraph knows, by its name in the catalogue.
const CHAIN: &str = "ethereum";

/// The most rows of one answer: graph-node refuses a larger `first`.
const MAX_ROWS: u32 = 1_000;

/// The most tokens in one query. Each is asked for three times, so the query stays below 40 kB and no
/// part of the answer comes near [`MAX_ROWS`].
const MAX_TOKENS: usize = 250;

/// How many contracts are asked for, by value locked.
const MAX_CONTRACTS: u32 = 500;

/// Value locked alone can be had for nothing: with a pool of two tokens of one's own at a price of one's own. So a
/// contract must also have been traded for this much in USD, of which the subgraph counts only what was paid in
/// tokens that it trusts, ...
const LEAST_VOLUME_USD: u32 = 1_000_000;

/// ... in more transactions than this, each of which cost somebody its fee.
const LEAST_TRANSACTIONS: u32 = 1_000;

static DESCRIPTOR: Descriptor = Descriptor {
    id: "thegraph",
    name: "Uniswap v3 (The Graph)",
    website: "https://thegraph.com",
    docs_url: "https://thegraph.com/docs/en/subgraphs/querying/introduction/",
    endpoints: DefaultEndpoints {
        stream: "",
        rest: "https://gateway.thegraph.com/api/subgraphs/id/5zvR82QoaXYFyDEKLZ9t6v9adgnptxYpKpSbxtgVENFV",
    },
    // No limit is published.
    request_gap: Duration::from_millis(200),
    candles_per_request: MAX_ROWS,
    candle_intervals: &[Interval::Hour, Interval::Day],
    // Two polls, so that one that fails costs nothing.
    max_quote_age: Duration::from_secs(20 * 60),
};

static POLLING: PollFacts = PollFacts {
    chain: CHAIN,
    // The gateway tries one indexer after another for up to 60 s.
    timeout: Duration::from_secs(75),
    max_answer_bytes: 4 * 1_024 * 1_024,
    needs_key: true,
};

/// Uniswap v3 through The Graph.
pub const ADAPTER: &dyn Adapter = &TheGraph;

#[derive(Debug)]
struct TheGraph;

impl Adapter for TheGraph {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn kind(&self) -> Kind<'_> {
        Kind::Poll(self)
    }

    fn candles(&self, endpoints: &Endpoints, query: &CandleQuery<'_>) -> Option<Request> {
        let rows = Rows::of(query.interval)?;
        let window = candles::window(query, u32::MAX)?;
        let address = address(&query.listing.symbol)?;
        let (name, time) = (rows.name, rows.time);
        // Asked for by what lies after the last row held, never with `skip`, which ends at 5,000.
        let after = window.first.unix_ms() / 1_000 - 1;
        let until = window.end.unix_ms() / 1_000;
        let document = format!(
            "{{ _meta {{ block {{ number timestamp hash }} deployment hasIndexingErrors }} \
             {name}(first: {MAX_ROWS}, orderBy: {time}, orderDirection: asc, \
             where: {{ token: \"{address}\", {time}_gt: {after}, {time}_lt: {until} }}) \
             {{ {time} open high low close volume volumeUSD }} }}"
        );
        Some(ask(endpoints, &document))
    }

    fn parse_candles(
        &self,
        query: &CandleQuery<'_>,
        body: &[u8],
    ) -> Result<CandlePage, DecodeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Data<'a> {
            #[serde(rename = "_meta")]
            meta: Option<Meta>,
            #[serde(borrow)]
            token_hour_datas: Option<Vec<Row<'a>>>,
            #[serde(borrow)]
            token_day_datas: Option<Vec<Row<'a>>>,
        }
        let data: Data<'_> = data(body)?;
        let rows = match query.interval {
            Interval::Day => data.token_day_datas,
            Interval::Minute | Interval::Hour => data.token_hour_datas,
        };
        let rows = rows.ok_or(DecodeError::Unexpected("no rows"))?;
        // An indexer behind the present has not seen the end of the last interval yet.
        let seen = data.meta.map(|meta| meta.time()).transpose()?;
        let until = seen.map_or(query.until, |seen| query.until.min(seen));
        let is_full = rows.len() >= usize::try_from(MAX_ROWS).unwrap_or(usize::MAX);
        let last = rows
            .iter()
            .map(Row::open_time)
            .try_fold(None, |last: Option<Timestamp>, time| {
                Ok::<_, DecodeError>(last.max(Some(time?)))
            })?;
        let settled_until = match last {
            Some(last) if is_full => last.plus(query.interval.duration()),
            _ => until,
        };
        let candles: Result<Vec<_>, _> = rows.iter().map(Row::candle).collect();
        let query = CandleQuery { until, ..*query };
        Ok(CandlePage {
            candles: candles::finished(&query, candles?.into_iter().flatten().collect()),
            settled_until,
        })
    }
}

impl Poll for TheGraph {
    fn facts(&self) -> &'static PollFacts {
        &POLLING
    }

    fn markets(&self, catalogue: &Catalogue) -> Vec<Listing> {
        let (Ok(venue), Ok(usd), Ok(quote_code)) = (
            VenueId::new(DESCRIPTOR.id),
            TokenId::new("usd"),
            Symbol::new("USD"),
        ) else {
            return Vec::new();
        };
        let contracts = catalogue.contracts_on(CHAIN, &venue);
        contracts
            .filter_map(|(token, contract)| {
                Some(Listing {
                    venue: venue.clone(),
                    symbol: address(&contract.address)?.into(),
                    base_code: token.symbol.clone(),
                    quote_code: quote_code.clone(),
                    market: Market {
                        base: Asset::Token(token.id.clone()),
                        quote: Asset::Token(usd.clone()),
                    },
                })
            })
            .collect()
    }

    fn ask(&self, endpoints: &Endpoints, markets: &[Listing], now: Timestamp) -> Vec<Request> {
        let hour = Interval::Hour.duration();
        let current = now.floor(hour);
        let previous = current.minus(hour);
        markets
            .chunks(MAX_TOKENS)
            .map(|markets| ask(endpoints, &poll_document(markets, current, previous)))
            .collect()
    }

    fn parse_answer(&self, markets: &[Listing], body: &[u8]) -> Result<Answer, DecodeError> {
        let data: Polled<'_> = data(body)?;
        let observed_at = data.meta.time()?;
        let ether = match &data.bundle {
            Some(bundle) => bundle.eth_price_usd.long("ethPriceUSD")?,
            None => BigDecimal::from(0),
        };
        let mut hours: FxHashMap<String, Vec<VenueCandle>> = FxHashMap::default();
        for hour in data.previous.iter().chain(&data.current) {
            if let (Some(token), Some(candle)) = (&hour.token, hour.candle()?) {
                let hours = hours.entry(token.id.to_lowercase()).or_default();
                hours.push(candle);
            }
        }
        let mut answered = Vec::with_capacity(data.tokens.len());
        for token in &data.tokens {
            let id = token.id.to_lowercase();
            // A token that was not asked for is ignored.
            let Some(market) = markets.iter().position(|listing| *listing.symbol == *id) else {
                continue;
            };
            let mut hours = hours.remove(&id).unwrap_or_default();
            hours.sort_by_key(|hour| hour.open_time);
            hours.dedup_by_key(|hour| hour.open_time);
            answered.push(Observation {
                market: u32::try_from(market).unwrap_or(u32::MAX),
                price: long::price(&(token.derived_eth.long("derivedETH")? * &ether)),
                total_supply: token.total_supply.quantity_of_long("totalSupply")?,
                total_supply_reliable: false,
                volume_usd: token.volume_usd.quantity_of_long("volumeUSD")?,
                hours,
            });
        }
        answered.sort_by_key(|observation| observation.market);
        answered.dedup_by_key(|observation| observation.market);
        Ok(Answer {
            block: data.meta.block.number,
            observed_at,
            markets: answered,
        })
    }

    fn discovery(&self, endpoints: &Endpoints) -> Request {
        let document = format!(
            "{{ _meta {{ block {{ number timestamp hash }} deployment hasIndexingErrors }} \
             tokens(first: {MAX_CONTRACTS}, orderBy: totalValueLockedUSD, orderDirection: desc, \
             where: {{ volumeUSD_gt: \"{LEAST_VOLUME_USD}\", txCount_gt: \"{LEAST_TRANSACTIONS}\" }}) \
             {{ id symbol name totalValueLockedUSD }} }}"
        );
        ask(endpoints, &document)
    }

    fn parse_discovery(&self, body: &[u8]) -> Result<Vec<DiscoveredContract>, DecodeError> {
        #[derive(Deserialize)]
        struct Data<'a> {
            #[serde(rename = "_meta")]
            meta: Meta,
            #[serde(borrow)]
            tokens: Vec<&'a RawValue>,
        }
        let data: Data<'_> = data(body)?;
        data.meta.time()?;
        let mut seen = FxHashSet::default();
        let contract = |row: &&RawValue| {
            let claim: Claim<'_> = serde_json::from_str(row.get()).ok()?;
            let address = address(&claim.id)?;
            seen.insert(address.clone()).then(|| DiscoveredContract {
                address,
                locked_usd: claim.locked_usd(),
                symbol: claim.symbol.into_owned(),
                name: claim.name.into_owned(),
            })
        };
        Ok(data.tokens.iter().filter_map(contract).collect())
    }
}

/// The one query of a poll. Aliases tell the two hours apart; everything is of one block.
fn poll_document(markets: &[Listing], current: Timestamp, previous: Timestamp) -> String {
    let mut ids = String::new();
    for listing in markets {
        if let Some(address) = address(&listing.symbol) {
            // Writing to a string cannot fail.
            let _ = write!(ids, "\"{address}\" ");
        }
    }
    let ids = ids.trim_end();
    let hour = |alias: &str, opens: Timestamp| {
        format!(
            "{alias}: tokenHourDatas(first: {MAX_ROWS}, where: {{ token_in: [{ids}], \
             periodStartUnix: {} }}) {{ token {{ id }} periodStartUnix open high low close volume \
             volumeUSD }}",
            opens.unix_ms() / 1_000
        )
    };
    format!(
        "{{ _meta {{ block {{ number timestamp hash }} deployment hasIndexingErrors }} \
         bundle(id: \"1\") {{ ethPriceUSD }} \
         tokens(first: {MAX_ROWS}, where: {{ id_in: [{ids}] }}) {{ id derivedETH totalSupply volumeUSD }} \
         {} {} }}",
        hour("previous", previous),
        hour("current", current),
    )
}

fn ask(endpoints: &Endpoints, document: &str) -> Request {
    Request::post(
        endpoints.rest.clone(),
        json!({ "query": document }).to_string(),
        endpoints.key.clone(),
    )
}

/// The address in lower case; `None` for anything else, which must not get into a query.
fn address(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x")?;
    let is_address = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_address.then(|| text.to_lowercase())
}

/// Which rows hold the candles of an interval.
struct Rows {
    name: &'static str,
    time: &'static str,
}

impl Rows {
    /// `None` where there are none.
    const fn of(interval: Interval) -> Option<Self> {
        match interval {
            Interval::Minute => None,
            Interval::Hour => Some(Self {
                name: "tokenHourDatas",
                time: "periodStartUnix",
            }),
            Interval::Day => Some(Self {
                name: "tokenDayDatas",
                time: "date",
            }),
        }
    }
}
