//! Cases 80 to 84: what chains say about tokens, and how much venues were asked.

use parallax::fact::{QueryUsage, TokenFacts};
use parallax::time::Timestamp;
use parallax_store::{Reference, StoreError};

use crate::harness::Database;
use crate::samples::{NOON_MS, at, fill, id, quantity, venue_id};

fn facts(token: &str, venue: &str, observed_at_ms: i64, block: u64) -> TokenFacts {
    TokenFacts {
        token: id(token),
        venue: venue_id(venue),
        total_supply: Some(quantity("0.0000000000000000000000000001")),
        total_supply_reliable: false,
        volume_usd: Some(quantity("79228162514264337593543950335")),
        block,
        observed_at: at(observed_at_ms),
    }
}

pub(crate) async fn c80_facts_come_back_by_venue(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    assert!(store.facts(&id("bitcoin")).await.unwrap().is_empty());
    let mut alpha = facts("bitcoin", "alpha", NOON_MS, 0);
    alpha.total_supply = None;
    alpha.volume_usd = None;
    alpha.total_supply_reliable = true;
    let beta = facts("bitcoin", "beta", NOON_MS, i64::MAX.unsigned_abs());
    let other = facts("tether", "alpha", NOON_MS, 7);
    let batch = [beta.clone(), other.clone(), alpha.clone()];
    store.save_facts(&batch).await.unwrap();
    store.save_facts(&batch).await.unwrap();
    assert_eq!(store.facts(&id("bitcoin")).await.unwrap(), [alpha, beta]);
    assert_eq!(store.facts(&id("tether")).await.unwrap(), [other]);
    let beyond = facts("bitcoin", "beta", NOON_MS + 1, u64::MAX);
    let error = store.save_facts(&[beyond]).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error:?}");
}

pub(crate) async fn c81_the_facts_observed_last_stay(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    // Time and block of each save, and the block that must be there then.
    for (observed_at_ms, block, stays) in [(10, 1, 1), (9, 2, 1), (10, 3, 3), (11, 4, 4), (0, 5, 4)]
    {
        store
            .save_facts(&[facts("bitcoin", "alpha", observed_at_ms, block)])
            .await
            .unwrap();
        let held = store.facts(&id("bitcoin")).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].block, stays, "after block {block}");
    }
    let batch = [(20, 6), (22, 7), (21, 8)].map(|(ms, block)| facts("bitcoin", "alpha", ms, block));
    store.save_facts(&batch).await.unwrap();
    assert_eq!(
        store.facts(&id("bitcoin")).await.unwrap(),
        [batch[1].clone()]
    );
}

pub(crate) async fn c82_facts_need_their_token_and_their_venue(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    for (token, venue, missing) in [
        ("unknown", "alpha", Reference::Token),
        ("bitcoin", "unknown", Reference::Venue),
    ] {
        let batch = [facts("bitcoin", "alpha", 1, 1), facts(token, venue, 1, 1)];
        let error = store.save_facts(&batch).await.unwrap_err();
        let StoreError::UnknownReference { kind, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(kind, missing);
        assert!(store.facts(&id("bitcoin")).await.unwrap().is_empty());
    }
}

fn usage(venue: &str, month: Timestamp, used: u64) -> QueryUsage {
    QueryUsage {
        venue: venue_id(venue),
        month,
        used,
    }
}

pub(crate) async fn c83_the_higher_usage_of_a_month_stays(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let (november, december) = (
        "2026-11-01T00:00:00Z".parse().unwrap(),
        "2026-12-01T00:00:00Z".parse().unwrap(),
    );
    assert!(store.usage(november).await.unwrap().is_empty());
    for (used, stays) in [(5, 5), (4, 5), (5, 5), (9, 9), (0, 9)] {
        store
            .save_usage(&[usage("beta", november, used)])
            .await
            .unwrap();
        assert_eq!(
            store.usage(november).await.unwrap(),
            [usage("beta", november, stays)]
        );
    }
    let batch = [
        usage("beta", december, 3),
        usage("alpha", november, 7),
        usage("beta", december, 2),
        usage("alpha", november, i64::MAX.unsigned_abs()),
    ];
    store.save_usage(&batch).await.unwrap();
    assert_eq!(
        store.usage(november).await.unwrap(),
        [batch[3].clone(), usage("beta", november, 9)]
    );
    assert_eq!(store.usage(december).await.unwrap(), batch[..1]);
}

pub(crate) async fn c84_usage_needs_its_venue(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let error = store
        .save_usage(&[usage("alpha", at(0), 1), usage("unknown", at(0), 1)])
        .await
        .unwrap_err();
    let StoreError::UnknownReference { kind, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(kind, Reference::Venue);
    assert!(store.usage(at(0)).await.unwrap().is_empty());
}
