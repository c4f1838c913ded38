//! `parallax token` beside a running server: keys made, used, listed and revoked by another process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;
use std::time::Duration;

use parallax_sim::{SimConfig, start};
use reqwest::StatusCode;
use serde_json::Value;
use support::{Server, output, program};

/// Runs `parallax token …` on the server's database; what it printed, and what it said besides.
fn token(folder: &Path, arguments: &[&str]) -> Result<(String, String), String> {
    let url = format!("sqlite:{}", folder.join("parallax.db").display());
    let mut command = program();
    command
        .env("PARALLAX_STORE__URL", url)
        .arg("token")
        .args(arguments);
    let (output, said) = output(&mut command);
    let printed = String::from_utf8(output.stdout).unwrap();
    if output.status.success() {
        Ok((printed, said))
    } else {
        assert_eq!(printed, "");
        Err(said)
    }
}

fn listed(folder: &Path) -> Vec<Value> {
    let (json, _) = token(folder, &["list", "--json"]).unwrap();
    serde_json::from_str(&json).unwrap()
}

async fn ask(server: &Server, path: &str, key: &str) -> reqwest::Response {
    let address = format!("http://{}{path}", server.address);
    let request = reqwest::Client::new().get(address).bearer_auth(key);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_key_made_beside_a_running_server_works_at_once_and_ends_within_five_seconds() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let required = [("PARALLAX_API__KEYS", "required")];
    let server = Server::start_with(&sim, folder.path(), false, &required).await;
    let refused = server.get("/api/v1/status").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.get("/").await.status(), StatusCode::OK);

    let create = ["create", "--name", "a bot", "--expires-in", "90d"];
    let (key, said) = token(folder.path(), &create).unwrap();
    let key = key.trim_end();
    assert!(key.starts_with("plx_") && !key.contains(char::is_whitespace));
    assert!(said.contains("will not be shown again") && !said.contains(key));
    let answer = ask(&server, "/api/v1/status", key).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["ratelimit-policy"], "\"key\";q=600;w=6");

    let mut stream = ask(&server, "/api/v1/stream", key).await;
    assert_eq!(stream.status(), StatusCode::OK);
    server
        .eventually("the use is noted", async || {
            listed(folder.path())[0]["last_used_at"].is_string()
        })
        .await;
    let list = listed(folder.path());
    assert_eq!(list[0]["state"], "active");
    assert_eq!(list[0]["scopes"], serde_json::json!(["read", "stream"]));
    let id = list[0]["id"].as_str().unwrap();
    assert!(key.starts_with(list[0]["prefix"].as_str().unwrap()));
    let secret = key.rsplit('_').next().unwrap();
    let (table, _) = token(folder.path(), &["list"]).unwrap();
    assert!(table.contains(id) && table.contains("a bot"), "{table}");
    assert!(!table.contains(secret) && !format!("{list:?}").contains(secret));

    token(folder.path(), &["revoke", id]).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        let mut text = String::new();
        while let Some(bytes) = stream.chunk().await.unwrap() {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    });
    let text = ended.await.unwrap();
    assert!(text.contains("event: end\ndata: {\"reason\":\"key-revoked\""));
    let answer = ask(&server, "/api/v1/status", key).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(listed(folder.path())[0]["state"], "revoked");
    let (_, again) = token(folder.path(), &["revoke", &format!("plx_{id}")]).unwrap();
    assert!(again.contains("was revoked before"), "{again}");
}

#[test]
fn a_key_that_is_not_there_and_a_wrong_word_are_named_with_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = |arguments: &[&str]| token(folder.path(), arguments).unwrap_err();
    let unknown = complaint(&["revoke", "abcdefghij01"]);
    assert!(
        unknown.contains("no key with the id abcdefghij01"),
        "{unknown}"
    );
    let no_id = complaint(&["revoke", "plx_abcdefghij01_secret"]);
    assert!(
        no_id.contains("token list") && !no_id.contains("secret"),
        "{no_id}"
    );
    let scope = complaint(&["create", "--name", "x", "--scope", "write"]);
    assert!(scope.contains("read, stream or admin"), "{scope}");
    let span = complaint(&["create", "--name", "x", "--expires-in", "soon"]);
    assert!(span.contains("90d"), "{span}");
    let name = complaint(&["create", "--name", " "]);
    assert!(name.contains("1 to 64 characters"), "{name}");
    let (printed, said) = token(folder.path(), &["list"]).unwrap();
    assert!(
        printed.is_empty() && said.contains("token create"),
        "{said}"
    );
    assert_eq!(listed(folder.path()), Vec::<Value>::new());
}
