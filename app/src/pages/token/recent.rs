//! The last half hour as one-minute candles, in a table that opens, and the longer past to download.

use std::time::Duration;

use leptos::prelude::*;
use parallax::amount::Price;
use parallax::candle::{Bar, CandleKind, Interval};
use parallax::time::Timestamp;
use parallax::token::TokenId;

use crate::dynamic::part;
use crate::erase::Erase;
use crate::format::{self, compact, tidy};
use crate::wording;

/// The candles, newest first; or that the history is unavailable.
#[component]
pub fn Recent(
    /// Oldest first; `None` when the database could not be read.
    recent: RwSignal<Option<Vec<Bar>>>,
    /// Whose.
    token: TokenId,
) -> impl IntoView {
    let csv = [("minutes", "1m"), ("hours", "1h"), ("days", "1d")].map(|(name, interval)| {
        let address = format!("/api/v1/tokens/{token}/candles.csv?interval={interval}&limit=5000");
        // The router must leave these to the browser.
        view! {
            " "
            <a href=address rel="external" download data-csv=interval>
                {name}
            </a>
        }
    });
    view! {
        <section class="panel" aria-labelledby="recent-title">
            <h2 id="recent-title">"The last half hour"</h2>
            {part(move || match recent.get() {
                None => {
                    view! {
                        <p class="empty-line" data-empty="history">
                            "History unavailable: the database could not be read. The live price does not depend on it."
                        </p>
                    }
                        .erase()
                }
                Some(bars) if bars.is_empty() => {
                    view! {
                        <p class="empty-line">
                            "No minute is complete yet. The first one appears within a minute of the first price."
                        </p>
                    }
                        .erase()
                }
                Some(bars) => view! { <Candles bars /> }.erase(),
            })}
            <p class="legend">"The newest 5,000 candles as CSV:" {csv.into_iter().collect_view()}</p>
        </section>
    }
    .erase()
}

#[component]
fn Candles(bars: Vec<Bar>) -> impl IntoView {
    let count = bars.len();
    let rows = with_gaps(bars)
        .into_iter()
        .rev()
        .map(|(at, bar)| row(at, bar.as_ref()));
    view! {
        <details class="disclosure">
            <summary>{format!("{count} one-minute candles, newest first")}</summary>
            <div class="table-scroll">
                <table class="data-table stack-table" role="table" data-group="recent">
                    <caption class="sr-only">
                        "One-minute candles of the price in US dollars, newest first, times in UTC."
                    </caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Minute (UTC)"</th>
                            {NUMBERS
                                .map(|name| {
                                    view! {
                                        <th scope="col" role="columnheader" class="number">
                                            {name}
                                        </th>
                                    }
                                })
                                .into_iter()
                                .collect_view()}
                            <th scope="col" role="columnheader">"Kind"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .erase()
}

/// The columns of numbers.
const NUMBERS: [&str; 7] = [
    "Open", "High", "Low", "Close", "Volume", "Trades", "Sources",
];

fn row(at: Timestamp, bar: Option<&Bar>) -> AnyView {
    let kind = bar.map_or(CandleKind::Gap, |bar| bar.kind);
    let price = |price: Price| format!("${}", tidy(price.get(), 8));
    let numbers = bar.map(|bar| {
        [
            price(bar.open),
            price(bar.high),
            price(bar.low),
            price(bar.close),
            format!("${}", compact(bar.volume_usd.get())),
            bar.trades
                .map_or_else(|| "not known".to_owned(), format::count),
            bar.sources.to_string(),
        ]
    });
    // Of a minute that was not seen there is nothing to say.
    let numbers = numbers.unwrap_or_else(|| NUMBERS.map(|_| "\u{2013}".to_owned()));
    let cells = NUMBERS.into_iter().zip(numbers).map(|(name, number)| {
        view! {
            <td role="cell" data-label=name class="number">
                {number}
            </td>
        }
    });
    view! {
        <tr role="row" data-kind=kind.as_str()>
            <th scope="row" role="rowheader" data-label="Minute (UTC)">
                <time datetime=at.to_string()>{at.clock().get(..5).unwrap_or("").to_owned()}</time>
            </th>
            {cells.collect_view()}
            <td role="cell" data-label="Kind" title=wording::candle_meaning(kind)>
                {kind.as_str()}
            </td>
        </tr>
    }
    .erase()
}

/// The minutes between the first and the last bar, each with its bar if it was seen.
fn with_gaps(bars: Vec<Bar>) -> Vec<(Timestamp, Option<Bar>)> {
    /// The page asks for half an hour; more than a few hours of rows would be a mistake.
    const MOST: usize = 240;
    let minute: Duration = Interval::Minute.duration();
    let mut rows: Vec<(Timestamp, Option<Bar>)> = Vec::with_capacity(bars.len());
    for bar in bars {
        while let Some((last, _)) = rows.last()
            && last.plus(minute) < bar.open_time
            && rows.len() < MOST
        {
            let missing = last.plus(minute);
            rows.push((missing, None));
        }
        rows.push((bar.open_time, Some(bar)));
    }
    rows
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::amount::Quantity;

    use super::*;

    #[test]
    fn minutes_without_a_bar_are_shown_as_gaps() {
        let bar = |minute: i64| Bar {
            open_time: Timestamp::from_unix_s(minute * 60).unwrap(),
            open: Price::default(),
            high: Price::default(),
            low: Price::default(),
            close: Price::default(),
            confidence: None,
            volume_usd: Quantity::ZERO,
            trades: None,
            sources: 1,
            minutes: 1,
            kind: CandleKind::Filled,
            revision: 0,
        };
        let rows = with_gaps(vec![bar(1), bar(2), bar(5)]);
        let seen: Vec<_> = rows
            .iter()
            .map(|(at, bar)| (at.unix_ms() / 60_000, bar.is_some()))
            .collect();
        assert_eq!(
            seen,
            [(1, true), (2, true), (3, false), (4, false), (5, true)]
        );
        assert!(with_gaps(Vec::new()).is_empty());
    }
}
