//! The side column of a list: search, filters with the chosen one marked, and which columns are shown.

use leptos::prelude::*;

use super::view::cleared;
use super::{Asked, Choice, Facet, List, Way};
use crate::page::fields::hidden;
use crate::visit::Visit;

/// With more choices than this a filter that is not set is folded.
const OPEN: usize = 12;

pub(super) fn side<R>(
    list: &'static List<R>,
    visit: &Visit,
    asked: &Asked,
    facets: Vec<Facet>,
) -> AnyView {
    let search = list.search.as_ref().map(|search| {
        let hint = search.hint;
        view! {
            <form class="admin-field" method="get" action=asked.path.clone() role="search">
                {state(asked, &["q"])}
                <label for="q">"Search"</label>
                <input id="q" name="q" type="search" value=asked.search.clone() autocomplete="off"
                    aria-describedby="q-hint" />
                <p class="admin-hint" id="q-hint">{hint}</p>
                <div class="button-row"><button class="button" type="submit">"Search"</button></div>
            </form>
        }
    });
    let clear = asked.is_narrowed().then(|| {
        let to = cleared(asked);
        view! { <p><a class="button" href=to>"Clear all filters"</a></p> }
    });
    let (typed, linked): (Vec<_>, Vec<_>) = facets
        .into_iter()
        .partition(|facet| !matches!(facet.way, Way::Links(_)));
    let linked: Vec<_> = linked
        .into_iter()
        .map(|facet| links(asked, facet))
        .collect();
    view! {
        <section class="panel admin-side" id="filters" aria-label="Filters">
            {search}
            {clear}
            {form(asked, typed)}
            {linked}
            {columns(list, visit, asked)}
        </section>
    }
    .into_any()
}

/// The rest of the state, as a form carries it on.
fn state(asked: &Asked, without: &[&str]) -> Vec<AnyView> {
    let passing = ["after", "before", "tick", "format"];
    let pairs = asked.pairs().into_iter();
    pairs
        .filter(|(name, _)| !without.contains(name) && !passing.contains(name))
        .map(|(name, value)| hidden(name, &value))
        .collect()
}

/// A filter as links, the chosen one marked.
fn links(asked: &Asked, facet: Facet) -> Option<AnyView> {
    let Facet { name, title, way } = facet;
    let Way::Links(choices) = way else {
        return None;
    };
    let chosen = asked.filter(name).to_owned();
    let is_open = !chosen.is_empty() || choices.len() <= OPEN;
    let link = |value: Option<&str>, words: String, count: Option<usize>| {
        let here = (value.unwrap_or_default() == chosen).then_some("true");
        let to = asked.with_filter(name, value);
        let count = count.map(|count| view! { <span class="chip-count">{count}</span> });
        view! { <li><a href=to aria-current=here><span>{words}</span>" "{count}</a></li> }
    };
    let all = link(None, "All".to_owned(), None);
    // What is chosen stays in sight although nothing has it.
    let is_missing = !chosen.is_empty() && !choices.iter().any(|choice| choice.value == chosen);
    let missing = is_missing.then(|| link(Some(&chosen), chosen.clone(), Some(0)));
    let choices: Vec<_> = choices
        .into_iter()
        .map(
            |Choice {
                 value,
                 words,
                 count,
             }| link(Some(&value), words, count),
        )
        .collect();
    let title = format!("By {title}");
    Some(
        view! {
            <details class="disclosure" open=is_open>
                <summary>{title}</summary>
                <ul class="admin-choices">{all}{missing}{choices}</ul>
            </details>
        }
        .into_any(),
    )
}

/// Filters that are typed or chosen of many, in one form.
fn form(asked: &Asked, facets: Vec<Facet>) -> Option<AnyView> {
    if facets.is_empty() {
        return None;
    }
    let names: Vec<&str> = facets.iter().map(|facet| facet.name).collect();
    let carried = state(asked, &names);
    let fields: Vec<_> = facets
        .into_iter()
        .map(|facet| field(asked, facet))
        .collect();
    Some(
        view! {
            <form class="admin-side-form" method="get" action=asked.path.clone()>
                {carried}
                {fields}
                <div class="button-row"><button class="button" type="submit">"Filter"</button></div>
            </form>
        }
        .into_any(),
    )
}

fn field(asked: &Asked, facet: Facet) -> AnyView {
    let Facet { name, title, way } = facet;
    let chosen = asked.filter(name).to_owned();
    let id = format!("by-{name}");
    let input = match way {
        Way::Input(kind, hint) => {
            let hint_id = format!("{id}-hint");
            let described = (!hint.is_empty()).then(|| hint_id.clone());
            let hint =
                (!hint.is_empty()).then(|| view! { <p class="admin-hint" id=hint_id>{hint}</p> });
            view! {
                <input id=id.clone() name=name type=kind value=chosen autocomplete="off"
                    autocapitalize="none" spellcheck="false" aria-describedby=described />
                {hint}
            }
            .into_any()
        }
        Way::Select(choices) | Way::Links(choices) => {
            let options: Vec<_> = choices
                .into_iter()
                .map(|Choice { value, words, .. }| {
                    let is_chosen = value == chosen;
                    view! { <option value=value selected=is_chosen>{words}</option> }
                })
                .collect();
            view! { <select class="select" id=id.clone() name=name>{options}</select> }.into_any()
        }
    };
    view! { <div class="admin-field"><label for=id>{title}</label>{input}</div> }.into_any()
}

fn columns<R>(list: &'static List<R>, visit: &Visit, asked: &Asked) -> AnyView {
    let shown = list.shown(asked);
    let boxes: Vec<_> = list
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.is_for(visit))
        .map(|(at, column)| {
            let is_shown = shown.iter().any(|shown| shown.name == column.name);
            // The first names the row.
            let is_fixed = at == 0;
            view! {
                <label class="admin-box">
                    <input type="checkbox" name="cols" value=column.name checked=is_shown disabled=is_fixed />
                    <span>{column.title}</span>
                </label>
            }
        })
        .collect();
    // Always sent, so that ticking nothing is not the same as the usual columns.
    let first = list
        .columns
        .first()
        .map(|column| hidden("cols", column.name));
    view! {
        <details class="disclosure">
            <summary>"Columns"</summary>
            <form method="get" action=asked.path.clone()>
                {state(asked, &["cols"])}
                {first}
                {boxes}
                <div class="button-row"><button class="button" type="submit">"Show"</button></div>
            </form>
        </details>
    }
    .into_any()
}
