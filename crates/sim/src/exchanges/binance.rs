//! Simulated Binance: the combined stream, SUBSCRIBE messages, exchangeInfo and klines.
//!
//! Prices and sizes are strings of eight places, `bookTicker` carries no time, symbols are lower case
//! in stream names. Differs from the real one in a known way: a stream nobody lists is answered with an
//! error, so that a client's mistake shows.

mod rest;

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dialect::{
    Answer, Channel, ChannelFrame, Context, Dialect, Manners, RestAnswer, Subscriptions,
};
use crate::digits::decimal_padded;
use crate::listing::{Listing, Listings};
use crate::snapshot::{Execution, History, Snapshot};

/// Streams a connection may hold.
const MAX_STREAMS: usize = 1_024;
const CHANNELS: [Channel; 5] = ["bookTicker", "aggTrade", "trade", "miniTicker", "ticker"];
const PLACES: u32 = 8;

#[derive(Debug)]
pub(super) struct Binance;

#[derive(Deserialize)]
struct ClientRequest {
    method: String,
    #[serde(default)]
    params: Vec<String>,
    id: Value,
}

/// The market and channel that a stream name means.
fn stream(name: &str, listings: &Listings) -> Option<(usize, Channel)> {
    let (symbol, channel) = name.split_once('@')?;
    let channel = CHANNELS.into_iter().find(|known| *known == channel)?;
    // Upper case is not a stream name on the real exchange either.
    let market =
        (symbol == symbol.to_lowercase()).then(|| listings.find(&symbol.to_uppercase()))??;
    Some((market, channel))
}

fn refusal(code: i64, message: &str, id: &Value) -> String {
    json!({"code": code, "msg": message, "id": id}).to_string()
}

/// Channels that carry nothing here but are accepted: a client may ask for a book or for klines.
fn is_mute(name: &str) -> bool {
    name == "!serverShutdown"
        || name.split_once('@').is_some_and(|(_, channel)| {
            channel.starts_with("depth") || channel.starts_with("kline_")
        })
}

fn subscribe(
    names: &[String],
    id: &Value,
    context: &Context<'_>,
    subs: &mut Subscriptions,
) -> String {
    let mut unknown = None;
    for name in names {
        match stream(name, context.listings) {
            _ if subs.wanted.len() >= MAX_STREAMS => {
                return refusal(
                    2,
                    "Invalid request: too many streams on this connection",
                    id,
                );
            }
            Some((market, channel)) => subs.add(market, channel),
            None if is_mute(name) => subs.granted = true,
            None => unknown = Some(name),
        }
    }
    match unknown {
        Some(name) => refusal(2, &format!("Invalid request: unknown stream {name}"), id),
        None => json!({"result": null, "id": id}).to_string(),
    }
}

fn envelope(listing: &Listing, channel: Channel, data: &str) -> ChannelFrame {
    let symbol = listing.symbol.to_lowercase();
    (
        channel,
        format!("{{\"stream\":\"{symbol}@{channel}\",\"data\":{data}}}"),
    )
}

fn price(listing: &Listing, ticks: i128) -> String {
    decimal_padded(ticks, listing.price_places, PLACES)
}

fn size(listing: &Listing, lots: i128) -> String {
    decimal_padded(lots, listing.size_places, PLACES)
}

/// Price times volume, cut to eight places.
fn turnover(listing: &Listing, ticks: i128, lots: i128) -> String {
    let places = listing.price_places + listing.size_places;
    let cut = places.saturating_sub(PLACES);
    let units = ticks.saturating_mul(lots) / crate::digits::power_of_ten(cut);
    decimal_padded(units, places - cut, PLACES)
}

impl Dialect for Binance {
    fn manners(&self) -> Manners {
        Manners {
            ping_every_s: 20,
            heartbeat_every_s: 0,
            subscribe_within_s: 0,
            messages_per_second: 5,
            quote_means_trade: false,
            announces_disconnects: true,
            shows_halts: false,
        }
    }

    fn is_stream(&self, path: &str) -> bool {
        path == "stream"
    }

    fn subscribe_by_query(
        &self,
        query: &HashMap<String, String>,
        context: &Context<'_>,
        subs: &mut Subscriptions,
    ) {
        let names = query.get("streams").map(String::as_str).unwrap_or_default();
        for name in names.split('/').filter(|name| !name.is_empty()) {
            match stream(name, context.listings) {
                Some((market, channel)) if subs.wanted.len() < MAX_STREAMS => {
                    subs.add(market, channel)
                }
                _ => subs.granted |= is_mute(name),
            }
        }
    }

    fn request(&self, text: &str, context: &Context<'_>, subs: &mut Subscriptions) -> Answer {
        let Ok(request) = serde_json::from_str::<ClientRequest>(text) else {
            return Answer::say(
                json!({"code": 3, "msg": "Invalid JSON: the request is not understood"})
                    .to_string(),
            );
        };
        let id = &request.id;
        Answer::say(match request.method.as_str() {
            "SUBSCRIBE" => subscribe(&request.params, id, context, subs),
            "UNSUBSCRIBE" => {
                for name in &request.params {
                    if let Some(wanted) = stream(name, context.listings) {
                        subs.wanted.remove(&wanted);
                    }
                }
                json!({"result": null, "id": id}).to_string()
            }
            "LIST_SUBSCRIPTIONS" => {
                let names: Vec<_> = subs
                    .wanted
                    .iter()
                    .filter_map(|(market, channel)| {
                        let symbol = context.listings.get(*market)?.symbol.to_lowercase();
                        Some(format!("{symbol}@{channel}"))
                    })
                    .collect();
                json!({"result": names, "id": id}).to_string()
            }
            _ => refusal(2, "Invalid request: unknown method", id),
        })
    }

