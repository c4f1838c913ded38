//! Taking the chart home: as a picture, as numbers, or embedded elsewhere as a picture that stays current.

use leptos::prelude::*;
use parallax::view::ChartView;

use crate::address::with_query;
use crate::components::{CopyButton, origin};
use crate::erase::Erase;

/// Download links, and the snippets in a part that opens.
#[component]
pub fn Embed(
    /// The chart.
    view: ChartView,
) -> impl IntoView {
    let query = view.choice.to_query();
    let picture = |kind: &str| with_query(&format!("/charts/{}.{kind}", view.token), &query);
    let (png, svg) = (picture("png"), picture("svg"));
    let csv = format!(
        "/api/v1/tokens/{}/candles.csv?interval={}&from={}&to={}&limit=5000",
        view.token, view.step, view.from, view.until
    );
    let snippets = snippets(&view, &svg).map(|(name, snippet)| {
        let id = format!("embed-{}", name.to_lowercase());
        view! {
            <div class="snippet">
                <label class="field-label" for=id.clone()>
                    {name}
                </label>
                <textarea id=id class="field" readonly="" rows="3" spellcheck="false">
                    {snippet.clone()}
                </textarea>
                <CopyButton text=snippet name=format!("Copy the {name}") />
            </div>
        }
    });
    view! {
        <p class="chart-downloads">
            <span>"Download "</span>
            <a href=png rel="external" download="" data-download="png">
                "PNG"
            </a>
            <a href=svg rel="external" download="" data-download="svg">
                "SVG"
            </a>
            // Candles are kept, and told, in US dollars.
            <a href=csv rel="external" download="" data-download="csv" title="In US dollars">
                "CSV"
            </a>
        </p>
        <details class="disclosure chart-embed">
            <summary>"Embed"</summary>
            <p class="legend">
                "A picture that is drawn anew on the server whenever its newest bar closes. It needs no script."
            </p>
            {snippets.into_iter().collect_view()}
        </details>
    }
    .erase()
}

/// The picture as HTML, in the theme of whoever reads it, and as Markdown.
fn snippets(view: &ChartView, svg: &str) -> [(&'static str, String); 2] {
    let address = format!("{}{svg}", origin().unwrap_or_default());
    let dark = if address.contains('?') {
        format!("{address}&theme=dark")
    } else {
        format!("{address}?theme=dark")
    };
    let page = format!("{}/tokens/{}", origin().unwrap_or_default(), view.token);
    let alt = format!("Price of {}, {}", view.token, view.choice.range);
    let html = format!(
        "<a href=\"{page}\"><picture><source srcset=\"{}\" media=\"(prefers-color-scheme: dark)\">\
         <img src=\"{}\" width=\"1100\" height=\"460\" alt=\"{alt}\"></picture></a>",
        dark.replace('&', "&amp;"),
        address.replace('&', "&amp;")
    );
    let markdown = format!("[![{alt}]({address})]({page})");
    [("HTML", html), ("Markdown", markdown)]
}
