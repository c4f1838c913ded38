//! Contracts in the review queue: what they say of themselves is shown and believed nowhere.

use std::sync::Arc;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::event::{UnknownCode, UnknownCodes, UnknownContract};

use crate::house::House;

const QUEUE: &str = "/mgmt/review";
const FALSE_USDT: &str = "0x00000000000000000000000000000000000000aa";
const TRUE_SOL: &str = "0x00000000000000000000000000000000000000bb";
const HOSTILE: &str = "0x00000000000000000000000000000000000000cc";

fn tell(house: &House) {
    let code = |address: &str, symbol: &str, name: &str| UnknownCode {
        code: address.parse().unwrap(),
        markets: 1,
        against: vec!["USD".to_owned()],
        contract: Some(UnknownContract {
            chain: "ethereum".to_owned(),
            symbol: symbol.to_owned(),
            name: name.to_owned(),
            locked_usd: Some("1234567.89".parse().unwrap()),
        }),
    };
    house.board.put_unknown(Arc::new(UnknownCodes {
        venue: "thegraph".parse().unwrap(),
        codes: vec![
            code(FALSE_USDT, "USDT", "Tether USD"),
            code(TRUE_SOL, "SOL", "Solana"),
            code(HOSTILE, "<b>\u{fffd}HTE", "=cmd()<script>alert(1)</script>"),
        ],
        omitted: 0,
    }));
}

/// Whether a page of the queue has this contract's row.
fn has(page: &str, address: &str) -> bool {
    page.contains(&format!("<code>{address}</code>"))
}

fn of(path: &str, address: &str) -> String {
    format!("{path}?exchange=thegraph&code={address}")
}

#[tokio::test]
async fn the_queue_shows_what_contracts_say_and_what_contradicts_them_and_runs_nothing() {
    let house = House::new().await;
    tell(&house);
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let queue = viewer.get(QUEUE).await.body;
    for words in [
        FALSE_USDT,
        "on ethereum calls itself “",
        "<bdi>Tether USD</bdi>",
        "1234567 USD locked",
        "not tether, which has another contract there",
    ] {
        assert!(queue.contains(words), "{words} in {queue}");
    }
    assert!(!queue.contains("<script>alert") && !queue.contains("<b>"));
    // What reads like it is a suggestion where nothing contradicts, and no link where something does.
    assert!(queue.contains("/mgmt/tokens/solana") && !queue.contains("/mgmt/tokens/tether"));
    let found = viewer.get("/mgmt/review?q=tether").await.body;
    assert!(has(&found, FALSE_USDT) && !has(&found, TRUE_SOL));
}

#[tokio::test]
async fn a_contract_is_mapped_and_one_of_a_token_that_has_another_is_refused_beside_the_field() {
    let house = House::new().await;
    tell(&house);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = of("/mgmt/review/map", FALSE_USDT);
    let form = editor.get(&page).await.body;
    assert!(form.contains("Anyone can write a contract"), "{form}");
    assert!(
        form.contains("name=\"token\" type=\"text\" value=\"\""),
        "{form}"
    );
    let fields = [
        ("exchange", "thegraph"),
        ("code", FALSE_USDT),
        ("token", "tether"),
    ];
    let refused = editor.fill(&page, "/mgmt/review/map", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "token-error",
        "0xdac17f958d2ee523a2206206994597c13d831ec7",
        "value=\"tether\"",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(house.tokens.catalogue().borrow().revision(), 0);

    let page = of("/mgmt/review/map", TRUE_SOL);
    let form = editor.get(&page).await.body;
    assert!(form.contains("value=\"solana\""), "{form}");
    let fields = [
        ("exchange", "thegraph"),
        ("code", TRUE_SOL),
        ("token", "solana"),
    ];
    let done = editor.fill(&page, "/mgmt/review/map", &fields).await;
    assert_eq!(done.location(), QUEUE, "{}", done.body);
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    let (token, _) = in_force.coin_at("ethereum", TRUE_SOL).unwrap();
    assert_eq!(token.id.as_str(), "solana");
    let queue = editor.get(QUEUE).await.body;
    assert!(!has(&queue, TRUE_SOL) && has(&queue, FALSE_USDT), "{queue}");
    let note = house.log().await.remove(0).note;
    assert_eq!(note.action, "token.map");
    assert!(note.after.unwrap().contains(TRUE_SOL));
}

#[tokio::test]
async fn a_new_token_begins_with_the_chain_and_the_contract_and_with_no_word_of_a_stranger() {
    let house = House::new().await;
    tell(&house);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = of("/mgmt/tokens/new", HOSTILE);
    let form = editor.get(&page).await.body;
    assert!(form.contains(&format!("ethereum {HOSTILE}")), "{form}");
    assert!(
        form.contains("name=\"symbol\" type=\"text\" value=\"\""),
        "{form}"
    );
    assert!(form.contains("Anyone can write a contract") && !form.contains("<script>alert"));
    let line = format!("ethereum {HOSTILE}");
    let mut fields = vec![
        ("exchange", "thegraph"),
        ("code", HOSTILE),
        ("id", "zed"),
        ("name", ""),
        ("symbol", "ZED"),
        ("kind", "crypto"),
        ("contracts", line.as_str()),
        ("enabled", "yes"),
    ];
    let refused = editor.fill(&page, "/mgmt/tokens/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("Anyone can write a contract"),
        "the warning stays"
    );
    fields[3].1 = "Zed";
    let done = editor.fill(&page, "/mgmt/tokens/new", &fields).await;
    assert_eq!(done.location(), "/mgmt/tokens/zed", "{}", done.body);
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    assert!(in_force.coin_at("ethereum", HOSTILE).is_some());
    assert!(!has(&editor.get(QUEUE).await.body, HOSTILE));
}

#[tokio::test]
async fn a_contract_is_ignored_and_restored_and_one_that_nobody_told_of_cannot_be_mapped() {
    let house = House::new().await;
    tell(&house);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let fields = [("id", &*format!("thegraph:{HOSTILE}"))];
    let ask = |path: &str| format!("{path}?id=thegraph:{HOSTILE}");
    let ignore = "/mgmt/review/ignore";
    editor.fill(&ask(ignore), ignore, &fields).await;
    assert!(!has(&editor.get(QUEUE).await.body, HOSTILE));
    let ignored = "/mgmt/review?state=ignored";
    assert!(has(&editor.get(ignored).await.body, HOSTILE));
    let restore = "/mgmt/review/restore";
    editor.fill(&ask(restore), restore, &fields).await;
    assert!(has(&editor.get(QUEUE).await.body, HOSTILE));
    let stranger = "0x00000000000000000000000000000000000000dd";
    let page = of("/mgmt/review/map", TRUE_SOL);
    let fields = [
        ("exchange", "thegraph"),
        ("code", stranger),
        ("token", "solana"),
    ];
    let refused = editor.fill(&page, "/mgmt/review/map", &fields).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(house.tokens.catalogue().borrow().revision(), 0);
}
