//! Text that others wrote, made harmless: cleaned, cut, escaped; and how wide it is.

use crate::metrics;

/// The most characters of a title or a description.
const LONGEST: usize = 300;

/// One line of plain text: control characters and line breaks become spaces, characters that turn or hide
/// text (bidirectional marks, zero-width ones) and those XML forbids are left out, and it is cut to `most`
/// characters with an ellipsis.
///
/// Right-to-left letters are kept: without the marks they cannot turn what stands beside them, because
/// each text is an element of its own.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut words = String::new();
    let mut count = 0;
    let mut is_blank_due = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            is_blank_due = count > 0;
            continue;
        }
        if is_hidden(letter) {
            continue;
        }
        if count + usize::from(is_blank_due) >= most {
            while words.ends_with(' ') || words.chars().count() >= most {
                words.pop();
            }
            words.push('\u{2026}');
            return words;
        }
        if std::mem::take(&mut is_blank_due) {
            words.push(' ');
            count += 1;
        }
        words.push(letter);
        count += 1;
    }
    words
}

/// [`clean`] at the length of a title or a description.
pub(crate) fn clean_long(text: &str) -> String {
    clean(text, LONGEST)
}

/// Marks without a shape of their own that change how their neighbours are shown, private and unassigned
/// ends of planes included.
fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Appends text to XML: as content or within double quotes.
pub(crate) fn escape_into(xml: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&#39;"),
            _ => xml.push(letter),
        }
    }
}

/// The widths of a letter in Inter, regular and semibold, in thousandths of its size: for whoever lays the
/// same picture out elsewhere.
#[must_use]
pub fn letter_widths(letter: char) -> (u16, u16) {
    (
        metrics::advance(letter, false),
        metrics::advance(letter, true),
    )
}

/// The width of a line of text in Inter, in pixels.
pub(crate) fn width(text: &str, size_px: f64, is_bold: bool) -> f64 {
    let units: u32 = text
        .chars()
        .map(|letter| u32::from(metrics::advance(letter, is_bold)))
        .sum();
    f64::from(units) * size_px / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_wherever_it_stands() {
        let mut xml = String::new();
        escape_into(&mut xml, "<script>alert(\"1\")</script>&'");
        assert_eq!(
            xml,
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"
        );
    }

    #[test]
    fn marks_that_turn_or_hide_text_are_left_out_and_breaks_become_spaces() {
        assert_eq!(
            clean("  a\u{202e}b\u{0}c\n\t d\u{200b}\u{feff}e\u{fffe} ", 99),
            "ab c de"
        );
        assert_eq!(clean("عملة (X)", 99), "عملة (X)");
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(clean(&"x".repeat(500), 5), "xxxx\u{2026}");
        assert_eq!(clean("abcde", 5), "abcde");
        assert_eq!(clean("abc de", 5), "abc\u{2026}");
        assert_eq!(clean_long(&"é".repeat(500)).chars().count(), 300);
    }

    #[test]
    fn digits_are_equally_wide() {
        let one = width("1", 10.0, false);
        for digit in '0'..='9' {
            assert!((width(&digit.to_string(), 10.0, false) - one).abs() < 1e-9);
        }
        assert!(width("W", 12.0, true) > width("W", 12.0, false));
    }
}
