//! Beside every time its milliseconds, beside every price's time its age.
//!
//! The vocabulary writes times as RFC 3339 alone. On an answer's way out, `"as_of":"2026-…"` gains
//! `"as_of_ms"`, milliseconds since 1970, and so does every other time by name; `as_of`, when a price was
//! confirmed, also gains `age_ms`, the milliseconds from then to the answer's own moment. A time that is
//! null has null beside it. `openapi.rs` says the same of the schemas.

use std::fmt::Write;

use parallax::time::Timestamp;

/// The names of times in JSON answers. A test holds them against the description.
pub(crate) const TIMES: [&str; 24] = [
    "as_of",
    "at",
    "close_time",
    "closed_until",
    "computed_at",
    "first_held",
    "from",
    "last_data_at",
    "last_error_at",
    "last_round_at",
    "last_write_at",
    "month",
    "next_attempt_at",
    "observed_at",
    "open_time",
    "quote_at",
    "rate_at",
    "received_at",
    "since",
    "started_at",
    "stored_at",
    "to",
    "trade_at",
    "until",
];

/// The name of the time from which a price ages.
pub(crate) const AGES: &str = "as_of";

/// The JSON of an answer given at `at`, with the milliseconds. What is not JSON as `serde_json` writes it
/// stays as it is.
pub(crate) fn stamped(json: &str, at: Timestamp) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 4);
    let mut rest = json;
    while let Some((before, name, after)) = next_string(rest) {
        text.push_str(before);
        rest = after;
        let Some(value) = after.strip_prefix(':').filter(|_| TIMES.contains(&name)) else {
            continue;
        };
        if let Some(after) = value.strip_prefix("null") {
            let _ = write!(text, ":null,\"{name}_ms\":null");
            if name == AGES {
                text.push_str(",\"age_ms\":null");
            }
            rest = after;
        } else if let Some(("\"", _)) = value.split_at_checked(1)
            && let Some((_, moment, after)) = next_string(value)
            && let Ok(time) = moment.parse::<Timestamp>()
        {
            let _ = write!(text, ":\"{moment}\",\"{name}_ms\":{}", time.unix_ms());
            if name == AGES {
                let _ = write!(text, ",\"age_ms\":{}", at.since(time).as_millis());
            }
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// The text up to and with the first string, that string without its quotes, and what follows.
fn next_string(json: &str) -> Option<(&str, &str, &str)> {
    let opens = json.find('"')? + 1;
    let mut is_escaped = false;
    for (position, byte) in json.bytes().enumerate().skip(opens) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => {
                let (before, after) = json.split_at_checked(position + 1)?;
                return Some((before, json.get(opens..position)?, after));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        stamped(json, Timestamp::from_unix_s(1_700_000_005).unwrap())
    }

    #[test]
    fn a_time_has_its_milliseconds_and_a_prices_time_its_age() {
        assert_eq!(
            of(r#"{"at":"2023-11-14T22:13:20.000Z","as_of":"2023-11-14T22:13:20.250Z"}"#),
            "{\"at\":\"2023-11-14T22:13:20.000Z\",\"at_ms\":1700000000000,\
             \"as_of\":\"2023-11-14T22:13:20.250Z\",\"as_of_ms\":1700000000250,\"age_ms\":4750}"
        );
    }

    #[test]
    fn a_time_that_is_not_known_has_null_beside_it() {
        assert_eq!(
            of(r#"{"as_of":null,"to":null}"#),
            r#"{"as_of":null,"as_of_ms":null,"age_ms":null,"to":null,"to_ms":null}"#
        );
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for json in [
            r#"{"name":"at","price":"1.5","list":["as_of",null,"\"at\":null"]}"#,
            r#"{"since":"yesterday","from":5,"\\\"to":null}"#,
            "[]",
            "",
            r#"{"at":"#,
        ] {
            assert_eq!(of(json), json);
        }
    }
}
