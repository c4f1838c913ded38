//! Prices set by hand: published in place of the computed ones, and nothing else of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parallax::by_hand::{SetPrice, SetPrices};
use parallax::candle::Interval;
use parallax::event::MarketEvent;
use parallax::index::Status;
use parallax::market::{Asset, Listing, Market, MarketKey};
use parallax::time::{Clock, Moment};
use parallax_board::{Board, PublishedPrice};
use parallax_worker::{Decisions, LastKnown, Pipeline, WorkerConfig, run};
use tokio::sync::{mpsc, watch};

use crate::desk::{
    TokioClock, bars, bitcoin, listed, no_repairs, pipeline, quoted, store, three_quotes, unchanged,
};

const START: i64 = 1_700_000_000;

fn for_a_minute(token: &str, price: &str, now: Moment) -> SetPrices {
    let set = SetPrice {
        price: price.parse().unwrap(),
        reason: "the exchanges are wrong".to_owned(),
        since: now.utc,
        until: now.utc.plus(Duration::from_secs(60)),
    };
    Arc::new(BTreeMap::from([(token.parse().unwrap(), set)]))
}

fn shown(board: &Board, token: &str) -> (String, Status) {
    let published: Arc<PublishedPrice> = board.price(token).unwrap();
    let summary = &published.summary;
    assert_eq!(summary.by_hand, published.index.by_hand);
    let price = summary
        .price
        .map_or_else(|| "-".to_owned(), |price| price.to_string());
    (price, summary.status)
}

fn computed(board: &Board) -> String {
    let computed = board.price("bitcoin").unwrap().summary.computed();
    computed.price.unwrap().to_string()
}

fn quoting(board: &Arc<Board>, now: Moment) -> Pipeline {
    let mut pipeline = pipeline(board);
    for event in three_quotes(now) {
        pipeline.handle(event);
    }
    pipeline.publish(now, || now.monotonic);
    pipeline
}

fn later(now: Moment, seconds: u64) -> Moment {
    now.plus(Duration::from_secs(seconds))
}

#[tokio::test]
async fn a_set_price_is_published_at_once_beside_the_computed_one_which_goes_on() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = quoting(&board, now);
    let seq = board.seq();
    pipeline.set_by_hand(&for_a_minute("bitcoin", "7", now), now);
    assert_eq!(board.seq(), seq + 1, "pushed, and once");
    assert_eq!(shown(&board, "bitcoin"), ("7".to_owned(), Status::Manual));
    let published = board.price("bitcoin").unwrap();
    assert_eq!(published.summary.as_of, Some(now.utc));
    assert_eq!(published.summary.confidence, None);
    assert_eq!(published.summary.change_1h_pct, None);
    assert_eq!(published.index.constituents.len(), 3);
    assert_eq!(computed(&board), "101.5");
    for key in 0..3 {
        pipeline.handle(quoted(key, "102", "104", now));
    }
    pipeline.publish(now, || now.monotonic);
    assert_eq!(shown(&board, "bitcoin").0, "7");
    assert_eq!(computed(&board), "103");
    let constituents = &board.price("bitcoin").unwrap().index.constituents;
    assert_eq!(constituents[0].offset_bp, Some("0".parse().unwrap()));
}

#[tokio::test]
async fn it_ends_by_itself_at_its_end_without_a_quote_or_a_request() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = quoting(&board, now);
    pipeline.set_by_hand(&for_a_minute("bitcoin", "7", now), now);
    pipeline.tick(later(now, 59));
    assert_eq!(shown(&board, "bitcoin").1, Status::Manual);
    let seq = board.seq();
    pipeline.tick(later(now, 60));
    assert!(board.seq() > seq);
    let published = board.price("bitcoin").unwrap();
    assert_eq!(published.summary.by_hand, None);
    assert_eq!(published.summary.price.unwrap().to_string(), "101.5");
    assert_eq!(published.summary.as_of, Some(now.utc));
    assert_ne!(published.summary.status, Status::Manual);
}

#[tokio::test]
async fn it_can_be_set_anew_and_taken_back() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = quoting(&board, now);
    pipeline.set_by_hand(&for_a_minute("bitcoin", "7", now), now);
    pipeline.set_by_hand(&for_a_minute("bitcoin", "8", now), now);
    assert_eq!(shown(&board, "bitcoin").0, "8");
    let seq = board.seq();
    pipeline.set_by_hand(&for_a_minute("bitcoin", "8", now), now);
    assert_eq!(board.seq(), seq, "nothing new is no news");
    pipeline.set_by_hand(&SetPrices::default(), now);
    assert_eq!(shown(&board, "bitcoin"), ("101.5".to_owned(), Status::Live));
    assert_eq!(board.price("bitcoin").unwrap().summary.by_hand, None);
}

