//! The ways a reader may write a moment: in a query, and on the command line.

use parallax::time::Timestamp;

/// What [`read`] understands, in words.
pub const ALLOWED: &str = "a time such as 2026-01-31T09:30:00Z, 2026-01-31T09:30:00 (UTC), 2026-01-31 (midnight UTC), or whole \
     seconds since 1970, from 1970 to 9999";

/// Reads a moment: RFC 3339 with any offset, the same without an offset or with the date alone (then it
/// is UTC), or whole seconds since 1970-01-01 UTC. `None` for anything else.
///
/// A blank before the offset reads as `+`: that is what a query makes of a plus that was not escaped.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Timestamp::from_unix_s(text.parse().ok()?).ok();
    }
    let Some((date, time)) = text.split_once(['T', 't']) else {
        return format!("{text}T00:00:00Z").parse().ok();
    };
    if let Some((time, offset)) = time.split_once(' ') {
        return format!("{date}T{time}+{offset}").parse().ok();
    }
    if time.contains(['Z', 'z', '+', '-']) {
        return format!("{date}T{time}").parse().ok();
    }
    format!("{date}T{time}Z").parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_can_be_written_in_many_ways() {
        for text in [
            "2024-08-28T00:00:00Z",
            "2024-08-28T00:00:00.000Z",
            "2024-08-28t00:00:00z",
            "2024-08-28T02:00:00+02:00",
            "2024-08-28T02:00:00 02:00",
            "2024-08-27T22:00:00-02:00",
            "2024-08-28T00:00:00",
            "2024-08-28",
            "1724803200",
            " 1724803200 ",
        ] {
            assert_eq!(
                read(text).map(Timestamp::unix_ms),
                Some(1_724_803_200_000),
                "{text:?}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_moment() {
        for text in [
            "",
            " ",
            "now",
            "2024-13-01",
            "2024-02-30",
            "2024-08-28T25:00:00",
            "28.08.2024",
            "-1",
            "+1",
            "1.5",
            "1724803200000000",
            "1969-12-31",
            "2024-08-28T00:00",
            "2024-08-28T",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read("1969-12-31T23:59:59Z"), None);
        assert_eq!(read("0").unwrap().unix_ms(), 0);
    }
}
