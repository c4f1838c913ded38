//! A PostgreSQL server that goes away in the middle: cut connections, and connections that fall silent.

use std::str::FromStr;

use parallax_store::{Store, StoreError, open};
use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::harness::{Database, on_postgres, server};
use crate::samples::{fill, quote};

#[tokio::test]
async fn connections_cut_by_the_server_are_replaced() {
    on_postgres(cut).await;
}

async fn cut(database: Database) {
    let name = format!("parallax-cut-{}", std::process::id());
    let url = format!("{}&application_name={name}", database.url);
    let store = open(&url.parse().unwrap()).await.unwrap();
    let listings = fill(&*store).await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name =";
    drop(database.direct(&format!("{cut} '{name}'")).await);
    let batch = [quote(&listings[0], "1", 1)];
    // The first call may find its connection cut under its hands; then it is worth another try.
    if let Err(error) = store.save_quotes(&batch).await {
        assert!(error.is_retryable(), "{error:?}");
        store.save_quotes(&batch).await.unwrap();
    }
    assert_eq!(store.latest_quotes().await.unwrap(), batch);
}

/// Passes connections on to the server, until `freeze` changes: from then on the connections that are
/// open stay open and silent, until it changes again, which closes them. Returns the port.
async fn proxy(freeze: &watch::Sender<()>) -> u16 {
    let options = PgConnectOptions::from_str(&server().unwrap()).unwrap();
    let server = (options.get_host().to_owned(), options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let freeze = freeze.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut frozen = freeze.subscribe();
            let server = server.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await.unwrap();
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                    _ = frozen.changed() => drop(frozen.changed().await),
                }
            });
        }
    });
    port
}

async fn store_behind_proxy(
    database: &Database,
    freeze: &watch::Sender<()>,
) -> std::sync::Arc<dyn Store> {
    let port = proxy(freeze).await;
    let url = format!("{}&host=127.0.0.1&port={port}", database.url);
    open(&url.parse().unwrap()).await.unwrap()
}

/// On one thread, so that time can be paused: it jumps to the limit once everyone waits.
#[tokio::test]
async fn a_server_silent_between_two_calls_is_given_up_and_reached_again() {
    on_postgres(silent_between_two_calls).await;
}

async fn silent_between_two_calls(database: Database) {
    let freeze = watch::Sender::new(());
    let store = store_behind_proxy(&database, &freeze).await;
    store.ping().await.unwrap();
    freeze.send_replace(());
    tokio::time::pause();
    let error = store.ping().await.unwrap_err();
    tokio::time::resume();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable());
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_silent_within_a_call_is_given_up_and_reached_again() {
    on_postgres(silent_within_a_call).await;
}

async fn silent_within_a_call(database: Database) {
    let freeze = watch::Sender::new(());
    let store = store_behind_proxy(&database, &freeze).await;
    let listings = fill(&*store).await;
    let batch = [quote(&listings[0], "1", 1)];
    let lock = database
        .direct("begin; lock table quote in exclusive mode")
        .await;
    let save = {
        let (store, batch) = (std::sync::Arc::clone(&store), batch.clone());
        tokio::spawn(async move { store.save_quotes(&batch).await })
    };
    // Returns as soon as the save waits for the lock behind ours.
    let schema = database.url.rsplit_once('=').unwrap().1.to_owned();
    let waits = format!(
        "do $$ begin
            for round in 1..4000 loop
                if exists (
                    select 1 from pg_locks
                    where not granted and relation = '{schema}.quote'::regclass
                ) then
                    return;
                end if;
                perform pg_sleep(0.001);
            end loop;
            raise exception 'no one waits';
        end $$"
    );
    drop(database.direct(&waits).await);
    freeze.send_replace(());
    tokio::time::pause();
    let error = save.await.unwrap().unwrap_err();
    tokio::time::resume();
    assert!(matches!(error, StoreError::TimedOut { .. }), "{error:?}");
    assert!(error.is_retryable());
    // The network is back: both sides learn of the loss, and the server forgets the session's locks.
    freeze.send_replace(());
    drop(lock);
    store.save_quotes(&batch).await.unwrap();
    assert_eq!(store.latest_quotes().await.unwrap(), batch);
}
