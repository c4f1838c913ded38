#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use parallax::audit::Origin;
use parallax::time::Moment;

use super::*;

const PASSWORD: &str = "walnut ferry quartz lamp";
const OTHER: &str = "copper ladder violin moss";

struct SetClock(Mutex<Moment>);

impl Clock for SetClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

struct Desk {
    clock: Arc<SetClock>,
    accounts: Accounts,
}

impl Desk {
    async fn new() -> Self {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let moment = Moment {
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
            ..Moment::default()
        };
        let clock = Arc::new(SetClock(Mutex::new(moment)));
        let accounts = Accounts::new(store, Arc::<SetClock>::clone(&clock), Hasher::default());
        Self { clock, accounts }
    }

    fn advance(&self, by: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(by);
    }

    async fn person(&self, name: &str, role: Role) -> Account {
        let by = By::command_line();
        let made = self
            .accounts
            .create(name.parse().unwrap(), role, PASSWORD, &by);
        made.await.unwrap()
    }

    async fn sign_in(&self, username: &str, password: &str) -> Result<SignIn, AccountError> {
        self.sign_in_from(username, password, None, 1).await
    }

    async fn sign_in_from(
        &self,
        username: &str,
        password: &str,
        browser: Option<&str>,
        address: u8,
    ) -> Result<SignIn, AccountError> {
        let attempt = Attempt {
            username,
            password,
            browser,
            network: Some(IpAddr::from([192, 0, 2, address])),
            origin: Origin::new(Some("192.0.2.1".to_owned()), Some("a test")),
        };
        self.accounts.sign_in(attempt).await
    }

    async fn actions(&self) -> Vec<String> {
        let query = AuditQuery {
            limit: 100,
            ..AuditQuery::default()
        };
        let entries = self.accounts.audit(&query).await.unwrap();
        entries.into_iter().map(|entry| entry.note.action).collect()
    }
}

fn owner(done: Result<SignIn, AccountError>) -> Owner {
    match done.unwrap() {
        SignIn::Done(owner) => owner,
        SignIn::NeedsCode(_) => panic!("a code is asked for"),
    }
}

#[tokio::test]
async fn the_right_password_opens_and_everything_else_is_told_the_same() {
    let desk = Desk::new().await;
    desk.person("anna", Role::Viewer).await;
    let gone = desk.person("gone", Role::Viewer).await;
    desk.accounts
        .disable(&gone.id, &By::command_line())
        .await
        .unwrap();
    assert_eq!(owner(desk.sign_in("Anna ", PASSWORD).await).epoch, 0);
    for (name, password) in [
        ("anna", OTHER),
        ("anna", ""),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("<script>\r\n", PASSWORD),
    ] {
        let refused = desk.sign_in(name, password).await.unwrap_err();
        assert!(matches!(refused, AccountError::Refused), "{name}");
    }
    let query = AuditQuery {
        action: Some("session.".to_owned()),
        limit: 100,
        ..AuditQuery::default()
    };
    let entries = desk.accounts.audit(&query).await.unwrap();
    assert_eq!(entries.len(), 6);
    assert_eq!(entries[0].note.actor.name, "<script>\u{fffd}\u{fffd}");
    let all = format!("{entries:?}");
    assert!(!all.contains(PASSWORD) && !all.contains("argon2"), "{all}");
}

#[tokio::test]
async fn a_name_that_nobody_has_takes_as_long_as_one_that_someone_has() {
    let desk = Desk::new().await;
    desk.person("anna", Role::Viewer).await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..5 {
        for (which, name) in ["anna", "nobody"].into_iter().enumerate() {
            let began = Instant::now();
            let done = desk.sign_in_from(name, OTHER, None, round).await;
            times[which].push(began.elapsed());
            assert!(matches!(done, Err(AccountError::Refused)));
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[2]
    });
    // Generous: the machine is shared. Without the work for nothing it would be a hundred times as quick.
    assert!(
        unknown * 3 > known && known * 3 > unknown,
        "{known:?} {unknown:?}"
    );
}

