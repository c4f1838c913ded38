//! The registry: one module for each file in `src/exchanges/`, listed by `build.rs`.
//!
//! Owns nothing but the list. `crates/ingest` and `server` look adapters up here by id.

use crate::spec::Adapter;

include!(concat!(env!("OUT_DIR"), "/exchanges.rs"));

/// The exchange of that id; `None` when this build has none.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Adapter> {
    ALL.iter()
        .copied()
        .find(|adapter| adapter.descriptor().id == id)
}

#[cfg(test)]
mod tests {
    use parallax::venue::VenueId;

    use super::*;

    #[test]
    fn every_file_holds_the_exchange_of_its_name() {
        let ids: Vec<_> = ALL.iter().map(|adapter| adapter.descriptor().id).collect();
        assert_eq!(ids, FILE_NAMES);
        assert!(ids.is_sorted());
    }

    #[test]
    fn every_exchange_is_found_by_its_id_and_the_id_is_valid() {
        for id in FILE_NAMES {
            assert!(VenueId::new(id).is_ok(), "{id}");
            assert_eq!(find(id).map(|adapter| adapter.descriptor().id), Some(*id));
        }
        assert!(find("no_such_exchange").is_none());
    }
}
