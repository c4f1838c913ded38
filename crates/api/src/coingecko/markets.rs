//! `/coins/markets`: the table of coins.

use std::cmp::Ordering;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use futures::StreamExt;
use parallax::Decimal;
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax_service::{PublishedPrice, Service, ServiceError, Vs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoHistory};
use super::asked::{Asked, Page, Precision, flag, given, list, vs_currency, word};
use super::changes::{SPANS, Span, change_in, change_over, is_confirmed, week};
use super::chosen::{Chosen, chosen};
use super::json;
use super::refusal::Refusal;
use crate::ApiState;
use crate::number::{Number, Unknown};
use crate::openapi::answers::NotModified;

/// Coins whose past is read at once.
const AT_ONCE: usize = 8;

/// The query of `/coins/markets`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MarketsAsked {
    /// The currency's code.
    #[param(value_type = String, required = true, example = "usd")]
    vs_currency: Option<String>,
    /// Ids of coins, separated by commas; without ids, names and symbols all coins.
    ids: Option<String>,
    /// Names of coins, separated by commas.
    names: Option<String>,
    /// Symbols of coins, separated by commas.
    symbols: Option<String>,
    /// `top` or `all`, as in `/simple/price`.
    include_tokens: Option<String>,
    /// No categories are known: naming one is refused.
    category: Option<String>,
    /// `market_cap_desc` (the default) and `market_cap_asc` (by the catalogue's rank), `volume_desc`,
    /// `volume_asc`, `id_asc`, `id_desc`.
    order: Option<String>,
    /// Rows of a page, 1 to 250; 100 by default.
    #[param(value_type = Option<u32>, minimum = 1)]
    per_page: Option<String>,
    /// The page, from 1.
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<String>,
    /// Include the prices of seven days, one every four hours.
    #[param(value_type = Option<bool>)]
    sparkline: Option<String>,
    /// Changes to include, separated by commas: `1h`, `24h`, `7d`, `14d`, `30d`, `200d`, `1y`.
    price_change_percentage: Option<String>,
    /// Decimal places of prices: `full` (the default) or 0 to 18.
    precision: Option<String>,
    /// Include `market_cap_rank_with_rehypothecated`, which is not known: null.
    #[param(value_type = Option<bool>)]
    include_rehypothecated: Option<String>,
}

/// Prices of seven days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoSparkline)]
pub(crate) struct Sparkline {
    /// Oldest first, one every four hours.
    price: Vec<Number>,
}

/// A coin's row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoMarketRow)]
pub(crate) struct MarketRow<'a> {
    /// Its id.
    #[schema(example = "bitcoin")]
    id: &'a str,
    /// Its usual ticker in lower case.
    #[schema(example = "btc")]
    symbol: String,
    /// Its name.
    #[schema(example = "Bitcoin")]
    name: &'a str,
    /// Empty: Parallax has no logos.
    image: &'static str,
    /// The last price.
    current_price: Option<Number>,
    market_cap: Unknown,
    market_cap_rank: Unknown,
    /// The price times the total supply, where that is known.
    fully_diluted_valuation: Option<Number>,
    /// The volume of 24 hours.
    total_volume: Option<Number>,
    /// The highest price of 24 hours.
    high_24h: Option<Number>,
    /// The lowest price of 24 hours.
    low_24h: Option<Number>,
    /// The change over 24 hours.
    price_change_24h: Option<Number>,
    /// The change over 24 hours in per cent, two places.
    price_change_percentage_24h: Option<Number>,
    market_cap_change_24h: Unknown,
    market_cap_change_percentage_24h: Unknown,
    circulating_supply: Unknown,
    /// Units in existence, where a venue says it and can be believed.
    total_supply: Option<Number>,
    max_supply: Unknown,
    ath: Unknown,
    ath_change_percentage: Unknown,
    ath_date: Unknown,
    atl: Unknown,
    atl_change_percentage: Unknown,
    atl_date: Unknown,
    roi: Unknown,
    /// When the price was last confirmed; without a price, when that was found.
    #[schema(value_type = String, format = DateTime)]
    last_updated: Timestamp,
    /// With `include_rehypothecated=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Unknown, required = false)]
    market_cap_rank_with_rehypothecated: Option<Unknown>,
    /// With `sparkline=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sparkline_in_7d: Option<Sparkline>,
    /// With `price_change_percentage=1h`; so are the following.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_1h_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_24h_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_7d_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_14d_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_30d_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_200d_in_currency: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Number>)]
    price_change_percentage_1y_in_currency: Change,
}

