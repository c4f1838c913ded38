//! How fast candles are written and read: `cargo bench -p parallax-store --bench history [-- --quick]`.
//!
//! SQLite runs on a file in a temporary folder. PostgreSQL runs on the server of `TEST_DATABASE_URL`
//! (`tools/with-postgres.sh` starts one) in a schema of its own, and is left out without that variable.
//!
//! Written are one-minute candles of one token in batches as the writer hands them, three rounds, of
//! which the median counts; on PostgreSQL beside `\copy` of the same rows into the same table by psql. Read
//! are the hourly bars of 90 days, which a chart of 4 h is merged from, somewhere in the history: first
//! with one year of one-minute, one-hour and one-day candles, then with ten.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parallax::amount::{Price, Quantity};
use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::time::Timestamp;
use parallax::token::{Token, TokenKind};
use parallax::{Decimal, token::TokenId};
use parallax_pricing::candles::windows;
use parallax_store::{Store, open};
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

/// Rows in one call of the store, as the pipeline hands them over while the past is completed.
const BATCH: usize = 5_000;
const ROUNDS: usize = 3;
/// 2016-01-01T00:00:00Z: ten years end in 2026.
const FIRST_S: i64 = 1_451_606_400;
const DAY_S: i64 = 86_400;
const YEAR_DAYS: i64 = 365;
/// What a chart of 4 h over 90 days is merged from.
const READ_DAYS: i64 = 90;

struct Size {
    written_rows: i64,
    days_a_year: i64,
    years: i64,
    reads: u64,
}

const FULL: Size = Size {
    written_rows: 200_000,
    days_a_year: YEAR_DAYS,
    years: 10,
    reads: 2_000,
};

/// A fiftieth of the rows: whether it works at all. A read is then shorter, too.
const QUICK: Size = Size {
    written_rows: 4_000,
    days_a_year: 7,
    years: 10,
    reads: 200,
};

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let size = if quick { QUICK } else { FULL };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        bench("SQLite", &url, None, &size).await;
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => postgres(&server, folder.path(), &size).await,
            Err(_) => {
                println!("PostgreSQL: left out, because TEST_DATABASE_URL is not set");
            }
        }
    });
}

async fn postgres(server: &str, folder: &Path, size: &Size) {
    let schema = format!("parallax_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(server).await.unwrap();
    let create = format!("create schema {schema}");
    raw_sql(AssertSqlSafe(create))
        .execute(&mut admin)
        .await
        .unwrap();
    let joint = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{joint}options[search_path]={schema}");
    let copy = Copy {
        psql_url: format!("{server}{joint}options=-csearch_path%3D{schema}"),
        store_url: url.clone(),
        file: folder.join("candles.txt"),
    };
    bench("PostgreSQL", &url, Some(copy), size).await;
    let drop_it = format!("set client_min_messages = warning; drop schema {schema} cascade");
    raw_sql(AssertSqlSafe(drop_it))
        .execute(&mut admin)
        .await
        .unwrap();
}

async fn bench(name: &str, url: &str, copy: Option<Copy>, size: &Size) {
    println!("\n{name}");
    let store = open(&url.parse().unwrap()).await.unwrap();
    let read_token = "token-read";
    let mut tokens = vec![token(read_token)];
    tokens.extend((0..ROUNDS).map(|round| token(&format!("token-{round}"))));
    tokens.extend((0..ROUNDS).map(|round| token(&format!("copied-{round}"))));
    store.save_tokens(&tokens).await.unwrap();
    write_rates(&*store, copy.as_ref(), size).await;
    let series = |interval| Series::index(id(read_token), interval);
    let mut loaded_days = 0;
    for years in [1, size.years] {
        let days = years * size.days_a_year;
        let started = Instant::now();
        let mut rows = 0;
        for interval in Interval::ALL {
            rows += load(&store, &series(interval), loaded_days, days).await;
        }
        loaded_days = days;
        let rate = per_second(rows, started.elapsed());
        let hours = read_times(&*store, &series(Interval::Hour), days, size.reads, 1).await;
        let joined = read_times(&*store, &series(Interval::Hour), days, size.reads, 4).await;
        println!("  {years:>2} y of candles (+{rows} rows, {rate} rows/s)");
        println!("       hourly bars of {READ_DAYS} days: {hours}");
        println!("       the same joined to 4 h:  {joined}");
        // The same length of time in minutes is what only an export reads: here the bars of a day.
        let minutes = read_minutes(&*store, &series(Interval::Minute), days, size.reads).await;
        println!("       minute bars of 1 day:   {minutes}");
    }
    store.close().await;
}

async fn write_rates(store: &dyn Store, copy: Option<&Copy>, size: &Size) {
    let mut written = Vec::new();
    let mut again = Vec::new();
    let mut copied = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("token-{round}");
        let candles = minutes(&name, size.written_rows);
        if let Some(copy) = copy {
            // Before the store's own rows in one round, after them in the next.
            let rows = minutes(&format!("copied-{round}"), size.written_rows);
            copied.push(copy.run(&rows).await);
        }
        for rates in [&mut written, &mut again] {
            let started = Instant::now();
            for batch in candles.chunks(BATCH) {
                store.save_candles(batch).await.unwrap();
            }
            rates.push(started.elapsed());
        }
    }
    let rows = size.written_rows;
    let written = median(&mut written);
    println!("  {rows} one-minute candles of one token, batches of {BATCH}");
    println!(
        "       new rows:        {:>8} rows/s",
        per_second(rows, written)
    );
    println!(
        "       the same again:  {:>8} rows/s",
        per_second(rows, median(&mut again))
    );
    if let Some(copy) = copy {
        let copied = median(&mut copied);
        println!(
            "       {}: {:>8} rows/s; the batch writer reaches {:.2} of it",
            copy.how(),
            per_second(rows, copied),
            copied.as_secs_f64() / written.as_secs_f64()
        );
    }
}

