//! Ticks of a time axis in UTC. Level by level, from years down to seconds, until there are enough; a tick
//! of a higher level (a new day among hours) has precedence where labels would overlap.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// More ticks than these are a fault.
const MOST_TICKS: usize = 3_000;

/// A unit of the calendar, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// A tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Milliseconds since 1970-01-01 UTC.
    pub(crate) at_ms: i64,
    /// The largest unit that begins there: the label's form.
    pub(crate) unit: Unit,
    /// The higher, the more it matters.
    pub(crate) level: usize,
    /// Whether it is only the axis' end, which has no label.
    pub(crate) is_end: bool,
}

impl Unit {
    const ALL: [Self; 7] = [
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
    ];

    /// The largest unit that begins at a moment.
    fn beginning_at(at_ms: i64) -> Self {
        let units = Self::ALL.iter();
        let found = units.copied().find(|unit| unit.floor(at_ms) == at_ms);
        found.unwrap_or(Self::Millisecond)
    }

    /// The unit's first moment, not after `at_ms`.
    fn floor(self, at_ms: i64) -> i64 {
        match self {
            Self::Year => {
                let (year, _) = year_and_month(at_ms);
                first_of_month(year, 0)
            }
            Self::Month => {
                let (year, month) = year_and_month(at_ms);
                first_of_month(year, month)
            }
            Self::Day => at_ms - at_ms.rem_euclid(DAY),
            Self::Hour => at_ms - at_ms.rem_euclid(HOUR),
            Self::Minute => at_ms - at_ms.rem_euclid(MINUTE),
            Self::Second => at_ms - at_ms.rem_euclid(SECOND),
            Self::Millisecond => at_ms,
        }
    }

    /// The next larger one; the largest is its own.
    fn larger(self) -> Self {
        match self {
            Self::Year | Self::Month => Self::Year,
            Self::Day => Self::Month,
            Self::Hour => Self::Day,
            Self::Minute => Self::Hour,
            Self::Second => Self::Minute,
            Self::Millisecond => Self::Second,
        }
    }

    /// How many of it between two ticks that should be about `approx_ms` apart.
    fn stride(self, approx_ms: f64) -> i64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a unit's milliseconds are held exactly"
        )]
        let of = |unit: i64| approx_ms / unit as f64;
        let sixtieths = |count: f64| match count {
            _ if count > 30.0 => 30,
            _ if count > 20.0 => 20,
            _ if count > 15.0 => 15,
            _ if count > 10.0 => 10,
            _ if count > 5.0 => 5,
            _ if count > 2.0 => 2,
            _ => 1,
        };
        match self {
            Self::Year => whole((of(DAY) / 365.0).round()).max(1),
            Self::Month => match of(30 * DAY) {
                count if count > 6.0 => 6,
                count if count > 3.0 => 3,
                count if count > 2.0 => 2,
                _ => 1,
            },
            Self::Day => match of(DAY) {
                count if count > 16.0 => 16,
                count if count > 7.5 => 7,
                count if count > 3.5 => 4,
                count if count > 1.5 => 2,
                _ => 1,
            },
            Self::Hour => match of(HOUR) {
                count if count > 12.0 => 12,
                count if count > 6.0 => 6,
                count if count > 3.5 => 4,
                count if count > 2.0 => 2,
                _ => 1,
            },
            Self::Minute => sixtieths(of(MINUTE)),
            Self::Second => sixtieths(of(SECOND)),
            Self::Millisecond => whole(approx_ms).max(1),
        }
    }

    /// The moment `count` units later.
    fn add(self, at_ms: i64, count: i64) -> i64 {
        let months_later = |months: i64| {
            let (year, month) = year_and_month(at_ms);
            let total = year * 12 + month + months;
            first_of_month(total.div_euclid(12), total.rem_euclid(12))
        };
        match self {
            Self::Year => months_later(12 * count),
            Self::Month => months_later(count),
            Self::Day => at_ms + count * DAY,
            Self::Hour => at_ms + count * HOUR,
            Self::Minute => at_ms + count * MINUTE,
            Self::Second => at_ms + count * SECOND,
            Self::Millisecond => at_ms + count,
        }
    }
}

