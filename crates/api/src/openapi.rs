//! `GET /openapi.json`: the description of all routes, OpenAPI 3.1, made from them once at the start.
//!
//! Each handler describes itself (`#[utoipa::path]`); here is what no handler can say: the head, and the
//! rules that hold for all.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Server, ServerBuilder, Tag,
};

use crate::ApiState;
use crate::cached::{Cached, Keep};

/// What the description says before the routes.
const ABOUT: &str = "\
One robust, explainable price per token, made of many exchanges' live quotes; its history; and the rates \
of each exchange. Every decimal is a string with all its digits, every time is UTC, as RFC 3339 and as \
milliseconds since 1970, and every price carries its `status`, its time and its age. Errors are problem \
details (RFC 9457) with stable `type`s. Nothing here ever asks an exchange: answers come from what the \
exchanges have pushed.\n\n\
Tokens are named by their id (`bitcoin`); a symbol, a name or a contract address finds the token where it \
means one only, and is answered with the candidates where it means several.";

/// The areas, in the order in which a reader sees them.
const TAGS: [(&str, &str); 8] = [
    (
        "tokens",
        "One price per token, with everything that explains it",
    ),
    ("history", "Candles, charts and prices of the past"),
    ("rates", "What each exchange bids and asks"),
    (
        "markets",
        "The raw state of every market, and the exchanges",
    ),
    ("stream", "Changes as they happen"),
    ("pictures", "Charts, badges and sparklines as files"),
    ("currencies", "In what prices can be shown"),
    ("service", "How the program is doing"),
];

/// The description without routes.
pub(crate) fn head() -> OpenApi {
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([here()]))
        .tags(Some(TAGS.map(|(name, what)| tag(name, what))))
        .build()
}

fn info() -> Info {
    let license = LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"))
        .build();
    InfoBuilder::new()
        .title("Parallax")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license))
        .build()
}

fn here() -> Server {
    ServerBuilder::new()
        .url("/")
        .description(Some("This server"))
        .build()
}

fn tag(name: &str, what: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(what)).build()
}

/// The route of the finished description.
pub(crate) fn document(described: OpenApi) -> Router<ApiState> {
    let text: Arc<str> = finished(described).to_string().into();
    let answer = move |State(_): State<ApiState>, headers: HeaderMap| {
        let text = Arc::clone(&text);
        async move { serve(&text, &headers) }
    };
    Router::new().route("/openapi.json", get(answer))
}

fn serve(text: &str, headers: &HeaderMap) -> Response {
    let answer = Cached {
        content_type: "application/json",
        keep: Keep::Asking,
        source: None,
        link: String::new(),
        file_name: None,
    };
    answer.respond(text.to_owned(), headers)
}

/// The description with what holds everywhere.
fn finished(described: OpenApi) -> Value {
    // Our own types with string keys always serialise.
    let mut document = serde_json::to_value(described).unwrap_or_else(|_| json!({}));
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.values_mut().for_each(require_nullable);
    }
    document
}

/// A property that may be null is always written: only what may be missing altogether is optional.
fn require_nullable(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(require_nullable),
        Value::Object(object) => {
            let nullable = nullable_properties(object);
            if !nullable.is_empty() {
                let required = object.entry("required").or_insert_with(|| json!([]));
                if let Value::Array(required) = required {
                    let missing = nullable.into_iter().filter(|name| !required.contains(name));
                    let missing: Vec<_> = missing.collect();
                    required.extend(missing);
                }
            }
            object.values_mut().for_each(require_nullable);
        }
        _ => {}
    }
}

fn nullable_properties(object: &Map<String, Value>) -> Vec<Value> {
    let Some(Value::Object(properties)) = object.get("properties") else {
        return Vec::new();
    };
    let nullable = properties.iter().filter(|(_, schema)| is_nullable(schema));
    nullable
        .map(|(name, _)| Value::String(name.clone()))
        .collect()
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let by_type = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_null),
        _ => false,
    };
    let by_choice = ["oneOf", "anyOf"].iter().any(|way| {
        let choices = schema.get(way).and_then(Value::as_array);
        choices.is_some_and(|choices| {
            choices
                .iter()
                .any(|choice| choice.get("type").is_some_and(is_null))
        })
    });
    by_type || by_choice
}
