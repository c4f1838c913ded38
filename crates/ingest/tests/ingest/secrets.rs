//! The key to a venue is in its header and in nothing that people or files get to see.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parallax::candle::Interval;
use parallax::connection::ConnectionState;
use parallax_ingest::VenueConfig;
use parallax_venues::spec::{Endpoints, Secret};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use crate::gateway::{Gateway, KEY, now, priced, quick, words};
use crate::support::{Answer, ingest};

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Polls once and asks for candles once, and gathers everything that can be read of both.
async fn everything_said(venue: VenueConfig) -> String {
    let mut config = quick();
    config.history.attempts = 1;
    config.history.patience = Duration::ZERO;
    let mut said = format!("{venue:?} {:?} {config:?}", venue.endpoints);
    let (handle, mut feed, _shutdown) = ingest(config, venue);
    let report = feed
        .report("an outcome", |report| {
            !matches!(
                report.state,
                ConnectionState::Discovering | ConnectionState::Connecting
            )
        })
        .await;
    said += &format!("{report:?}");
    let history = handle.history();
    let listing = crate::gateway::listing(&history).await;
    let day = now().minus(Duration::from_secs(86_400));
    let candles = history.candles(&listing, Interval::Hour, day, now()).await;
    if let Err(error) = candles {
        said += &format!("{error} {error:?}");
    }
    said + &format!("{history:?} {handle:?}")
}

#[tokio::test]
async fn no_failure_shows_the_key() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // The runtime of the test has one thread, so this hears every task.
    let _listening = tracing::subscriber::set_default(subscriber);

    let with_key = |rest: String, key: &str| {
        let adapter = parallax_venues::find("thegraph").unwrap();
        let endpoints = Endpoints {
            stream: String::new(),
            rest,
            key: Some(Secret::new(key)),
        };
        VenueConfig::new(adapter, endpoints)
    };
    let mut said = String::new();
    for answer in [
        priced("20", Duration::ZERO),
        words("auth error: missing API key"),
        words(&format!("auth error: API key {KEY} not found")),
        words(&format!("something new about {KEY}")),
        words("indexing_error"),
        Answer::ok(&format!("<html>{KEY}</html>")),
        Answer::ok(&format!(r#"{{"data":{{"{KEY}":1}}}}"#)),
        Answer::status(401, &format!("x-key: {KEY}\r\n")),
        Answer::status(429, "retry-after: 9\r\n"),
        Answer::status(302, "location: http://127.0.0.1:1/elsewhere\r\n"),
        Answer::status(500, ""),
    ] {
        let gateway = Gateway::giving(vec![answer]).await;
        said += &everything_said(gateway.venue()).await;
        let requests = gateway.requests.lock().unwrap().join("\n");
        let lines = requests.lines().filter(|line| line.contains(KEY));
        for line in lines {
            assert_eq!(line, format!("authorization: Bearer {KEY}"));
        }
    }
    let vacant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = vacant.local_addr().unwrap();
    drop(vacant);
    said += &everything_said(with_key(format!("http://{address}/graph"), KEY)).await;
    said += &everything_said(with_key("not a URL".to_owned(), KEY)).await;
    // A key that no header can carry.
    let broken = format!("{KEY}\n{KEY}");
    said += &everything_said(with_key(format!("http://{address}/graph"), &broken)).await;
    assert!(said.contains("characters that no key has"), "{said}");

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("poll failed") && logged.contains("poll refused"),
        "{logged}"
    );
    for (where_, text) in [("an error or a report", &said), ("the log", &logged)] {
        let shown = text.lines().find(|line| line.contains(KEY));
        assert_eq!(shown, None, "the key is in {where_}");
    }
}
