//! Pages of candles: which windows a page holds, and where the next one begins. Pure: `history.rs` reads
//! the bars, `crates/api` writes them down.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use parallax::candle::{CandleKind, Source, Step, Window};
use parallax::time::Timestamp;
use parallax::token::TokenId;

/// The most candles of one page.
pub const MAX_LIMIT: u32 = 5_000;
/// The candles of a page that asks for no number.
pub const DEFAULT_LIMIT: u32 = 500;
/// The most stored bars that one page may be merged from. A page of long candles is shorter.
const MAX_BARS: u32 = 150_000;
/// How long after its end a bar may still be expected to change: trades that come late, a venue that
/// corrects itself, a gap that is filled.
pub(crate) const SETTLES_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// Where a page begins that follows another. Its text is opaque to readers, and the same for the same
/// place in the same candles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The length of the candles.
    pub step: Step,
    /// Whose prices.
    pub source: Source,
    /// The first candle's open time.
    pub open_time: Timestamp,
}

/// The text is not a cursor that an earlier page gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of an earlier page")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{:x}",
            self.step,
            self.source,
            self.open_time.unix_ms() / 1_000
        )
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.split('.');
        let (Some(step), Some(source), Some(second), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CursorError);
        };
        let step: Step = step.parse().map_err(|_| CursorError)?;
        let second = i64::from_str_radix(second, 16).map_err(|_| CursorError)?;
        let open_time = Timestamp::from_unix_s(second).map_err(|_| CursorError)?;
        if step.floor(open_time) != open_time {
            return Err(CursorError);
        }
        Ok(Self {
            step,
            source: source.parse().map_err(|_| CursorError)?,
            open_time,
        })
    }
}

/// Which candles to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CandlesQuery {
    /// Their length; `None` for an hour.
    pub step: Option<Step>,
    /// The moment the first candle holds; `None` for the newest candles that fit the page.
    pub from: Option<Timestamp>,
    /// Candles open before this; `None`, and anything later, for now.
    pub to: Option<Timestamp>,
    /// How many at most; `None` for [`DEFAULT_LIMIT`].
    pub limit: Option<u32>,
    /// Whose prices; `None` for what there is, the index first.
    pub source: Option<Source>,
    /// Where the page begins, instead of at `from`.
    pub cursor: Option<Cursor>,
}

/// A page of candles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandlePage {
    /// The token.
    pub token: TokenId,
    /// Whose prices.
    pub source: Source,
    /// The candles' length.
    pub step: Step,
    /// When it was read.
    pub now: Timestamp,
    /// The end that was asked for.
    pub to: Option<Timestamp>,
    /// The limit that was asked for.
    pub limit: Option<u32>,
    /// The candles, oldest first, without a hole: an interval of which nothing was seen has no bar.
    pub windows: Vec<Window>,
    /// Where the next page begins; `None` when this one reaches the end.
    pub next: Option<Cursor>,
    /// Whether the same question is expected to have the same answer from now on.
    pub settled: bool,
}

impl CandlePage {
    /// The first candle's first moment and the first moment after the last candle; `None` for an empty
    /// page.
    #[must_use]
    pub fn range(&self) -> Option<(Timestamp, Timestamp)> {
        Some((
            self.windows.first()?.open_time,
            self.windows.last()?.close_time,
        ))
    }
}

/// The windows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The first one's first moment.
    pub(crate) start: Timestamp,
    /// The first moment after the last one.
    pub(crate) end: Timestamp,
    /// Whether more windows follow before the end that was asked for.
    pub(crate) more: bool,
}

/// Lays a page out. `first` is the first bar held; candles before it do not exist. `begin` is where the
/// reader wants to begin, `until` where to end. `None` when no candle lies between.
pub(crate) fn plan(
    step: Step,
    first: Timestamp,
    begin: Option<Timestamp>,
    until: Timestamp,
    limit: u32,
) -> Option<Plan> {
    let length = step.duration();
    let bars_each = step.minutes() / step.base().minutes().max(1);
    let limit = limit.min(MAX_BARS / bars_each.max(1)).max(1);
    let first = step.floor(first);
    let start = match begin {
        Some(begin) => step.floor(begin).max(first),
        None => {
            let last = step.floor(until.minus(Duration::from_millis(1)));
            last.minus(length.saturating_mul(limit - 1)).max(first)
        }
    };
    if start >= until {
        return None;
    }
    let wanted = crate::chart::count(start, until, length);
    let given = u32::try_from(wanted).unwrap_or(u32::MAX).min(limit);
    Some(Plan {
        start,
        end: start.plus(length.saturating_mul(given)),
        more: wanted > u64::from(given),
    })
}

/// Whether a page is expected to stay as it is: all its candles are over, and long enough for late trades
/// and repairs; and none is a gap, which a back-fill may yet close.
pub(crate) fn is_settled(windows: &[Window], now: Timestamp) -> bool {
    let is_whole = |window: &Window| {
        let bar = window.bar.as_ref();
        bar.is_some_and(|bar| bar.kind != CandleKind::Gap)
    };
    windows
        .last()
        .is_some_and(|last| last.close_time.plus(SETTLES_AFTER) <= now)
        && windows.iter().all(is_whole)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_unix_s(hour * 3_600).unwrap()
    }

    fn planned(first: i64, begin: Option<i64>, until: i64, limit: u32) -> Option<(i64, i64, bool)> {
        let step = Step::Hours(4);
        let plan = plan(step, at(first), begin.map(at), at(until), limit)?;
        let hour = |at: Timestamp| at.unix_ms() / 3_600_000;
        Some((hour(plan.start), hour(plan.end), plan.more))
    }

    #[test]
    fn a_cursor_survives_its_own_text_and_nothing_else_is_one() {
        let cursor = Cursor {
            step: Step::Hours(4),
            source: Source::Index,
            open_time: at(400_000),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in [
            "",
            "4h.index",
            "4h.index.x",
            "4h.index.1",
            "4h.index.0.0",
            "4h.In.0",
            "5.index.0",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text:?}");
        }
    }

    #[test]
    fn pages_follow_each_other_without_a_hole_or_an_overlap() {
        assert_eq!(planned(3, Some(0), 21, 2), Some((0, 8, true)));
        assert_eq!(planned(3, Some(8), 21, 2), Some((8, 16, true)));
        assert_eq!(planned(3, Some(16), 21, 2), Some((16, 24, false)));
    }

    #[test]
    fn a_page_begins_at_the_first_bar_held() {
        assert_eq!(planned(9, Some(0), 21, 9), Some((8, 24, false)));
        assert_eq!(planned(9, None, 21, 9), Some((8, 24, false)));
        assert_eq!(planned(24, Some(0), 21, 9), None);
    }

    #[test]
    fn without_a_beginning_a_page_has_the_newest_candles() {
        assert_eq!(planned(0, None, 21, 2), Some((16, 24, false)));
        assert_eq!(planned(0, None, 20, 2), Some((12, 20, false)));
    }

    #[test]
    fn a_page_of_very_long_candles_is_shorter_rather_than_unbounded() {
        let step = Step::Hours(Step::MAX_HOURS);
        let plan = plan(step, at(0), Some(at(0)), at(8_760 * 40), MAX_LIMIT).unwrap();
        assert_eq!(
            (plan.end.unix_ms() / 3_600_000, plan.more),
            (8_760 * 17, true)
        );
    }
}
