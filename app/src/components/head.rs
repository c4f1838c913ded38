//! What a page says about itself to browsers and search engines: title, description, canonical address.

use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};

use crate::erase::Erase;

/// The title, the description and the address of a page. Each page has its own.
#[component]
pub fn Head(
    /// The title, without the program's name.
    #[prop(into)]
    title: Signal<String>,
    /// One or two sentences.
    #[prop(into)]
    description: String,
    /// The path that stands for all spellings of this page's address, with what of its query makes it
    /// another page.
    #[prop(into)]
    path: String,
) -> impl IntoView {
    // Search engines want the whole address, so without knowing it there is none.
    let canonical = origin().map(|origin| {
        view! { <Link rel="canonical" href=format!("{origin}{path}") /> }
    });
    view! {
        <Title text=move || title.get() />
        <Meta name="description" content=description />
        {canonical}
    }
    .erase()
}

/// Scheme and host as the reader sees them, `https://prices.example`. `None` where the request does not say.
#[must_use]
#[cfg(feature = "ssr")]
pub fn origin() -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let host = header("host")?;
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) {
        return None;
    }
    let scheme = match header("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    Some(format!("{scheme}://{host}"))
}

/// Scheme and host as the reader sees them, `https://prices.example`. `None` where the request does not say.
#[must_use]
#[cfg(not(feature = "ssr"))]
pub fn origin() -> Option<String> {
    window().location().origin().ok()
}
