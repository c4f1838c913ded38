//! Small values of the option: lengths, dashes, and words that must be one thing.

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// A length in pixels or in per cent of the container's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    Px(f64),
    /// 100 is all of it.
    Percent(f64),
}

impl Length {
    /// In pixels.
    pub(crate) fn of(self, container: f64) -> f64 {
        match self {
            Self::Px(length) => length,
            Self::Percent(share) => share / 100.0 * container,
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Length;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("pixels, or per cent such as \"26%\"")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Length, E> {
                Ok(Length::Px(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Length, E> {
                u32::try_from(value)
                    .map(|value| Length::Px(f64::from(value)))
                    .map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                let share = text.strip_suffix('%').and_then(|share| share.parse().ok());
                share
                    .map(Length::Percent)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// How a line is broken.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Dash {
    #[default]
    Solid,
    /// Lengths of strokes and gaps in pixels.
    Lengths(Vec<f64>),
}

impl<'de> Deserialize<'de> for Dash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Dash;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"solid\" or lengths in pixels")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Dash, E> {
                match text {
                    "solid" => Ok(Dash::Solid),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Dash, A::Error> {
                let mut lengths = Vec::new();
                while let Some(length) = parts.next_element()? {
                    lengths.push(length);
                }
                Ok(Dash::Lengths(lengths))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

macro_rules! only {
    ($(#[$doc:meta])* $name:ident = $value:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "bool")]
        pub(crate) struct $name;

        impl TryFrom<bool> for $name {
            type Error = &'static str;

            fn try_from(value: bool) -> Result<Self, Self::Error> {
                if value == $value { Ok(Self) } else { Err(concat!("must be ", stringify!($value))) }
            }
        }
    };
}

only! {
    /// A switch that must be on.
    Yes = true
}
only! {
    /// A switch that must be off.
    No = false
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident = $($variant:ident)|+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) enum $name { $($variant),+ }
    };
}

word! {
    /// The only way of laying out a grid.
    Bounds = None
}
word! {
    /// The only place of a price axis.
    AxisSide = Right
}
word! {
    /// The only kind of a time axis.
    TimeKind = Time
}
word! {
    /// A symbol of a line or of a mark's ends.
    Symbol = None | Circle
}
word! {
    /// The only symbol of a scatter.
    ScatterSymbol = Rect
}
word! {
    /// The only place of a mark's label.
    LabelPlace = End
}
word! {
    /// The only icon of a legend.
    Icon = RoundRect
}
word! {
    /// The only foot of an area.
    Origin = Start
}
word! {
    /// The only way of stacking.
    Stacking = All
}
