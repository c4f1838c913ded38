//! One client's WebSocket on a simulated exchange, from the greeting to the end.
//!
//! Owns the socket's loop: answers the client, passes on the venue's frames or plays its tape, keeps the
//! connection alive as the exchange does, and lets the connection faults happen.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::dialect::{Answer, Context, Subscriptions};
use crate::fault::FaultKind;
use crate::tape::Player;
use crate::venue::{Outgoing, Venue};
use crate::world::wall_clock;

/// A client that accepts nothing for this long is cut.
const SEND_PATIENCE: Duration = Duration::from_secs(30);
/// Frames sent between two looks at the client's messages.
const BATCH: usize = 512;

/// Whether the connection goes on.
type Next = ControlFlow<()>;

pub(crate) struct Connection {
    venue: Arc<Venue>,
    bus: broadcast::Receiver<Outgoing>,
    sink: SplitSink<WebSocket, Message>,
    subs: Subscriptions,
    player: Option<Player>,
    /// When the exchange closes after an announcement.
    closes_at: Option<Instant>,
    /// The second in which messages are counted, and how many came.
    window: (Instant, u32),
    subscribe_by: Option<Instant>,
}

/// A timer for every `seconds`, or none for 0.
fn every(seconds: u64) -> Option<Interval> {
    let period = Duration::from_secs(seconds);
    (seconds > 0).then(|| {
        let mut timer = interval_at(Instant::now() + period, period);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        timer
    })
}

async fn tick(timer: &mut Option<Interval>) {
    match timer {
        Some(timer) => {
            timer.tick().await;
        }
        None => std::future::pending().await,
    }
}

