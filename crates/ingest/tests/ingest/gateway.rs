//! A scripted gateway of The Graph on loopback, and its answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use parallax::candle::Interval;
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::venue::VenueId;
use parallax_ingest::{History, IngestConfig, IngestHandle, Polling, VenueConfig};
use parallax_venues::spec::{Endpoints, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, Feed, ingest};

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const WBTC: &str = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599";

pub(crate) fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

/// An answer to a poll: WBTC at this many ether of 3,000 USD, read at a block this old.
pub(crate) fn priced(ether: &str, age: Duration) -> Answer {
    let block = now().minus(age);
    let hour = block.floor(Interval::Hour.duration());
    let row = |opens: Timestamp, volume: &str| {
        format!(
            r#"{{"token":{{"id":"{WBTC}"}},"periodStartUnix":{},"open":"1","high":"3","low":"1","close":"2","volume":"1","volumeUSD":"{volume}"}}"#,
            opens.unix_ms() / 1_000
        )
    };
    Answer::ok(&format!(
        r#"{{"data":{{"_meta":{{"block":{{"number":7,"timestamp":{}}},"hasIndexingErrors":false}},
        "bundle":{{"ethPriceUSD":"3000"}},
        "tokens":[{{"id":"{WBTC}","derivedETH":"{ether}","totalSupply":"18240","volumeUSD":"12.5"}}],
        "previous":[{}],"current":[{}]}}}}"#,
        block.unix_ms() / 1_000,
        row(hour.minus(Interval::Hour.duration()), "9.75"),
        row(hour, "0"),
    ))
}

pub(crate) fn words(message: &str) -> Answer {
    Answer::ok(&format!(r#"{{"errors":[{{"message":"{message}"}}]}}"#))
}

/// The contracts on the chain, by value locked, each as `(address, symbol)`.
pub(crate) fn contracts(found: &[(&str, &str)]) -> Answer {
    let tokens: Vec<_> = found
        .iter()
        .map(|(address, symbol)| {
            format!(r#"{{"id":"{address}","symbol":"{symbol}","name":"{symbol}"}}"#)
        })
        .collect();
    Answer::ok(&format!(
        r#"{{"data":{{"_meta":{{"block":{{"number":7,"timestamp":{}}},"hasIndexingErrors":false}},"tokens":[{}]}}}}"#,
        now().unix_ms() / 1_000,
        tokens.join(",")
    ))
}

/// Whether a request asks for the contracts on the chain.
pub(crate) fn is_survey(request: &str) -> bool {
    request.contains("orderBy: totalValueLockedUSD")
}

/// A gateway that gives these answers in turn; the last one stays. Keeps the requests as they came.
pub(crate) struct Gateway {
    pub(crate) endpoints: Endpoints,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Of a chain without any contract.
    pub(crate) async fn giving(answers: Vec<Answer>) -> Self {
        Self::surveyed(answers, vec![contracts(&[])]).await
    }

    /// With answers of their own for those who ask for the contracts.
    pub(crate) async fn surveyed(answers: Vec<Answer>, surveys: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoints = Endpoints {
            stream: String::new(),
            rest: format!("http://{}/graph", listener.local_addr().unwrap()),
            key: Some(Secret::new(KEY)),
        };
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let (mut answers, mut surveys) = (VecDeque::from(answers), VecDeque::from(surveys));
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !is_whole(&request) {
                    match socket.read_u8().await {
                        Ok(byte) => request.push(byte),
                        Err(_) => break,
                    }
                }
                let request = String::from_utf8(request).unwrap();
                let answers = match is_survey(&request) {
                    true => &mut surveys,
                    false => &mut answers,
                };
                seen.lock().unwrap().push(request);
                let answer = match answers.len() {
                    1 => answers.front().unwrap().clone(),
                    _ => answers.pop_front().unwrap(),
                };
                let head = format!(
                    "HTTP/1.1 {} Scripted\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
                    answer.status,
                    answer.body.len(),
                    answer.headers
                );
                let _ = socket.write_all(head.as_bytes()).await;
                let _ = socket.write_all(&answer.body).await;
            }
        });
        Self {
            endpoints,
            requests,
        }
    }

    /// How often it was asked for anything but the contracts.
    pub(crate) fn asked(&self) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|it| !is_survey(it)).count()
    }

    pub(crate) fn venue(&self) -> VenueConfig {
        let adapter = parallax_venues::find("thegraph").unwrap();
        VenueConfig::new(adapter, self.endpoints.clone())
    }

    pub(crate) fn start(&self) -> (IngestHandle, Feed, CancellationToken) {
        ingest(quick(), self.venue())
    }
}

/// Whether the body is there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

/// Polls as quickly as a test wants them.
pub(crate) fn quick() -> IngestConfig {
    let mut config = IngestConfig {
        polling: Polling {
            every: Duration::from_millis(300),
            ..Polling::default()
        },
        ..IngestConfig::default()
    };
    config.history.request_gap = Some(Duration::ZERO);
    config
}

/// A market of the venue, as back-fill finds it.
pub(crate) async fn listing(history: &History) -> Arc<Listing> {
    let venue = VenueId::new("thegraph").unwrap();
    let listings = history.discover(&venue).await.unwrap();
    Arc::clone(listings.first().unwrap())
}
