//! Asking for the markets: what goes wrong there, and what is reported about it.

use std::io::Write as _;
use std::time::Duration;

use parallax::connection::ConnectionState;
use parallax_ingest::{FetchLimits, HttpClient, IngestError};
use parallax_venues::spec::{Endpoints, Request};
use tokio::net::TcpListener;

use crate::support::{Answer, script};

#[tokio::test]
async fn discovery_that_fails_is_reported_and_repeated_until_it_works() {
    let mut script = script("");
    script.markets = vec![
        Answer::status(503, ""),
        Answer::ok("\u{fffd} nothing here"),
        Answer::ok("BTC-USD"),
    ];
    let mut run = script.start().await;
    let discovering = run.feed.state(ConnectionState::Discovering).await;
    assert_eq!(
        (discovering.id.as_str(), discovering.markets),
        ("scripted/0", 0)
    );
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(
        error.ends_with("/markets answered with HTTP status 503"),
        "{error}"
    );
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(
        error.ends_with("lists no market that is to be watched"),
        "{error}"
    );
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    run.feed.state(ConnectionState::Live).await;
}

#[tokio::test]
async fn a_ban_is_sat_out() {
    let mut script = script("");
    script.markets = vec![Answer::status(418, "retry-after: 120\r\n")];
    let mut run = script.start().await;
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let delay = waiting.next_attempt_at.unwrap().since(waiting.since);
    assert_eq!(delay, Duration::from_secs(120));
}

#[tokio::test]
async fn an_exchange_that_does_not_answer_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let mut script = script("");
    script.config.discovery_timeout = Duration::from_millis(100);
    let (_handle, mut feed, _shutdown) = script.ingest(Endpoints {
        stream: format!("ws://{address}"),
        rest: format!("http://{address}"),
        key: None,
    });
    let waiting = feed.state(ConnectionState::Waiting).await;
    assert_eq!(
        waiting.last_error.as_deref(),
        Some(format!("could not reach http://{address}/markets: no answer within 100 ms").as_str())
    );
}

#[tokio::test]
async fn an_answer_that_grows_beyond_the_limit_when_unpacked_is_abandoned() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b' '; 8 * 1024 * 1024]).unwrap();
    let body = packer.finish().unwrap();
    assert!(body.len() < 64 * 1024);
    let mut script = script("");
    script.config.discovery_max_bytes = 1024 * 1024;
    script.markets = vec![Answer {
        status: 200,
        headers: "content-encoding: gzip\r\n".to_owned(),
        body,
    }];
    let mut run = script.start().await;
    let waiting = run.feed.state(ConnectionState::Waiting).await;
    let error = waiting.last_error.clone().unwrap();
    assert!(
        error.ends_with("answered with more than 1048576 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_of_fetching_does_not_show_the_query() {
    let vacant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = vacant.local_addr().unwrap();
    drop(vacant);
    let limits = FetchLimits {
        timeout: Duration::from_secs(5),
        max_bytes: 10,
    };
    let request = Request::get(format!("http://{address}/candles?key=secret"));
    let error = HttpClient::new()
        .unwrap()
        .fetch(&request, limits)
        .await
        .unwrap_err();
    assert!(matches!(error, IngestError::Unreachable { .. }) && error.is_retryable());
    assert!(
        !format!("{error} {error:?}").contains("secret"),
        "{error:?}"
    );
}
