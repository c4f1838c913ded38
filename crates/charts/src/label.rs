//! Numbers as a chart's labels write them. The same functions exist in `frontend/chart/format.js`; the
//! oracle test compares them.
//!
//! A label has at most six significant digits, rounded half away from zero from the shortest decimal that
//! is the number:
//!
//! | size | price label |
//! |---|---|
//! | 0 | `0` |
//! | under 0.000001 | `1.2e-12` |
//! | under a million | `62,145.2`, `0.00001234` |
//! | up to 999,999 billion | `1.5 M`, `2 B`, `1.2 T` |
//! | above | `1.2e15` |
//!
//! A minus is U+2212 before the number and `-` in an exponent.

/// The marker of a price label where the option needs a function ([`price_label`]).
pub const PRICE_FORMATTER: &str = "$price";
/// The marker of a change label where the option needs a function ([`percent_label`]).
pub const PERCENT_FORMATTER: &str = "$percent";

/// The most significant digits of a label.
const DIGITS: usize = 6;

/// A number's decimal digits and the power of ten of the first.
struct Rounded {
    is_negative: bool,
    digits: String,
    exponent: i32,
}

/// The shortest decimal that is `value`, rounded to `count` significant digits; `None` for zero and for
/// what is no number.
fn rounded(value: f64, count: usize) -> Option<Rounded> {
    if value == 0.0 || !value.is_finite() {
        return None;
    }
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let mut exponent: i32 = exponent.parse().ok()?;
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let rounds_up = digits.get(count).is_some_and(|digit| *digit >= b'5');
    digits.truncate(count);
    if rounds_up {
        while digits.last() == Some(&b'9') {
            digits.pop();
        }
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                digits.push(b'1');
                exponent += 1;
            }
        }
    }
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    Some(Rounded {
        is_negative: value < 0.0,
        digits: digits.into_iter().map(char::from).collect(),
        exponent,
    })
}

/// Digits with their point `places` after the first digit, the whole part grouped.
fn plain(digits: &str, places: i32) -> String {
    let Ok(places) = usize::try_from(places) else {
        let zeros = usize::try_from(-places - 1).unwrap_or(0);
        return format!("0.{}{digits}", "0".repeat(zeros));
    };
    let whole_digits = places + 1;
    let padded = format!("{digits:0<whole_digits$}");
    let (whole, fraction) = padded.split_at(whole_digits);
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole_digits - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A number without its sign, by the module's table.
fn compact(number: &Rounded) -> String {
    let Rounded {
        digits, exponent, ..
    } = number;
    match *exponent {
        -6..6 => plain(digits, *exponent),
        6..9 => format!("{} M", plain(digits, exponent - 6)),
        9..12 => format!("{} B", plain(digits, exponent - 9)),
        12..15 => format!("{} T", plain(digits, exponent - 12)),
        _ => format!("{}e{exponent}", plain(digits, 0)),
    }
}

/// A price as an axis or a price line labels it; `–` for what is no number.
#[must_use]
pub fn price_label(value: f64) -> String {
    match rounded(value, DIGITS) {
        Some(number) => {
            let sign = if number.is_negative { "\u{2212}" } else { "" };
            format!("{sign}{}", compact(&number))
        }
        None if value == 0.0 => "0".to_owned(),
        None => "\u{2013}".to_owned(),
    }
}

/// A change in per cent as an axis labels it, always signed but for zero: `+5%`, `−2.5%`.
#[must_use]
pub fn percent_label(value: f64) -> String {
    match rounded(value, DIGITS) {
        Some(number) => {
            let sign = if number.is_negative { '\u{2212}' } else { '+' };
            format!("{sign}{}%", compact(&number))
        }
        None if value == 0.0 => "0%".to_owned(),
        None => "\u{2013}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_of_every_size_are_legible() {
        for (value, label) in [
            (0.0, "0"),
            (1e-12, "1e-12"),
            (1.2345678e-12, "1.23457e-12"),
            (9.999999e-7, "0.000001"),
            (9.2e-7, "9.2e-7"),
            (0.000_001, "0.000001"),
            (0.000_012_34, "0.00001234"),
            (0.1, "0.1"),
            (1.0, "1"),
            (999.9, "999.9"),
            (1_000.0, "1,000"),
            (62_145.16, "62,145.2"),
            (999_999.4, "999,999"),
            (999_999.5, "1 M"),
            (1_234_567.0, "1.23457 M"),
            (1e9, "1 B"),
            (1_000_200_000.0, "1.0002 B"),
            (123_456_789_012_345.0, "123.457 T"),
            (1.25e15, "1.25e15"),
            (-62_145.5, "\u{2212}62,145.5"),
            (f64::NAN, "\u{2013}"),
        ] {
            assert_eq!(price_label(value), label, "{value:e}");
        }
    }

    #[test]
    fn the_sixth_digit_is_rounded_half_away_from_zero() {
        assert_eq!(price_label(123_456.5), "123,457");
        assert_eq!(price_label(123_455.5), "123,456");
        assert_eq!(price_label(0.1 + 0.2), "0.3");
    }

    #[test]
    fn changes_are_signed_but_for_zero() {
        assert_eq!(percent_label(5.0), "+5%");
        assert_eq!(percent_label(-2.5), "\u{2212}2.5%");
        assert_eq!(percent_label(0.0), "0%");
        assert_eq!(percent_label(12_345.678), "+12,345.7%");
    }
}
