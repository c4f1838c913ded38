//! Lists: filters with counts, search, sorting, pages, dates, columns, CSV, and what is done to ticked rows.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::market::{Asset, Listing, Market};
use parallax::stream::MarketState;

use crate::browser::Answer;
use crate::house::House;

/// As many markets as that, on two exchanges; each third has a base token that the catalogue does not know.
fn markets(count: usize) -> Vec<MarketState> {
    let market = |number: usize| {
        let venue = if number.is_multiple_of(2) {
            "kraken"
        } else {
            "binance"
        };
        let code = format!("C{number:03}");
        MarketState::new(Arc::new(Listing {
            venue: venue.parse().unwrap(),
            symbol: format!("{code}USDT").into(),
            base_code: code.parse().unwrap(),
            quote_code: "USDT".parse().unwrap(),
            market: Market {
                base: match number % 3 {
                    0 => Asset::Unlisted {
                        venue: venue.parse().unwrap(),
                        code: code.parse().unwrap(),
                    },
                    _ => Asset::Token("bitcoin".parse().unwrap()),
                },
                quote: Asset::Token("tether".parse().unwrap()),
            },
        }))
    };
    (0..count).map(market).collect()
}

/// The names of the rows, in their order.
pub(crate) fn names(page: &Answer) -> Vec<String> {
    let rows = page.body.split("<th scope=\"row\"").skip(1);
    let text = rows.map(|row| {
        let cell = row
            .split_once('>')
            .unwrap()
            .1
            .split("</th>")
            .next()
            .unwrap();
        let cell = cell.split("<!>").collect::<String>();
        match cell.starts_with('<') {
            true => cell
                .split('>')
                .nth(1)
                .unwrap()
                .split('<')
                .next()
                .unwrap()
                .to_owned(),
            false => cell.split('<').next().unwrap().to_owned(),
        }
    });
    text.collect()
}

