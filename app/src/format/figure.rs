//! Prices and volumes as text: at most six significant digits in tables, all digits elsewhere.

use parallax::Decimal;
use parallax::amount::Price;
use rust_decimal::RoundingStrategy;

/// How halves are rounded for display: as people expect of a price list.
const AWAY_FROM_ZERO: RoundingStrategy = RoundingStrategy::MidpointAwayFromZero;

/// From this many zeros after the point on, they are counted in a subscript: `0.0₅1400`.
const COUNTED_ZEROS: usize = 4;

/// The currency of an amount as it is written: a sign before the digits, or a code behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    sign: &'static str,
    code: String,
}

impl Unit {
    /// How amounts in the currency with this code are written.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let sign = match code {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "JPY" => "¥",
            _ => "",
        };
        Self {
            sign,
            code: if sign.is_empty() {
                code.to_owned()
            } else {
                String::new()
            },
        }
    }

    /// US dollars.
    #[must_use]
    pub fn usd() -> Self {
        Self::of("USD")
    }

    /// Digits with the sign or the code: `$1.50`, `1.50 CHF`. A minus stays in front.
    #[must_use]
    pub fn write(&self, digits: &str) -> String {
        let (minus, digits) = match digits.strip_prefix('\u{2212}') {
            Some(digits) => ("\u{2212}", digits),
            None => ("", digits),
        };
        let space = if self.code.is_empty() { "" } else { "\u{a0}" };
        format!("{minus}{}{digits}{space}{}", self.sign, self.code)
    }
}

/// A price cut for display into the parts that a column aligns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// Sign, the currency's sign and the grouped digits before the point: `$67,123`.
    pub whole: String,
    /// The point and the digits after it: `.50`; or `.0` when `zeros` counts the zeros.
    pub point: String,
    /// How many zeros follow the point, when they are counted instead of written.
    pub zeros: Option<usize>,
    /// The digits after counted zeros, or after the loud ones.
    pub tail: String,
    /// The currency's code, where it has no sign: `BTC`.
    pub unit: String,
    /// All digits, for a title and for assistive technology: `$0.0000014`.
    pub full: String,
}

impl Figure {
    /// A price for a table: at most six significant digits.
    #[must_use]
    pub fn table(price: Price, unit: &Unit) -> Self {
        Self::with_digits(price.get(), 6, unit)
    }

    /// A band or a distance: at most three significant digits.
    #[must_use]
    pub fn short(price: Price, unit: &Unit) -> Self {
        Self::with_digits(price.get(), 3, unit)
    }

    /// All digits; those after the eighth significant one in `tail`, to be shown less loudly.
    #[must_use]
    pub fn all(price: Price, unit: &Unit) -> Self {
        let full = full(price.get());
        let (whole, fraction) = full.split_once('.').unwrap_or((&full, ""));
        let loud = places(price.get().abs(), 8).max(2).min(fraction.len());
        let (loud, tail) = fraction.split_at_checked(loud).unwrap_or((fraction, ""));
        Self {
            whole: format!("{}{whole}", unit.sign),
            point: if loud.is_empty() {
                String::new()
            } else {
                format!(".{loud}")
            },
            zeros: None,
            tail: tail.to_owned(),
            unit: unit.code.clone(),
            full: unit.write(&full),
        }
    }

    fn with_digits(value: Decimal, digits: usize, unit: &Unit) -> Self {
        let mut shown = cut(value.abs(), digits);
        // 0.9999996 becomes 1.000000, which has one digit too many: cut once more.
        shown = cut(shown, digits);
        let places = places(shown, digits);
        let text = fixed(shown, u32::try_from(places).unwrap_or(0));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if value.is_sign_negative() && !shown.is_zero() {
            "\u{2212}"
        } else {
            ""
        };
        let zeros = leading_zeros(fraction);
        let counted = !shown.is_zero() && whole == "0" && zeros >= COUNTED_ZEROS;
        let (point, tail) = if counted {
            (
                ".0".to_owned(),
                fraction.get(zeros..).unwrap_or("").to_owned(),
            )
        } else if fraction.is_empty() {
            (String::new(), String::new())
        } else {
            (format!(".{fraction}"), String::new())
        };
        Self {
            whole: format!("{sign}{}{}", unit.sign, grouped(whole)),
            point,
            zeros: counted.then_some(zeros),
            tail,
            unit: unit.code.clone(),
            full: unit.write(&full(value)),
        }
    }
}

