//! What a page or an API answer shows: the shapes that `crates/service` fills and readers receive.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::amount::{Price, text};
use crate::candle::Window;
use crate::connection::ConnectionReport;
use crate::currency::Currency;
use crate::fact::TokenFacts;
use crate::index::IndexPrice;
use crate::picture::{ChartChoice, Range};
use crate::stream::PriceSummary;
use crate::table::TableQuery;
use crate::time::Timestamp;
use crate::token::{Token, TokenId};

/// What every page says about the program and its sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct About {
    /// The program's version.
    pub version: String,
    /// The version of the price method (docs/METHOD.md).
    pub method: u16,
    /// Whether the prices come from the simulator. Every page must then say so plainly.
    pub simulated: bool,
    /// Exchanges with at least one live connection.
    pub venues_live: u32,
    /// Exchanges that are configured.
    pub venues_total: u32,
}

/// One row of `GET /api/v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRow {
    /// Who it is.
    pub token: Token,
    /// Its published state.
    pub price: PriceSummary,
}

/// One row of a page of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// Who it is.
    pub token: Token,
    /// Its published state, in USD.
    pub price: PriceSummary,
    /// The last seven days as the `d` of an SVG path in a box of [`TREND_SIZE`]; `None` until some hours
    /// are known.
    pub trend: Option<String>,
}

/// Width and height of the box of [`TableRow::trend`].
pub const TREND_SIZE: (u32, u32) = (96, 24);

/// A page of the table: what `/` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePage {
    /// About the program.
    pub about: About,
    /// The board's sequence number this page shows: a stream opened with it as `Last-Event-ID` continues
    /// without a gap.
    pub seq: u64,
    /// When it was read.
    pub at: Timestamp,
    /// What was asked; a page beyond the last is answered as the last.
    pub query: TableQuery,
    /// The rows, in the order asked for.
    pub rows: Vec<TableRow>,
    /// Rows on all pages together.
    pub found: u32,
    /// Tokens there are, found or not.
    pub total: u32,
    /// Pages, at least one.
    pub pages: u32,
    /// The currency to show prices in.
    pub currency: Currency,
    /// The currencies there are, US dollars first.
    pub currencies: Vec<Currency>,
}

/// A chart as the page shows it: `/tokens/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartView {
    /// The token.
    pub token: TokenId,
    /// The choices that were drawn.
    pub choice: ChartChoice,
    /// The length of a bar as written: `1h`.
    pub step: String,
    /// The first moment drawn.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
    /// The currency of the prices.
    pub currency: Currency,
    /// The picture for wide screens, SVG with colours by CSS variables. Empty when nothing is held.
    pub wide: String,
    /// The same for narrow ones.
    pub narrow: String,
    /// The newest bars, oldest first, for the table under the chart, in `currency`.
    pub windows: Vec<Window>,
    /// Bars drawn.
    pub bars: u32,
}

/// One token of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareRow {
    /// Who it is.
    pub token: Token,
    /// Its published state, in USD.
    pub price: PriceSummary,
    /// Its change over the range in per cent, two places; `None` without a price at the range's start.
    #[serde(with = "text::option")]
    pub change_pct: Option<Decimal>,
}

/// Several tokens' changes in one picture: `/compare`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareView {
    /// When it was read.
    pub at: Timestamp,
    /// The range that was drawn.
    pub range: Range,
    /// The first moment drawn: all lines are at 0 % there, or where they begin.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
    /// The tokens, in the order asked for, at most [`COMPARED`].
    pub rows: Vec<CompareRow>,
    /// What was asked for and is no token's id, or is one too many.
    pub refused: Vec<String>,
    /// The picture for wide screens, SVG with colours by CSS variables. Empty without tokens.
    pub wide: String,
    /// The same for narrow ones.
    pub narrow: String,
    /// Every token that can be compared, by rank.
    pub tokens: Vec<Token>,
}

/// The most tokens of a comparison.
pub const COMPARED: usize = 5;

/// One token with its explanation: `/tokens/{id}`, and with its last half hour `GET /api/v1/tokens/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenView {
    /// About the program.
    pub about: About,
    /// When it was read.
    pub at: Timestamp,
    /// Who it is.
    pub token: Token,
    /// Its published state.
    pub price: PriceSummary,
    /// The explanation: every constituent and every exclusion.
    pub index: Arc<IndexPrice>,
    /// What chains say about the token besides its price, by venue. Empty when nothing is known or the
    /// store could not be read.
    pub facts: Vec<TokenFacts>,
    /// The lowest and the highest price of the last 24 hours, in USD; `None` when no bar of them is held.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[Price; 2]>, min_items = 2, max_items = 2))]
    pub range_24h: Option<(Price, Price)>,
    /// The currencies there are, US dollars first.
    pub currencies: Vec<Currency>,
}

/// How the database is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreReport {
    /// `SQLite` or `PostgreSQL`.
    pub backend: String,
    /// Whether the last write succeeded.
    pub healthy: bool,
    /// The last successful write.
    pub last_write_at: Option<Timestamp>,
    /// Rows accepted but not yet written.
    pub pending_rows: u64,
    /// Rows given up because the buffer was full.
    pub dropped_rows: u64,
    /// Of the rows not yet written, those that wait in the spool on disk, because the database does not
    /// take them.
    pub spooled_rows: u64,
    /// Bytes the spool takes.
    pub spool_bytes: u64,
    /// Bytes the spool may take; then its oldest rows are given up.
    pub spool_limit_bytes: u64,
    /// The last failure, in words for the operator.
    pub last_error: Option<String>,
}

/// How the past is being completed from the venues' own history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackfillReport {
    /// Whether gaps are being repaired now.
    pub running: bool,
    /// Tokens still to be looked at in this round.
    pub tokens_left: u32,
    /// Bars written since the program started.
    pub bars: u64,
    /// When the last round ended.
    pub last_round_at: Option<Timestamp>,
    /// What went wrong last, in words for the operator, without secrets.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
}

/// Trades that came too late for their candle, since the program started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LateReport {
    /// Within the bound: they repaired their candle.
    pub repaired: u64,
    /// Beyond it: they are only counted.
    pub ignored: u64,
}

/// The state of everything: `/status` and `GET /api/v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusView {
    /// About the program.
    pub about: About,
    /// When it was read.
    pub at: Timestamp,
    /// When the program started.
    pub started_at: Timestamp,
    /// Every connection, by venue and number.
    pub connections: Vec<ConnectionReport>,
    /// The database.
    pub store: StoreReport,
    /// The past.
    pub backfill: BackfillReport,
    /// Trades that came too late.
    pub late: LateReport,
    /// Open streams.
    pub stream_clients: u64,
    /// Median time from a frame's receipt to its publication, in microseconds, over the last 1,024
    /// publications.
    pub tick_to_publish_us: Option<u64>,
}
