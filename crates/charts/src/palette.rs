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