#[tokio::test]
async fn strangers_use_up_their_own_tries_and_not_those_of_a_browser_that_is_known() {
    let desk = Desk::new().await;
    let anna = desk.person("anna", Role::Viewer).await;
    let browser = desk.accounts.know_browser(&anna.id, None).await.unwrap();
    for address in 0..10 {
        let refused = desk.sign_in_from("anna", OTHER, None, address).await;
        assert!(matches!(refused, Err(AccountError::Refused)));
    }
    // From yet another address, even with the right password, and for a browser known for someone else.
    let bert = desk.person("bert", Role::Viewer).await;
    let of_bert = desk.accounts.know_browser(&bert.id, None).await.unwrap();
    for browser in [None, Some("x"), Some(of_bert.as_str())] {
        let throttled = desk.sign_in_from("anna", PASSWORD, browser, 99).await;
        let Err(AccountError::Throttled { wait }) = throttled else {
            panic!("{throttled:?}");
        };
        assert_eq!(wait, Duration::from_secs(15 * 60));
    }
    owner(desk.sign_in_from("anna", PASSWORD, Some(&browser), 1).await);
    // One note about the flood, not one for each try.
    let failed = desk.actions().await;
    let failed = failed
        .iter()
        .filter(|action| *action == "session.sign_in_failed");
    assert_eq!(failed.count(), 11);
    // The known browser has its own allowance, which ends too.
    for _ in 0..10 {
        let refused = desk.sign_in_from("anna", OTHER, Some(&browser), 1).await;
        assert!(matches!(refused, Err(AccountError::Refused)));
    }
    let throttled = desk.sign_in_from("anna", PASSWORD, Some(&browser), 1).await;
    assert!(matches!(throttled, Err(AccountError::Throttled { .. })));
    desk.advance(Duration::from_secs(15 * 60));
    owner(desk.sign_in("anna", PASSWORD).await);
}

#[tokio::test]
async fn an_address_that_tries_many_names_is_stopped() {
    let desk = Desk::new().await;
    for number in 0..30 {
        let refused = desk.sign_in(&format!("name{number}"), OTHER).await;
        assert!(matches!(refused, Err(AccountError::Refused)));
    }
    let throttled = desk.sign_in("another", OTHER).await;
    assert!(matches!(throttled, Err(AccountError::Throttled { .. })));
    let elsewhere = desk.sign_in_from("another", OTHER, None, 2).await;
    assert!(matches!(elsewhere, Err(AccountError::Refused)));
}

#[tokio::test]
async fn a_change_of_password_ends_the_epoch_and_asks_for_the_present_one() {
    let desk = Desk::new().await;
    let anna = desk.person("anna", Role::Viewer).await;
    let by = By::owner(&anna, Origin::default());
    let change = async |present, new| {
        desk.accounts
            .change_password(&anna.id, Some(present), new, &by)
            .await
    };
    assert!(matches!(
        change(OTHER, OTHER).await,
        Err(AccountError::WrongPassword)
    ));
    assert!(matches!(
        change(PASSWORD, "short").await,
        Err(AccountError::Password(_))
    ));
    let in_force = async |epoch| desk.accounts.in_force(&anna.id, epoch).await.unwrap();
    assert!(in_force(0).await.is_some());
    assert_eq!(change(PASSWORD, OTHER).await.unwrap().epoch, 1);
    assert!(in_force(0).await.is_none() && in_force(1).await.is_some());
    let old = desk.sign_in("anna", PASSWORD).await;
    assert!(matches!(old, Err(AccountError::Refused)));
    owner(desk.sign_in("anna", OTHER).await);
    desk.accounts.end_all(&anna.id, &by).await.unwrap();
    assert!(in_force(1).await.is_none());
}

#[tokio::test]
async fn a_code_of_the_device_is_good_once_and_so_is_a_recovery_code() {
    let desk = Desk::new().await;
    let anna = desk.person("anna", Role::Viewer).await;
    let by = By::owner(&anna, Origin::default());
    let secret = SharedSecret::draw();
    let code = || secret.code_at(desk.accounts.now()).unwrap();
    let set_up = async |code: &str| {
        desk.accounts
            .set_up_second_factor(&anna.id, &secret, code, &by)
            .await
    };
    assert!(matches!(set_up("000").await, Err(AccountError::WrongCode)));
    let (owner, codes) = set_up(&code()).await.unwrap();
    assert!(matches!(
        set_up(&code()).await,
        Err(AccountError::SecondFactor { is_on: true })
    ));
    let Ok(SignIn::NeedsCode(_)) = desk.sign_in("anna", PASSWORD).await else {
        panic!("no code is asked for");
    };
    let step = async |code: &str| {
        desk.accounts
            .second_step(&anna.id, owner.epoch, code, None, Origin::default())
            .await
    };
    // The code that was shown at the set-up is used up.
    assert!(matches!(step(&code()).await, Err(AccountError::WrongCode)));
    desk.advance(Duration::from_secs(30));
    let now = code();
    step(&now).await.unwrap();
    assert!(matches!(step(&now).await, Err(AccountError::WrongCode)));
    let recovery = codes.reveal()[3].to_uppercase();
    step(&recovery).await.unwrap();
    assert!(matches!(
        step(&recovery).await,
        Err(AccountError::WrongCode)
    ));
    assert_eq!(desk.accounts.get(&anna.id).await.unwrap().recovery_codes, 9);
    let another_epoch = desk
        .accounts
        .second_step(&anna.id, 0, &codes.reveal()[4], None, Origin::default())
        .await;
    assert!(matches!(another_epoch, Err(AccountError::Refused)));
    for _ in 0..3 {
        assert!(matches!(step("123456").await, Err(AccountError::WrongCode)));
    }
    assert!(matches!(
        step("123456").await,
        Err(AccountError::Throttled { .. })
    ));
    let removed = desk
        .accounts
        .remove_second_factor(&anna.id, None, &by)
        .await;
    assert!(!removed.unwrap().account.has_second_factor);
}

