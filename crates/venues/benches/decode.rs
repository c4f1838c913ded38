//! How many frames a second each exchange's adapter decodes on one thread.
//!
//! Run with `cargo bench -p parallax-venues`: the column of items per second is frames per second. The
//! frames are those of `fixtures/<venue>/frames.jsonl`, by what they mean; a frame that holds a quote
//! and 24-hour figures counts as a quote.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark without its fixtures has nothing to measure"
)]

#[expect(dead_code, reason = "the benchmark needs only the frames")]
#[path = "../tests/conformance/fixture.rs"]
mod fixture;

use divan::Bencher;
use divan::counter::ItemsCount;
use parallax_venues::spec::SessionEvent;

/// Enough for the buffers to be warm, few enough for one sample to be short.
const FRAMES_PER_ITERATION: usize = 1_000;

fn main() {
    divan::main();
}

/// What a frame is counted as; `None` when it is none of the three.
fn kind(events: &[SessionEvent]) -> Option<&'static str> {
    match events.first()? {
        SessionEvent::Quote { .. } => Some("quote"),
        SessionEvent::Trade { .. } => Some("trade"),
        SessionEvent::Ticker { .. } => Some("ticker"),
        _ => None,
    }
}

/// `venue/kind` for each kind of frame that the venue's fixtures have.
fn cases() -> Vec<String> {
    let mut cases = Vec::new();
    for fixture in fixture::all() {
        for wanted in ["quote", "trade", "ticker"] {
            if fixture
                .replay()
                .iter()
                .any(|(_, events)| kind(events) == Some(wanted))
            {
                cases.push(format!("{}/{wanted}", fixture.venue));
            }
        }
    }
    cases
}

#[divan::bench(args = cases())]
fn decode(bencher: Bencher<'_, '_>, case: &str) {
    let fixture = fixture::all().find(|fixture| case.split('/').next() == Some(fixture.venue));
    let fixture = fixture.unwrap_or_else(|| panic!("no fixtures for {case}"));
    let wanted = case.rsplit('/').next();
    let frames: Vec<&str> = fixture
        .replay()
        .into_iter()
        .filter(|(_, events)| kind(events) == wanted)
        .map(|(frame, _)| frame)
        .collect();
    let mut session = fixture.open();
    let mut events = Vec::new();
    bencher
        .counter(ItemsCount::new(FRAMES_PER_ITERATION))
        .bench_local(|| {
            for frame in frames.iter().cycle().take(FRAMES_PER_ITERATION) {
                events.clear();
                session.decode(frame.as_bytes(), &mut events).unwrap();
                divan::black_box(&events);
            }
        });
}
