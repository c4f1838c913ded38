#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use parallax::audit::AuditQuery;
use parallax::catalogue::EMBEDDED;
use parallax::event::{UnknownCode, UnknownCodes};
use parallax::time::{Moment, Monotonic};
use parallax::token::TokenKind;

use super::*;

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Monotonic::default(),
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
        }
    }
}

fn shipped() -> Catalogue {
    toml::from_str(EMBEDDED).unwrap()
}

async fn desk() -> (TokenDesk, Arc<dyn Store>) {
    let url = "sqlite::memory:".parse().unwrap();
    let store = parallax_store::open(&url).await.unwrap();
    let desk = TokenDesk::new(Arc::clone(&store), Arc::new(Standing), shipped());
    desk.read().await.unwrap();
    (desk, store)
}

fn renamed(desk: &TokenDesk, id: &str, name: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        ..desk.get(id).unwrap().entry
    }
}

fn new(id: &str, symbol: &str) -> Entry {
    Entry {
        id: id.parse().unwrap(),
        symbol: symbol.parse().unwrap(),
        name: id.to_owned(),
        kind: TokenKind::Crypto,
        contracts: Vec::new(),
        codes: BTreeMap::new(),
        enabled: true,
    }
}

async fn actions(store: &Arc<dyn Store>) -> Vec<String> {
    let all = AuditQuery {
        limit: 20,
        ..AuditQuery::default()
    };
    let entries = store.accounts().audit(&all).await.unwrap();
    let notes = entries.into_iter().rev();
    notes.map(|entry| entry.note.action).collect()
}

#[tokio::test]
async fn a_change_is_in_force_at_once_noted_stored_and_outlives_the_program() {
    let (desk, store) = desk().await;
    let (by, mut in_force) = (By::command_line(), desk.catalogue());
    in_force.mark_unchanged();
    let entry = renamed(&desk, "bitcoin", "Bit Coin");
    desk.change(entry.clone(), 0, &by).await.unwrap();
    assert!(in_force.has_changed().unwrap());
    let catalogue = Arc::clone(&in_force.borrow_and_update());
    assert_eq!(catalogue.get("bitcoin").unwrap().name, "Bit Coin");
    assert_eq!(catalogue.revision(), 1);
    let stored = store.tokens().await.unwrap();
    assert!(stored.iter().any(|token| token.name == "Bit Coin"));
    let later = TokenDesk::new(Arc::clone(&store), Arc::new(Standing), shipped());
    later.read().await.unwrap();
    let known = later.get("bitcoin").unwrap();
    assert_eq!((known.entry, known.revision), (entry, 1));
    assert!(known.is_shipped && known.is_decided);
    desk.reset("bitcoin", 1, &by).await.unwrap();
    assert_eq!(in_force.borrow().get("bitcoin").unwrap().name, "Bitcoin");
    let again = desk.reset("bitcoin", 2, &by).await.unwrap_err();
    assert!(matches!(again, TokenError::NothingToReset), "{again}");
    assert_eq!(actions(&store).await, ["token.change", "token.reset"]);
}

#[tokio::test]
async fn of_two_changes_made_on_one_state_only_the_first_counts() {
    let (desk, store) = desk().await;
    let other = TokenDesk::new(Arc::clone(&store), Arc::new(Standing), shipped());
    let by = By::command_line();
    let entry = renamed(&desk, "solana", "One");
    desk.change(entry, 0, &by).await.unwrap();
    let late = other.change(renamed(&desk, "solana", "Two"), 0, &by).await;
    assert!(matches!(late, Err(TokenError::Changed)), "{late:?}");
    assert_eq!(desk.get("solana").unwrap().entry.name, "One");
    let same = desk.change(renamed(&desk, "solana", "One"), 1, &by).await;
    assert!(matches!(same, Err(TokenError::Same)), "{same:?}");
    assert_eq!(actions(&store).await.len(), 1);
}

#[tokio::test]
async fn what_clashes_is_refused_names_both_and_changes_nothing() {
    let (desk, store) = desk().await;
    let by = By::command_line();
    let refused = desk.add(new("other", "btc"), &by).await.unwrap_err();
    assert!(
        refused.to_string().contains("both bitcoin and other"),
        "{refused}"
    );
    let refused = desk.add(new("bitcoin", "ZZZ9"), &by).await.unwrap_err();
    assert!(matches!(refused, TokenError::Exists(_)), "{refused}");
    let usd = Entry {
        enabled: false,
        ..desk.get("usd").unwrap().entry
    };
    let refused = desk.change(usd, 0, &by).await.unwrap_err();
    assert!(refused.to_string().contains("stays enabled"), "{refused}");
    assert!(actions(&store).await.is_empty());
    assert_eq!(desk.catalogue().borrow().revision(), 0);
}

