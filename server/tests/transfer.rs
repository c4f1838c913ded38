//! `parallax export` and `parallax import` as a person runs them, on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use support::postgres::Postgres;
use support::{output, program};

const CSV: &str = "\
    token,source,interval,open_time,open,high,low,close,volume_usd,trades,sources,minutes,kind,revision,confidence\r\n\
    bitcoin,index,1m,2024-08-28T00:00:00.000Z,1,3,0.5,2,10.00000001,,1,0,gap,0,0.25\r\n\
    bitcoin,index,1h,2024-08-28T00:00:00.000Z,59192.66908546062932823897144,60000,1,2,0,5,4,60,repaired,3,\r\n\
    bitcoin,thegraph,1h,2024-08-28T00:00:00.000Z,0.0000000000000000000000000001,2,0.0000000000000000000000000001,2,0,,1,60,filled,0,\r\n\
    bitcoin,index,1d,2024-08-28T00:00:00.000Z,1,2,1,2,7,9,2,1440,traded,1,0.000001\r\n";

/// Runs the program on a database; what it printed on success, what it complained of otherwise.
fn run(url: &str, arguments: &[&str]) -> Result<String, String> {
    let (output, complaint) = output(program().env("DATABASE_URL", url).args(arguments));
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(complaint)
    }
}

/// Imports the candles and expects them back, byte for byte.
fn round_trip(url: &str, folder: &Path) {
    let (file, copy) = (folder.join("candles.csv"), folder.join("copy.csv"));
    std::fs::write(&file, CSV).unwrap();
    let (file, copy) = (file.to_str().unwrap(), copy.to_str().unwrap());
    let export = ["export", "--token", "btc"];

    run(url, &["import", file, "--dry-run"]).unwrap();
    let nothing = run(url, &export).unwrap_err();
    assert!(nothing.contains("no candle of bitcoin"), "{nothing}");

    run(url, &["import", file]).unwrap();
    assert_eq!(run(url, &export).unwrap(), CSV);
    run(url, &["export", "--token", "Bitcoin", "--out", copy]).unwrap();
    assert_eq!(std::fs::read_to_string(copy).unwrap(), CSV);
    run(url, &["import", copy]).unwrap();
    assert_eq!(
        run(url, &export).unwrap(),
        CSV,
        "importing again changes nothing"
    );

    let hours = run(
        url,
        &[
            "export",
            "--token",
            "bitcoin",
            "--interval",
            "1h",
            "--source",
            "thegraph",
        ],
    );
    assert_eq!(hours.unwrap().lines().count(), 2);
    let later = run(
        url,
        &["export", "--token", "bitcoin", "--from", "2024-08-29"],
    );
    assert!(later.unwrap_err().contains("no candle of bitcoin"));
}

#[test]
fn candles_survive_export_and_import_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("parallax.db").display());
    round_trip(&url, folder.path());
}

#[tokio::test]
async fn candles_survive_export_and_import_on_postgres() {
    let Some(mut postgres) = Postgres::new() else {
        return;
    };
    postgres.start().await;
    let folder = tempfile::tempdir().unwrap();
    round_trip(&postgres.url(), folder.path());
}

#[test]
fn a_bad_line_is_named_and_an_ambiguous_or_unknown_token_too() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("parallax.db").display());
    let file = folder.path().join("bad.csv");
    std::fs::write(&file, CSV.replacen("60000", "0", 1)).unwrap();
    let complaint = run(&url, &["import", file.to_str().unwrap()]).unwrap_err();
    assert!(complaint.contains("line 3: high is \"0\""), "{complaint}");
    assert!(complaint.contains("nothing was stored"), "{complaint}");
    let unknown = run(&url, &["export", "--token", "bitcon"]).unwrap_err();
    assert!(unknown.contains("did you mean bitcoin?"), "{unknown}");
}
