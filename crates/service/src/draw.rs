//! Pictures of what `picture.rs` and `compare.rs` have read, drawn by `crates/charts`: which titles and
//! descriptions they carry, and what a badge and a sparkline say. Nothing is drawn or read from the store
//! anywhere else.

use parallax::Decimal;
use parallax::index::Status;
use parallax::picture::{ChartKind, Scale};
use parallax::time::Timestamp;
use parallax::token::{Token, TokenId};
use parallax::view::TREND_SIZE;
use parallax_charts::{
    Badge, Canvas, ChartData, CompareData, CompareLine, DrawError, Palette, badge_svg,
    chart_option, compare_option, sparkline_path, sparkline_svg,
};
use parallax_pricing::candles::join;
use serde_json::Value;

use crate::Service;
use crate::compare::Comparison;
use crate::error::ServiceError;
use crate::picture::Picture;

/// Width and height of the picture on a page's wide screens, in CSS pixels.
const WIDE: (u32, u32) = (1_100, 460);
/// The same on narrow ones.
const NARROW: (u32, u32) = (390, 340);
/// A narrower picture has fewer labels.
const NARROW_BELOW: u32 = 600;

/// How a picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How prices are drawn.
    pub kind: ChartKind,
    /// The price axis.
    pub scale: Scale,
    /// The colours.
    pub palette: Palette,
    /// Whether there is little room for labels.
    pub is_narrow: bool,
}

impl Look {
    /// The default as pages show it on wide screens.
    #[must_use]
    pub fn page() -> Self {
        Self {
            kind: ChartKind::default(),
            scale: Scale::default(),
            palette: Palette::Page,
            is_narrow: false,
        }
    }

    /// The same for a picture of this width.
    #[must_use]
    pub const fn of_width(self, width: u32) -> Self {
        Self {
            is_narrow: width < NARROW_BELOW,
            ..self
        }
    }
}

impl Picture {
    /// What it shows in a few words: `Bitcoin (BTC)`.
    #[must_use]
    pub fn title(&self) -> String {
        named(&self.token)
    }

    /// What it shows in a sentence, with the figures that a reader cannot see otherwise.
    #[must_use]
    pub fn description(&self) -> String {
        let code = &self.currency.code;
        let bars = self.windows.iter().filter_map(|window| window.bar.as_ref());
        let (from, until) = (minute(self.from), minute(self.until.min(self.now)));
        let span = format!("{from} to {until} UTC, {} per bar", self.step);
        let Some(all) = bars
            .cloned()
            .reduce(|earlier, later| join(&earlier, &later))
        else {
            return format!("No price of {} is held from {span}.", named(&self.token));
        };
        format!(
            "Price of {} in {code} from {span}. Opened at {}, lowest {}, highest {}, last {}.",
            named(&self.token),
            all.open,
            all.low,
            all.high,
            all.close
        )
    }

    /// The chart as ECharts' option.
    #[must_use]
    pub fn option(&self, look: Look) -> Value {
        chart_option(&ChartData {
            title: &self.title(),
            unit: &self.currency.code,
            step: self.step,
            from: self.from,
            until: self.until,
            windows: &self.windows,
            last: self.last,
            kind: look.kind,
            scale: look.scale,
            palette: look.palette,
            is_narrow: look.is_narrow,
        })
    }

    /// The chart as SVG.
    ///
    /// # Errors
    /// [`ServiceError::Undrawn`], which is a fault of the program.
    pub fn svg(&self, look: Look, size: (u32, u32)) -> Result<String, ServiceError> {
        draw(&self.option(look), size, &self.title(), &self.description())
    }
}

impl Comparison {
    /// What it shows in a few words.
    #[must_use]
    pub fn title(&self) -> String {
        let symbols: Vec<_> = self
            .lines
            .iter()
            .map(|line| line.token.symbol.as_str())
            .collect();
        format!("{} compared", symbols.join(", "))
    }

    /// What it shows in a sentence.
    #[must_use]
    pub fn description(&self) -> String {
        let (from, until) = (minute(self.from), minute(self.until.min(self.now)));
        let changes: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let change = line
                    .change_pct
                    .map_or_else(|| "unknown".to_owned(), |change| format!("{change:+} %"));
                format!("{} {change}", named(&line.token))
            })
            .collect();
        format!(
            "Change of price from {from} to {until} UTC: {}.",
            changes.join(", ")
        )
    }

    /// The comparison as ECharts' option.
    #[must_use]
    pub fn option(&self, look: Look) -> Value {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| CompareLine {
                name: line.token.symbol.as_str(),
                points: line.points.clone(),
            })
            .collect();
        compare_option(&CompareData {
            from: self.from,
            until: self.until,
            step: self.step,
            lines: &lines,
            palette: look.palette,
            is_narrow: look.is_narrow,
        })
    }

    /// The comparison as SVG.
    ///
    /// # Errors
    /// [`ServiceError::Undrawn`], which is a fault of the program.
    pub fn svg(&self, look: Look, size: (u32, u32)) -> Result<String, ServiceError> {
        draw(&self.option(look), size, &self.title(), &self.description())
    }
}

