//! Which tokens are read on an exchange: having one not read there, and read again as it was before.

use parallax::venue::VenueId;

use super::{TokenDesk, TokenError};
use crate::accounts::By;

impl TokenDesk {
    /// Has a token not read on an exchange, or read there again by what counted before. Of a token that its own form
    /// says is not there, that is what is shipped.
    ///
    /// # Errors
    /// [`TokenError`]; unless it is [`TokenError::Unsettled`] nothing was changed.
    pub async fn set_read(
        &self,
        venue: &VenueId,
        id: &str,
        is_read: bool,
        by: &By,
    ) -> Result<(), TokenError> {
        let _turn = self.inner.turn.lock().await;
        self.read_in_turn().await?;
        let known = self.enabled(id)?;
        let entry = &known.entry;
        if entry.is_on(venue) == is_read {
            return Err(TokenError::Same);
        }
        let (action, after) = match is_read {
            false => ("token.unread", entry.not_read_on(venue)),
            true => {
                let as_shipped = || {
                    let shipped = self.inner.shipped.entry(id).filter(|it| it.is_on(venue))?;
                    let mut after = entry.clone();
                    match shipped.codes.get(venue) {
                        Some(codes) => after.codes.insert(venue.clone(), codes.clone()),
                        None => after.codes.remove(venue),
                    };
                    Some(after)
                };
                let after = entry.read_again_on(venue).or_else(as_shipped);
                let after = after.ok_or_else(|| TokenError::NothingSetAside {
                    token: entry.id.clone(),
                    venue: venue.clone(),
                })?;
                ("token.read", after)
            }
        };
        self.decide(&entry.id, Some(after), known.revision, action, by)
            .await
    }
}
