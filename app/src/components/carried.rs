//! Links that keep the currency of the address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use parallax::table::currency_code;

use crate::address::carrying;
use crate::dynamic::{Dynamic, memo, text};

/// The code of the currency in the address; `None` for US dollars. For components inside the router.
#[must_use]
pub fn asked_currency() -> Memo<Option<String>> {
    let query = use_query_map();
    memo(move || {
        query
            .read()
            .get("currency")
            .as_deref()
            .and_then(currency_code)
    })
}

/// The `href` of a link to `path` that keeps the currency of the address.
#[must_use]
pub fn carried(path: impl Into<String>) -> Dynamic<String> {
    let (path, currency) = (path.into(), asked_currency());
    text(move || carrying(&path, currency.get().as_deref()))
}
