//! Cases V22 to V30: venues that are polled.

use std::path::{Path, PathBuf};

use parallax::candle::Interval;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::token::Symbol;
use parallax_venues::ALL;
use parallax_venues::spec::{
    Adapter, CandleQuery, DecodeError, Endpoints, Kind, Method, Poll, Recovery, Request, Secret,
};
use serde::Deserialize;

use crate::fixture;
use crate::requests::{any_time, bad_answers, check_candles, configured, show, snapshot_in};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// `venue.toml` of a polled venue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    market: Vec<Market>,
    poll: Moment,
    candles: Candles,
    #[serde(default)]
    recording: Vec<Recording>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Market {
    symbol: String,
    base: Symbol,
    quote: Symbol,
}

/// When the poll that `answer.json` answers was made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    now: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Candles {
    symbol: String,
    interval: Interval,
    from: Timestamp,
    until: Timestamp,
}

/// A recorded answer to a query for candles.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    file: String,
    /// Exactly so many, one after another.
    candles: usize,
    /// The first one's open time.
    first: Timestamp,
}

/// A line of `refusals.jsonl`: an answer that must not be used, and when to ask again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    recovery: String,
    body: String,
}

struct Polled {
    adapter: &'static dyn Adapter,
    poll: &'static dyn Poll,
    venue: &'static str,
    folder: PathBuf,
    facts: Facts,
    markets: Vec<Listing>,
}

impl Polled {
    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name))
            .unwrap_or_else(|error| panic!("{}: {name}: {error}", self.venue))
    }

    fn query(&self) -> CandleQuery<'_> {
        let facts = &self.facts.candles;
        CandleQuery {
            listing: self
                .markets
                .iter()
                .find(|listing| *listing.symbol == *facts.symbol)
                .unwrap(),
            interval: facts.interval,
            from: facts.from,
            until: facts.until,
        }
    }
}

fn all() -> Vec<Polled> {
    let polled = ALL.iter().filter_map(|adapter| match adapter.kind() {
        Kind::Stream(_) => None,
        Kind::Poll(poll) => Some((*adapter, poll)),
    });
    polled
        .map(|(adapter, poll)| {
            let venue = adapter.descriptor().id;
            let folder = fixture::root().join(venue);
            let text = std::fs::read_to_string(folder.join("venue.toml")).unwrap();
            let facts: Facts = toml::from_str(&text).unwrap();
            let listing = |market: &Market| {
                fixture::listing(venue, &market.symbol, &market.base, &market.quote)
            };
            Polled {
                adapter,
                poll,
                venue,
                folder,
                markets: facts.market.iter().map(listing).collect(),
                facts,
            }
        })
        .collect()
}

fn with_key() -> Endpoints {
    Endpoints {
        key: Some(Secret::new(KEY)),
        ..configured()
    }
}

/// What an adapter sends goes where it was told to, with the key in its own place and in no other.
fn check_request(venue: &str, request: &Request) {
    assert!(request.url.starts_with(&with_key().rest), "{venue}");
    assert_eq!(request.bearer, Some(Secret::new(KEY)), "{venue}");
    assert!(
        !format!("{request:?}").contains(KEY),
        "{venue}: {request:?}"
    );
    if request.method == Method::Post {
        let body = request.body.as_deref().unwrap();
        assert!(
            serde_json::from_str::<serde_json::Value>(body).is_ok(),
            "{body}"
        );
    }
}

#[test]
fn v22_what_is_asked_matches_its_snapshot_and_shows_no_key() {
    for polled in all() {
        let endpoints = with_key();
        let mut requests = polled
            .poll
            .ask(&endpoints, &polled.markets, polled.facts.poll.now);
        assert_eq!(requests.len(), 1, "{}: one poll, one query", polled.venue);
        let query = polled.query();
        for interval in Interval::ALL {
            let query = CandleQuery {
                interval,
                until: query.from.plus(5 * interval.duration()),
                ..query
            };
            let request = polled.adapter.candles(&endpoints, &query);
            let declared = polled.adapter.descriptor().candle_intervals;
            assert_eq!(request.is_some(), declared.contains(&interval));
            requests.extend(request);
        }
        requests.push(polled.poll.discovery(&endpoints));
        for request in &requests {
            check_request(polled.venue, request);
        }
        let lines: Vec<_> = requests.iter().map(show).collect();
        snapshot_in(&polled.folder, "sent", &lines.join("\n"));
    }
}