#[tokio::test]
async fn markets_are_filtered_searched_sorted_and_counted() {
    let house = House::new().await;
    house.board.set_markets(markets(120));
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let all = viewer.get("/mgmt/markets").await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(all.body.contains("120 in all"), "{}", all.body);
    assert!(all.body.contains("aria-sort=\"ascending\""));
    assert_eq!(names(&all).len(), 50);
    let kraken = viewer
        .get("/mgmt/markets?exchange=kraken&base=in+the+catalogue")
        .await;
    assert!(kraken.body.contains("40 of 120"), "{}", kraken.body);
    assert!(
        kraken
            .body
            .contains("<h1>Markets: kraken, in the catalogue</h1>")
    );
    // What the other filters leave is counted for each choice, and the chosen one is marked.
    let count = |page: &Answer, words: &str| {
        let at = page.body.find(&format!("<span>{words}</span>")).unwrap();
        let rest = page.body[at..].split("chip-count\">").nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(count(&kraken, "kraken"), "40");
    assert_eq!(count(&kraken, "binance"), "40");
    assert_eq!(count(&kraken, "not in the catalogue"), "20");
    assert!(
        kraken
            .body
            .contains("aria-current=\"true\"><span>kraken</span>")
    );
    let back = viewer.get(&kraken.link("Clear all filters").unwrap()).await;
    assert!(back.body.contains("120 in all"));
    let found = viewer.get("/mgmt/markets?q=c11+USDT+kraken").await;
    assert_eq!(
        names(&found),
        ["C110USDT", "C112USDT", "C114USDT", "C116USDT", "C118USDT"]
    );
    let turned = viewer.get("/mgmt/markets?q=c11&sort=-symbol").await;
    assert!(turned.body.contains("aria-sort=\"descending\""));
    assert_eq!(names(&turned)[..2], ["C119USDT", "C118USDT"]);
    let nothing = viewer.get("/mgmt/markets?exchange=nowhere").await;
    assert!(nothing.body.contains("Nothing fits.") && nothing.body.contains("nowhere"));
}

#[tokio::test]
async fn pages_go_forth_and_back_and_lose_nothing() {
    let house = House::new().await;
    house.board.set_markets(markets(120));
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let mut pages = vec![viewer.get("/mgmt/markets").await];
    while let Some(next) = pages.last().unwrap().link("Next") {
        pages.push(viewer.get(&next).await);
    }
    let seen: Vec<_> = pages.iter().flat_map(names).collect();
    let expected: Vec<_> = (0..120).map(|number| format!("C{number:03}USDT")).collect();
    assert_eq!(seen, expected);
    let back = pages[2].link("Previous").unwrap();
    assert_eq!(names(&viewer.get(&back).await), names(&pages[1]));
    assert_eq!(pages[0].link("Previous"), None);
    // A row that is gone begins no page, and is no error.
    let gone = viewer.get("/mgmt/markets?after=nothing").await;
    assert_eq!(names(&gone), names(&pages[0]));
}

#[tokio::test]
async fn columns_are_chosen_and_csv_has_what_is_filtered() {
    let house = House::new().await;
    house.board.set_markets(markets(120));
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let page = viewer
        .get("/mgmt/markets?cols=pair,age_ms&exchange=kraken")
        .await;
    assert!(page.body.contains(">Age in ms<") && !page.body.contains(">Ask</th>"));
    let csv = viewer.get(&page.link("CSV").unwrap()).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        csv.headers["content-disposition"],
        "attachment; filename=\"markets.csv\""
    );
    let lines: Vec<_> = csv.body.split("\r\n").collect();
    assert_eq!(
        lines.len(),
        62,
        "a head, 60 markets, and the end of the last line"
    );
    assert_eq!(lines[0], "symbol,pair,age_ms");
    assert_eq!(lines[1], "\"C000USDT\",\"C000/USDT\",\"\"");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_in_words_and_never_an_error_of_the_server() {
    let house = House::new().await;
    house.board.set_markets(markets(3));
    let mut admin = house.signed_in_cheaply("anna", Role::Superuser).await;
    for (query, words) in [
        (
            "sort=colour",
            "This list cannot be sorted by “colour”, but by: symbol, ",
        ),
        ("sort=-bid", "cannot be sorted by “-bid”"),
        (
            "cols=symbol,colour",
            "This list has no column “colour”, but: symbol, ",
        ),
        (
            "colour=red",
            "This list has no filter “colour”, but: exchange, ",
        ),
        ("format=pdf", "“pdf” is no format, but csv is."),
        ("sort=%3Cscript%3E", "“&lt;script&gt;”"),
    ] {
        let page = admin.get(&format!("/mgmt/markets?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains(words), "{query}: {}", page.body);
        assert!(names(&page).is_empty(), "{query}");
        let csv = admin
            .get(&format!("/mgmt/markets?{query}&format=csv"))
            .await;
        assert_eq!(csv.status, StatusCode::BAD_REQUEST, "{query}");
    }
    for path in [
        "/mgmt/keys?date=yesterday",
        "/mgmt/audit?date=2026-13",
        "/mgmt/audit?after=now",
        "/mgmt/candles?token=nothing",
        "/mgmt/candles?interval=2h",
        "/mgmt/candles?source=The+Graph",
        "/mgmt/prices/bitcoin?after=now",
        "/mgmt/prices/bitcoin?after=99999999999999999999",
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.body.contains("admin-error"), "{path}");
    }
    // Beyond all that can be is simply nothing.
    for path in [
        "/mgmt/prices/bitcoin?after=-9223372036854775808",
        "/mgmt/prices/bitcoin?before=9223372036854775807",
        "/mgmt/candles?date=9999-12-31",
        "/mgmt/audit?date=1970",
    ] {
        assert_eq!(admin.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn keys_are_looked_through_by_date_and_revoked_many_at_once() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    for name in ["one", "two", "three"] {
        let form = "/mgmt/keys/new";
        let fields = [("name", name), ("scope", "read"), ("lasts", "never")];
        let made = editor.fill(form, form, &fields).await;
        assert_eq!(made.status, StatusCode::OK);
        house.advance(Duration::from_secs(40 * 86_400));
        editor = house.browser();
        editor.sign_in("anna", crate::house::PASSWORD).await;
    }
    let page = editor.get("/mgmt/keys").await;
    assert!(page.body.contains("date=2026\"") && page.body.contains("date=2027\""));
    let year = editor.get("/mgmt/keys?date=2026").await;
    assert!(year.body.contains("date=2026-11\""), "{}", year.body);
    assert!(year.body.contains("<h1>API keys: 2026</h1>"));
    let november = editor.get("/mgmt/keys?date=2026-11").await;
    assert_eq!(names(&november), ["one"]);

    let keys = house.store.keys().await.unwrap();
    let ids: Vec<_> = keys
        .iter()
        .map(|stored| stored.key.id.to_string())
        .collect();
    assert!(page.body.contains("formaction=\"/mgmt/keys/revoke\""));
    let ask = format!(
        "/mgmt/keys/revoke?id={}&id={}&id=abcdefghij01",
        ids[0], ids[2]
    );
    let question = editor.get(&ask).await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(
        question.body.contains("Revoke 2 API keys?"),
        "{}",
        question.body
    );
    assert!(question.body.contains("<li>one (plx_") && question.body.contains("<li>three (plx_"));
    assert!(
        question
            .body
            .contains("1 of what you chose is there no longer.")
    );
    let before = house.log().await.len();
    assert!(
        house
            .store
            .keys()
            .await
            .unwrap()
            .iter()
            .all(|it| it.key.revoked_at.is_none())
    );
    let token = question.token_of("/mgmt/keys/revoke");
    let fields = [
        ("form", token.as_str()),
        ("id", ids[0].as_str()),
        ("id", ids[2].as_str()),
    ];
    let done = editor.post("/mgmt/keys/revoke", &fields).await;
    assert_eq!(done.location(), "/mgmt/keys");
    let after = editor.get("/mgmt/keys").await;
    assert!(
        after.body.contains("Revoke: 2 of 2 API keys."),
        "{}",
        after.body
    );
    let keys = house.store.keys().await.unwrap();
    let revoked: Vec<_> = keys.iter().map(|it| it.key.revoked_at.is_some()).collect();
    assert_eq!(revoked, [true, false, true]);
    let log = house.log().await;
    assert_eq!(log.len(), before + 2, "each is noted");
    assert!(
        log[..2]
            .iter()
            .all(|entry| entry.note.action == "key.revoke")
    );
    // Sent again, and with nothing ticked.
    let again = editor.post("/mgmt/keys/revoke", &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let nothing = editor.get("/mgmt/keys/revoke").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("tick the box"));
    let in_force = editor.get("/mgmt/keys?state=in+force").await;
    assert_eq!(names(&in_force), ["two"]);
}

#[tokio::test]
async fn of_many_what_is_possible_is_done_and_the_rest_is_told() {
    let house = House::new().await;
    let mut admin = house.signed_in_cheaply("anna", Role::Superuser).await;
    house.people(&["bert".to_owned(), "carl".to_owned()]).await;
    let accounts = house.accounts.list().await.unwrap();
    let ids: Vec<_> = accounts
        .iter()
        .map(|it| it.account.id.to_string())
        .collect();
    let query: Vec<_> = ids.iter().map(|id| format!("id={id}")).collect();
    let question = admin
        .get(&format!("/mgmt/users/disable?{}", query.join("&")))
        .await;
    let token = question.token_of("/mgmt/users/disable");
    let mut fields = vec![("form", token.as_str())];
    fields.extend(ids.iter().map(|id| ("id", id.as_str())));
    admin.post("/mgmt/users/disable", &fields).await;
    let page = admin.get("/mgmt/users").await;
    assert!(
        page.body.contains("Disable: 2 of 3 accounts. anna: "),
        "{}",
        page.body
    );
    let disabled = admin.get("/mgmt/users?state=disabled").await;
    assert_eq!(names(&disabled), ["bert", "carl"]);
}

#[tokio::test]
async fn a_viewer_has_no_boxes_and_no_way_to_the_log() {
    let house = House::new().await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let page = viewer.get("/mgmt/exchanges").await;
    assert_eq!(names(&page), ["Kraken"]);
    assert!(!page.body.contains("name=\"id\"") && !page.body.contains("/mgmt/audit"));
    let mut editor = house.signed_in_cheaply("edda", Role::Editor).await;
    let page = editor.get("/mgmt/exchanges").await;
    assert!(page.body.contains("name=\"id\" value=\"kraken\""));
    assert!(
        page.body
            .contains("/mgmt/audit?kind=venue&amp;object=kraken")
    );
    let ticked = editor.get("/mgmt/exchanges?tick=all").await;
    assert!(
        ticked.body.contains("value=\"kraken\" checked"),
        "{}",
        ticked.body
    );
    let form = "/mgmt/exchanges/pause";
    let done = editor
        .fill(&format!("{form}?id=kraken"), form, &[("id", "kraken")])
        .await;
    assert_eq!(done.location(), "/mgmt/exchanges");
    assert!(house.kraken.borrow().is_paused);
}
