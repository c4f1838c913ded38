//! What the layer of `access/` adds to every route that it limits, described once: how a key is shown, the
//! refusals in the words of each area, and the headers that tell of the limits.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{KnownFormat, OneOfBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
};

use crate::access::{Area, is_open};
use crate::problem::PROBLEM;

/// A key as `Authorization: Bearer …`, good everywhere.
const BEARER: &str = "bearer";
/// A ticket in the address of a stream.
const TICKET: &str = "ticket";
/// CoinGecko's headers and parameters: the name of the scheme, and of what is sent.
const GECKO: [(&str, &str, bool); 4] = [
    ("cgDemoHeader", "x-cg-demo-api-key", true),
    ("cgProHeader", "x-cg-pro-api-key", true),
    ("cgDemoParameter", "x_cg_demo_api_key", false),
    ("cgProParameter", "x_cg_pro_api_key", false),
];
/// The paths that a ticket opens.
const TICKET_PATHS: [&str; 2] = ["/api/v1/stream", "/api/v1/ws"];

const REFUSALS: [(&str, &str); 3] = [
    (
        "401",
        "The key is unknown, revoked or expired; or there is none, and this server requires one.",
    ),
    ("403", "The key does not have the scope that this needs."),
    (
        "429",
        "Too much at once of one key or address. `Retry-After` says when to come again.",
    ),
];
const UNREADABLE: &str =
    "What this needs of the database cannot be read now. `Retry-After` says when to come again.";

/// The schemes and headers that operations refer to.
pub(super) fn add_components(components: &mut Components) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("plx_ID_SECRET")
        .description(Some(
            "A key, made by whoever runs the server with `parallax token create`.",
        ))
        .build();
    let mut schemes = vec![(BEARER, SecurityScheme::Http(bearer))];
    let ticket = "A ticket of `POST /api/v1/tickets`, good once and for 30 seconds.";
    let ticket = ApiKeyValue::with_description(TICKET, ticket);
    schemes.push((TICKET, SecurityScheme::ApiKey(ApiKey::Query(ticket))));
    for (scheme, name, is_header) in GECKO {
        let what = "A key where CoinGecko's clients send theirs. One that does not begin with `plx_` is \
            CoinGecko's own and counts as none.";
        let value = ApiKeyValue::with_description(name, what);
        let key = if is_header {
            ApiKey::Header(value)
        } else {
            ApiKey::Query(value)
        };
        schemes.push((scheme, SecurityScheme::ApiKey(key)));
    }
    let schemes = schemes
        .into_iter()
        .map(|(name, scheme)| (name.to_owned(), scheme.into()));
    components.security_schemes.extend(schemes);
    for (name, header) in [
        (
            "RateLimit",
            text("What is left: `\"NAME\";r=REQUESTS;t=SECONDS` until all are there again."),
        ),
        (
            "RateLimit-Policy",
            text("What is allowed: `\"NAME\";q=REQUESTS;w=SECONDS`."),
        ),
        (
            "X-Request-Id",
            text("The request's number: the client's own if it is short and plain."),
        ),
        ("Retry-After", seconds()),
    ] {
        components.headers.insert(name.to_owned(), header.into());
    }
}

fn text(what: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let header = HeaderBuilder::new().schema(Some(schema));
    header.description(Some(what)).build()
}

fn seconds() -> Header {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1));
    let header = HeaderBuilder::new().schema(Some(schema));
    let what = "Seconds until the same may be asked again.";
    header.description(Some(what)).build()
}

/// Describes what the layer does to the operation at this path.
pub(super) fn describe(path: &str, operation: &mut Operation) {
    if is_open(path) {
        return;
    }
    operation.security = Some(security(path));
    let area = Area::of(path);
    let responses = &mut operation.responses.responses;
    for (status, what) in REFUSALS {
        responses.insert(status.to_owned(), refusal(area, what).into());
    }
    // A handler's own words stay; those of CoinGecko's area have two forms.
    if area == Area::CoinGecko || !responses.contains_key("503") {
        responses.insert("503".to_owned(), unreadable(area).into());
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let wait = ["429", "503"].contains(&status.as_str());
        let wait = wait.then_some("Retry-After");
        let always = ["RateLimit", "RateLimit-Policy", "X-Request-Id"];
        for name in always.into_iter().chain(wait) {
            let header = Ref::new(format!("#/components/headers/{name}"));
            response.headers.insert(name.to_owned(), RefOr::Ref(header));
        }
    }
}

/// Any of the ways; nothing too, but where a key itself is the matter.
fn security(path: &str) -> Vec<SecurityRequirement> {
    let one = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let mut ways = vec![one(BEARER)];
    if path == "/api/v1/tickets" {
        return ways;
    }
    if TICKET_PATHS.contains(&path) {
        ways.push(one(TICKET));
    }
    if Area::of(path) == Area::CoinGecko {
        ways.extend(GECKO.map(|(scheme, ..)| one(scheme)));
    }
    ways.push(SecurityRequirement::default());
    ways
}

fn refusal(area: Area, what: &str) -> Response {
    let schema = match area {
        Area::V1 => "Problem",
        Area::CoinGecko => "CoinGeckoRefusal",
        Area::Udf => "UdfError",
    };
    response(area, what, Ref::from_schema_name(schema).into())
}

fn unreadable(area: Area) -> Response {
    if area != Area::CoinGecko {
        return refusal(area, UNREADABLE);
    }
    let forms = ["CoinGeckoRefusal", "CoinGeckoError"];
    let schema = forms.into_iter().fold(OneOfBuilder::new(), |schema, form| {
        schema.item(Ref::from_schema_name(form))
    });
    let schema = schema.build();
    response(area, UNREADABLE, Schema::OneOf(schema).into())
}

fn response(area: Area, what: &str, schema: RefOr<Schema>) -> Response {
    let kind = if area == Area::V1 {
        PROBLEM
    } else {
        "application/json"
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description(what);
    response.content(kind, content).build()
}
