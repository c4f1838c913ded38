//! The newest bars of the chart in a table that opens: for those who do not see the chart, and for everyone who
//! wants the digits.

use leptos::prelude::*;
use parallax::amount::Price;
use parallax::candle::{CandleKind, Window};
use parallax::view::ChartView;

use crate::erase::Erase;
use crate::format::{self, Unit, compact, tidy};
use crate::wording;

/// The columns of numbers.
const NUMBERS: [&str; 7] = [
    "Open", "High", "Low", "Close", "Volume", "Trades", "Sources",
];

/// The table, newest first.
#[component]
pub fn Bars(
    /// The chart.
    view: ChartView,
) -> impl IntoView {
    let unit = Unit::of(&view.currency.code);
    let count = view.windows.len();
    let caption = format!(
        "The newest {count} bars of {} of the price in {}, newest first, times in UTC.",
        view.step, view.currency.code
    );
    let headings = NUMBERS.map(|name| {
        view! {
            <th scope="col" role="columnheader" class="number">
                {name}
            </th>
        }
    });
    let rows = view.windows.iter().rev().map(|window| row(window, &unit));
    view! {
        <details class="disclosure chart-bars">
            <summary>{format!("The newest {count} bars as a table")}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Bars">
                <table class="data-table stack-table" role="table" data-group="bars">
                    <caption class="sr-only">{caption}</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Opened (UTC)"</th>
                            {headings.into_iter().collect_view()}
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

fn row(window: &Window, unit: &Unit) -> AnyView {
    let bar = window.bar.as_ref();
    let kind = bar.map_or(CandleKind::Gap, |bar| bar.kind);
    let price = |price: Price| unit.write(&tidy(price.get(), 8));
    let numbers = bar.map(|bar| {
        [
            price(bar.open),
            price(bar.high),
            price(bar.low),
            price(bar.close),
            unit.write(&compact(bar.volume_usd.get())),
            bar.trades
                .map_or_else(|| "not known".to_owned(), format::count),
            bar.sources.to_string(),
        ]
    });
    // Of an interval that was not seen there is nothing to say.
    let numbers = numbers.unwrap_or_else(|| NUMBERS.map(|_| "\u{2013}".to_owned()));
    let cells = NUMBERS.into_iter().zip(numbers).map(|(name, number)| {
        view! {
            <td role="cell" data-label=name class="number">
                {number}
            </td>
        }
    });
    let at = window.open_time;
    let opened = format::stamp(at).get(..16).unwrap_or_default().to_owned();
    view! {
        <tr role="row" data-kind=kind.as_str()>
            <th scope="row" role="rowheader" data-label="Opened (UTC)">
                <time datetime=at.to_string()>{opened}</time>
            </th>
            {cells.collect_view()}
            <td role="cell" data-label="Kind" title=wording::candle_meaning(kind)>
                {kind.as_str()}
            </td>
        </tr>
    }
    .erase()
}
