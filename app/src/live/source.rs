//! One `EventSource`: opened, decoded, and closed when dropped. Only [`super::Feed`] uses it.

use std::marker::PhantomData;

use parallax::connection::ConnectionReport;
use parallax::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What the stream says. `T` is `PriceSummary`, or `PriceDetail` with `detail=true`.
#[derive(Debug)]
pub enum StreamEvent<T> {
    /// The whole state, at the start and after a gap.
    Snapshot {
        /// The server's clock.
        at: Timestamp,
        /// Every token asked for.
        prices: Vec<T>,
    },
    /// One token's new state.
    Price(T),
    /// A connection to an exchange changed.
    Connection(Box<ConnectionReport>),
    /// Another catalogue is in force: names and whatever else is known of tokens may have changed.
    Catalogue,
    /// Nothing but a sign of life.
    Heartbeat {
        /// The server's clock.
        at: Timestamp,
    },
    /// The browser lost the stream. With `closed` it will not try again by itself.
    Lost {
        /// Whether the browser gave up.
        closed: bool,
    },
}

#[derive(Deserialize)]
struct Snapshot<T> {
    at: Timestamp,
    prices: Vec<T>,
}

#[derive(Deserialize)]
struct Heartbeat {
    at: Timestamp,
}

/// An open stream.
pub(super) struct Source<T> {
    socket: web_sys::EventSource,
    handlers: Vec<Closure<dyn FnMut(web_sys::Event)>>,
    decodes: PhantomData<T>,
}

impl<T: DeserializeOwned + 'static> Source<T> {
    /// Opens `url`; `None` when the browser refuses the address.
    pub(super) fn open(url: &str, on: impl Fn(StreamEvent<T>) + Clone + 'static) -> Option<Self> {
        let socket = web_sys::EventSource::new(url).ok()?;
        let mut source = Self {
            socket,
            handlers: Vec::with_capacity(6),
            decodes: PhantomData,
        };
        source.hear("snapshot", &on, |text| {
            serde_json::from_str(text)
                .map(|Snapshot { at, prices }| StreamEvent::Snapshot { at, prices })
        });
        source.hear("price", &on, |text| {
            serde_json::from_str(text).map(StreamEvent::Price)
        });
        source.hear("connection", &on, |text| {
            serde_json::from_str(text).map(StreamEvent::Connection)
        });
        source.hear("heartbeat", &on, |text| {
            serde_json::from_str(text).map(|Heartbeat { at }| StreamEvent::Heartbeat { at })
        });
        source.hear("catalogue", &on, |_| Ok(StreamEvent::Catalogue));
        let socket = source.socket.clone();
        source.attach("error", move |_| {
            on(StreamEvent::Lost {
                closed: socket.ready_state() == web_sys::EventSource::CLOSED,
            });
        });
        Some(source)
    }

    fn hear(
        &mut self,
        name: &'static str,
        on: &(impl Fn(StreamEvent<T>) + Clone + 'static),
        decode: fn(&str) -> serde_json::Result<StreamEvent<T>>,
    ) {
        let on = on.clone();
        self.attach(name, move |event| {
            let Some(text) = event
                .dyn_ref::<web_sys::MessageEvent>()
                .and_then(|message| message.data().as_string())
            else {
                return;
            };
            match decode(&text) {
                Ok(event) => on(event),
                Err(error) => leptos::logging::warn!("stream event {name} not understood: {error}"),
            }
        });
    }

    fn attach(&mut self, name: &str, handler: impl FnMut(web_sys::Event) + 'static) {
        let handler = Closure::<dyn FnMut(web_sys::Event)>::new(handler);
        // Fails only for a listener that is not a function.
        let _ = self
            .socket
            .add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
        self.handlers.push(handler);
    }
}

impl<T> Drop for Source<T> {
    fn drop(&mut self) {
        self.socket.close();
    }
}
