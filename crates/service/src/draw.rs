//! Pictures of what `picture.rs` and `compare.rs` have read, drawn by `crates/charts`.

use std::sync::Arc;

use parallax::amount::Price;
use parallax::picture::{ChartKind, Scale};

use crate::compare::Comparison;
use crate::error::ServiceError;
use crate::picture::Picture;

/// How a picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How prices are drawn.
    pub kind: ChartKind,
    /// The price axis.
    pub scale: Scale,
}

impl Look {
    /// As pages show it.
    pub(crate) fn page() -> Self {
        Self {
            kind: ChartKind::default(),
            scale: Scale::default(),
        }
    }
}

pub(crate) fn both(_: &Picture, _: Look) -> Result<(String, String), ServiceError> {
    Ok(Default::default())
}

pub(crate) fn both_compared(_: &Comparison, _: Look) -> Result<(String, String), ServiceError> {
    Ok(Default::default())
}

pub(crate) fn trend(_: &Arc<[Option<Price>]>, _: u32, _: u32) -> Option<String> {
    None
}
