//! A bar in another currency than US dollars: the mirror of [`convert`](super::convert), which brings bars
//! of other currencies into US dollars.

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, CandleKind};
use parallax::currency::divide;

use crate::figures::HALF;

/// `bar`, in US dollars, in the currency whose own bar of the same interval is `rate`.
///
/// Open and close are divided by the open and the close of `rate`; high, low and volume by the middle of
/// both, because where in the interval they were is not known; high and low then at least enclose open and
/// close. The band is divided by the close. Everything is rounded once, to
/// [`CONVERTED_DIGITS`](parallax::currency::CONVERTED_DIGITS).
///
/// The bar is known no better than its rate: it is a gap, or repaired, when the rate's bar is, and has no
/// more minutes. `None` when a rate is not positive or the result leaves what a decimal can hold.
#[must_use]
pub fn in_currency(bar: &Bar, rate: &Bar) -> Option<Bar> {
    let (first, last) = (rate.open.get(), rate.close.get());
    let middle = first.checked_add(last)?.checked_mul(HALF)?;
    let by = |amount: Decimal, rate: Decimal| divide(amount, rate);
    let open = by(bar.open.get(), first)?;
    let close = by(bar.close.get(), last)?;
    let high = by(bar.high.get(), middle)?.max(open).max(close);
    let low = by(bar.low.get(), middle)?.min(open).min(close);
    let confidence = bar.confidence.and_then(|band| by(band.get(), last));
    // A volume too small to hold is nothing.
    let volume = by(bar.volume_usd.get(), middle).unwrap_or_default();
    let kind = match rate.kind {
        CandleKind::Filled | CandleKind::Traded => bar.kind,
        CandleKind::Repaired | CandleKind::Gap => bar.kind.max(rate.kind),
    };
    Some(Bar {
        open_time: bar.open_time,
        open: Price::new(open),
        high: Price::new(high),
        low: Price::new(low),
        close: Price::new(close),
        confidence: confidence.map(Price::new),
        volume_usd: Quantity::new(volume).unwrap_or_default(),
        trades: bar.trades,
        sources: bar.sources,
        minutes: bar.minutes.min(rate.minutes),
        kind,
        revision: bar.revision,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::time::Timestamp;

    use super::*;

    fn bar([open, high, low, close]: [&str; 4], kind: CandleKind, minutes: u32) -> Bar {
        Bar {
            open_time: Timestamp::default(),
            open: open.parse().unwrap(),
            high: high.parse().unwrap(),
            low: low.parse().unwrap(),
            close: close.parse().unwrap(),
            confidence: Some("1.2".parse().unwrap()),
            volume_usd: "6000".parse().unwrap(),
            trades: Some(7),
            sources: 3,
            minutes,
            kind,
            revision: 2,
        }
    }

    fn figures(bar: &Bar) -> String {
        format!("{} {} {} {}", bar.open, bar.high, bar.low, bar.close)
    }

    #[test]
    fn open_and_close_have_their_own_rates_and_the_extremes_the_middle_of_both() {
        let token = bar(["120", "150", "90", "110"], CandleKind::Traded, 60);
        // The rate's own high and low do not matter.
        let euro = bar(["1.2", "9", "0.1", "1.1"], CandleKind::Filled, 60);
        let converted = in_currency(&token, &euro).unwrap();
        // 150 / 1.15 and 90 / 1.15, to twelve digits.
        assert_eq!(figures(&converted), "100 130.434782609 78.2608695652 100");
        assert_eq!(converted.volume_usd.to_string(), "5217.39130435");
        assert_eq!(converted.confidence, Some("1.09090909091".parse().unwrap()));
        assert_eq!((converted.trades, converted.sources), (Some(7), 3));
        assert_eq!(
            (converted.kind, converted.minutes, converted.revision),
            (CandleKind::Traded, 60, 2)
        );
    }

    #[test]
    fn high_and_low_enclose_open_and_close_whatever_the_rate_did() {
        let token = bar(["100", "100", "100", "100"], CandleKind::Traded, 60);
        let halved = bar(["2", "2", "1", "1"], CandleKind::Traded, 60);
        assert_eq!(
            figures(&in_currency(&token, &halved).unwrap()),
            "50 100 50 100"
        );
    }

    #[test]
    fn a_bar_is_known_no_better_than_its_rate() {
        let token = bar(["1", "1", "1", "1"], CandleKind::Filled, 60);
        let kind = |kind, minutes| {
            let converted = in_currency(&token, &bar(["1", "1", "1", "1"], kind, minutes)).unwrap();
            (converted.kind, converted.minutes)
        };
        assert_eq!(kind(CandleKind::Gap, 12), (CandleKind::Gap, 12));
        assert_eq!(kind(CandleKind::Repaired, 60), (CandleKind::Repaired, 60));
        // That the currency was traded does not mean that the token was.
        assert_eq!(kind(CandleKind::Traded, 60), (CandleKind::Filled, 60));
    }

    #[test]
    fn what_cannot_be_held_is_no_bar() {
        let token = bar(["1", "1", "1", "1"], CandleKind::Filled, 60);
        let zero = bar(["0", "0", "0", "0"], CandleKind::Filled, 60);
        assert_eq!(in_currency(&token, &zero), None);
        let least = bar(
            ["0.0000000000000000000000000001"; 4],
            CandleKind::Filled,
            60,
        );
        let dear = bar(
            ["100000", "100000", "100000", "100000"],
            CandleKind::Filled,
            60,
        );
        assert_eq!(in_currency(&least, &dear), None);
    }
}
