//! Case V21: real messages, recorded by third parties, decode without error to sane values.
//!
//! The recordings are not part of this repository. Where they are not there the case says so and
//! passes; `fixtures/<venue>/venue.toml` says which of them apply and what must be found in them.

use std::path::{Path, PathBuf};

use parallax::token::Symbol;
use parallax_venues::spec::SessionEvent;
use serde_json::Value;

use crate::fixture::{self, Fixture, Recording};
use crate::requests::{any_time, check_candles};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings")
}

#[derive(Debug, Default)]
struct Found {
    frames: usize,
    quotes: usize,
    trades: usize,
    tickers: usize,
    crossed: usize,
}

#[test]
fn v21_recorded_real_messages_decode_to_sane_values() {
    if !folder().is_dir() {
        eprintln!("skipped: no recordings at {}", folder().display());
        return;
    }
    for fixture in fixture::all() {
        for recording in &fixture.recordings {
            let messages = messages(&fixture, recording);
            assert!(
                !messages.is_empty(),
                "{}: {recording:?} is empty",
                fixture.venue
            );
            if let Some(expected) = recording.markets {
                check_discovery(&fixture, recording, &messages, expected);
            } else if let Some(expected) = recording.candles {
                check_recorded_candles(&fixture, recording, &messages, expected);
            } else {
                check_frames(&fixture, recording, &messages);
            }
        }
    }
}

/// What the exchange sent, in order.
fn messages(fixture: &Fixture, recording: &Recording) -> Vec<String> {
    let folder = folder().join(fixture.venue);
    assert!(
        folder.join(&recording.file).is_file(),
        "{}: no recording {}",
        fixture.venue,
        recording.file
    );
    let wanted = |line: &Value| match &recording.only {
        None => true,
        Some(part) => ["name", "u"]
            .iter()
            .any(|key| line[*key].as_str().is_some_and(|text| text.contains(part))),
    };
    let mut found = Vec::new();
    for line in fixture::lines(&folder, &recording.file) {
        let line: Value = serde_json::from_str(&line).unwrap();
        if !wanted(&line) || line["d"] == "out" {
            continue;
        }
        // A dialogue has steps; its acknowledgements hold placeholders that are not JSON.
        let steps = line["steps"].as_array().cloned().unwrap_or_default();
        let pushed = steps.iter().filter(|step| step["kind"] == "push");
        let texts = pushed.chain([&line]).filter_map(|it| it["m"].as_str());
        found.extend(texts.map(str::to_owned));
    }
    found
}

fn check_frames(fixture: &Fixture, recording: &Recording, messages: &[String]) {
    let venue = fixture.venue;
    let code = Symbol::new("ANY").unwrap();
    let markets: Vec<_> = recording
        .symbols
        .iter()
        .map(|symbol| fixture::listing(venue, symbol, &code, &code))
        .collect();
    let mut session = fixture::open(fixture.stream, &markets);
    let mut found = Found::default();
    for message in messages {
        found.frames += 1;
        for event in fixture.decode(&mut *session, message) {
            match event {
                SessionEvent::Quote { quote, .. } => {
                    found.quotes += 1;
                    found.crossed += usize::from(quote.bid > quote.ask);
                    assert!(quote.bid.is_positive(), "{venue}: {message}");
                    assert!(quote.ask.is_positive(), "{venue}: {message}");
                }
                SessionEvent::Trade { trade, .. } => {
                    found.trades += 1;
                    assert!(trade.price.is_positive(), "{venue}: {message}");
                    assert!(trade.size.is_positive(), "{venue}: {message}");
                }
                SessionEvent::Ticker { ticker, .. } => {
                    found.tickers += 1;
                    assert!(
                        ticker.last.is_some_and(|last| last.is_positive()),
                        "{venue}: {message}"
                    );
                    assert!(ticker.high_24h >= ticker.low_24h, "{venue}: {message}");
                }
                other => panic!("{venue}: {other:?} from {message}"),
            }
        }
    }
    eprintln!("{venue}: {}: {found:?}", recording.file);
    assert_eq!(
        found.crossed, 0,
        "{venue}: {}: crossed quotes",
        recording.file
    );
    for (what, found, expected) in [
        ("quotes", found.quotes, recording.quotes),
        ("trades", found.trades, recording.trades),
        ("tickers", found.tickers, recording.tickers),
    ] {
        assert!(
            found >= expected,
            "{venue}: {}: {found} {what}, expected {expected}",
            recording.file
        );
    }
    assert!(
        recording.quotes + recording.trades + recording.tickers > 0,
        "{venue}: {}: nothing is expected, so nothing is tested",
        recording.file
    );
}

fn check_discovery(fixture: &Fixture, recording: &Recording, messages: &[String], expected: usize) {
    for message in messages {
        let found = fixture.stream.parse_discovery(message.as_bytes()).unwrap();
        eprintln!(
            "{}: {}: {} markets",
            fixture.venue,
            recording.file,
            found.len()
        );
        assert_eq!(
            found.len(),
            expected,
            "{}: {}",
            fixture.venue,
            recording.file
        );
        for market in &found {
            assert!(Symbol::new(&market.base_code).is_ok(), "{market:?}");
            assert!(Symbol::new(&market.quote_code).is_ok(), "{market:?}");
            assert!(!market.symbol.is_empty(), "{market:?}");
        }
    }
}

fn check_recorded_candles(
    fixture: &Fixture,
    recording: &Recording,
    messages: &[String],
    expected: usize,
) {
    let query = any_time(&fixture.markets[0]);
    let mut found = 0;
    for message in messages {
        let candles = fixture
            .adapter
            .parse_candles(&query, message.as_bytes())
            .unwrap()
            .candles;
        check_candles(fixture.venue, &query, &candles);
        found += candles.len();
    }
    eprintln!("{}: {}: {found} candles", fixture.venue, recording.file);
    assert!(
        found >= expected,
        "{}: {}: {found} candles",
        fixture.venue,
        recording.file
    );
}
