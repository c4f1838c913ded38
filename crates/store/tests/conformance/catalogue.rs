//! Cases 10 to 19: tokens, venues and listings.

use std::sync::Arc;

use parallax::market::{Asset, Listing, Market};
use parallax_store::{Reference, StoreError};

use crate::harness::Database;
use crate::samples::{
    constituent, contract, fill, id, index, listing, quote, symbol, token, tokens, venue,
};

pub(crate) async fn c10_tokens_come_back_in_rank_order_with_their_contracts(database: Database) {
    let store = database.open().await;
    let mut saved = tokens();
    saved.push(token("alphacoin", 2));
    let shuffled: Vec<_> = saved.iter().rev().cloned().collect();
    store.save_tokens(&shuffled).await.unwrap();
    // Of equal rank, by id.
    let expected = [&saved[0], &saved[3], &saved[1], &saved[2]];
    assert_eq!(
        store.tokens().await.unwrap().iter().collect::<Vec<_>>(),
        expected
    );
}

pub(crate) async fn c11_saving_a_token_again_replaces_it_and_its_contracts(database: Database) {
    let store = database.open().await;
    store.save_tokens(&tokens()).await.unwrap();
    let mut changed = tokens().remove(1);
    changed.name = "Renamed".to_owned();
    changed.rank = 7;
    changed.contracts = vec![contract("solana", "NewInvented")];
    let mut twice = changed.clone();
    twice.name = "The last one wins".to_owned();
    store.save_tokens(&[changed, twice.clone()]).await.unwrap();
    store
        .save_tokens(std::slice::from_ref(&twice))
        .await
        .unwrap();
    let stored = store.tokens().await.unwrap();
    assert_eq!(stored.len(), 3);
    assert_eq!(
        stored.iter().find(|token| token.id == twice.id),
        Some(&twice)
    );
}

pub(crate) async fn c12_a_contract_belongs_to_one_token(database: Database) {
    let store = database.open().await;
    store.save_tokens(&tokens()).await.unwrap();
    let mut thief = token("thief", 9);
    thief.contracts = tokens()[1].contracts.clone();
    let error = store
        .save_tokens(std::slice::from_ref(&thief))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::ContractTaken { .. }),
        "{error:?}"
    );
    assert!(!error.is_retryable());
    let mut accomplice = thief.clone();
    accomplice.id = id("accomplice");
    thief.contracts = vec![contract("base", "Both")];
    accomplice.contracts = vec![contract("base", "Both")];
    let error = store.save_tokens(&[thief, accomplice]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::ContractTaken { .. }),
        "{error:?}"
    );
    assert_eq!(store.tokens().await.unwrap(), tokens());
}

pub(crate) async fn c13_a_contract_can_move_within_one_batch(database: Database) {
    let store = database.open().await;
    let (mut one, mut other) = (token("one", 1), token("two", 2));
    one.contracts = vec![contract("base", "A"), contract("base", "B")];
    store
        .save_tokens(&[one.clone(), other.clone()])
        .await
        .unwrap();
    other.contracts = vec![contract("base", "B"), contract("base", "A")];
    one.contracts = vec![contract("base", "C")];
    let both = [one, other];
    store.save_tokens(&both).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), both);
}

pub(crate) async fn c14_venues_come_back_by_id(database: Database) {
    let store = database.open().await;
    let mut renamed = venue("beta");
    renamed.name = "Beta II".to_owned();
    let venues = [venue("beta"), venue("alpha"), venue("a_b"), renamed.clone()];
    store.save_venues(&venues).await.unwrap();
    store.save_venues(&venues).await.unwrap();
    let expected = vec![venue("a_b"), venue("alpha"), renamed];
    assert_eq!(store.venues().await.unwrap(), expected);
}

