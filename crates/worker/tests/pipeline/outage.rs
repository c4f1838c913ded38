//! Stops, restarts, and a database that is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parallax::index::Status;
use parallax::time::Clock;
use parallax_board::{Board, Event, Filter};
use parallax_store::Store;
use parallax_worker::{Decisions, LastKnown, WorkerConfig, run};
use tokio::sync::mpsc;

use crate::desk::{
    TokioClock, no_repairs, none_by_hand, pipeline, quoted, store, three_quotes, unchanged,
};
use crate::flaky::Flaky;

#[tokio::test]
async fn a_stop_stores_everything_accepted_and_a_restart_shows_it_marked_stale() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock = TokioClock::at(1_700_000_000);
    let board = Board::new(16);
    let (sender, events) = mpsc::channel(64);
    for event in three_quotes(clock.now()) {
        sender.send(event).await.unwrap();
    }
    drop(sender);
    run(
        pipeline(&board),
        events,
        no_repairs(),
        Decisions {
            catalogue: unchanged(),
            by_hand: none_by_hand(),
        },
        Arc::clone(&store),
        clock.clone(),
        WorkerConfig::default(),
    )
    .await;

    let restarted = Board::new(16);
    let later = TokioClock::at(1_700_000_090);
    let mut pipeline = pipeline(&restarted);
    let last = LastKnown::load(store.as_ref(), later.now().utc)
        .await
        .unwrap();
    pipeline.restore(last, later.now());
    pipeline.refresh(later.now().utc);
    let price = restarted.price("bitcoin").unwrap();
    assert_eq!(price.summary.status, Status::Stale);
    assert_eq!(price.summary.price.unwrap().to_string(), "101.5");
    assert_eq!(
        price.summary.as_of.unwrap().unix_ms() / 1_000,
        1_700_000_000
    );
    assert_eq!(price.index.constituents.len(), 3);
    assert!(
        restarted
            .markets()
            .iter()
            .all(|market| market.stalled && market.quote.is_some())
    );
    assert_eq!(restarted.markets().len(), 3);
}

#[tokio::test]
async fn live_prices_go_on_while_the_database_is_away_and_rows_follow_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let flaky = Arc::new(Flaky {
        store: store(&folder).await,
        away: AtomicBool::new(true),
    });
    let clock = TokioClock::at(1_700_000_000);
    let board = Board::new(1_024);
    let mut reader = board.subscribe(None, Filter::All);
    let (sender, events) = mpsc::channel(64);
    let config = WorkerConfig {
        flush_every: Duration::from_millis(20),
        price_every: Duration::ZERO,
        ..WorkerConfig::default()
    };
    let task = tokio::spawn(run(
        pipeline(&board),
        events,
        no_repairs(),
        Decisions {
            catalogue: unchanged(),
            by_hand: none_by_hand(),
        },
        flaky.clone() as Arc<dyn Store>,
        clock.clone(),
        config,
    ));
    for event in three_quotes(clock.now()) {
        sender.send(event).await.unwrap();
    }
    // The failure is reported, and a quote after it is still published.
    while board.store().is_none_or(|report| report.healthy) {
        tokio::task::yield_now().await;
    }
    assert!(board.store().unwrap().last_error.is_some());
    sender
        .send(quoted(0, "102", "104", clock.now()))
        .await
        .unwrap();
    sender
        .send(quoted(1, "102", "104", clock.now()))
        .await
        .unwrap();
    sender
        .send(quoted(2, "102", "104", clock.now()))
        .await
        .unwrap();
    loop {
        let batch = reader.next(true).await.unwrap();
        let moved = batch.events.iter().any(|event| {
            matches!(event, Event::Price(price)
                if price.summary.price.is_some_and(|price| price.to_string() == "103"))
        });
        if moved {
            break;
        }
    }
    flaky.away.store(false, Ordering::SeqCst);
    drop(sender);
    task.await.unwrap();
    let stored = flaky.latest_prices().await.unwrap();
    assert_eq!(stored[0].price.unwrap().to_string(), "103");
    assert_eq!(flaky.latest_quotes().await.unwrap().len(), 3);
}
