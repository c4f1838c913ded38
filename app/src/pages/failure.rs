//! Pages for what cannot be shown: not found, and not available. With the status code to match.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use parallax::token::TokenId;

use crate::components::{Icon, IconShape};
use crate::erase::Erase;
use crate::error::PageError;

/// Sets the status code of the page being rendered; in the browser there is none to set.
fn answer_with(code: u16) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(code) = code.try_into()
    {
        response.set_status(code);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}

/// The page for an address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <NotFound message="There is no page at this address." candidates=Vec::new() /> }
}

/// Says what was not found, what may have been meant, and leads back.
#[component]
pub fn NotFound(
    /// What was not found.
    #[prop(into)]
    message: String,
    /// Tokens that may have been meant.
    candidates: Vec<TokenId>,
) -> impl IntoView {
    answer_with(404);
    let meant = (!candidates.is_empty()).then(|| {
        let links = candidates.into_iter().map(|id| {
            view! {
                <li>
                    <A href=format!("/tokens/{id}")>{id.to_string()}</A>
                </li>
            }
        });
        view! {
            <p>"A symbol can stand for several tokens. Which one is meant?"</p>
            <ul class="link-list">{links.collect_view()}</ul>
        }
    });
    view! {
        <Title text="Not found" />
        <section class="panel message">
            <p class="message-code">"404"</p>
            <h1>"Not found"</h1>
            <p>{message}</p>
            {meant}
            <p>
                <A href="/" attr:class="button">
                    <Icon shape=IconShape::Back />
                    "All prices"
                </A>
            </p>
        </section>
    }
    .erase()
}

/// Says what failed and what to do.
#[component]
pub fn Failure(
    /// What failed.
    reason: String,
) -> impl IntoView {
    answer_with(500);
    view! {
        <Title text="Not available" />
        <section class="panel message" role="alert">
            <h1>"This page could not be shown"</h1>
            <p>{format!("What failed: {reason}.")}</p>
            <p>
                "The program keeps running and keeps its connections. Reload this page; if it fails again, "
                "look at the status page, or at the program's log."
            </p>
            <p class="button-row">
                <a href="" rel="external" class="button">
                    "Reload"
                </a>
                <A href="/status" attr:class="button">
                    "Status"
                </A>
            </p>
        </section>
    }
    .erase()
}

/// The page for a failed read.
#[must_use]
pub fn problem(error: PageError) -> AnyView {
    match error {
        PageError::NotFound {
            message,
            candidates,
        } => {
            let message = sentence(&message);
            view! { <NotFound message candidates /> }.erase()
        }
        PageError::Unavailable(reason) => view! { <Failure reason /> }.erase(),
    }
}

/// An error's text as a sentence: capital letter and full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let stop = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn an_errors_text_becomes_a_sentence() {
        assert_eq!(
            sentence("there is no such token"),
            "There is no such token."
        );
        assert_eq!(sentence("did you mean this?"), "Did you mean this?");
    }
}