#[tokio::test]
async fn nobody_locks_themselves_or_everybody_out() {
    let desk = Desk::new().await;
    let anna = desk.person("anna", Role::Superuser).await;
    let by_anna = By::owner(&anna, Origin::default());
    let (accounts, line) = (&desk.accounts, By::command_line());
    let yourself = accounts.disable(&anna.id, &by_anna).await;
    assert!(matches!(yourself, Err(AccountError::Yourself)));
    let last = accounts.disable(&anna.id, &line).await;
    assert!(matches!(last, Err(AccountError::LastSuperuser)));
    let last = accounts.set_role(&anna.id, Role::Viewer, 0, &line).await;
    assert!(matches!(last, Err(AccountError::LastSuperuser)));
    let bert = desk.person("bert", Role::Superuser).await;
    let stale = accounts.set_role(&bert.id, Role::Editor, 9, &by_anna).await;
    assert!(matches!(stale, Err(AccountError::Changed)));
    accounts.disable(&anna.id, &line).await.unwrap();
    assert!(accounts.in_force(&anna.id, 1).await.unwrap().is_none());
    accounts.enable(&anna.id, &line).await.unwrap();
    assert!(accounts.in_force(&anna.id, 1).await.unwrap().is_some());
    assert!(accounts.in_force(&anna.id, 0).await.unwrap().is_none());
}

#[tokio::test]
async fn every_change_leaves_a_note_with_what_was_before_and_after() {
    let desk = Desk::new().await;
    let (accounts, line) = (&desk.accounts, By::command_line());
    desk.person("anna", Role::Superuser).await;
    let bert = desk.person("bert", Role::Viewer).await;
    accounts
        .set_role(&bert.id, Role::Editor, 0, &line)
        .await
        .unwrap();
    accounts.disable(&bert.id, &line).await.unwrap();
    accounts.enable(&bert.id, &line).await.unwrap();
    accounts
        .change_password(&bert.id, None, OTHER, &line)
        .await
        .unwrap();
    accounts.end_all(&bert.id, &line).await.unwrap();
    let expected = [
        "session.end_all",
        "account.change_password",
        "account.enable",
        "account.disable",
        "account.change_role",
        "account.create",
        "account.create",
    ];
    assert_eq!(desk.actions().await, expected);
    let query = AuditQuery {
        action: Some("account.change_role".to_owned()),
        limit: 1,
        ..AuditQuery::default()
    };
    let note = accounts.audit(&query).await.unwrap().remove(0).note;
    assert_eq!(note.actor.name, "command line");
    assert!(note.before.unwrap().contains("\"role\":\"viewer\""));
    assert!(note.after.unwrap().contains("\"role\":\"editor\""));
    assert_eq!(note.object.unwrap().id, bert.id.as_str());
}

#[tokio::test]
async fn a_name_is_given_once_and_a_weak_password_to_nobody() {
    let desk = Desk::new().await;
    desk.person("anna", Role::Viewer).await;
    let by = By::command_line();
    let create = async |name: &str, password: &str| {
        let name = name.parse().unwrap();
        desk.accounts
            .create(name, Role::Viewer, password, &by)
            .await
    };
    assert!(matches!(
        create("ANNA", PASSWORD).await,
        Err(AccountError::NameTaken)
    ));
    for weak in ["password1234", "bert", "short"] {
        assert!(matches!(
            create("bert", weak).await,
            Err(AccountError::Password(_))
        ));
    }
}
