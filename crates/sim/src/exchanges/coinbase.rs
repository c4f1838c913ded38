//! Simulated Coinbase Exchange: the ticker, matches and heartbeat channels, products and candles.
//!
//! A ticker accompanies every match, both with the product's rising sequence; `side` is the maker's in
//! a match and the taker's in a ticker. A client must subscribe within five seconds.

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dialect::{
    Answer, Channel, ChannelFrame, Context, Dialect, Manners, RestAnswer, Subscriptions,
};
use crate::digits::{decimal, decimal_padded, smallest};
use crate::listing::{Listing, Listings};
use crate::snapshot::{Execution, History, Snapshot};

/// The channels this exchange has; `level2_batch` is granted but silent here.
const CHANNELS: [Channel; 6] = [
    "ticker",
    "ticker_batch",
    "matches",
    "heartbeat",
    "level2_batch",
    "level2",
];
const SIZE_PLACES: u32 = 8;
/// Candles in an answer.
const MAX_CANDLES: usize = 300;
const GRANULARITIES: [i64; 6] = [60, 300, 900, 3_600, 21_600, 86_400];

#[derive(Debug)]
pub(super) struct Coinbase;

#[derive(Deserialize)]
struct ClientRequest {
    r#type: String,
    #[serde(default)]
    product_ids: Vec<String>,
    #[serde(default)]
    channels: Vec<ChannelRequest>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ChannelRequest {
    Name(String),
    Own {
        name: String,
        #[serde(default)]
        product_ids: Vec<String>,
    },
}

fn failed(reason: &str) -> Answer {
    Answer::say(
        json!({"type": "error", "message": "Failed to subscribe", "reason": reason}).to_string(),
    )
}

/// What the request names, or the exchange's words against it. All or nothing, as on the real one.
fn named(request: &ClientRequest, listings: &Listings) -> Result<Vec<(usize, Channel)>, String> {
    let mut all = Vec::new();
    for channel in &request.channels {
        let (name, products) = match channel {
            ChannelRequest::Name(name) => (name, &request.product_ids),
            ChannelRequest::Own { name, product_ids } if product_ids.is_empty() => {
                (name, &request.product_ids)
            }
            ChannelRequest::Own { name, product_ids } => (name, product_ids),
        };
        let Some(channel) = CHANNELS.into_iter().find(|known| known == name) else {
            return Err(format!("{name} is not a valid channel"));
        };
        if products.is_empty() {
            return Err("no product_ids given".to_owned());
        }
        for product in products {
            let market = listings
                .find(product)
                .ok_or_else(|| format!("{product} is not a valid product"))?;
            all.push((market, channel));
        }
    }
    if all.is_empty() {
        Err("no channels given".to_owned())
    } else {
        Ok(all)
    }
}

/// Everything the connection is subscribed to now.
fn subscriptions(context: &Context<'_>, subs: &Subscriptions) -> String {
    let channels: Vec<_> = CHANNELS
        .into_iter()
        .filter_map(|channel| {
            let products: Vec<_> = subs
                .markets(channel)
                .into_iter()
                .filter_map(|market| Some(context.listings.get(market)?.symbol.clone()))
                .collect();
            (!products.is_empty()).then(|| json!({"name": channel, "product_ids": products}))
        })
        .collect();
    json!({"type": "subscriptions", "channels": channels}).to_string()
}

/// Any UUID-shaped text: order ids mean nothing here.
fn order_id(number: u64) -> String {
    let low = number & 0xffff_ffff_ffff;
    format!("00000000-0000-4000-8000-{low:012x}")
}

fn side(buy: bool) -> &'static str {
    if buy { "buy" } else { "sell" }
}

fn ticker(listing: &Listing, now: &Snapshot) -> String {
    let price = |ticks| decimal(ticks, listing.price_places);
    let size = |lots| decimal_padded(lots, listing.size_places, SIZE_PLACES);
    format!(
        "{{\"type\":\"ticker\",\"sequence\":{},\"product_id\":\"{}\",\"price\":\"{}\",\"open_24h\":\"{}\",\"volume_24h\":\"{}\",\
         \"low_24h\":\"{}\",\"high_24h\":\"{}\",\"volume_30d\":\"{}\",\"best_bid\":\"{}\",\"best_bid_size\":\"{}\",\
         \"best_ask\":\"{}\",\"best_ask_size\":\"{}\",\"side\":\"{}\",\"time\":\"{}\",\"trade_id\":{},\"last_size\":\"{}\"}}",
        now.sequence,
        listing.symbol,
        price(now.last.price),
        price(now.day.open),
        size(now.day.volume),
        price(now.day.low),
        price(now.day.high),
        size(now.day.volume.saturating_mul(30)),
        price(now.bid),
        size(now.bid_size),
        price(now.ask),
        size(now.ask_size),
        side(now.last.taker_bought),
        now.at,
        now.last.id,
        size(now.last.size),
    )
}

fn match_message(kind: &str, listing: &Listing, now: &Snapshot, execution: &Execution) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"trade_id\":{},\"maker_order_id\":\"{}\",\"taker_order_id\":\"{}\",\"side\":\"{}\",\
         \"size\":\"{}\",\"price\":\"{}\",\"product_id\":\"{}\",\"sequence\":{},\"time\":\"{}\"}}",
        execution.id,
        order_id(execution.id * 2),
        order_id(execution.id * 2 + 1),
        side(!execution.taker_bought),
        decimal_padded(execution.size, listing.size_places, SIZE_PLACES),
        decimal(execution.price, listing.price_places),
        listing.symbol,
        now.sequence,
        now.at,
    )
}

