//! `GET /api/v1/tokens/{token}/chart`: a token's prices shaped for drawing.
//!
//! Values are JSON numbers here and nowhere else, written with all the digits of the decimal: this shape
//! is fed to charts, which draw pixels. `/candles` has the same as exact decimal strings.

use std::fmt::Write;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::amount::Price;
use parallax_service::chart::{Point, Values};
use parallax_service::{Chart, ChartQuery, csv};
use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cached::{AS_CSV, CSV, Cached, Keep, link};
use crate::openapi::answers::{BadRequest, NoHistory, NoToken, NotModified};
use crate::params::{self, TokenParam, TokenPath};
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(chart))
        .routes(routes!(chart_csv))
}

/// What a window without data shows.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase", default = "previous")]
#[expect(dead_code, reason = "it is described and never made")]
enum FillWord {
    Previous,
    Zero,
    None,
}

/// The answer in the description: five arrays of arrays of a time, a name and a number.
#[derive(Debug)]
enum ChartSeries {}

impl PartialSchema for ChartSeries {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let time = text().pattern(Some(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
        ));
        let name = text().enum_values(Some(SERIES.map(|(name, _)| name)));
        let value =
            ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Number, Type::Null]));
        // Not `prefixItems`: schemathesis, which `make api-fuzz` runs, cannot read them.
        let part = AnyOfBuilder::new().item(time).item(name).item(value);
        let entry = ArrayBuilder::new()
            .items(part)
            .min_items(Some(3))
            .max_items(Some(3));
        let series = ArrayBuilder::new().items(entry);
        ArrayBuilder::new()
            .items(series)
            .min_items(Some(SERIES.len()))
            .max_items(Some(SERIES.len()))
            .into()
    }
}

impl ToSchema for ChartSeries {}

/// The query of `…/chart` and `…/chart.csv`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Hours of a window.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 8760, default = 4)]
    hours: Option<String>,
    /// Where the first window starts: RFC 3339, a date, or whole seconds since 1970, cut down to the hour.
    /// Without it, the first hour held within seven days before the end.
    #[param(example = "2026-01-31")]
    from: Option<String>,
    /// Windows start before this, written likewise; without it, now.
    to: Option<String>,
    /// What a window without data shows: the close before it, 0, or null.
    #[param(value_type = FillWord, inline, required = false)]
    fill: Option<String>,
    /// Whose prices: `index` or an exchange's id. Without it, what there is, the index first.
    #[param(example = "index")]
    source: Option<String>,
}

impl Asked {
    fn read(&self) -> Result<ChartQuery, Problem> {
        let fill = params::optional("fill", self.fill.as_deref(), "previous, zero or none")?;
        Ok(ChartQuery {
            hours: params::optional(
                "hours",
                self.hours.as_deref(),
                "a whole number from 1 to 8760",
            )?,
            from: params::moment("from", self.from.as_deref())?,
            to: params::moment("to", self.to.as_deref())?,
            fill: fill.unwrap_or_default(),
            source: params::source(self.source.as_deref())?,
        })
    }
}

