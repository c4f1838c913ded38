//! An admin with a store in memory and a clock set by hand.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argon2::PasswordHasher;
use axum::Router;
use parallax::account::{Account, Role};
use parallax::audit::{AuditEntry, AuditQuery};
use parallax::by_hand::SetPrices;
use parallax::catalogue::Catalogue;
use parallax::time::{Clock, Moment, Timestamp};
use parallax::venue::{Venue, VenueAddresses, VenueSwitch};
use parallax_admin::{Admin, Caller, Setting, SettingSource, System, router};
use parallax_board::Board;
use parallax_service::accounts::{Accounts, By, Hasher, SessionLimits, Sessions};
use parallax_service::backfill::{BackfillDesk, Queues};
use parallax_service::keys::KeyDesk;
use parallax_service::overrides::Overrides;
use parallax_service::tokens::TokenDesk;
use parallax_service::venues::Switches;
use parallax_service::{Facts, Service};
use parallax_store::{Store, StoredAccount};
use tokio::sync::watch;

use crate::browser::Browser;

/// The exchange that is read.
pub(crate) const KRAKEN: &str = "kraken";
pub(crate) const PASSWORD: &str = "walnut ferry quartz lamp";
pub(crate) const OTHER: &str = "copper ladder violin moss";

/// The tokens there are.
const CATALOGUE: &str = r#"
    [[token]]
    id = "bitcoin"
    symbol = "BTC"
    name = "Bitcoin"
    kind = "crypto"
    codes = { kraken = ["BTC", "XBT"] }

    [[token]]
    id = "tether"
    symbol = "USDT"
    name = "Tether"
    kind = "stablecoin"
    contracts = [
        { chain = "ethereum", address = "0xdac17f958d2ee523a2206206994597c13d831ec7" },
        { chain = "tron", address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t" },
    ]

    [[token]]
    id = "solana"
    symbol = "SOL"
    name = "Solana"
    kind = "crypto"

    [[token]]
    id = "usd"
    symbol = "USD"
    name = "US Dollar"
    kind = "fiat"
"#;

pub(crate) struct SetClock(Mutex<Moment>);

impl Clock for SetClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) accounts: Accounts,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hasher: Hasher,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) address: Arc<Mutex<IpAddr>>,
    /// The exchange's end of its switch.
    pub(crate) kraken: watch::Receiver<VenueSwitch>,
    /// The worker's ends of what is ordered and cancelled.
    pub(crate) queues: Queues,
    /// The token catalogue.
    pub(crate) tokens: TokenDesk,
    /// The pipeline's end of what is set by hand.
    pub(crate) by_hand: watch::Receiver<SetPrices>,
    /// What is published.
    pub(crate) board: Arc<Board>,
}

