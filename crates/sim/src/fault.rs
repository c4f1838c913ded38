//! What can go wrong on a simulated exchange, and scripts of it.
//!
//! Owns the names of faults and when a script starts them. `fault_board` knows which are in force.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::SimError;

/// A way an exchange misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// All connections are cut, without a close frame. Happens once; has no duration and no market.
    Disconnect,
    /// Sockets stay open and nothing is sent: no data, no keep-alive, no answer, no pong. With a market:
    /// the same as [`FaultKind::Silence`].
    Stall,
    /// No market data; keep-alives and answers go on.
    Silence,
    /// Every frame is cut in half.
    Malformed,
    /// Bid, ask and trades at a thousand times the price.
    #[serde(rename = "price_1000x")]
    Price1000x,
    /// The bid is 20 basis points above the ask.
    Crossed,
    /// Every frame is sent twice.
    Duplicate,
    /// Frames are sent in pairs, the newer one first.
    OutOfOrder,
    /// New connections get status 503. Those that exist go on. Has no market.
    Refuse,
    /// The exchange announces that it will close, and closes all connections when the duration is over
    /// (Binance only). Has no market.
    PlannedDisconnect,
    /// The exchange shows the market as halted: bid and ask of zero with a time of 1970 (Kraken only).
    Halted,
    /// HTTP: every request gets 429, with `Retry-After` until the fault is over.
    TooManyRequests,
    /// HTTP: every request gets 418, with `Retry-After` until the fault is over.
    Banned,
    /// HTTP: every request gets 500.
    ServerError,
    /// HTTP: requests are answered only when the fault is over.
    Slow,
    /// HTTP: historic candles come without rows (exchanges only).
    Empty,
    /// The gateway finds no indexer that can answer (thegraph only, as all below).
    BadIndexers,
    /// The subgraph has failed.
    IndexingError,
    /// The key is good no more.
    AuthError,
    /// A page of HTML with status 502, from a proxy in front of the gateway.
    #[serde(rename = "html_502")]
    Html502,
    /// Answers are whole, and say that their data are wrong.
    HasIndexingErrors,
    /// Answers are of a block 40 minutes old.
    LaggingBlock,
    /// The subgraph has a price for nothing and writes zeros.
    ZeroPrices,
}

impl FaultKind {
    /// Whether it happens to HTTP requests, of exchanges and of gateways.
    pub(crate) const fn is_of_http(self) -> bool {
        matches!(
            self,
            Self::TooManyRequests | Self::Banned | Self::ServerError | Self::Slow | Self::Refuse
        )
    }

    /// Whether it happens to the gateway of The Graph only.
    pub(crate) const fn is_of_gateways(self) -> bool {
        matches!(
            self,
            Self::BadIndexers
                | Self::IndexingError
                | Self::AuthError
                | Self::Html502
                | Self::HasIndexingErrors
                | Self::LaggingBlock
                | Self::ZeroPrices
        )
    }

    /// Whether the fault is about connections or requests and cannot name a market.
    pub(crate) const fn concerns_connections(self) -> bool {
        matches!(
            self,
            Self::Disconnect | Self::PlannedDisconnect | Self::Empty
        ) || self.is_of_http()
    }
}

/// One fault, to start now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The venue's id, such as `kraken`.
    pub venue: String,
    /// The market by the exchange's own name, such as `BTC/USD`; all markets when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// For how long, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
}

/// A fault in a script.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at_ms: u64,
    venue: String,
    market: Option<String>,
    kind: FaultKind,
    #[serde(default)]
    duration_ms: u64,
}

/// When which faults start.
///
/// As TOML: `repeat_ms` (optional: the script starts over after that long) and one `[[fault]]` for each,
/// with `at_ms` (since the start of the simulator), `venue`, `kind`, and optionally `market` and
/// `duration_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Start and fault, in order of the start.
    entries: Vec<(Duration, Fault)>,
    repeat: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    repeat_ms: Option<u64>,
    #[serde(default)]
    fault: Vec<Entry>,
}

/// The programme of the demo: something is always about to be wrong somewhere, and never much.
const DEMO: &str = r#"
repeat_ms = 240000

[[fault]]
at_ms = 20000
venue = "kraken"
market = "ETH/USD"
kind = "crossed"
duration_ms = 20000

