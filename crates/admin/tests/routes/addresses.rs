//! Where an exchange is looked for.

use axum::http::StatusCode;
use parallax::account::Role;

use crate::browser::{Answer, Browser};
use crate::house::House;

const FORM: &str = "/mgmt/exchanges/kraken/addresses";

async fn send(editor: &mut Browser, stream: &str, rest: &str) -> Answer {
    let page = editor.get(FORM).await;
    let (form, revision) = (page.token_of(FORM), page.field("revision"));
    let fields = [
        ("form", form.as_str()),
        ("revision", revision.as_str()),
        ("stream", stream),
        ("rest", rest),
    ];
    editor.post(FORM, &fields).await
}

fn given(house: &House) -> Option<(Option<String>, Option<String>)> {
    let set = house.kraken.borrow();
    let given = set.addresses.as_deref()?;
    Some((given.stream.clone(), given.rest.clone()))
}

#[tokio::test]
async fn an_editor_gives_other_addresses_and_goes_back_to_the_configured_ones() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    let page = editor.get(FORM).await.body;
    assert!(page.contains("wss://ws.kraken.com"), "{page}");
    let done = send(&mut editor, "wss://ws.example/", "").await;
    assert_eq!(done.location(), "/mgmt/exchanges/kraken", "{}", done.body);
    let stream = Some("wss://ws.example".to_owned());
    assert_eq!(given(&house), Some((stream, None)));
    let entry = house.log().await.remove(0).note;
    assert_eq!(entry.action, "venue.addresses");
    assert!(entry.after.unwrap().contains("wss://ws.example"));
    let done = send(&mut editor, "", " ").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(given(&house), None);
}

#[tokio::test]
async fn addresses_that_lead_inwards_are_refused_beside_the_field_and_nothing_is_lost() {
    let house = House::new().await;
    let mut editor = house.signed_in_cheaply("anna", Role::Editor).await;
    for (stream, rest, field) in [
        ("wss://127.0.0.1:9/ws", "", "stream-error"),
        ("wss://[::ffff:127.0.0.1]", "", "stream-error"),
        ("ws://ws.example", "", "stream-error"),
        ("wss://a:b@ws.example", "", "stream-error"),
        ("", "https://169.254.169.254/latest/meta-data", "rest-error"),
        ("", "https://2130706433", "rest-error"),
        ("", "http://api.example", "rest-error"),
        ("", "file:///etc/passwd", "rest-error"),
        ("wss://ws.example", "gopher://x", "rest-error"),
    ] {
        let answer = send(&mut editor, stream, rest).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{stream} {rest}"
        );
        assert!(
            answer.body.contains(&format!("id=\"{field}\"")),
            "{stream} {rest}"
        );
        for typed in [stream, rest].into_iter().filter(|typed| !typed.is_empty()) {
            assert!(
                answer.body.contains(&format!("value=\"{typed}\"")),
                "{typed}"
            );
        }
    }
    assert_eq!(given(&house), None);
}
