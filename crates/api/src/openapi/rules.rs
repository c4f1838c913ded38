//! What holds for all routes and schemas, said once: nullable properties are always written, times have
//! milliseconds beside them (`stamp.rs`), what can be a 304 has a tag, and the worked examples. Keys and limits
//! are in `admission.rs`.

use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{
    KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{OpenApi, Ref, RefOr, Response};

use super::admission;
use crate::stamp::{AGES, TIMES};

/// The answers of the program that are shown as examples, by operation.
const EXAMPLES: [(&str, &str); 36] = [
    ("tokens", include_str!("examples/tokens.json")),
    ("token", include_str!("examples/token.json")),
    ("candles", include_str!("examples/candles.json")),
    ("chart", include_str!("examples/chart.json")),
    ("price", include_str!("examples/price.json")),
    ("rates", include_str!("examples/rates.json")),
    ("markets", include_str!("examples/markets.json")),
    ("exchanges", include_str!("examples/exchanges.json")),
    ("exchange", include_str!("examples/exchange.json")),
    ("status", include_str!("examples/status.json")),
    (
        "coingeckoAssetPlatforms",
        include_str!("examples/coingeckoAssetPlatforms.json"),
    ),
    (
        "coingeckoCoinsId",
        include_str!("examples/coingeckoCoinsId.json"),
    ),
    (
        "coingeckoCoinsIdContractContractAddress",
        include_str!("examples/coingeckoCoinsIdContractContractAddress.json"),
    ),
    (
        "coingeckoCoinsIdContractContractAddressMarketChart",
        include_str!("examples/coingeckoCoinsIdContractContractAddressMarketChart.json"),
    ),
    (
        "coingeckoCoinsIdContractContractAddressMarketChartRange",
        include_str!("examples/coingeckoCoinsIdContractContractAddressMarketChartRange.json"),
    ),
    (
        "coingeckoCoinsIdHistory",
        include_str!("examples/coingeckoCoinsIdHistory.json"),
    ),
    (
        "coingeckoCoinsIdMarketChart",
        include_str!("examples/coingeckoCoinsIdMarketChart.json"),
    ),
    (
        "coingeckoCoinsIdMarketChartRange",
        include_str!("examples/coingeckoCoinsIdMarketChartRange.json"),
    ),
    (
        "coingeckoCoinsIdOhlc",
        include_str!("examples/coingeckoCoinsIdOhlc.json"),
    ),
    (
        "coingeckoCoinsIdTickers",
        include_str!("examples/coingeckoCoinsIdTickers.json"),
    ),
    (
        "coingeckoCoinsMarkets",
        include_str!("examples/coingeckoCoinsMarkets.json"),
    ),
    (
        "coingeckoExchangeRates",
        include_str!("examples/coingeckoExchangeRates.json"),
    ),
    (
        "coingeckoExchanges",
        include_str!("examples/coingeckoExchanges.json"),
    ),
    (
        "coingeckoExchangesId",
        include_str!("examples/coingeckoExchangesId.json"),
    ),
    (
        "coingeckoExchangesIdTickers",
        include_str!("examples/coingeckoExchangesIdTickers.json"),
    ),
    (
        "coingeckoExchangesList",
        include_str!("examples/coingeckoExchangesList.json"),
    ),
    (
        "coingeckoGlobal",
        include_str!("examples/coingeckoGlobal.json"),
    ),
    ("coingeckoPing", include_str!("examples/coingeckoPing.json")),
    (
        "coingeckoSearch",
        include_str!("examples/coingeckoSearch.json"),
    ),
    (
        "coingeckoSimplePrice",
        include_str!("examples/coingeckoSimplePrice.json"),
    ),
    (
        "coingeckoSimpleSupportedVsCurrencies",
        include_str!("examples/coingeckoSimpleSupportedVsCurrencies.json"),
    ),
    (
        "coingeckoSimpleTokenPriceId",
        include_str!("examples/coingeckoSimpleTokenPriceId.json"),
    ),
    ("udfConfig", include_str!("examples/udfConfig.json")),
    ("udfHistory", include_str!("examples/udfHistory.json")),
    ("udfSearch", include_str!("examples/udfSearch.json")),
    ("udfSymbols", include_str!("examples/udfSymbols.json")),
];

/// The description with the rules applied.
pub(super) fn applied(mut described: OpenApi) -> OpenApi {
    if let Some(components) = &mut described.components {
        for (name, schema) in &mut components.schemas {
            // CoinGecko's have figures that are left out unless asked for, and may be null then.
            let is_ours = !name.starts_with("CoinGecko");
            each_object(schema, &mut |object| {
                stamp(object);
                if is_ours {
                    require_nullable(object);
                }
            });
        }
    }
    let components = described.components.get_or_insert_default();
    admission::add_components(components);
    for (path, item) in &mut described.paths.paths {
        for operation in operations(item) {
            describe(operation);
            admission::describe(path, operation);
        }
    }
    described
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn describe(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        {
            // A parameter can be missing, but there is no null in an address.
            schema.schema_type = without_null(&schema.schema_type);
        }
    }
    let has_tag = operation.responses.responses.contains_key("304");
    let id = operation.operation_id.clone().unwrap_or_default();
    let example = EXAMPLES.iter().find(|(of, _)| *of == id);
    let example: Option<Value> = example.and_then(|(_, text)| serde_json::from_str(text).ok());
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if status == "200"
            && let Some(RefOr::T(content)) = response.content.get_mut("application/json")
        {
            content.example.clone_from(&example);
        }
        if has_tag && ["200", "304"].contains(&status.as_str()) {
            add_headers(response);
        }
    }
}

