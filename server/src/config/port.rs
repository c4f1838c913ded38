//! The variable `PORT`, by which hosts such as Heroku, Dokku and Cloud Run say where a container must listen.

use super::{ConfigError, invalid};

/// The address to listen on: every network, at this port. `None` when the variable is not set or empty.
pub(super) fn listen(port: Option<&str>) -> Result<Option<String>, ConfigError> {
    let Some(port) = port.filter(|port| !port.is_empty()) else {
        return Ok(None);
    };
    match port.parse::<u16>() {
        Ok(number) if number > 0 => Ok(Some(format!("0.0.0.0:{number}"))),
        _ => Err(invalid("PORT", format!("{port:?}"), "a port, 1 to 65535")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_listened_on_at_every_network() {
        assert_eq!(listen(None).unwrap(), None);
        assert_eq!(listen(Some("")).unwrap(), None);
        assert_eq!(
            listen(Some("8080")).unwrap().as_deref(),
            Some("0.0.0.0:8080")
        );
        for wrong in ["0", "65536", "http", "-1", "80 "] {
            assert_eq!(
                listen(Some(wrong)).unwrap_err().to_string(),
                format!("PORT is {wrong:?}, but must be a port, 1 to 65535")
            );
        }
    }
}
