//! From quotes and listings to what is on the board.

use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Bar, Candle, CandleKind, Interval};
use parallax::event::MarketEvent;
use parallax::index::Status;
use parallax::market::MarketKey;
use parallax::time::Clock;
use parallax_board::{Board, Event, Filter};
use parallax_pricing::{Engine, Policy};
use parallax_worker::{Decisions, Pipeline, WorkerConfig, run};
use tokio::sync::{mpsc, watch};

use crate::desk::{
    TokioClock, bitcoin, catalogue, no_repairs, none_by_hand, pipeline, store, three_quotes,
};

#[tokio::test]
async fn quotes_become_a_published_price_within_one_step() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let price = board.price("bitcoin").unwrap();
    assert_eq!(price.summary.status, Status::Live);
    assert_eq!(price.summary.sources, 3);
    assert_eq!(price.summary.price.unwrap().to_string(), "101.5");
}

#[tokio::test]
async fn a_market_that_is_unlisted_leaves_nothing_and_a_lost_token_is_taken_down() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let key = MarketKey(2);
    pipeline.handle(MarketEvent::Unlisted { key });
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let price = board.price("bitcoin").unwrap();
    assert_eq!(
        (price.summary.sources, price.index.constituents.len()),
        (2, 2)
    );
    pipeline.refresh(clock.now().utc);
    assert_eq!(board.markets().len(), 2);
    assert_eq!(pipeline.listings().all().len(), 2);
    let mut reader = board.subscribe(None, Filter::All);
    let shipped = catalogue();
    let disabled = parallax::catalogue::Entry {
        enabled: false,
        ..shipped.entry("bitcoin").unwrap().clone()
    };
    let amended = shipped.amended([&disabled]).unwrap().numbered(1);
    pipeline.learn(&amended, clock.now().utc);
    assert!(board.price("bitcoin").is_none());
    let told = reader.next(false).await.unwrap().events;
    assert!(matches!(told.as_slice(), [Event::Catalogue(it)] if it.revision == 1));
    pipeline.tick(clock.now());
    assert!(board.price("bitcoin").is_none());
}

#[tokio::test]
async fn what_is_listed_by_a_new_catalogue_finds_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    let (board, clock) = (Board::new(16), TokioClock::at(1_700_000_000));
    let shipped = catalogue();
    let without = parallax::catalogue::Entry {
        enabled: false,
        ..shipped.entry("bitcoin").unwrap().clone()
    };
    let before = Arc::new(shipped.amended([&without]).unwrap());
    let engine = Engine::new(Policy::default(), before.tokens()).unwrap();
    let pipeline = Pipeline::new(&WorkerConfig::default(), engine, Arc::clone(&board));
    let (set, in_force) = watch::channel(before);
    let (sender, events) = mpsc::channel(16);
    // Both wait when the pipeline looks for the first time.
    set.send_replace(Arc::new(shipped));
    for event in three_quotes(clock.now()) {
        sender.try_send(event).unwrap();
    }
    drop(sender);
    let store = store(&folder).await;
    let config = WorkerConfig::default();
    run(
        pipeline,
        events,
        no_repairs(),
        Decisions {
            catalogue: in_force,
            by_hand: none_by_hand(),
        },
        store,
        clock,
        config,
    )
    .await;
    assert_eq!(board.price("bitcoin").unwrap().summary.sources, 3);
}

#[tokio::test]
async fn a_stalled_market_leaves_the_price() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    pipeline.handle(MarketEvent::Stalled {
        key: MarketKey(2),
        at: clock.now(),
    });
    pipeline.publish(clock.now(), || clock.now().monotonic);
    assert_eq!(board.price("bitcoin").unwrap().summary.sources, 2);
    pipeline.refresh(clock.now().utc);
    let stalled = board
        .markets()
        .iter()
        .filter(|market| market.stalled)
        .count();
    assert_eq!(stalled, 1);
}

#[tokio::test]
async fn a_quiet_token_is_compared_anew_when_its_past_becomes_known() {
    let board = Board::new(16);
    let clock = TokioClock::at(1_700_000_000);
    let mut pipeline = pipeline(&board);
    for event in three_quotes(clock.now()) {
        pipeline.handle(event);
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    let before = board.price("bitcoin").unwrap();
    assert_eq!(before.summary.change_1h_pct, None);

    let an_hour_ago = clock.now().utc.minus(Duration::from_secs(3_660));
    let open_time = an_hour_ago.floor(Duration::from_secs(60));
    let close: parallax::amount::Price = "100".parse().unwrap();
    let candle = Candle {
        series: bitcoin(Interval::Minute),
        bar: Bar {
            open_time,
            open: close,
            high: close,
            low: close,
            close,
            confidence: None,
            volume_usd: "1".parse().unwrap(),
            trades: None,
            sources: 3,
            minutes: 1,
            kind: CandleKind::Traded,
            revision: 0,
        },
    };
    pipeline.repair(vec![candle], clock.now().utc);
    pipeline.compare(clock.now().utc);
    let after = board.price("bitcoin").unwrap();
    assert_eq!(after.summary.change_1h_pct.unwrap().to_string(), "1.50");
    assert_eq!(after.summary.price, before.summary.price);
    let seq = after.summary.seq;
    pipeline.compare(clock.now().utc);
    assert_eq!(
        board.price("bitcoin").unwrap().summary.seq,
        seq,
        "nothing new"
    );
}
