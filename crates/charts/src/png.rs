//! An SVG of ours as PNG, one pixel for one unit, with the embedded fonts only: the same bytes everywhere.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::error::DrawError;

/// Inter, Latin, at the two weights that pictures use.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../fonts/inter-regular.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../fonts/inter-semibold.ttf").to_vec());
    Arc::new(fonts)
});

/// Rasterises an SVG that this crate drew with hex colours; CSS variables would be black. Characters
/// beyond Latin are shown as boxes. Some milliseconds of computing: not for an async thread.
///
/// # Errors
/// [`DrawError::Svg`] for what is not such an SVG, [`DrawError::Png`] when it cannot be encoded.
pub fn png(svg: &str) -> Result<Vec<u8>, DrawError> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Inter".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(DrawError::Svg)?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| DrawError::Png("no room for the pixels".to_owned()))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels
        .encode_png()
        .map_err(|error| DrawError::Png(error.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_svgs_size_and_its_letters_come_from_the_embedded_font() {
        let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="2" y="15" font-family="Inter" fill="#000">M</text></svg>"##;
        let pixels = Pixmap::decode_png(&png(svg).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (40, 20));
        let inked = pixels.pixels().iter().filter(|pixel| pixel.alpha() > 128);
        assert!((20..200).contains(&inked.count()));
        assert_eq!(png(svg).unwrap(), png(svg).unwrap());
    }

    #[test]
    fn what_is_no_svg_is_refused() {
        assert!(matches!(png("<html/>"), Err(DrawError::Svg(_))));
    }
}
