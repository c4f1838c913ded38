//! `/`: the table of all tokens, live.

pub mod row;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use parallax::stream::PriceSummary;
use parallax::token::Token;
use parallax::view::PriceTable;

use self::row::Row;
use super::load::{PageData, load};
use crate::calls;
use crate::components::{Icon, IconShape};
use crate::dynamic::{memo, part, text};
use crate::erase::Erase;
use crate::live::{Feed, LivePrices, StreamEvent};

/// The page.
#[component]
pub fn PricesPage() -> impl IntoView {
    let page = load(
        Signal::stored(String::new()),
        |_| Box::pin(async { calls::table().await.map(PageData::Prices) }),
        skeleton,
    );
    view! {
        <Title text="Prices" />
        {page}
    }
    .erase()
}

/// The page, once its data is there.
pub(super) fn show(table: PriceTable) -> AnyView {
    view! { <Prices table /> }.erase()
}

/// Keeps the room of the table while it is read.
fn skeleton() -> AnyView {
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="sr-only">"Loading prices…"</span>
            {(0..12).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
    .erase()
}

#[component]
fn Prices(table: PriceTable) -> impl IntoView {
    let prices = LivePrices::new(table);
    follow(prices);
    let query = use_query_map();
    let wanted = memo(move || query.read().get("q").unwrap_or_default());
    let shown = memo(move || {
        let wanted = wanted.get();
        let tokens = prices.tokens.read();
        tokens
            .iter()
            .filter(|token| matches(token, &wanted))
            .cloned()
            .collect::<Vec<_>>()
    });
    let total = memo(move || prices.tokens.read().len());
    let summary = text(move || match (shown.read().len(), total.get()) {
        (_, 0) => "No prices yet".to_owned(),
        (shown, total) if shown == total => format!("{total} tokens in US dollars"),
        (shown, total) => format!("{shown} of {total} tokens"),
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Prices"</h1>
                <p class="page-sub">{summary}</p>
            </div>
            <Filter wanted />
        </div>
        {part(move || {
            if total.get() == 0 {
                view! { <Waiting /> }.erase()
            } else {
                view! { <Table prices shown wanted /> }.erase()
            }
        })}
    }
    .erase()
}

/// Whether a token's name, symbol or id has the wanted text in it.
fn matches(token: &Token, wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    wanted.is_empty()
        || token.name.to_lowercase().contains(&wanted)
        || token.symbol.as_str().to_lowercase().contains(&wanted)
        || token.id.as_str().contains(&wanted)
}

/// Keeps the table live over one stream, and reads it again when the stream names a token without a row.
fn follow(prices: LivePrices) {
    let feed = expect_context::<Feed>();
    let reading = StoredValue::new(false);
    let read_again = move || {
        if reading.get_value() {
            return;
        }
        reading.set_value(true);
        leptos::task::spawn_local(async move {
            let table = calls::table().await;
            // The page may be gone by now.
            if reading.try_set_value(false).is_some() {
                return;
            }
            if let Ok(table) = table {
                prices.load(table);
            }
        });
    };
    feed.listen(String::new(), move |event: StreamEvent<PriceSummary>| {
        let complete = match event {
            StreamEvent::Snapshot { prices: all, .. } => {
                let mut complete = true;
                for price in all {
                    complete &= prices.apply(price);
                }
                complete
            }
            StreamEvent::Price(price) => prices.apply(price),
            StreamEvent::Heartbeat { .. } => !prices.tokens.read_untracked().is_empty(),
            StreamEvent::Connection(_) | StreamEvent::Lost { .. } => true,
        };
        if !complete {
            read_again();
        }
    });
}

/// A field that filters the rows as one types; without JavaScript it is a form.
#[component]
fn Filter(wanted: Memo<String>) -> impl IntoView {
    let navigate = use_navigate();
    let filter = move |text: String| {
        let address = if text.is_empty() {
            "/".to_owned()
        } else {
            format!("/?q={}", String::from(js_sys::encode_uri_component(&text)))
        };
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&address, options);
    };
    let clear = filter.clone();
    view! {
        <form class="filter" method="get" action="/" role="search">
            <label class="sr-only" for="filter">
                "Filter by name, symbol or id"
            </label>
            <Icon shape=IconShape::Search />
            <input
                id="filter"
                type="search"
                name="q"
                placeholder="Filter tokens"
                autocomplete="off"
                spellcheck="false"
                value=wanted.get_untracked()
                prop:value=move || wanted.get()
                on:input=move |event| filter(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        clear(String::new());
                    }
                }
            />
            <kbd class="needs-js" aria-hidden="true">
                "/"
            </kbd>
        </form>
    }
    .erase()
}

