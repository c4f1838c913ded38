//! One open socket with its session: reads frames, and sends what is due, no faster than allowed.
//!
//! Owns the order of sending (answers first, then subscriptions, then keep-alives) and the gap between
//! messages. Sending never holds up reading, and everything is poll-based, so that waiting for a link
//! can be abandoned and taken up again without losing anything. Does not interpret events and does not
//! watch for silence; the connection task does.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Sink, StreamExt};
use parallax_venues::spec::{DecodeError, Session, SessionEvent, StreamFacts};
use tokio::net::TcpStream;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::{IngestError, cut};

/// Answers owed beyond this are given up, oldest first: an exchange that asks faster than it lets us
/// speak cannot make us hoard.
const MOST_REPLIES: usize = 64;

/// What a link has to tell.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A frame, text or binary.
    Frame(Bytes),
    /// The subscriptions of these of the session's markets have been sent.
    Subscribed(Range<usize>),
}

/// An open socket.
pub(crate) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Box<dyn Session>,
    /// The session's markets, by their positions on the connection.
    positions: Arc<[usize]>,
    /// How many markets' subscription was composed, from the first on.
    composed: usize,
    /// How many markets' subscription was sent.
    subscribed: usize,
    batch: usize,
    replies: VecDeque<String>,
    subscriptions: VecDeque<String>,
    keep_alive: Option<String>,
    keep_alive_timer: Option<Interval>,
    gap: Duration,
    may_send: Pin<Box<Sleep>>,
    unflushed: bool,
    opened_at: Instant,
}

impl Link {
    pub(crate) fn new(
        socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        session: Box<dyn Session>,
        positions: Arc<[usize]>,
        facts: &StreamFacts,
    ) -> Self {
        let now = Instant::now();
        Self {
            socket,
            session,
            positions,
            composed: 0,
            subscribed: 0,
            batch: facts.limits.markets_per_subscribe.max(1),
            replies: VecDeque::new(),
            subscriptions: VecDeque::new(),
            keep_alive: None,
            keep_alive_timer: facts.keep_alive_every.map(|period| {
                let period = period.max(Duration::from_millis(1));
                let mut timer = tokio::time::interval_at(now + period, period);
                timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
                timer
            }),
            gap: facts.limits.message_gap,
            may_send: Box::pin(tokio::time::sleep_until(now)),
            unflushed: false,
            opened_at: now,
        }
    }

    /// How long the socket has been open.
    pub(crate) fn age(&self) -> Duration {
        self.opened_at.elapsed()
    }

    /// The session's markets, by their positions on the connection.
    pub(crate) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// The position on the connection of what the session calls `market`.
    pub(crate) fn position(&self, market: u32) -> Option<usize> {
        self.positions.get(usize::try_from(market).ok()?).copied()
    }

    /// Whether every subscription has been sent.
    pub(crate) fn is_subscribed(&self) -> bool {
        self.subscribed == self.positions.len()
    }

    /// Says what a frame means.
    pub(crate) fn decode(
        &mut self,
        frame: &[u8],
        events: &mut Vec<SessionEvent>,
    ) -> Result<(), DecodeError> {
        self.session.decode(frame, events)
    }

    /// Sends this as soon as the gap between messages allows.
    pub(crate) fn reply(&mut self, text: String) {
        if self.replies.len() >= MOST_REPLIES {
            self.replies.pop_front();
        }
        self.replies.push_back(text);
    }

    /// Waits for something to tell. May be dropped and called again at any time.
    pub(crate) async fn next(&mut self) -> Result<Incoming, IngestError> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, IngestError>> {
        if let Some(subscribed) = self.poll_send(cx).map_err(lost)? {
            return Poll::Ready(Ok(Incoming::Subscribed(subscribed)));
        }
        loop {
            let message = match std::task::ready!(self.socket.poll_next_unpin(cx)) {
                Some(message) => message.map_err(lost)?,
                None => return Poll::Ready(Err(IngestError::Closed(None))),
            };
            match message {
                Message::Text(text) => return Poll::Ready(Ok(Incoming::Frame(text.into()))),
                Message::Binary(bytes) => return Poll::Ready(Ok(Incoming::Frame(bytes))),
                Message::Close(frame) => {
                    return Poll::Ready(Err(IngestError::Closed(frame.as_ref().map(goodbye))));
                }
                // The WebSocket layer answers pings by itself.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Sends what is due and allowed. Says so when that completed the subscription of some markets.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<Option<Range<usize>>, tungstenite::Error> {
        if let Some(timer) = &mut self.keep_alive_timer {
            while timer.poll_tick(cx).is_ready() {
                self.keep_alive = self.session.keep_alive();
            }
        }
        loop {
            if self.unflushed {
                match Pin::new(&mut self.socket).poll_flush(cx)? {
                    Poll::Ready(()) => self.unflushed = false,
                    Poll::Pending => return Ok(None),
                }
            }
            if self.subscriptions.is_empty() && self.subscribed < self.composed {
                let done = self.subscribed..self.composed;
                self.subscribed = self.composed;
                return Ok(Some(done));
            }
            if self.subscriptions.is_empty() && self.composed < self.positions.len() {
                let end = self
                    .composed
                    .saturating_add(self.batch)
                    .min(self.positions.len());
                self.subscriptions = self.session.subscribe(self.composed..end).into();
                self.composed = end;
                continue;
            }
            if !self.has_something_to_say()
                || self.may_send.as_mut().poll(cx).is_pending()
                || Pin::new(&mut self.socket).poll_ready(cx)?.is_pending()
            {
                return Ok(None);
            }
            if let Some(text) = self.next_to_say() {
                Pin::new(&mut self.socket).start_send(Message::text(text))?;
                self.unflushed = true;
                self.may_send.as_mut().reset(Instant::now() + self.gap);
            }
        }
    }

    fn has_something_to_say(&self) -> bool {
        !self.replies.is_empty() || !self.subscriptions.is_empty() || self.keep_alive.is_some()
    }

    fn next_to_say(&mut self) -> Option<String> {
        self.replies
            .pop_front()
            .or_else(|| self.subscriptions.pop_front())
            .or_else(|| self.keep_alive.take())
    }

    /// Says goodbye and waits for the other side's, for at most `limit`.
    pub(crate) async fn close(mut self, limit: Duration) {
        let goodbye = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        let polite = async {
            if self.socket.close(Some(goodbye)).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // Not in time: dropping the socket closes it all the same.
        let _ = tokio::time::timeout(limit, polite).await;
    }
}

fn lost(error: tungstenite::Error) -> IngestError {
    match error {
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            IngestError::Closed(None)
        }
        other => IngestError::Socket(Box::new(other)),
    }
}

fn goodbye(frame: &CloseFrame) -> String {
    cut(format!("{} {}", u16::from(frame.code), frame.reason).trim_end())
}
