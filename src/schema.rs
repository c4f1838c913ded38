//! How the vocabulary's texts look to a reader of the API's description (OpenAPI): which characters, with
//! an example. Structures and plain choices derive their schemas where they are defined; what is written as a
//! text of its own form, or with words of its own, is described here. Only `crates/api` switches the feature `openapi` on.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::amount::{Price, Quantity};
use crate::candle::Source;
use crate::picture::{ChartKind, Range, Scale, Theme};
use crate::table::{Order, SortBy};
use crate::time::Timestamp;
use crate::token::{Symbol, TokenId};
use crate::venue::VenueId;

/// Stands in schemas for a plain number written as text ([`crate::amount::text`]): per cent, basis points,
/// shares.
#[derive(Debug, Clone, Copy)]
pub enum DecimalText {}

/// A decimal with all its digits, without an exponent.
const DECIMAL: &str = "^-?[0-9]+(\\.[0-9]+)?$";
/// The same, never below zero.
const AMOUNT: &str = "^[0-9]+(\\.[0-9]+)?$";
/// RFC 3339 in UTC with milliseconds.
const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";

fn text(pattern: &str, format: Option<SchemaFormat>, what: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format)
        .pattern(Some(pattern))
        .description(Some(what))
        .examples([example])
        .into()
}

macro_rules! texts {
    ($($name:ident: $pattern:expr, $format:expr, $what:literal, $example:literal;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text($pattern, $format, $what, $example)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

texts! {
    Price: DECIMAL, None, "An exact decimal as text: a price per unit.", "67123.45";
    Quantity: AMOUNT, None, "An exact decimal as text, never negative: an amount or a volume.", "12.5";
    DecimalText: DECIMAL, None, "An exact decimal as text.", "-0.42";
    Timestamp: TIME, Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)),
        "A moment in UTC, to the millisecond, as RFC 3339 writes it.", "2026-01-31T09:30:00.000Z";
    TokenId: "^[a-z0-9_.-]{1,64}$", None, "A token's own id, a slug.", "bitcoin";
    Symbol: "^\\S{1,32}$", None, "What an exchange or a person calls a token; no identity.", "BTC";
    VenueId: "^[a-z][a-z0-9_]{0,31}$", None, "An exchange's id.", "binance";
    Source: "^[a-z][a-z0-9_]{0,31}$", None,
        "Whose prices: `index`, or the id of an exchange.", "index";
}

/// The words that a text may be, as addresses and answers write them.
fn words<'a>(words: impl IntoIterator<Item = &'a str>, default: Option<&str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.into_iter().map(str::to_owned)))
        .default(default.map(Into::into))
        .into()
}

macro_rules! choices {
    ($($name:ident: $words:expr, $default:expr;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                words($words, $default)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

choices! {
    Range: Self::ALL.iter().map(|it| it.as_str()), Some(Self::default().as_str());
    ChartKind: Self::ALL.iter().map(|it| it.as_str()), Some(Self::default().as_str());
    Scale: Self::ALL.iter().map(|it| it.as_str()), Some(Self::default().as_str());
    Theme: Self::ALL.iter().map(|it| it.as_str()), Some(Self::default().as_str());
    SortBy: Self::ALL.map(Self::as_str), Some(Self::default().as_str());
    Order: [Self::Ascending, Self::Descending].map(Self::as_str), None;
}
