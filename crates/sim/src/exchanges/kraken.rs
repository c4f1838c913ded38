//! Simulated Kraken: WebSocket v2 with its ticker, trade and heartbeat channels, AssetPairs and OHLC.
//!
//! Numbers are JSON numbers, one acknowledgement comes per symbol, the stream says BTC and DOGE where
//! REST says XBT and XDG, and OHLC gives the newest 720 rows whatever is asked.

mod rest;

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dialect::{
    Answer, Channel, ChannelFrame, Context, Dialect, Manners, RestAnswer, Subscriptions,
};
use crate::digits::{decimal, power_of_ten};
use crate::listing::{Listing, Listings};
use crate::snapshot::{Execution, History, Snapshot};

/// The ticker that changes with the best bid and offer; the other one changes with trades only.
const BBO: Channel = "ticker bbo";
const ON_TRADE: Channel = "ticker trades";
const TRADE: Channel = "trade";
/// Granted, and silent here: nothing of a book or of candles is simulated.
const MUTE: [Channel; 3] = ["book", "ohlc", "spread"];

#[derive(Debug)]
pub(super) struct Kraken;

#[derive(Deserialize)]
struct ClientRequest {
    method: String,
    #[serde(default)]
    params: Params,
    req_id: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    channel: String,
    symbol: Vec<String>,
    event_trigger: Option<String>,
    snapshot: Option<bool>,
}

/// RFC 3339 with the microseconds Kraken writes.
fn micros(at: Timestamp) -> String {
    at.to_string().replace('Z', "000Z")
}

/// One answer to a request, with the request's id where it had one.
fn reply(mut fields: Value, method: &str, req_id: Option<u64>, at: Timestamp) -> String {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("method".to_owned(), method.into());
        fields.insert("time_in".to_owned(), micros(at).into());
        fields.insert("time_out".to_owned(), micros(at).into());
        if let Some(req_id) = req_id {
            fields.insert("req_id".to_owned(), req_id.into());
        }
    }
    fields.to_string()
}

fn channel_of(params: &Params) -> Option<Channel> {
    match params.channel.as_str() {
        "ticker" if params.event_trigger.as_deref() == Some("bbo") => Some(BBO),
        "ticker" => Some(ON_TRADE),
        "trade" => Some(TRADE),
        other => MUTE.into_iter().find(|mute| *mute == other),
    }
}

fn ticker(kind: &str, listing: &Listing, now: &Snapshot) -> String {
    let price = |ticks| decimal(ticks, listing.price_places);
    let size = |lots| decimal(lots, listing.size_places);
    let (bid, ask, at) = if now.halted {
        (
            "0.0".to_owned(),
            "0.0".to_owned(),
            "1970-01-01T00:00:00.000000Z".to_owned(),
        )
    } else {
        (price(now.bid), price(now.ask), micros(now.at))
    };
    let change = now.last.price - now.day.open;
    let change_pct = change * power_of_ten(4) / now.day.open.max(1);
    format!(
        "{{\"channel\":\"ticker\",\"type\":\"{kind}\",\"data\":[{{\"symbol\":\"{}\",\"bid\":{bid},\"bid_qty\":{},\"ask\":{ask},\
         \"ask_qty\":{},\"last\":{},\"volume\":{},\"vwap\":{},\"low\":{},\"high\":{},\"change\":{},\"change_pct\":{},\
         \"timestamp\":\"{at}\"}}]}}",
        listing.symbol,
        size(now.bid_size),
        size(now.ask_size),
        price(now.last.price),
        size(now.day.volume),
        price((now.day.low + now.day.high) / 2),
        price(now.day.low),
        price(now.day.high),
        price(change),
        decimal(change_pct, 2),
    )
}

fn trades(kind: &str, listing: &Listing, now: &Snapshot, execution: &Execution) -> String {
    format!(
        "{{\"channel\":\"trade\",\"type\":\"{kind}\",\"data\":[{{\"symbol\":\"{}\",\"side\":\"{}\",\"price\":{},\"qty\":{},\
         \"ord_type\":\"market\",\"trade_id\":{},\"timestamp\":\"{}\"}}]}}",
        listing.symbol,
        if execution.taker_bought {
            "buy"
        } else {
            "sell"
        },
        decimal(execution.price, listing.price_places),
        decimal(execution.size, listing.size_places),
        execution.id,
        micros(now.at),
    )
}

