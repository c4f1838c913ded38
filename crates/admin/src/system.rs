//! What only the composition root knows of the running program, for the system's screen.

use std::time::Duration;

/// The program as it runs.
pub struct System {
    /// Every value of the configuration, by key.
    pub settings: Vec<Setting>,
    /// Where the data is, without a password.
    pub database: String,
    /// How long each kind of data is kept, in words; `None` keeps it for ever.
    pub retention: Vec<(&'static str, Option<Duration>)>,
    /// Bytes of memory that the process holds now, where that is known.
    pub memory_bytes: fn() -> Option<u64>,
}

/// A value of the configuration. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key, with its section.
    pub key: String,
    /// What is in force, for people.
    pub value: String,
    /// Who says so.
    pub source: SettingSource,
}

/// Where a value of the configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    /// The program's own defaults.
    Default,
    /// The configuration file.
    File,
    /// The variable of the environment with this name.
    Environment(String),
}

impl SettingSource {
    /// Its word.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment(_) => "environment",
        }
    }
}