/// Places to show of a number with at most `digits` significant digits. Small numbers get fewer
/// digits, so that the column stays narrow.
fn places(value: Decimal, digits: usize) -> usize {
    let text = value.normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if value.is_zero() {
        0
    } else if whole == "0" {
        let zeros = leading_zeros(fraction);
        let limit = match zeros {
            0 => 6,
            1 => 5,
            _ => 4,
        };
        (zeros + digits.min(limit)).min(28)
    } else {
        digits.saturating_sub(whole.len())
    }
}

fn cut(value: Decimal, digits: usize) -> Decimal {
    let places = places(value, digits);
    let rounded = round(value, u32::try_from(places).unwrap_or(28));
    if places == 0 {
        u32::try_from(digits)
            .ok()
            .and_then(|digits| rounded.round_sf_with_strategy(digits, AWAY_FROM_ZERO))
            .unwrap_or(rounded)
    } else {
        rounded
    }
}

fn leading_zeros(fraction: &str) -> usize {
    fraction.len() - fraction.trim_start_matches('0').len()
}

/// Rounds to `places`, halves away from zero.
pub(super) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, AWAY_FROM_ZERO)
}

/// A non-negative number with exactly `places` digits after the point (it must not have more).
pub(super) fn fixed(value: Decimal, places: u32) -> String {
    let text = value.normalize().to_string();
    let places = usize::try_from(places).unwrap_or(0);
    if places == 0 {
        return text;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{fraction:0<places$}")
}

/// Puts a comma between groups of three digits.
#[must_use]
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All digits, grouped before the point, with a real minus.
#[must_use]
pub fn full(value: Decimal) -> String {
    let text = value.abs().normalize().to_string();
    let sign = if value.is_sign_negative() && !value.is_zero() {
        "\u{2212}"
    } else {
        ""
    };
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
        None => format!("{sign}{}", grouped(&text)),
    }
}

/// At most `digits` significant digits without trailing zeros: `0.9998`, `27.1234`.
#[must_use]
pub fn tidy(value: Decimal, digits: u32) -> String {
    full(
        value
            .round_sf_with_strategy(digits, AWAY_FROM_ZERO)
            .unwrap_or(value),
    )
}