fn add_headers(response: &mut Response) {
    let headers = [
        ("ETag", "The answer's strong tag, for `If-None-Match`."),
        ("Cache-Control", "How long the answer may be kept."),
    ];
    for (name, what) in headers {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(what))
            .build();
        response.headers.insert(name.to_owned(), header.into());
    }
}

/// Calls `change` with every object of a schema that has properties of its own.
fn each_object(schema: &mut RefOr<Schema>, change: &mut impl FnMut(&mut Object)) {
    let RefOr::T(schema) = schema else {
        return;
    };
    match schema {
        Schema::Object(object) => change(object),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|it| each_object(it, change)),
        Schema::OneOf(one) => one.items.iter_mut().for_each(|it| each_object(it, change)),
        _ => {}
    }
}

/// Adds what `stamp.rs` adds to answers.
fn stamp(object: &mut Object) {
    let times: Vec<_> = object
        .properties
        .iter()
        .filter(|(name, schema)| TIMES.contains(&name.as_str()) && is_time(schema))
        .map(|(name, schema)| (name.clone(), is_nullable(schema)))
        .collect();
    for (name, is_nullable) in times {
        let what = format!("`{name}` in milliseconds since 1970.");
        add_number(object, format!("{name}_ms"), &what, is_nullable);
        if name == AGES {
            let what = "Milliseconds from `as_of` to the answer's own moment.";
            add_number(object, "age_ms".to_owned(), what, is_nullable);
        }
    }
}

fn add_number(object: &mut Object, name: String, what: &str, is_nullable: bool) {
    let schema_type = if is_nullable {
        SchemaType::from_iter([Type::Integer, Type::Null])
    } else {
        SchemaType::new(Type::Integer)
    };
    let schema = ObjectBuilder::new()
        .schema_type(schema_type)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .description(Some(what));
    object.properties.insert(name.clone(), schema.into());
    if !is_nullable && !object.required.contains(&name) {
        object.required.push(name);
    }
}

/// A property that may be null is always written: only what may be missing altogether is optional.
fn require_nullable(object: &mut Object) {
    for (name, schema) in &object.properties {
        if is_nullable(schema) && !object.required.contains(name) {
            object.required.push(name.clone());
        }
    }
}

fn is_time(schema: &RefOr<Schema>) -> bool {
    let is_ref = |it: &Ref| it.ref_location.ends_with("/Timestamp");
    match schema {
        RefOr::Ref(it) => is_ref(it),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_time),
        RefOr::T(_) => false,
    }
}

fn is_null(kind: &SchemaType) -> bool {
    match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => is_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => is_null(&array.schema_type),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_nullable),
        _ => false,
    }
}

fn without_null(kind: &SchemaType) -> SchemaType {
    match kind {
        SchemaType::Array(kinds) => {
            let mut kept = kinds.iter().filter(|kind| **kind != Type::Null);
            match (kept.next(), kept.next()) {
                (Some(only), None) => SchemaType::Type(only.clone()),
                _ => kind.clone(),
            }
        }
        _ => kind.clone(),
    }
}
