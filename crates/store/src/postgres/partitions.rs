//! Partitions: which one a row lives in, and which are known to exist.
//!
//! Minutes are kept by the month, hours and days by the year, index prices by the day. There is no
//! default partition: a row for which none exists is refused by the server, so a save makes what it
//! needs first. `make_partition` in `migrations/postgres` makes one, and names the same in its migration.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use parallax::candle::Interval;
use parallax::time::Timestamp;

/// A table whose rows live in partitions by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Parent {
    /// Index prices.
    Prices,
    /// Candles of one length.
    Candles(Interval),
}

impl Parent {
    /// The table's name in `migrations/postgres`.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Prices => "index_price",
            Self::Candles(Interval::Minute) => "candle_1m",
            Self::Candles(Interval::Hour) => "candle_1h",
            Self::Candles(Interval::Day) => "candle_1d",
        }
    }

    /// How much time one partition holds.
    pub(super) const fn step(self) -> &'static str {
        match self {
            Self::Prices => "1 day",
            Self::Candles(Interval::Minute) => "1 month",
            Self::Candles(Interval::Hour | Interval::Day) => "1 year",
        }
    }
}

/// One partition: its table and the calendar date it begins on, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Partition {
    pub(super) parent: Parent,
    year: i32,
    month: u8,
    day: u8,
}

impl Partition {
    /// The partition for a row of that time.
    pub(super) fn of(parent: Parent, at: Timestamp) -> Self {
        let date = at.date_time().date();
        let (month, day) = match parent {
            Parent::Prices => (u8::from(date.month()), date.day()),
            Parent::Candles(Interval::Minute) => (u8::from(date.month()), 1),
            Parent::Candles(Interval::Hour | Interval::Day) => (1, 1),
        };
        Self {
            parent,
            year: date.year(),
            month,
            day,
        }
    }

    /// The partitions for rows of these times.
    pub(super) fn all(rows: impl Iterator<Item = (Parent, Timestamp)>) -> BTreeSet<Self> {
        // Neighbours mostly share one: the set is asked rarely.
        let mut last = None;
        rows.map(|(parent, at)| Self::of(parent, at))
            .filter(|&partition| last.replace(partition) != Some(partition))
            .collect()
    }

    /// Its own name: `candle_1m_2026_11`, `candle_1h_2026`, `index_price_2026_11_21`.
    pub(super) fn name(self) -> String {
        let Self {
            parent,
            year,
            month,
            day,
        } = self;
        let table = parent.table();
        match parent {
            Parent::Prices => format!("{table}_{year:04}_{month:02}_{day:02}"),
            Parent::Candles(Interval::Minute) => format!("{table}_{year:04}_{month:02}"),
            Parent::Candles(Interval::Hour | Interval::Day) => format!("{table}_{year:04}"),
        }
    }

    /// Its first moment, in RFC 3339.
    pub(super) fn lower(self) -> String {
        let Self {
            year, month, day, ..
        } = self;
        format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
    }
}

/// The partitions this process made or found. Another process may have dropped one since: the server
/// refuses its rows then, and [`Known::forget`] is called.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashSet<Partition>>);

impl Known {
    fn with<T>(&self, change: impl FnOnce(&mut HashSet<Partition>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those that are not known to exist.
    pub(super) fn missing(&self, needed: &BTreeSet<Partition>) -> Vec<Partition> {
        self.with(|known| {
            let missing = needed
                .iter()
                .filter(|&partition| !known.contains(partition));
            missing.copied().collect()
        })
    }

    /// Notes that one exists.
    pub(super) fn add(&self, partition: Partition) {
        self.with(|known| known.insert(partition));
    }

    /// Asks the server again about all.
    pub(super) fn forget(&self) {
        self.with(HashSet::clear);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_after_its_table_and_its_first_day() {
        let at: Timestamp = "2024-02-29T23:59:59.999Z".parse().unwrap();
        for (parent, name, lower) in [
            (Parent::Prices, "index_price_2024_02_29", "2024-02-29"),
            (
                Parent::Candles(Interval::Minute),
                "candle_1m_2024_02",
                "2024-02-01",
            ),
            (
                Parent::Candles(Interval::Hour),
                "candle_1h_2024",
                "2024-01-01",
            ),
            (
                Parent::Candles(Interval::Day),
                "candle_1d_2024",
                "2024-01-01",
            ),
        ] {
            let partition = Partition::of(parent, at);
            assert_eq!(partition.name(), name);
            assert_eq!(partition.lower(), format!("{lower}T00:00:00Z"));
        }
    }

    #[test]
    fn a_partition_is_missing_until_it_was_seen_and_again_after_a_doubt() {
        let known = Known::default();
        let hours = Parent::Candles(Interval::Hour);
        let times = [0, 5, 40_000_000_000].map(|ms| Timestamp::from_unix_ms(ms).unwrap());
        let needed = Partition::all(times.into_iter().map(|at| (hours, at)));
        assert_eq!(needed.len(), 2);
        let missing = known.missing(&needed);
        assert_eq!(missing.len(), 2);
        known.add(missing.first().copied().unwrap());
        assert_eq!(known.missing(&needed).len(), 1);
        known.forget();
        assert_eq!(known.missing(&needed).len(), 2);
    }
}
