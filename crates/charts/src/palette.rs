//! The colours of a picture: the page's own variables, or hex values for a picture that stands alone.
//!
//! The hex values are the OKLCH tokens of `style/primitives.css` in sRGB; a test computes them again.

use parallax::picture::Theme;

/// Where a picture's colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Palette {
    /// CSS variables (`var(--price-up)`): for SVG inside our pages, which then follows theme and
    /// colour-blind setting. In the browser's option the script replaces them by computed colours.
    Page,
    /// Hex colours on a light ground.
    Light,
    /// Hex colours on a dark ground.
    Dark,
}

impl From<Theme> for Palette {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self::Light,
            Theme::Dark => Self::Dark,
        }
    }
}

/// One colour for each thing that is drawn.
#[derive(Debug)]
pub(crate) struct Colours {
    /// Behind everything; `transparent` within a page.
    pub(crate) ground: &'static str,
    /// The box of the read-out.
    pub(crate) surface: &'static str,
    /// Grid lines and frames.
    pub(crate) border: &'static str,
    /// Titles.
    pub(crate) foreground: &'static str,
    /// Labels, hatching, marks.
    pub(crate) muted: &'static str,
    /// Lines and the confidence band.
    pub(crate) accent: &'static str,
    /// Closed above its opening.
    pub(crate) up: &'static str,
    /// Closed below its opening.
    pub(crate) down: &'static str,
    /// Text on `up` and `down`.
    pub(crate) on_price: &'static str,
    /// The lines of a comparison, in their order.
    pub(crate) lines: [&'static str; 5],
}

const PAGE: Colours = Colours {
    ground: "transparent",
    surface: "var(--surface)",
    border: "var(--border)",
    foreground: "var(--foreground)",
    muted: "var(--muted)",
    accent: "var(--accent)",
    up: "var(--price-up)",
    down: "var(--price-down)",
    on_price: "var(--on-accent)",
    lines: [
        "var(--series-1,#009edb)",
        "var(--series-2,#d27830)",
        "var(--series-3,#ac78d2)",
        "var(--series-4,#47aa62)",
        "var(--series-5,#d56a8f)",
    ],
};

const LIGHT: Colours = Colours {
    ground: "#ffffff",
    surface: "#ffffff",
    border: "#dcdee2",
    foreground: "#171b22",
    muted: "#595e66",
    accent: "#00708e",
    up: "#007f4e",
    down: "#c52b30",
    on_price: "#ffffff",
    lines: ["#007cbb", "#aa5910", "#8c54b2", "#05893e", "#b4446e"],
};

const DARK: Colours = Colours {
    ground: "#15181f",
    surface: "#15181f",
    border: "#2a2e35",
    foreground: "#eceff2",
    muted: "#9fa5ae",
    accent: "#43d5dc",
    up: "#43dd9a",
    down: "#fd736d",
    on_price: "#0c1015",
    lines: ["#61c3f9", "#f2a26a", "#cfa1f1", "#7ccd8e", "#f696b4"],
};

impl Palette {
    /// Its colours.
    pub(crate) const fn colours(self) -> &'static Colours {
        match self {
            Self::Page => &PAGE,
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }

    /// Whether the picture stands alone, and so needs its own title and ground.
    pub(crate) const fn is_standalone(self) -> bool {
        !matches!(self, Self::Page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A colour of `style/primitives.css` in sRGB, by the definition of Oklab.
    fn hex(lightness: f64, chroma: f64, hue: f64) -> String {
        let (sin, cos) = hue.to_radians().sin_cos();
        let (a, b) = (chroma * cos, chroma * sin);
        let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        let channels = [
            4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
        ];
        let channels = channels.map(|linear| {
            let linear = linear.clamp(0.0, 1.0);
            let light = if linear <= 0.003_130_8 {
                12.92 * linear
            } else {
                1.055 * linear.powf(1.0 / 2.4) - 0.055
            };
            format!("{:02x}", (light * 255.0).round() as u8)
        });
        format!("#{}", channels.concat())
    }

    #[test]
    fn hex_colours_are_the_pages_own() {
        for (found, (lightness, chroma, hue)) in [
            (LIGHT.border, (0.90, 0.006, 260.0)),
            (LIGHT.foreground, (0.22, 0.015, 260.0)),
            (LIGHT.muted, (0.48, 0.015, 260.0)),
            (LIGHT.accent, (0.50, 0.11, 220.0)),
            (LIGHT.up, (0.52, 0.13, 160.0)),
            (LIGHT.down, (0.54, 0.19, 25.0)),
            (DARK.ground, (0.21, 0.014, 260.0)),
            (DARK.border, (0.30, 0.014, 260.0)),
            (DARK.foreground, (0.95, 0.005, 260.0)),
            (DARK.muted, (0.72, 0.015, 260.0)),
            (DARK.accent, (0.80, 0.12, 200.0)),
            (DARK.up, (0.80, 0.16, 160.0)),
            (DARK.down, (0.72, 0.17, 25.0)),
        ] {
            assert_eq!(found, hex(lightness, chroma, hue));
        }
    }

    /// The contrast of two hex colours by WCAG.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |hex: &str| {
            let channel = |at: usize| {
                let text = hex.get(at..at + 2).unwrap_or_default();
                let value = f64::from(u8::from_str_radix(text, 16).unwrap_or_default()) / 255.0;
                if value <= 0.040_45 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn everything_written_meets_wcag_aa() {
        for colours in [&LIGHT, &DARK] {
            let inks = [colours.foreground, colours.muted, colours.up, colours.down];
            for ink in inks.iter().chain(&colours.lines) {
                assert!(
                    contrast(ink, colours.ground) >= 4.5,
                    "{ink} on {}",
                    colours.ground
                );
            }
            assert!(contrast(colours.on_price, colours.up) >= 4.5);
            assert!(contrast(colours.on_price, colours.down) >= 4.5);
            assert!(contrast(colours.on_price, colours.accent) >= 4.5);
        }
    }
}
