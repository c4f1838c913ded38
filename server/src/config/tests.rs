#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use parallax_worker::SpoolConfig;

use super::*;

fn checked(text: &str, database_url: Option<&str>) -> Result<Config, ConfigError> {
    let figment = Figment::from(Toml::string(DEFAULT)).merge(Toml::string(text));
    let file: File = figment
        .extract()
        .map_err(|error| ConfigError::Read(Box::new(error)))?;
    Config::check(file, database_url.map(str::to_owned))
}

fn message(text: &str) -> String {
    checked(text, None).unwrap_err().to_string()
}

#[test]
fn the_shipped_defaults_are_valid_and_are_the_rooms_own() {
    let config = checked("", None).unwrap();
    assert_eq!(config.listen, "127.0.0.1:3000".parse().unwrap());
    let worker = WorkerConfig {
        spool: SpoolConfig {
            folder: Some("data/spool".into()),
            ..WorkerConfig::default().spool
        },
        ..WorkerConfig::default()
    };
    assert_eq!(config.worker, worker);
    assert_eq!(config.backfill, BackfillConfig::default());
    assert_eq!(config.ingest, IngestConfig::default());
    assert_eq!(config.pricing, Policy::default());
    assert_eq!(config.socket, SocketLimits::default());
    assert_eq!(config.venues.len(), parallax_venues::ALL.len());
}

#[test]
fn a_value_out_of_bounds_is_named_with_what_is_allowed() {
    let error = message("[store]\nflush_every_ms = 5");
    assert_eq!(error, "store.flush_every_ms is 5, but must be 100 to 60000");
}

#[test]
fn limits_and_proxies_are_read_and_checked() {
    let text = "[api]\nkeys = \"required\"\ntrusted_proxies = [\"127.0.0.1\", \"fd00::/8\"]\n\
        [api.anonymous]\nstreams = 0";
    let access = checked(text, None).unwrap().access;
    assert_eq!(access.keys, parallax_api::KeyPolicy::Required);
    let proxies: Vec<_> = access
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["127.0.0.1/32", "fd00::/8"]);
    assert_eq!(
        (access.anonymous.streams, access.anonymous.burst.get()),
        (0, 60)
    );

    assert_eq!(
        message("[api.key]\nburst = 0"),
        "api.key.burst is 0, but must be 1 to 1000000"
    );
    assert_eq!(
        message("[api]\ntrusted_proxies = [\"10.0.0.0/33\"]"),
        "api.trusted_proxies is \"10.0.0.0/33\", but must be addresses or networks such as \
         \"127.0.0.1\" and \"10.0.0.0/8\""
    );
    let policy = message("[api]\nkeys = \"none\"");
    assert!(
        policy.contains("optional") && policy.contains("required"),
        "{policy}"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_what_is_expected() {
    let error = message("[stream]\nmax_clients = \"many\"");
    assert!(
        error.contains("stream.max_clients") && error.contains("many"),
        "{error}"
    );
}

#[test]
fn an_unknown_key_is_refused_and_named() {
    let error = message("[store]\nflush = 5");
    assert!(
        error.contains("flush") && error.contains("flush_every_ms"),
        "{error}"
    );
}

#[test]
fn an_unknown_exchange_is_refused_with_the_known_ones() {
    let error = message("[venues]\nenabled = [\"mtgox\"]");
    assert!(
        error.contains("\"mtgox\"") && error.contains("binance, "),
        "{error}"
    );
}

#[test]
fn an_endpoint_must_be_a_url_of_its_scheme_and_is_not_repeated() {
    let error = message("[venues.endpoints.kraken]\nstream = \"http://user:secret@host\"");
    assert!(
        error.contains("venues.endpoints.kraken.stream") && error.contains("wss://"),
        "{error}"
    );
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_bad_database_url_is_refused_without_its_password() {
    let error = checked("", Some("mysql://user:secret@host/db"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("DATABASE_URL") && error.contains("postgres://"),
        "{error}"
    );
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_threshold_of_the_method_out_of_bounds_is_named() {
    let error = message("[pricing]\nmin_sources = 0");
    assert!(error.contains("pricing.min_sources"), "{error}");
}

#[test]
fn a_key_is_used_and_never_shown() {
    let key = "0123456789abcdef0123456789abcdef";
    let config = checked(&format!("[venues.keys]\nthegraph = \"{key}\""), None).unwrap();
    let of = |id: &str| {
        let mut venues = config.venues.iter();
        let venue = venues.find(|venue| venue.adapter.descriptor().id == id);
        venue.unwrap().endpoints.key.clone()
    };
    assert_eq!(of("thegraph").unwrap().expose(), key);
    assert!(of("kraken").is_none());
    assert!(!format!("{config:?}").contains(key));
    let error = message("[venues.keys]\nmtgox = \"secret\"");
    assert!(
        error.contains("mtgox") && !error.contains("secret"),
        "{error}"
    );
}

#[test]
fn the_spool_lies_beside_the_sqlite_file_unless_it_is_told_where() {
    let folder = |text: &str| checked(text, None).unwrap().worker.spool.folder.unwrap();
    let beside = folder("[store]\nurl = \"sqlite:/var/lib/parallax/parallax.db\"");
    assert_eq!(beside, Path::new("/var/lib/parallax/spool"));
    assert_eq!(
        folder("[store]\nspool_folder = \"/mnt/spool\""),
        Path::new("/mnt/spool")
    );
}