/// The yardstick: PostgreSQL's own way of loading rows.
struct Copy {
    psql_url: String,
    store_url: String,
    file: std::path::PathBuf,
}

const COLUMNS: &str = "token, source, period, open_time, open, high, low, close, volume_usd, \
    trades, sources, minutes, kind, revision";

impl Copy {
    fn has_psql() -> bool {
        Command::new("psql").arg("--version").output().is_ok()
    }

    fn how(&self) -> &'static str {
        if Self::has_psql() {
            "psql's \\copy   "
        } else {
            "copy (no psql) "
        }
    }

    /// Loads the rows, whose partitions are made before, and returns how long the copy took.
    async fn run(&self, candles: &[Candle]) -> Duration {
        let mut text = String::new();
        for Candle { series, bar } in candles {
            writeln!(
                text,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                series.token,
                series.source,
                series.interval.as_str(),
                bar.open_time,
                bar.open,
                bar.high,
                bar.low,
                bar.close,
                bar.volume_usd,
                bar.trades.unwrap(),
                bar.sources,
                bar.minutes,
                bar.kind.as_str(),
                bar.revision
            )
            .unwrap();
        }
        // One row of each month through the store: it makes the partitions, and is taken out again.
        let store = open(&self.store_url.parse().unwrap()).await.unwrap();
        let sparse: Vec<_> = candles.iter().step_by(20 * 1_440).cloned().collect();
        store.save_candles(&sparse).await.unwrap();
        store
            .save_candles(&candles[candles.len() - 1..])
            .await
            .unwrap();
        let mut direct = PgConnection::connect(&self.store_url).await.unwrap();
        let clear = format!(
            "delete from candle where token = '{}'",
            candles[0].series.token
        );
        raw_sql(AssertSqlSafe(clear))
            .execute(&mut direct)
            .await
            .unwrap();
        if Self::has_psql() {
            std::fs::write(&self.file, &text).unwrap();
            let copy = format!("\\copy candle ({COLUMNS}) from '{}'", self.file.display());
            let started = Instant::now();
            let done = Command::new("psql")
                .args(["--no-psqlrc", "--quiet", "--command", &copy, &self.psql_url])
                .status()
                .unwrap();
            assert!(done.success());
            started.elapsed()
        } else {
            let started = Instant::now();
            let statement = format!("copy candle ({COLUMNS}) from stdin");
            let mut copy = direct.copy_in_raw(&statement).await.unwrap();
            copy.send(text.into_bytes()).await.unwrap();
            copy.finish().await.unwrap();
            started.elapsed()
        }
    }
}

fn id(name: &str) -> TokenId {
    TokenId::new(name).unwrap()
}

