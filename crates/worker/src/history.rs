//! A day of one-minute closes per token, for the changes in the table.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parallax::Decimal;
use parallax::amount::Price;
use parallax::candle::Candle;
use parallax::time::Timestamp;
use parallax::token::TokenId;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// A close older than the wanted moment by more than this does not stand for it: the change is unknown.
const TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// Closes by the end of their minute, oldest first.
#[derive(Debug, Default)]
pub(crate) struct History {
    closes: HashMap<TokenId, VecDeque<(Timestamp, Price)>>,
}

impl History {
    /// How far back closes are kept, and worth loading at start.
    pub(crate) const KEPT: Duration = Duration::from_secs(86_400 + 15 * 60);

    /// Adds a closed candle, in the order of time.
    pub(crate) fn push(&mut self, candle: &Candle) {
        let ended = candle.open_time.plus(candle.interval.duration());
        let closes = self.closes.entry(candle.token.clone()).or_default();
        if closes.back().is_some_and(|(last, _)| *last >= ended) {
            return;
        }
        closes.push_back((ended, candle.close));
        let oldest_kept = ended.minus(Self::KEPT);
        while closes.front().is_some_and(|(at, _)| *at < oldest_kept) {
            closes.pop_front();
        }
    }

    /// Changes against one hour and one day before `now`, in per cent with two places.
    pub(crate) fn changes(
        &self,
        token: &TokenId,
        now: Timestamp,
        price: Price,
    ) -> [Option<Decimal>; 2] {
        let closes = self.closes.get(token);
        [HOUR, DAY].map(|back| {
            let wanted = now.minus(back);
            let closes = closes?;
            let position = closes
                .partition_point(|(at, _)| *at <= wanted)
                .checked_sub(1)?;
            let (at, then) = closes.get(position)?;
            if wanted.since(*at) > TOLERANCE {
                return None;
            }
            change_pct(*then, price)
        })
    }
}

fn change_pct(then: Price, now: Price) -> Option<Decimal> {
    let difference = now.get().checked_sub(then.get())?;
    let change = difference
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(then.get())?;
    Some(change.round_dp(2))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::candle::Interval;

    use super::*;

    fn history(closes: &[(i64, &str)]) -> History {
        let mut history = History::default();
        for (minute, close) in closes {
            let at = Timestamp::from_unix_s(minute * 60).unwrap();
            let token = "bitcoin".parse().unwrap();
            history.push(&Candle::start(
                token,
                Interval::Minute,
                at,
                close.parse().unwrap(),
                3,
            ));
        }
        history
    }

    fn changes(history: &History, minute: i64, price: &str) -> [Option<String>; 2] {
        let now = Timestamp::from_unix_s(minute * 60).unwrap();
        history
            .changes(&"bitcoin".parse().unwrap(), now, price.parse().unwrap())
            .map(|change| change.map(|change| change.to_string()))
    }

    #[test]
    fn changes_are_blank_until_known() {
        assert_eq!(changes(&history(&[]), 5_000, "10"), [None, None]);
        assert_eq!(
            changes(&history(&[(4_990, "10")]), 5_000, "10"),
            [None, None]
        );
    }

    #[test]
    fn changes_compare_with_the_close_of_an_hour_and_a_day_ago() {
        let history = history(&[(100, "50"), (101, "51"), (1_480, "80"), (1_500, "90")]);
        // The minute that opened at 100 ended at 101; a day after that is minute 1,541.
        assert_eq!(
            changes(&history, 1_541, "100"),
            [Some("25".to_owned()), Some("100".to_owned())]
        );
    }

    #[test]
    fn a_close_from_before_a_gap_does_not_stand_for_an_hour_ago() {
        assert_eq!(
            changes(&history(&[(100, "50"), (190, "60")]), 191, "60"),
            [None, None]
        );
    }
}
