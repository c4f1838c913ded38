//! What can go wrong between a page and its data, in words fit for a reader.

use crate::codec::JsonText;
use parallax::token::TokenId;
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why a page has no data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PageError {
    /// There is no such token, exchange or page.
    #[error("{message}")]
    NotFound {
        /// What was asked for and not found.
        message: String,
        /// Tokens that could have been meant.
        candidates: Vec<TokenId>,
    },
    /// The program could not answer.
    #[error("{0}")]
    Unavailable(String),
}

impl FromServerFnError for PageError {
    type Encoder = JsonText;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        Self::Unavailable(match value {
            ServerFnErrorErr::Request(_) => "the server could not be reached".to_owned(),
            ServerFnErrorErr::Deserialization(_) => {
                "the server's answer could not be read; it may have been updated, so reload the page"
                    .to_owned()
            }
            other => other.to_string(),
        })
    }
}
