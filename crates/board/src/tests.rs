#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use parallax::index::Status;
use parallax::time::Timestamp;

use super::*;

fn publication(token: &str, price: &str) -> Publication {
    let at = Timestamp::from_unix_s(1_700_000_000).unwrap();
    let index = IndexPrice {
        token: token.parse().unwrap(),
        price: Some(price.parse().unwrap()),
        confidence: None,
        status: Status::Live,
        as_of: Some(at),
        computed_at: at,
        method: 1,
        sources: 3,
        sources_known: 3,
        volume_24h_usd: None,
        constituents: Vec::new(),
        by_hand: None,
    };
    Publication {
        index: Arc::new(index),
        changes: Changes::default(),
    }
}

fn seen(events: &[Event]) -> Vec<(u64, String)> {
    let price = |event: &Event| match event {
        Event::Price(price) => price.summary.price.unwrap().to_string(),
        Event::Connection(connection) => connection.report.id.clone(),
        Event::Catalogue(catalogue) => format!("catalogue {}", catalogue.revision),
    };
    events
        .iter()
        .map(|event| (event.seq(), price(event)))
        .collect()
}

fn entry(seq: u64, what: &str) -> (u64, String) {
    (seq, what.to_owned())
}

#[tokio::test]
async fn a_reader_in_step_gets_every_publication_in_order() {
    let board = Board::new(8);
    let mut reader = board.subscribe(None, Filter::All);
    board.publish([
        publication("bitcoin", "1"),
        publication("ether", "2"),
        publication("bitcoin", "3"),
    ]);
    let batch = reader.next(false).await.unwrap();
    assert!(!batch.conflated);
    assert_eq!(
        seen(&batch.events),
        [entry(1, "1"), entry(2, "2"), entry(3, "3")]
    );
}

#[tokio::test]
async fn a_conflating_reader_gets_only_the_latest_of_each_token() {
    let board = Board::new(8);
    let mut reader = board.subscribe(None, Filter::All);
    board.publish([
        publication("bitcoin", "1"),
        publication("ether", "2"),
        publication("bitcoin", "3"),
    ]);
    let batch = reader.next(true).await.unwrap();
    assert_eq!(seen(&batch.events), [entry(2, "2"), entry(3, "3")]);
}

#[tokio::test]
async fn a_reader_that_fell_behind_the_buffer_is_conflated_and_loses_no_token() {
    let board = Board::new(2);
    let mut reader = board.subscribe(None, Filter::All);
    for price in 1..=5 {
        board.publish([publication("bitcoin", &price.to_string())]);
    }
    board.publish([publication("ether", "9")]);
    let batch = reader.next(false).await.unwrap();
    assert!(batch.conflated || batch.events.len() == 2);
    assert_eq!(seen(&batch.events), [entry(5, "5"), entry(6, "9")]);
}

#[tokio::test]
async fn every_reader_is_told_of_another_catalogue_and_lost_tokens_are_taken_down() {
    let board = Board::new(8);
    let wanted = HashSet::from(["ether".parse().unwrap()]);
    let mut reader = board.subscribe(None, Filter::Tokens(Arc::new(wanted)));
    let mut slow = board.subscribe(None, Filter::All);
    board.publish([publication("bitcoin", "1"), publication("ether", "2")]);
    board.publish_catalogue(1, &["bitcoin".parse().unwrap()]);
    board.publish_catalogue(2, &[]);
    let told = reader.next(false).await.unwrap().events;
    assert_eq!(
        seen(&told),
        [
            entry(2, "2"),
            entry(3, "catalogue 1"),
            entry(4, "catalogue 2")
        ]
    );
    assert_eq!(
        told.last().unwrap().sse(Detail::Summary),
        "event: catalogue\nid: 4\ndata: {\"seq\":4,\"revision\":2}\n\n"
    );
    assert_eq!(
        seen(&slow.next(true).await.unwrap().events),
        [entry(2, "2"), entry(4, "catalogue 2")]
    );
    assert!(board.price("bitcoin").is_none());
}

#[tokio::test]
async fn a_filter_keeps_other_tokens_away() {
    let board = Board::new(8);
    let wanted = HashSet::from(["ether".parse().unwrap()]);
    let mut reader = board.subscribe(None, Filter::Tokens(Arc::new(wanted)));
    board.publish([publication("bitcoin", "1"), publication("ether", "2")]);
    assert_eq!(
        seen(&reader.next(false).await.unwrap().events),
        [entry(2, "2")]
    );
    assert_eq!(reader.snapshot().len(), 1);
}

