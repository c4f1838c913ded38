//! What someone types to set a price by hand, and whether it will do.

use parallax::Decimal;
use parallax::amount::{AmountError, Price};
use parallax::time::Timestamp;

use super::MAX_SPAN;
use crate::when;

/// The most characters of a reason.
pub const MAX_REASON: usize = 200;

/// A price farther than this from the computed one, in per cent, is asked about again: it may be a slip.
pub const WORTH_ASKING_PCT: Decimal = Decimal::TEN;

/// Why something typed will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// Not a number, or not one that can be held exactly.
    #[error("type a price in US dollars such as 67123.45: this {0}")]
    Price(#[from] AmountError),
    /// Zero or less.
    #[error("a price is above zero")]
    NotPositive,
    /// No reason.
    #[error("say why: everyone who sees the price will read it")]
    NoReason,
    /// Too long a reason.
    #[error("use at most {MAX_REASON} characters; these are {0}")]
    LongReason(usize),
    /// A reason with line breaks or other control characters.
    #[error("use one line without control characters")]
    BrokenReason,
    /// Not a time.
    #[error("type {}", when::ALLOWED)]
    Until,
    /// An end that has passed.
    #[error("choose an end in the future; it is {0} now")]
    Past(Timestamp),
    /// Too late an end.
    #[error("choose an end of at most 30 days from now, {0} at the latest")]
    TooLate(Timestamp),
}

/// A price in US dollars, exactly as typed.
///
/// # Errors
/// [`TypedError`].
pub fn price(typed: &str) -> Result<Price, TypedError> {
    let price: Price = typed.trim().parse()?;
    if price.is_positive() {
        Ok(price)
    } else {
        Err(TypedError::NotPositive)
    }
}

/// A reason for everyone to read.
///
/// # Errors
/// [`TypedError`].
pub fn reason(typed: &str) -> Result<String, TypedError> {
    let reason = typed.trim();
    let length = reason.chars().count();
    if reason.is_empty() {
        return Err(TypedError::NoReason);
    }
    if length > MAX_REASON {
        return Err(TypedError::LongReason(length));
    }
    // The invisible characters that turn text around would make the words beside it read otherwise.
    if reason.chars().any(parallax::audit::is_invisible) {
        return Err(TypedError::BrokenReason);
    }
    Ok(reason.to_owned())
}

/// An end in the future, at most [`MAX_SPAN`] from `now`. Without an offset it is UTC.
///
/// # Errors
/// [`TypedError`].
pub fn until(typed: &str, now: Timestamp) -> Result<Timestamp, TypedError> {
    let typed = typed.trim();
    // Browsers that know no field for times let people type one as they are used to: 2026-11-25 12:00.
    let typed = match typed.split_once(' ') {
        Some((date, time)) if !date.contains('T') => format!("{date}T{time}"),
        _ => typed.to_owned(),
    };
    // A field for times sends no seconds.
    let is_to_the_minute = typed.len() == "2026-11-25T12:00".len();
    let typed = if is_to_the_minute {
        format!("{typed}:00")
    } else {
        typed
    };
    let until = when::read(&typed).ok_or(TypedError::Until)?;
    let latest = now.plus(MAX_SPAN);
    if until <= now {
        return Err(TypedError::Past(now));
    }
    if until > latest {
        return Err(TypedError::TooLate(latest));
    }
    Ok(until)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_price_is_exact_and_above_zero() {
        assert_eq!(price(" 0.10 ").unwrap().to_string(), "0.1");
        for wrong in [
            "",
            "abc",
            "1,5",
            "$5",
            "NaN",
            "inf",
            "1e400",
            "0.00000000000000000000000000001",
        ] {
            assert!(matches!(price(wrong), Err(TypedError::Price(_))), "{wrong}");
        }
        for wrong in ["0", "-1", "0.000"] {
            assert_eq!(price(wrong), Err(TypedError::NotPositive), "{wrong}");
        }
    }

    #[test]
    fn a_reason_is_one_line_of_some_words() {
        assert_eq!(reason("  halted <b> ").unwrap(), "halted <b>");
        assert_eq!(reason(" \t "), Err(TypedError::NoReason));
        assert_eq!(reason(&"é".repeat(200)).unwrap().chars().count(), 200);
        assert_eq!(reason(&"é".repeat(201)), Err(TypedError::LongReason(201)));
        for wrong in ["a\nb", "a\0b", "a\u{202e}b", "a\u{7f}b"] {
            assert_eq!(reason(wrong), Err(TypedError::BrokenReason), "{wrong:?}");
        }
    }

    #[test]
    fn an_end_is_in_the_future_and_at_most_thirty_days_away() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let noon: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        for typed in [
            "2026-11-25T12:00",
            "2026-11-25 12:00",
            "2026-11-25 12:00:00",
            "2026-11-25T12:00:00Z",
            "2026-11-25T14:00:00+02:00",
        ] {
            assert_eq!(until(typed, now), Ok(noon), "{typed}");
        }
        for wrong in ["", "soon", "2026-13-01", "25.11.2026", "2026-11-25T25:00"] {
            assert_eq!(until(wrong, now), Err(TypedError::Until), "{wrong}");
        }
        assert_eq!(until("2026-11-22T12:00", now), Err(TypedError::Past(now)));
        let latest = now.plus(MAX_SPAN);
        assert_eq!(until(&latest.to_string(), now), Ok(latest));
        let later = latest.plus(Duration::from_millis(1));
        assert_eq!(
            until(&later.to_string(), now),
            Err(TypedError::TooLate(latest))
        );
    }
}
