//! Which markets a recording holds, and the recorded discovery answer cut down to them.
//!
//! A market of the recording that the recorded answer lists as closed, or not at all (the answer can be
//! from another date), is listed as open: it was traded when it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::listing::{Listing, Listings};
use crate::recording::RecordedFrame;

/// Quote currencies that split a Binance name where no recorded answer does; longer ones first.
const QUOTES: [&str; 14] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "BIDR", "USD", "EUR", "GBP", "TRY", "RUB", "BTC",
    "ETH", "BNB",
];

/// The name of the market a frame is about, whichever exchange sent it.
#[derive(Deserialize)]
struct Named {
    product_id: Option<String>,
    data: Option<Value>,
}

fn market_of(text: &str) -> Option<String> {
    if let Ok(frame) = serde_json::from_str::<Named>(text) {
        // Coinbase, Binance's combined stream, Kraken v2.
        let data = frame.data.as_ref();
        let within = data.and_then(|data| data.get("s").or_else(|| data.get(0)?.get("symbol")));
        return frame
            .product_id
            .or_else(|| within?.as_str().map(str::to_owned));
    }
    // Kraken v1: an array that ends with the pair.
    let array: Vec<Value> = serde_json::from_str(text).ok()?;
    array.last()?.as_str().map(str::to_owned)
}

/// The recorded discovery answer's entries, by the name the stream uses.
fn entries(venue: &str, responses: &[String]) -> BTreeMap<String, (String, Value)> {
    #[derive(Deserialize)]
    struct Response {
        m: String,
    }
    let mut found = BTreeMap::new();
    for body in responses
        .iter()
        .filter_map(|line| serde_json::from_str::<Response>(line).ok())
    {
        let Ok(body) = serde_json::from_str::<Value>(&body.m) else {
            continue;
        };
        let mut keep = |key: &str, name: &str, entry: &Value| {
            if let Some(name) = entry.get(name).and_then(Value::as_str) {
                found.insert(name.to_owned(), (key.to_owned(), entry.clone()));
            }
        };
        match venue {
            "coinbase" => body
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|entry| keep("", "id", entry)),
            "kraken" => {
                let pairs = body.get("result").and_then(Value::as_object);
                pairs
                    .into_iter()
                    .flatten()
                    .for_each(|(key, entry)| keep(key, "wsname", entry));
            }
            _ => {
                let symbols = body.get("symbols").and_then(Value::as_array);
                symbols
                    .into_iter()
                    .flatten()
                    .for_each(|entry| keep("", "symbol", entry));
            }
        }
    }
    found
}

fn text<'a>(entry: &'a Value, key: &str) -> Option<&'a str> {
    entry.get(key).and_then(Value::as_str)
}

/// A market's base and quote, from the recorded answer or from its name.
fn split(symbol: &str, entry: Option<&Value>) -> (String, String) {
    let recorded = entry.and_then(|entry| {
        let base = text(entry, "baseAsset").or_else(|| text(entry, "base_currency"))?;
        let quote = text(entry, "quoteAsset").or_else(|| text(entry, "quote_currency"))?;
        Some((base, quote))
    });
    let (base, quote) = recorded
        .or_else(|| symbol.split_once(['-', '/']))
        .or_else(|| {
            QUOTES
                .iter()
                .find_map(|quote| Some((symbol.strip_suffix(quote)?, *quote)))
        })
        .unwrap_or((symbol, "USD"));
    (base.to_owned(), quote.to_owned())
}

/// The markets that occur in the recorded frames, sorted by name.
pub(crate) fn listings_of(venue: &str, frames: &[RecordedFrame], responses: &[String]) -> Listings {
    let entries = entries(venue, responses);
    let symbols: BTreeSet<_> = frames
        .iter()
        .filter_map(|frame| market_of(&frame.text))
        .collect();
    let listings = symbols.into_iter().map(|symbol| {
        let (base, quote) = split(&symbol, entries.get(&symbol).map(|(_, entry)| entry));
        Listing {
            symbol,
            base,
            quote,
            price_places: 8,
            size_places: 8,
        }
    });
    Listings::new(listings.collect())
}

