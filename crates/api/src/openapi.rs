//! `GET /openapi.json`: the description of all routes, OpenAPI 3.1, made from them once at the start.
//!
//! Each handler describes itself (`#[utoipa::path]`); here is what no handler can say: the head, and in
//! `rules.rs` what holds for all. The worked examples are answers of the program, written down by the test
//! that compares them (`tests/routes/openapi.rs`).

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use parallax_service::Candidate;
use utoipa::OpenApi as _;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Info, InfoBuilder, LicenseBuilder, OpenApi, Server, ServerBuilder, Tag};

use crate::ApiState;
use crate::access::GeckoRefusal;
use crate::cached::{Cached, Keep};
use crate::problem::Problem;

mod admission;
pub(crate) mod answers;
mod rules;

/// What the description says before the routes.
const ABOUT: &str = "\
One robust, explainable price per token, made of many exchanges' live quotes; its history; and the rates \
of each exchange. Every decimal is a string with all its digits. Every time is UTC, as RFC 3339, and under \
`/api/v1` also in milliseconds since 1970 beside it (`as_of`, `as_of_ms`). Every price carries its \
`status`, its time and its age. Errors are problem details (RFC 9457) with stable `type`s. Nothing here ever \
asks an exchange: answers come from what the exchanges have pushed.\n\n\
Tokens are named by their id (`bitcoin`); a symbol, a name or a contract address finds the token where it \
means one only, and is answered with the candidates where it means several.\n\n\
Answers have strong `ETag`s: send one back as `If-None-Match` and an unchanged answer costs a 304. An \
answer about the present says when it was made (`at`), is shared for half a second, and must be asked for \
again before it is used again (`Cache-Control: no-cache`); `age_ms` is the age at `at`.";

/// The areas, in the order in which a reader sees them.
const TAGS: [(&str, &str); 10] = [
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
    (
        "access",
        "Tickets, which stand in for a key where a browser cannot send one",
    ),
    (
        "CoinGecko-compatible",
        "CoinGecko's routes with CoinGecko's answers: change the base URL and keep the program",
    ),
    (
        "TradingView UDF",
        "A datafeed for TradingView's charts, in its Universal Data Feed format",
    ),
    ("pictures", "Charts, badges and sparklines as files"),
    ("service", "How the program is doing"),
];

/// What descriptions refer to without naming it as a body.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Problem, Candidate, GeckoRefusal)))]
struct Common;

/// The description without routes.
pub(crate) fn head() -> OpenApi {
    let mut head = Common::openapi();
    head.info = info();
    head.servers = Some(vec![here()]);
    head.tags = Some(TAGS.map(|(name, what)| tag(name, what)).to_vec());
    head
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
    // Our own types with string keys always serialise.
    let text = rules::applied(described).to_json().unwrap_or_default();
    let text: Arc<str> = text.into();
    let answer = move |headers: HeaderMap| {
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