pub(crate) async fn c15_listings_come_back_with_tokens_and_unlisted_assets(database: Database) {
    let store = database.open().await;
    let mut expected = fill(&*store).await;
    // Both sides unlisted, one by another exchange's code, which may hold a colon.
    expected.push(Arc::new(Listing {
        venue: crate::samples::venue_id("beta"),
        symbol: "X:Y".into(),
        base_code: symbol("X"),
        quote_code: symbol("Y"),
        market: Market {
            base: Asset::Unlisted {
                venue: crate::samples::venue_id("gamma"),
                code: symbol("X:1"),
            },
            quote: Asset::Unlisted {
                venue: crate::samples::venue_id("beta"),
                code: symbol("Y"),
            },
        },
    }));
    store.save_listings(&expected).await.unwrap();
    assert_eq!(store.listings().await.unwrap(), expected);
    // An asset that the catalogue has learned since.
    let mut learned = Listing::clone(&expected[1]);
    learned.market.base = Asset::Token(id("bitcoin"));
    expected[1] = Arc::new(learned);
    store.save_listings(&expected).await.unwrap();
    assert_eq!(store.listings().await.unwrap(), expected);
}

pub(crate) async fn c16_a_listing_needs_its_venue_and_its_tokens(database: Database) {
    let store = database.open().await;
    store.save_venues(&[venue("alpha")]).await.unwrap();
    let unknown = |error| match error {
        Err(StoreError::UnknownReference { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    let saved = store.save_listings(&[listing("alpha", "BTC")]).await;
    assert_eq!(unknown(saved), Reference::Token);
    store.save_tokens(&tokens()).await.unwrap();
    let batch = [listing("alpha", "BTC"), listing("beta", "BTC")];
    assert_eq!(unknown(store.save_listings(&batch).await), Reference::Venue);
    assert!(store.listings().await.unwrap().is_empty());
}

pub(crate) async fn c17_texts_come_back_as_they_were(database: Database) {
    let store = database.open().await;
    let mut odd = tokens();
    odd[0].name =
        "'; drop table token; -- \"\\ {} $1 ?1 %s\n\t ₿ \u{1F980} e\u{301} \u{202E}".into();
    odd[0].symbol = symbol("ß'\"\\🦀");
    odd[1].name = String::new();
    odd[1].contracts[0].address = "{\"a\",NULL}".into();
    store.save_tokens(&odd).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), odd);
    let mut venue = venue("alpha");
    venue.name = "null".to_owned();
    venue.website = "https://例え.example/?a='b'&c=\"d\"".to_owned();
    store
        .save_venues(std::slice::from_ref(&venue))
        .await
        .unwrap();
    assert_eq!(store.venues().await.unwrap(), [venue]);
    let mut listing = Listing::clone(&listing("alpha", "BTC"));
    listing.symbol = "it's {null} \\\"§\"".into();
    let listing = Arc::new(listing);
    store.save_listings(&[Arc::clone(&listing)]).await.unwrap();
    let quote = quote(&listing, "1", 5);
    store
        .save_quotes(std::slice::from_ref(&quote))
        .await
        .unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), [quote]);
}

pub(crate) async fn c18_a_nul_character_is_refused_everywhere(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let refused = |done: Result<(), StoreError>| {
        assert!(
            matches!(done, Err(StoreError::Unstorable { .. })),
            "{done:?}"
        );
    };
    let mut token = token("nul", 1);
    token.name = "a\0b".to_owned();
    refused(store.save_tokens(&[token]).await);
    let mut venue = venue("alpha");
    venue.website = "\0".to_owned();
    refused(store.save_venues(&[venue]).await);
    let mut odd = Listing::clone(&listing("alpha", "BTC"));
    odd.symbol = "\0".into();
    let odd = Arc::new(odd);
    refused(store.save_listings(&[Arc::clone(&odd)]).await);
    refused(store.save_quotes(&[quote(&odd, "1", 1)]).await);
    let mut price = index("bitcoin", "1", 100);
    price.constituents = vec![constituent(false)];
    price.constituents[0].market = "\0".to_owned();
    refused(store.save_prices(&[price]).await);
}
