//! `/coins/{id}/history`: a coin as it was at midnight UTC of a day.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::Decimal;
use parallax::candle::Step;
use parallax::currency::divide;
use parallax::time::Timestamp;
use parallax::token::TokenId;
use parallax_service::{Service, ServiceError, Vs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{BadQuery, NoCoin, NoHistory};
use super::asked::{Asked, Named, flag, required};
use super::coin::Nothing;
use super::json;
use super::refusal::Refusal;
use crate::ApiState;
use crate::number::Number;
use crate::openapi::answers::NotModified;

const DAY: Duration = Duration::from_secs(86_400);

/// The query of `/coins/{id}/history`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryAsked {
    /// The day as `dd-mm-yyyy`: the answer is of its beginning.
    #[param(value_type = String, required = true, example = "21-11-2026")]
    date: Option<String>,
    /// Include the name by language, of which only English is known; true by default.
    #[param(value_type = Option<bool>)]
    localization: Option<String>,
}

/// Addresses of pictures, empty.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoThumbnails)]
pub(crate) struct Thumbnails {
    thumb: &'static str,
    small: &'static str,
}

/// Figures at a moment, by the currency's code. What was not recorded is left out.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoMarketThen)]
pub(crate) struct MarketThen {
    /// The price.
    current_price: BTreeMap<String, Number>,
    /// Not known without a circulating supply: empty.
    market_cap: BTreeMap<String, Number>,
    /// The value of the trades that Parallax saw in the 24 hours before.
    total_volume: BTreeMap<String, Number>,
}

/// A coin at a moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoinGeckoCoinThen)]
pub(crate) struct CoinThen<'a> {
    /// Its id.
    id: &'a str,
    /// Its usual ticker in lower case.
    symbol: String,
    /// Its name.
    name: &'a str,
    /// The name in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, String>, required = false)]
    localization: Option<BTreeMap<&'static str, &'a str>>,
    image: Thumbnails,
    market_data: MarketThen,
    community_data: Nothing,
    developer_data: Nothing,
    public_interest_stats: Nothing,
}

/// A coin as it was at the beginning of a day.
#[utoipa::path(get, path = "/api/v3/coins/{id}/history", operation_id = "coingeckoCoinsIdHistory", tag = "CoinGecko-compatible",
    params(("id" = String, Path, description = "A coin's id", example = "bitcoin"), HistoryAsked),
    responses(
        (status = 200, description = "The coin then", body = CoinThen<'_>),
        NotModified,
        NoCoin,
        BadQuery,
        NoHistory))]
pub(crate) async fn history(
    State(state): State<ApiState>,
    Named(id): Named<String>,
    Asked(asked): Asked<HistoryAsked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let service = &state.service;
    let catalogue = service.catalogue();
    let token = catalogue
        .coin(&id)
        .ok_or_else(|| Refusal::not_found("coin"))?;
    let date = required("date", &asked.date)?;
    let localization = flag("localization", &asked.localization, true)?;
    let at = midnight(date).filter(|at| *at <= service.at());
    let refused = || Refusal::invalid("date", date, "a past day as dd-mm-yyyy, such as 30-12-2025");
    let then = CoinThen {
        id: token.id.as_str(),
        symbol: token.symbol.as_str().to_lowercase(),
        name: &token.name,
        localization: localization.then(|| BTreeMap::from([("en", token.name.as_str())])),
        image: Thumbnails::default(),
        market_data: market_then(service, &token.id, at.ok_or_else(refused)?).await?,
        community_data: Nothing::default(),
        developer_data: Nothing::default(),
        public_interest_stats: Nothing::default(),
    };
    json(&then, &headers)
}

/// The beginning of a day, `dd-mm-yyyy` with or without leading zeros.
fn midnight(date: &str) -> Option<Timestamp> {
    let mut parts = date.split('-');
    let mut next = || {
        let part = parts.next()?;
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok())?
    };
    let (day, month, year) = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
        .parse()
        .ok()
}

async fn market_then(
    service: &Service,
    token: &TokenId,
    at: Timestamp,
) -> Result<MarketThen, ServiceError> {
    let mut then = MarketThen::default();
    let Some(price) = service.price_about(token, at).await? else {
        return Ok(then);
    };
    let volume = volume_before(service, token, at).await?;
    for vs in service.all_vs() {
        let rate = match &vs.token {
            None => Some(Decimal::ONE),
            Some(priced_by) => service
                .price_about(priced_by, at)
                .await?
                .map(|rate| rate.get()),
        };
        let Some(rate) = rate else {
            continue;
        };
        let told = |usd: Decimal| match &vs.token {
            None => Some(usd),
            Some(_) => vs.of_tokens(divide(usd, rate)?),
        };
        if let Some(price) = told(price.get()) {
            then.current_price.insert(vs.code.clone(), Number(price));
        }
        if let Some(volume) = volume.and_then(told) {
            then.total_volume.insert(vs.code.clone(), Number(volume));
        }
    }
    Ok(then)
}

/// The value traded in the 24 hours before a moment, by the hours held, else by the day.
async fn volume_before(
    service: &Service,
    token: &TokenId,
    at: Timestamp,
) -> Result<Option<Decimal>, ServiceError> {
    for step in [Step::Hours(1), Step::Day] {
        let from = at.minus(DAY);
        let bars = service.bars_in(token, &Vs::usd(), step, from, at).await?;
        if !bars.is_empty() {
            let volumes = bars.iter().map(|bar| bar.volume_usd.get());
            return Ok(Some(volumes.fold(Decimal::ZERO, Decimal::saturating_add)));
        }
    }
    Ok(None)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_day_first() {
        let midnight_of = |date| midnight(date).map(|at| at.to_string());
        assert_eq!(
            midnight_of("30-12-2025").unwrap(),
            "2025-12-30T00:00:00.000Z"
        );
        assert_eq!(midnight_of("1-2-2025").unwrap(), "2025-02-01T00:00:00.000Z");
        for text in [
            "2025-12-30",
            "32-01-2025",
            "30-02-2025",
            "30/12/2025",
            "1-2",
            "1-2-2025-1",
            "a-b-c",
            "",
        ] {
            assert_eq!(midnight_of(text), None, "{text:?}");
        }
    }
}
