//! What is traded on the simulated exchanges: tokens with invented but plausible figures, and which
//! exchange lists which pair.
//!
//! Owns the simulated world's facts. The prices move in `walk`, the markets are built in `world`.

/// The exchanges that can list a token in their main currency.
pub(crate) const BINANCE: u8 = 1;
pub(crate) const COINBASE: u8 = 2;
pub(crate) const KRAKEN: u8 = 4;
const ALL: u8 = BINANCE | COINBASE | KRAKEN;

/// One simulated token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimToken {
    /// The code all three exchanges share (Kraken's own codes are made in its module).
    pub code: &'static str,
    /// What the walk wanders around, as decimal text in USD.
    pub usd: &'static str,
    /// How lively it is, in per cent of Bitcoin's liveliness.
    pub liveliness: i64,
    /// The typical gap between bid and ask, in millionths of the price.
    pub spread_ppm: i64,
    /// Traded in 24 hours over all exchanges, in USD.
    pub volume_usd: i64,
    /// The exchanges that list it in their main currency.
    pub venues: u8,
}

const fn token(
    code: &'static str,
    usd: &'static str,
    liveliness: i64,
    spread_ppm: i64,
    volume_usd: i64,
    venues: u8,
) -> SimToken {
    SimToken {
        code,
        usd,
        liveliness,
        spread_ppm,
        volume_usd,
        venues,
    }
}

const MILLION: i64 = 1_000_000;

/// All simulated tokens. `USD` itself is not one: it is what everything is measured in.
pub(crate) const TOKENS: &[SimToken] = &[
    token("BTC", "96400", 100, 60, 28_000 * MILLION, ALL),
    token("ETH", "3420", 125, 80, 15_000 * MILLION, ALL),
    token("USDT", "0.9998", 1, 100, 900 * MILLION, COINBASE | KRAKEN),
    token("USDC", "1.0001", 1, 100, 600 * MILLION, KRAKEN),
    token("EUR", "1.0840", 12, 100, 400 * MILLION, KRAKEN),
    token("SOL", "182.5", 150, 120, 4_200 * MILLION, ALL),
    token("XRP", "2.31", 140, 150, 3_900 * MILLION, ALL),
    token("BNB", "640", 100, 150, 1_700 * MILLION, BINANCE | KRAKEN),
    token("DOGE", "0.2140", 155, 200, 1_900 * MILLION, ALL),
    token("ADA", "0.6410", 145, 250, 700 * MILLION, ALL),
    token("TRX", "0.2450", 80, 300, 600 * MILLION, BINANCE | KRAKEN),
    token("AVAX", "27.80", 150, 300, 450 * MILLION, ALL),
    token("LINK", "16.90", 145, 250, 520 * MILLION, ALL),
    token("DOT", "5.12", 140, 300, 240 * MILLION, ALL),
    token("LTC", "94.3", 120, 250, 410 * MILLION, ALL),
    token("BCH", "438", 125, 300, 260 * MILLION, ALL),
    token("SHIB", "0.00001384", 160, 700, 280 * MILLION, ALL),
    token("PEPE", "0.00000911", 180, 1_100, 640 * MILLION, ALL),
    token("UNI", "8.75", 150, 350, 190 * MILLION, ALL),
    token("ATOM", "4.83", 140, 350, 120 * MILLION, ALL),
    token("XLM", "0.2890", 140, 350, 210 * MILLION, ALL),
    token("NEAR", "3.02", 155, 350, 230 * MILLION, ALL),
    token("FIL", "3.46", 150, 400, 140 * MILLION, ALL),
    token("AAVE", "214", 150, 350, 280 * MILLION, ALL),
    token("ETC", "21.4", 135, 400, 110 * MILLION, ALL),
    token("ALGO", "0.2260", 150, 450, 70 * MILLION, ALL),
    token("MKR", "1490", 130, 600, 60 * MILLION, ALL),
    token("ICP", "6.88", 145, 450, 85 * MILLION, ALL),
    token("HBAR", "0.1935", 155, 400, 190 * MILLION, ALL),
    token("APT", "6.05", 150, 450, 110 * MILLION, ALL),
    token("ARB", "0.4480", 155, 450, 150 * MILLION, ALL),
    token("OP", "0.9120", 160, 450, 130 * MILLION, ALL),
    token("SUI", "3.18", 160, 350, 700 * MILLION, ALL),
    token("GRT", "0.1102", 150, 600, 40 * MILLION, ALL),
    token("CRV", "0.5830", 160, 550, 90 * MILLION, ALL),
    token("LDO", "0.9700", 160, 600, 60 * MILLION, ALL),
    token("XTZ", "0.7160", 140, 600, 30 * MILLION, ALL),
    token("COMP", "48.6", 140, 800, 30 * MILLION, ALL),
    token("SNX", "0.8210", 160, 800, 25 * MILLION, ALL),
    token("BONK", "0.00001962", 175, 1_000, 160 * MILLION, ALL),
    token("GBP", "1.2680", 12, 100, 250 * MILLION, KRAKEN),
    // On no exchange here: only the simulated chain trades it, and not often.
    token("GNO", "148.2", 130, 900, 12 * MILLION, 0),
    // Invented: no catalogue knows what it is until an operator says so.
    token("ZORB", "1.37", 150, 500, 3 * MILLION, COINBASE | KRAKEN),
];

/// Pairs beyond each exchange's main currency: exchange, base, quote.
pub(crate) const EXTRA_PAIRS: &[(u8, &str, &str)] = &[
    (BINANCE, "BTC", "USDC"),
    (BINANCE, "ETH", "USDC"),
    (BINANCE, "SOL", "USDC"),
    (BINANCE, "XRP", "USDC"),
    (BINANCE, "USDC", "USDT"),
    (BINANCE, "EUR", "USDT"),
    (BINANCE, "BTC", "EUR"),
    (BINANCE, "ETH", "BTC"),
    (COINBASE, "BTC", "EUR"),
    (COINBASE, "ETH", "EUR"),
    (COINBASE, "SOL", "EUR"),
    (COINBASE, "ETH", "BTC"),
    (COINBASE, "LTC", "BTC"),
    (COINBASE, "BTC", "USDT"),
    (COINBASE, "ETH", "USDT"),
    (KRAKEN, "BTC", "EUR"),
    (KRAKEN, "ETH", "EUR"),
    (KRAKEN, "SOL", "EUR"),
    (KRAKEN, "XRP", "EUR"),
    (KRAKEN, "BTC", "GBP"),
    (KRAKEN, "USDT", "EUR"),
    (KRAKEN, "ETH", "BTC"),
    (KRAKEN, "BTC", "USDT"),
];

/// The place of a token in [`TOKENS`].
pub(crate) fn position(code: &str) -> Option<usize> {
    TOKENS.iter().position(|token| token.code == code)
}
