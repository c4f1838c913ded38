//! The currency that prices are shown in, with its own live rate.
//!
//! Everything is computed and streamed in US dollars; what is shown is converted at the edge, by the rate
//! that the same stream brings. A price is never better known than the rate it was converted with.

use leptos::prelude::*;
use parallax::Decimal;
use parallax::amount::Price;
use parallax::currency::Currency;
use parallax::index::Status;
use parallax::stream::PriceSummary;
use parallax::token::TokenId;

use crate::dynamic::memo;
use crate::format::Unit;

/// The currency of a page. All of it is signals, so it is `Copy`; figures find it in the context.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    currency: RwSignal<Currency>,
    unit: Memo<Unit>,
}

impl Money {
    /// Money in `currency`. Owned by the calling component.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        let currency = RwSignal::new(currency);
        Self {
            currency,
            unit: memo(move || Unit::of(&currency.read().code)),
        }
    }

    /// That of the page around the calling component; US dollars on a page without one.
    #[must_use]
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self::new(Currency::usd()))
    }

    /// The currency as last heard of.
    #[must_use]
    pub fn currency(self) -> RwSignal<Currency> {
        self.currency
    }

    /// Changes to another currency, or to a newer rate.
    pub fn set(self, currency: Currency) {
        if self.currency.with_untracked(|shown| *shown != currency) {
            self.currency.set(currency);
        }
    }

    /// The token whose price is the rate, to be listened to; `None` for US dollars.
    #[must_use]
    pub fn token(self) -> Option<TokenId> {
        self.currency.read().token.clone()
    }

    /// Takes the rate from a price on the stream, when it is the price of the currency's token.
    pub fn apply(self, summary: &PriceSummary) {
        let differs = self.currency.with_untracked(|currency| {
            currency.token.as_ref() == Some(&summary.token)
                && (currency.rate != summary.price || currency.status != summary.status)
        });
        if differs {
            self.currency.update(|currency| {
                currency.rate = summary.price;
                currency.status = summary.status;
                currency.as_of = summary.as_of;
            });
        }
    }

    /// A price in this currency; `None` without one, and without a rate.
    #[must_use]
    pub fn price(self, usd: Option<Price>) -> Option<Price> {
        self.amount(usd?.get()).map(Price::new)
    }

    /// An amount of US dollars in this currency; `None` without a rate.
    #[must_use]
    pub fn amount(self, usd: Decimal) -> Option<Decimal> {
        self.currency.read().convert(usd)
    }

    /// The worse of a price's status and the rate's.
    #[must_use]
    pub fn status(self, of_price: Status) -> Status {
        of_price.max(self.currency.read().status)
    }

    /// How amounts are written.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit.get()
    }
}
