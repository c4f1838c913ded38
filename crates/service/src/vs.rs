//! The currencies that programs may count in, by the short codes that CoinGecko made usual: `usd`,
//! government money by its code, some coins by their symbol, and `bits` and `sats`.
//!
//! A rate is the published price of the token that the currency is, as in `currencies.rs`: nothing is
//! assumed, and a currency without a published price is none.

use parallax::Decimal;
use parallax::currency::divide;
use parallax::index::Status;
use parallax::stream::Changes;
use parallax::time::Timestamp;
use parallax::token::{TokenId, TokenKind};

use crate::Service;

/// Coins that programs count in besides government money, by code.
const COINS: [(&str, &str); 11] = [
    ("btc", "bitcoin"),
    ("eth", "ethereum"),
    ("ltc", "litecoin"),
    ("bch", "bitcoin-cash"),
    ("bnb", "binancecoin"),
    ("xrp", "ripple"),
    ("xlm", "stellar"),
    ("link", "chainlink"),
    ("dot", "polkadot"),
    ("yfi", "yearn-finance"),
    ("sol", "solana"),
];
/// Parts of a bitcoin that programs count in, by code: the name, and how many make one.
const PARTS: [(&str, &str, u32); 2] = [
    ("bits", "Bits", 1_000_000),
    ("sats", "Satoshi", 100_000_000),
];

/// A currency to count in, with its rate now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vs {
    /// Its code in lower case: `eur`.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The token that prices it; `None` for US dollars.
    pub token: Option<TokenId>,
    /// Whether it is government money.
    pub is_fiat: bool,
    /// US dollars for one unit of the token; 1 for US dollars.
    rate: Decimal,
    /// How many of it make one unit of the token.
    parts: u32,
    /// How far the rate can be trusted; `live` for US dollars.
    pub status: Status,
    /// When the rate was last confirmed; `None` for US dollars.
    pub as_of: Option<Timestamp>,
    /// The rate's own changes in per cent; 0 for US dollars.
    pub changes: Changes,
}

impl Vs {
    /// US dollars, in which everything is computed.
    #[must_use]
    pub fn usd() -> Self {
        Self {
            code: "usd".to_owned(),
            name: "US Dollar".to_owned(),
            token: None,
            is_fiat: true,
            rate: Decimal::ONE,
            parts: 1,
            status: Status::Live,
            as_of: None,
            changes: Changes {
                hour_pct: Some(Decimal::ZERO),
                day_pct: Some(Decimal::ZERO),
                week_pct: Some(Decimal::ZERO),
            },
        }
    }

    /// An amount of US dollars in this currency: unchanged for US dollars, else rounded to 12 significant
    /// digits. `None` where the result cannot be held.
    #[must_use]
    pub fn convert(&self, usd: Decimal) -> Option<Decimal> {
        if self.token.is_none() {
            return Some(usd);
        }
        self.of_tokens(divide(usd, self.rate)?)
    }

    /// US dollars for one unit of the pricing token.
    #[must_use]
    pub const fn rate_usd(&self) -> Decimal {
        self.rate
    }

    /// An amount of the pricing token in this currency: a thousandth of a bitcoin is 1,000 bits.
    #[must_use]
    pub fn of_tokens(&self, amount: Decimal) -> Option<Decimal> {
        match self.parts {
            1 => Some(amount),
            parts => amount.checked_mul(Decimal::from(parts)),
        }
    }
}

impl Service {
    /// The currency with this code, in any letter case, if it has a rate now.
    #[must_use]
    pub fn vs(&self, code: &str) -> Option<Vs> {
        if code.eq_ignore_ascii_case("usd") {
            return Some(Vs::usd());
        }
        let is_code = |known: &str| known.eq_ignore_ascii_case(code);
        if let Some((code, id)) = COINS.iter().find(|(known, _)| is_code(known)) {
            return self.vs_by(code, None, id, 1);
        }
        if let Some((code, name, parts)) = PARTS.iter().find(|(known, ..)| is_code(known)) {
            return self.vs_by(code, Some(name), "bitcoin", *parts);
        }
        let catalogue = self.catalogue();
        let mut tokens = catalogue.tokens().iter();
        let fiat =
            tokens.find(|token| token.kind == TokenKind::Fiat && is_code(token.symbol.as_str()))?;
        self.vs_by(fiat.symbol.as_str(), None, fiat.id.as_str(), 1)
    }

    /// All currencies that have a rate now: coins, US dollars, other government money by rank, parts.
    #[must_use]
    pub fn all_vs(&self) -> Vec<Vs> {
        let catalogue = self.catalogue();
        let fiat = catalogue
            .tokens()
            .iter()
            .filter(|token| token.kind == TokenKind::Fiat);
        let fiat = fiat.map(|token| token.symbol.as_str());
        let coins = COINS.iter().map(|(code, _)| *code);
        let parts = PARTS.iter().map(|(code, ..)| *code);
        let mut all: Vec<Vs> = Vec::new();
        for code in coins.chain(["usd"]).chain(fiat).chain(parts) {
            let is_new = !all.iter().any(|vs| vs.code.eq_ignore_ascii_case(code));
            all.extend(self.vs(code).filter(|_| is_new));
        }
        all
    }

    fn vs_by(&self, code: &str, name: Option<&str>, id: &str, parts: u32) -> Option<Vs> {
        let published = self.published(id)?;
        let catalogue = self.catalogue();
        let token = catalogue.get(id)?;
        let summary = &published.summary;
        let rate = summary.price?.get();
        (rate > Decimal::ZERO).then(|| Vs {
            code: code.to_lowercase(),
            name: name.unwrap_or(&token.name).to_owned(),
            token: Some(token.id.clone()),
            is_fiat: token.kind == TokenKind::Fiat,
            rate,
            parts,
            status: summary.status,
            as_of: summary.as_of,
            changes: Changes {
                hour_pct: summary.change_1h_pct,
                day_pct: summary.change_24h_pct,
                week_pct: summary.change_7d_pct,
            },
        })
    }
}
