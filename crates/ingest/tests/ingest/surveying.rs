//! Contracts that no token has: asked for beside the polls of a chain, told, and priced once a token has them.

use std::sync::Arc;
use std::time::Duration;

use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::connection::ConnectionState;
use parallax::event::MarketEvent;
use parallax::token::Contract;
use parallax_ingest::IngestConfig;
use tokio::sync::watch;

use crate::gateway::{Gateway, WBTC, contracts, is_survey, priced, quick, words};
use crate::support::{Answer, Feed, ingest, ingest_by};

const UNKNOWN: &str = "0x00000000000000000000000000000000000000aa";
const OTHER: &str = "0x00000000000000000000000000000000000000bb";

/// Polls as quickly as a test wants them, with queries left over.
fn rich() -> IngestConfig {
    let mut config = quick();
    config.polling.monthly_queries = u64::MAX;
    config
}

/// What is told next, each as `address calls itself symbol`.
async fn told(feed: &mut Feed) -> Vec<String> {
    let told = feed
        .until("contracts", |_, event| match event {
            MarketEvent::Unknown(told) => Some(told),
            _ => None,
        })
        .await;
    let codes = told.codes.iter();
    codes
        .map(|it| {
            format!(
                "{} calls itself {}",
                it.code,
                it.contract.as_ref().unwrap().symbol
            )
        })
        .collect()
}

#[tokio::test]
async fn contracts_that_no_token_has_are_told_once_and_asked_for_again_in_an_hour() {
    let found = [(WBTC, "WBTC"), (OTHER, "ZZZ"), (UNKNOWN, "USDC")];
    let poll = priced("20", Duration::ZERO);
    let gateway = Gateway::surveyed(vec![poll], vec![contracts(&found)]).await;
    let (_handle, mut feed, _shutdown) = ingest(rich(), gateway.venue());
    let expected = [
        format!("{OTHER} calls itself ZZZ"),
        format!("{UNKNOWN} calls itself USDC"),
    ];
    assert_eq!(told(&mut feed).await, expected);
    for _ in 0..3 {
        assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
    }
    let requests = gateway.requests.lock().unwrap().clone();
    let surveys = requests.iter().filter(|request| is_survey(request));
    assert_eq!(surveys.count(), 1);
}

#[tokio::test]
async fn a_bad_answer_about_contracts_disturbs_no_price_and_is_asked_for_again() {
    let huge = format!("{{\"data\":\"{}\"}}", "x".repeat(5 * 1_024 * 1_024));
    for bad in [
        Answer::ok("<html>502 Bad Gateway</html>"),
        Answer::ok("{\"data\":{\"tokens\":[]}}"),
        Answer::ok(&huge),
        Answer::status(502, ""),
        words("Query timed out"),
    ] {
        let poll = priced("20", Duration::ZERO);
        let good = contracts(&[(UNKNOWN, "ZZZ")]);
        let gateway = Gateway::surveyed(vec![poll], vec![bad, good]).await;
        let (_handle, mut feed, _shutdown) = ingest(rich(), gateway.venue());
        assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
        let live = feed.state(ConnectionState::Live).await;
        assert_eq!((live.decode_errors, &live.last_error), (0, &None));
        assert_eq!(told(&mut feed).await.len(), 1);
        assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
    }
}

#[tokio::test]
async fn a_refused_question_about_contracts_waits_for_an_hour_and_prices_go_on() {
    let poll = priced("20", Duration::ZERO);
    let refused = words("query is too expensive");
    let gateway = Gateway::surveyed(vec![poll], vec![refused]).await;
    let (_handle, mut feed, _shutdown) = ingest(rich(), gateway.venue());
    for _ in 0..4 {
        assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
    }
    let requests = gateway.requests.lock().unwrap().clone();
    let surveys = requests.iter().filter(|request| is_survey(request));
    assert_eq!(surveys.count(), 1);
}

#[tokio::test]
async fn what_polls_need_is_not_spent_on_contracts() {
    let poll = priced("20", Duration::ZERO);
    let gateway = Gateway::surveyed(vec![poll], vec![contracts(&[(UNKNOWN, "ZZZ")])]).await;
    let mut config = quick();
    config.polling.monthly_queries = 3;
    let (_handle, mut feed, _shutdown) = ingest(config, gateway.venue());
    feed.state(ConnectionState::Refused).await;
    let requests = gateway.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 3);
    assert!(!requests.iter().any(|request| is_survey(request)));
}

#[tokio::test]
async fn a_contract_that_a_token_gets_is_asked_for_at_once_and_no_other_price_is_withdrawn() {
    let poll = priced("20", Duration::ZERO);
    let with = String::from_utf8(poll.body.clone()).unwrap();
    let with = with.replace(
        "\"tokens\":[",
        &format!("\"tokens\":[{{\"id\":\"{UNKNOWN}\",\"derivedETH\":\"1\",\"totalSupply\":\"1\",\"volumeUSD\":\"1\"}},"),
    );
    let gateway = Gateway::surveyed(
        vec![poll, Answer::ok(&with)],
        vec![contracts(&[(UNKNOWN, "ZZZ")])],
    )
    .await;
    let shipped: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let (set, catalogue) = watch::channel(Arc::new(shipped.clone()));
    let mut config = rich();
    // Nothing but the new catalogue makes it ask again within the test.
    config.polling.every = Duration::from_secs(3_600);
    let (_handle, mut feed, _shutdown) = ingest_by(catalogue, config, gateway.venue());
    assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
    told(&mut feed).await;
    let mut solana = shipped.entry("solana").unwrap().clone();
    solana
        .contracts
        .retain(|contract| contract.chain != "ethereum");
    solana.contracts.push(Contract {
        chain: "ethereum".to_owned(),
        address: UNKNOWN.to_owned(),
    });
    set.send_replace(Arc::new(shipped.amended([&solana]).unwrap()));
    let mut news = [feed.news().await, feed.news().await];
    news.sort();
    let expected = [format!("{UNKNOWN} at 3000"), format!("{WBTC} at 60000")];
    assert_eq!(news, expected);
    let listed = feed.listed().iter().find(|(_, it)| *it.symbol == *UNKNOWN);
    assert_eq!(listed.unwrap().1.market.to_string(), "solana/usd");
    // One that is taken away again has the venue read anew, and nothing is left of its market.
    set.send_replace(Arc::new(shipped));
    let mut gone = [feed.news().await, feed.news().await];
    gone.sort();
    let expected = [format!("{UNKNOWN} unlisted"), format!("{WBTC} unlisted")];
    assert_eq!(gone, expected);
    assert_eq!(feed.news().await, format!("{WBTC} at 60000"));
}