/// The recorded discovery answer with the recorded markets only, all of them open. `None` when not all
/// of them are in it: then the answer is made from the listings.
pub(crate) fn recorded_discovery(
    venue: &str,
    listings: &Listings,
    responses: &[String],
) -> Option<String> {
    let entries = entries(venue, responses);
    let recorded: Vec<_> = listings
        .iter()
        .map(|(_, listing)| {
            let (key, mut entry) = entries.get(&listing.symbol)?.clone();
            let open = match venue {
                "coinbase" | "kraken" => "online",
                _ => "TRADING",
            };
            let fields = entry.as_object_mut()?;
            fields.insert("status".to_owned(), open.into());
            // Leveraged tokens are listed as not for spot trading, and were traded all the same.
            if let Some(allowed) = fields.get_mut("isSpotTradingAllowed") {
                *allowed = true.into();
            }
            Some((key, entry))
        })
        .collect::<Option<_>>()?;
    let values = || {
        recorded
            .iter()
            .map(|(_, entry)| entry.clone())
            .collect::<Vec<_>>()
    };
    Some(match venue {
        "coinbase" => Value::from(values()).to_string(),
        "kraken" => {
            let pairs: serde_json::Map<_, _> = recorded.into_iter().collect();
            serde_json::json!({"error": [], "result": pairs}).to_string()
        }
        _ => serde_json::json!({"timezone": "UTC", "symbols": values()}).to_string(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn frame(text: &str) -> RecordedFrame {
        RecordedFrame {
            at: std::time::Duration::ZERO,
            text: text.to_owned(),
        }
    }

    #[test]
    fn every_exchange_names_its_market_in_its_own_way() {
        for (text, market) in [
            (
                r#"{"stream":"aaabbb@bookTicker","data":{"s":"AAABBB"}}"#,
                Some("AAABBB"),
            ),
            (
                r#"{"type":"ticker","product_id":"AAA-BBB"}"#,
                Some("AAA-BBB"),
            ),
            (
                r#"{"channel":"ticker","data":[{"symbol":"AAA/BBB"}]}"#,
                Some("AAA/BBB"),
            ),
            (r#"[12,{"a":[]},"ticker","AAA/BBB"]"#, Some("AAA/BBB")),
            (r#"{"type":"subscriptions","channels":[]}"#, None),
            ("not json", None),
        ] {
            assert_eq!(market_of(text).as_deref(), market, "{text}");
        }
    }

    #[test]
    fn the_recorded_answer_is_cut_down_to_the_recorded_markets_which_are_open() {
        let answer = r#"{"symbols":[{"symbol":"AAABBB","status":"BREAK","baseAsset":"AAA","quoteAsset":"BBB"},{"symbol":"CCCUSDT"}]}"#;
        let responses = [serde_json::json!({"t": 1, "d": "http", "m": answer}).to_string()];
        let frames = [frame(r#"{"data":{"s":"AAABBB"}}"#)];
        let listings = listings_of("binance", &frames, &responses);
        let listing = listings.get(0).unwrap();
        assert_eq!(
            (listing.base.as_str(), listing.quote.as_str()),
            ("AAA", "BBB")
        );
        let discovery: Value =
            serde_json::from_str(&recorded_discovery("binance", &listings, &responses).unwrap())
                .unwrap();
        assert_eq!(
            discovery
                .pointer("/symbols")
                .unwrap()
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(discovery.pointer("/symbols/0/status").unwrap(), "TRADING");
    }

    #[test]
    fn a_market_missing_from_the_recorded_answer_is_split_by_its_quote_currency() {
        let frames = [
            frame(r#"{"data":{"s":"BTCUSDT"}}"#),
            frame(r#"{"product_id":"ETH-EUR"}"#),
        ];
        let listings = listings_of("binance", &frames, &[]);
        assert_eq!(listings.get(0).unwrap().quote, "USDT");
        assert_eq!(listings.get(1).unwrap().quote, "EUR");
        assert_eq!(recorded_discovery("binance", &listings, &[]), None);
    }
}