async fn reach(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Serves one connection until either side ends it, a fault cuts it, or `stop` is cancelled.
pub(crate) async fn serve(
    socket: WebSocket,
    venue: Arc<Venue>,
    query: HashMap<String, String>,
    stop: CancellationToken,
) {
    let (sink, stream) = socket.split();
    let now = Instant::now();
    let manners = venue.dialect.manners();
    let mut connection = Connection {
        bus: venue.subscribe(),
        venue,
        sink,
        subs: Subscriptions::default(),
        player: None,
        closes_at: None,
        window: (now, 0),
        subscribe_by: (manners.subscribe_within_s > 0)
            .then(|| now + Duration::from_secs(manners.subscribe_within_s)),
    };
    // The end of a connection is an everyday event on either side: nothing to report.
    let _ = connection.run(stream, &query, &stop).await;
}

impl Connection {
    async fn run(
        &mut self,
        mut stream: SplitStream<WebSocket>,
        query: &HashMap<String, String>,
        stop: &CancellationToken,
    ) -> Next {
        let manners = self.venue.dialect.manners();
        let (mut heartbeat, mut ping) = (
            every(manners.heartbeat_every_s),
            every(manners.ping_every_s),
        );
        if let Some(greeting) = self.venue.dialect.greeting(wall_clock()) {
            self.send(greeting.into()).await?;
        }
        self.with_context(|venue, context, subs| {
            venue.dialect.subscribe_by_query(query, context, subs)
        });
        self.start_tape();
        loop {
            if let Some(until) = self.venue.faults.until(FaultKind::Stall, Instant::now()) {
                self.stand_still(until, stop).await?;
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    self.close(1001, "going away").await;
                    return Next::Break(());
                }
                message = stream.next() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Next::Break(()),
                },
                outgoing = self.bus.recv() => self.pass_on(outgoing).await?,
                () = tick(&mut heartbeat) => self.heartbeat().await?,
                () = tick(&mut ping) => {
                    let payload = wall_clock().unix_ms().to_string();
                    self.transmit(Message::Ping(payload.into())).await?;
                }
                () = reach(self.closes_at) => {
                    self.close(1001, "planned disconnection").await;
                    return Next::Break(());
                }
                () = reach(self.subscribe_by) => {
                    self.close(1008, "no subscription in time").await;
                    return Next::Break(());
                }
                () = reach(self.player.as_ref().and_then(Player::due)) => self.play().await?,
            }
        }
    }

    /// Neither reads nor sends until the stall is over. A cut still cuts.
    async fn stand_still(&mut self, until: Instant, stop: &CancellationToken) -> Next {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Next::Break(()),
                () = sleep_until(until) => return Next::Continue(()),
                outgoing = self.bus.recv() => if matches!(outgoing, Ok(Outgoing::Cut) | Err(_)) {
                    return Next::Break(());
                },
            }
        }
    }

    fn with_context<R>(
        &mut self,
        ask: impl FnOnce(&Venue, &Context<'_>, &mut Subscriptions) -> R,
    ) -> R {
        let latest = self.venue.latest();
        let context = Context {
            listings: &self.venue.listings,
            latest: &latest,
            at: wall_clock(),
        };
        ask(&self.venue, &context, &mut self.subs)
    }

    async fn hear(&mut self, message: Message) -> Next {
        let most = self.venue.dialect.manners().messages_per_second;
        let (since, heard) = &mut self.window;
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *heard) = (Instant::now(), 0);
        }
        *heard += 1;
        if most > 0 && *heard > most {
            self.close(1008, "too many requests").await;
            return Next::Break(());
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Next::Break(()),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => return Next::Continue(()),
        };
        let Answer { send, close } =
            self.with_context(|venue, context, subs| venue.dialect.request(&text, context, subs));
        for text in send {
            self.send(text.into()).await?;
        }
        if close {
            self.close(1008, "policy violation").await;
            return Next::Break(());
        }
        if self.subs.granted {
            self.subscribe_by = None;
            self.start_tape();
        }
        Next::Continue(())
    }

    fn start_tape(&mut self) {
        if let (true, None, Some(tape)) = (self.subs.granted, &self.player, &self.venue.tape) {
            self.player = Some(Player::start(tape.clone(), Instant::now()));
        }
    }

    /// Sends what is due on the tape, then looks around again.
    async fn play(&mut self) -> Next {
        for _ in 0..BATCH {
            let now = Instant::now();
            let Some(player) = self
                .player
                .as_mut()
                .filter(|player| player.due().is_some_and(|due| due <= now))
            else {
                break;
            };
            let Some(text) = player.next() else { break };
            self.feed(text).await?;
        }
        self.flush().await
    }

    /// Sends an outgoing message and those that wait behind it.
    async fn pass_on(&mut self, first: Result<Outgoing, RecvError>) -> Next {
        let Ok(mut outgoing) = first else {
            // Too slow a reader, or the venue is gone.
            return Next::Break(());
        };
        for _ in 0..BATCH {
            match outgoing {
                Outgoing::Cut => return Next::Break(()),
                Outgoing::Wake => break,
                Outgoing::Notice(text) => {
                    self.closes_at = self
                        .venue
                        .faults
                        .until(FaultKind::PlannedDisconnect, Instant::now())
                        .or_else(|| Some(Instant::now()));
                    self.feed(text).await?;
                }
                Outgoing::Frame {
                    market,
                    channel,
                    text,
                } if self.subs.has(market, channel) => self.feed(text).await?,
                Outgoing::Frame { .. } => {}
            }
            match self.bus.try_recv() {
                Ok(next) => outgoing = next,
                Err(_) => break,
            }
        }
        self.flush().await
    }

    async fn heartbeat(&mut self) -> Next {
        for text in
            self.with_context(|venue, context, subs| venue.dialect.heartbeats(context, subs))
        {
            self.feed(text.into()).await?;
        }
        self.flush().await
    }

    async fn send(&mut self, text: Utf8Bytes) -> Next {
        self.feed(text).await?;
        self.flush().await
    }

    async fn feed(&mut self, text: Utf8Bytes) -> Next {
        flow(timeout(SEND_PATIENCE, self.sink.feed(Message::Text(text))).await)
    }

    async fn flush(&mut self) -> Next {
        flow(timeout(SEND_PATIENCE, self.sink.flush()).await)
    }

    async fn transmit(&mut self, message: Message) -> Next {
        flow(timeout(SEND_PATIENCE, self.sink.send(message)).await)
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = axum::extract::ws::CloseFrame {
            code,
            reason: reason.into(),
        };
        // The peer may be gone already, and is not waited for.
        let _ = timeout(
            Duration::from_millis(200),
            self.sink.send(Message::Close(Some(frame))),
        )
        .await;
    }
}

/// A failed or overdue send ends the connection.
fn flow<E>(sent: Result<Result<(), E>, tokio::time::error::Elapsed>) -> Next {
    match sent {
        Ok(Ok(())) => Next::Continue(()),
        Ok(Err(_)) | Err(_) => Next::Break(()),
    }
}
