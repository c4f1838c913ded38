//! Forms: labelled fields with what is wrong beside them, and a question before something is done.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

use super::problem::sentence;
use crate::form::FIELD;
use crate::visit::Visit;

/// What is wrong with what was typed, by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Errors(BTreeMap<&'static str, String>);

impl Errors {
    /// One error, beside its field.
    pub(crate) fn one(field: &'static str, error: &dyn std::error::Error) -> Self {
        let mut errors = Self::default();
        errors.add(field, error);
        errors
    }

    /// The first error of a field stays.
    pub(crate) fn add(&mut self, field: &'static str, error: &dyn std::error::Error) {
        self.0.entry(field).or_insert_with(|| sentence(error));
    }

    /// The same, in words.
    pub(crate) fn say(&mut self, field: &'static str, text: &str) {
        self.0.entry(field).or_insert_with(|| text.to_owned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, field: &str) -> Option<String> {
        self.0.get(field).cloned()
    }
}

/// One line to type into.
pub(crate) struct Field<'a> {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The input's type: `text`, `password`, `date`.
    pub(crate) kind: &'static str,
    /// What it holds already. A password's never comes back.
    pub(crate) value: &'a str,
    /// What browsers may fill in.
    pub(crate) autocomplete: &'static str,
    pub(crate) hint: &'static str,
}

impl Field<'_> {
    /// With its error beside it.
    pub(crate) fn view(self, errors: &Errors) -> AnyView {
        let Self {
            name,
            label,
            kind,
            value,
            autocomplete,
            hint,
        } = self;
        let value = match kind {
            "password" => String::new(),
            _ => value.to_owned(),
        };
        let error = errors.of(name);
        let described = described(name, hint, error.is_some());
        let invalid = error.is_some().then_some("true");
        let hint = (!hint.is_empty())
            .then(|| view! { <p class="admin-hint" id=format!("{name}-hint")>{hint}</p> });
        view! {
            <div class="admin-field">
                <label for=name>{label}</label>
                <input
                    id=name
                    name=name
                    type=kind
                    value=value
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=invalid
                />
                {hint}
                {error_line(name, error)}
            </div>
        }
        .into_any()
    }
}

/// Several lines to type into, with what they look like.
pub(crate) struct Lines<'a> {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// What they hold already.
    pub(crate) value: &'a str,
    pub(crate) hint: &'static str,
}

impl Lines<'_> {
    /// With its error beside it.
    pub(crate) fn view(self, errors: &Errors) -> AnyView {
        let (name, hint, label) = (self.name, self.hint, self.label);
        let error = errors.of(name);
        let described = described(name, hint, error.is_some());
        let invalid = error.is_some().then_some("true");
        let rows = self.value.lines().count().clamp(2, 12).to_string();
        view! {
            <div class="admin-field">
                <label for=name>{label}</label>
                <textarea
                    id=name
                    name=name
                    rows=rows
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=invalid
                >
                    {self.value.to_owned()}
                </textarea>
                <p class="admin-hint" id=format!("{name}-hint")>{hint}</p>
                {error_line(name, error)}
            </div>
        }
        .into_any()
    }
}

fn described(name: &str, hint: &str, is_wrong: bool) -> Option<String> {
    let hint = (!hint.is_empty()).then(|| format!("{name}-hint"));
    let error = is_wrong.then(|| format!("{name}-error"));
    let all: Vec<_> = [hint, error].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}

fn error_line(name: &str, error: Option<String>) -> Option<AnyView> {
    let id = format!("{name}-error");
    error.map(|text| view! { <p class="admin-error" id=id role="alert">{text}</p> }.into_any())
}

/// A choice of one, with words for each.
pub(crate) fn select(
    name: &'static str,
    label: &'static str,
    options: &[(&str, String)],
    chosen: &str,
    errors: &Errors,
) -> AnyView {
    let options: Vec<_> = options
        .iter()
        .map(|(value, words)| {
            let is_chosen = *value == chosen;
            view! { <option value=value.to_string() selected=is_chosen>{words.clone()}</option> }
        })
        .collect();
    let error = errors.of(name);
    let described = described(name, "", error.is_some());
    view! {
        <div class="admin-field">
            <label for=name>{label}</label>
            <select class="select" id=name name=name aria-describedby=described>
                {options}
            </select>
            {error_line(name, error)}
        </div>
    }
    .into_any()
}

/// Boxes to tick, several of which may be.
pub(crate) fn boxes(
    name: &'static str,
    legend: &'static str,
    options: &[(&str, String)],
    ticked: &[&str],
    errors: &Errors,
) -> AnyView {
    let boxes: Vec<_> = options
        .iter()
        .map(|(value, words)| {
            let is_ticked = ticked.contains(value);
            view! {
                <label class="admin-box">
                    <input type="checkbox" name=name value=value.to_string() checked=is_ticked />
                    <span>{words.clone()}</span>
                </label>
            }
        })
        .collect();
    let error = error_line(name, errors.of(name));
    view! { <fieldset class="admin-field"><legend>{legend}</legend>{boxes}{error}</fieldset> }
        .into_any()
}

/// A field that is not seen.
pub(crate) fn hidden(name: &str, value: &str) -> AnyView {
    view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> }.into_any()
}

/// The token that lets a form be sent once.
pub(crate) fn token_field(token: String) -> AnyView {
    hidden(FIELD, &token)
}

/// A form that is sent to `action`.
pub(crate) fn form(token: String, action: &str, button: &'static str, fields: AnyView) -> AnyView {
    let action = action.to_owned();
    view! {
        <form class="panel admin-form" method="post" action=action>
            {token_field(token)}
            {fields}
            <div class="button-row"><button class="button" type="submit">{button}</button></div>
        </form>
    }
    .into_any()
}

/// The page of a form that was not accepted.
pub(crate) fn not_accepted(page: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// A question before something is done: what will happen, and a button that does it.
pub(crate) struct Question<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: String,
    /// Where the answer is sent: the page's own address.
    pub(crate) action: &'a str,
    pub(crate) button: &'static str,
    /// Where someone goes who does not want it.
    pub(crate) back: &'a str,
    /// What it is about, when it is about several things, and hidden fields.
    pub(crate) about: Option<AnyView>,
}

impl Question<'_> {
    pub(crate) fn page(self, visit: &Visit) -> Response {
        let (action, back) = (self.action.to_owned(), self.back.to_owned());
        let content = view! {
            <form class="panel admin-form" method="post" action=action>
                {token_field(visit.token())}
                <p>{self.text}</p>
                {self.about}
                <div class="button-row">
                    <button class="button button-danger" type="submit">{self.button}</button>
                    <a class="button" href=back>"Back"</a>
                </div>
            </form>
        };
        visit.page(self.title, content)
    }
}
