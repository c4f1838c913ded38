//! Recordings come out of the socket byte for byte: our own small one, and the real ones where present.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::client::{Client, get};
use parallax_sim::{ReplayConfig, RunningSim, Speed, replay};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recordings")
}

/// The real recordings, or a visible note that there are none.
fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings at {}", folder.display());
    None
}

async fn serving(recordings: PathBuf, venue: &str, speed: Speed, endless: bool) -> RunningSim {
    let config = ReplayConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        recordings,
        venues: vec![venue.to_owned()],
        speed,
        endless,
    };
    replay(config).await.unwrap()
}

/// What the exchange sent, read without the simulator's help: files by name, lines in order.
fn recorded(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".cap.jsonl"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            std::fs::read_to_string(path)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .map(|line| serde_json::from_str::<Value>(&line).unwrap())
        .filter(|line| line.get("d").is_some_and(|direction| direction == "in"))
        .map(|line| line.get("m").unwrap().as_str().unwrap().to_owned())
        .collect()
}

/// A subscribed connection, past the simulator's own acknowledgement.
async fn subscribed(sim: &RunningSim, venue: &str) -> Client {
    let stream = sim.endpoints(venue).stream;
    let (url, request) = if venue == "coinbase" {
        let products = get(sim.addr(), "/coinbase/products").await;
        let product = products.pointer("/0/id").unwrap().clone();
        (
            stream,
            serde_json::json!({"type": "subscribe", "product_ids": [product], "channels": ["ticker"]}),
        )
    } else {
        let info = get(sim.addr(), &format!("/{venue}/api/v3/exchangeInfo")).await;
        let symbol = info
            .pointer("/symbols/0/symbol")
            .unwrap()
            .as_str()
            .unwrap()
            .to_lowercase();
        (
            format!("{stream}/stream"),
            serde_json::json!({"method": "SUBSCRIBE", "params": [format!("{symbol}@bookTicker")], "id": 1}),
        )
    };
    let mut client = Client::open(&url).await;
    client.say(&request.to_string()).await;
    let acknowledgement = client.json().await;
    assert!(
        acknowledgement.get("result").is_some() || acknowledgement.get("channels").is_some(),
        "{acknowledgement}"
    );
    client
}

async fn comes_back_unchanged(folder: PathBuf, venue: &str) {
    let expected = recorded(&folder.join(venue));
    assert!(!expected.is_empty());
    let sim = serving(folder, venue, Speed::Max, false).await;
    let mut client = subscribed(&sim, venue).await;
    for (position, frame) in expected.iter().enumerate() {
        assert_eq!(&client.text().await, frame, "frame {position} of {venue}");
    }
    sim.shutdown().await;
    assert_eq!(
        client.try_text().await,
        None,
        "nothing follows the last frame"
    );
}

#[tokio::test]
async fn our_own_recording_comes_back_byte_for_byte() {
    comes_back_unchanged(fixtures(), "binance").await;
    comes_back_unchanged(fixtures(), "coinbase").await;
}

#[tokio::test]
async fn the_real_recordings_come_back_byte_for_byte() {
    let Some(folder) = recordings() else { return };
    for venue in ["binance", "binance_us", "coinbase"] {
        comes_back_unchanged(folder.clone(), venue).await;
    }
}

#[tokio::test]
async fn discovery_lists_exactly_the_recorded_markets_all_open() {
    let sim = serving(fixtures(), "binance", Speed::Max, false).await;
    let info = get(sim.addr(), "/binance/api/v3/exchangeInfo").await;
    let symbols = info.get("symbols").unwrap().as_array().unwrap();
    let text = |entry: &Value, key: &str| entry.get(key).unwrap().as_str().unwrap().to_owned();
    let found: Vec<_> = symbols
        .iter()
        .map(|entry| (text(entry, "symbol"), text(entry, "status")))
        .collect();
    let open = |symbol: &str| (symbol.to_owned(), "TRADING".to_owned());
    assert_eq!(found, [open("AAABTC"), open("ZZZUSDT")]);
}

#[tokio::test]
async fn the_adapters_discover_exactly_the_markets_of_the_real_recordings() {
    let Some(folder) = recordings() else { return };
    for (venue, count) in [("binance", 14), ("binance_us", 14), ("coinbase", 5)] {
        let sim = serving(folder.clone(), venue, Speed::Max, false).await;
        // Binance US speaks Binance's language, whether or not this build has its adapter.
        let known = parallax_venues::find(venue).map_or("binance", |_| venue);
        let stream = crate::adapters::stream(known);
        let url = stream.discovery(&sim.endpoints(venue)).url;
        let path = url.strip_prefix(&format!("http://{}", sim.addr())).unwrap();
        let body = get(sim.addr(), path).await.to_string();
        let found = stream.parse_discovery(body.as_bytes()).unwrap();
        assert_eq!(found.len(), count, "{venue}: {found:?}");
    }
}

#[tokio::test]
async fn the_original_pace_is_kept_and_can_be_multiplied() {
    // The fixture's frames span 600 ms.
    for (times, at_least, at_most) in [(1, 590, 5_000), (10, 55, 500)] {
        let sim = serving(fixtures(), "coinbase", Speed::Times(times), false).await;
        let frames = recorded(&fixtures().join("coinbase")).len();
        let mut client = subscribed(&sim, "coinbase").await;
        let start = Instant::now();
        for _ in 0..frames {
            client.text().await;
        }
        let took = start.elapsed();
        assert!(
            (Duration::from_millis(at_least)..Duration::from_millis(at_most)).contains(&took),
            "{times}x took {took:?}"
        );
    }
}

#[tokio::test]
async fn a_looped_recording_starts_over() {
    let sim = serving(fixtures(), "binance", Speed::Max, true).await;
    let expected = recorded(&fixtures().join("binance"));
    let mut client = subscribed(&sim, "binance").await;
    for frame in expected.iter().cycle().take(expected.len() * 3) {
        assert_eq!(&client.text().await, frame);
    }
}

#[tokio::test]
async fn a_venue_without_recordings_or_language_is_refused() {
    for venue in ["kraken", "no_such_venue"] {
        let config = ReplayConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            recordings: fixtures(),
            venues: vec![venue.to_owned()],
            speed: Speed::Max,
            endless: false,
        };
        assert!(replay(config).await.is_err(), "{venue}");
    }
}
