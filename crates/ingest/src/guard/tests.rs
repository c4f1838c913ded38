//! The attack first: an address that leads inwards, by every way there is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parallax::venue::VenueAddresses;
use parallax_venues::spec::{Endpoints, Request, Secret};
use tokio::net::TcpListener;

use super::*;
use crate::error::IngestError;
use crate::http::{FetchLimits, HttpClient};
use crate::reach::Reaches;

const LIMITS: FetchLimits = FetchLimits {
    timeout: Duration::from_secs(5),
    max_bytes: 1_024,
};

/// A guard for which every name leads to these addresses, the next ones each time, and how often it was asked.
fn leading_to(answers: &[&[&str]]) -> (Guard, Arc<AtomicUsize>) {
    let answers: Vec<Vec<IpAddr>> = answers
        .iter()
        .map(|answer| answer.iter().map(|it| it.parse().unwrap()).collect())
        .collect();
    let (answers, asked) = (Mutex::new(answers), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    let guard = Guard::asking(Arc::new(move |_, port| {
        counted.fetch_add(1, Ordering::SeqCst);
        let mut answers = answers.lock().unwrap();
        let next = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers.first().cloned().unwrap_or_default()
        };
        let found = next.into_iter().map(|ip| SocketAddr::new(ip, port));
        let found = found.collect();
        Box::pin(async move { Ok(found) })
    }));
    (guard, asked)
}

/// A server on this machine, and how often something connected to it.
async fn victim() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let reached = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reached);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, reached)
}

async fn fetched(client: &HttpClient, url: String) -> String {
    let answer = client.fetch(&Request::get(url), LIMITS).await;
    answer.unwrap_err().to_string()
}

#[tokio::test]
async fn a_name_or_an_address_that_leads_inwards_is_not_connected_to() {
    let (port, reached) = victim().await;
    let (guard, _) = leading_to(&[&["127.0.0.1"]]);
    // The attack: an ordinary client goes there.
    let ordinary = HttpClient::new().unwrap();
    fetched(&ordinary, format!("https://127.0.0.1:{port}/")).await;
    assert_eq!(reached.load(Ordering::SeqCst), 1);
    let client = HttpClient::guarded(guard).unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "rebound.example",
    ] {
        let error = fetched(&client, format!("https://{host}:{port}/")).await;
        assert!(
            error.contains("not on the public internet"),
            "{host}: {error}"
        );
    }
    let plain = fetched(&client, format!("http://rebound.example:{port}/")).await;
    assert!(plain.contains("https://"), "{plain}");
    assert_eq!(reached.load(Ordering::SeqCst), 1, "nobody else came");
}

#[tokio::test]
async fn one_private_address_among_public_ones_is_enough_to_refuse() {
    for answer in [
        ["104.16.0.1", "10.0.0.1"],
        ["169.254.169.254", "104.16.0.1"],
        ["2606:4700::1111", "fd00:ec2::254"],
    ] {
        let (guard, _) = leading_to(&[&answer]);
        let error = guard
            .addresses("wss://rebound.example/ws", "wss")
            .await
            .unwrap_err();
        assert!(matches!(error, GuardError::NotPublic { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inwards_the_second_time_gains_nothing() {
    let (port, reached) = victim().await;
    let (guard, asked) = leading_to(&[&["104.16.0.1"], &["127.0.0.1"]]);
    let url = format!("wss://rebound.example:{port}/ws");
    let judged = guard.addresses(&url, "wss").await.unwrap();
    // What was judged is what is connected to: the name is not asked again in between.
    assert_eq!(
        judged,
        [SocketAddr::new("104.16.0.1".parse().unwrap(), port)]
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Each reconnection is judged anew.
    let again = guard.addresses(&url, "wss").await.unwrap_err();
    assert!(matches!(again, GuardError::NotPublic { .. }), "{again}");
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_socket_wants_tls_and_a_host() {
    let (guard, asked) = leading_to(&[&["104.16.0.1"]]);
    for url in [
        "ws://exchange.example/ws",
        "http://exchange.example",
        "file:///etc/passwd",
        "wss:",
        "",
    ] {
        let error = guard.addresses(url, "wss").await.unwrap_err();
        assert!(matches!(error, GuardError::Scheme("wss")), "{url}: {error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

fn configured() -> Endpoints {
    Endpoints {
        stream: "ws://127.0.0.1:1".to_owned(),
        rest: "http://127.0.0.1:1".to_owned(),
        key: Some(Secret::new("the-key")),
    }
}

fn given(stream: Option<&str>, rest: Option<&str>) -> VenueAddresses {
    VenueAddresses {
        stream: stream.map(str::to_owned),
        rest: rest.map(str::to_owned),
    }
}

#[tokio::test]
async fn what_is_configured_may_be_on_this_machine_and_only_what_is_given_is_guarded() {
    let reaches = Reaches::new(configured(), HttpClient::new().unwrap(), Some(Guard::new()));
    let reach = reaches.now();
    assert!(reach.stream_guard.is_none() && reach.answer_guard.is_none());
    reaches
        .set(Some(&given(Some("wss://ws.example"), None)))
        .unwrap();
    let reach = reaches.now();
    assert!(reach.stream_guard.is_some() && reach.answer_guard.is_none());
    assert_eq!(reach.endpoints.rest, "http://127.0.0.1:1");
    reaches.set(None).unwrap();
    assert_eq!(reaches.now().endpoints, configured());
}

#[tokio::test]
async fn the_key_goes_nowhere_but_where_the_configuration_sends_it() {
    let reaches = Reaches::new(configured(), HttpClient::new().unwrap(), Some(Guard::new()));
    let elsewhere = given(None, Some("https://collector.example"));
    reaches.set(Some(&elsewhere)).unwrap();
    assert!(reaches.now().endpoints.key.is_none());
    reaches
        .set(Some(&given(Some("wss://ws.example"), None)))
        .unwrap();
    assert!(reaches.now().endpoints.key.is_some());
}

#[tokio::test]
async fn where_the_configuration_allows_it_given_addresses_may_lead_inwards() {
    let (port, reached) = victim().await;
    let reaches = Reaches::new(configured(), HttpClient::new().unwrap(), None);
    let inwards = format!("https://127.0.0.1:{port}");
    reaches.set(Some(&given(None, Some(&inwards)))).unwrap();
    let reach = reaches.now();
    let request = Request::get(inwards);
    let error = reach.http.fetch(&request, LIMITS).await.unwrap_err();
    assert!(!matches!(error, IngestError::Status { .. }), "{error}");
    assert_eq!(reached.load(Ordering::SeqCst), 1);
}
