//! The last half hour as one-minute candles, in a table that opens.

use leptos::prelude::*;
use parallax::amount::Price;
use parallax::candle::Candle;

use crate::dynamic::part;
use crate::erase::Erase;
use crate::format::tidy;

/// The candles, newest first; or that the history is unavailable.
#[component]
pub fn Recent(
    /// Oldest first; `None` when the database could not be read.
    recent: RwSignal<Option<Vec<Candle>>>,
) -> impl IntoView {
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
                Some(candles) if candles.is_empty() => {
                    view! {
                        <p class="empty-line">
                            "No minute is complete yet. The first one appears within a minute of the first price."
                        </p>
                    }
                        .erase()
                }
                Some(candles) => view! { <Candles candles /> }.erase(),
            })}
        </section>
    }
    .erase()
}

#[component]
fn Candles(candles: Vec<Candle>) -> impl IntoView {
    let count = candles.len();
    let number = |price: Price| format!("${}", tidy(price.get(), 8));
    let rows = candles.into_iter().rev().map(move |candle| {
        let at = candle.open_time;
        view! {
            <tr role="row">
                <th scope="row" role="rowheader" data-label="Minute (UTC)">
                    <time datetime=at.to_string()>{at.clock().get(..5).unwrap_or("").to_owned()}</time>
                </th>
                <td role="cell" data-label="Open" class="number">{number(candle.open)}</td>
                <td role="cell" data-label="High" class="number">{number(candle.high)}</td>
                <td role="cell" data-label="Low" class="number">{number(candle.low)}</td>
                <td role="cell" data-label="Close" class="number">{number(candle.close)}</td>
                <td role="cell" data-label="Prices" class="number">{candle.updates}</td>
                <td role="cell" data-label="Sources" class="number">{candle.sources}</td>
            </tr>
        }
    });
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
                            <th scope="col" role="columnheader" class="number">"Open"</th>
                            <th scope="col" role="columnheader" class="number">"High"</th>
                            <th scope="col" role="columnheader" class="number">"Low"</th>
                            <th scope="col" role="columnheader" class="number">"Close"</th>
                            <th scope="col" role="columnheader" class="number">"Prices"</th>
                            <th scope="col" role="columnheader" class="number">"Sources"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .erase()
}
