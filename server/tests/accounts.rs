//! `parallax createsuperuser`, `changepassword` and `users`, and what they made in the admin of a running server.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use parallax_sim::{SimConfig, start};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::Value;
use support::{Server, output, program};

const PASSWORD: &str = "walnut ferry quartz lamp";

/// Runs a command on the database in `folder`; what it printed and said. `typed` goes to its standard input.
fn run(
    folder: &Path,
    arguments: &[&str],
    variable: Option<&str>,
    typed: Option<&str>,
) -> Result<(String, String), String> {
    let url = format!("sqlite:{}", folder.join("parallax.db").display());
    let mut command = program();
    command.env("PARALLAX_STORE__URL", url).args(arguments);
    if let Some(password) = variable {
        command.env("PARALLAX_PASSWORD", password);
    }
    if let Some(typed) = typed {
        let (read, mut write) = std::io::pipe().unwrap();
        write.write_all(typed.as_bytes()).unwrap();
        drop(write);
        command.stdin(Stdio::from(read));
    }
    let (output, said) = output(&mut command);
    let printed = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => Ok((printed, said)),
        Some(1 | 2) => Err(said),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn accounts_are_made_listed_changed_and_disabled_by_commands() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (printed, said) = run(folder, &["users", "list"], None, None).unwrap();
    assert!(
        printed.is_empty() && said.contains("createsuperuser"),
        "{said}"
    );
    let create = ["createsuperuser", "--username", "anna"];
    let no_password = run(folder, &create, None, None).unwrap_err();
    assert!(no_password.contains("--password-stdin") && no_password.contains("PARALLAX_PASSWORD"));
    let common = run(folder, &create, Some("password1234"), None).unwrap_err();
    assert!(
        common.contains("common") && !common.contains("password1234"),
        "{common}"
    );
    let (_, said) = run(folder, &create, Some(PASSWORD), None).unwrap();
    assert!(said.contains("the superuser anna is made") && !said.contains(PASSWORD));
    let taken = run(folder, &create, Some(PASSWORD), None).unwrap_err();
    assert!(
        taken.contains("there is an account with this name already"),
        "{taken}"
    );
    let from_stdin = ["createsuperuser", "--username", "bert", "--password-stdin"];
    run(
        folder,
        &from_stdin,
        None,
        Some("copper ladder violin moss\n"),
    )
    .unwrap();
    let no_name = run(folder, &["createsuperuser"], Some(PASSWORD), None).unwrap_err();
    assert!(no_name.contains("--username"), "{no_name}");
    let wrong = run(
        folder,
        &["createsuperuser", "--username", "a b"],
        None,
        None,
    )
    .unwrap_err();
    assert!(wrong.contains("3 to 64 letters"), "{wrong}");

    run(folder, &["users", "disable", "bert"], None, None).unwrap();
    let last = run(folder, &["users", "disable", "anna"], None, None).unwrap_err();
    assert!(last.contains("last superuser"), "{last}");
    let unknown = run(folder, &["users", "disable", "nobody"], None, None).unwrap_err();
    assert!(unknown.contains("no such account") && unknown.contains("users list"));
    let (json, _) = run(folder, &["users", "list", "--json"], None, None).unwrap();
    let listed: Vec<Value> = serde_json::from_str(&json).unwrap();
    let state = |at: usize| {
        (
            &listed[at]["username"],
            &listed[at]["state"],
            &listed[at]["role"],
        )
    };
    assert_eq!(
        state(0),
        (&"anna".into(), &"active".into(), &"superuser".into())
    );
    assert_eq!(
        state(1),
        (&"bert".into(), &"disabled".into(), &"superuser".into())
    );
    assert!(!json.contains("argon2"));
    let (table, _) = run(folder, &["users", "list"], None, None).unwrap();
    assert!(
        table.contains("anna") && table.contains("disabled"),
        "{table}"
    );
    run(folder, &["users", "enable", "bert"], None, None).unwrap();
    let changed = run(
        folder,
        &["changepassword", "anna"],
        Some("new walnut ferry lamp"),
        None,
    );
    assert!(changed.unwrap().1.contains("all its sessions have ended"));
}

/// Sends the form of the way in, and keeps what the browser would.
async fn sign_in(server: &Server, http: &Client, password: &str) -> (Response, String) {
    let address = format!("http://{}/mgmt/login", server.address);
    let page = http.get(&address).send().await.unwrap();
    let cookies = cookies(&page);
    let body = page.text().await.unwrap();
    let token = body.split("name=\"form\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();
    let form = format!(
        "form={token}&username=anna&password={}",
        password.replace(' ', "+")
    );
    let request = http
        .post(&address)
        .header(ORIGIN, format!("http://{}", server.address))
        .header(COOKIE, &cookies)
        .body(form);
    (request.send().await.unwrap(), cookies)
}

fn cookies(answer: &Response) -> String {
    let lines = answer.headers().get_all(SET_COOKIE).iter();
    let pairs = lines.map(|line| line.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn an_account_made_beside_a_running_server_opens_its_admin() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    let http = Client::builder().redirect(redirect::Policy::none());
    let http = http.build().unwrap();
    let login = server.get("/mgmt/login").await.text().await.unwrap();
    assert!(login.contains("parallax createsuperuser") && !login.contains("<form"));

    let create = ["createsuperuser", "--username", "anna"];
    run(folder.path(), &create, Some(PASSWORD), None).unwrap();
    let (refused, _) = sign_in(&server, &http, "something else").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let (done, _) = sign_in(&server, &http, PASSWORD).await;
    assert_eq!(done.headers()[LOCATION], "/mgmt");
    let cookies = cookies(&done);
    let open = async || {
        let address = format!("http://{}/mgmt", server.address);
        let page = http.get(address).header(COOKIE, &cookies).send().await;
        page.unwrap()
    };
    let page = open().await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("signed in as anna (superuser)")
    );
    // At once, without a restart.
    run(
        folder.path(),
        &["changepassword", "anna"],
        Some("copper ladder violin moss"),
        None,
    )
    .unwrap();
    assert_eq!(open().await.status(), StatusCode::SEE_OTHER);
}