/// Three significant digits and a unit: `1.23 B`. Below a thousand, whole numbers.
#[must_use]
pub fn compact(value: Decimal) -> String {
    const UNITS: [(i64, &str); 4] = [
        (1_000_000_000_000, "T"),
        (1_000_000_000, "B"),
        (1_000_000, "M"),
        (1_000, "K"),
    ];
    for (unit, name) in UNITS {
        let scaled = value / Decimal::from(unit);
        let rounded = scaled
            .round_sf_with_strategy(3, AWAY_FROM_ZERO)
            .unwrap_or(scaled);
        if rounded >= Decimal::ONE {
            let whole = rounded.trunc().normalize().to_string();
            let places = u32::try_from(3_usize.saturating_sub(whole.len())).unwrap_or(0);
            let text = fixed(round(rounded, places), places);
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let point = if fraction.is_empty() { "" } else { "." };
            return format!("{}{point}{fraction}\u{a0}{name}", grouped(whole));
        }
    }
    full(round(value, 0))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// The figure as a line of text, a counted run of zeros in brackets.
    fn shown(text: &str) -> String {
        let figure = Figure::table(text.parse().unwrap(), &Unit::usd());
        let zeros = figure.zeros.map(|n| format!("({n})")).unwrap_or_default();
        format!("{}{}{zeros}{}", figure.whole, figure.point, figure.tail)
    }

    #[test]
    fn a_table_price_has_at_most_six_significant_digits() {
        for (price, expected) in [
            ("67123.456789", "$67,123.5"),
            ("104999.99", "$105,000"),
            ("3512.4", "$3,512.40"),
            ("151.2304", "$151.230"),
            ("1.00012345", "$1.00012"),
            ("1", "$1.00000"),
            ("0.5321", "$0.532100"),
            ("0.0532149", "$0.053215"),
            ("0.00532149", "$0.005321"),
            ("0.000532149", "$0.0005321"),
            ("1234567", "$1,234,570"),
            ("0", "$0"),
        ] {
            assert_eq!(shown(price), expected, "{price}");
        }
    }

    #[test]
    fn tiny_prices_count_their_zeros() {
        assert_eq!(shown("0.0000014"), "$0.0(5)1400");
        assert_eq!(shown("0.00001234567"), "$0.0(4)1235");
        assert_eq!(shown("0.0000000000000000000000000001"), "$0.0(27)1");
    }

    #[test]
    fn rounding_up_to_the_next_magnitude_keeps_six_digits() {
        assert_eq!(shown("0.99999996"), "$1.00000");
        assert_eq!(shown("99999.96"), "$100,000");
        assert_eq!(shown("0.0000999999"), "$0.0001000");
    }

    #[test]
    fn the_full_value_is_always_at_hand() {
        let figure = Figure::table("0.0000014".parse().unwrap(), &Unit::usd());
        assert_eq!(figure.full, "$0.0000014");
        let figure = Figure::table("67123.456789".parse().unwrap(), &Unit::usd());
        assert_eq!(figure.full, "$67,123.456789");
    }

    #[test]
    fn all_digits_means_all_digits() {
        let figure = Figure::all(
            "1234567.000000000000000000012".parse().unwrap(),
            &Unit::usd(),
        );
        assert_eq!(figure.whole, "$1,234,567");
        assert_eq!(figure.point, ".00");
        assert_eq!(figure.tail, "0000000000000000012");
    }

    #[test]
    fn a_currency_without_a_sign_is_named_behind_the_number() {
        let price = "0.0312459".parse().unwrap();
        let figure = Figure::table(price, &Unit::of("BTC"));
        assert_eq!(
            (figure.whole.as_str(), figure.point.as_str()),
            ("0", ".031246")
        );
        assert_eq!(figure.unit, "BTC");
        assert_eq!(figure.full, "0.0312459\u{a0}BTC");
        assert_eq!(Figure::table(price, &Unit::of("EUR")).full, "€0.0312459");
        assert_eq!(Unit::of("GBP").write("\u{2212}1.5"), "\u{2212}£1.5");
    }

    #[test]
    fn extreme_prices_stay_short() {
        assert_eq!(shown("0.000000000001"), "$0.0(11)1000");
        assert_eq!(shown("0.00000000000123456"), "$0.0(11)1235");
        assert_eq!(shown("1000000000"), "$1,000,000,000");
    }

    #[test]
    fn volumes_are_compact() {
        for (volume, expected) in [
            ("1234567890", "1.23\u{a0}B"),
            ("999999", "1.00\u{a0}M"),
            ("45678", "45.7\u{a0}K"),
            ("999.6", "1.00\u{a0}K"),
            ("998.6", "999"),
            ("0", "0"),
            ("1234567890123456", "1,230\u{a0}T"),
        ] {
            assert_eq!(compact(volume.parse::<Price>().unwrap().get()), expected);
        }
    }

    #[test]
    fn a_rate_drops_trailing_zeros() {
        assert_eq!(
            tidy("0.99980000".parse::<Price>().unwrap().get(), 8),
            "0.9998"
        );
        assert_eq!(
            tidy("0.0067812345678".parse::<Price>().unwrap().get(), 8),
            "0.0067812346"
        );
    }
}
