//! A PostgreSQL server of the test's own, that can really be stopped and started.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the server may take to accept connections.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with a folder and a port of its own; removed at the end.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

/// Where `initdb` and `postgres` are: on PATH, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut debian: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    debian.sort();
    on_path
        .into_iter()
        .chain(debian.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn id(of: &str, user: &str) -> Option<String> {
    let output = Command::new("id").args([of, user]).output().ok()?;
    let id = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| id.trim().to_owned())
}

/// The program as a user that is not root, which PostgreSQL refuses.
fn command(program: &Path, folder: &Path) -> Command {
    let own = Command::new("id").arg("-u").output().unwrap();
    if own.stdout != b"0\n" {
        return Command::new(program);
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| id("-u", user).is_some())
        .unwrap();
    let (uid, gid) = (id("-u", user).unwrap(), id("-g", user).unwrap());
    let owned = Command::new("chown")
        .arg(format!("{uid}:{gid}"))
        .arg(folder)
        .status();
    assert!(owned.unwrap().success());
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={uid}"))
        .arg(format!("--regid={gid}"))
        .arg("--clear-groups")
        .arg(program);
    command
}

impl Postgres {
    /// Makes a server that is not running yet; `None`, after a note, where PostgreSQL is not installed
    /// and not required.
    pub(crate) fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("PARALLAX_REQUIRE_POSTGRES").as_deref() != Ok("1"),
                "PARALLAX_REQUIRE_POSTGRES=1, but PostgreSQL is not installed"
            );
            std::io::stderr()
                .write_all(b"note: SKIPPED: PostgreSQL is not installed\n")
                .unwrap();
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let made = command(&programs.join("initdb"), folder.path())
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .current_dir("/")
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        Some(Self {
            programs,
            folder,
            port,
            process: None,
        })
    }

    /// The database's URL, whether the server runs or not.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server and waits until it accepts connections.
    pub(crate) async fn start(&mut self) {
        let process = command(&self.programs.join("postgres"), self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=127.0.0.1", "-p"])
            .arg(self.port.to_string())
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(process);
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "PostgreSQL did not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops the server at once, as a crash would: its next start recovers.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let sent = Command::new("kill")
                .arg("-QUIT")
                .arg(process.id().to_string())
                .status();
            assert!(sent.unwrap().success());
            process.wait().unwrap();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
