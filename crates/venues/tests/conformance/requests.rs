//! Cases V10 to V14: what is sent to the exchange, and the answers to it.

use std::path::Path;

use parallax::candle::{Interval, VenueCandle};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::Symbol;
use parallax_venues::spec::{CandleQuery, Endpoints, Opening, Request};

use crate::fixture::{self, Fixture};
use crate::json;

/// No exchange takes longer messages; some take less, which their own limits must respect.
const MAX_MESSAGE_BYTES: usize = 64 * 1_024;

/// Compares with `fixtures/<venue>/<name>.snap`.
pub(crate) fn snapshot(fixture: &Fixture, name: &str, text: &str) {
    snapshot_in(&fixture.folder, name, text);
}

/// The same for any folder of fixtures.
pub(crate) fn snapshot_in(folder: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Endpoints as an operator might configure them: neither the defaults nor at the root.
pub(crate) fn configured() -> Endpoints {
    Endpoints {
        stream: "ws://127.0.0.1:9/stream-base".to_owned(),
        rest: "http://127.0.0.1:9/rest-base".to_owned(),
        key: None,
    }
}

pub(crate) fn show(request: &Request) -> String {
    let body = request.body.as_deref().unwrap_or_default();
    format!("{:?} {} {body}", request.method, request.url)
}

#[test]
fn v10_a_connection_opens_at_the_configured_endpoint() {
    for fixture in fixture::all() {
        let endpoints = configured();
        match fixture.stream.opening(&endpoints, &fixture.markets) {
            Opening::Connect(url) => {
                assert!(
                    url.starts_with(&endpoints.stream),
                    "{}: {url}",
                    fixture.venue
                );
                assert!(
                    fixture.stream.stream_url(b"{}").is_err(),
                    "{}: never asks, and yet has an answer",
                    fixture.venue
                );
            }
            Opening::Ask(request) => {
                assert!(
                    request.url.starts_with(&endpoints.rest),
                    "{}",
                    fixture.venue
                );
                let answer = fixture.file("opening.json").unwrap_or_else(|| {
                    panic!("{}: opening.json, the answer to `Ask`", fixture.venue)
                });
                let url = fixture.stream.stream_url(&answer).unwrap();
                assert!(
                    url.starts_with("ws://") || url.starts_with("wss://"),
                    "{}: {url}",
                    fixture.venue
                );
                assert!(fixture.stream.stream_url(b"").is_err(), "{}", fixture.venue);
            }
        }
    }
}

/// `count` markets in the style of the fixture's first one, with codes that differ.
fn many(fixture: &Fixture, count: usize) -> Vec<Listing> {
    let model = &fixture.markets[0];
    let (base, quote) = (model.base_code.as_str(), model.quote_code.as_str());
    (0..count)
        .map(|number| {
            let code = Symbol::new(&format!("Q{number}Q")).unwrap();
            // The stream may know the base by another name than the code (Kraken's XBT is BTC).
            let mut symbol = model.symbol.replacen(base, code.as_str(), 1);
            if *symbol == *model.symbol {
                symbol = format!("Q{number}Q{}", model.symbol);
            }
            fixture::listing(fixture.venue, &symbol, &code, &Symbol::new(quote).unwrap())
        })
        .collect()
}

#[test]
fn v11_subscriptions_name_the_markets_asked_for_and_stay_within_the_limits() {
    for fixture in fixture::all() {
        let limits = fixture.stream.facts().limits;
        let markets = many(&fixture, limits.markets_per_connection.min(1_000));
        // Some exchanges subscribe by the URL; then nothing more needs to be said.
        let opening = format!("{:?}", fixture.stream.opening(&configured(), &markets));
        let mut session = fixture.stream.open(&markets);
        let sizes = (1..=limits.markets_per_subscribe).chain([1, limits.markets_per_subscribe]);
        let mut start = 0;
        for size in sizes.cycle() {
            let range = start..(start + size).min(markets.len());
            let messages = session.subscribe(range.clone());
            let mut said: Vec<_> = messages
                .iter()
                .flat_map(|message| json::strings(message))
                .map(|word| word.to_lowercase())
                .collect();
            if messages.is_empty() {
                said.push(opening.to_lowercase());
            }
            for (number, listing) in markets.iter().enumerate() {
                let symbol = listing.symbol.to_lowercase();
                let named = said.iter().any(|word| word.contains(&symbol));
                assert_eq!(
                    named,
                    messages.is_empty() || range.contains(&number),
                    "{}: {symbol} in the subscription of {range:?}: {said:?}",
                    fixture.venue
                );
            }
            for message in &messages {
                assert!(
                    message.len() <= MAX_MESSAGE_BYTES,
                    "{}: {message}",
                    fixture.venue
                );
            }
            start = range.end;
            if start == markets.len() {
                break;
            }
        }
        // All of a connection's markets are subscribed before it counts as silent.
        let batches = limits
            .markets_per_connection
            .div_ceil(limits.markets_per_subscribe);
        let messages = session.subscribe(0..limits.markets_per_subscribe.min(markets.len()));
        let needed = u32::try_from(batches * messages.len()).unwrap() * limits.message_gap;
        let silent = fixture.stream.facts().connection_stall_after;
        assert!(
            needed < silent,
            "{}: subscribing takes {needed:?}",
            fixture.venue
        );
    }
}

#[test]
fn v12_what_is_sent_matches_its_snapshot() {
    for fixture in fixture::all() {
        let endpoints = configured();
        let mut session = fixture.stream.open(&fixture.markets);
        let mut lines = vec![match fixture.stream.opening(&endpoints, &fixture.markets) {
            Opening::Connect(url) => format!("connect {url}"),
            Opening::Ask(request) => format!("ask {}", show(&request)),
        }];
        lines.extend(session.subscribe(0..fixture.markets.len()));
        lines.extend(session.keep_alive());
        lines.push(show(&fixture.stream.discovery(&endpoints)));
        if let Some(query) = fixture.candle_query() {
            for interval in [Interval::Minute, Interval::Hour, Interval::Day] {
                let query = CandleQuery {
                    interval,
                    until: query.from.plus(5 * interval.duration()),
                    ..query
                };
                let request = fixture.adapter.candles(&endpoints, &query);
                lines.push(request.map_or_else(|| format!("no {interval:?}"), |it| show(&it)));
            }
        }
        for line in lines.iter().filter(|line| line.contains("http")) {
            assert!(line.contains(&endpoints.rest), "{}: {line}", fixture.venue);
        }
        snapshot(&fixture, "sent", &lines.join("\n"));
    }
}

#[test]
fn v13_discovery_finds_the_markets_open_for_trading() {
    for fixture in fixture::all() {
        let body = fixture
            .file("discovery.json")
            .unwrap_or_else(|| panic!("{}: discovery.json", fixture.venue));
        let found = fixture.stream.parse_discovery(&body).unwrap();
        assert!(!found.is_empty(), "{}", fixture.venue);
        let lines: Vec<_> = found
            .iter()
            .map(|market| {
                format!(
                    "{} {} {}",
                    market.symbol, market.base_code, market.quote_code
                )
            })
            .collect();
        snapshot(&fixture, "discovery", &lines.join("\n"));
        for listing in &fixture.markets {
            let agrees = found
                .iter()
                .find(|it| *it.symbol == *listing.symbol)
                .is_none_or(|it| {
                    it.base_code == listing.base_code.as_str()
                        && it.quote_code == listing.quote_code.as_str()
                });
            assert!(
                agrees,
                "{}: {} has other codes",
                fixture.venue, listing.symbol
            );
        }
        for bad in bad_answers(&body) {
            assert!(
                fixture.stream.parse_discovery(&bad).is_err(),
                "{}",
                fixture.venue
            );
        }
    }
}

#[test]
fn v14_candles_are_finished_ones_of_the_query_oldest_first() {
    for fixture in fixture::all() {
        let declared = fixture.adapter.descriptor().candles_per_request > 0;
        let (Some(query), Some(body)) = (fixture.candle_query(), fixture.file("candles.json"))
        else {
            assert!(!declared, "{}: [candles] and candles.json", fixture.venue);
            continue;
        };
        assert!(declared, "{}: candles are not declared", fixture.venue);
        let candles = fixture
            .adapter
            .parse_candles(&query, &body)
            .unwrap()
            .candles;
        assert!(!candles.is_empty(), "{}", fixture.venue);
        check_candles(fixture.venue, &query, &candles);
        let lines: Vec<_> = candles.iter().map(|candle| format!("{candle:?}")).collect();
        snapshot(&fixture, "candles", &lines.join("\n"));

        // The query is half-open: the end may fall on the last candle's beginning and excludes it.
        let last = candles.last().unwrap().open_time;
        let shorter = CandleQuery {
            until: last,
            ..query
        };
        let fewer = fixture
            .adapter
            .parse_candles(&shorter, &body)
            .unwrap()
            .candles;
        assert_eq!(fewer, candles[..candles.len() - 1], "{}", fixture.venue);
        let later = CandleQuery {
            from: last,
            ..query
        };
        let one = fixture
            .adapter
            .parse_candles(&later, &body)
            .unwrap()
            .candles;
        assert_eq!(one, candles[candles.len() - 1..], "{}", fixture.venue);

        for bad in bad_answers(&body) {
            assert!(
                fixture.adapter.parse_candles(&query, &bad).is_err(),
                "{}",
                fixture.venue
            );
        }
    }
}

/// What holds for every candle an exchange reports.
pub(crate) fn check_candles(venue: &str, query: &CandleQuery<'_>, candles: &[VenueCandle]) {
    assert!(
        candles.is_sorted_by(|one, next| one.open_time < next.open_time),
        "{venue}: not oldest first, or one twice"
    );
    let step = query.interval.duration();
    for candle in candles {
        assert!(candle.open_time >= query.from, "{venue}: {candle:?}");
        assert!(
            candle.open_time.plus(step) <= query.until,
            "{venue}: {candle:?}"
        );
        assert!(candle.low.is_positive(), "{venue}: {candle:?}");
        assert!(
            candle.low <= candle.open.min(candle.close),
            "{venue}: {candle:?}"
        );
        assert!(
            candle.high >= candle.open.max(candle.close),
            "{venue}: {candle:?}"
        );
    }
}

/// A query that everything lies within.
pub(crate) fn any_time(listing: &Listing) -> CandleQuery<'_> {
    CandleQuery {
        listing,
        interval: Interval::Minute,
        from: Timestamp::default(),
        until: "9999-01-01T00:00:00Z".parse().unwrap(),
    }
}

/// The body cut off at many places, and things that are no answer at all.
pub(crate) fn bad_answers(body: &[u8]) -> Vec<Vec<u8>> {
    let whole = body.trim_ascii_end();
    let mut bad: Vec<_> = (0..whole.len())
        .step_by(7)
        .map(|end| whole[..end].to_vec())
        .collect();
    bad.extend(
        ["", "null", "7", "\"text\"", "<html>503</html>"].map(|text| text.as_bytes().to_vec()),
    );
    bad.push([whole, b"\xff"].concat());
    bad.push([b"[".repeat(100_000), b"]".repeat(100_000)].concat());
    bad.push(b"{\"a\":".repeat(100_000));
    bad
}
