//! Tokens, the review queue and mappings.

use std::sync::Arc;

use axum::http::StatusCode;
use parallax::account::Role;
use parallax::event::{UnknownCode, UnknownCodes};

use crate::browser::Answer;
use crate::house::House;

const SOLANA: &str = "/mgmt/tokens/solana";
const EDIT: &str = "/mgmt/tokens/solana/edit";

/// The fields of a token's form as the page shows them, with some changed.
fn changed<'a>(page: &'a Answer, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let mut fields = vec![
        ("form", page.token_of(EDIT)),
        ("revision", page.field("revision")),
        ("name", "Solana".to_owned()),
        ("symbol", "SOL".to_owned()),
        ("kind", "crypto".to_owned()),
        ("contracts", String::new()),
        ("codes", String::new()),
        ("enabled", "yes".to_owned()),
    ];
    for (name, value) in changes {
        let field = fields.iter_mut().find(|(known, _)| known == name);
        field.unwrap().1 = (*value).to_owned();
    }
    fields
}

async fn send(
    browser: &mut crate::browser::Browser,
    path: &str,
    fields: &[(&str, String)],
) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    browser.post(path, &fields).await
}

fn unknown(house: &House) {
    let code = |code: &str, markets| UnknownCode {
        code: code.parse().unwrap(),
        markets,
        against: vec!["USD".to_owned(), "EUR".to_owned()],
        contract: None,
    };
    house.board.put_unknown(Arc::new(UnknownCodes {
        venue: "kraken".parse().unwrap(),
        codes: vec![code("ZZZ9", 2), code("<b>", 1), code("Solana", 1)],
        omitted: 0,
    }));
}

