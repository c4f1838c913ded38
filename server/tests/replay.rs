//! Real messages over real sockets: what the program shows at the end of a replay is what the last
//! recorded frames say, read here without any of the program's own code.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says so when it is skipped"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use parallax::Decimal;
use parallax_sim::{ReplayConfig, Speed, replay};
use serde_json::Value;
use support::Server;

const VENUES: [&str; 3] = ["binance", "binance_us", "coinbase"];

#[derive(Debug, Default, PartialEq, Eq)]
struct Recorded {
    bid_ask: Option<(String, String)>,
    trade: Option<(String, String, u64)>,
}

/// The last quote and trade of every recorded market, by exchange and its own name of the market.
fn recorded(folder: &Path) -> BTreeMap<(String, String), Recorded> {
    let mut markets = BTreeMap::new();
    for venue in VENUES {
        let mut files: Vec<_> = std::fs::read_dir(folder.join(venue))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.retain(|path| path.to_string_lossy().ends_with(".cap.jsonl"));
        files.sort();
        for line in files.iter().flat_map(|file| {
            std::fs::read_to_string(file)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        }) {
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["d"] == "in" {
                let frame: Value = serde_json::from_str(event["m"].as_str().unwrap()).unwrap();
                note(&mut markets, venue, &frame);
            }
        }
    }
    markets
}

fn note(markets: &mut BTreeMap<(String, String), Recorded>, venue: &str, frame: &Value) {
    let text = |value: &Value| plain(value.as_str().unwrap());
    let key = |name: &Value| (venue.to_owned(), name.as_str().unwrap().to_owned());
    let data = &frame["data"];
    match frame["stream"]
        .as_str()
        .and_then(|stream| stream.split_once('@'))
    {
        Some((_, "bookTicker")) => {
            let bid_ask = (text(&data["b"]), text(&data["a"]));
            markets.entry(key(&data["s"])).or_default().bid_ask = Some(bid_ask);
        }
        Some((_, "aggTrade")) => {
            let trade = (
                text(&data["p"]),
                text(&data["q"]),
                data["a"].as_u64().unwrap(),
            );
            markets.entry(key(&data["s"])).or_default().trade = Some(trade);
        }
        Some(_) => {}
        None if frame["type"] == "ticker" => {
            let bid_ask = (text(&frame["best_bid"]), text(&frame["best_ask"]));
            markets
                .entry(key(&frame["product_id"]))
                .or_default()
                .bid_ask = Some(bid_ask);
        }
        None if frame["type"] == "match" => {
            let id = frame["trade_id"].as_u64().unwrap();
            let trade = (text(&frame["price"]), text(&frame["size"]), id);
            markets.entry(key(&frame["product_id"])).or_default().trade = Some(trade);
        }
        None => {}
    }
}

/// The number without zeros that say nothing.
fn plain(number: &str) -> String {
    number.parse::<Decimal>().unwrap().normalize().to_string()
}

/// The same from what the program shows.
fn shown(answer: &Value) -> BTreeMap<(String, String), Recorded> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let markets = answer["markets"].as_array().unwrap().iter().map(|market| {
        let listing = &market["listing"];
        let (quote, trade) = (&market["quote"], &market["trade"]);
        let recorded = Recorded {
            bid_ask: quote
                .is_object()
                .then(|| (text(&quote["bid"]), text(&quote["ask"]))),
            trade: trade.is_object().then(|| {
                (
                    text(&trade["price"]),
                    text(&trade["size"]),
                    trade["id"].as_u64().unwrap(),
                )
            }),
        };
        (
            (text(&listing["venue"]), text(&listing["symbol"])),
            recorded,
        )
    });
    markets
        .filter(|(_, recorded)| *recorded != Recorded::default())
        .collect()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_replay_shows_every_recorded_market_and_the_usd_prices_they_lead_to() {
    let recordings = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings");
    if !recordings.is_dir() {
        eprintln!(
            "SKIPPED: there are no recordings in {}",
            recordings.display()
        );
        return;
    }
    let expected = recorded(&recordings);
    assert!(
        expected.len() >= 30,
        "only {} recorded markets",
        expected.len()
    );

    let config = ReplayConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        recordings,
        venues: VENUES.map(str::to_owned).to_vec(),
        speed: Speed::Times(50),
        endless: false,
    };
    let sim = replay(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), true).await;
    server
        .eventually(
            "every market stands at its last recorded frame",
            async || shown(&server.json("/api/v1/markets").await) == expected,
        )
        .await;

    // Each market is in its own quote currency, and what the catalogue does not know stays its
    // exchange's own.
    let markets = server.json("/api/v1/markets?exchange=binance").await;
    let market = |symbol: &str| {
        let all = markets["markets"].as_array().unwrap();
        all.iter()
            .find(|market| market["listing"]["symbol"] == symbol)
            .unwrap()["listing"]
            .clone()
    };
    assert_eq!(market("VETETH")["market"]["quote"]["token"], "ethereum");
    assert_eq!(
        market("AAVEUPUSDT")["market"]["base"]["unlisted"]["code"],
        "AAVEUP"
    );
    assert_eq!(market("BUSDTRY")["quote_code"], "TRY");

    // BTC/USDT of Binance US, through USDT/USD of Binance US: no other recorded market prices either.
    let mid = |symbol: &str| {
        let (bid, ask) = expected[&("binance_us".to_owned(), symbol.to_owned())]
            .bid_ask
            .as_ref()
            .unwrap();
        (bid.parse::<Decimal>().unwrap() + ask.parse::<Decimal>().unwrap()) / Decimal::TWO
    };
    let tether = server.json("/api/v1/tokens/tether").await;
    assert_eq!(decimal(&tether["price"]["price"]), mid("USDTUSD"));
    assert_eq!(tether["price"]["status"], "thin");
    let bitcoin = server.json("/api/v1/tokens/bitcoin").await;
    let exact = mid("BTCUSDT") * mid("USDTUSD");
    let error = (decimal(&bitcoin["price"]["price"]) - exact).abs() / exact;
    assert!(
        error < Decimal::new(1, 10),
        "{} is not {exact}",
        bitcoin["price"]["price"]
    );
    assert_eq!(
        bitcoin["index"]["constituents"][0]["conversion"]["through"],
        "tether"
    );

    // Everything else that leads to USD has a price, and nothing else has one: no recorded frame says
    // what BUSD, EUR or TRY is worth.
    for token in [
        "skale",
        "bitcoin-cash",
        "cosmos",
        "stellar",
        "zencash",
        "omisego",
        "0x",
        "nkn",
    ] {
        let view = server.json(&format!("/api/v1/tokens/{token}")).await;
        assert!(
            view["price"]["price"].is_string(),
            "{token}: {}",
            view["price"]
        );
    }
    for token in [
        "ethereum",
        "vechain",
        "cardano",
        "numeraire",
        "turkish-lira",
    ] {
        let view = server.json(&format!("/api/v1/tokens/{token}")).await;
        assert_eq!(
            view["price"]["status"], "no_quorum",
            "{token}: {}",
            view["price"]
        );
    }
    let (status, _) = server.terminate().await;
    assert!(status.success());
    sim.shutdown().await;
}
