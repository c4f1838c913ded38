//! What a picture is made of: typed candles, lines and a canvas. Filled by `crates/service`.

use parallax::Decimal;
use parallax::amount::Price;
use parallax::candle::{Step, Window};
use parallax::picture::{ChartKind, Scale};
use parallax::time::Timestamp;

use crate::palette::Palette;

/// One token's chart.
#[derive(Debug, Clone)]
pub struct ChartData<'a> {
    /// Whose: `Bitcoin (BTC)`. Any text; it is cleaned and cut.
    pub title: &'a str,
    /// What prices and volumes are counted in: `USD`. Any text; it is cleaned and cut.
    pub unit: &'a str,
    /// The length of a bar.
    pub step: Step,
    /// The first moment drawn.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
    /// The bars, oldest first, prices and volume in `unit`, `bar: None` where nothing was seen. Windows
    /// that open outside `[from, until)` are left out. There should be one for each step, so that widths
    /// are even.
    pub windows: &'a [Window],
    /// The last price, drawn as a line with its label where it lies within the price axis.
    pub last: Option<Price>,
    /// How prices are drawn.
    pub kind: ChartKind,
    /// The price axis. On a log axis, bars with a price that is not positive are left out.
    pub scale: Scale,
    /// The colours.
    pub palette: Palette,
    /// For a canvas under about 560 px: fewer labels.
    pub is_narrow: bool,
}

/// Several tokens' changes.
#[derive(Debug, Clone)]
pub struct CompareData<'a> {
    /// The first moment drawn.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
    /// The distance between points.
    pub step: Step,
    /// The lines, at most five; further ones are left out.
    pub lines: &'a [CompareLine<'a>],
    /// The colours.
    pub palette: Palette,
    /// For a canvas under about 560 px: fewer labels.
    pub is_narrow: bool,
}

/// One line of a comparison.
#[derive(Debug, Clone)]
pub struct CompareLine<'a> {
    /// Whose: `Bitcoin`. Any text; it is cleaned and cut.
    pub name: &'a str,
    /// Changes in per cent since the line's start, oldest first; `None` where the price was not known.
    pub points: Vec<(Timestamp, Option<Decimal>)>,
}

/// What a picture is drawn on.
#[derive(Debug, Clone, Copy)]
pub struct Canvas<'a> {
    /// Width in pixels, within [`Canvas::SIZES`].
    pub width: u32,
    /// Height in pixels, within [`Canvas::SIZES`].
    pub height: u32,
    /// The picture's name for those who cannot see it, and its tooltip. Any text; it is cleaned and cut.
    pub title: &'a str,
    /// What it shows, in a sentence. Any text; it is cleaned and cut.
    pub description: &'a str,
}

impl Canvas<'_> {
    /// The least and the most pixels of width and height.
    pub const SIZES: (u32, u32) = (16, 4_096);
}

/// A small picture of a price: what a README shows.
#[derive(Debug, Clone)]
pub struct Badge<'a> {
    /// What is priced: `BTC`. Any text; it is cleaned and cut.
    pub label: &'a str,
    /// The price as text, with its currency: `62,145 USD`; `no quorum` where there is none.
    pub value: &'a str,
    /// The change over 24 hours in per cent, two places shown; `None` when it is not known.
    pub change_pct: Option<Decimal>,
    /// How far the price can be trusted, in a word, where it is not live: `stale`. The value is then grey.
    pub status: Option<&'a str>,
    /// The colours.
    pub palette: Palette,
}
