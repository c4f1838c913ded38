//! The date hierarchy: a year, a month or a day in UTC, as it stands in an address, and what lies within.

use std::fmt;
use std::str::FromStr;

use parallax::time::Timestamp;
use time::{Date, Month, Time};

/// A year, a month or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period {
    year: i32,
    month: Option<Month>,
    /// Only with a month.
    day: Option<u8>,
}

/// Why a text is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date is a year, a month or a day: 2026, 2026-01 or 2026-01-31")]
pub(crate) struct PeriodError;

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let is_plain = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split('-');
        let mut number = |length: usize| {
            let part = parts.next();
            part.map(|part| {
                let part = Some(part).filter(|part| part.len() == length && is_plain(part));
                part.and_then(|part| part.parse::<u16>().ok())
                    .ok_or(PeriodError)
            })
            .transpose()
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let narrow = |number: u16| u8::try_from(number).map_err(|_| PeriodError);
        let month = month.map(narrow).transpose()?;
        let month = month.map(|month| Month::try_from(month).map_err(|_| PeriodError));
        let period = Self {
            year: i32::from(year.ok_or(PeriodError)?),
            month: month.transpose()?,
            day: day.map(narrow).transpose()?,
        };
        let is_there = parts.next().is_none() && period.year >= 1970 && period.first().is_some();
        is_there.then_some(period).ok_or(PeriodError)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{:02}", u8::from(month))?;
        }
        self.day.map_or(Ok(()), |day| write!(f, "-{day:02}"))
    }
}

impl Period {
    fn first(self) -> Option<Date> {
        let month = self.month.unwrap_or(Month::January);
        Date::from_calendar_date(self.year, month, self.day.unwrap_or(1)).ok()
    }

    /// The first day after it.
    fn after(self) -> Option<Date> {
        match (self.month, self.day) {
            (None, _) => Date::from_calendar_date(self.year.checked_add(1)?, Month::January, 1),
            (Some(Month::December), None) => {
                Date::from_calendar_date(self.year.checked_add(1)?, Month::January, 1)
            }
            (Some(month), None) => Date::from_calendar_date(self.year, month.next(), 1),
            (Some(_), Some(_)) => return self.first()?.next_day(),
        }
        .ok()
    }

    /// Its first moment, and the first after it.
    pub(crate) fn span(self) -> (Timestamp, Timestamp) {
        let at = |date: Option<Date>| {
            let date = date.map(|date| date.with_time(Time::MIDNIGHT).assume_utc());
            date.and_then(|date| Timestamp::from_unix_s(date.unix_timestamp()).ok())
        };
        let from = at(self.first()).unwrap_or_default();
        // After the last day of 9999 there is none.
        let until = at(self.after()).unwrap_or(from.plus(std::time::Duration::MAX));
        (from, until)
    }

    /// The part of a period that holds a moment: a year of all time, a month of a year, a day of a month. A day has no
    /// parts.
    pub(crate) fn part(whole: Option<Self>, at: Timestamp) -> Option<Self> {
        let date = at.date_time().date();
        let (month, day) = match whole {
            None => (None, None),
            Some(Self { month: None, .. }) => (Some(date.month()), None),
            Some(Self { day: None, .. }) => (Some(date.month()), Some(date.day())),
            Some(_) => return None,
        };
        let year = date.year();
        Some(Self { year, month, day })
    }

    /// The parts of a period that lie between two moments, both included, in order. At most a century of years.
    pub(crate) fn parts(whole: Option<Self>, first: Timestamp, last: Timestamp) -> Vec<Self> {
        let (from, until) = whole.map_or((first, last), Self::span);
        let (mut at, last) = (first.max(from), last.min(until));
        let mut parts = Vec::new();
        while at <= last && parts.len() < 100 {
            let Some(part) = Self::part(whole, at) else {
                break;
            };
            let (_, end) = part.span();
            if end <= at || whole.is_some() && at >= until {
                break;
            }
            parts.push(part);
            at = end;
        }
        parts
    }

    /// What it is a part of, from the widest on.
    pub(crate) fn wholes(self) -> Vec<Self> {
        let year = Self {
            month: None,
            day: None,
            ..self
        };
        let month = Self { day: None, ..self };
        match (self.month, self.day) {
            (None, _) => vec![],
            (Some(_), None) => vec![year],
            (Some(_), Some(_)) => vec![year, month],
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_survives_its_text_and_has_its_span() {
        for (text, from, until) in [
            ("2026", "2026-01-01", "2027-01-01"),
            ("2026-12", "2026-12-01", "2027-01-01"),
            ("2024-02", "2024-02-01", "2024-03-01"),
            ("2024-02-29", "2024-02-29", "2024-03-01"),
            ("2026-12-31", "2026-12-31", "2027-01-01"),
        ] {
            assert_eq!(period(text).to_string(), text);
            let (first, end) = period(text).span();
            assert_eq!(first.to_string(), format!("{from}T00:00:00.000Z"));
            assert_eq!(end.to_string(), format!("{until}T00:00:00.000Z"));
        }
        let (from, until) = period("9999").span();
        assert!(from < until);
    }

    #[test]
    fn anything_else_is_no_period() {
        for text in [
            "",
            "26",
            "1969",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-1",
            "2025-02-29",
            "2026-01-32",
            "2026-01-01-01",
            "+026",
            "2026-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text:?}");
        }
    }

    #[test]
    fn the_parts_of_a_period_are_those_that_hold_something() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (first, last) = (at("2025-11-29T12:00:00Z"), at("2026-02-01T00:00:00Z"));
        let parts = |whole: Option<&str>| {
            let parts = Period::parts(whole.map(period), first, last);
            let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
            parts.join(" ")
        };
        assert_eq!(parts(None), "2025 2026");
        assert_eq!(parts(Some("2025")), "2025-11 2025-12");
        assert_eq!(parts(Some("2026")), "2026-01 2026-02");
        assert_eq!(parts(Some("2025-11")), "2025-11-29 2025-11-30");
        assert_eq!(parts(Some("2025-11-29")), "");
        assert_eq!(parts(Some("2020")), "");
        assert_eq!(
            period("2025-11-29").wholes(),
            [period("2025"), period("2025-11")]
        );
    }
}