impl House {
    pub(crate) async fn new() -> Self {
        let url = "sqlite::memory:".parse().unwrap();
        let store = parallax_store::open(&url).await.unwrap();
        let moment = Moment {
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
            ..Moment::default()
        };
        let clock = Arc::new(SetClock(Mutex::new(moment)));
        let as_clock: Arc<dyn Clock> = Arc::<SetClock>::clone(&clock);
        let facts = Facts {
            version: "0.0.0".to_owned(),
            method: 1,
            simulated: true,
            started_at: moment.utc,
            venues: vec![Venue {
                id: KRAKEN.parse().unwrap(),
                name: "Kraken".to_owned(),
                website: "https://www.kraken.com".to_owned(),
            }],
            profiles: HashMap::new(),
            store_backend: "SQLite".to_owned(),
            price_every: Duration::from_secs(30),
            price_retention: None,
        };
        let board = Board::new(8);
        let catalogue: Catalogue = toml::from_str(CATALOGUE).unwrap();
        let tokens = TokenDesk::new(Arc::clone(&store), Arc::clone(&as_clock), catalogue);
        let own_board = Arc::clone(&board);
        let service = Service::new(
            facts,
            Arc::clone(&board),
            Arc::clone(&store),
            tokens.catalogue(),
            Arc::clone(&as_clock),
        );
        // Every test's sign-ins may wait for one another.
        let hasher = Hasher::default();
        let accounts = Accounts::new(Arc::clone(&store), Arc::clone(&as_clock), hasher.clone());
        let address = Arc::new(Mutex::new(IpAddr::from([192, 0, 2, 1])));
        let located = Arc::clone(&address);
        let (overrides, by_hand) = Overrides::new(Arc::clone(&store), Arc::clone(&as_clock));
        let (set, kraken) = watch::channel(VenueSwitch::default());
        let (backfill, queues) = BackfillDesk::new(
            Arc::clone(&store),
            Arc::clone(&as_clock),
            Arc::clone(&board),
        );
        let admin = Admin {
            accounts: accounts.clone(),
            sessions: Sessions::new(
                Arc::clone(&store),
                Arc::clone(&as_clock),
                SessionLimits::default(),
            ),
            keys: KeyDesk::new(Arc::clone(&store), Arc::clone(&as_clock)),
            switches: Switches::new(
                Arc::clone(&store),
                Arc::clone(&as_clock),
                BTreeMap::from([(KRAKEN.parse().unwrap(), set)]),
            ),
            backfill,
            system: System {
                settings: vec![
                    Setting {
                        key: "listen".to_owned(),
                        value: "127.0.0.1:3000".to_owned(),
                        source: SettingSource::Environment("PORT".to_owned()),
                    },
                    Setting {
                        key: "store.flush_every_ms".to_owned(),
                        value: "500".to_owned(),
                        source: SettingSource::Default,
                    },
                ],
                database: "sqlite::memory:".to_owned(),
                retention: vec![("Prices", Some(Duration::from_secs(86_400)))],
                memory_bytes: || Some(13_107_200),
            },
            tokens: tokens.clone(),
            overrides,
            venues: BTreeMap::from([(
                KRAKEN.to_owned(),
                VenueAddresses {
                    stream: Some("wss://ws.kraken.com".to_owned()),
                    rest: Some("https://api.kraken.com".to_owned()),
                },
            )]),
            may_be_private: false,
            service,
            locate: Arc::new(move |_, headers| {
                let own = headers.get("x-test-address");
                let own = own.map(|own| own.to_str().unwrap().parse().unwrap());
                let address = own.unwrap_or_else(|| *located.lock().unwrap());
                Caller {
                    address,
                    network: address,
                    is_local: address.is_loopback(),
                }
            }),
            stylesheet: "/pkg/parallax.css".to_owned(),
        };
        Self {
            router: router(admin),
            accounts,
            store,
            hasher,
            clock,
            address,
            kraken,
            queues,
            tokens,
            by_hand,
            board: own_board,
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(by);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().utc
    }

    /// Requests come from this address from now on.
    pub(crate) fn from(&self, address: [u8; 4]) {
        *self.address.lock().unwrap() = address.into();
    }

    pub(crate) async fn person(&self, name: &str, role: Role) -> Account {
        let name = name.parse().unwrap();
        let by = By::command_line();
        let made = self.accounts.create(name, role, PASSWORD, &by);
        made.await.unwrap()
    }

    /// Viewers with one password, which is hashed once.
    pub(crate) async fn people(&self, names: &[String]) {
        let hash = argon2::Argon2::default().hash_password(PASSWORD.as_bytes());
        let hash = hash.unwrap().to_string();
        for name in names {
            self.add(name, Role::Viewer, &hash).await;
        }
    }

    /// A browser of someone with the password of all tests, hashed with next to no work.
    pub(crate) async fn signed_in_cheaply(&self, name: &str, role: Role) -> Browser {
        let params = argon2::Params::new(8, 1, 1, None).unwrap();
        let hash = argon2::Argon2::from(params).hash_password(PASSWORD.as_bytes());
        self.add(name, role, &hash.unwrap().to_string()).await;
        let mut browser = self.browser();
        browser.sign_in(name, PASSWORD).await;
        browser
    }

    async fn add(&self, name: &str, role: Role, hash: &str) -> Account {
        let number = self.accounts.list().await.unwrap().len();
        let account = Account {
            id: format!("cheap{number:07}").parse().unwrap(),
            username: name.parse().unwrap(),
            role,
            created_at: self.now(),
            signed_in_at: None,
            disabled_at: None,
            has_second_factor: false,
        };
        let stored = StoredAccount {
            account: account.clone(),
            password_hash: hash.to_owned(),
            epoch: 0,
            totp_secret: None,
            totp_step: 0,
            recovery: Vec::new(),
            revision: 0,
        };
        let note = By::command_line().note("account.create", None, self.now());
        self.store
            .accounts()
            .add_account(&stored, &note)
            .await
            .unwrap();
        account
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which someone with this role has signed in.
    pub(crate) async fn signed_in(&self, name: &str, role: Role) -> Browser {
        self.person(name, role).await;
        let mut browser = self.browser();
        browser.sign_in(name, PASSWORD).await;
        browser
    }

    /// Everything in the audit log, newest first.
    pub(crate) async fn log(&self) -> Vec<AuditEntry> {
        let query = AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        };
        self.accounts.audit(&query).await.unwrap()
    }

    pub(crate) async fn actions(&self) -> Vec<String> {
        let log = self.log().await;
        log.into_iter().map(|entry| entry.note.action).collect()
    }
}
