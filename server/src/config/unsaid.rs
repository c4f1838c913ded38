//! Keeps secrets out of what is said about a mistake in the configuration: whoever mistypes one reads where and what is
//! wrong, and so does whoever reads the log.

use std::path::Path;

use figment::error::{Actual, Kind};

use super::ConfigError;

/// Where secrets stand: whatever is below these.
const SECRETS: [&[&str]; 4] = [
    &["venues", "keys"],
    &["store", "url"],
    &["traces", "headers"],
    &["traces", "endpoint"],
];

/// The error without the value, where that may be a secret.
pub(super) fn without_secrets(error: figment::Error) -> figment::Error {
    let hidden = error.clone().into_iter().map(|mut error| {
        let is_secret = SECRETS.iter().any(|place| {
            let path = error.path.iter().map(String::as_str);
            path.zip(*place).filter(|(key, name)| key == *name).count() == place.len()
        });
        if is_secret {
            let other = || Actual::Other("something else".to_owned());
            error.kind = match error.kind {
                Kind::InvalidType(_, expected) => Kind::InvalidType(other(), expected),
                Kind::InvalidValue(_, expected) => Kind::InvalidValue(other(), expected),
                _ => Kind::Message("it cannot be read".to_owned()),
            };
        }
        error
    });
    hidden.reduce(figment::Error::chain).unwrap_or(error)
}

/// Reads a file's TOML. The library's own words would show the line that is wrong.
pub(super) fn table(path: &Path, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        ConfigError::Syntax {
            path: path.to_owned(),
            line: before.map_or(1, |before| before.matches('\n').count() + 1),
            message: error.message().to_owned(),
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_by_its_line_and_not_by_the_line_itself() {
        let text = "simulated = true\n[venues.keys]\nthegraph = \"c0ffee\nlisten = 1\n";
        let error = table(Path::new("here.toml"), text).unwrap_err().to_string();
        assert!(
            error.starts_with("here.toml is no TOML at line 3: "),
            "{error}"
        );
        assert!(!error.contains("c0ffee"), "{error}");
    }

    #[test]
    fn only_the_value_of_a_secret_is_left_out() {
        let say = |path: &[&str]| {
            let kind = Kind::InvalidType(Actual::Unsigned(4_711), "a string".to_owned());
            let mut error = figment::Error::from(kind);
            error.path = path.iter().map(|key| (*key).to_owned()).collect();
            without_secrets(error).to_string()
        };
        for path in [
            &["venues", "keys", "thegraph"][..],
            &["venues", "keys"],
            &["store", "url"],
            &["traces", "headers"],
        ] {
            let said = say(path);
            assert!(
                said.contains("found something else, expected a string"),
                "{said}"
            );
        }
        for path in [
            &["store", "flush_every_ms"][..],
            &["venues"],
            &["listen"],
            &[],
        ] {
            assert!(say(path).contains("4711"), "{path:?}");
        }
    }
}
