//! Amounts of a token in money and the other way round, exactly. Pure; the form is in `converter`.

use parallax::Decimal;
use parallax::amount::parse_exact;
use parallax::currency::divide;

/// Reads an amount as people write it: digits, a point, commas between groups of three, spaces. `None`
/// for anything else, so that `1,5` is not taken for fifteen; for what is negative; and for what is too long
/// to be held exactly.
#[must_use]
pub fn read_amount(text: &str) -> Option<Decimal> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = !whole.contains(',')
        || ((1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3));
    let digits = whole.replace(',', "");
    let is_number = (!digits.is_empty() || !fraction.is_empty())
        && digits
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit());
    if !is_grouped || !is_number {
        return None;
    }
    let digits = if digits.is_empty() { "0" } else { &digits };
    let exact = if fraction.is_empty() {
        parse_exact(digits)
    } else {
        parse_exact(&format!("{digits}.{fraction}"))
    };
    exact.ok()
}

/// What the amount is worth at `price`: of the token in money, or with `is_money` of money in the token.
/// The first is exact as long as 28 digits hold it, the second rounded to 12 significant digits. `None`
/// without a usable price, and beyond what can be held.
#[must_use]
pub fn convert(amount: Decimal, price: Option<Decimal>, is_money: bool) -> Option<Decimal> {
    let price = price.filter(|price| *price > Decimal::ZERO)?;
    if is_money {
        divide(amount, price)
    } else {
        amount.checked_mul(price).map(|value| value.normalize())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        parse_exact(text).unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1", "1"),
            (" 1,234.50 ", "1234.50"),
            ("1 000 000", "1000000"),
            (".5", "0.5"),
            ("2.", "2"),
        ] {
            assert_eq!(read_amount(text), Some(decimal(expected)), "{text}");
        }
        for text in [
            "", ".", "-1", "1e3", "abc", "1.2.3", "0x10", "١", "1,5", "1,23,456", ",5",
        ] {
            assert_eq!(read_amount(text), None, "{text}");
        }
    }

    #[test]
    fn both_ways_are_exact() {
        let price = Some(decimal("96412.57"));
        assert_eq!(
            convert(decimal("0.1"), price, false),
            Some(decimal("9641.257"))
        );
        assert_eq!(
            convert(decimal("100"), price, true),
            Some(decimal("0.00103720915229"))
        );
        assert_eq!(convert(Decimal::ZERO, price, true), Some(Decimal::ZERO));
    }

    #[test]
    fn without_a_price_there_is_no_result() {
        assert_eq!(convert(Decimal::ONE, None, false), None);
        assert_eq!(convert(Decimal::ONE, Some(Decimal::ZERO), true), None);
        assert_eq!(
            convert(Decimal::MAX, Some(Decimal::TEN), false),
            None,
            "beyond what can be held"
        );
    }
}
