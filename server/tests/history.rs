//! The past: complete a minute after the first start, repaired after a loss, explained, and out of the
//! way of live prices.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;

use parallax_sim::{Fault, FaultKind, RunningSim, SimConfig, start};
use serde_json::Value;
use support::postgres::Postgres;
use support::{Server, program};

const MINUTE: Duration = Duration::from_secs(60);

/// A market that has a past: the walk began at the beginning of 2026.
async fn sim() -> RunningSim {
    start(SimConfig {
        origin: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..SimConfig::default()
    })
    .await
    .unwrap()
}

/// The bars of an answer, oldest first.
async fn bars(server: &Server, query: &str) -> Vec<Value> {
    let answer = server
        .json(&format!("/api/v1/tokens/bitcoin/candles?{query}"))
        .await;
    answer["candles"].as_array().unwrap().clone()
}

fn closed(bars: &[Value]) -> impl Iterator<Item = &Value> {
    bars.iter().filter(|bar| bar["closed"] == true)
}

#[tokio::test]
async fn a_first_start_knows_the_last_seven_days_within_a_minute() {
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    server
        .within(MINUTE, "the changes of every token", async || {
            let table = server.json("/api/v1/tokens").await;
            let rows = table["rows"].as_array().unwrap();
            let is_known = |row: &Value| {
                let price = &row["price"];
                ["change_1h_pct", "change_24h_pct", "change_7d_pct"]
                    .iter()
                    .all(|change| price[change].is_string())
            };
            // A token that only the chain trades has hours without a trade.
            let exchanges = rows.iter().filter(|row| {
                let viewpoints = row["price"]["viewpoints"].as_array().unwrap();
                viewpoints
                    .iter()
                    .any(|viewpoint| viewpoint["venue"] != "thegraph")
            });
            rows.len() >= 20 && exchanges.into_iter().all(is_known)
        })
        .await;
    // Changes are made of what came in; what is read here was stored, a moment later.
    let whole = |hours: &[Value]| {
        let whole = |bar: &&Value| bar["kind"] != "gap" && bar["close"].is_string();
        closed(hours).filter(whole).count()
    };
    server
        .within(MINUTE, "the hours of seven days", async || {
            whole(&bars(&server, "interval=1h&limit=200").await) >= 7 * 24
        })
        .await;
    let hours = bars(&server, "interval=1h&limit=200").await;
    assert!(
        closed(&hours).all(|bar| bar["kind"] != "repaired" || bar["sources"].as_u64() >= Some(2))
    );
    for source in ["binance", "coinbase", "kraken"] {
        let query = format!("interval=1h&limit=200&source={source}");
        server
            .within(MINUTE, source, async || {
                closed(&bars(&server, &query).await).count() >= 7 * 24
            })
            .await;
    }
    let report = server.json("/api/v1/status").await;
    assert_eq!(report["backfill"]["last_error"], Value::Null);
}

#[tokio::test]
async fn kill_9_leaves_no_broken_bar_and_the_minute_it_cut_is_repaired() {
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("PARALLAX_BACKFILL__EVERY_S", "5")];
    let server = Server::start_with(&sim, folder.path(), false, &settings).await;
    server
        .eventually("a minute is being stored", async || {
            bars(&server, "interval=1m&limit=1")
                .await
                .iter()
                .any(|bar| bar["closed"] == false && bar["close"].is_string())
        })
        .await;
    let cut = bars(&server, "interval=1m&limit=1").await[0]["open_time"].clone();
    server.kill();

    let server = Server::start_with(&sim, folder.path(), false, &settings).await;
    let of_cut = async || {
        let bars = bars(&server, "interval=1m&limit=60").await;
        bars.into_iter().find(|bar| bar["open_time"] == cut)
    };
    let kind = async || Some(of_cut().await?["kind"].as_str()?.to_owned());
    // First the failure: the minute was not seen whole.
    server
        .within(
            2 * MINUTE,
            "the cut minute is a gap or mended already",
            async || matches!(kind().await.as_deref(), Some("gap" | "repaired")),
        )
        .await;
    server
        .within(3 * MINUTE, "the cut minute is repaired", async || {
            kind().await.as_deref() == Some("repaired")
        })
        .await;
    let minutes = bars(&server, "interval=1m&limit=500").await;
    let mut last = None;
    for bar in minutes.iter().filter(|bar| bar["close"].is_string()) {
        let figure = |name: &str| bar[name].as_str().unwrap().parse::<f64>().unwrap();
        let [low, high] = ["low", "high"].map(figure);
        for name in ["open", "close"] {
            assert!((low..=high).contains(&figure(name)), "{bar}");
        }
        let open_time = bar["open_time"].as_str().map(str::to_owned);
        assert!(last < open_time, "twice: {bar}");
        last = open_time;
    }
}

