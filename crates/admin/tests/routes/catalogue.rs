//! The lists of tokens, codes in review and mappings: looked through, read as CSV, and many changed at once.

use std::sync::Arc;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::event::{UnknownCode, UnknownCodes};

use crate::browser::{Answer, Browser};
use crate::house::House;
use crate::lists::names;

/// Answers the question about these ticked rows, and returns the list with what it says.
async fn answer(browser: &mut Browser, path: &str, list: &str, ids: &[&str]) -> Answer {
    let query: Vec<_> = ids.iter().map(|id| ("id", *id)).collect();
    let ask = format!("{path}?{}", crate::browser::encoded(&query));
    let done = browser.fill(&ask, path, &query).await;
    assert_eq!(done.location(), list, "{}", done.body);
    browser.get(list).await
}

/// What a code of Kraken means.
fn meant(house: &House, code: &str) -> Option<String> {
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    let token = in_force.meant(&"kraken".parse().unwrap(), &code.parse().unwrap());
    token.map(|token| token.id.to_string())
}

#[tokio::test]
async fn tokens_are_filtered_sorted_and_read_as_csv() {
    let house = House::new().await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let all = viewer.get("/mgmt/tokens").await;
    assert_eq!(names(&all), ["bitcoin", "tether", "solana", "usd"]);
    assert!(
        !all.body.contains("name=\"id\""),
        "no boxes for who may not"
    );
    let on_tron = viewer.get("/mgmt/tokens?chain=tron&state=shipped").await;
    assert_eq!(names(&on_tron), ["tether"]);
    let by_contract = viewer.get("/mgmt/tokens?q=0xDAC17F").await;
    assert_eq!(names(&by_contract), ["tether"]);
    let turned = viewer.get("/mgmt/tokens?kind=crypto&sort=-symbol").await;
    assert_eq!(names(&turned), ["solana", "bitcoin"]);
    assert!(turned.body.contains("2 of 4"));
    let csv = "/mgmt/tokens?kind=stablecoin&cols=id,rank,chains&format=csv";
    let csv = viewer.get(csv).await;
    assert_eq!(
        csv.body,
        "id,rank,chains\r\n\"tether\",2,\"ethereum, tron\"\r\n"
    );
}

#[tokio::test]
async fn ticked_tokens_are_disabled_enabled_and_reset_and_what_cannot_be_is_told() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let (list, disable) = ("/mgmt/tokens", "/mgmt/tokens/@ticked/disable");
    let page = editor.get(list).await;
    assert!(page.body.contains(&format!("formaction=\"{disable}\"")));
    let question = editor
        .get(&format!("{disable}?id=solana&id=usd&id=nothing"))
        .await;
    for words in [
        "Disable 2 tokens?",
        "<li>Solana (solana)</li>",
        "1 of what you chose is there no longer.",
    ] {
        assert!(
            question.body.contains(words),
            "{words} in {}",
            question.body
        );
    }
    assert_eq!(
        house.tokens.catalogue().borrow().revision(),
        0,
        "only asked"
    );
    let said = answer(&mut editor, disable, list, &["solana", "usd"]).await;
    assert!(
        said.body.contains("Disable: 1 of 2 tokens."),
        "{}",
        said.body
    );
    assert!(said.body.contains("it stays enabled"), "{}", said.body);
    assert_eq!(meant(&house, "SOL"), None);
    let disabled = editor.get("/mgmt/tokens?state=disabled").await;
    assert_eq!(names(&disabled), ["solana"]);
    // Once more changes nothing, and says so.
    let before = house.log().await.len();
    let said = answer(&mut editor, disable, list, &["solana"]).await;
    assert!(said.body.contains("Solana was not enabled before."));
    assert_eq!(house.log().await.len(), before);

    let enable = "/mgmt/tokens/@ticked/enable";
    let said = answer(&mut editor, enable, list, &["solana"]).await;
    assert!(said.body.contains("Solana is enabled."), "{}", said.body);
    assert_eq!(meant(&house, "SOL").unwrap(), "solana");
    // A token can be switched at its own address as well.
    let own = "/mgmt/tokens/solana/disable";
    assert_eq!(
        editor.fill(own, own, &[]).await.location(),
        "/mgmt/tokens/solana"
    );
    let reset = "/mgmt/tokens/@ticked/reset";
    let said = answer(&mut editor, reset, list, &["solana", "tether"]).await;
    assert!(said.body.contains("Reset: 1 of 2 tokens."), "{}", said.body);
    assert!(
        said.body
            .contains("Tether (tether): There is nothing to reset")
    );
    assert_eq!(meant(&house, "SOL").unwrap(), "solana");
    let history = editor.get(&said.link("History").unwrap()).await;
    assert_eq!(history.status, StatusCode::OK);
    let of_solana = editor.get("/mgmt/audit?kind=token&object=solana").await;
    assert!(of_solana.body.contains("token.reset") && of_solana.body.contains("token.change"));
}

/// Codes of Kraken, each in as many markets as its place.
fn unknown(house: &House, codes: &[&str]) {
    let code = |(code, markets): (&&str, u32)| UnknownCode {
        code: code.parse().unwrap(),
        markets,
        against: vec!["USD".to_owned()],
        contract: None,
    };
    house.board.put_unknown(Arc::new(UnknownCodes {
        venue: "kraken".parse().unwrap(),
        codes: codes.iter().zip(1..).map(code).collect(),
        omitted: 7,
    }));
}

