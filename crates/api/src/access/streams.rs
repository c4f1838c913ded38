//! Open streams, counted by client, and the end of those whose key ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use parallax::key::{KeyEnd, KeyId};
use parallax_service::keys::KeyHolder;

/// Whose streams are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    Address(IpAddr),
    Key(KeyId),
}

/// The open streams of everyone. Holds no more entries than there are streams.
#[derive(Clone, Default)]
pub(super) struct Streams {
    open: Arc<Mutex<HashMap<Whose, u32>>>,
    /// Those that are WebSockets, counted ones and others.
    sockets: Arc<AtomicU64>,
}

/// One WebSocket among the streams.
struct OpenSocket(Arc<AtomicU64>);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One counted stream.
struct Slot {
    streams: Streams,
    whose: Whose,
}

impl Streams {
    /// Counts one more; `None` when there are `limit` already.
    fn open(&self, whose: Whose, limit: u32) -> Option<Slot> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&whose).copied().unwrap_or_default();
        if count >= limit {
            return None;
        }
        open.insert(whose.clone(), count + 1);
        Some(Slot {
            streams: self.clone(),
            whose,
        })
    }
}

impl Streams {
    /// WebSockets that are open now.
    pub(super) fn open_sockets(&self) -> u64 {
        self.sockets.load(Ordering::Relaxed)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let open = self.streams.open.lock();
        let mut open = open.unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.whose) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.remove(&self.whose);
            }
        }
    }
}

/// The right to one stream, kept as long as it is open.
pub(crate) struct StreamPass {
    _slot: Option<Slot>,
    _socket: Option<OpenSocket>,
    key: Option<KeyHolder>,
}

impl StreamPass {
    /// `limit` is `None` where streams are not counted; `None` is returned when there are too many.
    pub(super) fn new(
        streams: &Streams,
        whose: Whose,
        limit: Option<u32>,
        key: Option<KeyHolder>,
    ) -> Option<Self> {
        let slot = match limit {
            Some(limit) => Some(streams.open(whose, limit)?),
            None => None,
        };
        Some(Self {
            _slot: slot,
            _socket: None,
            key,
        })
    }

    /// The same for a WebSocket, which is counted among them as long as the pass is kept.
    pub(super) fn of_socket(self, streams: &Streams) -> Self {
        streams.sockets.fetch_add(1, Ordering::Relaxed);
        Self {
            _socket: Some(OpenSocket(Arc::clone(&streams.sockets))),
            ..self
        }
    }

    /// Ready when the stream must end because its key was revoked or has expired. Never, without a key.
    pub(crate) async fn ended(&self) -> KeyEnd {
        match &self.key {
            Some(key) => key.ended().await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_ends_makes_room_and_leaves_nothing_behind() {
        let streams = Streams::default();
        let whose = |last: u8| Whose::Address(IpAddr::from([192, 0, 2, last]));
        let (first, second) = (streams.open(whose(1), 2), streams.open(whose(1), 2));
        assert!(first.is_some() && second.is_some());
        assert!(streams.open(whose(1), 2).is_none());
        assert!(streams.open(whose(2), 2).is_some(), "another address");
        drop(first);
        let third = streams.open(whose(1), 2);
        assert!(third.is_some());
        drop((second, third));
        assert!(streams.open.lock().unwrap().is_empty());
    }

    #[test]
    fn a_websocket_is_counted_while_it_is_open() {
        let streams = Streams::default();
        let whose = || Whose::Address(IpAddr::from([192, 0, 2, 1]));
        let stream = StreamPass::new(&streams, whose(), None, None).unwrap();
        let socket = StreamPass::new(&streams, whose(), Some(1), None).unwrap();
        let socket = socket.of_socket(&streams);
        assert_eq!(streams.open_sockets(), 1);
        drop(socket);
        assert_eq!(streams.open_sockets(), 0);
        drop(stream);
    }
}