/// A series' name, and which value of a window it shows.
type Series = (&'static str, fn(&Values) -> Price);

/// The series of an answer, in its order.
const SERIES: [Series; 5] = [
    ("open", |values| values.open),
    ("close", |values| values.close),
    ("high", |values| values.high),
    ("low", |values| values.low),
    ("priceUSD", |values| values.price_usd),
];

/// Read a chart's series.
///
/// Five series (`open`, `close`, `high`, `low`, `priceUSD`), each of `[time, name, value]` with one entry a
/// window. Values are JSON numbers with all the digits of the decimal; `/candles` has the same as strings.
#[utoipa::path(
    get,
    path = "/tokens/{token}/chart",
    tag = "history",
    operation_id = "chart",
    params(TokenParam, Asked),
    responses(
        (status = 200, description = "The series.", body = inline(ChartSeries), content_type = "application/json"),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
pub(crate) async fn chart(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let chart = state.service.chart(&token, &asked.read()?).await?;
    let body = json(&chart.points);
    let answer = Cached {
        content_type: "application/json",
        keep: Keep::Asking,
        source: Some(chart.source.to_string()),
        link: link(&csv_address(&chart, &asked), AS_CSV),
        file_name: None,
    };
    Ok(answer.respond(body, &headers))
}

/// Read a chart's series as CSV.
#[utoipa::path(
    get,
    path = "/tokens/{token}/chart.csv",
    tag = "history",
    operation_id = "chartCsv",
    params(TokenParam, Asked),
    responses(
        (status = 200, description = "The series, a line a window.", body = String, content_type = "text/csv"),
        NotModified,
        BadRequest,
        NoToken,
        NoHistory,
    )
)]
pub(crate) async fn chart_csv(
    State(state): State<ApiState>,
    TokenPath(token): TokenPath,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let chart = state.service.chart(&token, &asked.read()?).await?;
    let mut body = csv::CHART_COLUMNS.to_owned();
    for point in &chart.points {
        csv::write_point(&mut body, point);
    }
    let what = format!("chart-{}", chart.step);
    let answer = Cached {
        content_type: CSV,
        keep: Keep::Asking,
        source: Some(chart.source.to_string()),
        link: String::new(),
        file_name: Some(csv::file_name(&chart.token, &chart.source, what)),
    };
    Ok(answer.respond(body, &headers))
}

/// Five series of `[time, name, value]`, one entry a window.
fn json(points: &[Point]) -> String {
    let mut text = String::from("[");
    for (position, (name, value)) in SERIES.into_iter().enumerate() {
        text.push_str(if position == 0 { "[" } else { ",[" });
        for (position, point) in points.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let time = csv::chart_time(point.time);
            // Writing to a string cannot fail. A price is written without exponent: a JSON number.
            let _ = match &point.values {
                Some(values) => write!(text, "{comma}[\"{time}\",\"{name}\",{}]", value(values)),
                None => write!(text, "{comma}[\"{time}\",\"{name}\",null]"),
            };
        }
        text.push(']');
    }
    text.push(']');
    text
}

/// The same range as CSV.
fn csv_address(chart: &Chart, asked: &Asked) -> String {
    let (token, source, from) = (&chart.token, &chart.source, csv::chart_time(chart.from));
    let hours = chart.step.minutes() / 60;
    let mut address =
        format!("/api/v1/tokens/{token}/chart.csv?hours={hours}&from={from}&source={source}");
    let fill = asked.fill.as_deref().filter(|fill| !fill.is_empty());
    if let Some(fill) = fill {
        let _ = write!(address, "&fill={fill}");
    }
    if asked.to.as_deref().is_some_and(|to| !to.is_empty()) {
        let _ = write!(address, "&to={}", chart.to);
    }
    address
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use parallax::time::Timestamp;

    use super::*;

    #[test]
    fn five_series_have_one_entry_a_window_with_all_digits() {
        let price = |text: &str| text.parse().unwrap();
        let points = [
            Point {
                time: Timestamp::from_unix_s(1_724_803_200).unwrap(),
                values: Some(Values {
                    open: price("59516.66056590402986231227459"),
                    close: price("0.00000000000000000001"),
                    high: price("60000"),
                    low: price("0"),
                    price_usd: price("1.50"),
                }),
            },
            Point {
                time: Timestamp::from_unix_s(1_724_817_600).unwrap(),
                values: None,
            },
        ];
        assert_eq!(
            json(&points),
            "[[[\"2024-08-28T00:00:00\",\"open\",59516.66056590402986231227459],[\"2024-08-28T04:00:00\",\"open\",null]],\
             [[\"2024-08-28T00:00:00\",\"close\",0.00000000000000000001],[\"2024-08-28T04:00:00\",\"close\",null]],\
             [[\"2024-08-28T00:00:00\",\"high\",60000],[\"2024-08-28T04:00:00\",\"high\",null]],\
             [[\"2024-08-28T00:00:00\",\"low\",0],[\"2024-08-28T04:00:00\",\"low\",null]],\
             [[\"2024-08-28T00:00:00\",\"priceUSD\",1.5],[\"2024-08-28T04:00:00\",\"priceUSD\",null]]]"
        );
        assert_eq!(json(&[]), "[[],[],[],[],[]]");
    }
}
