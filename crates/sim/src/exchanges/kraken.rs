//! Simulated Kraken: WebSocket v2 with its ticker, trade and heartbeat channels, AssetPairs and OHLC.
//!
//! Numbers are JSON numbers, one acknowledgement comes per symbol, the stream says BTC and DOGE where
//! REST says XBT and XDG, and OHLC gives the newest 720 rows whatever is asked.

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::dialect::{
    Answer, Channel, ChannelFrame, Context, Dialect, Manners, RestAnswer, Subscriptions,
};
use crate::digits::{decimal, power_of_ten, smallest};
use crate::listing::{Listing, Listings};
use crate::snapshot::{Execution, History, Snapshot};

/// The ticker that changes with the best bid and offer; the other one changes with trades only.
const BBO: Channel = "ticker bbo";
const ON_TRADE: Channel = "ticker trades";
const TRADE: Channel = "trade";
/// Granted, and silent here: nothing of a book or of candles is simulated.
const MUTE: [Channel; 3] = ["book", "ohlc", "spread"];
const OHLC_ROWS: usize = 720;
const INTERVALS_MIN: [i64; 9] = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600];
/// Codes of Kraken's early years: code in the stream, code in REST, asset name.
const OLD_CODES: [(&str, &str, &str); 13] = [
    ("BTC", "XBT", "XXBT"),
    ("DOGE", "XDG", "XXDG"),
    ("ETH", "ETH", "XETH"),
    ("ETC", "ETC", "XETC"),
    ("LTC", "LTC", "XLTC"),
    ("MLN", "MLN", "XMLN"),
    ("REP", "REP", "XREP"),
    ("XLM", "XLM", "XXLM"),
    ("XMR", "XMR", "XXMR"),
    ("XRP", "XRP", "XXRP"),
    ("ZEC", "ZEC", "XZEC"),
    ("USD", "USD", "ZUSD"),
    ("EUR", "EUR", "ZEUR"),
];

#[derive(Debug)]
pub(super) struct Kraken;

/// A code as REST writes it, and the asset's full name there.
fn old(code: &str) -> (&str, &str) {
    OLD_CODES
        .iter()
        .find(|(stream, ..)| *stream == code)
        .map_or((code, code), |(_, short, full)| (*short, *full))
}

/// How REST names a pair.
struct PairNames {
    key: String,
    altname: String,
    wsname: String,
}

fn names(listing: &Listing) -> PairNames {
    let ((base, base_full), (quote, quote_full)) = (old(&listing.base), old(&listing.quote));
    // Keys hold the full names only where both are from the early years, and Dogecoin's never.
    let both_old = base != base_full && quote != quote_full && listing.base != "DOGE"
        || base == base_full && base.len() == 4 && quote != quote_full && base == "USDT";
    PairNames {
        key: if both_old {
            format!("{base_full}{quote_full}")
        } else {
            format!("{base}{quote}")
        },
        altname: format!("{base}{quote}"),
        wsname: format!("{base}/{quote}"),
    }
}

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
        let pairs: Map<String, Value> = listings
            .iter()
            .map(|(_, listing)| {
                let names = names(listing);
                let pair = json!({
                    "altname": names.altname, "wsname": names.wsname,
                    "aclass_base": "currency", "base": old(&listing.base).1,
                    "aclass_quote": "currency", "quote": old(&listing.quote).1,
                    "lot": "unit", "pair_decimals": listing.price_places, "lot_decimals": listing.size_places, "lot_multiplier": 1,
                    "ordermin": smallest(listing.size_places), "tick_size": smallest(listing.price_places), "status": "online",
                });
                (names.key, pair)
            })
            .collect();
        json!({"error": [], "result": pairs}).to_string()
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
        if path != "0/public/OHLC" {
            return None;
        }
        // Kraken reports errors with status 200.
        let refused = |text: &str| Some(RestAnswer::ok(json!({"error": [text]}).to_string()));
        let pair = query.get("pair").map(String::as_str).unwrap_or_default();
        let found = listings.iter().find(|(_, listing)| {
            let names = names(listing);
            [&names.key, &names.altname, &names.wsname, &listing.symbol]
                .into_iter()
                .any(|name| name == pair)
        });
        let Some((market, listing)) = found else {
            return refused("EQuery:Unknown asset pair");
        };
        let interval_min = query
            .get("interval")
            .map_or(Some(1), |text| text.parse::<i64>().ok());
        let Some(interval_min) = interval_min.filter(|wanted| INTERVALS_MIN.contains(wanted))
        else {
            return refused("EGeneral:Invalid arguments:interval");
        };
        let interval_s = interval_min * 60;
        let now_s = at.unix_ms() / 1_000;
        let newest_s = now_s.div_euclid(interval_s) * interval_s;
        let oldest_s = newest_s - (i64::try_from(OHLC_ROWS).unwrap_or(0) - 1) * interval_s;
        // `since` is exclusive.
        let since_s = query
            .get("since")
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or(0);
        let from_s = oldest_s.max((since_s.div_euclid(interval_s) + 1) * interval_s);
        let price = |ticks| decimal(ticks, listing.price_places);
        let rows: Vec<_> = history
            .candles(market, interval_s, from_s, now_s + 1, OHLC_ROWS)
            .iter()
            .map(|row| {
                json!([
                    row.open_time_s,
                    price(row.open),
                    price(row.high),
                    price(row.low),
                    price(row.close),
                    price((row.open + row.close) / 2),
                    decimal(row.volume, listing.size_places),
                    row.trades,
                ])
            })
            .collect();
        let mut result = Map::new();
        result.insert(names(listing).key, rows.into());
        result.insert("last".to_owned(), (newest_s - interval_s).into());
        Some(RestAnswer::ok(
            json!({"error": [], "result": result}).to_string(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_the_names_kraken_gives_them() {
        let named = |base: &str, quote: &str| {
            let listing = Listing {
                symbol: format!("{base}/{quote}"),
                base: base.to_owned(),
                quote: quote.to_owned(),
                price_places: 1,
                size_places: 8,
            };
            let names = names(&listing);
            (names.key, names.altname, names.wsname)
        };
        let expected =
            |key: &str, alt: &str, ws: &str| (key.to_owned(), alt.to_owned(), ws.to_owned());
        assert_eq!(
            named("BTC", "USD"),
            expected("XXBTZUSD", "XBTUSD", "XBT/USD")
        );
        assert_eq!(
            named("ETH", "BTC"),
            expected("XETHXXBT", "ETHXBT", "ETH/XBT")
        );
        assert_eq!(
            named("EUR", "USD"),
            expected("ZEURZUSD", "EURUSD", "EUR/USD")
        );
        assert_eq!(
            named("DOGE", "USD"),
            expected("XDGUSD", "XDGUSD", "XDG/USD")
        );
        assert_eq!(
            named("USDT", "USD"),
            expected("USDTZUSD", "USDTUSD", "USDT/USD")
        );
        assert_eq!(named("SOL", "EUR"), expected("SOLEUR", "SOLEUR", "SOL/EUR"));
    }
}
