//! Names that others chose, made safe to set among our own words: cut when long, kept apart when foreign.
//!
//! Markup in a name is harmless because views escape; these two concern legibility.

/// A text of at most `most` characters: a longer one ends with an ellipsis.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// A name for plain text, such as a title, where `<bdi>` cannot be: with marks that keep its direction of
/// writing to itself, unless it is plain ASCII.
#[must_use]
pub fn isolated(name: &str) -> String {
    if name.is_ascii() {
        name.to_owned()
    } else {
        format!("\u{2068}{name}\u{2069}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_ends_with_an_ellipsis() {
        assert_eq!(cut("Bitcoin", 7), "Bitcoin");
        assert_eq!(cut("Bitcoin Cash", 9), "Bitcoin…");
        assert_eq!(cut(&"é".repeat(300), 40).chars().count(), 40);
    }

    #[test]
    fn a_foreign_name_keeps_its_direction_to_itself() {
        assert_eq!(isolated("Bitcoin"), "Bitcoin");
        assert_eq!(
            isolated("\u{202e}niocтiB"),
            "\u{2068}\u{202e}niocтiB\u{2069}"
        );
    }
}
