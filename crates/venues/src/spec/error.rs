//! Why something that came from a venue is of no use, and when to ask again.

/// When it makes sense to ask again after a [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Soon: the fault is passing.
    Soon,
    /// The fault passes by itself, but takes hours to days.
    Late,
    /// When the operator, or this program, has been mended.
    Operator,
}

/// Why a frame or an answer was not understood. One bad frame never ends a connection.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON the exchange documents: malformed, truncated, nested too deeply, not UTF-8, or a
    /// field missing or of another type.
    #[error("not the documented format")]
    Format(#[from] serde_json::Error),
    /// A number that is malformed or cannot be held exactly.
    #[error("field {field}: {source}")]
    Amount {
        /// The field, by the exchange's name for it.
        field: &'static str,
        /// What is wrong with the number.
        source: parallax::amount::AmountError,
    },
    /// A time outside what can be represented.
    #[error("field {field}: {source}")]
    Time {
        /// The field, by the exchange's name for it.
        field: &'static str,
        /// What is wrong with the time.
        source: parallax::time::TimestampError,
    },
    /// Longer than [`Limits::max_frame_bytes`](super::Limits::max_frame_bytes).
    #[error("{len} bytes, more than the limit of {limit}")]
    TooLong {
        /// The frame's length in bytes.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The venue refuses what was asked for, and would refuse it again: an unknown market, a wrong
    /// key, a spent plan. Its words, cut to 200 characters.
    #[error("the venue answered: {0}")]
    Refused(String),
    /// The venue cannot answer at the moment.
    #[error("the venue answered: {words}")]
    Unavailable {
        /// Its words, cut to 200 characters.
        words: String,
        /// Whether such a fault is known to last for hours to days.
        lasting: bool,
    },
    /// The venue was asked too often. Its words, cut to 200 characters.
    #[error("the venue answered: {0}")]
    TooMany(String),
    /// The frame is well-formed but says something the protocol does not know.
    #[error("unexpected content: {0}")]
    Unexpected(&'static str),
}

impl DecodeError {
    /// When to ask again. What is not in the documented format (a proxy's page in HTML, say) is taken
    /// for a passing fault.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        match self {
            Self::Refused(_) => Recovery::Operator,
            Self::Unavailable { lasting: true, .. } => Recovery::Late,
            Self::Unavailable { lasting: false, .. }
            | Self::TooMany(_)
            | Self::Format(_)
            | Self::Amount { .. }
            | Self::Time { .. }
            | Self::TooLong { .. }
            | Self::Unexpected(_) => Recovery::Soon,
        }
    }
}
