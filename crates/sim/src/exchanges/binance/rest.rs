//! The REST side of simulated Binance: exchangeInfo and klines.

use std::collections::HashMap;

use parallax::time::Timestamp;
use serde_json::{Value, json};

use super::{PLACES, price, size, turnover};
use crate::dialect::RestAnswer;
use crate::digits::smallest;
use crate::listing::Listings;
use crate::snapshot::History;

/// Klines in an answer, at most and unless asked otherwise.
const MAX_KLINES: usize = 1_000;
const DEFAULT_KLINES: usize = 500;

/// The answer to `/api/v3/exchangeInfo`.
pub(super) fn exchange_info(listings: &Listings, at: Timestamp) -> String {
    let symbols: Vec<_> = listings
            .iter()
            .map(|(_, listing)| {
                json!({
                    "symbol": listing.symbol, "status": "TRADING",
                    "baseAsset": listing.base, "baseAssetPrecision": PLACES,
                    "quoteAsset": listing.quote, "quotePrecision": PLACES, "quoteAssetPrecision": PLACES,
                    "orderTypes": ["LIMIT", "MARKET"], "isSpotTradingAllowed": true, "isMarginTradingAllowed": false,
                    "filters": [
                        {"filterType": "PRICE_FILTER", "minPrice": smallest(listing.price_places), "maxPrice": "1000000.00000000", "tickSize": smallest(listing.price_places)},
                        {"filterType": "LOT_SIZE", "minQty": smallest(listing.size_places), "maxQty": "9000000000.00000000", "stepSize": smallest(listing.size_places)},
                    ],
                    "permissions": ["SPOT"],
                })
            })
            .collect();
    json!({"timezone": "UTC", "serverTime": at.unix_ms(), "rateLimits": [], "exchangeFilters": [], "symbols": symbols}).to_string()
}

/// The answer to `/api/v3/klines`.
pub(super) fn klines(
    query: &HashMap<String, String>,
    listings: &Listings,
    history: &dyn History,
    at: Timestamp,
) -> RestAnswer {
    let bad = |code: i64, message: &str| {
        RestAnswer::refused(400, json!({"code": code, "msg": message}).to_string())
    };
    let Some((market, listing)) = query
        .get("symbol")
        .and_then(|symbol| listings.named(symbol))
    else {
        return bad(-1121, "Invalid symbol.");
    };
    let Some(interval_s) = query
        .get("interval")
        .and_then(|text| interval_seconds(text))
    else {
        return bad(-1120, "Invalid interval.");
    };
    let number = |key: &str| {
        let number = query.get(key).map(|text| text.parse::<i64>()).transpose();
        number.map(|number| number.map(|number| number.clamp(0, at.unix_ms())))
    };
    let (Ok(start_ms), Ok(end_ms), Ok(limit)) =
        (number("startTime"), number("endTime"), number("limit"))
    else {
        return bad(-1100, "Illegal characters found in a parameter.");
    };
    let limit = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(DEFAULT_KLINES)
        .min(MAX_KLINES);
    let interval_ms = interval_s * 1_000;
    let until_ms = end_ms.unwrap_or(at.unix_ms());
    let from_ms =
        start_ms.unwrap_or_else(|| until_ms - interval_ms * i64::try_from(limit).unwrap_or(0));
    // Klines that open within [startTime, endTime].
    let from_s = -(-from_ms).div_euclid(interval_ms) * interval_s;
    let rows = history.candles(
        market,
        interval_s,
        from_s,
        until_ms.div_euclid(1_000) + 1,
        limit,
    );
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let open_ms = row.open_time_s * 1_000;
            json!([
                open_ms,
                price(listing, row.open),
                price(listing, row.high),
                price(listing, row.low),
                price(listing, row.close),
                size(listing, row.volume),
                open_ms + interval_ms - 1,
                turnover(listing, row.close, row.volume),
                row.trades,
                size(listing, row.volume / 2),
                turnover(listing, row.close, row.volume / 2),
                "0"
            ])
        })
        .collect();
    RestAnswer::ok(Value::from(rows).to_string())
}

fn interval_seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let count: i64 = text.get(..text.len() - unit.len_utf8())?.parse().ok()?;
    let unit_s = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    Some(count * unit_s).filter(|seconds| (1..=86_400 * 3).contains(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_binance_writes_them() {
        assert_eq!(interval_seconds("1m"), Some(60));
        assert_eq!(interval_seconds("12h"), Some(43_200));
        assert_eq!(interval_seconds("1d"), Some(86_400));
        for wrong in ["", "m", "0m", "1y", "-1m"] {
            assert_eq!(interval_seconds(wrong), None, "{wrong}");
        }
    }
}