/// The smallest unit whose ticks may be used when they should be about `approx_ms` apart; `None` when only
/// their number decides.
fn smallest(approx_ms: f64) -> Option<Unit> {
    // ECharts' table: from each length on the unit before it. Lengths between (6 h, a week, …) stop at no
    // unit of their own.
    #[expect(clippy::cast_precision_loss, reason = "the lengths are held exactly")]
    let over = |length: i64| approx_ms > length as f64;
    match () {
        () if !over(MINUTE) => Some(Unit::Second),
        () if !over(HOUR) => Some(Unit::Minute),
        () if !over(6 * HOUR) => Some(Unit::Hour),
        () if !over(12 * HOUR) => None,
        () if approx_ms <= 1.2 * DAY_FLOAT => None,
        () if approx_ms <= 3.5 * DAY_FLOAT => Some(Unit::Day),
        () if !over(31 * DAY) => None,
        () if !over(95 * DAY) => Some(Unit::Month),
        () => None,
    }
}

/// [`DAY`] for comparisons with fractions of it.
const DAY_FLOAT: f64 = 86_400_000.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "a span of calendar time in units is far within 64 bits"
)]
fn whole(value: f64) -> i64 {
    value as i64
}

/// The year and the month (from 0) of a moment.
fn year_and_month(at_ms: i64) -> (i64, i64) {
    // Days since 0000-03-01, by eras of 400 years: the algorithm of C++20's calendar.
    let days = at_ms.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = (month_from_march + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (year, month)
}

/// The day of the month, from 1.
pub(crate) fn day_of_month(at_ms: i64) -> i64 {
    let (year, month) = year_and_month(at_ms);
    (at_ms - first_of_month(year, month)).div_euclid(DAY) + 1
}

/// A month's first moment.
fn first_of_month(year: i64, month: i64) -> i64 {
    let shifted_year = if month < 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 10) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * DAY
}

/// The ticks of `[from_ms, until_ms]`, about `splits` of them, both ends included.
pub(crate) fn ticks((from_ms, until_ms): (i64, i64), splits: f64) -> Vec<Tick> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a span of calendar time in milliseconds is held exactly"
    )]
    let approx_ms = (until_ms - from_ms) as f64 / splits.round().max(1.0);
    if approx_ms <= 0.0 {
        return Vec::new();
    }
    let levels = levels((from_ms, until_ms), approx_ms, splits.round().max(1.0));
    let within: Vec<Vec<i64>> = levels
        .into_iter()
        .map(|level| {
            let shown = level.into_iter();
            shown
                .filter(|at| (from_ms..=until_ms).contains(at))
                .collect()
        })
        .filter(|level: &Vec<i64>| !level.is_empty())
        .collect();
    let highest = within.len().saturating_sub(1);
    let mut ticks: Vec<Tick> = Vec::new();
    for (index, level) in within.into_iter().enumerate() {
        for at_ms in level {
            if ticks.iter().all(|tick| tick.at_ms != at_ms) {
                ticks.push(Tick {
                    at_ms,
                    unit: Unit::beginning_at(at_ms),
                    level: highest - index,
                    is_end: false,
                });
            }
        }
    }
    ticks.sort_by_key(|tick| tick.at_ms);
    let end = |at_ms| Tick {
        at_ms,
        unit: Unit::beginning_at(at_ms),
        level: 0,
        is_end: true,
    };
    if ticks.first().is_none_or(|tick| tick.at_ms > from_ms) {
        ticks.insert(0, end(from_ms));
    }
    if ticks.last().is_none_or(|tick| tick.at_ms < until_ms) {
        ticks.push(end(until_ms));
    }
    ticks
}

/// The moments of each level, the largest unit first, until there are about `wanted` within the extent.
fn levels((from_ms, until_ms): (i64, i64), approx_ms: f64, wanted: f64) -> Vec<Vec<i64>> {
    let bottom = smallest(approx_ms);
    let mut levels: Vec<Vec<i64>> = Vec::new();
    let (mut count, mut count_before);
    count = 0.0;
    for unit in Unit::ALL {
        if unit.floor(from_ms) == unit.floor(until_ms) {
            continue;
        }
        let first = [unit.larger().floor(from_ms), until_ms];
        let spans = levels.last().map_or(first.as_slice(), Vec::as_slice);
        let mut level = Vec::new();
        for (start, end) in spans.iter().zip(spans.iter().skip(1)) {
            if start != end && *end >= from_ms && *start <= until_ms {
                add_span(
                    &mut level,
                    unit,
                    unit.stride(approx_ms),
                    (*start, *end),
                    until_ms,
                );
            }
        }
        if level.is_empty() {
            continue;
        }
        level.sort_unstable();
        level.dedup();
        count_before = count;
        let shown = level.iter().filter(|at| (from_ms..=until_ms).contains(at));
        count += shown.fold(0.0, |count, _| count + 1.0);
        if count > wanted * 1.5 && count_before > wanted / 1.5 {
            break;
        }
        levels.push(level);
        if count > wanted || bottom == Some(unit) {
            break;
        }
    }
    levels
}

