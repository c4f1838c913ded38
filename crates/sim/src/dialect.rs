//! What one simulated exchange must know: how its messages read and how its answers are written.
//!
//! The other side of `parallax_venues::spec`: a dialect is to the simulator what an adapter is to the
//! program. It never touches a socket or a clock; `connection` and `server` do.

use std::collections::{BTreeSet, HashMap};

use parallax::time::Timestamp;

use crate::listing::{Listing, Listings};
use crate::snapshot::{Execution, History, Snapshot};

/// A channel of a stream, by the exchange's own name.
pub(crate) type Channel = &'static str;

/// What one connection has asked for.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    /// Market and channel.
    pub wanted: BTreeSet<(usize, Channel)>,
    /// Whether any request was granted: the replay starts then.
    pub granted: bool,
}

impl Subscriptions {
    pub(crate) fn has(&self, market: usize, channel: Channel) -> bool {
        self.wanted.contains(&(market, channel))
    }

    pub(crate) fn add(&mut self, market: usize, channel: Channel) {
        self.wanted.insert((market, channel));
        self.granted = true;
    }

    /// The markets subscribed on a channel, in order.
    pub(crate) fn markets(&self, channel: Channel) -> Vec<usize> {
        self.wanted
            .iter()
            .filter(|(_, wanted)| *wanted == channel)
            .map(|(market, _)| *market)
            .collect()
    }
}

/// What is known when a request is answered.
pub(crate) struct Context<'a> {
    pub listings: &'a Listings,
    /// The newest state of each market; empty where nothing is simulated live.
    pub latest: &'a [Option<Snapshot>],
    pub at: Timestamp,
}

impl Context<'_> {
    pub(crate) fn latest(&self, market: usize) -> Option<&Snapshot> {
        self.latest.get(market)?.as_ref()
    }
}

/// The answer to one message of a client.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// What to send, in order.
    pub send: Vec<String>,
    /// Whether the exchange then cuts the connection.
    pub close: bool,
}

impl Answer {
    pub(crate) fn say(text: String) -> Self {
        Self {
            send: vec![text],
            close: false,
        }
    }
}

/// An answer of the REST side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RestAnswer {
    pub status: u16,
    pub body: String,
}

impl RestAnswer {
    pub(crate) const fn ok(body: String) -> Self {
        Self { status: 200, body }
    }

    pub(crate) const fn refused(status: u16, body: String) -> Self {
        Self { status, body }
    }
}

/// A frame and the channel whose subscribers get it.
pub(crate) type ChannelFrame = (Channel, String);

/// The facts of an exchange that the connection needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// How often a WebSocket ping is sent, in seconds; 0 for never.
    pub ping_every_s: u64,
    /// How often [`Dialect::heartbeats`] is asked, in seconds; 0 for never.
    pub heartbeat_every_s: u64,
    /// A client that has not subscribed by then is cut, in seconds; 0 for never.
    pub subscribe_within_s: u64,
    /// More messages than this in one second cut the connection; 0 for any number.
    pub messages_per_second: u32,
    /// Whether every new quote comes with an execution.
    pub quote_means_trade: bool,
    /// Whether the exchange can announce that it will close the connection.
    pub announces_disconnects: bool,
    /// Whether the exchange shows halted markets in its stream.
    pub shows_halts: bool,
}

/// One simulated exchange's language.
pub(crate) trait Dialect: Send + Sync {
    /// The facts.
    fn manners(&self) -> Manners;

    /// Whether a WebSocket is served under this path, given without the venue's prefix.
    fn is_stream(&self, path: &str) -> bool;

    /// Subscriptions that are part of the URL's query.
    fn subscribe_by_query(
        &self,
        _query: &HashMap<String, String>,
        _context: &Context<'_>,
        _subs: &mut Subscriptions,
    ) {
    }

    /// What is said to a new connection.
    fn greeting(&self, _at: Timestamp) -> Option<String> {
        None
    }

    /// The answer to a client's message.
    fn request(&self, text: &str, context: &Context<'_>, subs: &mut Subscriptions) -> Answer;

    /// The keep-alives due on a connection.
    fn heartbeats(&self, _context: &Context<'_>, _subs: &Subscriptions) -> Vec<String> {
        Vec::new()
    }

    /// The announcement that the connection will be closed, where the exchange makes one.
    fn farewell(&self, _at: Timestamp) -> Option<String> {
        None
    }

    /// The frames of a new quote.
    fn quote(&self, listing: &Listing, now: &Snapshot) -> Vec<ChannelFrame>;

    /// The frames of an execution.
    fn trade(&self, listing: &Listing, now: &Snapshot, execution: &Execution) -> Vec<ChannelFrame>;

    /// The frames sent once a second about 24 hours.
    fn day(&self, _listing: &Listing, _now: &Snapshot) -> Vec<ChannelFrame> {
        Vec::new()
    }

    /// The listing of all markets, as the REST side gives it.
    fn discovery(&self, listings: &Listings, at: Timestamp) -> String;

    /// Whether this REST path is the one that lists the markets.
    fn is_discovery(&self, path: &str) -> bool;

    /// The answer to any other REST request; `None` for an unknown path.
    fn rest(
        &self,
        path: &str,
        query: &HashMap<String, String>,
        listings: &Listings,
        history: &dyn History,
        at: Timestamp,
    ) -> Option<RestAnswer>;
}
