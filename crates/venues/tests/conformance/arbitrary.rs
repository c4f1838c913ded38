//! Case V20: nothing that comes over the wire makes an adapter panic.

use std::sync::LazyLock;

use parallax_venues::spec::SessionEvent;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fixture::{self, Fixture};
use crate::requests::any_time;

static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(|| fixture::all().collect());

/// Feeds the bytes to everything that reads bytes; what is understood must be about known markets,
/// and what is not must leave no event.
fn feed(fixture: &Fixture, bytes: &[u8]) {
    let mut session = fixture.open();
    let mut events = vec![SessionEvent::Disconnecting];
    let result = session.decode(bytes, &mut events);
    assert!(events.first() == Some(&SessionEvent::Disconnecting));
    if result.is_err() {
        assert_eq!(events.len(), 1, "an error left events behind");
    }
    for event in &events {
        if let Some(market) = crate::decoding::market(event) {
            assert!(usize::try_from(market).unwrap() < fixture.markets.len());
        }
        if let SessionEvent::Rejected { reason, .. } = event {
            assert!(reason.chars().count() <= 200);
        }
    }
    let _ = fixture.stream.parse_discovery(bytes);
    let _ = fixture
        .adapter
        .parse_candles(&any_time(&fixture.markets[0]), bytes);
    let _ = fixture.stream.stream_url(bytes);
}

/// A change of one spot: the byte there is replaced, doubled, removed, or the rest is cut off.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index),
    Cut(Index),
    Swap(Index, Index),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let tokens = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "null",
        "-",
        "1e999",
        "0",
        "\\u0000",
        "\\ud800",
        "\u{1f600}",
    ]);
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), tokens).prop_map(|(at, token)| Change::Insert(at, token.into())),
        any::<Index>().prop_map(Change::Remove),
        any::<Index>().prop_map(Change::Cut),
        any::<(Index, Index)>().prop_map(|(one, other)| Change::Swap(one, other)),
    ]
}

pub(crate) fn apply(mut bytes: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        let len = bytes.len();
        if len == 0 {
            break;
        }
        match change {
            Change::Replace(at, byte) => bytes[at.index(len)] = byte,
            Change::Insert(at, token) => {
                let at = at.index(len);
                bytes.splice(at..at, token);
            }
            Change::Remove(at) => drop(bytes.remove(at.index(len))),
            Change::Cut(at) => bytes.truncate(at.index(len)),
            Change::Swap(one, other) => bytes.swap(one.index(len), other.index(len)),
        }
    }
    bytes
}

/// Everything in the fixtures that an exchange might send.
fn samples(fixture: &Fixture) -> Vec<Vec<u8>> {
    let frames = fixture
        .frames
        .iter()
        .map(|frame| frame.clone().into_bytes());
    let answers = ["discovery.json", "candles.json", "opening.json"];
    frames
        .chain(answers.iter().filter_map(|name| fixture.file(name)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn v20_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for fixture in FIXTURES.iter() {
            feed(fixture, &bytes);
        }
    }

    #[test]
    fn v20_mutated_frames_and_answers_never_panic(
        pick in any::<Index>(),
        changes in proptest::collection::vec(change(), 1..8),
    ) {
        for fixture in FIXTURES.iter() {
            let samples = samples(fixture);
            let sample = samples[pick.index(samples.len())].clone();
            feed(fixture, &apply(sample, changes.clone()));
        }
    }
}
