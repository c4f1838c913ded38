//! The task that drives the pipeline.

use std::sync::Arc;

use parallax::event::MarketEvent;
use parallax::time::Clock;
use parallax_store::Store;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::writer::Writer;
use crate::{Pipeline, WorkerConfig};

/// Events taken in before the next publication: under load, publications become rarer and larger, and
/// a quote waits at most for this many others.
const BATCH: usize = 256;

/// Runs the pipeline until `events` ends, which is how it is stopped; then stores what is left.
pub async fn run(
    mut pipeline: Pipeline,
    mut events: mpsc::Receiver<MarketEvent>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: WorkerConfig,
) {
    let writer = Writer::start(store, Arc::clone(&clock), &config);
    let mut batch = Vec::with_capacity(BATCH);
    let mut tick = interval(config.tick);
    let mut flush = interval(config.flush_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            received = events.recv_many(&mut batch, BATCH) => {
                if received == 0 {
                    break;
                }
                batch.drain(..).for_each(|event| pipeline.handle(event));
                pipeline.publish(clock.now(), || clock.now().monotonic);
            }
            _ = tick.tick() => pipeline.tick(clock.now()),
            _ = flush.tick() => {
                pipeline.refresh();
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
