//! The section `[socket]`: what WebSockets may cost, and whose pages may open them.

use std::time::Duration;

use parallax_api::SocketLimits;

use super::file::SocketSection;
use super::{ConfigError, count, invalid, seconds};

/// `write_timeout_s` is that of all streams, checked by the caller.
pub(super) fn read(
    section: &SocketSection,
    write_timeout_s: u64,
) -> Result<SocketLimits, ConfigError> {
    let origins = section.allowed_origins.iter().map(|text| origin(text));
    Ok(SocketLimits {
        max_message_bytes: count(
            "socket.max_message_bytes",
            section.max_message_bytes,
            256..=1_048_576,
        )?,
        max_subscriptions: count(
            "socket.max_subscriptions",
            section.max_subscriptions,
            1..=10_000,
        )?,
        lifetime: seconds("socket.lifetime_s", section.lifetime_s, 60..=31_536_000)?,
        ping_every: seconds("socket.ping_every_s", section.ping_every_s, 1..=600)?,
        write_timeout: Duration::from_secs(write_timeout_s),
        allowed_origins: origins.collect::<Result<_, _>>()?,
    })
}

/// A site as browsers write it, without a path; or all.
fn origin(text: &str) -> Result<String, ConfigError> {
    let is_site = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    });
    if text == "*" || is_site {
        return Ok(text.to_owned());
    }
    Err(invalid(
        "socket.allowed_origins",
        format!("{text:?}"),
        "sites such as \"https://charts.example\" or \"http://10.0.0.2:8080\", without a path, or \"*\"",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_written_as_browsers_write_it() {
        for text in ["*", "https://charts.example", "http://10.0.0.2:8080"] {
            assert!(origin(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "charts.example",
            "https://charts.example/",
            "ftp://a",
            "https://A.example",
            "null",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
