//! What a browser is told about every answer: what may run in it, and who may frame it.

use super::*;

const PAGES: [&str; 7] = [
    "/",
    "/tokens/token-0",
    "/compare?ids=token-0",
    "/status",
    "/markets",
    "/tokens/none",
    "/nowhere",
];

fn nonce_of(policy: &str) -> &str {
    let (_, after) = policy.split_once("'nonce-").unwrap();
    after.split_once('\'').unwrap().0
}

/// Whether a browser runs a script that stands in a page, by the policy's `script-src`.
fn runs(policy: &str, script: &str) -> bool {
    let mut rules = policy.split(';').map(str::trim);
    let Some(rule) = rules.find(|rule| rule.starts_with("script-src ")) else {
        return true;
    };
    if !rule.contains("'nonce-") {
        return rule.contains("'unsafe-inline'");
    }
    script.contains(&format!(" nonce=\"{}\"", nonce_of(policy)))
}

/// The opening tags of a page's scripts.
fn scripts(page: &str) -> Vec<&str> {
    let tags = page.split("<script").skip(1);
    tags.map(|rest| rest.split_once('>').unwrap().0).collect()
}

#[tokio::test]
async fn a_page_runs_the_scripts_that_the_server_wrote_and_no_other() {
    let house = house(&[token(0, "Name")]).await;
    house.publish("token-0", "1", Status::Live);
    // Shared renderings, and those for one reader alone.
    for headers in [&[][..], &[("cookie", "a=b")]] {
        for path in PAGES {
            let response = house.answer(path, headers).await;
            let policy = header_of(&response, "content-security-policy").to_owned();
            for rule in [
                "default-src 'none'",
                "style-src 'self';",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(rule), "{path}: {policy}");
            }
            assert!(
                !policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"),
                "{path}: {policy}"
            );
            let page = text_of(response).await;
            let scripts = scripts(&page);
            assert!(!scripts.is_empty(), "{path}");
            for script in scripts {
                assert!(runs(&policy, script), "{path}: <script{script}>");
            }
            // Somebody's script that got into the page runs where nothing forbids it.
            let injected = "<script>steal()</script>";
            assert!(runs("", injected) && runs("script-src 'unsafe-inline'", injected));
            assert!(!runs(&policy, injected));
            for forbidden in [
                " style=\"",
                " onclick=",
                " onload=",
                " onerror=",
                "javascript:",
            ] {
                assert!(!page.contains(forbidden), "{path} has {forbidden}");
            }
        }
    }
}

/// The attack: read a page to learn its nonce, and have it in what the next reader is shown.
#[tokio::test]
async fn a_nonce_that_was_read_in_a_page_is_of_no_use_in_the_next() {
    let house = house(&[token(0, "Name")]).await;
    house.publish("token-0", "1", Status::Live);
    for path in PAGES {
        let read = house.answer(path, &[]).await;
        let stolen = nonce_of(header_of(&read, "content-security-policy")).to_owned();
        let injected = format!("<script nonce=\"{stolen}\">steal()</script>");
        assert!(runs(header_of(&read, "content-security-policy"), &injected));
        let next = house.answer(path, &[]).await;
        assert!(
            !runs(header_of(&next, "content-security-policy"), &injected),
            "{path}"
        );
    }
}

#[tokio::test]
async fn whatever_is_answered_may_be_framed_by_nobody_and_guessed_at_by_no_browser() {
    let house = house(&[token(0, "Name")]).await;
    house.publish("token-0", "1", Status::Live);
    let others = [
        "/api/v1/tokens",
        "/api/v1/nothing",
        "/api/v3/ping",
        "/udf/config",
        "/badges/token-0.svg",
        "/charts/token-0.svg",
        "/charts/token-0.json",
        "/fn/imprint",
        "/openapi.json",
        "/healthz",
        "/docs",
        "/redoc",
        "/mgmt",
        "/mgmt/login",
        "/pkg/nothing.js",
    ];
    for path in PAGES.into_iter().chain(others) {
        let response = house.answer(path, &[]).await;
        let policy = header_of(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        let says = |name| header_of(&response, name);
        assert_eq!(says("x-frame-options"), "DENY", "{path}");
        assert_eq!(says("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(says("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!says("referrer-policy").is_empty(), "{path}");
        assert_eq!(says("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_come_by_tls_only_where_they_came_by_tls() {
    let house = house(&[token(0, "Name")]).await;
    for path in ["/", "/api/v1/tokens", "/mgmt/login", "/nowhere"] {
        let behind_tls = house.answer(path, &[("x-forwarded-proto", "https")]).await;
        let told = header_of(&behind_tls, "strict-transport-security");
        assert_eq!(told, TLS_ONLY, "{path}");
        let plain = house.answer(path, &[("x-forwarded-proto", "http")]).await;
        assert_eq!(header_of(&plain, "strict-transport-security"), "", "{path}");
    }
}

/// A picture that is opened as a page of its own is a document of this site.
#[tokio::test]
async fn a_picture_can_run_nothing() {
    let house = house(&[token(0, "<script>steal()</script>")]).await;
    house.publish("token-0", "1", Status::Live);
    for path in ["/badges/token-0.svg", "/charts/token-0.svg"] {
        let response = house.answer(path, &[]).await;
        let policy = header_of(&response, "content-security-policy");
        let locked =
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
        assert_eq!(policy, locked, "{path}");
        assert!(!text_of(response).await.contains("<script"), "{path}");
    }
}
