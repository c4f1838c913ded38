//! The audit log's screen: filters, pages, before and after, CSV; and hostile texts in it.

use std::time::Duration;

use axum::http::StatusCode;
use parallax::account::Role;

use crate::house::{House, OTHER};

#[tokio::test]
async fn the_log_is_filtered_and_opens_to_before_and_after() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    house
        .browser()
        .try_to_sign_in("=cmd()<script>", OTHER)
        .await;
    let page = admin.get("/mgmt/audit").await.body;
    assert!(page.contains("=cmd()&lt;script&gt;") && !page.contains("<script"));
    assert!(
        page.contains("<details") && page.contains("&quot;role&quot;: &quot;superuser&quot;")
            || page.contains("\"role\": \"superuser\"")
    );
    let filtered = admin.get("/mgmt/audit?action=session.&who=anna").await.body;
    assert!(filtered.contains("session.sign_in") && !filtered.contains("account.create"));
    assert!(!filtered.contains("cmd()"));
    let other_day = admin.get("/mgmt/audit?from=2026-11-23").await.body;
    assert!(other_day.contains("Nothing fits."));
    let day = admin
        .get("/mgmt/audit?from=2026-11-22&until=2026-11-22")
        .await
        .body;
    assert!(day.contains("account.create"));
    let wrong = admin.get("/mgmt/audit?from=yesterday").await.body;
    assert!(wrong.contains("A day is written 2026-01-31."));
    let csv = admin
        .get("/mgmt/audit?action=session.sign_in_failed&format=csv")
        .await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<_> = csv.body.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains("\"'=cmd()<script>\""), "{}", lines[1]);
    let other = admin
        .get("/mgmt/audit?sort=at&cols=id&format=csv")
        .await
        .body;
    let ids: Vec<_> = other
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    assert_eq!(ids[..2], ["1", "2"], "{other}");
}

#[tokio::test]
async fn older_entries_are_on_further_pages_and_none_is_missing() {
    let house = House::new().await;
    let mut admin = house.signed_in("anna", Role::Superuser).await;
    let account = house
        .accounts
        .named(&"anna".parse().unwrap())
        .await
        .unwrap()
        .account;
    let by = parallax_service::accounts::By::owner(&account, parallax::audit::Origin::default());
    for number in 0..120 {
        house.advance(Duration::from_millis(1));
        let note = by.note(&format!("test.n{number:03}"), None, house.now());
        house.accounts.note(&note).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut path = "/mgmt/audit?action=test.".to_owned();
    for _ in 0..3 {
        let page = admin.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        seen.push(numbers(&page.body));
        path = page.link("Next").unwrap_or_default();
    }
    assert_eq!(path, "", "the last page has no next one");
    let expected: Vec<_> = (0..120)
        .rev()
        .map(|number| format!("{number:03}"))
        .collect();
    assert_eq!(seen.concat(), expected);
    // Back the same way, and the same in the other order.
    let first = admin.get("/mgmt/audit?action=test.").await;
    assert_eq!(first.link("Previous"), None);
    let second = admin.get(&first.link("Next").unwrap()).await;
    assert_eq!(numbers(&second.body), seen[1]);
    let back = admin.get(&second.link("Previous").unwrap()).await;
    assert_eq!(numbers(&back.body), seen[0]);
    assert_eq!(back.link("Previous"), None);
    let oldest = admin.get("/mgmt/audit?action=test.&sort=at").await;
    assert_eq!(numbers(&oldest.body)[..2], ["000", "001"]);
    let newer = admin.get(&oldest.link("Next").unwrap()).await;
    assert_eq!(numbers(&newer.body)[0], "050");
    let csv = admin.get("/mgmt/audit?action=test.&format=csv").await;
    assert_eq!(csv.body.lines().count(), 121);
}

/// The numbers of the test's entries on a page, in their order.
fn numbers(page: &str) -> Vec<String> {
    let found = page.split("test.n").skip(1);
    found.map(|rest| rest[..3].to_owned()).collect()
}
