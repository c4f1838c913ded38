//! The way of a frame: from a loopback socket through WebSocket, decoding and channel to the reader.
//!
//! Both ends run here and the decoder is the tests' simple one, so the figure is a floor for what
//! ingest adds, not a ceiling for what an exchange may send.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

#[path = "../tests/ingest/support.rs"]
#[expect(dead_code, reason = "the tests use all of it, this benchmark some")]
mod support;

use divan::Bencher;
use divan::counter::ItemsCount;
use futures::{SinkExt, StreamExt};
use parallax::event::MarketEvent;
use tokio_tungstenite::tungstenite::Message;

const FRAMES: usize = 10_000;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 30)]
fn frames_from_socket_to_channel(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut script = support::script("BTC-USD");
    script.config.channel_capacity = 2 * FRAMES;
    let (mut feed, mut socket, _shutdown) = runtime.block_on(async {
        let run = script.start().await;
        let peer = run.subscribed().await;
        let (socket, mut answers) = peer.0.split();
        tokio::spawn(async move { while answers.next().await.is_some() {} });
        (run.feed, socket, run.shutdown.drop_guard())
    });
    bencher.counter(ItemsCount::new(FRAMES)).bench_local(|| {
        runtime.block_on(async {
            let sending = async {
                for _ in 0..FRAMES {
                    socket
                        .feed(Message::text("q BTC-USD 67123.45 67123.46"))
                        .await
                        .unwrap();
                }
                socket.flush().await.unwrap();
            };
            let reading = async {
                let mut quotes = 0;
                while quotes < FRAMES {
                    if let Some(MarketEvent::Update { .. }) = feed.next().await {
                        quotes += 1;
                    }
                }
            };
            tokio::join!(sending, reading);
        });
    });
}
