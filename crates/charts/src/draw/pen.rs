//! Writes the `d` of SVG paths: relative coordinates with at most one decimal, nothing that can be left out.

/// A path under construction. Coordinates are rounded to tenths before differences are taken, so that
/// errors do not add up.
#[derive(Debug, Default)]
pub(crate) struct Pen {
    data: String,
    at: (i64, i64),
    start: (i64, i64),
    command: Option<char>,
}

impl Pen {
    /// Begins a new line.
    pub(crate) fn move_to(&mut self, (x, y): (f64, f64)) {
        let to = (tenths(x), tenths(y));
        if self.data.is_empty() {
            self.command('M');
            self.number(to.0);
            self.number(to.1);
        } else {
            self.command('m');
            self.number(to.0 - self.at.0);
            self.number(to.1 - self.at.1);
        }
        // What follows without a command would be a line: the next command is always written.
        self.command = None;
        self.at = to;
        self.start = to;
    }

    /// Draws a straight line.
    pub(crate) fn line_to(&mut self, (x, y): (f64, f64)) {
        let to = (tenths(x), tenths(y));
        let (dx, dy) = (to.0 - self.at.0, to.1 - self.at.1);
        match (dx, dy) {
            (dx, 0) => {
                self.command('h');
                self.number(dx);
            }
            (0, dy) => {
                self.command('v');
                self.number(dy);
            }
            (dx, dy) => {
                self.command('l');
                self.number(dx);
                self.number(dy);
            }
        }
        self.at = to;
    }

    /// Closes the outline.
    pub(crate) fn close(&mut self) {
        self.data.push('z');
        self.command = None;
        self.at = self.start;
    }

    /// A rectangle.
    pub(crate) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.move_to((x, y));
        self.line_to((x + width, y));
        self.line_to((x + width, y + height));
        self.line_to((x, y + height));
        self.close();
    }

    /// Whether nothing was drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The path's `d`.
    pub(crate) fn into_data(self) -> String {
        self.data
    }

    /// Writes a command unless the last one goes on.
    fn command(&mut self, command: char) {
        if self.command != Some(command) {
            self.data.push(command);
            self.command = Some(command);
        }
    }

    fn number(&mut self, tenths: i64) {
        let follows_digit = self.data.ends_with(|last: char| last.is_ascii_digit());
        if tenths < 0 {
            self.data.push('-');
        } else if follows_digit {
            self.data.push(' ');
        }
        let size = tenths.unsigned_abs();
        let (whole, tenth) = (size / 10, size % 10);
        if whole > 0 || tenth == 0 {
            self.data.push_str(&whole.to_string());
        }
        if tenth > 0 {
            self.data.push('.');
            self.data.push_str(&tenth.to_string());
        }
    }
}

/// A coordinate in tenths of a pixel. What is no number is 0, what is far outside any canvas its edge.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to some thousand pixels"
)]
fn tenths(value: f64) -> i64 {
    if value.is_nan() {
        return 0;
    }
    (value.clamp(-9_999.0, 99_999.0) * 10.0).round() as i64
}

/// A coordinate as an attribute: at most one decimal.
pub(crate) fn coordinate(value: f64) -> String {
    let mut pen = Pen::default();
    pen.number(tenths(value));
    pen.data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_and_leaves_out_what_it_can() {
        let mut pen = Pen::default();
        pen.move_to((10.0, 20.5));
        pen.line_to((10.0, 25.0));
        pen.line_to((15.0, 25.0));
        pen.line_to((15.54, 24.4));
        pen.line_to((16.5, 24.3));
        pen.rect((0.0, 0.0), (2.0, 3.0));
        assert_eq!(
            pen.into_data(),
            "M10 20.5v4.5h5l.5-.6 1-.1m-16.5-24.3h2v3h-2z"
        );
    }

    #[test]
    fn rounding_errors_do_not_add_up() {
        let mut pen = Pen::default();
        pen.move_to((0.0, 0.0));
        for index in 1..=100 {
            pen.line_to((f64::from(index) * 0.04, 0.0));
        }
        let moved: f64 = pen
            .into_data()
            .trim_start_matches("M0 0h")
            .split_whitespace()
            .filter_map(|part| part.parse::<f64>().ok())
            .sum();
        assert!((moved - 4.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_place_is_still_a_number() {
        assert_eq!(coordinate(f64::NAN), "0");
        assert_eq!(coordinate(f64::INFINITY), "99999");
        assert_eq!(coordinate(-0.5), "-.5");
    }
}
