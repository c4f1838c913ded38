//! The page's one connection to live data: when it is open, whether it can be trusted, and what time
//! the server's clock shows.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use parallax::time::Timestamp;
use serde::de::DeserializeOwned;

use super::health::{Health, Pace};
use super::source::{Source, StreamEvent};
use crate::error::PageError;

/// The server sends a heartbeat every 5 seconds; silence for longer than this is an interruption.
const SILENCE_MS: i64 = 12_000;

/// How long to wait before opening a stream again that the browser has given up.
const REOPEN_AFTER: Duration = Duration::from_secs(3);

/// Shared by the whole page through the context. All of it is signals, so it is `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    /// Whether the reader paused all updates.
    pub paused: RwSignal<bool>,
    /// How often the reader wants updates.
    pub pace: RwSignal<Pace>,
    /// Whether the page is up to date.
    pub health: RwSignal<Health>,
    /// The server's clock, once a second; `None` on the server and until the first sign of life, when
    /// only absolute times can be shown.
    pub clock: RwSignal<Option<Timestamp>>,
    /// How often another catalogue came into force while the page was open, or may have: what it was made from is read
    /// again.
    pub renewed: RwSignal<u32>,
    /// Whether the page is hydrated: before, nothing may change what it shows.
    started: RwSignal<bool>,
    visible: RwSignal<bool>,
    attempt: RwSignal<u32>,
    heard_ms: StoredValue<Option<i64>>,
    tried_ms: StoredValue<i64>,
    skew_ms: StoredValue<i64>,
}

