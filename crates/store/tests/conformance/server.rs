//! A PostgreSQL server of one's own, to be really stopped, killed and started again.
//!
//! Without its programs, or without a user that may run them, these tests say so and pass, unless
//! `PARALLAX_REQUIRE_POSTGRES=1`.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use parallax::candle::Interval;
use parallax_store::{Store, open};
use tempfile::TempDir;

use crate::samples::{NOON_MS, all_bars, bars, candle_of, fill, index, series};

struct Server {
    folder: TempDir,
    programs: PathBuf,
    /// The user and group to run as, because PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    port: u16,
    running: Option<Child>,
}

/// A folder with `initdb` and `postgres`, looked for where `tools/with-postgres.sh` does: on the path, then
/// where Debian and others keep what is not on it, the highest version first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| {
        Some(
            folder
                .join("postgres")
                .canonicalize()
                .ok()?
                .parent()?
                .into(),
        )
    });
    let version = |folder: &PathBuf| {
        let digits = folder
            .to_string_lossy()
            .replace(|c: char| !c.is_ascii_digit(), "");
        digits.parse::<u32>().unwrap_or(0)
    };
    let mut elsewhere: Vec<PathBuf> = ["/usr/lib/postgresql", "/usr"]
        .into_iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    elsewhere.sort_by_key(version);
    on_path
        .chain(elsewhere.into_iter().rev())
        .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
}

/// The numbers of a user.
fn user(name: &str) -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let fields: Vec<_> = line.split(':').collect();
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

impl Server {
    /// Makes a server and starts it; `None`, after a note, where there is none and none is required.
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("PARALLAX_REQUIRE_POSTGRES").as_deref() != Ok("1"),
                "PARALLAX_REQUIRE_POSTGRES=1, but no initdb and postgres are found"
            );
            let note = b"note: SKIPPED: no initdb and postgres are found\n";
            std::io::stderr().write_all(note).unwrap();
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let user = is_root().then(|| user("postgres").or_else(|| user("nobody")).unwrap());
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(folder.path(), private).unwrap();
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = Self {
            folder,
            programs,
            user,
            port: free.local_addr().unwrap().port(),
            running: None,
        };
        let made = server
            .program("initdb")
            .args(["-D", "data", "-U", "postgres", "-A", "trust"])
            .args(["-E", "UTF8", "--locale=C", "--no-sync"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        drop(free);
        server.run();
        Some(server)
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match self.user {
            None => Command::new(program),
            Some((uid, gid)) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"))
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        };
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path());
        command
    }

    /// Starts the server on its data, and returns when it takes connections.
    fn run(&mut self) {
        let mut running = self
            .program("postgres")
            .args(["-D", "data", "-k", "."])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .args(["-p", &self.port.to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(running.stderr.take().unwrap()).lines();
        let ready = log
            .by_ref()
            .map(Result::unwrap)
            .any(|line| line.contains("ready to accept connections"));
        assert!(ready, "the server did not start");
        // A full pipe would stop the server.
        std::thread::spawn(move || log.for_each(drop));
        self.running = Some(running);
    }

    /// Sends the signal and waits for the end.
    fn stop(&mut self, signal: &str) {
        if let Some(mut running) = self.running.take() {
            let pid = running.id().to_string();
            let sent = Command::new("kill").args(["-s", signal, &pid]).status();
            assert!(sent.unwrap().success());
            running.wait().unwrap();
        }
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    async fn store(&self) -> std::sync::Arc<dyn Store> {
        open(&self.url().parse().unwrap()).await.unwrap()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Immediately: the data is thrown away.
        self.stop("QUIT");
        assert!(self.folder().exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_refuses_for_a_while_and_takes_the_same_rows_later() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let store = server.store().await;
    fill(&*store).await;
    let hour = series("bitcoin", "index", Interval::Hour);
    let candles: Vec<_> = (0..400)
        .map(|row| candle_of(&hour, NOON_MS + row * 3_600_000, "1"))
        .collect();
    let price = index("bitcoin", "1", NOON_MS);
    store.save_candles(&candles[..150]).await.unwrap();
    // INT: a fast shutdown, as an administrator does it. QUIT: at once, as a crash does it.
    for signal in ["INT", "QUIT"] {
        server.stop(signal);
        let saved = store.save_candles(&candles).await;
        let priced = store.save_prices(std::slice::from_ref(&price)).await;
        let read = store.latest_prices().await.map(drop);
        for done in [saved, priced, read, store.ping().await] {
            let error = done.unwrap_err();
            assert!(error.is_retryable(), "{signal}: {error:?}");
        }
        server.run();
        // The first call may find a connection that the stop has cut.
        if let Err(error) = store.save_candles(&candles).await {
            assert!(error.is_retryable(), "{signal}: {error:?}");
            store.save_candles(&candles).await.unwrap();
        }
        store
            .save_prices(std::slice::from_ref(&price))
            .await
            .unwrap();
        assert_eq!(all_bars(&*store, &hour).await, bars(&candles));
        assert_eq!(
            store.latest_prices().await.unwrap(),
            std::slice::from_ref(&price)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_confirmed_survives_its_crash_and_nothing_is_half() {
    const ROWS: i64 = 500;
    let Some(mut server) = Server::start() else {
        return;
    };
    let store = server.store().await;
    fill(&*store).await;
    let minute = series("bitcoin", "index", Interval::Minute);
    let (sender, mut confirmed) = tokio::sync::mpsc::unbounded_channel();
    let saving = {
        let (store, minute) = (std::sync::Arc::clone(&store), minute.clone());
        tokio::spawn(async move {
            for batch in 0.. {
                let rows: Vec<_> = (0..ROWS)
                    .map(|row| candle_of(&minute, NOON_MS + (batch * ROWS + row) * 60_000, "1"))
                    .collect();
                if let Err(error) = store.save_candles(&rows).await {
                    assert!(error.is_retryable(), "{error:?}");
                    return;
                }
                sender.send(batch + 1).unwrap();
            }
        })
    };
    for _ in 0..8 {
        confirmed.recv().await.unwrap();
    }
    server.stop("QUIT");
    saving.await.unwrap();
    let mut batches = 8;
    while let Some(more) = confirmed.recv().await {
        batches = more;
    }
    server.run();
    let store = server.store().await;
    let rows = i64::try_from(all_bars(&*store, &minute).await.len()).unwrap();
    assert_eq!(rows % ROWS, 0, "half a batch is seen");
    // One more may have been stored whose confirmation was lost.
    assert!((batches..=batches + 1).contains(&(rows / ROWS)));
}