#[tokio::test]
async fn a_new_name_is_in_force_and_noted_with_before_and_after() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = editor.get(SOLANA).await;
    let done = send(&mut editor, EDIT, &changed(&page, &[("name", "Sun")])).await;
    assert_eq!(done.location(), SOLANA, "{}", done.body);
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    assert_eq!(in_force.get("solana").unwrap().name, "Sun");
    let page = editor.get(SOLANA).await.body;
    for words in [
        "Sun is saved",
        "/tokens/solana",
        "Reset to the shipped entry",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let note = house.log().await.remove(0).note;
    assert_eq!(note.action, "token.change");
    assert!(note.before.unwrap().contains("\"name\":\"Solana\""));
    assert!(note.after.unwrap().contains("\"name\":\"Sun\""));
    let list = editor.get("/mgmt/tokens?state=changed&q=sun").await.body;
    assert!(list.contains("1 of") && list.contains(SOLANA), "{list}");
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    for (field, value, id, words) in [
        ("name", "", "name-error", "1 to 60 characters"),
        ("symbol", "btc", "symbol-error", "both bitcoin and solana"),
        ("symbol", "A B", "symbol-error", "without blanks"),
        ("kind", "gold", "kind-error", "Choose one"),
        ("contracts", "ethereum", "contracts-error", "Line 1 must be"),
        (
            "contracts",
            "ethereum 0xDAC17F958D2ee523a2206206994597C13D831ec7",
            "contracts-error",
            "take it from one of them",
        ),
        ("codes", "krakn SOL", "codes-error", "known are"),
        ("codes", "kraken XBT", "codes-error", "on kraken"),
    ] {
        let page = editor.get(SOLANA).await;
        let mut fields = changed(&page, &[(field, value)]);
        if field != "name" {
            fields[2].1 = "Kept as typed".to_owned();
        }
        let refused = send(&mut editor, EDIT, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let body = &refused.body;
        assert!(body.contains(&format!("id=\"{id}\"")), "{field} in {body}");
        assert!(body.contains(words), "{words} in {body}");
        assert!(field == "name" || body.contains("Kept as typed"), "{field}");
    }
    assert_eq!(house.tokens.catalogue().borrow().revision(), 0);
}

#[tokio::test]
async fn a_form_that_was_opened_before_someone_elses_change_overwrites_nothing() {
    let house = House::new().await;
    let mut anna = house.signed_in_cheaply("anna", Role::Editor).await;
    let mut bert = house.signed_in_cheaply("bert", Role::Editor).await;
    let (of_anna, of_bert) = (anna.get(SOLANA).await, bert.get(SOLANA).await);
    send(&mut anna, EDIT, &changed(&of_anna, &[("name", "One")])).await;
    let refused = send(&mut bert, EDIT, &changed(&of_bert, &[("name", "Two")])).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Someone else") && refused.body.contains("Two"));
    // The form that came back is of the old state too.
    assert_eq!(refused.field("revision"), "0");
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    assert_eq!(in_force.get("solana").unwrap().name, "One");
}

#[tokio::test]
async fn codes_and_contracts_are_read_as_lines_and_a_reset_gives_them_up() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = editor.get(SOLANA).await;
    let changes = [
        (
            "contracts",
            "base 0xABCDEF0000000000000000000000000000000001",
        ),
        ("codes", "kraken ZZZ9\r\nkraken ZZZ8"),
    ];
    send(&mut editor, EDIT, &changed(&page, &changes)).await;
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    let meant = |venue: &str, code: &str| {
        let token = in_force.meant(&venue.parse().unwrap(), &code.parse().unwrap());
        token.map(|token| token.id.to_string())
    };
    assert_eq!(meant("kraken", "ZZZ9").unwrap(), "solana");
    assert_eq!(meant("kraken", "ZZZ8").unwrap(), "solana");
    assert_eq!(
        meant("kraken", "SOL"),
        None,
        "only its own codes mean it there"
    );
    assert_eq!(meant("binance", "SOL").unwrap(), "solana");
    let address = "0xabcdef0000000000000000000000000000000001";
    assert!(in_force.coin_at("base", address).is_some());
    let mappings = editor
        .get("/mgmt/mappings?exchange=kraken&q=sol")
        .await
        .body;
    assert!(mappings.contains("ZZZ9") && mappings.contains("decided here"));
    let form = format!("{SOLANA}/reset");
    let done = editor.fill(&form, &form, &[]).await;
    assert_eq!(done.location(), SOLANA);
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    assert!(in_force.coin_at("base", address).is_none());
    let again = editor.fill(&form, &form, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_unknown_code_is_suggested_mapped_ignored_or_made_a_token() {
    let house = House::new().await;
    unknown(&house);
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let queue = editor.get("/mgmt/review").await.body;
    assert!(
        queue.contains("3 in all") && !queue.contains("<b>"),
        "{queue}"
    );
    let map = "/mgmt/review/map?exchange=kraken&code=Solana";
    let form = editor.get(map).await.body;
    assert!(
        form.contains("name=\"token\" type=\"text\" value=\"solana\""),
        "{form}"
    );
    let fields = [("exchange", "kraken"), ("code", "Solana"), ("token", "SOL")];
    let refused = editor.fill(map, "/mgmt/review/map", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("token-error") && refused.body.contains("SOL"));
    let fields = [
        ("exchange", "kraken"),
        ("code", "Solana"),
        ("token", "solana"),
    ];
    let done = editor.fill(map, "/mgmt/review/map", &fields).await;
    assert_eq!(done.location(), "/mgmt/review");
    assert!(editor.get("/mgmt/review").await.body.contains("2 in all"));

    let new = "/mgmt/tokens/new?exchange=kraken&code=ZZZ9";
    let form = editor.get(new).await.body;
    assert!(
        form.contains("name=\"symbol\" type=\"text\" value=\"ZZZ9\""),
        "{form}"
    );
    let fields = [
        ("id", "zed"),
        ("name", "Zed"),
        ("symbol", "ZZZ9"),
        ("kind", "crypto"),
        ("enabled", "yes"),
    ];
    let done = editor.fill(new, "/mgmt/tokens/new", &fields).await;
    assert_eq!(done.location(), "/mgmt/tokens/zed");
    assert!(editor.get("/mgmt/review").await.body.contains("1 in all"));

    let ignore = "/mgmt/review/ignore";
    let fields = [("id", "kraken:<b>")];
    let queue = editor.get("/mgmt/review").await;
    let asks = queue.link("Ignore").unwrap();
    let done = editor.fill(&asks, ignore, &fields).await;
    assert_eq!(done.location(), "/mgmt/review");
    let queue = editor.get("/mgmt/review").await.body;
    assert!(queue.contains("&lt;b&gt; on kraken is ignored."), "{queue}");
    assert!(
        editor
            .get("/mgmt/review")
            .await
            .body
            .contains("No code waits")
    );
    let restore = "/mgmt/review/restore";
    let ignored = editor.get("/mgmt/review?state=ignored").await;
    let asks = ignored.link("Restore").unwrap();
    editor.fill(&asks, restore, &fields).await;
    assert!(editor.get("/mgmt/review").await.body.contains("1 in all"));
    let actions: Vec<_> = house
        .log()
        .await
        .into_iter()
        .rev()
        .map(|it| it.note.action)
        .collect();
    let is_own = |it: &&String| it.starts_with("token") || it.starts_with("code");
    let own: Vec<_> = actions.iter().filter(is_own).collect();
    assert_eq!(
        own,
        ["token.map", "token.add", "code.ignore", "code.restore"]
    );
}

#[tokio::test]
async fn a_viewer_sees_tokens_and_the_queue_and_can_change_nothing() {
    let house = House::new().await;
    unknown(&house);
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    for path in ["/mgmt/tokens", SOLANA, "/mgmt/review", "/mgmt/mappings"] {
        let page = viewer.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for button in [">Save<", ">Ignore<", ">Map<", ">New token<"] {
            assert!(!page.body.contains(button), "{button} on {path}");
        }
    }
}
