//! What the chart shows, as links: range, length of a bar, kind, scale. And the buttons of the live chart,
//! which the script serves (`data-chart-do`) and which take their room also before it runs.

use leptos::prelude::*;
use parallax::candle::Step;
use parallax::picture::{ChartChoice, ChartKind, Range, Scale};

use crate::components::{Icon, IconShape};
use crate::dynamic::{maybe, part, text};
use crate::erase::Erase;
use crate::pages::token::links::Links;
use crate::pages::token::query::{TokenQuery, steps_for};

/// All controls in one row, which wraps.
#[component]
pub fn Controls(
    /// The page's links.
    links: Links,
) -> impl IntoView {
    let ranges = Range::ALL.iter().map(|&range| {
        let name = if range == Range::Max {
            "Max"
        } else {
            range.as_str()
        };
        // Another range has another fitting length of a bar.
        choice(
            links,
            name,
            move |chart| chart.range == range,
            move |chart| {
                chart.range = range;
                chart.interval = None;
            },
        )
    });
    let kinds = [
        (ChartKind::Candles, "Candles"),
        (ChartKind::Line, "Line"),
        (ChartKind::Area, "Area"),
    ]
    .map(|(kind, name)| {
        choice(
            links,
            name,
            move |chart| chart.kind == kind,
            move |chart| chart.kind = kind,
        )
    });
    let scales = [(Scale::Linear, "Linear"), (Scale::Log, "Log")].map(|(scale, name)| {
        choice(
            links,
            name,
            move |chart| chart.scale == scale,
            move |chart| chart.scale = scale,
        )
    });
    view! {
        <div class="chart-controls">
            <nav class="segments" aria-label="Range">{ranges.collect_view()}</nav>
            <Lengths links />
            <nav class="segments" aria-label="Kind of chart">{kinds.into_iter().collect_view()}</nav>
            <nav class="segments" aria-label="Price axis">{scales.into_iter().collect_view()}</nav>
            <div class="chart-actions needs-js" role="group" aria-label="Live chart">
                <button type="button" class="zone-button" data-chart-do="zone" aria-pressed="false" title="Times in UTC or in your own time zone">
                    <span data-zone="utc">"UTC"</span>
                    <span data-zone="local">"Local"</span>
                    <span class="sr-only">" time"</span>
                </button>
                {action("zoom-out", "Zoom out", IconShape::ZoomOut)}
                {action("zoom-in", "Zoom in", IconShape::ZoomIn)}
                {action("reset", "Show the whole range again", IconShape::Latest)}
                {action("fullscreen", "Full screen", IconShape::FullScreen)}
            </div>
        </div>
    }
    .erase()
}

/// One link of a group; marked when it is what the address says.
fn choice(
    links: Links,
    name: &'static str,
    is_chosen: impl Fn(&ChartChoice) -> bool + Send + 'static,
    choose: impl Fn(&mut ChartChoice) + Send + 'static,
) -> AnyView {
    let query = links.query();
    let current = maybe(move || is_chosen(&query.read().chart).then_some("true"));
    view! {
        <a data-noscroll="" href=links.to("chart", changed(choose)) aria-current=current>
            {name}
        </a>
    }
    .erase()
}

fn changed(
    choose: impl Fn(&mut ChartChoice) + Send + 'static,
) -> impl Fn(&TokenQuery) -> TokenQuery + Send + 'static {
    move |query| {
        let mut query = query.clone();
        choose(&mut query.chart);
        query
    }
}

/// The lengths of a bar that fit the range, in a list that opens.
#[component]
fn Lengths(links: Links) -> impl IntoView {
    let range = links.say(|query| query.chart.range);
    let interval = links.say(|query| query.chart.interval.clone());
    let shown = text(move || {
        interval
            .get()
            .unwrap_or_else(|| range.get().step().to_string())
    });
    let list = part(move || {
        let range = range.get();
        let own = choice(
            links,
            "Automatic",
            |chart| chart.interval.is_none(),
            |chart| {
                chart.interval = None;
            },
        );
        let steps = steps_for(range).map(|step| length(links, step));
        view! {
            {own}
            {steps.collect_view()}
        }
        .erase()
    });
    view! {
        <details class="popover lengths">
            <summary class="segment-button">
                <span class="sr-only">"Length of a bar: "</span>
                {shown}
            </summary>
            <nav class="popover-panel lengths-panel" aria-label="Length of a bar">
                {list}
            </nav>
        </details>
    }
    .erase()
}

fn length(links: Links, step: Step) -> AnyView {
    let word = step.to_string();
    let own = word.clone();
    let query = links.query();
    let current = maybe(move || {
        let query = query.read();
        (query.chart.interval.as_deref() == Some(&own)).then_some("true")
    });
    let chosen = word.clone();
    let href = links.to(
        "chart",
        changed(move |chart| chart.interval = Some(chosen.clone())),
    );
    view! {
        <a data-noscroll="" href=href aria-current=current>
            {word}
        </a>
    }
    .erase()
}

fn action(action: &'static str, name: &'static str, shape: IconShape) -> AnyView {
    view! {
        <button type="button" class="icon-button" data-chart-do=action aria-label=name title=name>
            <Icon shape />
        </button>
    }
    .erase()
}