impl Feed {
    /// A feed that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            paused: RwSignal::new(false),
            pace: RwSignal::new(Pace::Live),
            health: RwSignal::new(Health::Idle),
            clock: RwSignal::new(None),
            renewed: RwSignal::new(0),
            started: RwSignal::new(false),
            visible: RwSignal::new(true),
            attempt: RwSignal::new(0),
            heard_ms: StoredValue::new(None),
            tried_ms: StoredValue::new(0),
            skew_ms: StoredValue::new(0),
        }
    }

    /// The server's clock while nothing confirms what is shown: then prices age on the page.
    #[must_use]
    pub fn unheard_clock(self) -> Option<Timestamp> {
        let doubtful = self.paused.get()
            || matches!(
                self.health.get(),
                Health::Connecting | Health::Interrupted { .. }
            );
        if doubtful { self.clock.get() } else { None }
    }

    /// Opens the streams that are asked for, starts the clock, the watch for silence and the watch for the tab's
    /// visibility. Call once, in the browser, when the page is hydrated.
    pub fn start(self) {
        self.started.set(true);
        let follow = move || {
            self.visible.set(!document().hidden());
        };
        follow();
        let handle = leptos::leptos_dom::helpers::window_event_listener_untyped(
            "visibilitychange",
            move |_| follow(),
        );
        on_cleanup(move || handle.remove());
        if let Ok(handle) = set_interval_with_handle(move || self.tick(), Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    }

    /// Keeps a stream open for the calling component, as long as it lives and the reader wants updates.
    /// `query` is what comes before the pace in the stream's address, such as `tokens=bitcoin`.
    pub fn listen<T: DeserializeOwned + 'static>(
        self,
        query: String,
        on: impl Fn(StreamEvent<T>) + Clone + 'static,
    ) {
        self.listen_to(Signal::stored(query), on);
    }

    /// The same with a query that may change: the stream is then opened anew, and begins with a snapshot.
    pub fn listen_to<T: DeserializeOwned + 'static>(
        self,
        query: Signal<String>,
        on: impl Fn(StreamEvent<T>) + Clone + 'static,
    ) {
        let was_lost = StoredValue::new(false);
        Effect::new(move |_| {
            let query = query.get();
            self.attempt.track();
            if !self.is_wanted() {
                self.health.set(Health::Idle);
                return;
            }
            self.begin();
            let pace = self.pace.get().interval_ms();
            let separator = if query.is_empty() { "" } else { "&" };
            let url = format!("/api/v1/stream?{query}{separator}interval_ms={pace}");
            let on = on.clone();
            // Owned by this run of the effect: closed before the next run and with the component.
            let source = Source::open(&url, move |event: StreamEvent<T>| {
                let is_back = was_lost.get_value();
                was_lost.set_value(matches!(event, StreamEvent::Lost { .. }));
                match &event {
                    StreamEvent::Snapshot { at, .. } => {
                        self.heard(Some(*at));
                        // Away for longer than can be replayed: another catalogue may have come meanwhile.
                        if is_back {
                            self.renew();
                        }
                    }
                    StreamEvent::Heartbeat { at } => self.heard(Some(*at)),
                    StreamEvent::Price(_) | StreamEvent::Connection(_) => self.heard(None),
                    StreamEvent::Catalogue => {
                        self.heard(None);
                        self.renew();
                    }
                    StreamEvent::Lost { closed } => {
                        self.lost();
                        if *closed {
                            set_timeout(move || self.retry(), REOPEN_AFTER);
                        }
                    }
                }
                on(event);
            });
            StoredValue::new_local(source);
        });
        on_cleanup(move || self.health.set(Health::Idle));
    }

    /// Calls `read` every `period` (or at the reader's slower pace) for the calling component and hands
    /// over what it brings. Its success or failure decides the page's health when `vital`.
    pub fn poll<T, F>(
        self,
        period: Duration,
        vital: bool,
        read: impl Fn() -> F + Clone + 'static,
        on: impl Fn(T) + Clone + 'static,
    ) where
        T: 'static,
        F: Future<Output = Result<T, PageError>> + 'static,
    {
        Effect::new(move |_| {
            if !self.is_wanted() {
                if vital {
                    self.health.set(Health::Idle);
                }
                return;
            }
            if vital {
                self.begin();
            }
            let period = period.max(Duration::from_millis(self.pace.get().interval_ms()));
            let busy = StoredValue::new(false);
            let (read, on) = (read.clone(), on.clone());
            let turn = move || {
                if busy.try_get_value() != Some(false) {
                    return;
                }
                busy.set_value(true);
                let (read, on) = (read.clone(), on.clone());
                spawn_local(async move {
                    let result = read().await;
                    // The component, or this run of the effect, is gone: so is the interest.
                    if busy.try_set_value(false).is_some() {
                        return;
                    }
                    match result {
                        Ok(value) => {
                            if vital {
                                self.heard(None);
                            }
                            on(value);
                        }
                        Err(_) if vital => self.lost(),
                        Err(_) => {}
                    }
                });
            };
            if vital {
                turn();
            }
            if let Ok(handle) = set_interval_with_handle(turn, period) {
                on_cleanup(move || handle.clear());
            }
        });
        if vital {
            on_cleanup(move || self.health.set(Health::Idle));
        }
    }

    /// Whether anybody wants updates now.
    fn is_wanted(self) -> bool {
        self.started.get() && !self.paused.get() && self.visible.get()
    }

    fn begin(self) {
        self.tried_ms.set_value(browser_ms());
        if !matches!(self.health.get_untracked(), Health::Interrupted { .. }) {
            self.health.set(Health::Connecting);
        }
    }

    fn retry(self) {
        self.attempt
            .update(|attempt| *attempt = attempt.wrapping_add(1));
    }

    fn heard(self, server_clock: Option<Timestamp>) {
        let now = browser_ms();
        if let Some(at) = server_clock {
            self.skew_ms.set_value(at.unix_ms() - now);
        }
        let first = self.heard_ms.get_value().is_none();
        self.heard_ms.set_value(Some(now));
        if self.health.get_untracked() != Health::Live {
            self.health.set(Health::Live);
        }
        if first || server_clock.is_some() {
            self.clock.set(self.server_clock(now));
        }
    }

    fn renew(self) {
        self.renewed
            .update(|renewed| *renewed = renewed.wrapping_add(1));
    }

    fn lost(self) {
        if matches!(self.health.get_untracked(), Health::Interrupted { .. }) {
            return;
        }
        let now = browser_ms();
        let since = self.heard_ms.get_value().unwrap_or(now);
        if let Some(since) = self.server_clock(since) {
            self.health.set(Health::Interrupted { since });
        }
    }

    fn tick(self) {
        let now = browser_ms();
        let health = self.health.get_untracked();
        let silent_since = self
            .heard_ms
            .get_value()
            .unwrap_or(0)
            .max(self.tried_ms.get_value());
        if health != Health::Idle && now - silent_since > SILENCE_MS {
            self.tried_ms.set_value(now);
            self.lost();
            self.retry();
        }
        if self.heard_ms.get_value().is_some() || matches!(health, Health::Interrupted { .. }) {
            self.clock.set(self.server_clock(now));
        }
    }

    fn server_clock(self, browser_ms: i64) -> Option<Timestamp> {
        Timestamp::from_unix_ms(browser_ms + self.skew_ms.get_value()).ok()
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

/// The browser's clock, in milliseconds since 1970. Whole numbers up to 2^53, so nothing is lost.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a count of milliseconds is a whole number"
)]
pub fn browser_ms() -> i64 {
    js_sys::Date::now() as i64
}
