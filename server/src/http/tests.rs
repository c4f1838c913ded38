//! Whole pages, as the router answers them, over a board and a store of the test's own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use parallax::catalogue::Catalogue;
use parallax::index::{IndexPrice, Status};
use parallax::stream::Changes;
use parallax::time::{Clock, Moment, Timestamp};
use parallax_api::Access;
use parallax_board::{Board, Publication};
use parallax_service::Facts;
use parallax_service::backfill::BackfillDesk;
use parallax_service::keys::Keys;
use parallax_service::overrides::Overrides;
use parallax_service::tokens::TokenDesk;
use parallax_service::venues::Switches;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::wiring::Desks;

mod functions;
mod policy;

const NOW_S: i64 = 1_700_000_000;

struct StandingClock(Moment);

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        self.0
    }
}

struct House {
    board: Arc<Board>,
    router: Router,
}

/// A server with these tokens: id, symbol, name.
async fn house(tokens: &[(String, String, String)]) -> House {
    let mut entries = String::new();
    for (id, symbol, name) in tokens {
        let kind = if id == "euro" { "fiat" } else { "crypto" };
        let name = serde_json::to_string(name).unwrap();
        writeln!(
            entries,
            "[[token]]\nid = \"{id}\"\nsymbol = \"{symbol}\"\nname = {name}\nkind = \"{kind}\""
        )
        .unwrap();
    }
    let catalogue: Catalogue = toml::from_str(&entries).unwrap();
    let utc = Timestamp::from_unix_s(NOW_S).unwrap();
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    store.save_tokens(catalogue.tokens()).await.unwrap();
    let facts = Facts {
        version: "0.0.0".to_owned(),
        method: 1,
        simulated: true,
        started_at: utc,
        venues: Vec::new(),
        profiles: HashMap::new(),
        store_backend: "SQLite".to_owned(),
        price_every: Duration::from_secs(30),
        price_retention: None,
    };
    let board = Board::new(8);
    let moment = Moment {
        utc,
        ..Moment::default()
    };
    let clock = Arc::new(StandingClock(moment));
    let config = Config::shipped().unwrap();
    let access = Access::new(
        config.access.clone(),
        Keys::new(Arc::clone(&store), Arc::<StandingClock>::clone(&clock)),
    );
    let own: Arc<dyn Clock> = Arc::<StandingClock>::clone(&clock);
    let (board_too, store_too) = (Arc::clone(&board), Arc::clone(&store));
    let service = Service::new(
        facts,
        board_too,
        store_too,
        tokio::sync::watch::channel(Arc::new(catalogue)).1,
        clock,
    );
    let switches = Switches::new(Arc::clone(&store), Arc::clone(&own), BTreeMap::new());
    let tokens = TokenDesk::new(
        Arc::clone(&store),
        Arc::clone(&own),
        toml::from_str("token = []").unwrap(),
    );
    let (overrides, _) = Overrides::new(Arc::clone(&store), Arc::clone(&own));
    let (backfill, _) = BackfillDesk::new(Arc::clone(&store), Arc::clone(&own), Arc::clone(&board));
    let admin = crate::wiring::admin(
        &config,
        &store,
        own,
        service.clone(),
        access.clone(),
        Desks {
            switches,
            overrides,
            tokens,
            backfill,
        },
    );
    let limits = StreamLimits {
        max_clients: 10,
        heartbeat: Duration::from_secs(5),
        retry: Duration::from_secs(2),
        shutdown: CancellationToken::new(),
        socket: Arc::default(),
    };
    House {
        board,
        router: router(service, limits, access, admin, &config),
    }
}

impl House {
    fn publish(&self, token: &str, price: &str, status: Status) {
        let at = Timestamp::from_unix_s(NOW_S).unwrap();
        self.board.publish([Publication {
            index: Arc::new(IndexPrice {
                token: token.parse().unwrap(),
                price: Some(price.parse().unwrap()),
                confidence: Some(price.parse().unwrap()),
                status,
                as_of: Some(at),
                computed_at: at,
                method: 1,
                sources: 3,
                sources_known: 3,
                volume_24h_usd: None,
                constituents: Vec::new(),
                by_hand: None,
            }),
            changes: Changes::default(),
        }]);
    }

    async fn answer(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let response = self.answer(path, &[]).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
            .await
            .unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(status.is_success(), "{path}: {status}\n{text}");
        text
    }
}

/// A token's words: symbol and id follow from the number.
fn token(number: usize, name: &str) -> (String, String, String) {
    (
        format!("token-{number}"),
        format!("T{number}"),
        name.to_owned(),
    )
}

/// A page as a browser takes it apart: its elements with the names of their attributes, and the scripts' texts.
fn taken_apart(page: &str) -> (Vec<(String, Vec<String>)>, Vec<&str>) {
    let (mut elements, mut scripts) = (Vec::new(), Vec::new());
    let mut rest = page;
    while let Some((_, tag)) = rest.split_once('<') {
        let mut is_quoted = false;
        let end = tag
            .find(|letter| {
                is_quoted ^= letter == '"';
                letter == '>' && !is_quoted
            })
            .unwrap();
        let (inside, after) = tag.split_at(end);
        rest = after.strip_prefix('>').unwrap();
        // Every second part stands between quotes.
        let plain: String = inside.split('"').step_by(2).collect();
        let mut words = plain.split_whitespace();
        let name = words.next().unwrap_or_default().to_lowercase();
        let attributes = words.map(|word| word.trim_end_matches(['=', '/']).to_lowercase());
        if name == "script" {
            let (text, after) = rest.split_once("</script>").unwrap();
            scripts.push(text);
            rest = after;
        }
        elements.push((name, attributes.collect()));
    }
    (elements, scripts)
}

