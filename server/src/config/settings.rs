//! The effective configuration for people: each value, where it comes from, and no secret.

use figment::Figment;
use figment::providers::Serialized;
use figment::value::Value;
use parallax_admin::{Setting, SettingSource};
use parallax_pricing::Policy;
use parallax_store::DatabaseUrl;

use super::conventional::Conventional;

/// What stands for a value that is not shown.
const HIDDEN: &str = "set, and not shown";
/// Words that tell a secret wherever they stand in a key, outside of the sections below.
const SECRET_WORDS: [&str; 5] = ["headers", "key", "password", "secret", "token"];
/// Sections whose keys are about limits of API keys, and hold none.
const HARMLESS: [&str; 1] = ["api"];

/// The layers of the configuration, the weakest first.
pub(super) struct Layers {
    pub(super) defaults: Figment,
    pub(super) file: Figment,
    pub(super) environment: Figment,
    /// What variables that others have named say.
    pub(super) conventional: Vec<Conventional>,
    /// Whether the variable `DATABASE_URL` says where the data is.
    pub(super) has_database_url: bool,
}

impl Layers {
    /// Every value that is in force, by key.
    pub(super) fn settings(&self, merged: &Figment, database: &DatabaseUrl) -> Vec<Setting> {
        // The method's thresholds have their defaults in the program.
        let policy = Serialized::default("pricing", Policy::default());
        let whole = Figment::from(policy).merge(merged);
        let Ok(whole) = whole.extract::<Value>() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        flatten(String::new(), &whole, &mut found);
        let setting = |(key, value): (String, &Value)| Setting {
            source: self.source(&key),
            value: match key.as_str() {
                "store.url" => database.to_string(),
                _ => shown(&key, value),
            },
            key,
        };
        let mut settings: Vec<_> = found.into_iter().map(setting).collect();
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        settings
    }

    fn source(&self, key: &str) -> SettingSource {
        let variable = || format!("PARALLAX_{}", key.to_uppercase().replace('.', "__"));
        let conventional = || self.conventional.iter().find(|it| it.key == key);
        match key {
            "store.url" if self.has_database_url => {
                SettingSource::Environment("DATABASE_URL".to_owned())
            }
            _ if self.environment.contains(key) => SettingSource::Environment(variable()),
            _ => match conventional() {
                Some(it) => SettingSource::Environment(it.variable.to_owned()),
                None if self.file.contains(key) => SettingSource::File,
                None => {
                    debug_assert!(self.defaults.contains(key) || key.starts_with("pricing."));
                    SettingSource::Default
                }
            },
        }
    }
}

/// The leaves of a value, by their paths.
fn flatten<'a>(path: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Dict(_, entries) => {
            for (name, value) in entries {
                let path = match path.is_empty() {
                    true => name.clone(),
                    false => format!("{path}.{name}"),
                };
                flatten(path, value, found);
            }
        }
        _ => found.push((path, value)),
    }
}

fn shown(key: &str, value: &Value) -> String {
    let mut parts = key.split('.');
    let is_harmless = parts
        .clone()
        .next()
        .is_some_and(|first| HARMLESS.contains(&first));
    let is_secret = parts.any(|part| SECRET_WORDS.iter().any(|word| part.contains(word)));
    if is_secret && !is_harmless {
        return HIDDEN.to_owned();
    }
    match value {
        Value::String(_, text) if text.is_empty() => "empty".to_owned(),
        Value::String(_, text) => without_login(text),
        Value::Array(_, values) if values.is_empty() => "none".to_owned(),
        Value::Array(_, values) => {
            let values: Vec<_> = values.iter().map(|value| shown(key, value)).collect();
            values.join(", ")
        }
        other => serde_json::to_string(other).unwrap_or_else(|_| HIDDEN.to_owned()),
    }
}

/// An address without what signs in there; any other text as it is.
fn without_login(text: &str) -> String {
    if !text.contains("://") && !text.contains('@') {
        return text.to_owned();
    }
    match url::Url::parse(text) {
        Ok(url) if url.has_host() => {
            let port = url.port().map(|port| format!(":{port}"));
            let host = url.host_str().unwrap_or_default();
            format!(
                "{}://{host}{}{}",
                url.scheme(),
                port.unwrap_or_default(),
                url.path()
            )
        }
        _ => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use std::collections::BTreeMap;

    use figment::providers::{Format, Toml};

    use super::*;
    use crate::config::DEFAULT;

    fn settings(file: &str, environment: &str) -> BTreeMap<String, (String, SettingSource)> {
        let layers = Layers {
            defaults: Figment::from(Toml::string(DEFAULT)),
            file: Figment::from(Toml::string(file)),
            environment: Figment::from(Toml::string(environment)),
            conventional: vec![Conventional {
                key: "listen",
                variable: "PORT",
                value: "0.0.0.0:8080".to_owned(),
            }],
            has_database_url: true,
        };
        let merged = layers
            .defaults
            .clone()
            .merge(&layers.file)
            .merge(&layers.environment);
        let url = "postgres://anna:c0ffee-c0ffee@db.example:5433/prices?password=c0ffee";
        let settings = layers.settings(&merged, &url.parse().unwrap());
        let entry = |setting: Setting| (setting.key, (setting.value, setting.source));
        settings.into_iter().map(entry).collect()
    }

    #[test]
    fn each_value_says_where_it_comes_from() {
        let file = "[store]\nflush_every_ms = 500\nprice_every_s = 9\n[pricing]\nmin_sources = 4";
        let all = settings(file, "[store]\nprice_every_s = 10");
        let of = |key: &str| (all[key].0.as_str(), all[key].1.clone());
        assert_eq!(of("store.flush_every_ms"), ("500", SettingSource::File));
        let variable = SettingSource::Environment("PARALLAX_STORE__PRICE_EVERY_S".to_owned());
        assert_eq!(of("store.price_every_s"), ("10", variable));
        assert_eq!(of("simulated"), ("false", SettingSource::Default));
        assert_eq!(of("pricing.min_sources"), ("4", SettingSource::File));
        assert!(
            all.contains_key("pricing.max_quote_age_ms"),
            "by the program's own default"
        );
        let port = SettingSource::Environment("PORT".to_owned());
        assert_eq!(all["listen"].1, port);
        let database = SettingSource::Environment("DATABASE_URL".to_owned());
        assert_eq!(
            of("store.url"),
            ("postgres://db.example:5433/prices", database)
        );
    }

    #[test]
    fn no_secret_is_among_the_values() {
        let file = "[venues.keys]\nthegraph = \"c0ffee-c0ffee\"\n\
            [venues.endpoints.kraken]\nrest = \"https://anna:c0ffee-c0ffee@proxy.example:8443/kraken\"\n\
            stream = \"wss://c0ffee@[broken\"\n[traces]\nheaders = \"x-api-key=c0ffee\"";
        let all = settings(file, "");
        assert!(!format!("{all:?}").contains("c0ffee"), "{all:?}");
        assert_eq!(all["venues.keys.thegraph"].0, HIDDEN);
        assert_eq!(all["traces.headers"].0, HIDDEN);
        let rest = &all["venues.endpoints.kraken.rest"].0;
        assert_eq!(rest, "https://proxy.example:8443/kraken");
        assert_eq!(all["api.keys"].0, "optional");
    }
}
