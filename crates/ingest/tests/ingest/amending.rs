//! Another catalogue comes into force while exchanges are read.

use std::sync::Arc;

use parallax::catalogue::{Catalogue, EMBEDDED, Entry};
use parallax::event::MarketEvent;
use parallax::venue::VenueSwitch;
use tokio::sync::watch;

use crate::support::{Feed, Run, script, soon};

const VENUE: &str = "scripted";

async fn start(markets: &str) -> (Run, watch::Sender<Arc<Catalogue>>) {
    let shipped: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let (set, catalogue) = watch::channel(Arc::new(shipped));
    let mut script = script(markets);
    script.catalogue = catalogue;
    (script.start().await, set)
}

fn amend(set: &watch::Sender<Arc<Catalogue>>, change: impl Fn(&Catalogue) -> Entry) {
    let before = Arc::clone(&set.borrow());
    let after = before.amended([&change(&before)]).unwrap();
    set.send_replace(Arc::new(after));
}

fn mapped(catalogue: &Catalogue, token: &str, code: &str) -> Entry {
    let entry = catalogue.entry(token).unwrap();
    entry.with_code(&VENUE.parse().unwrap(), &code.parse().unwrap(), true)
}

/// The unknown codes of the exchange as they are told next.
async fn unknown(feed: &mut Feed) -> Vec<String> {
    feed.until("unknown codes", |_, event| match event {
        MarketEvent::Unknown(told) => Some(told),
        _ => None,
    })
    .await
    .codes
    .iter()
    .map(|it| it.code.to_string())
    .collect()
}

#[tokio::test]
async fn a_mapped_code_is_quoted_and_no_other_market_notices() {
    let (mut run, set) = start("BTC-USD ZZZ9-USD").await;
    assert_eq!(unknown(&mut run.feed).await, ["ZZZ9"]);
    let mut old = run.accept().await;
    assert_eq!(old.hear().await, "sub 1 BTC-USD");
    old.say("q BTC-USD 1 2").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 1");
    amend(&set, |catalogue| mapped(catalogue, "solana", "ZZZ9"));
    assert!(unknown(&mut run.feed).await.is_empty());
    let mut new = run.accept().await;
    assert_eq!(new.hear().await, "sub 1 BTC-USD,ZZZ9-USD");
    new.say("q ZZZ9-USD 3 4").await;
    assert_eq!(run.feed.news().await, "ZZZ9-USD bid 3");
    let (_, listing) = run.feed.listed().last().unwrap();
    assert_eq!(listing.market.to_string(), "solana/usd");
    // Nothing was withdrawn meanwhile.
    old.say("q BTC-USD 5 6").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 5");
}

#[tokio::test]
async fn a_code_that_means_another_token_has_the_exchange_read_anew() {
    let (mut run, set) = start("BTC-USD SOL-USD").await;
    let mut old = run.subscribed().await;
    old.say("q SOL-USD 1 2").await;
    assert_eq!(run.feed.news().await, "SOL-USD bid 1");
    amend(&set, |catalogue| Entry {
        enabled: false,
        ..catalogue.entry("solana").unwrap().clone()
    });
    assert_eq!(old.hear().await, "closed");
    let mut forgotten = [run.feed.news().await, run.feed.news().await];
    if forgotten.iter().any(|it| it.ends_with("stalled")) {
        forgotten = [run.feed.news().await, run.feed.news().await];
    }
    forgotten.sort();
    assert_eq!(forgotten, ["BTC-USD unlisted", "SOL-USD unlisted"]);
    let mut new = run.accept().await;
    assert_eq!(new.hear().await, "sub 1 BTC-USD");
    new.say("q BTC-USD 7 8").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 7");
}

#[tokio::test]
async fn a_token_that_is_not_to_be_read_on_an_exchange_is_unlisted_and_comes_back() {
    let (mut run, set) = start("BTC-USD SOL-USD").await;
    let mut old = run.subscribed().await;
    old.say("q SOL-USD 1 2").await;
    assert_eq!(run.feed.news().await, "SOL-USD bid 1");
    let venue = VENUE.parse().unwrap();
    amend(&set, |catalogue| {
        catalogue.entry("solana").unwrap().not_read_on(&venue)
    });
    assert_eq!(old.hear().await, "closed");
    soon("the market to be forgotten", async {
        while run.feed.news().await != "SOL-USD unlisted" {}
    })
    .await;
    let mut new = run.accept().await;
    assert_eq!(new.hear().await, "sub 1 BTC-USD");
    amend(&set, |catalogue| {
        let away = catalogue.entry("solana").unwrap();
        away.read_again_on(&venue).unwrap()
    });
    let mut again = run.accept().await;
    assert_eq!(again.hear().await, "sub 1 BTC-USD,SOL-USD");
    again.say("q SOL-USD 5 6").await;
    soon("its quote", async {
        while run.feed.news().await != "SOL-USD bid 5" {}
    })
    .await;
}

#[tokio::test]
async fn what_changes_nothing_on_an_exchange_leaves_its_connections_alone() {
    let (mut run, set) = start("BTC-USD").await;
    let mut peer = run.subscribed().await;
    amend(&set, |catalogue| Entry {
        name: "Another name".to_owned(),
        ..catalogue.entry("bitcoin").unwrap().clone()
    });
    amend(&set, |catalogue| mapped(catalogue, "solana", "ZZZ9"));
    peer.say("q BTC-USD 1 2").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 1");
    assert_eq!(run.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_paused_exchange_forgets_its_markets_and_is_read_by_the_new_catalogue_later() {
    let shipped: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let (set, catalogue) = watch::channel(Arc::new(shipped));
    let (switch, switched) = watch::channel(VenueSwitch::default());
    let mut script = script("BTC-USD SOL-USD");
    (script.catalogue, script.switch) = (catalogue, Some(switched));
    let mut run = script.start().await;
    let mut peer = run.subscribed().await;
    peer.say("q BTC-USD 1 2").await;
    assert_eq!(run.feed.news().await, "BTC-USD bid 1");
    switch.send_modify(|set| set.is_paused = true);
    assert_eq!(peer.hear().await, "closed");
    amend(&set, |catalogue| Entry {
        enabled: false,
        ..catalogue.entry("bitcoin").unwrap().clone()
    });
    soon("both markets forgotten", async {
        let mut forgotten = 0;
        while forgotten < 2 {
            let news = run.feed.news().await;
            forgotten += usize::from(news.ends_with("unlisted"));
        }
    })
    .await;
    switch.send_modify(|set| set.is_paused = false);
    let mut peer = run.accept().await;
    assert_eq!(peer.hear().await, "sub 1 SOL-USD");
}
