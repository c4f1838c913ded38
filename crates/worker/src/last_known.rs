//! What an earlier run left in the store, as the pipeline begins with it.

use parallax::candle::{Candle, Interval, Series, Source};
use parallax::index::IndexPrice;
use parallax::time::Timestamp;
use parallax_store::{Store, StoreError, StoredQuote};

use crate::history::History;

/// What an earlier run of the program left in the store.
#[derive(Debug, Default)]
pub struct LastKnown {
    pub(crate) prices: Vec<IndexPrice>,
    pub(crate) quotes: Vec<StoredQuote>,
    pub(crate) candles: Vec<Candle>,
}

impl LastKnown {
    /// Reads the last prices, the last quotes, and the candles that tell a week's changes and go on.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load(store: &dyn Store, now: Timestamp) -> Result<Self, StoreError> {
        let prices = store.latest_prices().await?;
        let quotes = store.latest_quotes().await?;
        let mut candles = Vec::new();
        for price in &prices {
            for interval in Interval::ALL {
                let series = Series::index(price.token.clone(), interval);
                let kept = History::kept(interval).max(2 * Interval::Day.duration());
                candles.extend(read(store, series, now.minus(kept), now).await?);
            }
            for source in store.candle_sources(&price.token, Interval::Hour).await? {
                if source != Source::Index {
                    let series = Series {
                        token: price.token.clone(),
                        source,
                        interval: Interval::Hour,
                    };
                    let since = now.minus(Interval::Day.duration());
                    candles.extend(read(store, series, since, now).await?);
                }
            }
        }
        Ok(Self {
            prices,
            quotes,
            candles,
        })
    }
}

/// The series' candles from `since` to the running one.
async fn read(
    store: &dyn Store,
    series: Series,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Candle>, StoreError> {
    /// More than any of the spans read here has.
    const ALL: u32 = 10_000;
    let until = now.plus(series.interval.duration());
    let bars = store.candles(&series, since, until, ALL).await?;
    Ok(bars
        .into_iter()
        .map(|bar| Candle {
            series: series.clone(),
            bar,
        })
        .collect())
}
