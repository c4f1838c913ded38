//! What a reader can ask of a chart: how far back, how long a bar, drawn how. Shared by the page's links,
//! the pictures at `/charts/…` and the picture's painter.
//!
//! Every choice is a word in an address (`range=7d&kind=line`), so that each works as a plain link.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::candle::Step;

/// Defines choices that are words in an address.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident: $what:literal { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in an address.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ChoiceError;

            fn from_str(text: &str) -> Result<Self, ChoiceError> {
                let known = Self::ALL.iter().find(|choice| choice.as_str() == text);
                known.copied().ok_or_else(|| ChoiceError {
                    what: $what,
                    allowed: Self::ALL.iter().map(|choice| choice.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

/// Why a word is not a choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be one of {allowed}")]
pub struct ChoiceError {
    /// The parameter.
    pub what: &'static str,
    /// The words it may be, separated by commas.
    pub allowed: String,
}

choices! {
    /// How far back a chart reaches from now.
    Range: "range" {
        /// One hour.
        Hour = "1h",
        /// Six hours.
        SixHours = "6h",
        /// 24 hours.
        Day = "24h",
        /// Seven days.
        #[default]
        Week = "7d",
        /// 30 days.
        Month = "30d",
        /// 90 days.
        Quarter = "90d",
        /// 365 days.
        Year = "1y",
        /// Everything held.
        Max = "max",
    }
}

impl Range {
    /// How long it is; `None` for everything held.
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        const HOUR: u64 = 3_600;
        let seconds = match self {
            Self::Hour => HOUR,
            Self::SixHours => 6 * HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
            Self::Quarter => 90 * 24 * HOUR,
            Self::Year => 365 * 24 * HOUR,
            Self::Max => return None,
        };
        Some(Duration::from_secs(seconds))
    }

    /// The length of a bar unless the reader names one: 60 to 365 bars. For [`Range::Max`] it depends on
    /// what is held, see [`Range::step_for`].
    #[must_use]
    pub const fn step(self) -> Step {
        match self {
            Self::Hour => Step::Minutes(1),
            Self::SixHours => Step::Minutes(5),
            Self::Day => Step::Minutes(15),
            Self::Week => Step::Hours(1),
            Self::Month => Step::Hours(4),
            Self::Quarter => Step::Hours(12),
            Self::Year | Self::Max => Step::Day,
        }
    }

    /// The length of a bar for a span, as [`Range::step`] gives it for the range of that length.
    #[must_use]
    pub fn step_for(span: Duration) -> Step {
        let fitting = Self::ALL
            .iter()
            .find(|range| range.duration().is_some_and(|length| span <= length));
        match fitting {
            Some(range) => range.step(),
            None if span <= Duration::from_secs(3 * 365 * 86_400) => Step::Day,
            None => Step::Week,
        }
    }
}

choices! {
    /// How prices are drawn.
    ChartKind: "kind" {
        /// Open, high, low and close.
        #[default]
        Candles = "candles",
        /// The closes, joined.
        Line = "line",
        /// The closes, joined, the area below them filled.
        Area = "area",
    }
}

choices! {
    /// The price axis.
    Scale: "scale" {
        /// Equal differences are equally far apart.
        #[default]
        Linear = "linear",
        /// Equal ratios are equally far apart.
        Log = "log",
    }
}

choices! {
    /// The colours of a picture that stands alone.
    Theme: "theme" {
        /// Dark on light.
        #[default]
        Light = "light",
        /// Light on dark.
        Dark = "dark",
    }
}

/// What a chart shows: the choices of its controls, each with a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChartChoice {
    /// How far back.
    pub range: Range,
    /// The length of a bar as written (`4h`); `None` for the range's own.
    pub interval: Option<String>,
    /// How it is drawn.
    pub kind: ChartKind,
    /// The price axis.
    pub scale: Scale,
    /// The currency's code in lower case (`eur`); `None` for US dollars.
    pub currency: Option<String>,
}

impl ChartChoice {
    /// The choices as an address' query without `?`, defaults left out; empty when all are.
    #[must_use]
    pub fn to_query(&self) -> String {
        let standard = Self::default();
        let mut parts = Vec::new();
        if self.range != standard.range {
            parts.push(format!("range={}", self.range));
        }
        if let Some(interval) = &self.interval {
            parts.push(format!("interval={interval}"));
        }
        if self.kind != standard.kind {
            parts.push(format!("kind={}", self.kind));
        }
        if self.scale != standard.scale {
            parts.push(format!("scale={}", self.scale));
        }
        if let Some(currency) = &self.currency {
            parts.push(format!("currency={currency}"));
        }
        parts.join("&")
    }

    /// Reads the choices of an address; `get` gives a parameter's value. What is not understood is the
    /// default: a page must not fail because of a mistyped link (the API is strict, `crates/api`).
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        fn word<T: FromStr + Default>(text: Option<String>) -> T {
            text.and_then(|text| text.parse().ok()).unwrap_or_default()
        }
        let interval = get("interval").filter(|text| text.parse::<Step>().is_ok());
        Self {
            range: word(get("range")),
            interval,
            kind: word(get("kind")),
            scale: word(get("scale")),
            currency: get("currency").and_then(|code| crate::table::currency_code(&code)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_its_own_address() {
        let choice = ChartChoice {
            range: Range::Month,
            interval: Some("8h".to_owned()),
            kind: ChartKind::Line,
            scale: Scale::Log,
            currency: Some("eur".to_owned()),
        };
        let query = choice.to_query();
        assert_eq!(
            query,
            "range=30d&interval=8h&kind=line&scale=log&currency=eur"
        );
        let get = |name: &str| {
            let pair = query
                .split('&')
                .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            pair.map(ToOwned::to_owned)
        };
        assert_eq!(ChartChoice::read(get), choice);
        assert_eq!(ChartChoice::default().to_query(), "");
    }

    #[test]
    fn what_is_not_understood_is_the_default() {
        let read = ChartChoice::read(|_| Some("\"><script>".to_owned()));
        assert_eq!(read, ChartChoice::default());
    }

    #[test]
    fn every_word_is_read_as_it_is_written_and_others_name_what_is_allowed() {
        for range in Range::ALL {
            assert_eq!(range.as_str().parse::<Range>().unwrap(), *range);
        }
        let error = "2h".parse::<Range>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "range must be one of 1h, 6h, 24h, 7d, 30d, 90d, 1y, max"
        );
    }

    #[test]
    fn a_range_has_at_most_some_hundred_bars_of_its_own_length() {
        for range in Range::ALL {
            if let Some(length) = range.duration() {
                let bars = length.as_secs() / range.step().duration().as_secs();
                assert!((60..=365).contains(&bars), "{range}: {bars}");
                assert_eq!(Range::step_for(length), range.step());
            }
        }
        assert_eq!(
            Range::step_for(Duration::from_secs(20 * 365 * 86_400)),
            Step::Week
        );
    }
}
