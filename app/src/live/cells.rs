//! One signal per figure of a token's page, so that a new price touches what changed and nothing else.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use parallax::by_hand::PriceOverride;
use parallax::index::Status;
use parallax::stream::{PriceSummary, Viewpoint};
use parallax::time::Timestamp;

use super::feed::browser_ms;

/// How long a price that has changed is tinted.
pub const TINT: Duration = Duration::from_millis(600);

/// At most three tints a second and price.
pub const TINT_PAUSE_MS: i64 = 334;

/// The live figures of one token.
#[derive(Debug, Clone, Copy)]
pub struct TokenCells {
    /// USD per unit.
    pub price: RwSignal<Option<Price>>,
    /// The value of `data-tint`: which way the price has just gone.
    pub tint: RwSignal<Option<&'static str>>,
    /// Half the confidence band in USD.
    pub confidence: RwSignal<Option<Price>>,
    /// The server's verdict.
    pub status: RwSignal<Status>,
    /// When it was last confirmed.
    pub as_of: RwSignal<Option<Timestamp>>,
    /// Exchanges in the price, and exchanges that list it.
    pub sources: RwSignal<(u32, u32)>,
    /// Per cent.
    pub change_1h: RwSignal<Option<Decimal>>,
    /// Per cent.
    pub change_24h: RwSignal<Option<Decimal>>,
    /// Per cent.
    pub change_7d: RwSignal<Option<Decimal>>,
    /// USD.
    pub volume: RwSignal<Option<Quantity>>,
    /// The strip.
    pub viewpoints: RwSignal<Vec<Viewpoint>>,
    /// That the price was set by hand.
    pub by_hand: RwSignal<Option<Arc<PriceOverride>>>,
    tinted_ms: StoredValue<i64>,
}

impl TokenCells {
    /// Cells that show `summary`.
    #[must_use]
    pub fn new(summary: PriceSummary) -> Self {
        Self {
            price: RwSignal::new(summary.price),
            tint: RwSignal::new(None),
            confidence: RwSignal::new(summary.confidence),
            status: RwSignal::new(summary.status),
            as_of: RwSignal::new(summary.as_of),
            sources: RwSignal::new((summary.sources, summary.sources_known)),
            change_1h: RwSignal::new(summary.change_1h_pct),
            change_24h: RwSignal::new(summary.change_24h_pct),
            change_7d: RwSignal::new(summary.change_7d_pct),
            volume: RwSignal::new(summary.volume_24h_usd),
            viewpoints: RwSignal::new(summary.viewpoints),
            by_hand: RwSignal::new(summary.by_hand),
            tinted_ms: StoredValue::new(0),
        }
    }

    /// Takes a newer state; only what differs notifies. In the browser only: it reads the clock.
    pub fn apply(&self, summary: PriceSummary) {
        if let (Some(old), Some(new)) = (self.price.get_untracked(), summary.price)
            && old != new
        {
            self.tint_towards(new > old);
        }
        renew(self.price, summary.price);
        renew(self.confidence, summary.confidence);
        renew(self.status, summary.status);
        renew(self.as_of, summary.as_of);
        renew(self.sources, (summary.sources, summary.sources_known));
        renew(self.change_1h, summary.change_1h_pct);
        renew(self.change_24h, summary.change_24h_pct);
        renew(self.change_7d, summary.change_7d_pct);
        renew(self.volume, summary.volume_24h_usd);
        renew(self.viewpoints, summary.viewpoints);
        renew(self.by_hand, summary.by_hand);
    }

    /// The computed price with half its band, whether or not another is published.
    #[must_use]
    pub fn computed(&self) -> (Option<Price>, Option<Price>) {
        match self.by_hand.get() {
            Some(by_hand) => (by_hand.computed.price, by_hand.computed.confidence),
            None => (self.price.get(), self.confidence.get()),
        }
    }

    fn tint_towards(&self, up: bool) {
        let now = browser_ms();
        if now - self.tinted_ms.get_value() < TINT_PAUSE_MS {
            return;
        }
        self.tinted_ms.set_value(now);
        self.tint.set(Some(tint(up)));
        let cells = *self;
        set_timeout(
            move || {
                // Tinted again since, or the page is gone.
                if cells.tinted_ms.try_get_value() == Some(now) {
                    cells.tint.set(None);
                }
            },
            TINT,
        );
    }
}

/// The value of `data-tint` for a price that goes up or down.
pub const fn tint(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

fn renew<T: PartialEq + Send + Sync + 'static>(cell: RwSignal<T>, value: T) {
    if cell.with_untracked(|shown| *shown != value) {
        cell.set(value);
    }
}
