//! The pictures as pages show them: beside what the page writes about them, and forgiving. A mistyped link
//! shows the default rather than an error; `crates/api` is strict.

use parallax::candle::Step;
use parallax::picture::{ChartChoice, Range};
use parallax::stream::PriceSummary;
use parallax::token::{Token, TokenId};
use parallax::view::{COMPARED, ChartView, CompareRow, CompareView};

use crate::Service;
use crate::draw::{self, Look};
use crate::error::{ServiceError, cut};
use crate::picture::PictureQuery;

/// Bars in the table under a chart.
const LISTED: usize = 60;

impl Service {
    /// A token's chart with its pictures. Only an id will do, as in a page's address.
    ///
    /// # Errors
    /// [`ServiceError::UnknownToken`] and [`ServiceError::HistoryUnavailable`]; for everything else that
    /// cannot be drawn the default is.
    pub async fn chart_view(
        &self,
        id: &str,
        choice: &ChartChoice,
    ) -> Result<ChartView, ServiceError> {
        let token = self.by_id(id)?.id;
        let mut choice = choice.clone();
        if self.currency(choice.currency.as_deref()).is_err() {
            choice.currency = None;
        }
        let step =
            |choice: &ChartChoice| -> Option<Step> { choice.interval.as_ref()?.parse().ok() };
        let mut query = PictureQuery {
            range: choice.range,
            step: step(&choice),
            currency: choice.currency.clone(),
            ..PictureQuery::default()
        };
        let picture = match self.picture(token.as_str(), &query).await {
            Err(ServiceError::TooLarge(_)) => {
                choice.interval = None;
                query.step = None;
                self.picture(token.as_str(), &query).await?
            }
            other => other?,
        };
        let look = Look {
            kind: choice.kind,
            scale: choice.scale,
            ..Look::page()
        };
        let bars = picture.bars();
        let (wide, narrow) = if bars == 0 {
            (String::new(), String::new())
        } else {
            draw::both(look, |look, size| picture.svg(look, size))?
        };
        let skipped = picture.windows.len().saturating_sub(LISTED);
        Ok(ChartView {
            token,
            choice,
            step: picture.step.to_string(),
            from: picture.from,
            until: picture.until,
            currency: picture.currency,
            wide,
            narrow,
            windows: picture.windows.into_iter().skip(skipped).collect(),
            bars: u32::try_from(bars).unwrap_or(u32::MAX),
        })
    }

    /// Several tokens compared, with the pictures.
    ///
    /// # Errors
    /// [`ServiceError::HistoryUnavailable`].
    pub async fn compare_view(
        &self,
        ids: &[String],
        range: Range,
    ) -> Result<CompareView, ServiceError> {
        let (mut tokens, mut refused): (Vec<Token>, Vec<String>) = (Vec::new(), Vec::new());
        for id in ids {
            match self.by_id(id) {
                Ok(token) if tokens.iter().any(|known| known.id == token.id) => {}
                Ok(token) if tokens.len() < COMPARED => tokens.push(token),
                _ => refused.push(cut(id)),
            }
        }
        let query = PictureQuery {
            range,
            ..PictureQuery::default()
        };
        let comparison = self.compare(&tokens, &query).await?;
        let (wide, narrow) = if tokens.is_empty() {
            (String::new(), String::new())
        } else {
            draw::both(Look::page(), |look, size| comparison.svg(look, size))?
        };
        let rows = comparison.lines.into_iter().map(|line| CompareRow {
            price: self.summary(&line.token.id),
            change_pct: line.change_pct,
            token: line.token,
        });
        let (_, prices) = self.inner.board.prices();
        let priced = prices.iter().map(|price| price.summary.token.as_str());
        let catalogue = self.catalogue();
        let mut all: Vec<&Token> = priced.filter_map(|id| catalogue.get(id)).collect();
        all.sort_by_key(|token| token.rank);
        Ok(CompareView {
            at: comparison.now,
            range,
            from: comparison.from,
            until: comparison.until,
            rows: rows.collect(),
            refused,
            wide,
            narrow,
            tokens: all.into_iter().cloned().collect(),
        })
    }

    /// A token's published state, without a number when there is none yet.
    #[must_use]
    pub fn summary(&self, token: &TokenId) -> PriceSummary {
        match self.inner.board.price(token.as_str()) {
            Some(published) => published.summary.clone(),
            None => self.no_price_yet(token).0,
        }
    }
}