/// Rows of the table.
fn rows(page: &str) -> usize {
    let (elements, _) = taken_apart(page);
    let rows = elements.iter().filter(|(name, attributes)| {
        name == "tr" && attributes.iter().any(|name| name == "data-token")
    });
    rows.count()
}

const HOSTILE: [&str; 6] = [
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' \" autofocus onfocus=\"alert(1)",
    "</script><svg onload=alert(1)>",
    "<!--<script>alert(1)//-->",
    "\u{202e}nioctiB\u{2066}<b>",
];

#[tokio::test]
async fn hostile_names_are_words_on_every_page() {
    let long = "W".repeat(10_000);
    let mut tokens: Vec<_> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, name)| token(number, name))
        .collect();
    tokens.push(token(HOSTILE.len(), &long));
    let house = house(&tokens).await;
    for (id, ..) in &tokens {
        house.publish(id, "1.5", Status::Live);
    }
    let mut pages = vec![
        house.page("/").await,
        house
            .page("/compare?ids=token-0,token-1,token-3,token-4")
            .await,
        house.page("/?q=%3Cscript%3Ealert(1)%3C/script%3E").await,
    ];
    for (id, ..) in &tokens {
        pages.push(house.page(&format!("/tokens/{id}")).await);
    }
    for page in &pages {
        let (elements, scripts) = taken_apart(page);
        for (name, attributes) in elements {
            assert!(
                !["img", "b", "!--<script"].contains(&name.as_str()),
                "{name}"
            );
            let handler = attributes.iter().find(|name| name.starts_with("on"));
            assert_eq!(handler, None, "of {name}");
        }
        // In scripts names are JSON, in which nothing may look like the beginning of markup.
        for script in scripts {
            assert!(
                !script.contains("alert(1)") || !script.contains('<'),
                "{script}"
            );
        }
        assert!(page.len() < 2_000_000, "a long name is cut, not repeated");
    }
}

#[tokio::test]
async fn a_turning_name_cannot_turn_what_stands_beside_it() {
    let house = house(&[token(0, HOSTILE[5])]).await;
    house.publish("token-0", "1", Status::Live);
    for path in ["/", "/tokens/token-0"] {
        let page = house.page(path).await;
        let (_, title) = page.split_once("<title>").unwrap();
        let (title, _) = title.split_once("</title>").unwrap();
        assert!(
            !title.contains('\u{202e}') || title.contains('\u{2069}'),
            "{title}"
        );
        assert!(page.contains("<bdi"), "{path}");
    }
}

#[tokio::test]
async fn extreme_prices_are_legible() {
    let house = house(&[token(0, "Tiny"), token(1, "Huge")]).await;
    house.publish("token-0", "0.000000000001", Status::Live);
    house.publish("token-1", "1000000000", Status::Live);
    let page = house.page("/").await;
    for text in ["0.000000000001", "1,000,000,000"] {
        assert!(page.contains(text), "{text}");
    }
    let tiny = house.page("/tokens/token-0").await;
    assert!(tiny.contains("0.000000000001"));
    assert!(!tiny.contains("1e-12"));
}

#[tokio::test]
async fn a_table_of_more_than_a_hundred_rows_has_pages_that_are_links() {
    let tokens: Vec<_> = (0..250).map(|number| token(number, "Name")).collect();
    let house = house(&tokens).await;
    for (id, ..) in &tokens {
        house.publish(id, "1", Status::Live);
    }
    let first = house.page("/").await;
    assert_eq!(rows(&first), 100);
    for text in ["Rows 1–100 of 250", "href=\"/?page=2\"", "rel=\"next\""] {
        assert!(first.contains(text), "{text}");
    }
    let last = house.page("/?page=3").await;
    assert_eq!(rows(&last), 50);
    assert!(last.contains("Rows 201–250 of 250") && !last.contains("rel=\"next\""));
    // Beyond the end is the end.
    assert_eq!(rows(&house.page("/?page=99").await), 50);
}

#[tokio::test]
async fn prices_in_a_currency_with_a_stale_rate_are_stale() {
    let euro = ("euro".to_owned(), "EUR".to_owned(), "Euro".to_owned());
    let house = house(&[token(0, "Name"), euro]).await;
    house.publish("token-0", "2", Status::Live);
    house.publish("euro", "1.25", Status::Live);
    let live = house.page("/?currency=eur&q=Name").await;
    assert!(
        live.contains("data-token=\"token-0\" data-status=\"live\""),
        "{live}"
    );
    house.publish("euro", "1.25", Status::Stale);
    let stale = house.page("/?currency=eur&q=name").await;
    assert!(stale.contains("data-token=\"token-0\" data-status=\"stale\""));
    assert!(stale.contains("1.6"));
    let in_dollars = house.page("/?q=nam").await;
    assert!(in_dollars.contains("data-token=\"token-0\" data-status=\"live\""));
}

fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

async fn text_of(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 24).await;
    String::from_utf8(body.unwrap().to_vec()).unwrap()
}
