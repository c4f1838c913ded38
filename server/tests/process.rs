//! The program as a process: it stops in time with streams open, and says what is wrong with its
//! configuration.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use parallax_sim::{SimConfig, start};
use support::{Server, output, program};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn sigterm_ends_open_streams_within_five_seconds_and_a_restart_shows_what_was_accepted() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    let mut stream = server.get("/api/v1/stream").await;
    assert!(stream.chunk().await.unwrap().is_some());

    let (status, took) = server.terminate().await;
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    // The stream ends as a whole answer, not by a cut connection.
    while let Some(bytes) = stream.chunk().await.unwrap() {
        assert!(!bytes.is_empty());
    }

    sim.shutdown().await;
    let nobody = start(SimConfig::default()).await.unwrap();
    let unreachable = nobody.addr();
    let restarted = Server::start(&nobody, folder.path(), false).await;
    nobody.shutdown().await;
    let table = restarted.json("/api/v1/tokens").await;
    let rows = table["rows"].as_array().unwrap();
    assert!(
        rows.len() >= 20,
        "{} rows, exchanges at {unreachable}",
        rows.len()
    );
    assert!(
        rows.iter()
            .all(|row| row["price"]["as_of"].is_string() || row["price"]["price"].is_null())
    );
}

#[tokio::test]
async fn a_websocket_goes_through_the_listener_and_is_told_when_the_server_stops() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    let mut socket = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let request = "GET /api/v1/ws?exchange=kraken HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\n\
                   upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let has = |heard: &[u8], text: &str| heard.windows(text.len()).any(|it| it == text.as_bytes());
    while !has(&heard, "\"rates\":[{\"exchange\":\"kraken\"") {
        assert!(socket.read_buf(&mut heard).await.unwrap() > 0);
    }
    assert!(heard.starts_with(b"HTTP/1.1 101 "));
    let (status, took) = server.terminate().await;
    assert!(
        status.success() && took < Duration::from_secs(5),
        "{took:?}"
    );
    socket.read_to_end(&mut heard).await.unwrap();
    assert!(has(&heard, "the server stops"));
    sim.shutdown().await;
}

#[tokio::test]
async fn every_endpoint_answers_with_its_type() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    for (path, status, kind) in [
        ("/", 200, "text/html"),
        ("/tokens/bitcoin", 200, "text/html"),
        ("/tokens/nonsense", 404, "text/html"),
        ("/nowhere", 404, "text/html"),
        ("/status", 200, "text/html"),
        ("/markets", 200, "text/html"),
        ("/api/v1/tokens", 200, "application/json"),
        ("/api/v1/tokens/nonsense", 404, "application/problem+json"),
        ("/api/v1/nowhere", 404, "application/problem+json"),
        ("/api/v1/status", 200, "application/json"),
        ("/healthz", 200, "text/plain"),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        let got = response.headers()["content-type"].to_str().unwrap();
        assert!(got.starts_with(kind), "{path}: {got}");
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
    }
    let page = server.get("/").await.text().await.unwrap();
    assert!(page.contains("Simulated market: not real prices"));
}

#[test]
fn a_wrong_setting_is_named_with_its_value_and_what_is_allowed() {
    let (result, text) = output(
        program()
            .env("PARALLAX_STORE__FLUSH_EVERY_MS", "5")
            .args(["config", "check"]),
    );
    assert_eq!(result.status.code(), Some(1));
    assert_eq!(
        text.trim(),
        "parallax: store.flush_every_ms is 5, but must be 100 to 60000"
    );
    let (_, text) = output(
        program()
            .env("PARALLAX_LISTEN", "here")
            .args(["config", "check"]),
    );
    assert_eq!(
        text.trim(),
        "parallax: listen is \"here\", but must be an address and a port such as 127.0.0.1:3000"
    );
    let (_, text) = output(
        program()
            .env("PARALLAX_LITSEN", "127.0.0.1:1")
            .args(["config", "check"]),
    );
    assert!(text.contains("litsen"), "{text}");
    let (_, text) = output(program().args(["--config", "/nowhere.toml", "config", "check"]));
    assert!(
        text.contains("/nowhere.toml") && text.contains("--config"),
        "{text}"
    );
}

#[tokio::test]
async fn a_database_that_is_not_there_is_reported_without_its_password() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://parallax:hunter2@127.0.0.1:1/none";
    let spool = folder.path().join("spool").display().to_string();
    let settings = [
        ("DATABASE_URL", url),
        ("PARALLAX_STORE__SPOOL_FOLDER", spool.as_str()),
    ];
    let server = Server::start_with(&sim, folder.path(), false, &settings).await;
    server
        .eventually("the failure is on the status", async || {
            let status = server.json("/api/v1/status").await;
            status["store"]["last_error"].is_string()
        })
        .await;
    for path in [
        "/api/v1/status",
        "/status",
        "/readyz",
        "/api/v1/tokens/bitcoin/candles",
    ] {
        let text = server.get(path).await.text().await.unwrap();
        assert!(!text.contains("hunter2"), "{path}: {text}");
    }
}

#[test]
fn the_help_names_the_defaults_and_how_to_change_them() {
    let help = program().arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    for word in [
        "127.0.0.1:3000",
        "PARALLAX_",
        "DATABASE_URL",
        "--config",
        "Ctrl-C",
    ] {
        assert!(text.contains(word), "{word}");
    }
}
