//! Exchanges that are elsewhere by what an operator said in the admin, for commands beside the server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use parallax::time::{Clock, Moment, Timestamp};
use parallax::venue::{VenueAddresses, VenueSwitch};
use parallax_service::accounts::By;
use parallax_service::venues::Switches;
use parallax_sim::{SimConfig, start};
use support::program;
use tokio::sync::watch;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Moment {
        Moment {
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
            ..Moment::default()
        }
    }
}

#[tokio::test]
async fn back_fill_by_hand_asks_an_exchange_where_the_admin_says_that_it_is() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("sim.toml");
    sim.write_config(&config, false).await.unwrap();
    let database = format!("sqlite:{}", folder.path().join("parallax.db").display());
    let store = parallax_store::open(&database.parse().unwrap())
        .await
        .unwrap();
    let (set, _switch) = watch::channel(VenueSwitch::default());
    let by_venue = BTreeMap::from([("kraken".parse().unwrap(), set)]);
    let switches = Switches::new(Arc::clone(&store), Arc::new(Standing), by_venue);
    let given = VenueAddresses {
        stream: None,
        rest: Some(NOWHERE.to_owned()),
    };
    let by = By::command_line();
    switches.readdress("kraken", given, 0, &by).await.unwrap();
    store.close().await;

    // The simulator runs on this thread, which must not wait for the program.
    let back_fill = move || {
        program()
            .arg("--config")
            .arg(&config)
            .env("PARALLAX_STORE__URL", &database)
            .env("PARALLAX_ADMIN__PRIVATE_ADDRESSES", "true")
            .args(["backfill", "--token", "solana"])
            .args(["--from", "2026-11-20", "--to", "2026-11-21"])
            .output()
            .unwrap()
    };
    let filled = tokio::task::spawn_blocking(back_fill).await.unwrap();
    let said = String::from_utf8_lossy(&filled.stderr).into_owned();
    let of_kraken = said
        .lines()
        .find(|line| line.contains("kraken has no part in this"));
    assert!(
        of_kraken.is_some_and(|line| line.contains("127.0.0.1:1")),
        "{said}"
    );
    assert!(!said.contains("coinbase has no part"), "{said}");
}