#[tokio::test]
async fn a_minute_in_which_all_exchanges_were_silent_is_a_gap_and_then_repaired() {
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    // A price is lost a second after the last quote.
    let server = Server::start_with(
        &sim,
        folder.path(),
        false,
        &[
            ("PARALLAX_BACKFILL__EVERY_S", "5"),
            ("PARALLAX_PRICING__MAX_QUOTE_AGE_MS", "1000"),
            ("PARALLAX_PRICING__AGING_LIMIT_MS", "1000"),
            ("PARALLAX_PRICING__MAX_RATE_AGE_MS", "1000"),
            ("PARALLAX_PRICING__JUMP_HOLD_MS", "0"),
        ],
    )
    .await;
    let status = async || {
        let price = server.json("/api/v1/tokens/bitcoin").await["price"].clone();
        price["status"].as_str().unwrap().to_owned()
    };
    server
        .eventually("a live price", async || status().await == "live")
        .await;
    for venue in ["binance", "coinbase", "kraken"] {
        sim.inject(&Fault {
            venue: venue.to_owned(),
            market: None,
            kind: FaultKind::Silence,
            duration_ms: 6_000,
        })
        .unwrap();
    }
    server
        .eventually("the price is lost", async || status().await == "stale")
        .await;
    let silent = bars(&server, "interval=1m&limit=1").await[0]["open_time"].clone();
    server
        .eventually("and live again", async || status().await == "live")
        .await;
    let kind = async || {
        let bars = bars(&server, "interval=1m&limit=60").await;
        let bar = bars.into_iter().find(|bar| bar["open_time"] == silent)?;
        Some((bar["closed"] == true, bar["kind"].as_str()?.to_owned()))
    };
    server
        .within(
            2 * MINUTE,
            "the silent minute is repaired",
            async || matches!(kind().await, Some((true, kind)) if kind == "repaired"),
        )
        .await;
}

/// What `/status` says of the database.
async fn store(server: &Server) -> Value {
    server.json("/api/v1/status").await["store"].clone()
}

async fn live_prices(server: &Server) -> usize {
    let table = server.json("/api/v1/tokens").await;
    let rows = table["rows"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["price"]["status"] == "live")
        .count()
}

