//! The answers that many routes have, described once.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

use crate::problem::PROBLEM;

/// Names answers: each with its statuses and what they mean, written down by a function of the text.
macro_rules! answers {
    ($written:ident: $($(#[$doc:meta])* $name:ident: $($status:literal = $what:literal),+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$(($status.to_owned(), $written($what))),+])
            }
        }
    )+};
}
pub(crate) use answers;

answers! { problem:
    /// A parameter that cannot be understood.
    BadRequest: "400" = "A parameter is not valid; `detail` says which, and what it may be.";
    /// A token of the path that is none, or several.
    NoToken:
        "404" = "There is no such token; `candidates` has ids that may have been meant.",
        "409" = "The name means several tokens; `candidates` has them. Ask for one by its id.";
    /// A name in the query that means several tokens.
    Ambiguous: "409" = "A name means several tokens; `candidates` has them. Ask for one by its id.";
    /// The database is away.
    NoHistory: "503" = "The history cannot be read now. `Retry-After` says when to ask again.";
    /// Too much at once.
    TooBusy: "503" = "The history cannot be read now, or too many pictures are being drawn. `Retry-After` says \
        when to ask again.";
    /// No room.
    NoRoom: "503" = "All streams that this server allows are open. `Retry-After` says when to ask again.";
}

fn problem(what: &str) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(what)
        .content(PROBLEM, content)
        .build()
        .into()
}

/// What was asked for is what the reader has.
#[derive(Debug)]
pub(crate) enum NotModified {}

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = ResponseBuilder::new()
            .description("`If-None-Match` names the answer as it is now.")
            .build();
        BTreeMap::from([("304".to_owned(), response.into())])
    }
}