/// A level's moments within one span of the level above, and the one after it, at which the next level
/// stops.
fn add_span(
    level: &mut Vec<i64>,
    unit: Unit,
    stride: i64,
    (start, end): (i64, i64),
    until_ms: i64,
) {
    let mut at = start;
    while at < end && at <= until_ms && level.len() < MOST_TICKS {
        level.push(at);
        at = unit.add(at, stride);
    }
    level.push(at);
}

/// The label of a tick: `2026`, `Nov`, `22 Nov`, `06:00`, `06:00:30`.
pub(crate) fn label(tick: &Tick) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (year, month) = year_and_month(tick.at_ms);
    let month = usize::try_from(month)
        .ok()
        .and_then(|month| MONTHS.get(month));
    let month = month.copied().unwrap_or_default();
    let clock = tick.at_ms.rem_euclid(DAY);
    let (hour, minute) = (clock / HOUR, clock % HOUR / MINUTE);
    match tick.unit {
        Unit::Year => year.to_string(),
        Unit::Month => month.to_owned(),
        Unit::Day => format!("{} {month}", day_of_month(tick.at_ms)),
        Unit::Hour | Unit::Minute => format!("{hour:02}:{minute:02}"),
        Unit::Second | Unit::Millisecond => {
            format!("{hour:02}:{minute:02}:{:02}", clock % MINUTE / SECOND)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().unix_ms()
    }

    fn labels(from: &str, until: &str, splits: f64) -> Vec<String> {
        let ticks = ticks((at(from), at(until)), splits);
        let nice = ticks.iter().filter(|tick| !tick.is_end);
        nice.map(label).collect()
    }

    #[test]
    fn a_day_has_hours_and_the_new_day_among_them() {
        assert_eq!(
            labels("2026-11-21T10:07:00Z", "2026-11-22T10:07:00Z", 8.0),
            [
                "12:00", "14:00", "16:00", "18:00", "20:00", "22:00", "22 Nov", "02:00", "04:00",
                "06:00", "08:00", "10:00"
            ]
        );
    }

    #[test]
    fn a_year_has_months_and_the_new_year_among_them() {
        let labels = labels("2025-11-22T00:00:00Z", "2026-11-22T00:00:00Z", 8.0);
        assert!(labels.contains(&"2026".to_owned()), "{labels:?}");
        assert!(labels.contains(&"Jul".to_owned()), "{labels:?}");
    }

    #[test]
    fn an_hour_has_minutes() {
        assert_eq!(
            labels("2026-11-22T09:30:30Z", "2026-11-22T10:30:30Z", 6.0),
            [
                "09:35", "09:40", "09:45", "09:50", "09:55", "10:00", "10:05", "10:10", "10:15",
                "10:20", "10:25", "10:30"
            ]
        );
    }

    #[test]
    fn no_time_has_no_ticks() {
        assert_eq!(ticks((5, 5), 6.0), []);
        assert_eq!(ticks((6, 5), 6.0), []);
    }

    proptest! {
        #[test]
        fn the_calendar_agrees_with_the_vocabularys(ms in 0_i64..253_402_300_799_999) {
            let date = Timestamp::from_unix_ms(ms).unwrap().date_time().date();
            let (year, month) = year_and_month(ms);
            prop_assert_eq!(year, i64::from(date.year()));
            prop_assert_eq!(month + 1, i64::from(u8::from(date.month())));
            prop_assert_eq!(day_of_month(ms), i64::from(date.day()));
        }

        #[test]
        fn ticks_ascend_within_the_extent(from in 0_i64..4_000_000_000_000, span in 1_i64..2_000_000_000_000, splits in 1_u8..12) {
            let ticks = ticks((from, from + span), f64::from(splits));
            prop_assert!(ticks.is_sorted_by(|a, b| a.at_ms < b.at_ms));
            prop_assert!(ticks.iter().all(|tick| (from..=from + span).contains(&tick.at_ms)));
            prop_assert!(ticks.len() < 300);
        }
    }
}
