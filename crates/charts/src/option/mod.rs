//! The ECharts options: what is drawn here natively, and by ECharts itself in the browser.
//!
//! charming's components carry what it knows; fields it lacks are merged in. No functions: where ECharts
//! needs one there is a marker (`crate::PRICE_FORMATTER`, [`READ_OUT`]) that the browser's script replaces.

mod chart;
mod compare;
mod frame;
mod log_axis;
mod series;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub use chart::chart_option;
pub use compare::compare_option;
pub use log_axis::{LogAxis, log_axis};

/// The marker for the text under the crosshair, which only the browser shows.
pub const READ_OUT: &str = "$bar";

/// The fonts of labels: the pages' own, an installed one, the pages' substitute of equal widths, any.
pub(crate) const FONTS: &str = "Inter Variable, Inter, Inter fallback, system-ui, sans-serif";

/// A component of charming's with the fields that charming lacks.
fn with(component: &impl Serialize, further: Value) -> Value {
    // charming's components are plain data: writing them to a value cannot fail.
    let mut value = serde_json::to_value(component).unwrap_or_default();
    merge(&mut value, further);
    value
}

/// Merges objects field by field, the later value winning; a `null` removes the field.
fn merge(into: &mut Value, further: Value) {
    match (into, further) {
        (Value::Object(fields), Value::Object(further)) => {
            for (name, value) in further {
                if value.is_null() {
                    fields.remove(&name);
                } else {
                    merge(fields.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (into, further) => *into = further,
    }
}

/// A number for the option. Charts are where decimals become floats: a pixel needs no more.
pub(crate) fn number(value: parallax::Decimal) -> Option<f64> {
    // By way of text, so that the float is the one nearest to the decimal.
    value
        .to_string()
        .parse()
        .ok()
        .filter(|float: &f64| float.is_finite())
}

/// The parts all options share.
fn base(colours: &crate::palette::Colours) -> Map<String, Value> {
    let base = json!({
        "useUTC": true,
        "animation": false,
        "backgroundColor": colours.ground,
        "textStyle": { "fontFamily": FONTS },
    });
    match base {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_what_is_not_named_and_removes_what_is_null() {
        let mut value = json!({ "a": { "b": 1, "c": 2 }, "d": [1] });
        merge(
            &mut value,
            json!({ "a": { "c": 3, "e": { "f": 4 } }, "d": null }),
        );
        assert_eq!(value, json!({ "a": { "b": 1, "c": 3, "e": { "f": 4 } } }));
    }

    #[test]
    fn a_number_is_the_float_nearest_to_the_decimal() {
        for text in ["1e-12", "62145.16", "1000000000", "0.1"] {
            let decimal = parallax::amount::parse_exact(text).unwrap_or_default();
            assert_eq!(number(decimal), text.parse().ok(), "{text}");
        }
    }
}
