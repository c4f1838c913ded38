//! Several tokens' changes against the beginning of a range, in per cent, in one picture.

use parallax::Decimal;
use parallax::amount::Price;
use parallax::candle::{Step, Window};
use parallax::picture::Range;
use parallax::time::Timestamp;
use parallax::token::Token;

use crate::Service;
use crate::error::ServiceError;
use crate::picture::PictureQuery;

/// Places of a change in per cent that is drawn.
const DRAWN_PLACES: u32 = 4;
/// Places of a change in per cent that is written.
const WRITTEN_PLACES: u32 = 2;

/// Several tokens' changes before they are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The range that was asked for.
    pub range: Range,
    /// The length of a step along the lines.
    pub step: Step,
    /// The first moment: every line is at 0 % there, or where it begins.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
    /// When it was read.
    pub now: Timestamp,
    /// The tokens, in the order asked for.
    pub lines: Vec<Compared>,
}

/// One token's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The token.
    pub token: Token,
    /// Per window's first moment the change of its close in per cent, four places; `None` where nothing
    /// was seen.
    pub points: Vec<(Timestamp, Option<Decimal>)>,
    /// The change over the whole range in per cent, two places; `None` when nothing was seen at its
    /// beginning, or no price is known now.
    pub change_pct: Option<Decimal>,
}

impl Comparison {
    /// Every step that ends no later is over.
    #[must_use]
    pub fn closed_until(&self) -> Timestamp {
        self.step.floor(self.now).min(self.until)
    }
}

impl Service {
    /// Compares tokens over a range.
    ///
    /// # Errors
    /// Those of [`Service::picture`].
    pub async fn compare(
        &self,
        tokens: &[Token],
        query: &PictureQuery,
    ) -> Result<Comparison, ServiceError> {
        let now = self.at();
        let ids: Vec<_> = tokens.iter().map(|token| token.id.clone()).collect();
        let span = self.span(&ids, query, now).await?;
        let mut lines = Vec::with_capacity(tokens.len());
        for token in tokens {
            let (_, windows) = self.windows_of(&token.id, span, now).await?;
            lines.push(compared(token, &windows));
        }
        Ok(Comparison {
            range: query.range,
            step: span.step,
            from: span.from,
            until: span.until,
            now,
            lines,
        })
    }
}

fn compared(token: &Token, windows: &[Window]) -> Compared {
    let close = |window: &Window| window.bar.as_ref().map(|bar| bar.close);
    let base = windows.iter().find_map(close);
    let change = |price: Price, places: u32| {
        let change = price.change_pct(base?, places)?;
        Some(change.normalize())
    };
    let points = windows
        .iter()
        .map(|window| {
            let change = close(window).and_then(|price| change(price, DRAWN_PLACES));
            (window.open_time, change)
        })
        .collect();
    let begins = windows.first().is_some_and(|first| first.bar.is_some());
    let last = windows.iter().rev().find_map(close).filter(|_| begins);
    Compared {
        token: token.clone(),
        points,
        change_pct: last.and_then(|last| change(last, WRITTEN_PLACES)),
    }
}
