//! One row of the token table as text: written by the server, and written again by the browser where a cell
//! has changed. See `rows.rs` for when that is.

use html_escape::{encode_double_quoted_attribute, encode_safe, encode_text};
use parallax::Decimal;
use parallax::amount::Price;
use parallax::currency::Currency;
use parallax::index::Status;
use parallax::stream::PriceSummary;
use parallax::time::Timestamp;
use parallax::token::Token;

use crate::address::carrying;
use crate::components::IconShape;
use crate::format::{self, Figure, Unit};
use crate::live::shown_status;
use crate::{markup, wording};

/// What all rows are written with.
#[derive(Debug, Clone)]
pub struct Look {
    /// The currency and its rate.
    pub currency: Currency,
    /// How amounts of it are written.
    pub unit: Unit,
    /// The currency in the address, which links keep.
    pub asked: Option<String>,
    /// The server's clock; `None` until the page is alive, when only absolute times can be shown.
    pub now: Option<Timestamp>,
    /// The same clock while nothing confirms what is shown.
    pub unheard: Option<Timestamp>,
}

impl Look {
    fn price(&self, usd: Option<Price>) -> Option<Price> {
        self.currency.convert(usd?.get()).map(Price::new)
    }

    fn amount(&self, usd: Option<Decimal>) -> Option<Decimal> {
        self.currency.convert(usd?)
    }
}

/// Cells that change, from left to right: those of the columns from [`FIRST`] on, with the name that a card
/// shows beside the value.
pub const CELLS: [(&str, Option<&str>); 11] = [
    ("price", None),
    ("strip", None),
    ("change-1h", Some("1 h")),
    ("change-24h", Some("24 h")),
    ("change-7d", Some("7 d")),
    ("trend", None),
    ("volume", Some("Volume")),
    ("confidence", Some("Confidence")),
    ("sources", Some("Sources")),
    ("status", None),
    ("age", None),
];

/// The place of the first of [`CELLS`] in the row: the star, the rank and the token come before.
pub const FIRST: u32 = 3;

/// What a row shows of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The status, which colours the row.
    pub status: Status,
    /// The price with all its digits.
    pub value: Option<String>,
    /// Where the token's link leads.
    pub href: String,
    /// The content of [`CELLS`].
    pub cells: [String; CELLS.len()],
}

impl Content {
    /// What is known of a token, in a look. `trend` is the `d` of the last seven days' path.
    pub fn new(price: &PriceSummary, trend: Option<&str>, look: &Look) -> Self {
        let status = price.status.max(look.currency.status);
        let status = shown_status(status, price.as_of, look.unheard);
        let shown = look.price(price.price);
        let computed = price.computed();
        let unit = &look.unit;
        Self {
            status,
            value: shown.map(|price| price.to_string()),
            href: carrying(&format!("/tokens/{}", price.token), look.asked.as_deref()),
            cells: [
                shown.map_or_else(no_price, |price| {
                    markup::figure(&Figure::table(price, unit), "")
                }),
                markup::strip(computed.price, computed.confidence, &price.viewpoints),
                markup::change(price.change_1h_pct),
                markup::change(price.change_24h_pct),
                markup::change(price.change_7d_pct),
                markup::trend(trend, price.change_7d_pct),
                markup::volume(look.amount(price.volume_24h_usd.map(|usd| usd.get())), unit),
                look.price(price.confidence)
                    .map_or_else(String::new, |amount| {
                        markup::figure(&Figure::short(amount, unit), "±")
                    }),
                format!("{}/{}", price.sources, price.sources_known),
                match &price.by_hand {
                    Some(by_hand) if status == Status::Manual => markup::by_hand(by_hand),
                    _ => markup::status(status),
                },
                markup::age(price.as_of, look.now),
            ],
        }
    }

    /// The whole row's content.
    pub fn row(&self, token: &Token) -> String {
        let name = format::isolated(&format::cut(&token.name, LONGEST_NAME));
        let spoken = encode_safe(&name);
        // What the column cuts off is at hand on hover.
        let title = if token.name.chars().count() > SHORT_NAME {
            format!(" title=\"{}\"", encode_safe(&token.name))
        } else {
            String::new()
        };
        let mut row = format!(
            "<td role=\"cell\" data-cell=\"watch\"><button type=\"button\" class=\"star needs-js\" \
             aria-label=\"Watch {spoken}\" aria-pressed=\"false\" title=\"Watchlist (w)\">{}</button></td>\
             <td role=\"cell\" data-cell=\"rank\">{}</td>\
             <th scope=\"row\" role=\"rowheader\" data-cell=\"token\"><a href=\"{}\" class=\"token-link\" \
             data-row-link aria-label=\"{spoken} {}\"{title}><bdi class=\"token-name\">{}</bdi>\
             <span class=\"token-symbol\">{}</span></a></th>",
            markup::icon(IconShape::Star),
            token.rank,
            encode_double_quoted_attribute(&self.href),
            encode_safe(token.symbol.as_str()),
            encode_text(&token.name),
            encode_text(token.symbol.as_str()),
        );
        for ((key, label), cell) in CELLS.iter().zip(&self.cells) {
            row.push_str("<td role=\"cell\" data-cell=\"");
            row.push_str(key);
            row.push('"');
            let attribute = match *key {
                "price" => self.value.as_deref().map(|value| ("data-value", value)),
                "status" => Some(("data-status", self.status.as_str())),
                _ => label.map(|label| ("data-label", label)),
            };
            if let Some((name, value)) = attribute {
                row.push_str(&format!(
                    " {name}=\"{}\"",
                    encode_double_quoted_attribute(value)
                ));
            }
            row.push('>');
            row.push_str(cell);
            row.push_str("</td>");
        }
        row
    }
}

/// Longer names are cut where nothing else cuts them.
const LONGEST_NAME: usize = 80;

/// Longer names may not fit their column.
const SHORT_NAME: usize = 20;

/// What a price is without a number.
fn no_price() -> String {
    format!(
        "<span class=\"no-price\">{}</span>",
        wording::status(Status::NoQuorum)
    )
}
