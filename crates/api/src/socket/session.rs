//! One connection, held by one task: it reads what the client says, looks at what the client follows when
//! that is due, and writes. It writes one message after the other and never while the client does not read,
//! so nothing is queued; a client that reads nothing is cut off after the write time-out.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use parallax_service::{Filter, RatesQuery, Subscription};
use tokio::time::{Instant, sleep_until, timeout};

use super::close::Why;
use super::protocol::{Frequency, Reply, Request, Wanted, bad_message, news};
use super::topic::Topic;
use crate::access::StreamPass;
use crate::rates::rates_body;
use crate::{ApiState, Problem};

/// How long a client may take to answer the server's close.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the connection is for.
pub(super) enum Mode {
    /// Rates, again and again.
    Feed {
        query: RatesQuery,
        every: Duration,
        next_at: Instant,
    },
    /// Whatever the client subscribes to.
    Talk { followed: Vec<Followed> },
}

impl Mode {
    pub(super) fn feed(query: RatesQuery, frequency: Frequency) -> Self {
        Self::Feed {
            query,
            every: frequency.duration(),
            next_at: Instant::now(),
        }
    }

    pub(super) const fn talk() -> Self {
        Self::Talk {
            followed: Vec::new(),
        }
    }

    /// The next moment to look at something; `None` while there is none.
    fn due_at(&self) -> Option<Instant> {
        match self {
            Self::Feed { next_at, .. } => Some(*next_at),
            Self::Talk { followed } => {
                let looked_at = followed.iter().filter(|it| !it.is_told);
                looked_at.map(|it| it.next_at).min()
            }
        }
    }

    /// Whether something is due as soon as the board says so.
    fn is_told(&self) -> bool {
        match self {
            Self::Feed { .. } => false,
            Self::Talk { followed } => followed.iter().any(|it| it.is_told),
        }
    }
}

/// A subscription.
pub(super) struct Followed {
    id: String,
    topic: Topic,
    every: Duration,
    /// The number of the last message about it.
    seq: u64,
    /// What that said.
    seen: Option<u64>,
    /// Nothing is sent before.
    next_at: Instant,
    /// Whether `next_at` has passed without news: the board says when there are some.
    is_told: bool,
}

/// A connection.
pub(super) struct Session {
    state: ApiState,
    pass: StreamPass,
    /// Says when a price that is followed changes, and counts this client.
    told: Subscription,
    mode: Mode,
    ends_at: Instant,
    ping_at: Instant,
    /// Whether the last ping was not answered so far.
    is_silent: bool,
}

/// The connection is over: closed by the client, cut off, or to be closed for a reason.
type Over = Option<Why>;

impl Session {
    /// Counts the client from here on.
    pub(super) fn new(state: ApiState, pass: StreamPass, mode: Mode) -> Self {
        let (now, limits) = (Instant::now(), &state.limits.socket);
        Self {
            ends_at: now + limits.lifetime,
            ping_at: now + limits.ping_every,
            is_silent: false,
            told: state.service.subscribe(None, nothing()),
            state,
            pass,
            mode,
        }
    }

