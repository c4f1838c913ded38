//! Charts: from typed candles to the ECharts option, and the same option as SVG and PNG.
//!
//! [`chart_option`] and [`compare_option`] build an option once, with charming. It serves twice: as JSON for
//! ECharts in the browser, and for [`svg`], which draws it natively in about a millisecond; [`png`] makes a
//! raster of that. The renderer implements the options built here and refuses others with the place of what
//! it does not know. `tests/oracle.rs` holds it against ECharts itself in Node. [`sparkline_path`],
//! [`sparkline_svg`] and [`badge_svg`] are small pictures without an option.
//!
//! Pure functions of their arguments: no clock, no I/O, no fonts of the system. Names may be anything, they
//! are cleaned, cut and escaped here; prices may be anything a decimal holds, [`price_label`] keeps them
//! legible. `crates/service` calls this and is the only one who does.
//!
//! # The option
//! - Pane 0 (grid, x axis, y axis) is prices, pane 1 volumes. The y axis 2, hidden, from 0 to 1 over the
//!   price pane, carries hatching and marks. Both x axes are `time` in UTC, from half a bar before the first
//!   opening to half a bar after the last: a bar is centred on its opening time.
//! - Series, each with an id and rows that begin with the time in milliseconds: `gaps` (what was not seen,
//!   hatched; empty without any), `band-low` and `band` (the confidence band, stacked; only where known),
//!   `price` (candles `[t, open, close, low, high, volume, sources, kind]`, or a line
//!   `[t, close, open, low, high, volume, sources, kind]`; the kind's place in `CandleKind::ALL`),
//!   `repaired` (a mark at the pane's foot), `volume-up` and `volume-down`. Newer rows are merged by id and
//!   time. A comparison has `line-0` to `line-4`.
//! - Where ECharts needs a function there is a marker: [`PRICE_FORMATTER`], [`PERCENT_FORMATTER`] and
//!   [`READ_OUT`]. `frontend/chart/format.js` has the functions.

mod badge;
mod draw;
mod error;
mod input;
mod label;
mod metrics;
mod option;
mod palette;
mod png;
mod scale;
mod sparkline;
mod spec;
mod text;

pub use badge::badge_svg;
pub use draw::svg;
pub use error::DrawError;
pub use input::{Badge, Canvas, ChartData, CompareData, CompareLine};
pub use label::{PERCENT_FORMATTER, PRICE_FORMATTER, percent_label, price_label};
pub use option::{LogAxis, READ_OUT, chart_option, compare_option, log_axis};
pub use palette::Palette;
pub use png::png;
pub use sparkline::{sparkline_path, sparkline_svg};
pub use text::letter_widths;