#[tokio::test]
async fn a_token_that_no_exchange_lists_can_have_one_and_has_no_number_afterwards() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = pipeline(&board);
    pipeline.set_by_hand(&for_a_minute("dogecoin", "0.07", now), now);
    assert_eq!(
        shown(&board, "dogecoin"),
        ("0.07".to_owned(), Status::Manual)
    );
    pipeline.tick(later(now, 60));
    assert_eq!(
        shown(&board, "dogecoin"),
        ("-".to_owned(), Status::NoQuorum)
    );
}

#[tokio::test]
async fn what_is_converted_through_it_goes_on_by_the_computed_price() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = quoting(&board, now);
    pipeline.set_by_hand(&for_a_minute("bitcoin", "7", now), now);
    let catalogue = crate::desk::catalogue();
    let venue = "binance".parse().unwrap();
    let listing = Listing {
        symbol: "ETHBTC".into(),
        base_code: "ETH".parse().unwrap(),
        quote_code: "BTC".parse().unwrap(),
        market: Market {
            base: catalogue.resolve(&venue, &"ETH".parse().unwrap()),
            quote: Asset::Token("bitcoin".parse().unwrap()),
        },
        venue,
    };
    pipeline.handle(MarketEvent::Listed {
        key: MarketKey(7),
        listing: Arc::new(listing),
        max_quote_age: Duration::from_secs(30),
    });
    pipeline.handle(quoted(7, "2", "2", now));
    pipeline.publish(now, || now.monotonic);
    assert_eq!(shown(&board, "ethereum").0, "203");
    let conversion = board.price("ethereum").unwrap().index.constituents[0]
        .conversion
        .clone();
    assert_eq!(conversion.unwrap().rate.to_string(), "101.5");
}

#[tokio::test]
async fn a_restart_keeps_it_and_the_history_says_when_the_price_was_set_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock = TokioClock::at(START);
    let now = clock.now();
    let (sender, events) = mpsc::channel(64);
    let (operators, by_hand) = watch::channel(SetPrices::default());
    let board = Board::new(64);
    let task = tokio::spawn(run(
        pipeline(&board),
        events,
        no_repairs(),
        Decisions {
            catalogue: unchanged(),
            by_hand,
        },
        Arc::clone(&store),
        clock,
        WorkerConfig::default(),
    ));
    for event in three_quotes(now) {
        sender.send(event).await.unwrap();
    }
    while board
        .price("bitcoin")
        .is_none_or(|price| price.summary.sources < 3)
    {
        tokio::task::yield_now().await;
    }
    let set = for_a_minute("bitcoin", "7", now);
    operators.send(Arc::clone(&set)).unwrap();
    while shown(&board, "bitcoin").1 != Status::Manual {
        tokio::task::yield_now().await;
    }
    drop(sender);
    task.await.unwrap();
    let stored = store.latest_prices().await.unwrap().remove(0);
    let by_hand = stored.by_hand.clone().unwrap();
    assert_eq!(by_hand.reason, "the exchanges are wrong");
    assert_eq!(by_hand.computed.price.unwrap().to_string(), "101.5");
    // The bars are of what was computed.
    let minutes = bars(store.as_ref(), &bitcoin(Interval::Minute)).await;
    assert!(
        minutes
            .iter()
            .all(|bar| bar.low == "101.5".parse().unwrap())
    );

    let restarted = Board::new(64);
    let again = TokioClock::at(START + 30).now();
    let mut pipeline = pipeline(&restarted);
    pipeline.set_by_hand(&set, again);
    let last = LastKnown::load(store.as_ref(), again.utc).await.unwrap();
    pipeline.restore(last, again);
    assert_eq!(
        shown(&restarted, "bitcoin"),
        ("7".to_owned(), Status::Manual)
    );
    let summary = restarted.price("bitcoin").unwrap().summary.computed();
    assert_eq!(summary.status, Status::Stale);
    assert_eq!(summary.price.unwrap().to_string(), "101.5");
    pipeline.tick(later(again, 30));
    assert_eq!(
        shown(&restarted, "bitcoin"),
        ("101.5".to_owned(), Status::Stale),
        "and the end is kept too"
    );
}

#[tokio::test]
async fn one_that_ended_while_the_program_was_down_is_not_published_again() {
    let (board, clock) = (Board::new(64), TokioClock::at(START));
    let now = clock.now();
    let mut pipeline = pipeline(&board);
    pipeline.handle(listed(0));
    pipeline.set_by_hand(&for_a_minute("bitcoin", "7", now), later(now, 60));
    assert!(board.price("bitcoin").is_none());
}