#[tokio::test]
async fn a_decision_that_a_newer_program_makes_impossible_is_shown_and_the_rest_is_in_force() {
    let (desk, store) = desk().await;
    let by = By::command_line();
    desk.add(new("zzz", "ZZZ9"), &by).await.unwrap();
    desk.add(new("yyy", "YYY9"), &by).await.unwrap();
    let newer = shipped().amended([&new("theirs", "ZZZ9")]).unwrap();
    let newer = TokenDesk::new(store, Arc::new(Standing), newer);
    newer.read().await.unwrap();
    let known = newer.get("zzz").unwrap();
    assert!(known.refused.is_some() && known.rank.is_none());
    assert!(newer.get("yyy").unwrap().rank.is_some());
    // It can be mended.
    let mended = Entry {
        symbol: "ZZZ8".parse().unwrap(),
        ..known.entry
    };
    newer.change(mended, known.revision, &by).await.unwrap();
    assert!(newer.get("zzz").unwrap().rank.is_some());
}

fn unknown(venue: &str, codes: &[&str]) -> Vec<Arc<UnknownCodes>> {
    let code = |code: &&str| UnknownCode {
        code: code.parse().unwrap(),
        markets: 2,
        against: vec!["USD".to_owned()],
    };
    vec![Arc::new(UnknownCodes {
        venue: venue.parse().unwrap(),
        codes: codes.iter().map(code).collect(),
        omitted: 3,
    })]
}

#[tokio::test]
async fn a_mapped_code_leaves_the_queue_and_the_symbol_still_means_the_token() {
    let (desk, store) = desk().await;
    let (by, venue) = (By::command_line(), "coinbase".parse().unwrap());
    let told = unknown("coinbase", &["ZZZ9", "Solana"]);
    let review = desk.review(&told);
    assert_eq!((review.rows.len(), review.omitted), (2, 3));
    assert_eq!(
        review.rows[0].suggestion.as_ref().unwrap().as_str(),
        "solana"
    );
    assert_eq!(review.rows[1].suggestion, None);
    let code = "ZZZ9".parse().unwrap();
    desk.map(&venue, &code, "solana", &by).await.unwrap();
    let catalogue = Arc::clone(&desk.catalogue().borrow());
    for code in ["ZZZ9", "SOL"] {
        let meant = catalogue.meant(&venue, &code.parse().unwrap()).unwrap();
        assert_eq!(meant.id.as_str(), "solana");
    }
    assert_eq!(desk.review(&told).rows.len(), 1);
    let again = desk.map(&venue, &code, "cardano", &by).await.unwrap_err();
    assert!(matches!(again, TokenError::Mapped { .. }), "{again}");
    let nobody = desk.map(&venue, &"Q".parse().unwrap(), "SOL", &by).await;
    assert!(matches!(nobody, Err(TokenError::Unknown(_))), "{nobody:?}");
    let mapping = desk.mappings().into_iter();
    let own: Vec<_> = mapping.filter(|it| it.token.as_str() == "solana").collect();
    assert!(
        own.iter()
            .any(|it| it.code.as_ref() == Some(&code) && !it.is_shipped)
    );
    assert_eq!(actions(&store).await, ["token.map"]);
}

#[tokio::test]
async fn an_ignored_code_is_marked_until_it_is_restored() {
    let (desk, store) = desk().await;
    let (by, venue) = (By::command_line(), "coinbase".parse().unwrap());
    let (told, code) = (unknown("coinbase", &["ZZZ9"]), "ZZZ9".parse().unwrap());
    desk.set_ignored(&venue, &code, true, &by).await.unwrap();
    assert!(desk.review(&told).rows[0].is_ignored);
    let again = desk.set_ignored(&venue, &code, true, &by).await;
    assert!(matches!(again, Err(TokenError::Same)), "{again:?}");
    desk.set_ignored(&venue, &code, false, &by).await.unwrap();
    assert!(!desk.review(&told).rows[0].is_ignored);
    assert_eq!(actions(&store).await, ["code.ignore", "code.restore"]);
}
