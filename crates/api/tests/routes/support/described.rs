//! Answers held against the program's own description, and shown in it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::House;

/// The areas that copy others' contracts, whose examples come from a house of their own (`world.rs`).
pub(crate) const ASIDE: [&str; 2] = ["/api/v3/", "/udf/"];

/// The description as the house serves it.
pub(crate) async fn document(house: &House) -> Value {
    super::json(house.get("/openapi.json").await).await
}

/// Every operation of the document: its id, its path and itself.
pub(crate) fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.values().map(move |operation| {
                let id = operation["operationId"].as_str();
                (
                    id.unwrap_or_else(|| panic!("{path} has no id")),
                    path.as_str(),
                    operation,
                )
            })
        })
        .collect()
}

/// The operation of this id.
pub(crate) fn operation<'a>(document: &'a Value, id: &str) -> &'a Value {
    let all = operations(document);
    all.into_iter().find(|(of, ..)| *of == id).unwrap().2
}

/// Whether a body is as the document describes it.
pub(crate) fn check(
    document: &Value,
    operation: &Value,
    status: StatusCode,
    kind: &str,
    body: &Value,
) {
    let response = &operation["responses"][status.as_str()];
    let schema = &response["content"][kind]["schema"];
    assert!(
        schema.is_object(),
        "{status} {kind} is not described: {response}"
    );
    let mut whole =
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema]});
    whole["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap();
    let errors: Vec<_> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{}: {errors:#?}",
        operation["operationId"]
    );
}

/// The answer as the worked example of the operation, whose file it must be already.
pub(crate) async fn shown(house: &House, id: &str, path: &str) -> Value {
    let response = house.get(path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let answer = super::text(response).await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/openapi/examples");
    let file = folder.join(format!("{id}.json"));
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        std::fs::write(&file, format!("{answer}\n")).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        written.trim(),
        answer,
        "{path} is not as in {}",
        file.display()
    );
    serde_json::from_str(&answer).unwrap()
}