#[test]
fn v23_every_market_of_the_catalogue_is_asked_for_once_and_a_long_list_in_several_queries() {
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    for polled in all() {
        let markets = polled.poll.markets(&catalogue);
        assert!(!markets.is_empty(), "{}", polled.venue);
        for listing in &markets {
            assert_eq!(listing.venue.as_str(), polled.venue);
            let base = listing.market.base.token().unwrap();
            assert!(catalogue.get(base.as_str()).is_some());
        }
        let many: Vec<Listing> = (0..3_000)
            .map(|number| Listing {
                symbol: format!("0x{number:040x}").into(),
                ..markets[0].clone()
            })
            .collect();
        for markets in [&markets, &many] {
            let requests = polled.poll.ask(&with_key(), markets, Timestamp::default());
            for request in &requests {
                check_request(polled.venue, request);
                assert!(request.body.as_deref().unwrap_or_default().len() < 64 * 1_024);
            }
            for listing in markets.iter() {
                let asking = requests.iter().filter(|request| {
                    let body = request.body.as_deref().unwrap_or_default();
                    body.contains(&*listing.symbol)
                });
                assert_eq!(asking.count(), 1, "{}: {}", polled.venue, listing.symbol);
            }
        }
    }
}

#[test]
fn v24_an_answer_means_what_its_snapshot_says_wherever_a_market_stands() {
    for polled in all() {
        let body = polled.file("answer.json");
        let answer = polled.poll.parse_answer(&polled.markets, &body).unwrap();
        let mut text = format!("block {} of {}\n", answer.block, answer.observed_at);
        for observation in &answer.markets {
            text.push_str(&format!("{observation:#?}\n"));
            assert!(observation.price.is_none_or(|price| price.is_positive()));
        }
        snapshot_in(&polled.folder, "answer", &text);

        let mut backwards = polled.markets.clone();
        backwards.reverse();
        let reversed = polled.poll.parse_answer(&backwards, &body).unwrap();
        for observation in reversed.markets {
            let mut there = observation;
            there.market = u32::try_from(polled.markets.len()).unwrap() - 1 - there.market;
            assert!(answer.markets.contains(&there), "{}", polled.venue);
        }
        let nobody = polled.poll.parse_answer(&[], &body).unwrap();
        assert!(nobody.markets.is_empty(), "{}", polled.venue);
    }
}

#[test]
fn v25_what_must_not_be_used_is_refused_and_says_when_to_ask_again() {
    for polled in all() {
        for line in fixture::lines(&polled.folder, "refusals.jsonl") {
            let refusal: Refusal = serde_json::from_str(&line).unwrap();
            let body = refusal.body.as_bytes();
            let errors = [
                polled.poll.parse_answer(&polled.markets, body).unwrap_err(),
                polled.poll.parse_discovery(body).unwrap_err(),
                polled
                    .adapter
                    .parse_candles(&polled.query(), body)
                    .unwrap_err(),
            ];
            for error in errors {
                let recovery = match error.recovery() {
                    Recovery::Soon => "soon",
                    Recovery::Late => "late",
                    Recovery::Operator => "operator",
                };
                assert_eq!(
                    recovery, refusal.recovery,
                    "{}: {error}: {line}",
                    polled.venue
                );
            }
        }
        for bad in bad_answers(&polled.file("answer.json")) {
            assert!(polled.poll.parse_answer(&polled.markets, &bad).is_err());
        }
    }
}

#[test]
fn v26_candles_are_finished_ones_of_the_query_and_rows_without_a_price_are_left_out() {
    for polled in all() {
        let (query, body) = (polled.query(), polled.file("candles.json"));
        let page = polled.adapter.parse_candles(&query, &body).unwrap();
        check_candles(polled.venue, &query, &page.candles);
        let lines: Vec<_> = page
            .candles
            .iter()
            .map(|candle| format!("{candle:?}"))
            .collect();
        let text = format!("{}\nsettled until {}", lines.join("\n"), page.settled_until);
        snapshot_in(&polled.folder, "candles", &text);
        for bad in bad_answers(&body) {
            assert!(polled.adapter.parse_candles(&query, &bad).is_err());
        }
    }
}

