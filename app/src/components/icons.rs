//! The few icons, drawn here on a grid of 16, and the mark of Parallax: two viewpoints, one point.

use leptos::prelude::*;

use crate::dynamic::text;
use crate::erase::Erase;

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconShape {
    /// Two bars.
    Pause,
    /// A triangle.
    Play,
    /// A half-filled disc.
    Theme,
    /// Sliders.
    Settings,
    /// A keyboard.
    Keys,
    /// A magnifying glass.
    Search,
    /// An arrow back.
    Back,
    /// A star.
    Star,
    /// A cross: removes something.
    Remove,
    /// Two sheets.
    Copy,
    /// A tick.
    Done,
    /// Four corners.
    FullScreen,
    /// A plus.
    ZoomIn,
    /// A minus.
    ZoomOut,
    /// An arrow to a bar: the newest.
    Latest,
}

impl IconShape {
    /// Its outline, as the `d` of a path on a grid of 16.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Pause => "M5 3v10M11 3v10",
            Self::Play => "M5 3l7 5l-7 5z",
            Self::Theme => "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 2v12M8 5h4M8 8h6M8 11h4",
            Self::Settings => "M2 5h7M13 5h1M9 3v4h4v-4zM2 11h1M7 11h7M3 9v4h4v-4z",
            Self::Keys => "M2 4h12v8h-12zM4.5 7h1M7.5 7h1M10.5 7h1M5 10h6",
            Self::Search => "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.5 10.5l3.5 3.5",
            Self::Star => "M8 2l1.8 3.8l4.2.5l-3.1 2.9l.8 4.1L8 11.3l-3.7 2l.8-4.1L2 6.3l4.2-.5z",
            Self::Remove => "M4 4l8 8M12 4l-8 8",
            Self::Copy => "M6 6h7v7h-7zM10 6V3h-7v7h3",
            Self::Done => "M3 8.5l3.5 3.5l6.5-8",
            Self::FullScreen => "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
            Self::ZoomIn => "M8 3.5v9M3.5 8h9",
            Self::ZoomOut => "M3.5 8h9",
            Self::Latest => "M3 8h7M7 4.5l3.5 3.5L7 11.5M13 3.5v9",
            Self::Back => "M13 8h-10M7 4l-4 4l4 4",
        }
    }
}

/// An icon beside or instead of words; never the only name of a control.
#[component]
pub fn Icon(
    /// Which one.
    #[prop(into)]
    shape: Signal<IconShape>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=text(move || shape.get().path())></path>
        </svg>
    }
    .erase()
}

/// The mark: two lines of sight that meet in one point.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <path class="logo-sight" d="M4 20L12 6L20 20"></path>
            <path class="logo-base" d="M2.5 20h3M18.5 20h3"></path>
            <circle class="logo-point" cx="12" cy="6" r="3"></circle>
        </svg>
    }
    .erase()
}
