//! The REST side of simulated Kraken: AssetPairs and OHLC, with the names of Kraken's early years.

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::dialect::RestAnswer;
use crate::digits::{decimal, smallest};
use crate::listing::{Listing, Listings};
use crate::snapshot::History;

const OHLC_ROWS: usize = 720;
const INTERVALS_MIN: [i64; 9] = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600];
/// Codes of Kraken's early years: code in the stream, code in REST, asset name.
const OLD_CODES: [(&str, &str, &str); 14] = [
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
    ("GBP", "GBP", "ZGBP"),
];

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

/// The answer to `/0/public/AssetPairs`.
pub(super) fn asset_pairs(listings: &Listings) -> String {
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

/// The answer to `/0/public/OHLC`.
pub(super) fn ohlc(
    query: &HashMap<String, String>,
    listings: &Listings,
    history: &dyn History,
    at: Timestamp,
) -> RestAnswer {
    // Kraken reports errors with status 200.
    let refused = |text: &str| RestAnswer::ok(json!({"error": [text]}).to_string());
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
    let Some(interval_min) = interval_min.filter(|wanted| INTERVALS_MIN.contains(wanted)) else {
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
        .unwrap_or(0)
        .clamp(0, now_s);
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
    RestAnswer::ok(json!({"error": [], "result": result}).to_string())
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