#[test]
fn v27_recorded_candles_are_read_in_full() {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    if !recordings.is_dir() {
        eprintln!("skipped: no recordings at {}", recordings.display());
        return;
    }
    for polled in all() {
        let folder = recordings.join(polled.venue);
        for recording in &polled.facts.recording {
            let body = std::fs::read(folder.join(&recording.file)).unwrap();
            let query = CandleQuery {
                interval: polled.facts.candles.interval,
                ..any_time(&polled.markets[0])
            };
            let page = polled.adapter.parse_candles(&query, &body).unwrap();
            check_candles(polled.venue, &query, &page.candles);
            let opens: Vec<_> = page.candles.iter().map(|candle| candle.open_time).collect();
            let step = query.interval.duration();
            let expected: Vec<_> = (0..recording.candles)
                .map(|number| recording.first.plus(step * u32::try_from(number).unwrap()))
                .collect();
            assert_eq!(opens, expected, "{}: {}", polled.venue, recording.file);
        }
        // Error bodies out of public threads, and ones made after the servers' source.
        let mut refused = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let bodies: Vec<&str> = match name.as_str() {
                name if name.starts_with("real_") => vec![&text],
                name if name.starts_with("constructed_") => text.lines().collect(),
                _ => continue,
            };
            for body in bodies {
                let error = polled
                    .poll
                    .parse_answer(&polled.markets, body.as_bytes())
                    .unwrap_err();
                let understood = matches!(
                    error,
                    DecodeError::Refused(_) | DecodeError::Unavailable { .. }
                );
                assert!(understood, "{}: {name}: {error}", polled.venue);
                let by_operator = ["auth error", "subgraph not found", "argument must be"]
                    .iter()
                    .any(|words| body.contains(words));
                let permanent = error.recovery() == Recovery::Operator;
                assert_eq!(permanent, by_operator, "{}: {name}: {error}", polled.venue);
                refused += 1;
            }
        }
        eprintln!("{}: {refused} recorded refusals", polled.venue);
    }
}

#[test]
fn v28_polled_bytes_never_panic() {
    use proptest::prelude::*;

    let all = all();
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (
        any::<proptest::sample::Index>(),
        proptest::collection::vec(crate::arbitrary::change(), 1..8),
    );
    runner
        .run(&strategy, |(pick, changes)| {
            for polled in &all {
                let samples = ["answer.json", "candles.json", "contracts.json"];
                let sample = polled.file(samples[pick.index(samples.len())]);
                let body = crate::arbitrary::apply(sample, changes.clone());
                let _ = polled.poll.parse_discovery(&body);
                if let Ok(answer) = polled.poll.parse_answer(&polled.markets, &body) {
                    for observation in answer.markets {
                        prop_assert!(observation.price.is_none_or(|price| price.is_positive()));
                    }
                }
                let _ = polled
                    .adapter
                    .parse_candles(&any_time(&polled.markets[0]), &body);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn v29_contracts_are_found_each_once_with_their_own_words_and_odd_entries_are_left_out() {
    for polled in all() {
        let body = polled.file("contracts.json");
        let found = polled.poll.parse_discovery(&body).unwrap();
        let mut addresses: Vec<_> = found.iter().map(|it| it.address.as_str()).collect();
        for address in &addresses {
            assert!(!address.bytes().any(|byte| byte.is_ascii_uppercase()));
        }
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), found.len(), "{}", polled.venue);
        let lines: Vec<_> = found.iter().map(|it| format!("{it:?}")).collect();
        snapshot_in(&polled.folder, "contracts", &lines.join("\n"));
        for bad in bad_answers(&body) {
            assert!(polled.poll.parse_discovery(&bad).is_err());
        }
    }
}

#[test]
fn v30_what_the_catalogue_says_is_not_on_the_venue_is_not_asked_for() {
    let shipped: Catalogue = toml::from_str(EMBEDDED).unwrap();
    for polled in all() {
        let venue = polled.venue.parse().unwrap();
        let before = polled.poll.markets(&shipped);
        let first = before[0].market.base.token().unwrap();
        let away = shipped.entry(first.as_str()).unwrap().not_read_on(&venue);
        let amended = shipped.amended([&away]).unwrap();
        let after = polled.poll.markets(&amended);
        assert_eq!(after, before[1..], "{}", polled.venue);
        let again = away.read_again_on(&venue).unwrap();
        let amended = amended.amended([&again]).unwrap();
        assert_eq!(polled.poll.markets(&amended), before, "{}", polled.venue);
        // Every one of them is on the chain that the venue declares.
        let chain = polled.poll.facts().chain;
        let listed = shipped.contracts_on(chain, &venue).count();
        assert_eq!(listed, before.len(), "{}", polled.venue);
    }
}
