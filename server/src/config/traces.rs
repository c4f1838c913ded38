//! The section `[traces]`: which collector takes spans, if any, and how many.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

use super::file::TracesSection;
use super::{ConfigError, invalid};

/// Where spans go.
#[derive(Debug, Clone)]
pub(crate) struct TracesConfig {
    /// Without a name or a password.
    pub(crate) endpoint: Url,
    /// Sent with every request; all of them sensitive.
    pub(crate) headers: HeaderMap,
    /// The part of all traces that is sent, 0 to 1.
    pub(crate) sample_ratio: f64,
}

/// `None` without a collector.
pub(super) fn read(section: &TracesSection) -> Result<Option<TracesConfig>, ConfigError> {
    let ratio = section.sample_ratio;
    if !(0.0..=1.0).contains(&ratio) {
        return Err(invalid("traces.sample_ratio", ratio, "0 to 1"));
    }
    let headers = headers(section.headers.expose())?;
    if section.endpoint.is_empty() {
        return Ok(None);
    }
    Ok(Some(TracesConfig {
        endpoint: endpoint(&section.endpoint)?,
        headers,
        sample_ratio: ratio,
    }))
}

fn endpoint(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    // The value is not repeated: what was mistaken for an address may hold a key.
    url.ok_or_else(|| {
        invalid(
            "traces.endpoint (or OTEL_EXPORTER_OTLP_ENDPOINT)",
            "not such a URL",
            "http://HOST:4318/v1/traces or the same by https, without a key, which belongs into traces.headers",
        )
    })
}

/// As `OTEL_EXPORTER_OTLP_HEADERS` has them: `NAME=VALUE,NAME=VALUE`, values percent-encoded where they must be.
fn headers(text: &str) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = header(pair).ok_or_else(|| {
            invalid(
                "traces.headers (or OTEL_EXPORTER_OTLP_HEADERS)",
                "not such a list",
                "NAME=VALUE, several of them with commas between, and %2C for a comma in a value",
            )
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn header(pair: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax_venues::spec::Secret;

    use super::*;

    fn section(endpoint: &str, headers: &str, sample_ratio: f64) -> TracesSection {
        TracesSection {
            endpoint: endpoint.to_owned(),
            headers: Secret::new(headers),
            sample_ratio,
        }
    }

    fn refused(endpoint: &str, headers: &str, sample_ratio: f64) -> String {
        let section = section(endpoint, headers, sample_ratio);
        read(&section).unwrap_err().to_string()
    }

    const COLLECTOR: &str = "http://127.0.0.1:4318/v1/traces";

    #[test]
    fn without_a_collector_nothing_is_traced() {
        assert!(read(&section("", "", 1.0)).unwrap().is_none());
        assert!(read(&section("", "a=1", 1.0)).unwrap().is_none());
        let traces = read(&section(COLLECTOR, "", 0.25)).unwrap().unwrap();
        assert_eq!(traces.endpoint.as_str(), COLLECTOR);
        assert!(traces.headers.is_empty());
    }

    #[test]
    fn headers_are_read_as_others_write_them_and_never_shown() {
        let text = "x-api-key=c0ffee, authorization=Basic%20Yzo%3D,";
        let traces = read(&section(COLLECTOR, text, 1.0)).unwrap().unwrap();
        let of = |name: &str| traces.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(
            (of("x-api-key"), of("authorization")),
            ("c0ffee", "Basic Yzo=")
        );
        let shown = format!("{traces:?}");
        assert!(
            !shown.contains("c0ffee") && !shown.contains("Yzo"),
            "{shown}"
        );
        for wrong in ["c0ffee", "a b=c0ffee", "a=c0ffee\u{1}", "=c0ffee"] {
            let error = refused(COLLECTOR, wrong, 1.0);
            assert!(error.starts_with("traces.headers (or "), "{error}");
            assert!(!error.contains("c0ffee"), "{error}");
        }
    }

    #[test]
    fn an_address_that_holds_a_key_or_is_none_is_refused_and_not_repeated() {
        for wrong in [
            "c0ffee:4318",
            "grpc://c0ffee:4317",
            "https://anna:c0ffee@collector.example/v1/traces",
            "https://collector.example/v1/traces?key=c0ffee",
        ] {
            let error = refused(wrong, "", 1.0);
            assert!(error.contains("http://HOST:4318/v1/traces"), "{error}");
            assert!(!error.contains("c0ffee"), "{error}");
        }
    }

    #[test]
    fn a_ratio_is_a_part_of_the_whole() {
        for wrong in [-0.1, 1.01, f64::NAN] {
            let error = refused(COLLECTOR, "", wrong);
            assert!(error.ends_with(", but must be 0 to 1"), "{error}");
        }
    }
}
