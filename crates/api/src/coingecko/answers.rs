//! The answers that many of CoinGecko's routes have besides their own, described once.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

use crate::openapi::answers::answers;

answers! { refusal:
    /// The query.
    BadQuery:
        "400" = "The query cannot be read",
        "422" = "A parameter is missing or not valid";
    /// The path's coin.
    NoCoin: "404" = "There is no such coin";
    /// The path's exchange.
    NoExchange: "404" = "There is no such exchange";
    /// The database is away.
    NoHistory: "503" = "The history cannot be read";
}

fn refusal(what: &str) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("CoinGeckoError")))
        .build();
    ResponseBuilder::new()
        .description(what)
        .content("application/json", content)
        .build()
        .into()
}
