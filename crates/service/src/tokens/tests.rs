#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use parallax::audit::AuditQuery;
use parallax::catalogue::EMBEDDED;
use parallax::event::{UnknownCode, UnknownCodes, UnknownContract};
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
        set_aside: BTreeMap::new(),
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
        contract: None,
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
    let told = unknown("coinbase", &["Solana", "ZZZ9"]);
    let review = desk.review(&told);
    assert_eq!((review.rows.len(), review.omitted), (2, 3));
    assert_eq!(
        review.rows[0].suggestion.as_ref().unwrap().as_str(),
        "solana"
    );
    assert_eq!(review.rows[1].suggestion, None);
    let code: Symbol = "ZZZ9".parse().unwrap();
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

const CHAIN: &str = "ethereum";

/// Contracts that The Graph tells of, each with what it calls itself.
fn contracts(found: &[(&str, &str, &str)]) -> Vec<Arc<UnknownCodes>> {
    let code = |(address, symbol, name): &(&str, &str, &str)| UnknownCode {
        code: address.parse().unwrap(),
        markets: 1,
        against: vec!["USD".to_owned()],
        contract: Some(UnknownContract {
            chain: CHAIN.to_owned(),
            symbol: (*symbol).to_owned(),
            name: (*name).to_owned(),
            locked_usd: None,
        }),
    };
    vec![Arc::new(UnknownCodes {
        venue: "thegraph".parse().unwrap(),
        codes: found.iter().map(code).collect(),
        omitted: 0,
    })]
}

fn contract(address: &str) -> Contract {
    Contract {
        chain: CHAIN.to_owned(),
        address: address.to_owned(),
    }
}

#[tokio::test]
async fn what_a_contract_calls_itself_is_at_most_a_suggestion_and_never_a_token_with_another_contract()
 {
    let (desk, _) = desk().await;
    let told = contracts(&[
        ("0xb", "USDC", "USD Coin"),
        ("0xa", "SOL", "Solana"),
        ("0xd", "USD", "US Dollar"),
        ("0xc", "SOL", "Cardano"),
    ]);
    let rows = desk.review(&told).rows;
    let codes: Vec<_> = rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(
        codes,
        ["0xb", "0xa", "0xd", "0xc"],
        "by value locked, as told"
    );
    assert_eq!(rows[0].suggestion, None);
    assert_eq!(rows[0].namesake.as_ref().unwrap().as_str(), "usd-coin");
    assert_eq!(rows[1].suggestion.as_ref().unwrap().as_str(), "solana");
    assert_eq!(rows[1].namesake, None);
    assert_eq!(rows[2].suggestion, None, "money has no contract");
    assert_eq!(rows[3].suggestion, None, "two tokens are called so");
}

#[tokio::test]
async fn a_mapped_contract_is_the_tokens_own_and_leaves_the_queue() {
    let (desk, store) = desk().await;
    let (by, venue) = (By::command_line(), "thegraph".parse().unwrap());
    let told = contracts(&[("0xa", "SOL", "Solana"), ("0xb", "USDC", "USD Coin")]);
    let map = async |address, id| desk.map_contract(&venue, contract(address), id, &by).await;
    map("0xa", "solana").await.unwrap();
    let catalogue = Arc::clone(&desk.catalogue().borrow());
    let (token, own) = catalogue.coin_at(CHAIN, "0xa").unwrap();
    assert_eq!((token.id.as_str(), own.address.as_str()), ("solana", "0xa"));
    assert_eq!(desk.review(&told).rows.len(), 1);
    let taken = map("0xa", "cardano").await.unwrap_err();
    assert!(
        taken.to_string().contains("both solana and cardano"),
        "{taken}"
    );
    for (address, id) in [("0xb", "usd-coin"), ("0xb", "solana")] {
        let has = map(address, id).await.unwrap_err();
        assert!(matches!(has, TokenError::HasContract { .. }), "{has}");
    }
    let nobody = map("0xb", "USDC").await.unwrap_err();
    assert!(matches!(nobody, TokenError::Unknown(_)), "{nobody}");
    assert_eq!(actions(&store).await, ["token.map"]);
    // A token that is not enabled has decided about its contract too.
    let mut hidden = new("fake", "FAKE9");
    hidden.contracts.push(contract("0xb"));
    hidden.enabled = false;
    desk.add(hidden, &by).await.unwrap();
    assert!(desk.review(&told).rows.is_empty());
}

#[tokio::test]
async fn a_contract_is_ignored_and_restored_like_a_code() {
    let (desk, _) = desk().await;
    let (by, venue) = (By::command_line(), "thegraph".parse().unwrap());
    let told = contracts(&[("0x00000000000000000000000000000000000000aa", "ZZZ", "Zed")]);
    let code = told[0].codes[0].code.clone();
    desk.set_ignored(&venue, &code, true, &by).await.unwrap();
    assert!(desk.review(&told).rows[0].is_ignored);
    desk.set_ignored(&venue, &code, false, &by).await.unwrap();
    assert!(!desk.review(&told).rows[0].is_ignored);
}

