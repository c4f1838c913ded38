//! `/compare`: up to five tokens' changes in one picture. Tokens, range and currency are the address'.

pub mod choose;
pub mod legend;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use parallax::picture::Range;
use parallax::view::{COMPARED, CompareView};

use self::choose::{Add, Suggestions};
use self::legend::Legend;
use super::load::{PageData, load};
use super::token::chart::live::load_script;
use crate::address::{CompareChoice, with_query};
use crate::calls::{self, Comparison};
use crate::components::Head;
use crate::dynamic::memo;
use crate::erase::Erase;
use crate::format;
use crate::live::{Feed, Money};
use crate::wording;

/// How often the changes, which the stream does not carry, are read again. The live picture sees to itself.
const PERIOD: Duration = Duration::from_secs(30);

/// What search engines show of the page.
const DESCRIPTION: &str = "Up to five tokens in one picture: how much each has gained or lost within an \
    hour, a day, a week, a month or a year, from prices that explain themselves.";

/// The page.
#[component]
pub fn ComparePage() -> impl IntoView {
    let query = use_query_map();
    let asked = memo(move || CompareChoice::read(|name| query.read().get(name)).to_query());
    load(
        asked.into(),
        |query| {
            Box::pin(async {
                let comparison = calls::compare(query).await;
                comparison.map(|comparison| PageData::Compare(Box::new(comparison)))
            })
        },
        || view! { <div class="skeleton" aria-busy="true"></div> }.erase(),
    )
}

/// The page, once its data is there.
pub(super) fn show(comparison: Comparison) -> AnyView {
    view! { <Compared comparison /> }.erase()
}

#[component]
fn Compared(comparison: Comparison) -> impl IntoView {
    let Comparison { view, currency } = comparison;
    let money = Money::new(currency);
    provide_context(money);
    let choice = CompareChoice {
        ids: view
            .rows
            .iter()
            .map(|row| row.token.id.to_string())
            .collect(),
        range: view.range,
        currency: money
            .currency()
            .with_untracked(parallax::currency::Currency::parameter),
    };
    let names: Vec<_> = view
        .rows
        .iter()
        .map(|row| format::isolated(&format::cut(&row.token.name, 40)))
        .collect();
    let title = if names.is_empty() {
        "Compare".to_owned()
    } else {
        format!("Compare {}", names.join(", "))
    };
    let words = format!(
        "Change {}, in US dollars. Every line begins at 0 %.",
        wording::range(view.range)
    );
    let is_empty = view.rows.is_empty();
    let is_full = view.rows.len() >= COMPARED;
    let tokens = view.tokens.clone();
    let refused = refusal(&view);
    let body = if is_empty {
        view! { <Suggestions tokens=tokens.clone() choice=choice.clone() /> }.erase()
    } else {
        view! { <Pictured view choice=choice.clone() money /> }.erase()
    };
    view! {
        <Head
            title=Signal::stored(title)
            description=DESCRIPTION
            path=CompareChoice { currency: None, ..choice.clone() }.address()
        />
        <div class="page-head">
            <div>
                <h1>"Compare"</h1>
                <p class="page-sub">{words}</p>
            </div>
            {(!is_empty).then(|| ranges(&choice))}
        </div>
        {refused}
        {body}
        {(!is_full).then(|| view! { <Add tokens choice /> })}
    }
    .erase()
}

/// One link a range.
fn ranges(choice: &CompareChoice) -> impl IntoView + use<> {
    let links = Range::ALL.iter().map(|&range| {
        let address = CompareChoice {
            range,
            ..choice.clone()
        }
        .address();
        view! {
            <a
                class="chip"
                href=address
                data-noscroll=""
                data-range=range.as_str()
                aria-current=(range == choice.range).then_some("true")
                aria-label=format!("Change {}", wording::range(range))
            >
                {range.as_str()}
            </a>
        }
    });
    view! {
        <nav class="chips" aria-label="Range">
            {links.collect_view()}
        </nav>
    }
    .erase()
}

/// What was asked for and is not in the picture, and why.
fn refusal(view: &CompareView) -> Option<AnyView> {
    if view.refused.is_empty() {
        return None;
    }
    let is_token = |id: &String| view.tokens.iter().any(|token| token.id.as_str() == id);
    let (many, unknown): (Vec<&String>, Vec<&String>) =
        view.refused.iter().partition(|id| is_token(id));
    let list = |ids: &[&String]| {
        let ids: Vec<_> = ids
            .iter()
            .map(|id| format!("“{}”", format::isolated(&format::cut(id, 40))))
            .collect();
        ids.join(", ")
    };
    let many = (!many.is_empty()).then(|| {
        format!(
            "At most {COMPARED} tokens fit into one picture, so {} was left out. ",
            list(&many)
        )
    });
    let unknown = (!unknown.is_empty()).then(|| {
        format!(
            "No token has the id {}: a comparison is asked for by ids, such as bitcoin.",
            list(&unknown)
        )
    });
    Some(
        view! {
            <p class="panel trouble" role="note" data-group="refused">
                {many}{unknown}
            </p>
        }
        .erase(),
    )
}

/// The picture with its legend, whose changes are read again now and then.
#[component]
fn Pictured(view: CompareView, choice: CompareChoice, money: Money) -> impl IntoView {
    let feed = expect_context::<Feed>();
    let shown = RwSignal::new(view);
    let query = choice.to_query();
    feed.poll(
        PERIOD,
        false,
        move || calls::compare(query.clone()),
        move |comparison: Comparison| {
            money.set(comparison.currency);
            shown.set(comparison.view);
        },
    );
    // Browser only.
    Effect::new(|_| load_script());
    let (wide, narrow) = shown.with_untracked(|view| (view.wide.clone(), view.narrow.clone()));
    let picture = if wide.is_empty() {
        view! { <p class="empty-line">"No past is held of these tokens yet."</p> }.erase()
    } else {
        let src = with_query(
            "/compare.json",
            &CompareChoice {
                currency: None,
                ..choice.clone()
            }
            .to_query(),
        );
        view! {
            <div class="chart-box">
                <div class="chart-picture" data-size="wide" inner_html=wide></div>
                <div class="chart-picture" data-size="narrow" inner_html=narrow></div>
                <parallax-chart src=src></parallax-chart>
            </div>
        }
        .erase()
    };
    view! {
        <section class="panel chart" data-chart="" aria-label="Picture">
            {picture}
        </section>
        <Legend shown choice money />
    }
    .erase()
}