    fn farewell(&self, at: Timestamp) -> Option<String> {
        let at_ms = at.unix_ms();
        Some(format!(
            "{{\"stream\":\"!serverShutdown\",\"data\":{{\"e\":\"serverShutdown\",\"E\":{at_ms}}}}}"
        ))
    }

    fn quote(&self, listing: &Listing, now: &Snapshot) -> Vec<ChannelFrame> {
        let data = format!(
            "{{\"u\":{},\"s\":\"{}\",\"b\":\"{}\",\"B\":\"{}\",\"a\":\"{}\",\"A\":\"{}\"}}",
            now.sequence,
            listing.symbol,
            price(listing, now.bid),
            size(listing, now.bid_size),
            price(listing, now.ask),
            size(listing, now.ask_size),
        );
        vec![envelope(listing, "bookTicker", &data)]
    }

    fn trade(&self, listing: &Listing, now: &Snapshot, execution: &Execution) -> Vec<ChannelFrame> {
        let at_ms = now.at.unix_ms();
        let (id, symbol) = (execution.id, &listing.symbol);
        let maker_bought = !execution.taker_bought;
        let (at_price, of_size) = (
            price(listing, execution.price),
            size(listing, execution.size),
        );
        let all_fills = format!(
            "{{\"e\":\"aggTrade\",\"E\":{at_ms},\"s\":\"{symbol}\",\"a\":{id},\"p\":\"{at_price}\",\"q\":\"{of_size}\",\
             \"f\":{id},\"l\":{id},\"T\":{at_ms},\"m\":{maker_bought},\"M\":true}}"
        );
        let single = format!(
            "{{\"e\":\"trade\",\"E\":{at_ms},\"s\":\"{symbol}\",\"t\":{id},\"p\":\"{at_price}\",\"q\":\"{of_size}\",\
             \"T\":{at_ms},\"m\":{maker_bought},\"M\":true}}"
        );
        vec![
            envelope(listing, "aggTrade", &all_fills),
            envelope(listing, "trade", &single),
        ]
    }

    fn day(&self, listing: &Listing, now: &Snapshot) -> Vec<ChannelFrame> {
        let at_ms = now.at.unix_ms();
        let day = &now.day;
        let figures = format!(
            "\"E\":{at_ms},\"s\":\"{}\",\"c\":\"{}\",\"o\":\"{}\",\"h\":\"{}\",\"l\":\"{}\",\"v\":\"{}\",\"q\":\"{}\"",
            listing.symbol,
            price(listing, now.last.price),
            price(listing, day.open),
            price(listing, day.high),
            price(listing, day.low),
            size(listing, day.volume),
            turnover(listing, now.last.price, day.volume),
        );
        let book = format!(
            "\"Q\":\"{}\",\"b\":\"{}\",\"B\":\"{}\",\"a\":\"{}\",\"A\":\"{}\"",
            size(listing, now.last.size),
            price(listing, now.bid),
            size(listing, now.bid_size),
            price(listing, now.ask),
            size(listing, now.ask_size),
        );
        vec![
            envelope(
                listing,
                "miniTicker",
                &format!("{{\"e\":\"24hrMiniTicker\",{figures}}}"),
            ),
            envelope(
                listing,
                "ticker",
                &format!("{{\"e\":\"24hrTicker\",{figures},{book}}}"),
            ),
        ]
    }

    fn discovery(&self, listings: &Listings, at: Timestamp) -> String {
        rest::exchange_info(listings, at)
    }

    fn is_discovery(&self, path: &str) -> bool {
        path == "api/v3/exchangeInfo"
    }

    fn rest(
        &self,
        path: &str,
        query: &HashMap<String, String>,
        listings: &Listings,
        history: &dyn History,
        at: Timestamp,
    ) -> Option<RestAnswer> {
        match path {
            "api/v3/ping" => Some(RestAnswer::ok("{}".to_owned())),
            "api/v3/time" => Some(RestAnswer::ok(
                json!({"serverTime": at.unix_ms()}).to_string(),
            )),
            "api/v3/klines" => Some(rest::klines(query, listings, history, at)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        Listing {
            symbol: "PEPEUSDT".to_owned(),
            base: "PEPE".to_owned(),
            quote: "USDT".to_owned(),
            price_places: 8,
            size_places: 0,
        }
    }

    #[test]
    fn amounts_have_eight_places_and_no_noise() {
        assert_eq!(price(&listing(), 911), "0.00000911");
        assert_eq!(size(&listing(), 12), "12.00000000");
        assert_eq!(turnover(&listing(), 911, 1_000_000), "9.11000000");
    }
}
