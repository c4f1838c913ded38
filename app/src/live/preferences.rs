//! The reader's choices, kept in the browser's storage and written on `<html>` for the styles.
//!
//! [`crate::shell::BOOT_SCRIPT`] applies the same keys before the first paint.

use leptos::prelude::*;

use super::health::Pace;

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All choices, in the order of the toggle.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value in storage and in `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The words beside the choice.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The one after this in the toggle.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The pair of colours for up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// Green up, red down.
    #[default]
    Standard,
    /// Blue up, orange down: told apart with every kind of colour vision.
    Safe,
    /// Red up, green down, as in East Asia.
    RedUp,
}

impl Colours {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Safe, Self::RedUp];

    /// The value in storage and in `data-colours`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Safe => "safe",
            Self::RedUp => "red-up",
        }
    }

    /// The words beside the choice.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Standard => "Green up",
            Self::Safe => "Blue up",
            Self::RedUp => "Red up",
        }
    }
}

/// The choices as signals, shared through the context.
#[derive(Debug, Clone, Copy)]
pub struct Preferences {
    /// Light or dark.
    pub theme: RwSignal<Theme>,
    /// Colours of up and down.
    pub colours: RwSignal<Colours>,
}

impl Preferences {
    /// The defaults, which are also what the server renders.
    #[must_use]
    pub fn new() -> Self {
        Self {
            theme: RwSignal::new(Theme::default()),
            colours: RwSignal::new(Colours::default()),
        }
    }

    /// Reads what the browser remembers and remembers every later choice. Call once, from an effect.
    pub fn start(self, pace: RwSignal<Pace>) {
        restore("theme", &Theme::ALL, Theme::as_str, self.theme);
        restore("colours", &Colours::ALL, Colours::as_str, self.colours);
        restore("pace", &Pace::ALL, Pace::as_str, pace);
        Effect::new(move |_| keep("theme", self.theme.get().as_str()));
        Effect::new(move |_| keep("colours", self.colours.get().as_str()));
        Effect::new(move |_| remember("pace", pace.get().as_str()));
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self::new()
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn restore<T: Copy + PartialEq + Send + Sync + 'static>(
    key: &str,
    choices: &[T],
    name: fn(T) -> &'static str,
    signal: RwSignal<T>,
) {
    let stored = stored(key);
    let choice = choices
        .iter()
        .copied()
        .find(|choice| stored.as_deref() == Some(name(*choice)));
    if let Some(choice) = choice {
        signal.set(choice);
    }
}

fn keep(key: &str, value: &str) {
    remember(key, value);
    if let Some(root) = document().document_element() {
        // Fails only for a name that is not allowed; these are.
        let _ = root.set_attribute(&format!("data-{key}"), value);
    }
}

/// What the browser remembers under a key. In the browser only.
pub(super) fn stored(key: &str) -> Option<String> {
    storage().and_then(|storage| storage.get_item(&stored_key(key)).ok().flatten())
}

/// Has the browser remember a value. In the browser only.
pub(super) fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A browser may refuse to store; the choice then lasts as long as the page.
        let _ = storage.set_item(&stored_key(key), value);
    }
}

fn stored_key(key: &str) -> String {
    format!("parallax.{key}")
}