fn token(name: &str) -> Token {
    Token {
        id: id(name),
        symbol: "TKN".parse().unwrap(),
        name: name.to_owned(),
        kind: TokenKind::Crypto,
        rank: 1,
        contracts: Vec::new(),
    }
}

fn at(unix_s: i64) -> Timestamp {
    Timestamp::from_unix_s(unix_s).unwrap()
}

/// A number that looks like chance, the same in every run.
fn noise(seed: i64) -> u64 {
    let mut value = seed.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^= value >> 29;
    value = value.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value ^ (value >> 32)
}

/// A price near 60,000 with two places.
fn price(seed: i64) -> Price {
    let cents = 6_000_000 + i64::try_from(noise(seed) % 100_000).unwrap();
    Price::new(Decimal::new(cents, 2))
}

fn candle(series: &Series, open_time_s: i64) -> Candle {
    let trades = noise(open_time_s) % 5_000;
    let volume = Decimal::new(
        i64::try_from(noise(open_time_s + 9) % 1_000_000_000_000).unwrap(),
        8,
    );
    Candle {
        series: series.clone(),
        bar: Bar {
            open_time: at(open_time_s),
            open: price(open_time_s + 1),
            high: price(open_time_s + 2),
            low: price(open_time_s + 3),
            close: price(open_time_s + 4),
            confidence: Some(Price::new(Decimal::new(1_275, 2))),
            volume_usd: Quantity::new(volume).unwrap(),
            trades: Some(trades),
            sources: 15,
            minutes: series.interval.minutes(),
            kind: CandleKind::Traded,
            revision: 0,
        },
    }
}

fn minutes(token: &str, rows: i64) -> Vec<Candle> {
    let series = Series::index(id(token), Interval::Minute);
    (0..rows)
        .map(|minute| candle(&series, FIRST_S + minute * 60))
        .collect()
}

/// Saves the candles from day `from` to before day `until`, and returns how many that are.
async fn load(store: &Arc<dyn Store>, series: &Series, from: i64, until: i64) -> i64 {
    let step = i64::from(series.interval.minutes()) * 60;
    let (mut next, end) = (FIRST_S + from * DAY_S, FIRST_S + until * DAY_S);
    let mut rows = 0;
    while next < end {
        let opens = (0..BATCH as i64).map(|row| next + row * step);
        let batch: Vec<_> = opens
            .take_while(|open| *open < end)
            .map(|open| candle(series, open))
            .collect();
        store.save_candles(&batch).await.unwrap();
        rows += batch.len() as i64;
        next += BATCH as i64 * step;
    }
    rows
}

async fn read_times(
    store: &dyn Store,
    series: &Series,
    days: i64,
    reads: u64,
    hours: u64,
) -> String {
    read(store, series, days, READ_DAYS.min(days), reads, hours).await
}

async fn read_minutes(store: &dyn Store, series: &Series, days: i64, reads: u64) -> String {
    read(store, series, days, 1, reads, 0).await
}

/// Reads `span` days of bars `reads` times, each time from another day. Joins them to windows of so many
/// hours, as a chart does; 1 and 0 leave them as they are.
async fn read(
    store: &dyn Store,
    series: &Series,
    days: i64,
    span: i64,
    reads: u64,
    hours: u64,
) -> String {
    let mut times = Vec::new();
    let mut bars = 0;
    for number in 0..reads {
        let chance = noise(i64::try_from(number).unwrap() + 77);
        let day = i64::try_from(chance % (days - span + 1).unsigned_abs()).unwrap();
        let from = at(FIRST_S + day * DAY_S);
        let until = at(FIRST_S + (day + span) * DAY_S);
        let started = Instant::now();
        let read = store.candles(series, from, until, 10_000).await.unwrap();
        bars = if hours > 1 {
            let step = Duration::from_secs(hours * 3_600);
            windows(&read, series.interval, from, step, until, until).len()
        } else {
            read.len()
        };
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let per_cent = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
    format!(
        "p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms ({bars} bars, {reads} reads)",
        per_cent(50),
        per_cent(95),
        per_cent(99)
    )
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn per_second(rows: i64, time: Duration) -> u64 {
    let micros = u64::try_from(time.as_micros()).unwrap().max(1);
    rows.unsigned_abs() * 1_000_000 / micros
}
