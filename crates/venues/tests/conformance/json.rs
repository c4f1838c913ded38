//! Rewriting a JSON frame as text, without touching the numbers in it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The frame with a field nobody knows at the beginning and the end of every object; `None` when it
/// is not a JSON object.
pub(crate) fn with_unknown_fields(frame: &str) -> Option<String> {
    rewrite(frame, &|fields| {
        let inside = fields.join(",");
        let comma = if inside.is_empty() { "" } else { "," };
        format!("{{\"zz_new\":\"1\"{comma}{inside},\"zz_newer\":\"x\"}}")
    })
}

/// The frame with the fields of every object in the reverse of the alphabetical order, and blanks
/// between them; `None` when it is not a JSON object.
pub(crate) fn reordered(frame: &str) -> Option<String> {
    rewrite(frame, &|fields| {
        let mut fields = fields.to_vec();
        fields.reverse();
        format!("{{ {} }}", fields.join(" ,\n\t"))
    })
}

type Join<'a> = &'a dyn Fn(&[String]) -> String;

fn rewrite(frame: &str, join: Join<'_>) -> Option<String> {
    frame.starts_with('{').then(|| value(frame, join))
}

fn value(text: &str, join: Join<'_>) -> String {
    if let Ok(object) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(text) {
        let fields: Vec<_> = object
            .iter()
            .map(|(key, inner)| {
                let key = serde_json::to_string(key).unwrap();
                format!("{key}:{}", value(inner.get(), join))
            })
            .collect();
        return join(&fields);
    }
    if let Ok(array) = serde_json::from_str::<Vec<Box<RawValue>>>(text) {
        let items: Vec<_> = array.iter().map(|inner| value(inner.get(), join)).collect();
        return format!("[{}]", items.join(","));
    }
    text.to_owned()
}

/// Every string in a JSON text, at any depth; the text itself when it is not JSON.
pub(crate) fn strings(text: &str) -> Vec<String> {
    fn collect(value: serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => found.push(text),
            serde_json::Value::Array(items) => {
                items.into_iter().for_each(|item| collect(item, found));
            }
            serde_json::Value::Object(fields) => {
                fields
                    .into_iter()
                    .for_each(|(_, field)| collect(field, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    match serde_json::from_str(text) {
        Ok(value) => collect(value, &mut found),
        Err(_) => found.push(text.to_owned()),
    }
    found
}
