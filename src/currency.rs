//! Prices in another currency than US dollars: divided by that currency's own price, rounded once.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::amount::Price;
use crate::index::Status;
use crate::time::Timestamp;
use crate::token::TokenId;

/// Significant digits of a converted price: more than any market's own, fewer than say nothing.
pub const CONVERTED_DIGITS: u32 = 12;

/// A currency in which prices can be shown, and its own price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Currency {
    /// Its code, as people write it: `EUR`, `BTC`.
    pub code: String,
    /// What it is called: `Euro`.
    pub name: String,
    /// The token that prices it; `None` for US dollars.
    pub token: Option<TokenId>,
    /// US dollars for one unit; `None` when there is none now.
    pub rate: Option<Price>,
    /// How far that can be trusted; `live` for US dollars.
    pub status: Status,
    /// When it was last confirmed.
    pub as_of: Option<Timestamp>,
}

impl Currency {
    /// US dollars, in which everything is computed.
    #[must_use]
    pub fn usd() -> Self {
        Self {
            code: "USD".to_owned(),
            name: "US dollar".to_owned(),
            token: None,
            rate: Some(Price::new(Decimal::ONE)),
            status: Status::Live,
            as_of: None,
        }
    }

    /// The code as addresses have it; `None` for US dollars.
    #[must_use]
    pub fn parameter(&self) -> Option<String> {
        crate::table::currency_code(&self.code)
    }

    /// An amount of US dollars in this currency: unchanged for US dollars, else rounded to
    /// [`CONVERTED_DIGITS`] significant digits. `None` without a rate, and where the result cannot be
    /// held.
    #[must_use]
    pub fn convert(&self, usd: Decimal) -> Option<Decimal> {
        match &self.token {
            None => Some(usd),
            Some(_) => divide(usd, self.rate?.get()),
        }
    }
}

/// `usd / rate`, rounded half to even to [`CONVERTED_DIGITS`] significant digits. `None` for a rate that is
/// not positive and for a result that a decimal cannot hold to at least one digit.
#[must_use]
pub fn divide(usd: Decimal, rate: Decimal) -> Option<Decimal> {
    if rate <= Decimal::ZERO {
        return None;
    }
    let result = usd.checked_div(rate)?;
    let rounded =
        result.round_sf_with_strategy(CONVERTED_DIGITS, RoundingStrategy::MidpointNearestEven)?;
    (rounded.is_zero() == usd.is_zero()).then(|| rounded.normalize())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn euro(rate: &str) -> Currency {
        Currency {
            code: "EUR".to_owned(),
            name: "Euro".to_owned(),
            token: Some(TokenId::new("euro").unwrap()),
            rate: Some(rate.parse().unwrap()),
            status: Status::Live,
            as_of: None,
        }
    }

    #[test]
    fn a_price_is_divided_by_the_currencys_own_and_rounded_once() {
        let price: Decimal = "62145.16".parse().unwrap();
        let converted = euro("1.0842").convert(price).unwrap();
        assert_eq!(converted.to_string(), "57318.9079506");
        assert_eq!(Currency::usd().convert(price), Some(price));
    }

    #[test]
    fn without_a_rate_there_is_no_price() {
        let mut euro = euro("1");
        euro.rate = None;
        assert_eq!(euro.convert(Decimal::ONE), None);
        assert_eq!(divide(Decimal::ONE, Decimal::ZERO), None);
    }

    #[test]
    fn a_result_too_small_to_hold_is_no_zero() {
        let least = Decimal::new(1, 28);
        assert_eq!(divide(least, Decimal::from(1_000)), None);
        assert_eq!(divide(Decimal::ZERO, Decimal::TEN), Some(Decimal::ZERO));
    }
}
