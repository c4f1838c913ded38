//! Axes: extents, nice ticks and labels as ECharts 6.1 makes them, so that both draw the same grid.
//! The oracle test (`tests/oracle.rs`) holds them against ECharts itself.

pub(crate) mod linear;
pub(crate) mod time;

/// Where a value lies on an axis: from 0 at its start to 1 at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapping {
    from: f64,
    until: f64,
    is_log: bool,
}

impl Mapping {
    /// Equal differences are equally far apart.
    pub(crate) fn linear((from, until): (f64, f64)) -> Self {
        Self {
            from,
            until,
            is_log: false,
        }
    }

    /// Equal ratios are equally far apart; both ends must be positive.
    pub(crate) fn log((from, until): (f64, f64)) -> Self {
        Self {
            from: from.ln(),
            until: until.ln(),
            is_log: true,
        }
    }

    /// A value's place.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let value = if self.is_log { value.ln() } else { value };
        if self.until > self.from {
            (value - self.from) / (self.until - self.from)
        } else {
            0.5
        }
    }

    /// Whether a value lies within.
    pub(crate) fn contains(&self, value: f64) -> bool {
        (0.0..=1.0).contains(&self.place(value))
    }
}
