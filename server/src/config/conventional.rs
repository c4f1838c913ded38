//! Variables that others have named, and the keys that they set: `PORT`, by which hosts such as Heroku, Dokku and Cloud
//! Run say where a container must listen, and those by which OpenTelemetry's programs find their collector.
//!
//! They win over the file, and a variable of our own wins over them.

use super::{ConfigError, invalid};

/// A key, and who sets it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conventional {
    pub(super) key: &'static str,
    pub(super) variable: &'static str,
    pub(super) value: String,
}

/// What the environment says. A variable that is empty says nothing.
pub(super) fn read(
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Conventional>, ConfigError> {
    let said = |variable: &'static str| {
        let value = environment(variable).filter(|value| !value.is_empty())?;
        Some((variable, value))
    };
    let mut found = Vec::new();
    let mut set = |key, said| {
        if let Some((variable, value)) = said {
            found.push(Conventional {
                key,
                variable,
                value,
            });
        }
    };
    let port = said("PORT").map(|(variable, port)| Ok((variable, listen(&port)?)));
    set("listen", port.transpose()?);
    let base = || {
        let (variable, base) = said("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        Some((
            variable,
            format!("{}/v1/traces", base.trim_end_matches('/')),
        ))
    };
    set(
        "traces.endpoint",
        said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(base),
    );
    set(
        "traces.headers",
        said("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| said("OTEL_EXPORTER_OTLP_HEADERS")),
    );
    Ok(found)
}

/// The address to listen on: every network, at this port.
fn listen(port: &str) -> Result<String, ConfigError> {
    match port.parse::<u16>() {
        Ok(number) if number > 0 => Ok(format!("0.0.0.0:{number}")),
        _ => Err(invalid("PORT", format!("{port:?}"), "a port, 1 to 65535")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Vec<(&'static str, String)>, String> {
        let environment = |name: &str| {
            let mut variables = variables.iter();
            let found = variables.find(|(variable, _)| *variable == name)?;
            Some(found.1.to_owned())
        };
        let found = read(environment).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|it| (it.key, it.value)).collect())
    }

    #[test]
    fn a_port_is_listened_on_at_every_network() {
        assert_eq!(found(&[]), Ok(Vec::new()));
        assert_eq!(found(&[("PORT", "")]), Ok(Vec::new()));
        let listen = ("listen", "0.0.0.0:8080".to_owned());
        assert_eq!(found(&[("PORT", "8080")]), Ok(vec![listen]));
        for wrong in ["0", "65536", "http", "-1", "80 "] {
            assert_eq!(
                found(&[("PORT", wrong)]).unwrap_err(),
                format!("PORT is {wrong:?}, but must be a port, 1 to 65535")
            );
        }
    }

    #[test]
    fn a_collector_for_all_signals_has_a_path_for_traces_and_one_for_traces_alone_comes_first() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/in");
        let endpoint = |address: &str| Ok(vec![("traces.endpoint", address.to_owned())]);
        assert_eq!(found(&[all]), endpoint("http://collector:4318/v1/traces"));
        assert_eq!(found(&[all, traces]), endpoint("http://other/in"));
        let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "a=1");
        let of_traces = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2");
        let set = |headers: &str| Ok(vec![("traces.headers", headers.to_owned())]);
        assert_eq!(found(&[headers]), set("a=1"));
        assert_eq!(found(&[headers, of_traces]), set("b=2"));
    }
}