impl Dialect for Coinbase {
    fn manners(&self) -> Manners {
        Manners {
            ping_every_s: 30,
            heartbeat_every_s: 1,
            subscribe_within_s: 5,
            messages_per_second: 100,
            quote_means_trade: true,
            announces_disconnects: false,
            shows_halts: false,
        }
    }

    fn is_stream(&self, path: &str) -> bool {
        path.is_empty()
    }

    fn request(&self, text: &str, context: &Context<'_>, subs: &mut Subscriptions) -> Answer {
        let Ok(request) = serde_json::from_str::<ClientRequest>(text) else {
            return failed("malformed request");
        };
        let named = match named(&request, context.listings) {
            Ok(named) => named,
            Err(reason) => return failed(&reason),
        };
        let mut answer = Answer::default();
        match request.r#type.as_str() {
            "subscribe" => {
                for (market, channel) in named {
                    subs.add(market, channel);
                    let (Some(listing), Some(now)) =
                        (context.listings.get(market), context.latest(market))
                    else {
                        continue;
                    };
                    match channel {
                        "matches" => {
                            answer
                                .send
                                .push(match_message("last_match", listing, now, &now.last))
                        }
                        "ticker" => answer.send.push(ticker(listing, now)),
                        _ => {}
                    }
                }
            }
            "unsubscribe" => {
                for wanted in named {
                    subs.wanted.remove(&wanted);
                }
            }
            other => return failed(&format!("unknown type {other}")),
        }
        answer.send.insert(0, subscriptions(context, subs));
        answer
    }

    fn heartbeats(&self, context: &Context<'_>, subs: &Subscriptions) -> Vec<String> {
        subs.markets("heartbeat")
            .into_iter()
            .filter_map(|market| {
                let listing = context.listings.get(market)?;
                let latest = context.latest(market);
                let (sequence, last) = latest.map_or((0, 0), |now| (now.sequence, now.last.id));
                Some(format!(
                    "{{\"type\":\"heartbeat\",\"sequence\":{sequence},\"last_trade_id\":{last},\"product_id\":\"{}\",\"time\":\"{}\"}}",
                    listing.symbol, context.at
                ))
            })
            .collect()
    }

    fn quote(&self, listing: &Listing, now: &Snapshot) -> Vec<ChannelFrame> {
        vec![("ticker", ticker(listing, now))]
    }

    fn trade(&self, listing: &Listing, now: &Snapshot, execution: &Execution) -> Vec<ChannelFrame> {
        vec![("matches", match_message("match", listing, now, execution))]
    }

    fn discovery(&self, listings: &Listings, _at: Timestamp) -> String {
        let products: Vec<_> = listings
            .iter()
            .map(|(_, listing)| {
                json!({
                    "id": listing.symbol, "base_currency": listing.base, "quote_currency": listing.quote,
                    "quote_increment": smallest(listing.price_places), "base_increment": smallest(listing.size_places),
                    "display_name": format!("{}/{}", listing.base, listing.quote), "min_market_funds": "1",
                    "margin_enabled": false, "post_only": false, "limit_only": false, "cancel_only": false,
                    "trading_disabled": false, "status": "online", "status_message": "",
                })
            })
            .collect();
        Value::from(products).to_string()
    }

    fn is_discovery(&self, path: &str) -> bool {
        path == "products"
    }

    fn rest(
        &self,
        path: &str,
        query: &HashMap<String, String>,
        listings: &Listings,
        history: &dyn History,
        at: Timestamp,
    ) -> Option<RestAnswer> {
        let product = path.strip_prefix("products/")?.strip_suffix("/candles")?;
        let message = |status, text: &str| {
            Some(RestAnswer::refused(
                status,
                json!({"message": text}).to_string(),
            ))
        };
        let Some((market, listing)) = listings.named(product) else {
            return message(404, "NotFound");
        };
        let granularity_s = query
            .get("granularity")
            .map_or(Some(60), |text| text.parse::<i64>().ok());
        let Some(granularity_s) = granularity_s.filter(|wanted| GRANULARITIES.contains(wanted))
        else {
            return message(400, "Unsupported granularity");
        };
        let bound = |key: &str| query.get(key).map(|text| time_s(text)).transpose();
        let (Ok(start_s), Ok(end_s)) = (bound("start"), bound("end")) else {
            return message(400, "Invalid start or end");
        };
        let end_s = end_s.unwrap_or(at.unix_ms() / 1_000);
        let most = i64::try_from(MAX_CANDLES).unwrap_or(0);
        let start_s = start_s.unwrap_or(end_s - (most - 1) * granularity_s);
        let from_s = -(-start_s).div_euclid(granularity_s) * granularity_s;
        if end_s.saturating_sub(from_s) / granularity_s > most {
            return message(
                400,
                "granularity too small for the requested time range. Count of aggregations requested exceeds 300",
            );
        }
        let rows: Vec<_> = history
            .candles(market, granularity_s, from_s, end_s + 1, MAX_CANDLES)
            .iter()
            .rev()
            .map(|row| {
                let price = |ticks| decimal(ticks, listing.price_places);
                format!(
                    "[{},{},{},{},{},{}]",
                    row.open_time_s,
                    price(row.low),
                    price(row.high),
                    price(row.open),
                    price(row.close),
                    decimal(row.volume, listing.size_places)
                )
            })
            .collect();
        Some(RestAnswer::ok(format!("[{}]", rows.join(","))))
    }
}

/// Seconds since 1970, written so or as RFC 3339.
fn time_s(text: &str) -> Result<i64, parallax::time::TimestampError> {
    let at = match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_unix_s(seconds),
        Err(_) => text.parse(),
    };
    at.map(|at| at.unix_ms() / 1_000)
}
