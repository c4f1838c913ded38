//! The task that drives the pipeline.

use std::sync::Arc;
use std::time::Duration;

use parallax::by_hand::SetPrices;
use parallax::candle::Candle;
use parallax::catalogue::Catalogue;
use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax_store::Store;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::writer::Writer;
use crate::{Pipeline, WorkerConfig};

/// Events taken in before the next publication: under load, publications become rarer and larger, and
/// a quote waits at most for this many others.
const BATCH: usize = 256;

/// How often quiet tokens are compared with the past anew.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// What operators decide, as the pipeline follows it.
#[derive(Debug)]
pub struct Decisions {
    /// The catalogue in force, which the pipeline learns before it takes in what venues list by it.
    pub catalogue: watch::Receiver<Arc<Catalogue>>,
    /// What is to be published in place of computed prices.
    pub by_hand: watch::Receiver<SetPrices>,
}

/// Runs the pipeline until `events` ends, which is how it is stopped; then stores what is left. `repairs`
/// are candles made of the venues' history, from [`crate::backfill`].
pub async fn run(
    mut pipeline: Pipeline,
    mut events: mpsc::Receiver<MarketEvent>,
    mut repairs: mpsc::Receiver<Vec<Candle>>,
    decisions: Decisions,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: WorkerConfig,
) {
    let Decisions {
        mut catalogue,
        mut by_hand,
    } = decisions;
    let writer = Writer::start(
        store,
        Arc::clone(&clock),
        config.spool.clone(),
        config.retention,
        Arc::clone(pipeline.board().store_writes()),
    );
    let mut batch = Vec::with_capacity(BATCH);
    let mut tick = interval(config.tick);
    let mut flush = interval(config.flush_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut compared_at = Instant::now();
    loop {
        tokio::select! {
            received = events.recv_many(&mut batch, BATCH) => {
                if received == 0 {
                    break;
                }
                // What came by a new catalogue was sent after that was in force.
                if catalogue.has_changed().is_ok_and(|changed| changed) {
                    let now = clock.now().utc;
                    pipeline.learn(&Arc::clone(&catalogue.borrow_and_update()), now);
                }
                batch.drain(..).for_each(|event| pipeline.handle(event));
                pipeline.publish(clock.now(), || clock.now().monotonic);
            }
            Ok(()) = catalogue.changed() => {
                let now = clock.now().utc;
                pipeline.learn(&Arc::clone(&catalogue.borrow_and_update()), now);
            }
            // History waits until what it brought before is on its way to the store.
            Some(candles) = repairs.recv(), if pipeline.pending.has_room_for_candles() => {
                pipeline.repair(candles, clock.now().utc);
            }
            Ok(()) = by_hand.changed() => {
                let set = Arc::clone(&by_hand.borrow_and_update());
                pipeline.set_by_hand(&set, clock.now());
            }
            _ = tick.tick() => pipeline.tick(clock.now()),
            _ = flush.tick() => {
                pipeline.refresh(clock.now().utc);
                if compared_at.elapsed() >= COMPARE_EVERY {
                    compared_at = Instant::now();
                    pipeline.compare(clock.now().utc);
                }
                pipeline.gather(clock.now(), false);
                if writer.has_room() {
                    writer.write(pipeline.take_rows(clock.now(), false));
                }
                let report = writer.report(pipeline.pending.len(), pipeline.pending.dropped);
                pipeline.board().set_store(report);
            }
        }
    }
    pipeline.publish(clock.now(), || clock.now().monotonic);
    writer
        .finish(
            pipeline.take_rows(clock.now(), true),
            config.shutdown_timeout,
        )
        .await;
}