    /// Speaks with the client until one of the two ends it.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        let why = loop {
            if let Err(over) = self.turn(&mut socket).await {
                break over;
            }
        };
        if let Some(why) = why
            && self.send(&mut socket, why.frame()).await.is_ok()
        {
            // What is unread when a socket is dropped would take the close frame with it.
            let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
            let _ = timeout(FAREWELL, answer).await;
        }
    }

    /// Waits for whatever comes first and deals with it.
    async fn turn(&mut self, socket: &mut WebSocket) -> Result<(), Over> {
        let timer = self.ends_at.min(self.ping_at);
        let timer = self.mode.due_at().map_or(timer, |due| timer.min(due));
        tokio::select! {
            biased;
            () = self.state.limits.shutdown.cancelled() => Err(Some(Why::Stop)),
            end = self.pass.ended() => Err(Some(Why::Key(end))),
            said = socket.recv() => {
                let message = match said {
                    Some(Ok(message)) => message,
                    Some(Err(_)) => return Err(Some(Why::Broken)),
                    None => return Err(None),
                };
                self.is_silent = false;
                self.hear(socket, message).await
            }
            batch = self.told.next(true), if self.mode.is_told() => match batch {
                Some(_) => self.deliver(socket).await,
                None => Err(Some(Why::Stop)),
            },
            () = sleep_until(timer) => {
                let now = Instant::now();
                if now >= self.ends_at {
                    return Err(Some(Why::Lifetime));
                }
                if now >= self.ping_at {
                    self.ping(socket).await?;
                }
                self.deliver(socket).await
            }
        }
    }

    async fn ping(&mut self, socket: &mut WebSocket) -> Result<(), Over> {
        if std::mem::replace(&mut self.is_silent, true) {
            return Err(Some(Why::Silent));
        }
        self.ping_at = Instant::now() + self.state.limits.socket.ping_every;
        self.send(socket, Message::Ping("parallax".into())).await
    }

    async fn hear(&mut self, socket: &mut WebSocket, message: Message) -> Result<(), Over> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Some(Why::Binary)),
            Message::Close(_) => return Err(None),
            // Pings are answered by the library when the connection is next written to or read.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        if text.len() > self.state.limits.socket.max_message_bytes {
            return Err(Some(Why::TooLong));
        }
        match Request::read(&text) {
            Ok(Request::Ping { id }) => {
                let at = self.state.service.at();
                let (id, at_ms) = (id.as_deref(), at.unix_ms());
                self.say(socket, Reply::Pong { id, at, at_ms }.text()).await
            }
            Ok(Request::Subscribe(wanted)) => match self.subscribe(&wanted) {
                Ok(ack) => {
                    self.say(socket, ack).await?;
                    self.deliver(socket).await
                }
                Err(problem) => self.object(socket, Some(&wanted.id), &problem).await,
            },
            Ok(Request::Unsubscribe { id }) => match self.unsubscribe(&id) {
                Ok(ack) => self.say(socket, ack).await,
                Err(problem) => self.object(socket, Some(&id), &problem).await,
            },
            Err((id, problem)) => self.object(socket, id.as_deref(), &problem).await,
        }
    }

    fn subscribe(&mut self, wanted: &Wanted) -> Result<Utf8Bytes, Problem> {
        let max = self.state.limits.socket.max_subscriptions;
        let followed = self.followed()?;
        if followed.iter().any(|it| it.id == wanted.id) {
            let detail =
                "there is a subscription of this id: unsubscribe it first, or take another id";
            return Err(bad_message(detail));
        }
        if followed.len() >= max {
            let detail = format!(
                "all {max} subscriptions of one connection are in use: unsubscribe one first, or open \
                 another connection"
            );
            return Err(Problem::new(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "too-many-subscriptions",
                "Too many subscriptions",
                detail,
            ));
        }
        let topic = Topic::find(&self.state, wanted)?;
        let ack = Reply::Subscribed {
            id: &wanted.id,
            channel: topic.channel(),
            token: topic.token().map(|token| token.as_str()),
            market: topic.market(),
            interval: topic.interval(),
            frequency: wanted.frequency,
        };
        let ack = ack.text();
        let new = Followed {
            id: wanted.id.clone(),
            topic,
            every: wanted.frequency.duration(),
            seq: 0,
            seen: None,
            next_at: Instant::now(),
            is_told: false,
        };
        self.followed()?.push(new);
        self.listen();
        Ok(ack)
    }

    fn unsubscribe(&mut self, id: &str) -> Result<Utf8Bytes, Problem> {
        let followed = self.followed()?;
        let Some(place) = followed.iter().position(|it| it.id == id) else {
            return Err(bad_message("there is no subscription of this id"));
        };
        followed.remove(place);
        self.listen();
        Ok(Reply::Unsubscribed { id }.text())
    }

    fn followed(&mut self) -> Result<&mut Vec<Followed>, Problem> {
        match &mut self.mode {
            Mode::Talk { followed } => Ok(followed),
            Mode::Feed { .. } => Err(bad_message(
                "this connection is a feed of rates: open /api/v1/ws without exchange, pair and frequency \
                 to subscribe",
            )),
        }
    }

    /// Lets the board wake this connection for the prices it follows alone.
    fn listen(&mut self) {
        let Mode::Talk { followed } = &self.mode else {
            return;
        };
        let told = followed.iter().filter(|it| it.topic.is_told());
        let tokens: HashSet<_> = told.filter_map(|it| it.topic.token().cloned()).collect();
        self.told.set_filter(Filter::Tokens(Arc::new(tokens)));
    }

    /// Sends what is due and was not said so far.
    async fn deliver(&mut self, socket: &mut WebSocket) -> Result<(), Over> {
        let (state, now) = (&self.state, Instant::now());
        let wait = state.limits.socket.write_timeout;
        match &mut self.mode {
            Mode::Feed {
                query,
                every,
                next_at,
            } => {
                if *next_at > now {
                    return Ok(());
                }
                *next_at = now + *every;
                let text = match rates_body(state, query).await {
                    Ok(body) => Utf8Bytes::try_from(body).unwrap_or_default(),
                    // The exchange has delisted the pair meanwhile, and may list it again.
                    Err(problem) => {
                        let (id, problem) = (None, &problem);
                        Reply::Error { id, problem }.text()
                    }
                };
                send(socket, Message::Text(text), wait).await
            }
            Mode::Talk { followed } => {
                for it in followed.iter_mut().filter(|it| it.next_at <= now) {
                    let Some((body, seen)) = it.topic.look(state, it.seen).await else {
                        it.is_told = it.topic.is_told();
                        if !it.is_told {
                            it.next_at = now + it.every;
                        }
                        continue;
                    };
                    it.seq = it.seq.saturating_add(1);
                    it.seen = Some(seen);
                    it.is_told = false;
                    it.next_at = now + it.every;
                    let text = news(&it.id, it.topic.channel(), it.seq, &body);
                    send(socket, Message::Text(text), wait).await?;
                }
                Ok(())
            }
        }
    }

    async fn object(
        &self,
        socket: &mut WebSocket,
        id: Option<&str>,
        problem: &Problem,
    ) -> Result<(), Over> {
        self.say(socket, Reply::Error { id, problem }.text()).await
    }

    async fn say(&self, socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), Over> {
        self.send(socket, Message::Text(text)).await
    }

    async fn send(&self, socket: &mut WebSocket, message: Message) -> Result<(), Over> {
        send(socket, message, self.state.limits.socket.write_timeout).await
    }
}

/// Writes a message to its end. A client that does not take it in time is cut off.
async fn send(socket: &mut WebSocket, message: Message, wait: Duration) -> Result<(), Over> {
    match timeout(wait, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

fn nothing() -> Filter {
    Filter::Tokens(Arc::default())
}
