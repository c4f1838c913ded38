//! Secrets planted like canaries, and everything the program says searched for them: its log to the last detail, pages,
//! answers, errors, metrics, scripts, what commands print, and the database.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod browser;
mod commands;
mod said;
#[path = "../support/mod.rs"]
mod support;

use std::net::TcpListener;
use std::path::Path;
use std::time::SystemTime;

use parallax::time::Timestamp;
use parallax_service::accounts::SharedSecret;
use parallax_sim::{SimConfig, start};
use reqwest::Client;

use crate::browser::{Browser, between};
use crate::commands::Commands;
use crate::said::Said;
use crate::support::{Server, output, program};

const PASSWORD: &str = "canary walnut ferry lamp";
const LATER_PASSWORD: &str = "canary violin copper moss";
const WRONG_PASSWORD: &str = "canary typed by mistake";
/// As The Graph's look. The simulator refuses it, so that the refusal is told, too.
const VENUE_KEY: &str = "c0ffee00c0ffee00c0ffee00ca9a7500";
const COLLECTOR_KEY: &str = "canary-of-the-collector";
const DATABASE_PASSWORD: &str = "canary-of-the-database";
/// All that is logged, but for the frames of the simulated exchanges and what is reckoned from them.
const EVERYTHING: &str = "trace,tungstenite=info,tokio_tungstenite=info,mio=info";
/// A key that is none, as someone might mistype it.
const WRONG_KEY: &str = "plx_canary000000_canarycanarycanarycanarycanary00";

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// What browsers are given besides pages: the WebAssembly and the scripts of the site that was built last.
fn read_site(said: &mut Said) {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    for folder in ["pkg", "chart", "reference"] {
        let Ok(files) = std::fs::read_dir(site.join(folder)) else {
            eprintln!("NOTE: {folder} of the site is not built and was not searched");
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            said.note(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
}

/// What anyone may ask for.
const PUBLIC: [&str; 18] = [
    "/",
    "/tokens/bitcoin",
    "/tokens/nothing",
    "/compare?ids=bitcoin,ethereum",
    "/markets",
    "/status",
    "/nowhere",
    "/docs",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/fn/status",
    "/fn/imprint",
    "/api/v1/status",
    "/api/v1/tokens",
    "/api/v1/exchanges",
    "/api/v1/nothing",
    "/api/v3/ping",
];

/// What someone who signed in may open.
const ADMIN: [&str; 16] = [
    "/mgmt",
    "/mgmt/me",
    "/mgmt/me/password",
    "/mgmt/users",
    "/mgmt/keys",
    "/mgmt/audit",
    "/mgmt/audit?format=csv",
    "/mgmt/system",
    "/mgmt/system?format=csv",
    "/mgmt/backfill",
    "/mgmt/markets",
    "/mgmt/quotes",
    "/mgmt/prices",
    "/mgmt/candles",
    "/mgmt/onchain",
    "/mgmt/nothing",
];

#[tokio::test]
async fn no_secret_is_written_down_anywhere() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let metrics = free_address();
    let collector_key = format!("x-api-key={COLLECTOR_KEY}");
    let settings = [
        ("PARALLAX_LOG__FILTER", EVERYTHING),
        ("PARALLAX_VENUES__KEYS__THEGRAPH", VENUE_KEY),
        ("PARALLAX_METRICS__LISTEN", metrics.as_str()),
        // Nobody listens there, so that the failure is told, too.
        ("PARALLAX_TRACES__ENDPOINT", "http://127.0.0.1:1/v1/traces"),
        ("PARALLAX_TRACES__HEADERS", collector_key.as_str()),
    ];
    let server = Server::start_logging(&sim, folder.path(), &log, &settings).await;
    let mut said = Said::default();
    let mut secrets = Vec::new();
    let mut secret = |name: &str, value: &str| secrets.push((name.to_owned(), value.to_owned()));

    // On the command line.
    let mut commands = Commands {
        folder: folder.path(),
        settings: vec![
            ("PARALLAX_LOG__FILTER", EVERYTHING.to_owned()),
            ("PARALLAX_VENUES__KEYS__THEGRAPH", VENUE_KEY.to_owned()),
            ("PARALLAX_PASSWORD", PASSWORD.to_owned()),
        ],
    };
    let create = ["createsuperuser", "--username", "anna"];
    commands.run(&mut said, &create, "", false);
    let refused = ["createsuperuser", "--username", "canarybird"];
    commands.settings[2].1 = "canarybird12".to_owned();
    commands.run(&mut said, &refused, "", false);
    commands.settings.pop();
    let key = ["token", "create", "--name", "a bot"];
    let key = commands.run(&mut said, &key, "", true).trim().to_owned();
    for arguments in [
        &["token", "list"][..],
        &["token", "list", "--json"],
        &["users", "list"],
        &["users", "list", "--json"],
        &["config", "check"],
        &["config", "default"],
        &["venues"],
        &["no-such-command"],
    ] {
        commands.run(&mut said, arguments, "", false);
    }

    // In the browser.
    let mut browser = Browser::new(&server);
    let login = "/mgmt/login";
    let typed = [("username", "anna"), ("password", WRONG_PASSWORD)];
    let wrong = browser.fill(&mut said, login, &typed).await;
    said.answer("a wrong password", wrong).await;
    let typed = [("username", "anna"), ("password", PASSWORD)];
    let done = browser.fill(&mut said, login, &typed).await;
    assert_eq!(done.headers()["location"], "/mgmt");
    said.answer("the way in", done).await;
    let change = "/mgmt/me/password";
    let typed = [
        ("present_password", WRONG_PASSWORD),
        ("new_password", LATER_PASSWORD),
        ("again_password", LATER_PASSWORD),
    ];
    let wrong = browser.fill(&mut said, change, &typed).await;
    said.answer("a wrong present password", wrong).await;
    let typed = [
        ("present_password", PASSWORD),
        ("new_password", LATER_PASSWORD),
        ("again_password", LATER_PASSWORD),
    ];
    let done = browser.fill(&mut said, change, &typed).await;
    assert_eq!(done.status(), 303);
    said.answer("a new password", done).await;
    // The one page that shows it, and the one that shows the recovery codes, are not noted.
    let mut unheard = Said::default();
    let second = "/mgmt/me/second-factor";
    let page = browser.open(&mut unheard, second).await;
    let letters = between(&page, "<p><code>", "</code>").replace(' ', "");
    let shared = SharedSecret::read(&letters).unwrap();
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = i64::try_from(since_1970.unwrap().as_secs()).unwrap();
    let code = shared
        .code_at(Timestamp::from_unix_s(now).unwrap())
        .unwrap();
    let codes = browser.fill(&mut unheard, second, &[("code", &code)]).await;
    let codes = codes.text().await.unwrap();
    let codes: Vec<_> = codes.split("<li><code>").skip(1).collect();
    assert_eq!(codes.len(), 10);
    for code in codes {
        secret("a recovery code", code.split('<').next().unwrap());
    }
    for path in ADMIN.iter().chain(&PUBLIC) {
        browser.open(&mut said, path).await;
    }

    // By programs.
    for path in PUBLIC {
        said.answer(path, server.get(path).await).await;
    }
    let http = Client::new();
    let address = format!("http://{}", server.address);
    for (place, key) in [
        ("with a key", key.as_str()),
        ("with a wrong key", WRONG_KEY),
    ] {
        for path in ["/api/v1/tokens", "/api/v1/nothing", "/api/v3/ping"] {
            let asked = http.get(format!("{address}{path}")).bearer_auth(key);
            said.answer(place, asked.send().await.unwrap()).await;
            // In the address, where it does not belong: the answer may say it back, the log may not.
            let asked = http.get(format!("{address}{path}?api_key={key}"));
            asked.send().await.unwrap();
        }
        let stream = http
            .get(format!("{address}/api/v1/stream"))
            .bearer_auth(key);
        stream.send().await.unwrap();
    }
    read_site(&mut said);
    let asked = http.get(format!("http://{metrics}/metrics")).send().await;
    let numbers = said.answer("/metrics", asked.unwrap()).await;
    assert!(numbers.contains("parallax_"));
    server
        .eventually("the venue's refusal is logged", async || {
            std::fs::read_to_string(&log).is_ok_and(|log| log.contains("auth error"))
        })
        .await;
    secret("a password", PASSWORD);
    secret("a changed password", LATER_PASSWORD);
    secret("a mistyped password", WRONG_PASSWORD);
    secret("a refused password", "canarybird12");
    secret("a venue's key", VENUE_KEY);
    secret("the collector's key", COLLECTOR_KEY);
    secret("an API key", &key);
    secret("an API key's secret", key.rsplit('_').next().unwrap());
    secret("a wrong API key", WRONG_KEY);
    for (name, value) in &browser.values {
        secret(name, value);
    }
    drop(browser);
    server.terminate().await;
    for file in ["parallax.db", "parallax.db-wal"] {
        if let Ok(bytes) = std::fs::read(folder.path().join(file)) {
            said.note(file, bytes);
        }
    }
    // What is searched does hold what is no secret.
    assert!(said.places_of("anna").contains(&"parallax.db"));
    assert!(said.places_of("anna").contains(&"/mgmt/audit"));
    assert!(said.places_of("a bot").contains(&"/mgmt/keys"));
    let settings = "/mgmt/system?format=csv";
    assert!(said.places_of("venues.keys.thegraph").contains(&settings));
    assert!(said.places_of("set, and not shown").contains(&settings));
    said.says_none_of(&secrets);
    // The database holds what codes are reckoned from: without it none could be checked.
    said.note("log", std::fs::read(&log).unwrap());
    secrets.push(("the second factor's secret".to_owned(), letters));
    said.0
        .retain(|(place, _)| !place.starts_with("parallax.db"));
    assert!(said.places_of("auth error").contains(&"log"));
    said.says_none_of(&secrets);
}

#[tokio::test]
async fn the_databases_password_is_written_down_nowhere() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let metrics = free_address();
    // Nothing answers there: the server starts without, and says so again and again.
    let url = |rest: &str| format!("postgres://parallax:{DATABASE_PASSWORD}@{rest}");
    let away = url("127.0.0.1:1/parallax");
    let spool = folder.path().join("spool").display().to_string();
    let settings = [
        ("DATABASE_URL", away.as_str()),
        ("PARALLAX_LOG__FILTER", EVERYTHING),
        ("PARALLAX_LOG__FORMAT", "json"),
        ("PARALLAX_STORE__SPOOL_FOLDER", spool.as_str()),
        ("PARALLAX_METRICS__LISTEN", metrics.as_str()),
    ];
    let server = Server::start_logging(&sim, folder.path(), &log, &settings).await;
    let mut said = Said::default();
    for path in PUBLIC.iter().chain(&ADMIN).chain(&["/mgmt/login"]) {
        said.answer(path, server.get(path).await).await;
    }
    let asked = Client::new().get(format!("http://{metrics}/metrics"));
    said.answer("/metrics", asked.send().await.unwrap()).await;
    server.terminate().await;
    said.note("log", std::fs::read(&log).unwrap());

    let others = [
        url("127.0.0.1:1/parallax"),
        url("127.0.0.1:port/parallax"),
        url("127.0.0.1:99999/parallax"),
        url("[::1/parallax"),
        url("/parallax?sslmode=nonsense"),
        url("127.0.0.1:1/parallax?password=too"),
        url("%zz/parallax").replace("postgres", "mysql"),
        format!("{DATABASE_PASSWORD}@127.0.0.1/parallax"),
        format!("postgres://127.0.0.1:1/parallax?user=parallax&password={DATABASE_PASSWORD}"),
    ];
    for other in others {
        let commands = Commands {
            folder: folder.path(),
            settings: vec![
                ("DATABASE_URL", other),
                ("PARALLAX_LOG__FILTER", EVERYTHING.to_owned()),
            ],
        };
        for arguments in [
            &["config", "check"][..],
            &["token", "list"],
            &["users", "list"],
        ] {
            commands.run(&mut said, arguments, "", false);
        }
    }
    let trouble = "the database cannot be used now";
    assert!(said.places_of(trouble).contains(&"log"));
    let place = "parallax token list: standard error";
    assert!(said.places_of("127.0.0.1:1").contains(&place));
    said.says_none_of(&[("the password".to_owned(), DATABASE_PASSWORD.to_owned())]);
}

/// A mistake in the configuration is told with what is wrong, which must not be the secret itself.
#[test]
fn a_secret_in_a_configuration_with_a_mistake_is_not_part_of_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    // Digits and brackets are no text to whoever reads variables.
    for key in [
        "12345678901234567890",
        "[12345678901234567890]",
        "{a=12345678901234567890}",
        "\"12345678901234567890",
    ] {
        for place in [
            "PARALLAX_VENUES__KEYS__THEGRAPH",
            "PARALLAX_TRACES__HEADERS",
        ] {
            let commands = Commands {
                folder: folder.path(),
                settings: vec![(place, key.to_owned())],
            };
            commands.run(&mut said, &["config", "check"], "", false);
        }
    }
    let file = folder.path().join("parallax.toml");
    for mistake in [
        "[venues.keys]\nthegraph = 12345678901234567890\n",
        "[venues.keys]\nthegraph = 1234567890123456789\n",
        "[venues.keys]\nthegraph = \"12345678901234567890\n",
        "[venues.keys]\nthegraph = 12345678901234567890abc\n",
        "[venues.keys]\nthegraph = [\"12345678901234567890\"]\n",
        "[venues]\nkeys = \"12345678901234567890\"\n",
        "[traces]\nheaders = 1234567890123456789\n",
        "[traces]\nheaders = \"12345678901234567890\"\n",
        "[traces]\nendpoint = \"https://anna:12345678901234567890@collector.example\"\n",
        "[store]\nurl = \"postgres://parallax:12345678901234567890@127.0.0.1:port/parallax\"\n",
        "[store]\nurl = \"postgres://parallax:12345678901234567890@127.0.0.1/parallax\n",
    ] {
        std::fs::write(&file, mistake).unwrap();
        let (output, words) = output(
            program()
                .arg("--config")
                .arg(&file)
                .args(["config", "check"]),
        );
        assert!(!output.status.success(), "{mistake}");
        assert!(
            words.contains("parallax.toml")
                || words.contains("store.url")
                || words.contains("traces.")
                || words.contains("keys"),
            "{words}"
        );
        said.note(mistake, words);
    }
    said.says_none_of(&[("a key".to_owned(), "1234567890123456789".to_owned())]);
}