#[tokio::test]
async fn postgres_may_be_away_at_the_start_and_later_and_the_program_killed_meanwhile() {
    let Some(mut postgres) = Postgres::new() else {
        return;
    };
    let sim = sim().await;
    let folder = tempfile::tempdir().unwrap();
    let url = postgres.url();
    let settings = [("DATABASE_URL", url.as_str())];
    let spool = folder.path().join("spool").display().to_string();
    let settings = [
        settings[0],
        ("PARALLAX_STORE__SPOOL_FOLDER", spool.as_str()),
        ("PARALLAX_STORE__PRICE_EVERY_S", "1"),
        ("PARALLAX_BACKFILL__DAYS", "0"),
    ];

    // Away at the start: live prices begin all the same, and everybody is told.
    let server = Server::start_with(&sim, folder.path(), false, &settings).await;
    server
        .eventually("live prices without a database", async || {
            live_prices(&server).await >= 20
        })
        .await;
    server
        .eventually("rows wait on disk", async || {
            store(&server).await["spooled_rows"].as_u64() > Some(0)
        })
        .await;
    assert_eq!(server.get("/readyz").await.status().as_u16(), 503);
    assert_eq!(store(&server).await["healthy"], false);

    postgres.start().await;
    server
        .eventually("the rows are stored", async || {
            let store = store(&server).await;
            store["healthy"] == true && store["spooled_rows"] == 0
        })
        .await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    assert_eq!(store(&server).await["dropped_rows"], 0);
    assert!(!bars(&server, "interval=1m&limit=10").await.is_empty());

    // Away later, and the program is killed before it is back.
    postgres.stop();
    server
        .eventually("rows wait on disk again", async || {
            store(&server).await["spooled_rows"].as_u64() > Some(0)
        })
        .await;
    let during = server.json("/api/v1/tokens/bitcoin").await["price"].clone();
    let waiting = store(&server).await["spooled_rows"].as_u64();
    server
        .eventually("more rows wait, and prices go on", async || {
            let now = server.json("/api/v1/tokens/bitcoin").await["price"].clone();
            store(&server).await["spooled_rows"].as_u64() > waiting
                && now["seq"].as_u64() > during["seq"].as_u64()
        })
        .await;
    server.kill();
    postgres.start().await;
    let server = Server::start_with(&sim, folder.path(), false, &settings).await;
    server
        .eventually("the rows of the killed process are stored", async || {
            let store = store(&server).await;
            store["healthy"] == true && store["spooled_rows"] == 0
        })
        .await;
    // The price of the outage is there, with its constituents.
    let at = during["as_of"].as_str().unwrap();
    server
        .eventually("the price of the outage is explained", async || {
            let then = server
                .json(&format!("/api/v1/tokens/bitcoin/price?at={at}"))
                .await;
            then["price"]["constituents"]
                .as_array()
                .is_some_and(|parts| !parts.is_empty())
        })
        .await;
}

fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings");
    if folder.join("thegraph").is_dir() {
        return Some(folder);
    }
    eprintln!("note: SKIPPED: the recordings are not there");
    None
}

#[tokio::test]
async fn the_recorded_day_of_wbtc_reads_as_six_windows_after_a_back_fill() {
    let Some(recordings) = recordings() else {
        return;
    };
    let sim = start(SimConfig {
        recordings: Some(recordings),
        ..SimConfig::default()
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("sim.toml");
    sim.write_config(&config, false).await.unwrap();
    let database = format!("sqlite:{}", folder.path().join("parallax.db").display());
    // The simulator runs on this thread, which must not wait for the program.
    let back_fill = move || {
        program()
            .arg("--config")
            .arg(&config)
            .env("PARALLAX_STORE__URL", &database)
            .args(["backfill", "--token", "wrapped-bitcoin"])
            .args(["--from", "2024-08-28", "--to", "2024-08-29"])
            .output()
            .unwrap()
    };
    let filled = tokio::task::spawn_blocking(back_fill).await.unwrap();
    let said = String::from_utf8_lossy(&filled.stdout).into_owned();
    assert!(said.contains("candles were stored"), "{filled:?}");

    let server = Server::start(&sim, folder.path(), false).await;
    for name in [
        "wrapped-bitcoin",
        "0x2260FAC5E5542A773AA44FBCFEDF7C193BC2C599",
        "WBTC",
    ] {
        let chart = server
            .json(&format!(
                "/api/v1/tokens/{name}/chart?hours=4&source=thegraph&from=2024-08-28&to=2024-08-29"
            ))
            .await;
        let series = chart.as_array().unwrap();
        assert!(
            series
                .iter()
                .all(|series| series.as_array().unwrap().len() == 6)
        );
        let floors: Vec<_> = series[4]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| point[2].as_f64().unwrap().floor())
            .collect();
        assert_eq!(
            floors,
            [59_338.0, 59_009.0, 59_773.0, 59_362.0, 58_993.0, 59_132.0]
        );
        assert_eq!(series[0][0][0], "2024-08-28T00:00:00");
    }
}
