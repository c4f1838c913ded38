//! Cases 70 to 79: what fails, how, and whether to try again.

use std::error::Error;

use parallax_store::{DatabaseUrl, Keep, StoreError, open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Database, sqlite_url};
use crate::samples::{fill, quote};

pub(crate) async fn c70_empty_batches_do_nothing(database: Database) {
    let store = database.open().await;
    store.save_tokens(&[]).await.unwrap();
    store.save_venues(&[]).await.unwrap();
    store.save_listings(&[]).await.unwrap();
    store.save_quotes(&[]).await.unwrap();
    store.save_prices(&[]).await.unwrap();
    store.save_candles(&[]).await.unwrap();
    store.save_facts(&[]).await.unwrap();
    store.save_usage(&[]).await.unwrap();
    store.save_key_uses(&[]).await.unwrap();
    assert_eq!(store.forget(Keep::default()).await.unwrap(), 0);
}

pub(crate) async fn c71_a_closed_store_says_so(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    store.close().await;
    store.close().await;
    let saved = store.save_quotes(&[quote(&listings[0], "1", 1)]).await;
    let read = store.latest_quotes().await.map(drop);
    for done in [saved, read, store.ping().await] {
        let error = done.unwrap_err();
        assert!(matches!(error, StoreError::Closed), "{error:?}");
        assert!(!error.is_retryable());
    }
}

pub(crate) async fn c72_a_writer_that_must_wait_too_long_may_try_again(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    let batch = [quote(&listings[0], "1", 1)];
    let lock = if database.url.starts_with("sqlite:") {
        "begin immediate"
    } else {
        "begin; lock table quote in exclusive mode"
    };
    let other = database.direct(lock).await;
    let error = store.save_quotes(&batch).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert!(
        store.latest_quotes().await.unwrap().is_empty(),
        "readers need not wait"
    );
    drop(other);
    store.save_quotes(&batch).await.unwrap();
}

pub(crate) async fn c73_a_value_written_by_other_hands_is_an_error_not_a_price(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    store
        .save_quotes(&[quote(&listings[0], "1", 1)])
        .await
        .unwrap();
    database.direct("update quote set bid = 'NaN'").await;
    let error = store.latest_quotes().await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Unreadable {
                field: "quote.bid",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

const SECRET: &str = "hunter2-secret";

/// The error of opening, with everything it prints checked for the password.
async fn refusal(url: &str) -> StoreError {
    let url: DatabaseUrl = url.parse().unwrap();
    assert!(!format!("{url} {url:?} {url:#?}").contains(SECRET));
    let error = open(&url).await.err().unwrap();
    let mut printed = format!("{error:?} {error:#?}");
    let mut next: Option<&dyn Error> = Some(&error);
    while let Some(error) = next {
        printed += &error.to_string();
        next = error.source();
    }
    assert!(!printed.contains(SECRET), "{printed}");
    error
}

#[tokio::test]
async fn an_absent_server_is_worth_another_try_and_no_password_is_printed() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = refusal(&format!("postgres://someone:{SECRET}@127.0.0.1:{port}/db")).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_wrong_password_is_worth_another_try_and_is_not_printed() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = server.accept().await.unwrap();
        let mut request = [0; 8];
        socket.read_exact(&mut request).await.unwrap();
        socket.write_all(b"N").await.unwrap(); // no TLS
        let length = usize::try_from(socket.read_u32().await.unwrap()).unwrap();
        let mut startup = vec![0; length - 4];
        socket.read_exact(&mut startup).await.unwrap();
        let fields =
            b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"someone\"\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap();
        socket.write_all(b"E").await.unwrap();
        socket.write_u32(length).await.unwrap();
        socket.write_all(fields).await.unwrap();
    });
    let error = refusal(&format!("postgres://someone:{SECRET}@127.0.0.1:{port}/db")).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable());
    let source = error.source().unwrap().to_string();
    assert!(
        source.contains("password authentication failed"),
        "{source}"
    );
}

/// Time is paused: it jumps to the limit as soon as everyone waits.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let error = refusal(&format!("postgres://someone:{SECRET}@127.0.0.1:{port}/db")).await;
    assert!(matches!(error, StoreError::TimedOut { .. }), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn the_folder_of_a_sqlite_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b c/ü%20'#x.db".replace('#', ""));
    let url: DatabaseUrl = sqlite_url(&path).parse().unwrap();
    open(&url).await.unwrap().close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refusal(&sqlite_url(&file.join("data/parallax.db"))).await;
    assert!(matches!(error, StoreError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let text = "these are my notes and no database at all, long enough for a header\n".repeat(20);
    std::fs::write(&file, &text).unwrap();
    let error = refusal(&sqlite_url(&file)).await;
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_no_matter_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(&sqlite_url(folder.path())).await;
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(!error.is_retryable());
}

/// A reading connection that is made anew finds the file gone for a moment, as on a disk that went away.
#[tokio::test]
async fn a_file_that_goes_away_while_the_store_is_open_is_worth_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let (here, away) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let store = open(&sqlite_url(&here).parse().unwrap()).await.unwrap();
    std::fs::rename(&here, &away).unwrap();
    let error = store.latest_quotes().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    std::fs::rename(&away, &here).unwrap();
    assert!(store.latest_quotes().await.unwrap().is_empty());
}
