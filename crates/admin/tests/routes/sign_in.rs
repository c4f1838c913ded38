//! The way in: the first run, names and passwords, throttling, the second step.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use parallax::account::Role;
use parallax_service::accounts::SharedSecret;

use crate::browser::encoded;
use crate::house::{House, OTHER, PASSWORD};

#[tokio::test]
async fn without_an_account_the_way_in_says_how_to_make_one_and_makes_none() {
    let house = House::new().await;
    let mut browser = house.browser();
    let start = browser.get("/mgmt").await;
    assert_eq!(
        (start.status, start.location()),
        (StatusCode::SEE_OTHER, "/mgmt/login")
    );
    let page = browser.get("/mgmt/login").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("parallax createsuperuser"));
    assert!(!page.body.contains("<form"), "{}", page.body);
    for path in ["/mgmt/users/new", "/mgmt/login"] {
        let fields = [
            ("username", "eve"),
            ("new_password", PASSWORD),
            ("role", "superuser"),
        ];
        let answer = browser.post(path, &fields).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
    assert!(house.accounts.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_keeps_the_name_and_not_the_password() {
    let house = House::new().await;
    house.person("anna", Role::Viewer).await;
    let mut browser = house.browser();
    let refused = browser.try_to_sign_in("anna", OTHER).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .body
            .contains("The username or the password is wrong.")
    );
    assert!(refused.body.contains("value=\"anna\""));
    assert!(!refused.body.contains(OTHER) && browser.session().is_none());
    let unknown = browser.try_to_sign_in("<b>nobody", OTHER).await;
    assert_eq!(unknown.status, refused.status);
    assert!(
        unknown
            .body
            .contains("The username or the password is wrong.")
    );
    assert!(unknown.body.contains("&lt;b&gt;nobody") && !unknown.body.contains("<b>nobody"));
    browser.sign_in("anna", PASSWORD).await;
    let start = browser.get("/mgmt").await;
    assert!(start.body.contains("You are signed in as anna (viewer)."));
    let expected = [
        "session.sign_in",
        "session.sign_in_failed",
        "session.sign_in_failed",
        "account.create",
    ];
    assert_eq!(house.actions().await, expected);
    let log = house.log().await;
    assert_eq!(log[0].note.origin.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(log[0].note.origin.agent.as_deref(), Some("a test"));
    assert_eq!(log[1].note.actor.name, "<b>nobody");
}

#[tokio::test]
async fn someone_is_taken_to_the_page_they_asked_for_and_never_elsewhere() {
    let house = House::new().await;
    house.person("anna", Role::Viewer).await;
    let mut browser = house.browser();
    let asked = browser.get("/mgmt/me/password?a=b").await;
    assert_eq!(
        asked.location(),
        "/mgmt/login?next=%2Fmgmt%2Fme%2Fpassword%3Fa%3Db"
    );
    let page = browser.get(asked.location()).await;
    let (token, next) = (page.field("form"), page.field("next"));
    let mut fields = vec![
        ("form", token.as_str()),
        ("username", "anna"),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    let done = browser.clone().post("/mgmt/login", &fields).await;
    assert_eq!(done.location(), "/mgmt/me/password?a=b");
    let token = browser.get("/mgmt/login").await.field("form");
    fields[0].1 = &token;
    fields[3].1 = "https://evil.example/mgmt";
    let done = browser.post("/mgmt/login", &fields).await;
    assert_eq!(done.location(), "/mgmt");
}

#[tokio::test]
async fn strangers_cannot_lock_the_owner_out_of_a_browser_that_is_known() {
    let house = House::new().await;
    let mut known = house.signed_in("anna", Role::Viewer).await;
    let mut stranger = house.browser();
    for number in 0..10 {
        house.from([198, 51, 100, number]);
        let refused = stranger.try_to_sign_in("anna", OTHER).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    house.from([198, 51, 100, 99]);
    let throttled = stranger.try_to_sign_in("anna", PASSWORD).await;
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        throttled
            .body
            .contains("Too many tries; try again in 15 min.")
    );
    // A name that nobody has is throttled in the same way.
    for _ in 0..10 {
        stranger.try_to_sign_in("nobody", OTHER).await;
    }
    let nobody = stranger.try_to_sign_in("nobody", OTHER).await;
    assert_eq!(nobody.status, StatusCode::TOO_MANY_REQUESTS);
    let token = known.get("/mgmt").await.token_of("/mgmt/logout");
    known.post("/mgmt/logout", &[("form", &token)]).await;
    assert!(!known.is_in().await);
    known.sign_in("anna", PASSWORD).await;
    house.advance(Duration::from_secs(15 * 60));
    stranger.sign_in("anna", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_sign_ins_at_once_two_are_at_work_and_those_too_many_may_try_again() {
    let house = House::new().await;
    let names: Vec<_> = (0..50).map(|number| format!("person{number}")).collect();
    house.people(&names).await;
    let mut browsers = Vec::new();
    for name in names {
        let mut browser = house.browser();
        let token = browser.get("/mgmt/login").await.field("form");
        browsers.push((name, browser, token));
    }
    let tries = browsers
        .into_iter()
        .enumerate()
        .map(|(number, (name, mut browser, token))| {
            tokio::spawn(async move {
                // From an address each: it is the work that must be bounded here.
                let address = format!("198.51.100.{number}");
                let headers = [
                    ("sec-fetch-site", "same-origin"),
                    ("x-test-address", &address),
                ];
                let body = encoded(&[("form", &token), ("username", &name), ("password", OTHER)]);
                browser
                    .send(Method::POST, "/mgmt/login", &headers, body)
                    .await
                    .status
            })
        });
    let mut answers = Vec::new();
    for done in tries.collect::<Vec<_>>() {
        answers.push(done.await.unwrap());
    }
    assert!(house.hasher.most_at_once() <= 2);
    let worked = StatusCode::UNPROCESSABLE_ENTITY;
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert!(count(worked) >= 18 && count(busy) > 0, "{answers:?}");
    assert_eq!(count(worked) + count(busy), 50, "{answers:?}");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_answered_as_slowly_as_a_wrong_password() {
    let house = House::new().await;
    house.person("anna", Role::Viewer).await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..5 {
        for (which, name) in ["anna", "nobody"].into_iter().enumerate() {
            house.from([198, 51, 100, round]);
            let mut browser = house.browser();
            let token = browser.get("/mgmt/login").await.field("form");
            let fields = [
                ("form", token.as_str()),
                ("username", name),
                ("password", OTHER),
            ];
            let began = Instant::now();
            browser.post("/mgmt/login", &fields).await;
            times[which].push(began.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[2]
    });
    assert!(
        unknown * 3 > known && known * 3 > unknown,
        "{known:?} {unknown:?}"
    );
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_no_code_works_twice() {
    let house = House::new().await;
    let mut owner = house.signed_in("anna", Role::Viewer).await;
    let page = owner.get("/mgmt/me/second-factor").await;
    assert!(page.body.contains("<svg") && !page.body.contains("<script"));
    let letters = page.body.split("<p><code>").nth(1).unwrap();
    let letters = letters.split("</code>").next().unwrap().replace(' ', "");
    let secret = SharedSecret::read(&letters).unwrap();
    let code = || secret.code_at(house.now()).unwrap();
    let set_up = "/mgmt/me/second-factor";
    let wrong = owner.fill(set_up, set_up, &[("code", "12345")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = owner.fill(set_up, set_up, &[("code", &code())]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let recovery: Vec<_> = done.body.split("<li><code>").skip(1).collect();
    let recovery: Vec<_> = recovery
        .iter()
        .map(|rest| rest.split('<').next().unwrap())
        .collect();
    assert_eq!(recovery.len(), 10);
    assert!(owner.is_in().await);

    let mut browser = house.browser();
    let first = browser.try_to_sign_in("anna", PASSWORD).await;
    assert_eq!(first.location(), "/mgmt/login/code");
    // The password alone opens nothing.
    assert!(!browser.is_in().await);
    let step = "/mgmt/login/code";
    let used = browser.fill(step, step, &[("code", &code())]).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY);
    house.advance(Duration::from_secs(30));
    let now = code();
    let half_way = browser.clone();
    let done = browser.fill(step, step, &[("code", &now)]).await;
    assert_eq!(done.location(), "/mgmt", "{}", done.body);
    assert!(browser.is_in().await);
    // The same code in another browser that also knows the password.
    let mut thief = house.browser();
    thief.try_to_sign_in("anna", PASSWORD).await;
    let replayed = thief.fill(step, step, &[("code", &now)]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = thief.fill(step, step, &[("code", recovery[0])]).await;
    assert_eq!(done.location(), "/mgmt");
    let mut again = house.browser();
    again.try_to_sign_in("anna", PASSWORD).await;
    let replayed = again.fill(step, step, &[("code", recovery[0])]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The session that waited for the code has a new id since it got one.
    assert_eq!(half_way.clone().get(step).await.location(), "/mgmt/login");
    house.advance(Duration::from_secs(5 * 60));
    assert_eq!(again.get(step).await.location(), "/mgmt/login");
}

#[tokio::test]
async fn cookies_are_host_bound_and_secure_unless_this_machine_is_asked_without_tls() {
    let house = House::new().await;
    house.person("anna", Role::Viewer).await;
    let mut remote = house.browser();
    let done = remote.try_to_sign_in("anna", PASSWORD).await;
    let lines: Vec<_> = done.headers.get_all("set-cookie").iter().collect();
    let lines: Vec<_> = lines.iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in &lines {
        assert!(line.starts_with("__Host-parallax"), "{line}");
        for part in ["HttpOnly", "Secure", "Path=/", "SameSite="] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("Domain"));
    }
    assert!(lines.iter().any(|line| line.contains("SameSite=Lax")));
    house.from([127, 0, 0, 1]);
    let mut local = house.browser();
    local.host = "localhost:3000".to_owned();
    local.sign_in("anna", PASSWORD).await;
    let names: Vec<_> = local.cookies.keys().collect();
    assert_eq!(names, ["parallax", "parallax-browser", "parallax-form"]);
    // The same machine behind a proxy that speaks TLS.
    let mut proxied = house.browser();
    proxied.sign_in("anna", PASSWORD).await;
    assert!(proxied.session().is_some());
}
