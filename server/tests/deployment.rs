//! The program as containers run it: where it listens, how its health is asked, where its metrics are, and that
//! what it logs is one line of JSON an event.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use parallax_sim::{SimConfig, start};
use serde_json::Value;
use support::{Server, output, program};

#[test]
fn the_hosts_port_is_listened_on_everywhere_unless_the_configuration_names_an_address() {
    let listens_on = |settings: &[(&str, &str)]| {
        let mut program = program();
        program
            .envs(settings.iter().copied())
            .args(["config", "check"]);
        let (result, error) = output(&mut program);
        String::from_utf8(result.stdout).unwrap() + &error
    };
    let host = ("PORT", "8080");
    for (settings, address) in [
        (vec![host], "0.0.0.0:8080"),
        (vec![("PORT", "")], "127.0.0.1:3000"),
        (
            vec![host, ("PARALLAX_LISTEN", "127.0.0.1:9")],
            "127.0.0.1:9",
        ),
        (
            vec![("PORT", "many")],
            "PORT is \"many\", but must be a port, 1 to 65535",
        ),
        (
            vec![host, ("PARALLAX_METRICS__LISTEN", "127.0.0.1:8080")],
            "metrics.listen is \"127.0.0.1:8080\", but must be",
        ),
    ] {
        let said = listens_on(&settings);
        assert!(said.contains(address), "{settings:?}: {said}");
    }
}

#[tokio::test]
async fn health_is_told_by_an_exit_code_and_metrics_are_on_their_own_address_only() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = free.local_addr().unwrap().to_string();
    drop(free);
    let log = folder.path().join("log");
    let settings = [
        ("PARALLAX_METRICS__LISTEN", metrics.as_str()),
        ("PARALLAX_LOG__FORMAT", "json"),
        ("PARALLAX_LOG__FILTER", "debug"),
    ];
    let server = Server::start_logging(&sim, folder.path(), &log, &settings).await;
    let health = || {
        let began = Instant::now();
        let address = server.address.to_string();
        let (result, error) = output(program().env("PARALLAX_LISTEN", address).arg("health"));
        assert!(began.elapsed() < Duration::from_secs(10));
        (result.status.code(), error)
    };
    assert_eq!(health(), (Some(0), String::new()));

    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    server.get("/tokens/bitcoin?from=a-test").await;
    assert_eq!(server.get("/metrics").await.status().as_u16(), 404);
    let scraped = reqwest::get(format!("http://{metrics}/metrics"))
        .await
        .unwrap();
    assert!(scraped.status().is_success());
    let scraped = scraped.text().await.unwrap();
    for line in [
        "parallax_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 1",
        "parallax_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "parallax_ingest_decode_errors_total{venue=\"kraken\"} 0",
        "parallax_tokens{status=\"live\"} ",
        "parallax_tick_to_publish_seconds_bucket{le=\"+Inf\"} ",
    ] {
        assert!(scraped.contains(line), "{line}\n{scraped}");
    }
    assert!(!scraped.contains("a-test"), "{scraped}");
    assert!(!scraped.contains("parallax_ingest_events_total{venue=\"kraken\"} 0\n"));

    let address = server.address.to_string();
    let (status, _) = server.terminate().await;
    assert!(status.success());
    let (result, error) = output(program().env("PARALLAX_LISTEN", address).arg("health"));
    assert_eq!(result.status.code(), Some(1));
    assert!(
        error.contains("no Parallax answers on 127.0.0.1:"),
        "{error}"
    );

    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.lines().count() > 3);
    for line in logged.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["timestamp"].is_string() && event["fields"].is_object());
        // Libraries write events of fields alone, such as the statements that sqlx runs.
        let is_ours = event["target"].as_str().unwrap().starts_with("parallax");
        assert!(!is_ours || event["fields"]["message"].is_string(), "{line}");
    }
    sim.shutdown().await;
}
