//! `/compare`: up to five tokens' changes in one picture.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use parallax::view::CompareView;

use super::load::{PageData, load};
use crate::address::CompareChoice;
use crate::calls;
use crate::dynamic::memo;
use crate::erase::Erase;

/// The page.
#[component]
pub fn ComparePage() -> impl IntoView {
    let query = use_query_map();
    let asked = memo(move || CompareChoice::read(|name| query.read().get(name)).to_query());
    load(
        asked.into(),
        |query| {
            Box::pin(async {
                let view = calls::compare(query).await;
                view.map(|view| PageData::Compare(Box::new(view)))
            })
        },
        || view! { <div class="skeleton" aria-busy="true"></div> }.erase(),
    )
}

/// The page, once its data is there.
pub(super) fn show(view: CompareView) -> AnyView {
    view! { <div class="chart-picture" inner_html=view.wide></div> }.erase()
}
