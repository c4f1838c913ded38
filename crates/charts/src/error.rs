//! Why a picture was not drawn.

/// Why a picture was not drawn. All are faults of the program or the caller, none is worth a retry.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The option asks for something the native renderer does not implement, or is malformed. Drawing
    /// something else instead would be a lie.
    #[error("the chart option at {path} is not implemented here: {message}")]
    Unsupported {
        /// Where in the option: `series[0].itemStyle.shadowBlur`.
        path: String,
        /// What was found and what is known.
        message: String,
    },
    /// The canvas is smaller or larger than [`crate::Canvas::SIZES`] allows.
    #[error("a picture must be {min} to {max} pixels wide and high, not {width} x {height}")]
    Size {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
        /// The least of each.
        min: u32,
        /// The most of each.
        max: u32,
    },
    /// The SVG could not be read back for rasterising.
    #[error("the SVG cannot be rasterised")]
    Svg(#[source] resvg::usvg::Error),
    /// The raster could not be made: memory for it, or its encoding.
    #[error("the PNG cannot be made: {0}")]
    Png(String),
}
