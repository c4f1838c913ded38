//! The market's figures of one coin in every currency: `market_data` of `/coins/{id}`.
//!
//! Changes over more than seven days are told in US dollars only.

use std::collections::BTreeMap;

use parallax::Decimal;
use parallax::time::Timestamp;
use parallax::token::Token;
use parallax_service::{PublishedPrice, Service, ServiceError, Vs};
use serde::Serialize;
use utoipa::ToSchema;

use super::changes::{SPANS, Span, change_over, is_confirmed, week};
use crate::number::{Number, Unknown};

/// Figures by the currency's code.
type ByCurrency = BTreeMap<String, Number>;

/// A coin's market figures. What is not known is null, empty or left out.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoinGeckoMarketData)]
pub(crate) struct MarketData {
    /// The last price.
    current_price: BTreeMap<String, Number>,
    total_value_locked: Unknown,
    mcap_to_tvl_ratio: Unknown,
    fdv_to_tvl_ratio: Unknown,
    roi: Unknown,
    ath: BTreeMap<String, Number>,
    ath_change_percentage: BTreeMap<String, Number>,
    ath_date: BTreeMap<String, Number>,
    atl: BTreeMap<String, Number>,
    atl_change_percentage: BTreeMap<String, Number>,
    atl_date: BTreeMap<String, Number>,
    market_cap: BTreeMap<String, Number>,
    /// The price times the total supply, where that is known.
    fully_diluted_valuation: BTreeMap<String, Number>,
    market_cap_rank: Unknown,
    outstanding_token_value_usd: Unknown,
    market_cap_rank_with_rehypothecated: Unknown,
    /// The volume of 24 hours.
    total_volume: BTreeMap<String, Number>,
    /// The highest price of 24 hours.
    high_24h: BTreeMap<String, Number>,
    /// The lowest price of 24 hours.
    low_24h: BTreeMap<String, Number>,
    /// The change over 24 hours in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Number, required = false)]
    price_change_24h: Option<Number>,
    /// The change over a span in per cent: `price_change_percentage_24h`, `…_7d`, `…_14d`, `…_30d`, `…_60d`,
    /// `…_200d`, `…_1y`.
    #[serde(flatten)]
    changes: BTreeMap<String, Number>,
    /// The change over 24 hours.
    price_change_24h_in_currency: BTreeMap<String, Number>,
    price_change_percentage_1h_in_currency: BTreeMap<String, Number>,
    price_change_percentage_24h_in_currency: BTreeMap<String, Number>,
    price_change_percentage_7d_in_currency: BTreeMap<String, Number>,
    price_change_percentage_14d_in_currency: BTreeMap<String, Number>,
    price_change_percentage_30d_in_currency: BTreeMap<String, Number>,
    price_change_percentage_60d_in_currency: BTreeMap<String, Number>,
    price_change_percentage_200d_in_currency: BTreeMap<String, Number>,
    price_change_percentage_1y_in_currency: BTreeMap<String, Number>,
    market_cap_change_24h_in_currency: BTreeMap<String, Number>,
    market_cap_change_percentage_24h_in_currency: BTreeMap<String, Number>,
    /// Units in existence, where a venue says it and can be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Number, required = false)]
    total_supply: Option<Number>,
    max_supply: Unknown,
    outstanding_supply: Unknown,
    /// When the price was last confirmed; without a price, when that was found.
    #[schema(value_type = String, format = DateTime)]
    last_updated: Timestamp,
    /// With `sparkline=true`: seven days in US dollars, oldest first, one price every four hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Number>, required = false)]
    sparkline_7d: Option<Vec<Number>>,
}

impl MarketData {
    fn changes_over(&mut self, span: Span) -> &mut ByCurrency {
        match span {
            Span::Hour => &mut self.price_change_percentage_1h_in_currency,
            Span::Day => &mut self.price_change_percentage_24h_in_currency,
            Span::Week => &mut self.price_change_percentage_7d_in_currency,
            Span::Days(14) => &mut self.price_change_percentage_14d_in_currency,
            Span::Days(30) => &mut self.price_change_percentage_30d_in_currency,
            Span::Days(60) => &mut self.price_change_percentage_60d_in_currency,
            Span::Days(200) => &mut self.price_change_percentage_200d_in_currency,
            Span::Days(_) => &mut self.price_change_percentage_1y_in_currency,
        }
    }
}

/// A coin's figures in every currency that has a rate now.
///
/// # Errors
/// [`ServiceError::HistoryUnavailable`].
pub(crate) async fn market_data(
    service: &Service,
    token: &Token,
    published: Option<&PublishedPrice>,
    last_updated: Timestamp,
    sparkline: bool,
) -> Result<MarketData, ServiceError> {
    let supply = service.total_supply(&token.id).await;
    let mut data = MarketData {
        total_supply: supply.map(Number),
        last_updated,
        sparkline_7d: sparkline.then(|| week(service, &token.id, &Vs::usd())),
        ..MarketData::default()
    };
    let Some(published) = published else {
        return Ok(data);
    };
    let summary = &published.summary;
    for vs in service.all_vs() {
        let is_usd = vs.token.is_none();
        let mut put = |map: fn(&mut MarketData) -> &mut ByCurrency, value: Option<Decimal>| {
            if let Some(value) = value {
                map(&mut data).insert(vs.code.clone(), Number(value));
            }
        };
        let price = summary.price.and_then(|price| vs.convert(price.get()));
        let volume = summary.volume_24h_usd;
        let day = service.day(&token.id, &vs).await;
        let open = day
            .and_then(|day| day.open)
            .filter(|_| is_confirmed(summary, &vs));
        let change = price
            .zip(open)
            .and_then(|(price, open)| price.checked_sub(open));
        put(|data| &mut data.current_price, price);
        put(
            |data| &mut data.total_volume,
            volume.and_then(|volume| vs.convert(volume.get())),
        );
        put(|data| &mut data.high_24h, day.map(|day| day.high));
        put(|data| &mut data.low_24h, day.map(|day| day.low));
        put(|data| &mut data.price_change_24h_in_currency, change);
        let valuation = price
            .zip(supply)
            .and_then(|(price, supply)| price.checked_mul(supply));
        put(|data| &mut data.fully_diluted_valuation, valuation);
        if is_usd {
            data.price_change_24h = change.map(Number);
        }
        let spans = SPANS
            .iter()
            .filter(|(_, span)| is_usd || !matches!(span, Span::Days(_)));
        for (word, span) in spans {
            if let Some(change) = change_over(service, summary, &vs, *span).await? {
                data.changes_over(*span)
                    .insert(vs.code.clone(), Number(change));
                // Over one hour there is only the figure by currency.
                if is_usd && *span != Span::Hour {
                    let name = format!("price_change_percentage_{word}");
                    data.changes.insert(name, Number(change));
                }
            }
        }
    }
    Ok(data)
}