#[tokio::test]
async fn the_queue_shows_what_waits_unless_told_otherwise_and_many_are_ignored_at_once() {
    let house = House::new().await;
    unknown(&house, &["A/B:C", "Solana", "ZZZ9"]);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let queue = editor.get("/mgmt/review").await;
    assert_eq!(names(&queue), ["ZZZ9", "Solana", "A/B:C"]);
    assert!(
        queue.body.contains("<h1>Review</h1>"),
        "the usual is not told"
    );
    assert!(
        queue
            .body
            .contains("7 codes of fewer markets are not told.")
    );
    let ids = ["kraken:A/B:C", "kraken:ZZZ9"];
    let said = answer(&mut editor, "/mgmt/review/ignore", "/mgmt/review", &ids).await;
    assert!(said.body.contains("Ignore: 2 of 2 codes."), "{}", said.body);
    assert_eq!(names(&said), ["Solana"]);
    assert!(said.body.contains("1 of 3"), "{}", said.body);
    let ignored = editor.get("/mgmt/review?state=ignored&sort=code").await;
    assert_eq!(names(&ignored), ["A/B:C", "ZZZ9"]);
    assert!(ignored.body.contains("<h1>Review: ignored</h1>"));
    // The way to all of them says so in its address, and keeps it when something else is asked.
    let address = "/mgmt/review?state=&amp;sort=code";
    assert!(ignored.body.contains(address), "{}", ignored.body);
    let all = editor.get("/mgmt/review?state=&sort=code").await;
    assert_eq!(names(&all), ["A/B:C", "Solana", "ZZZ9"]);
    let csv = editor.get(&all.link("CSV").unwrap()).await;
    assert_eq!(
        csv.body.lines().next().unwrap(),
        "code,exchange,claim,markets,against,suggestion"
    );
    assert_eq!(csv.body.lines().count(), 4);
    let like = editor.get("/mgmt/review?state=&known=a+token").await;
    assert_eq!(names(&like), ["Solana"]);
    let cleared = editor.get(&like.link("Clear all filters").unwrap()).await;
    assert_eq!(names(&cleared), ["Solana"], "what waits, as usual");
    let history = "/mgmt/audit?kind=code&amp;object=kraken%3AA%2FB%3AC";
    assert!(all.body.contains(history), "{}", all.body);
    let said = answer(&mut editor, "/mgmt/review/restore", "/mgmt/review", &ids).await;
    assert_eq!(names(&said).len(), 3);
    for gone in ["kraken:NONE", "nowhere:ZZZ9", "ZZZ9", ""] {
        let query = crate::browser::encoded(&[("id", gone)]);
        let page = editor.get(&format!("/mgmt/review/ignore?{query}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn a_mapping_is_removed_and_the_codes_of_an_exchange_are_reset_to_as_shipped() {
    let house = House::new().await;
    unknown(&house, &["ZZZ9"]);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let list = "/mgmt/mappings";
    assert_eq!(names(&editor.get(list).await), ["BTC", "XBT"]);
    let map = "/mgmt/review/map?exchange=kraken&code=ZZZ9";
    let fields = [
        ("exchange", "kraken"),
        ("code", "ZZZ9"),
        ("token", "solana"),
    ];
    editor.fill(map, "/mgmt/review/map", &fields).await;
    let own = editor
        .get("/mgmt/mappings?from=decided+here&sort=code")
        .await;
    assert_eq!(names(&own), ["SOL", "ZZZ9"]);

    let remove = "/mgmt/mappings/remove";
    let ids = ["kraken:solana:ZZZ9", "kraken:bitcoin:XBT"];
    let said = answer(&mut editor, remove, list, &ids).await;
    assert!(
        said.body.contains("Remove: 2 of 2 mappings."),
        "{}",
        said.body
    );
    assert_eq!(names(&said), ["BTC", "SOL"]);
    assert_eq!((meant(&house, "ZZZ9"), meant(&house, "XBT")), (None, None));
    assert_eq!(meant(&house, "SOL").unwrap(), "solana");
    // The last word of its own: the symbol means it again, and nothing is left of the decision.
    let said = answer(&mut editor, remove, list, &["kraken:solana:SOL"]).await;
    assert!(said.body.contains("Removed: SOL on kraken means solana."));
    assert_eq!(meant(&house, "SOL").unwrap(), "solana");
    assert!(!house.tokens.get("solana").unwrap().is_decided);

    let reset = "/mgmt/mappings/reset";
    let said = answer(&mut editor, reset, list, &["kraken:bitcoin:BTC"]).await;
    assert!(
        said.body
            .contains("The codes of bitcoin on kraken are as shipped."),
        "{}",
        said.body
    );
    assert_eq!(meant(&house, "XBT").unwrap(), "bitcoin");
    let said = answer(&mut editor, reset, list, &["kraken:bitcoin:BTC"]).await;
    assert!(
        said.body.contains("Reset: 0 of 1 mappings."),
        "{}",
        said.body
    );
    let gone = editor
        .get("/mgmt/mappings/remove?id=kraken:solana:ZZZ9")
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let actions = house.actions().await;
    for action in ["token.unmap", "token.reset_codes"] {
        assert!(actions.iter().any(|it| it == action), "{action}");
    }
}
