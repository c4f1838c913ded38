//! Historic candles: pages, pace, pauses and failures, first failing and then recovering.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use parallax::candle::{Interval, VenueCandle};
use parallax::market::Listing;
use parallax::time::Timestamp;
use parallax::venue::{VenueAddresses, VenueId, VenueSwitch};
use parallax_ingest::{History, HistoryError, IngestError};
use tokio::sync::watch;

use crate::support::{Answer, Script, script, soon};

/// An hour of the day the tests are about.
fn at(hour: i64) -> Timestamp {
    Timestamp::from_unix_s(1_772_323_200 + hour * 3_600).unwrap()
}

struct Past {
    history: History,
    listing: Arc<Listing>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Past {
    /// It is half past noon.
    async fn of(script: Script) -> Self {
        let now = at(12).plus(Duration::from_secs(1_800));
        let (history, asked) = script.history(now).await;
        let venue = VenueId::new("scripted").unwrap();
        let listings = history.discover(&venue).await.unwrap();
        asked.lock().unwrap().clear();
        Self {
            listing: Arc::clone(listings.first().unwrap()),
            history,
            asked,
        }
    }

    async fn candles(&self, from: i64, until: i64) -> Result<Vec<VenueCandle>, HistoryError> {
        let candles = self
            .history
            .candles(&self.listing, Interval::Hour, at(from), at(until));
        soon("candles", candles).await
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn answering(candles: &[Answer]) -> Script {
    let mut script = script("BTC-USD");
    script.candles = candles.to_vec();
    script
}

fn opens(candles: &[VenueCandle]) -> Vec<i64> {
    let hour = |candle: &VenueCandle| candle.open_time.since(at(0)).as_secs() / 3_600;
    candles
        .iter()
        .map(|candle| i64::try_from(hour(candle)).unwrap())
        .collect()
}

#[tokio::test]
async fn a_range_is_fetched_page_by_page_and_ends_before_the_unfinished_hour() {
    let past = Past::of(answering(&[])).await;
    let candles = past.candles(5, 24).await.unwrap();
    assert_eq!(opens(&candles), [5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(past.asked(), 3);
    assert!(past.candles(12, 24).await.unwrap().is_empty());
    assert_eq!(past.asked(), 3, "nothing finished, nothing asked");
}

#[tokio::test]
async fn a_429_pauses_the_host_for_everyone_and_then_all_get_their_candles() {
    let busy = Answer::status(429, "retry-after: 1\r\n");
    let past = Past::of(answering(&[busy])).await;
    let start = Instant::now();
    let (one, other) = tokio::join!(past.candles(0, 3), past.candles(3, 6));
    assert_eq!(opens(&one.unwrap()), [0, 1, 2]);
    assert_eq!(opens(&other.unwrap()), [3, 4, 5]);
    assert!(start.elapsed() >= Duration::from_secs(1));
    // The other call may have been on its way already; neither asked again within the second.
    assert_eq!(past.asked(), 3);
}

#[tokio::test]
async fn a_long_ban_is_an_error_at_once_and_nobody_asks_meanwhile() {
    let banned = Answer::status(418, "retry-after: 3600\r\n");
    let past = Past::of(answering(&[banned])).await;
    for _ in 0..3 {
        let error = past.candles(0, 3).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        let wait = error.retry_after().unwrap();
        assert!(wait > Duration::from_secs(3_500) && wait <= Duration::from_secs(3_600));
    }
    assert_eq!(past.asked(), 1);
}

#[tokio::test]
async fn words_that_mean_too_often_pause_like_a_429() {
    let mut script = answering(&[Answer::ok("busy")]);
    script.config.history.patience = Duration::from_secs(1);
    let past = Past::of(script).await;
    let error = past.candles(0, 3).await.unwrap_err();
    assert!(
        matches!(error, HistoryError::Venue(IngestError::Paused { .. })),
        "{error}"
    );
    assert!(error.retry_after().unwrap() > Duration::from_secs(20));
    assert_eq!(past.asked(), 1);
}

#[tokio::test]
async fn passing_faults_are_asked_again_a_few_times() {
    let faults = [
        Answer::status(500, ""),
        Answer::ok("down"),
        Answer::status(503, ""),
    ];
    let past = Past::of(answering(&faults)).await;
    assert_eq!(opens(&past.candles(0, 2).await.unwrap()), [0, 1]);
    assert_eq!(past.asked(), 4);

    let past = Past::of(answering(&vec![Answer::status(500, ""); 9])).await;
    let error = past.candles(0, 2).await.unwrap_err();
    assert!(
        error.is_retryable() && error.retry_after().is_none(),
        "{error}"
    );
    assert_eq!(past.asked(), 4, "bounded");
    // What fails later in the range fails the call, and the next call finds the venue mended.
    let past = Past::of(answering(
        &[vec![Answer::ok("")], vec![Answer::status(500, ""); 4]].concat(),
    ))
    .await;
    past.candles(0, 6).await.unwrap_err();
    assert_eq!(past.candles(0, 6).await.unwrap().len(), 6);
}

#[tokio::test]
async fn what_the_venue_refuses_is_not_asked_again() {
    for refusal in [Answer::ok("no"), Answer::status(404, "")] {
        let past = Past::of(answering(&[refusal])).await;
        let error = past.candles(0, 3).await.unwrap_err();
        assert!(!error.is_retryable(), "{error}");
        assert_eq!(past.asked(), 1);
        assert_eq!(past.candles(0, 3).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn what_the_venue_does_not_have_is_said_without_asking() {
    let past = Past::of(answering(&[])).await;
    let venue = past.listing.venue.clone();
    assert!(past.history.supports(&venue, Interval::Hour));
    assert!(!past.history.supports(&venue, Interval::Minute));
    let minutes = past
        .history
        .candles(&past.listing, Interval::Minute, at(0), at(1));
    let error = minutes.await.unwrap_err();
    assert!(matches!(error, HistoryError::NoCandles { .. }) && !error.is_retryable());
    assert_eq!(error.to_string(), "scripted has no candles of 1m");
    let nobody = VenueId::new("nobody").unwrap();
    assert!(!past.history.supports(&nobody, Interval::Hour));
    let error = past.history.discover(&nobody).await.unwrap_err();
    assert!(matches!(error, HistoryError::UnknownVenue(_)) && !error.is_retryable());
    assert_eq!(past.asked(), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_abandoned() {
    let mut script = answering(&vec![Answer::ok(&"9".repeat(2_000)); 9]);
    script.config.history.max_bytes = 1_000;
    script.config.history.attempts = 2;
    let past = Past::of(script).await;
    let error = past.candles(0, 3).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("answered with more than 1000 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_host_to_the_others() {
    let mut script = answering(&[]);
    script.descriptor.request_gap = Duration::from_millis(200);
    let past = Past::of(script).await;
    for _ in 0..3 {
        let dropped = past.candles(0, 12);
        assert!(
            tokio::time::timeout(Duration::from_millis(20), dropped)
                .await
                .is_err()
        );
    }
    assert_eq!(past.candles(0, 6).await.unwrap().len(), 6);
}

#[tokio::test]
async fn the_past_is_asked_for_where_an_operator_says_that_the_exchange_is() {
    let given = VenueAddresses {
        stream: None,
        rest: Some("http://127.0.0.1:1".to_owned()),
    };
    let set = VenueSwitch {
        addresses: Some(Arc::new(given)),
        ..VenueSwitch::default()
    };
    let (_set, switch) = watch::channel(set);
    let mut script = script("BTC-USD");
    script.switch = Some(switch);
    script.config.private_addresses = true;
    let (history, asked) = script.history(at(12)).await;
    let error = history.discover(&VenueId::new("scripted").unwrap()).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1:1"), "{error}");
    assert!(
        asked.lock().unwrap().is_empty(),
        "not at the configured address"
    );
}