#[test]
fn a_reader_that_comes_back_in_time_is_replayed_exactly() {
    let board = Board::new(3);
    for price in 1..=5 {
        board.publish([publication("bitcoin", &price.to_string())]);
    }
    let mut reader = board.subscribe(Some(2), Filter::All);
    assert_eq!(
        seen(&reader.replay().unwrap()),
        [entry(3, "3"), entry(4, "4"), entry(5, "5")]
    );
    assert_eq!(reader.cursor(), 5);
}

#[test]
fn a_reader_that_comes_back_too_late_or_from_another_life_needs_a_snapshot() {
    let board = Board::new(3);
    for price in 1..=5 {
        board.publish([publication("bitcoin", &price.to_string())]);
    }
    assert!(board.subscribe(Some(1), Filter::All).replay().is_none());
    assert!(board.subscribe(Some(6), Filter::All).replay().is_none());
    assert_eq!(
        board
            .subscribe(Some(5), Filter::All)
            .replay()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_number_of_an_earlier_board_is_not_taken_for_this_ones() {
    let before = Board::new(5);
    before.publish([publication("bitcoin", "1"), publication("ether", "2")]);
    let board = Board::numbered_after(1_000, 5);
    board.publish([publication("bitcoin", "3")]);
    let mut reader = board.subscribe(Some(before.seq()), Filter::All);
    assert!(!reader.can_go_on());
    assert!(reader.replay().is_none());
    for (cursor, is_known) in [(999, false), (1_000, true), (1_001, true), (1_002, false)] {
        let reader = board.subscribe(Some(cursor), Filter::All);
        assert_eq!(reader.can_go_on(), is_known, "{cursor}");
    }
}

#[test]
fn an_event_is_serialised_once_and_shared() {
    let board = Board::new(3);
    board.publish([publication("bitcoin", "67123.45")]);
    let mut reader = board.subscribe(Some(0), Filter::All);
    let event = reader.replay().unwrap().remove(0);
    let (one, other) = (event.sse(Detail::Summary), event.sse(Detail::Summary));
    assert_eq!(one.as_ptr(), other.as_ptr());
    let text = String::from_utf8(one.to_vec()).unwrap();
    assert!(text.starts_with(
        "event: price\nid: 1\ndata: {\"token\":\"bitcoin\",\"seq\":1,\"price\":\"67123.45\""
    ));
    assert!(text.ends_with("}\n\n"));
    let Event::Price(price) = event else {
        unreachable!("a price was published")
    };
    let json: PriceSummary = serde_json::from_slice(&price.json(Detail::Summary)).unwrap();
    assert_eq!(json, price.summary);
}

#[test]
fn readers_of_the_same_members_share_their_bytes_and_every_member_has_a_name() {
    let board = Board::new(3);
    board.publish([publication("bitcoin", "67123.45")]);
    let price = board.price("bitcoin").unwrap();
    let event = Event::Price(Arc::clone(&price));
    let chosen =
        |names: &[&'static str]| Detail::Chosen(Fields::named(names.iter().copied()).unwrap());
    let one = event.sse(chosen(&["price", "sources"]));
    let other = event.sse(chosen(&["sources", "price", "token"]));
    assert_eq!(one.as_ptr(), other.as_ptr());
    assert_eq!(
        one,
        "event: price\nid: 1\ndata: {\"token\":\"bitcoin\",\"price\":\"67123.45\",\"status\":\"live\",\
         \"as_of\":\"2023-11-14T22:13:20.000Z\",\"sources\":3}\n\n"
    );
    let whole = price.json(Detail::Summary);
    assert_eq!(price.json(chosen(&Fields::NAMES)), whole);
    // More choices than are kept are still answered.
    for name in Fields::NAMES {
        let bytes = event.sse(chosen(&[name]));
        assert!(bytes.starts_with(b"event: price\nid: 1\n"), "{name}");
        assert_eq!(bytes, event.sse(chosen(&[name])));
    }
}

#[test]
fn subscriptions_are_counted_while_they_last() {
    let board = Board::new(3);
    let reader = board.subscribe(None, Filter::All);
    assert_eq!(board.clients(), 1);
    drop(reader);
    assert_eq!(board.clients(), 0);
}
