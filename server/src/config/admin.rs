//! The section `[admin]`: when sessions of the admin end.

use std::time::Duration;

use parallax_service::accounts::SessionLimits;

use super::file::AdminSection;
use super::{ConfigError, within};

pub(super) fn read(section: &AdminSection) -> Result<SessionLimits, ConfigError> {
    let idle_min = within(
        "admin.session_idle_min",
        section.session_idle_min,
        1..=1_440,
    )?;
    let hours = within("admin.session_hours", section.session_hours, 1..=168)?;
    Ok(SessionLimits {
        idle: Duration::from_secs(idle_min * 60),
        absolute: Duration::from_secs(hours * 3_600),
    })
}