impl Service {
    /// The last seven days as the path of a table's row.
    pub(crate) fn trend(&self, token: &TokenId) -> Option<String> {
        let (width, height) = TREND_SIZE;
        sparkline_path(&self.inner.board.trend(token)?, width, height)
    }

    /// A token's price as a small picture.
    ///
    /// # Errors
    /// Those of [`Service::find`] and [`Service::currency`].
    pub fn badge(
        &self,
        asked: &str,
        currency: Option<&str>,
        palette: Palette,
    ) -> Result<String, ServiceError> {
        let token = self.find(asked)?;
        let currency = self.currency(currency)?;
        let summary = self.summary(&token.id);
        let price = summary
            .price
            .and_then(|price| currency.convert(price.get()));
        let status = summary.status.max(currency.status);
        let value = price.map_or_else(
            || "no price".to_owned(),
            |price| format!("{} {}", label(price), currency.code),
        );
        Ok(badge_svg(&Badge {
            label: token.symbol.as_str(),
            value: &value,
            // A change is against US dollars; in another currency it would be another one.
            change_pct: summary.change_24h_pct.filter(|_| currency.token.is_none()),
            status: (status != Status::Live).then(|| word(status)),
            palette,
        }))
    }

    /// A token's last seven days as a small picture.
    ///
    /// # Errors
    /// Those of [`Service::find`]; [`ServiceError::Undrawn`], which is a fault of the program.
    pub fn sparkline(
        &self,
        asked: &str,
        (width, height): (u32, u32),
        palette: Palette,
    ) -> Result<String, ServiceError> {
        let token = self.find(asked)?;
        let closes = self.inner.board.trend(&token.id);
        let closes = closes.as_deref().unwrap_or_default();
        let mut known = closes.iter().flatten();
        let first = known.next();
        let description = match first.zip(known.next_back()) {
            Some((first, last)) => format!(
                "Price of {} in USD over the last seven days: from {first} to {last}.",
                named(&token)
            ),
            None => format!(
                "No price of {} over the last seven days is held.",
                named(&token)
            ),
        };
        let canvas = Canvas {
            width,
            height,
            title: &format!("{}, 7 days", named(&token)),
            description: &description,
        };
        sparkline_svg(closes, &canvas, palette).map_err(|error| undrawn(&error))
    }
}

/// An SVG as PNG, pixel for pixel. Takes some milliseconds of computing.
///
/// # Errors
/// [`ServiceError::Undrawn`], which is a fault of the program.
pub fn png(svg: &str) -> Result<Vec<u8>, ServiceError> {
    parallax_charts::png(svg).map_err(|error| undrawn(&error))
}

/// The wide and the narrow picture of a page, each drawn by `svg` for its look and its size.
pub(crate) fn both(
    look: Look,
    svg: impl Fn(Look, (u32, u32)) -> Result<String, ServiceError>,
) -> Result<(String, String), ServiceError> {
    let of = |size: (u32, u32)| svg(look.of_width(size.0), size);
    Ok((of(WIDE)?, of(NARROW)?))
}

fn draw(
    option: &Value,
    (width, height): (u32, u32),
    title: &str,
    description: &str,
) -> Result<String, ServiceError> {
    let canvas = Canvas {
        width,
        height,
        title,
        description,
    };
    parallax_charts::svg(option, &canvas).map_err(|error| undrawn(&error))
}

fn undrawn(error: &DrawError) -> ServiceError {
    tracing::error!(error = %error, "a picture could not be drawn");
    ServiceError::Undrawn
}

fn named(token: &Token) -> String {
    format!("{} ({})", token.name, token.symbol)
}

/// `2026-11-22 00:50`.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.get(.."2026-11-22T00:50".len()).unwrap_or(&text);
    text.replace('T', " ")
}

/// Few enough digits for a badge.
fn label(price: Decimal) -> String {
    // The last step to a picture: the digits that are lost are not written.
    price
        .to_string()
        .parse()
        .map_or_else(|_| price.to_string(), parallax_charts::price_label)
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::NoQuorum => "no quorum",
        Status::Manual => "set by hand",
        other => other.as_str(),
    }
}
