//! Why the simulator refuses something.

use std::path::PathBuf;

/// What can go wrong when a simulator is started or told to do something.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The listening socket could not be opened.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    /// A file could not be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A setting outside its bounds.
    #[error("{0}")]
    Setting(&'static str),
    /// A token that is not simulated.
    #[error("no simulated token has the code {0:?}")]
    UnknownToken(String),
    /// A fault that names nothing, or that the exchange cannot have.
    #[error("fault refused: {0}")]
    Fault(String),
    /// A fault script that cannot be read.
    #[error("the fault script is not understood")]
    Script(#[from] toml::de::Error),
    /// A recording that is not in the documented format.
    #[error("{}, line {line}: not the recording format", path.display())]
    Recording {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A venue without recordings, or one the simulator cannot speak for.
    #[error("nothing to serve for venue {0:?}")]
    UnknownVenue(String),
}