[[fault]]
at_ms = 80000
venue = "coinbase"
market = "SOL-USD"
kind = "price_1000x"
duration_ms = 15000

# Longer than a quote from Binance may be old.
[[fault]]
at_ms = 140000
venue = "binance"
market = "XRPUSDT"
kind = "silence"
duration_ms = 50000

[[fault]]
at_ms = 210000
venue = "kraken"
market = "DOGE/USD"
kind = "halted"
duration_ms = 15000
"#;

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`SimError::Script`] when the text is not one, [`SimError::Setting`] when it repeats before its
    /// last fault starts.
    pub fn parse(text: &str) -> Result<Self, SimError> {
        let file: File = toml::from_str(text)?;
        let mut entries: Vec<_> = file
            .fault
            .into_iter()
            .map(|entry| {
                let fault = Fault {
                    venue: entry.venue,
                    market: entry.market,
                    kind: entry.kind,
                    duration_ms: entry.duration_ms,
                };
                (Duration::from_millis(entry.at_ms), fault)
            })
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        let repeat = file.repeat_ms.map(Duration::from_millis);
        let last = entries.last().map(|(at, _)| *at);
        if repeat.is_some_and(|repeat| repeat.is_zero() || last.is_some_and(|last| repeat <= last))
        {
            return Err(SimError::Setting(
                "repeat_ms must be later than the start of every fault",
            ));
        }
        Ok(Self { entries, repeat })
    }

    /// The gentle programme that the demo runs: one market of one exchange at a time is crossed, far
    /// off, silent or halted.
    ///
    /// # Errors
    /// Never, as a test shows; it is read like any other script.
    pub fn demo() -> Result<Self, SimError> {
        Self::parse(DEMO)
    }

    /// All faults named in the script.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.entries.iter().map(|(_, fault)| fault)
    }

    /// Number `position` of the script and of its repetitions: when, since the start, and what.
    pub(crate) fn nth(&self, position: usize) -> Option<(Duration, &Fault)> {
        let round = position.checked_div(self.entries.len())?;
        let (at, fault) = self.entries.get(position % self.entries.len())?;
        let passed = match (round, self.repeat) {
            (0, _) => Duration::ZERO,
            (_, None) => return None,
            (round, Some(repeat)) => repeat.saturating_mul(u32::try_from(round).ok()?),
        };
        Some((passed + *at, fault))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_in_order_of_time_and_repeats() {
        let script = Script::parse(
            "repeat_ms = 100\n[[fault]]\nat_ms = 20\nvenue = \"kraken\"\nkind = \"halted\"\nmarket = \"BTC/USD\"\nduration_ms = 5\n\
             [[fault]]\nat_ms = 10\nvenue = \"binance\"\nkind = \"price_1000x\"\n",
        )
        .unwrap();
        let times: Vec<_> = (0..4)
            .map(|position| {
                let (at, fault) = script.nth(position).unwrap();
                (at.as_millis(), fault.kind)
            })
            .collect();
        let expected = [
            (10, FaultKind::Price1000x),
            (20, FaultKind::Halted),
            (110, FaultKind::Price1000x),
            (120, FaultKind::Halted),
        ];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_script_that_does_not_repeat_ends() {
        let script =
            Script::parse("[[fault]]\nat_ms = 0\nvenue = \"x\"\nkind = \"stall\"\n").unwrap();
        assert!(script.nth(0).is_some());
        assert!(script.nth(1).is_none());
        assert!(Script::default().nth(0).is_none());
    }

    #[test]
    fn mistakes_in_a_script_are_refused() {
        for wrong in [
            "[[fault]]\nat_ms = 0\nvenue = \"x\"\nkind = \"explode\"\n",
            "[[fault]]\nvenue = \"x\"\nkind = \"stall\"\n",
            "[[fault]]\nat_ms = 0\nvenue = \"x\"\nkind = \"stall\"\nextra = 1\n",
            "repeat_ms = 5\n[[fault]]\nat_ms = 5\nvenue = \"x\"\nkind = \"stall\"\n",
            "repeat_ms = 0\n",
        ] {
            assert!(Script::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_demo_programme_is_a_valid_script() {
        assert_eq!(Script::demo().unwrap().faults().count(), 4);
    }
}