#[tokio::test]
async fn a_token_is_not_read_on_an_exchange_and_read_again_exactly_as_before() {
    let (desk, store) = desk().await;
    let (by, kraken) = (By::command_line(), "kraken".parse().unwrap());
    let before = desk.get("bitcoin").unwrap().entry;
    let meant = |code: &str| {
        let catalogue = Arc::clone(&desk.catalogue().borrow());
        let token = catalogue.meant(&kraken, &code.parse().unwrap());
        token.map(|token| token.id.to_string())
    };
    desk.set_read(&kraken, "bitcoin", false, &by).await.unwrap();
    assert_eq!((meant("XBT"), meant("BTC")), (None, None));
    let told = unknown("kraken", &["XBT", "ZZZ9"]);
    let waiting: Vec<_> = desk
        .review(&told)
        .rows
        .into_iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(waiting.len(), 1, "XBT is decided about: {waiting:?}");
    let again = desk.set_read(&kraken, "bitcoin", false, &by).await;
    assert!(matches!(again, Err(TokenError::Same)), "{again:?}");
    let code = "ZZZ9".parse().unwrap();
    let mapped = desk.map(&kraken, &code, "bitcoin", &by).await;
    assert!(
        matches!(mapped, Err(TokenError::NotRead { .. })),
        "{mapped:?}"
    );
    // Its form keeps what is set aside, and a restart too.
    let renamed = renamed(&desk, "bitcoin", "Bit Coin");
    let typed = Entry {
        set_aside: BTreeMap::new(),
        ..renamed
    };
    desk.change(typed, 1, &by).await.unwrap();
    let later = TokenDesk::new(Arc::clone(&store), Arc::new(Standing), shipped());
    later.read().await.unwrap();
    later.set_read(&kraken, "bitcoin", true, &by).await.unwrap();
    let after = later.get("bitcoin").unwrap().entry;
    assert_eq!(after.codes, before.codes);
    assert!(after.set_aside.is_empty());
    let expected = ["token.unread", "token.change", "token.read"];
    assert_eq!(actions(&store).await, expected);
}

#[tokio::test]
async fn what_was_never_read_there_is_not_guessed_and_what_a_form_left_out_is_read_as_shipped() {
    let (desk, _) = desk().await;
    let (by, kraken): (_, VenueId) = (By::command_line(), "kraken".parse().unwrap());
    let mut left_out = desk.get("bitcoin").unwrap().entry;
    let shipped = left_out.codes.clone();
    left_out.codes.insert(kraken.clone(), Vec::new());
    desk.change(left_out, 0, &by).await.unwrap();
    desk.set_read(&kraken, "bitcoin", true, &by).await.unwrap();
    assert_eq!(desk.get("bitcoin").unwrap().entry.codes, shipped);
    let mut own = new("zzz", "ZZZ9");
    own.codes.insert(kraken.clone(), Vec::new());
    desk.add(own, &by).await.unwrap();
    let refused = desk.set_read(&kraken, "zzz", true, &by).await.unwrap_err();
    assert!(
        matches!(refused, TokenError::NothingSetAside { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn of_stored_decisions_that_clash_the_one_taken_first_counts_and_the_others_are_in_force() {
    let (_, store) = desk().await;
    let by = By::command_line();
    // Another program, for which each of them was possible, took them in this order; by ids `aaa` would come first.
    let taken = [new("zzz", "ZZZ9"), new("aaa", "ZZZ9"), new("mmm", "BTC")];
    for (second, entry) in (1..).zip(taken) {
        let at = Timestamp::from_unix_s(1_795_305_600 + second).unwrap();
        let directive = StoredDirective {
            kind: KIND.to_owned(),
            id: entry.id.to_string(),
            body: audit_json(&entry),
            decided_at: at,
            revision: 0,
        };
        let note = by.note("token.add", None, at);
        assert!(store.directives().decide(&directive, &note).await.unwrap());
    }
    let desk = TokenDesk::new(store, Arc::new(Standing), shipped());
    for _ in 0..2 {
        desk.read().await.unwrap();
        let all = desk.all().into_iter();
        let refused: Vec<_> = all.filter(|it| it.refused.is_some()).collect();
        let ids: Vec<_> = refused.iter().map(|it| it.entry.id.as_str()).collect();
        assert_eq!(ids, ["aaa", "mmm"], "told at the desk, in the order taken");
        assert!(
            refused[0]
                .refused
                .as_ref()
                .unwrap()
                .to_string()
                .contains("zzz")
        );
        assert!(desk.get("zzz").unwrap().rank.is_some());
    }
}