/// A change that was asked for, and is known or not.
type Change = Option<Option<Number>>;

/// What to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Volume,
    Id,
}

/// The orders there are, and whether the first is the last.
const ORDERS: [(&str, (By, bool)); 6] = [
    ("market_cap_desc", (By::Rank, false)),
    ("market_cap_asc", (By::Rank, true)),
    ("volume_desc", (By::Volume, true)),
    ("volume_asc", (By::Volume, false)),
    ("id_asc", (By::Id, false)),
    ("id_desc", (By::Id, true)),
];

/// What is written of each coin.
struct Written {
    vs: Vs,
    precision: Precision,
    sparkline: bool,
    rehypothecated: bool,
    spans: Vec<Span>,
}

/// A coin and its price.
type Coin<'a> = (&'a Token, Arc<PublishedPrice>);

/// Coins with their prices and the figures around them.
///
/// Every coin that an exchange lists. What Parallax does not know is null.
#[utoipa::path(get, path = "/api/v3/coins/markets", operation_id = "coingeckoCoinsMarkets", tag = "CoinGecko-compatible",
    params(MarketsAsked),
    responses(
        (status = 200, description = "A page of coins", body = Vec<MarketRow<'_>>),
        NotModified,
        (status = 404, description = "There is no such category", body = Refusal),
        BadQuery,
        NoHistory))]
pub(crate) async fn markets(
    State(state): State<ApiState>,
    Asked(asked): Asked<MarketsAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let spans = given(&asked.price_change_percentage).unwrap_or_default();
    let known = |span: &str| {
        let found = SPANS.iter().find(|(known, _)| *known == span);
        let allowed = "some of 1h, 24h, 7d, 14d, 30d, 200d, 1y, separated by commas";
        found
            .map(|(_, span)| *span)
            .filter(|span| *span != Span::Days(60))
            .ok_or_else(|| Refusal::invalid("price_change_percentage", span, allowed))
    };
    let written = Written {
        vs: vs_currency(service, &asked.vs_currency)?,
        precision: Precision::read(&asked.precision)?,
        sparkline: flag("sparkline", &asked.sparkline, false)?,
        rehypothecated: flag(
            "include_rehypothecated",
            &asked.include_rehypothecated,
            false,
        )?,
        spans: list(spans).map(known).collect::<Result<_, _>>()?,
    };
    if given(&asked.category).is_some() {
        return Err(Refusal::not_found("category"));
    }
    let (by, turned) = word("order", &asked.order, &ORDERS, (By::Rank, false))?;
    let page = Page::read(&asked.page, &asked.per_page)?;
    let catalogue = service.catalogue();
    let chosen = chosen(
        &catalogue,
        &asked.ids,
        &asked.names,
        &asked.symbols,
        &asked.include_tokens,
    )?;
    let mut coins = service.published_coins(&catalogue);
    if let Chosen::Coins(chosen) = &chosen {
        coins.retain(|(token, _)| chosen.iter().any(|(_, wanted)| wanted.id == token.id));
    }
    coins.sort_by(|a, b| compare(a, b, by, turned));
    let mut rows = Vec::new();
    for (token, price) in page.of(coins) {
        rows.push(row(service, token, price, &written));
    }
    let rows: Vec<Result<MarketRow<'_>, ServiceError>> = futures::stream::iter(rows)
        .buffered(AT_ONCE)
        .collect()
        .await;
    json(&rows.into_iter().collect::<Result<Vec<_>, _>>()?, &headers)
}