fn subscribe(
    params: &Params,
    req_id: Option<u64>,
    context: &Context<'_>,
    subs: &mut Subscriptions,
) -> Answer {
    let mut answer = Answer::default();
    let Some(channel) = channel_of(params) else {
        let error =
            json!({"success": false, "error": format!("Channel not supported {}", params.channel)});
        return Answer::say(reply(error, "subscribe", req_id, context.at));
    };
    let mut snapshots = Vec::new();
    for symbol in &params.symbol {
        let Some(market) = context.listings.find(symbol) else {
            let error = json!({"success": false, "error": format!("Currency pair not supported {symbol}"), "symbol": symbol});
            answer
                .send
                .push(reply(error, "subscribe", req_id, context.at));
            continue;
        };
        subs.add(market, channel);
        let mut result = json!({"channel": params.channel, "snapshot": params.snapshot.unwrap_or(true), "symbol": symbol});
        if let (Some(trigger), Some(result)) = (&params.event_trigger, result.as_object_mut()) {
            result.insert("event_trigger".to_owned(), trigger.clone().into());
        }
        answer.send.push(reply(
            json!({"success": true, "result": result}),
            "subscribe",
            req_id,
            context.at,
        ));
        if let (true, Some(listing), Some(now)) = (
            params.snapshot.unwrap_or(true),
            context.listings.get(market),
            context.latest(market),
        ) {
            match channel {
                TRADE => snapshots.push(trades("snapshot", listing, now, &now.last)),
                BBO | ON_TRADE => snapshots.push(ticker("snapshot", listing, now)),
                _ => {}
            }
        }
    }
    answer.send.append(&mut snapshots);
    answer
}

impl Dialect for Kraken {
    fn manners(&self) -> Manners {
        Manners {
            ping_every_s: 0,
            heartbeat_every_s: 1,
            subscribe_within_s: 60,
            messages_per_second: 0,
            quote_means_trade: false,
            announces_disconnects: false,
            shows_halts: true,
        }
    }

    fn is_stream(&self, path: &str) -> bool {
        path == "v2"
    }

    fn greeting(&self, at: Timestamp) -> Option<String> {
        let connection = at.unix_ms().unsigned_abs().wrapping_mul(1_000_003);
        Some(
            json!({"channel": "status", "type": "update", "data": [{
                "version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": connection,
            }]})
            .to_string(),
        )
    }

    fn request(&self, text: &str, context: &Context<'_>, subs: &mut Subscriptions) -> Answer {
        let Ok(request) = serde_json::from_str::<ClientRequest>(text) else {
            return Answer::say(
                json!({"error": "Malformed request", "success": false}).to_string(),
            );
        };
        let req_id = request.req_id;
        match request.method.as_str() {
            "ping" => Answer::say(reply(json!({}), "pong", req_id, context.at)),
            "subscribe" => subscribe(&request.params, req_id, context, subs),
            "unsubscribe" => {
                let channel = channel_of(&request.params);
                let mut answer = Answer::default();
                for symbol in &request.params.symbol {
                    if let (Some(market), Some(channel)) = (context.listings.find(symbol), channel)
                    {
                        subs.wanted.remove(&(market, channel));
                    }
                    let result = json!({"success": true, "result": {"channel": request.params.channel, "symbol": symbol}});
                    answer
                        .send
                        .push(reply(result, "unsubscribe", req_id, context.at));
                }
                answer
            }
            other => {
                let error = json!({"success": false, "error": format!("Unknown method {other}")});
                Answer::say(reply(error, other, req_id, context.at))
            }
        }
    }

    fn heartbeats(&self, _context: &Context<'_>, subs: &Subscriptions) -> Vec<String> {
        if subs.granted {
            vec!["{\"channel\":\"heartbeat\"}".to_owned()]
        } else {
            Vec::new()
        }
    }

    fn quote(&self, listing: &Listing, now: &Snapshot) -> Vec<ChannelFrame> {
        vec![(BBO, ticker("update", listing, now))]
    }

    fn trade(&self, listing: &Listing, now: &Snapshot, execution: &Execution) -> Vec<ChannelFrame> {
        vec![
            (TRADE, trades("update", listing, now, execution)),
            (ON_TRADE, ticker("update", listing, now)),
        ]
    }

    fn discovery(&self, listings: &Listings, _at: Timestamp) -> String {
        rest::asset_pairs(listings)
    }

    fn is_discovery(&self, path: &str) -> bool {
        path == "0/public/AssetPairs"
    }

    fn rest(
        &self,
        path: &str,
        query: &HashMap<String, String>,
        listings: &Listings,
        history: &dyn History,
        at: Timestamp,
    ) -> Option<RestAnswer> {
        (path == "0/public/OHLC").then(|| rest::ohlc(query, listings, history, at))
    }
}
