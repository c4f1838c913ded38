//! The program itself: it says when it is ready, and ends when told to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running `parallax-sim serve`, past its announcement.
fn running(extra: &[&str]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_parallax-sim"))
        .arg("serve")
        .args(extra)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(
        line.starts_with(
            "parallax-sim: simulating binance, coinbase, kraken, thegraph on 127.0.0.1:"
        ),
        "{line}"
    );
    child
}

#[test]
fn the_configuration_is_there_once_it_says_it_is_ready_and_sigterm_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.toml");
    let mut child = running(&["--config-out", path.to_str().unwrap()]);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("simulated = true")
    );
    let told = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_ends_with_its_standard_input_when_asked_to() {
    let mut child = running(&["--exit-with-stdin", "--faults", "demo"]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
