//! Cases V01 to V09: the facts, and what good frames mean.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use parallax_venues::ALL;
use parallax_venues::spec::{Descriptor, Kind, SessionEvent, Stream};

use crate::{fixture, json};

#[test]
fn v01_every_exchange_has_a_folder_of_fixtures_and_the_other_way_round() {
    let folders: BTreeSet<_> = std::fs::read_dir(fixture::root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let venues: BTreeSet<_> = ALL
        .iter()
        .map(|adapter| adapter.descriptor().id.to_owned())
        .collect();
    assert_eq!(folders, venues);
}

#[test]
fn v02_the_descriptor_holds_together() {
    for adapter in ALL {
        let facts = adapter.descriptor();
        let id = facts.id;
        assert!(!facts.name.is_empty(), "{id}");
        for url in [facts.website, facts.docs_url, facts.endpoints.rest] {
            assert!(url.starts_with("https://"), "{id}: {url}");
        }
        assert!(!facts.endpoints.rest.ends_with('/'), "{id}");
        assert_eq!(
            facts.candles_per_request > 0,
            !facts.candle_intervals.is_empty(),
            "{id}: candles have lengths and their number is 0, or the other way round"
        );
        assert!(!facts.max_quote_age.is_zero(), "{id}");
        assert!(!facts.request_gap.is_zero(), "{id}");
        match adapter.kind() {
            Kind::Stream(stream) => check_stream(facts, stream),
            Kind::Poll(poll) => {
                assert_eq!(facts.endpoints.stream, "", "{id}");
                assert!(!poll.facts().timeout.is_zero(), "{id}");
                assert!(poll.facts().max_answer_bytes >= 64 * 1_024, "{id}");
            }
        }
    }
}

fn check_stream(facts: &Descriptor, stream: &'static dyn Stream) {
    let (id, streaming) = (facts.id, stream.facts());
    let limits = streaming.limits;
    assert!(facts.endpoints.stream.starts_with("wss://"), "{id}");
    assert!(!facts.endpoints.stream.ends_with('/'), "{id}");
    assert!(limits.markets_per_subscribe > 0, "{id}");
    assert!(
        limits.markets_per_connection >= limits.markets_per_subscribe,
        "{id}: a batch larger than a connection"
    );
    assert!(limits.max_frame_bytes >= 1_024, "{id}");
    assert!(streaming.market_stall_after >= facts.max_quote_age, "{id}");
    assert!(!streaming.connection_stall_after.is_zero(), "{id}");
    let keep_alive = fixture::open(stream, &[]).keep_alive();
    assert_eq!(
        keep_alive.is_some(),
        streaming.keep_alive_every.is_some(),
        "{id}"
    );
}

#[test]
fn v03_fixture_frames_decode_to_their_snapshot() {
    for fixture in fixture::all() {
        let mut text = String::new();
        for (frame, events) in fixture.replay() {
            writeln!(text, "{frame}").unwrap();
            for event in &events {
                writeln!(text, "    {event:?}").unwrap();
            }
        }
        crate::requests::snapshot(&fixture, "frames", &text);
    }
}

#[test]
fn v04_every_capability_declared_is_proven_by_a_frame_and_nothing_else_is_delivered() {
    for fixture in fixture::all() {
        let (mut quotes, mut sizes, mut trades, mut tickers) = (0, 0, 0, 0);
        for event in fixture.replay().into_iter().flat_map(|(_, events)| events) {
            match event {
                SessionEvent::Quote { quote, .. } => {
                    quotes += 1;
                    sizes += usize::from(quote.bid_size.is_some() && quote.ask_size.is_some());
                }
                SessionEvent::Trade { .. } => trades += 1,
                SessionEvent::Ticker { .. } => tickers += 1,
                _ => {}
            }
        }
        let declared = fixture.stream.facts().capabilities;
        assert!(quotes > 0, "{}: no fixture frame is a quote", fixture.venue);
        for (capability, declared, frames) in [
            ("quote_sizes", declared.quote_sizes, sizes),
            ("trades", declared.trades, trades),
            ("tickers", declared.tickers, tickers),
        ] {
            assert_eq!(
                declared,
                frames > 0,
                "{}: {capability} is declared as {declared}, and {frames} fixture frames have it",
                fixture.venue
            );
        }
    }
}

#[test]
fn v05_unknown_fields_are_ignored() {
    for fixture in fixture::all() {
        fixture.each_telling(|frame, expected, session| {
            if let Some(extended) = json::with_unknown_fields(frame) {
                let events = fixture.decode(session, &extended);
                assert_eq!(events, expected, "{}: {extended}", fixture.venue);
            }
        });
    }
}

#[test]
fn v06_the_order_of_fields_and_blanks_between_them_mean_nothing() {
    for fixture in fixture::all() {
        fixture.each_telling(|frame, expected, session| {
            if let Some(reordered) = json::reordered(frame) {
                let events = fixture.decode(session, &reordered);
                assert_eq!(events, expected, "{}: {reordered}", fixture.venue);
            }
        });
    }
}

#[test]
fn v07_decoding_is_deterministic_and_a_reopened_session_is_fresh() {
    for fixture in fixture::all() {
        let first = fixture.replay();
        assert_eq!(fixture.replay(), first, "{}", fixture.venue);
        // A session that has seen everything, and garbage, leaves nothing behind for the next.
        let mut used = fixture.open();
        for frame in fixture.frames.iter().chain(&fixture.malformed()) {
            let _ = used.decode(frame.as_bytes(), &mut Vec::new());
        }
        assert_eq!(fixture.replay(), first, "{}", fixture.venue);
    }
}

/// The market an event is about.
pub(crate) fn market(event: &SessionEvent) -> Option<u32> {
    match event {
        SessionEvent::Quote { market, .. }
        | SessionEvent::Trade { market, .. }
        | SessionEvent::Ticker { market, .. }
        | SessionEvent::Halted { market } => Some(*market),
        SessionEvent::Rejected { market, .. } => *market,
        SessionEvent::Reply(_) | SessionEvent::Disconnecting => None,
    }
}

#[test]
fn v08_markets_that_were_not_asked_for_are_ignored() {
    for fixture in fixture::all() {
        let mut session = fixture::open(fixture.stream, &[]);
        for frame in &fixture.frames {
            for event in fixture.decode(&mut *session, frame) {
                assert_eq!(market(&event), None, "{}: {frame}", fixture.venue);
            }
        }
    }
}

#[test]
fn v09_a_market_is_known_by_its_position_in_the_sessions_slice() {
    for fixture in fixture::all() {
        let count = u32::try_from(fixture.markets.len()).unwrap();
        let mut backwards = fixture.markets.clone();
        backwards.reverse();
        let mut session = fixture::open(fixture.stream, &backwards);
        for (frame, events) in fixture.replay() {
            let there: BTreeSet<_> = events.iter().map(market).collect();
            let here = fixture.decode(&mut *session, frame);
            let here: BTreeSet<_> = here
                .iter()
                .map(|event| market(event).map(|market| count - 1 - market))
                .collect();
            assert_eq!(here, there, "{}: {frame}", fixture.venue);
        }
    }
}