/// What the page shows before the first prices.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <section class="panel message" data-empty="waiting">
            <h2>"Waiting for the first quotes…"</h2>
            <p>
                "Parallax is asking the exchanges which markets they have and subscribing to their quotes. "
                "The first prices appear here by themselves, usually within seconds."
            </p>
            <p>
                <A href="/status" attr:class="button">
                    "See what it is connecting to"
                </A>
            </p>
        </section>
    }
    .erase()
}

#[component]
fn Table(prices: LivePrices, shown: Memo<Vec<Token>>, wanted: Memo<String>) -> impl IntoView {
    let head = HEADS.map(|(key, name, title)| {
        view! {
            <th scope="col" role="columnheader" aria-sort="none" data-cell=key title=title>
                {name}
            </th>
        }
    });
    view! {
        <div class="table-frame">
            <table class="data-table prices-table" role="table">
                <caption class="sr-only">
                    "Token prices in US dollars, by rank. Each name opens the explanation of its price."
                </caption>
                <thead role="rowgroup">
                    <tr role="row">{head.into_iter().collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || shown.get() key=|token| token.id.clone() let(token)>
                        {prices.cells(&token.id).map(|cells| view! { <Row token cells /> })}
                    </For>
                </tbody>
            </table>
        </div>
        {part(move || {
            shown
                .read()
                .is_empty()
                .then(|| {
                    view! {
                        <section class="message">
                            <p>{format!("No token's name, symbol or id contains “{}”.", wanted.get())}</p>
                            <p>
                                <A href="/" attr:class="button">
                                    "Show all"
                                </A>
                            </p>
                        </section>
                    }
                })
        })}
    }
    .erase()
}

/// Columns: key, name, explanation.
const HEADS: [(&str, &str, &str); 12] = [
    ("rank", "#", "Place in the catalogue"),
    ("token", "Token", "Name and symbol"),
    ("price", "Price", "US dollars for one unit"),
    (
        "strip",
        "Viewpoints",
        "Where each exchange stands relative to the price",
    ),
    ("change-1h", "1 h", "Change within one hour"),
    ("change-24h", "24 h", "Change within 24 hours"),
    ("change-7d", "7 d", "Change within seven days"),
    (
        "volume",
        "Volume 24 h",
        "Traded within 24 hours on the exchanges read, in US dollars",
    ),
    (
        "confidence",
        "Confidence",
        "Half the band that holds the middle half of the weight",
    ),
    (
        "sources",
        "Sources",
        "Exchanges in the price, of those that list the token",
    ),
    ("status", "Status", "How far the price can be trusted now"),
    (
        "age",
        "Age",
        "Time since a usable quote confirmed the price",
    ),
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::token::{Symbol, TokenId, TokenKind};

    use super::*;

    #[test]
    fn the_filter_finds_by_name_symbol_and_id_in_any_letter_case() {
        let token = Token {
            id: TokenId::new("usd-coin").unwrap(),
            symbol: Symbol::new("USDC").unwrap(),
            name: "USD Coin".to_owned(),
            kind: TokenKind::Stablecoin,
            rank: 6,
            contracts: Vec::new(),
        };
        for wanted in ["", "  ", "usdc", "Coin", "usd-c"] {
            assert!(matches(&token, wanted), "{wanted:?}");
        }
        assert!(!matches(&token, "bitcoin"));
    }
}
