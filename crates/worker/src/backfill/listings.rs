//! The markets that were listed so far, shared between the pipeline that hears of them and the back-fill
//! that asks for their past.

use std::sync::Arc;
use std::time::Duration;

use parallax::market::Listing;
use parallax::venue::VenueId;
use tokio::sync::watch;

/// Markets, each once. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct Listings {
    listings: Arc<watch::Sender<Vec<Arc<Listing>>>>,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            listings: Arc::new(watch::Sender::new(Vec::new())),
        }
    }
}

impl Listings {
    /// Adds a market, or replaces what was known of it.
    pub fn add(&self, listing: Arc<Listing>) {
        self.listings.send_modify(|listings| {
            let known = listings
                .iter_mut()
                .find(|known| known.venue == listing.venue && known.symbol == listing.symbol);
            match known {
                Some(known) => *known = listing,
                None => listings.push(listing),
            }
        });
    }

    /// Forgets a market.
    pub fn remove(&self, listing: &Listing) {
        self.listings.send_modify(|listings| {
            listings.retain(|known| known.venue != listing.venue || known.symbol != listing.symbol);
        });
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Listing>> {
        self.listings.borrow().clone()
    }

    /// Returns when each of `venues` has listed a market, and none was added for `quiet`.
    pub async fn settled(&self, venues: &[VenueId], quiet: Duration) {
        let mut changes = self.listings.subscribe();
        loop {
            let changed = tokio::time::timeout(quiet, changes.changed()).await;
            let has_listed = |venue: &VenueId| {
                self.listings
                    .borrow()
                    .iter()
                    .any(|listing| listing.venue == *venue)
            };
            if changed.is_err() && venues.iter().all(has_listed) {
                return;
            }
        }
    }
}