/// The order of two rows; those without a volume last, ties by rank.
fn compare(a: &Coin<'_>, b: &Coin<'_>, by: By, turned: bool) -> Ordering {
    let turn = |order: Ordering| if turned { order.reverse() } else { order };
    let volume = |coin: &Coin<'_>| coin.1.summary.volume_24h_usd;
    let order = match by {
        By::Rank => turn(a.0.rank.cmp(&b.0.rank)),
        By::Id => turn(a.0.id.cmp(&b.0.id)),
        By::Volume => match (volume(a), volume(b)) {
            (Some(a), Some(b)) => turn(a.cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    };
    order.then_with(|| a.0.rank.cmp(&b.0.rank))
}

async fn row<'a>(
    service: &Service,
    token: &'a Token,
    published: Arc<PublishedPrice>,
    written: &Written,
) -> Result<MarketRow<'a>, ServiceError> {
    let (summary, vs) = (&published.summary, &written.vs);
    let (day, supply) = tokio::join!(service.day(&token.id, vs), service.total_supply(&token.id));
    let price = summary.price.and_then(|price| vs.convert(price.get()));
    let exact = |value: Decimal| Number(written.precision.of(value));
    // A price that is no longer confirmed has no change.
    let is_confirmed = is_confirmed(summary, vs);
    let day_pct = change_in(summary.change_24h_pct, vs.changes.day_pct).filter(|_| is_confirmed);
    let open = day.and_then(|day| day.open).filter(|_| is_confirmed);
    let change = price
        .zip(open)
        .and_then(|(price, open)| price.checked_sub(open));
    let mut row = MarketRow {
        id: token.id.as_str(),
        symbol: token.symbol.as_str().to_lowercase(),
        name: &token.name,
        image: "",
        current_price: price.map(exact),
        market_cap: Unknown,
        market_cap_rank: Unknown,
        fully_diluted_valuation: price
            .zip(supply)
            .and_then(|(a, b)| a.checked_mul(b))
            .map(Number),
        total_volume: summary
            .volume_24h_usd
            .and_then(|volume| vs.convert(volume.get()))
            .map(Number),
        high_24h: day.map(|day| exact(day.high)),
        low_24h: day.map(|day| exact(day.low)),
        price_change_24h: change.map(Number),
        price_change_percentage_24h: day_pct.map(Number),
        market_cap_change_24h: Unknown,
        market_cap_change_percentage_24h: Unknown,
        circulating_supply: Unknown,
        total_supply: supply.map(Number),
        max_supply: Unknown,
        ath: Unknown,
        ath_change_percentage: Unknown,
        ath_date: Unknown,
        atl: Unknown,
        atl_change_percentage: Unknown,
        atl_date: Unknown,
        roi: Unknown,
        last_updated: summary.as_of.unwrap_or(published.index.computed_at),
        market_cap_rank_with_rehypothecated: written.rehypothecated.then_some(Unknown),
        sparkline_in_7d: written.sparkline.then(|| Sparkline {
            price: week(service, &token.id, vs),
        }),
        price_change_percentage_1h_in_currency: None,
        price_change_percentage_24h_in_currency: None,
        price_change_percentage_7d_in_currency: None,
        price_change_percentage_14d_in_currency: None,
        price_change_percentage_30d_in_currency: None,
        price_change_percentage_200d_in_currency: None,
        price_change_percentage_1y_in_currency: None,
    };
    for span in &written.spans {
        let change = change_over(service, summary, vs, *span).await?;
        let change = Some(change.map(Number));
        match span {
            Span::Hour => row.price_change_percentage_1h_in_currency = change,
            Span::Day => row.price_change_percentage_24h_in_currency = change,
            Span::Week => row.price_change_percentage_7d_in_currency = change,
            Span::Days(14) => row.price_change_percentage_14d_in_currency = change,
            Span::Days(30) => row.price_change_percentage_30d_in_currency = change,
            Span::Days(200) => row.price_change_percentage_200d_in_currency = change,
            Span::Days(_) => row.price_change_percentage_1y_in_currency = change,
        }
    }
    Ok(row)
}
