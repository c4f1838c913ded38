//! Which tokens are read on an exchange.

use std::sync::Arc;

use axum::http::StatusCode;
use parallax::account::Role;

use crate::house::House;

const LIST: &str = "/mgmt/exchanges/kraken/tokens";

fn meant(house: &House, code: &str) -> Option<String> {
    let in_force = Arc::clone(&house.tokens.catalogue().borrow());
    let token = in_force.meant(&"kraken".parse().unwrap(), &code.parse().unwrap());
    token.map(|token| token.id.to_string())
}

#[tokio::test]
async fn tokens_are_not_read_on_an_exchange_and_read_again_with_the_codes_they_had() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    assert!(
        editor
            .get("/mgmt/exchanges/kraken")
            .await
            .body
            .contains(LIST)
    );
    let list = editor.get(LIST).await.body;
    assert!(
        list.contains("BTC XBT") && list.contains("kraken:bitcoin"),
        "{list}"
    );
    let ids = [("id", "kraken:bitcoin"), ("id", "kraken:solana")];
    let ask = "/mgmt/reading/stop?id=kraken:bitcoin&id=kraken:solana";
    let question = editor.get(ask).await.body;
    for words in ["Bitcoin (BTC)", "Solana (SOL)", "quoted in it", LIST] {
        assert!(question.contains(words), "{words} in {question}");
    }
    let done = editor.fill(ask, "/mgmt/reading/stop", &ids).await;
    assert_eq!(done.location(), LIST);
    assert_eq!((meant(&house, "XBT"), meant(&house, "SOL")), (None, None));
    assert!(meant(&house, "USDT").is_some(), "no other token");
    let away = editor
        .get(&format!("{LIST}?state=not+read+here"))
        .await
        .body;
    assert!(
        away.contains("2 of 4") && away.contains("BTC XBT"),
        "{away}"
    );
    let csv = editor
        .get(&format!("{LIST}?state=not+read+here&format=csv"))
        .await
        .body;
    assert!(
        csv.contains("\"Bitcoin\",\"BTC\",\"not read here\",\"BTC XBT\",0,0"),
        "{csv}"
    );
    let ask = "/mgmt/reading/resume?id=kraken:bitcoin&id=kraken:solana";
    editor.fill(ask, "/mgmt/reading/resume", &ids).await;
    assert_eq!(meant(&house, "XBT").unwrap(), "bitcoin");
    assert_eq!(meant(&house, "SOL").unwrap(), "solana");
    let bitcoin = house.tokens.get("bitcoin").unwrap().entry;
    assert_eq!(&bitcoin, house.tokens.shipped("bitcoin").unwrap());
    let actions = house.actions().await;
    let own: Vec<_> = actions
        .iter()
        .filter(|it| it.starts_with("token."))
        .collect();
    let expected = ["token.read", "token.read", "token.unread", "token.unread"];
    assert_eq!(own, expected);
}

#[tokio::test]
async fn a_tokens_form_keeps_what_is_set_aside_and_what_is_done_twice_is_said() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let stop = "/mgmt/reading/kraken:bitcoin/stop";
    let done = editor.fill(stop, stop, &[]).await;
    assert_eq!(done.location(), LIST, "{}", done.body);
    let again = editor.fill(stop, stop, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let (page, form) = ("/mgmt/tokens/bitcoin", "/mgmt/tokens/bitcoin/edit");
    let shown = editor.get(page).await;
    assert!(shown.body.contains("kraken -"), "{}", shown.body);
    let revision = shown.field("revision");
    let fields = [
        ("revision", revision.as_str()),
        ("name", "Bit Coin"),
        ("symbol", "BTC"),
        ("kind", "crypto"),
        ("codes", "kraken -"),
        ("enabled", "yes"),
    ];
    let done = editor.fill(page, form, &fields).await;
    assert_eq!(done.location(), page, "{}", done.body);
    let resume = "/mgmt/reading/kraken:bitcoin/resume";
    editor.fill(resume, resume, &[]).await;
    assert_eq!(meant(&house, "XBT").unwrap(), "bitcoin");
    for path in [
        "/mgmt/exchanges/nothing/tokens",
        "/mgmt/reading/kraken:nothing/stop",
        "/mgmt/reading/nothing:bitcoin/stop",
        "/mgmt/reading/bitcoin/stop",
    ] {
        assert_eq!(
            editor.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_viewer_sees_which_tokens_are_read_and_cannot_change_it() {
    let house = House::new().await;
    let mut viewer = house.signed_in_cheaply("vera", Role::Viewer).await;
    let list = viewer.get(LIST).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(!list.body.contains("Do not read here"), "{}", list.body);
}
