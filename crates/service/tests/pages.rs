//! What pages ask: the table, currencies, a token's chart, and comparisons.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use parallax::candle::{Bar, Candle, CandleKind, Interval, Series};
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::index::{IndexPrice, Status};
use parallax::picture::{ChartChoice, ChartKind, Range, Scale};
use parallax::stream::Changes;
use parallax::table::{Order, SortBy, TableQuery};
use parallax::time::{Clock, Moment, Timestamp};
use parallax::view::TablePage;
use parallax_board::{Board, Publication};
use parallax_service::{Facts, Service, ServiceError};
use parallax_store::Store;

/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000;
/// The hour that is running then.
const HOUR: i64 = 1_699_999_200;

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        Moment {
            utc: at(NOW),
            ..Moment::default()
        }
    }
}

struct House {
    board: Arc<Board>,
    store: Arc<dyn Store>,
    service: Service,
}

async fn house() -> House {
    house_of(EMBEDDED).await
}

async fn house_of(catalogue: &str) -> House {
    let board = Board::new(8);
    let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
        .await
        .unwrap();
    let catalogue: Catalogue = toml::from_str(catalogue).unwrap();
    store.save_tokens(catalogue.tokens()).await.unwrap();
    let facts = Facts {
        version: "0.0.0".to_owned(),
        method: 1,
        simulated: true,
        started_at: at(NOW),
        venues: Vec::new(),
        profiles: HashMap::new(),
        store_backend: "SQLite".to_owned(),
        price_every: Duration::from_secs(30),
        price_retention: None,
    };
    let service = Service::new(
        facts,
        Arc::clone(&board),
        Arc::clone(&store),
        tokio::sync::watch::channel(Arc::new(catalogue)).1,
        Arc::new(StandingClock),
    );
    House {
        board,
        store,
        service,
    }
}

fn at(unix_s: i64) -> Timestamp {
    Timestamp::from_unix_s(unix_s).unwrap()
}

impl House {
    /// Publishes a price, or that there is none, confirmed `age_s` ago.
    fn publish(&self, token: &str, price: Option<&str>, age_s: i64) {
        let status = price.map_or(Status::NoQuorum, |_| Status::Live);
        self.publish_as(token, price, age_s, status);
    }

    fn publish_as(&self, token: &str, price: Option<&str>, age_s: i64, status: Status) {
        let index = IndexPrice {
            token: token.parse().unwrap(),
            price: price.map(|price| price.parse().unwrap()),
            confidence: price.map(|_| "0.5".parse().unwrap()),
            status,
            as_of: price.map(|_| at(NOW - age_s)),
            computed_at: at(NOW - age_s),
            method: 1,
            sources: u32::try_from(age_s).unwrap(),
            sources_known: 9,
            volume_24h_usd: price.map(|price| price.parse().unwrap()),
            constituents: Vec::new(),
            by_hand: None,
        };
        self.board.publish([Publication {
            index: Arc::new(index),
            changes: Changes::default(),
        }]);
    }

    /// Stores one hour's bar that opens `hours` before the running one.
    async fn store_hour(&self, token: &str, hours: i64, [open, high, low, close]: [&str; 4]) {
        let candle = Candle {
            series: Series::index(token.parse().unwrap(), Interval::Hour),
            bar: Bar {
                open_time: at(HOUR - hours * 3_600),
                open: open.parse().unwrap(),
                high: high.parse().unwrap(),
                low: low.parse().unwrap(),
                close: close.parse().unwrap(),
                confidence: None,
                volume_usd: "12".parse().unwrap(),
                trades: Some(3),
                sources: 2,
                minutes: 60,
                kind: CandleKind::Traded,
                revision: 0,
            },
        };
        self.store.save_candles(&[candle]).await.unwrap();
    }

    fn page(&self, change: impl FnOnce(&mut TableQuery)) -> TablePage {
        let mut query = TableQuery::default();
        change(&mut query);
        self.service.page(&query)
    }
}

fn ids(page: &TablePage) -> Vec<&str> {
    let ids = page.rows.iter().map(|row| row.token.id.as_str());
    ids.collect()
}

async fn four() -> House {
    let house = house().await;
    // Ranks 1 to 4 of the catalogue.
    house.publish("bitcoin", Some("60000"), 3);
    house.publish("ethereum", Some("3000"), 1);
    house.publish("tether", None, 4);
    house.publish("binancecoin", Some("3000"), 2);
    house
}

#[tokio::test]
async fn the_table_is_in_rank_order_and_says_how_much_there_is() {
    let page = four().await.page(|_| ());
    assert_eq!(ids(&page), ["bitcoin", "ethereum", "tether", "binancecoin"]);
    assert_eq!((page.found, page.total, page.pages), (4, 4, 1));
    assert_eq!((page.seq, page.currency.code.as_str()), (4, "USD"));
    assert_eq!(page.rows[0].trend, None);
}

#[tokio::test]
async fn rows_without_a_value_come_last_in_both_orders_and_ties_are_by_rank() {
    let house = four().await;
    for (sort, ascending, descending) in [
        (
            SortBy::Price,
            "ethereum binancecoin bitcoin tether",
            "bitcoin ethereum binancecoin tether",
        ),
        (
            SortBy::Volume,
            "ethereum binancecoin bitcoin tether",
            "bitcoin ethereum binancecoin tether",
        ),
        (
            SortBy::Confidence,
            "bitcoin ethereum binancecoin tether",
            "ethereum binancecoin bitcoin tether",
        ),
        (
            SortBy::Age,
            "ethereum binancecoin bitcoin tether",
            "bitcoin binancecoin ethereum tether",
        ),
        (
            SortBy::Change1h,
            "bitcoin ethereum tether binancecoin",
            "bitcoin ethereum tether binancecoin",
        ),
        (
            SortBy::Name,
            "bitcoin binancecoin ethereum tether",
            "tether ethereum binancecoin bitcoin",
        ),
        (
            SortBy::Sources,
            "ethereum binancecoin bitcoin tether",
            "tether bitcoin binancecoin ethereum",
        ),
        (
            SortBy::Status,
            "bitcoin ethereum binancecoin tether",
            "tether bitcoin ethereum binancecoin",
        ),
        (
            SortBy::Rank,
            "bitcoin ethereum tether binancecoin",
            "binancecoin tether ethereum bitcoin",
        ),
    ] {
        for (order, expected) in [
            (Order::Ascending, ascending),
            (Order::Descending, descending),
        ] {
            let page = house.page(|query| (query.sort, query.order) = (sort, order));
            assert_eq!(ids(&page).join(" "), expected, "{sort:?} {order:?}");
        }
    }
}

#[tokio::test]
async fn a_search_finds_names_symbols_ids_and_addresses_in_any_letter_case() {
    let house = house_of(
        r#"
        [[token]]
        id = "first-one"
        symbol = "AAA"
        name = "Ærø"
        kind = "crypto"
        contracts = [{ chain = "ethereum", address = "0xabcdef01" }, { chain = "solana", address = "So1" }]

        [[token]]
        id = "second"
        symbol = "BBB"
        name = "Other"
        kind = "crypto"
        contracts = [{ chain = "ethereum", address = "0xabcdef02" }]
        "#,
    )
    .await;
    house.publish("first-one", Some("1"), 0);
    house.publish("second", Some("1"), 0);
    for (search, found) in [
        ("", "first-one second"),
        ("RST-O", "first-one"),
        (" bb ", "second"),
        ("ÆR", "first-one"),
        ("0xABCD", "first-one second"),
        ("0xabcdef02", "second"),
        // Five characters may be anything, unless they are all of an address.
        ("0xabc", ""),
        ("so1", "first-one"),
        ("abcdef01", ""),
        ("<script>", ""),
    ] {
        let page = house.page(|query| search.clone_into(&mut query.search));
        assert_eq!(ids(&page).join(" "), found, "{search:?}");
        assert_eq!((page.total, page.pages), (2, 1));
    }
    let watched = |ids: &[&str]| {
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        house.page(|query| query.ids = Some(ids))
    };
    assert_eq!(ids(&watched(&["second", "none"])), ["second"]);
    assert_eq!(watched(&[]).found, 0);
}

#[tokio::test]
async fn a_page_holds_a_hundred_rows_and_one_beyond_the_last_is_the_last() {
    let mut catalogue = String::new();
    for number in 1..=101 {
        let _ = write!(
            catalogue,
            "[[token]]\nid = \"t{number}\"\nsymbol = \"T{number}\"\nname = \"T\"\nkind = \"crypto\"\n"
        );
    }
    let house = house_of(&catalogue).await;
    for number in 1..=101 {
        house.publish(&format!("t{number}"), Some("1"), 0);
    }
    let page = house.page(|_| ());
    assert_eq!((page.rows.len(), page.found, page.pages), (100, 101, 2));
    for asked in [2, 3, u32::MAX] {
        let page = house.page(|query| query.page = asked);
        assert_eq!((ids(&page), page.query.page), (vec!["t101"], 2));
    }
}

#[tokio::test]
async fn currencies_are_those_with_a_price_and_an_unknown_code_names_all() {
    let house = house().await;
    house.publish("bitcoin", Some("60000"), 1);
    house.publish_as("euro", Some("1.25"), 1, Status::Stale);
    house.publish("japanese-yen", None, 1);
    let codes = |page: &TablePage| {
        let codes = page.currencies.iter().map(|currency| currency.code.clone());
        codes.collect::<Vec<_>>().join(" ")
    };
    let page = house.page(|query| query.currency = Some("eur".to_owned()));
    assert_eq!(codes(&page), "USD EUR BTC");
    assert_eq!(
        (page.currency.code.as_str(), page.currency.status),
        ("EUR", Status::Stale)
    );
    // A mistyped link shows US dollars, and says so.
    let page = house.page(|query| query.currency = Some("nope".to_owned()));
    assert_eq!(
        (page.currency.code.as_str(), page.query.currency),
        ("USD", None)
    );

    let yen = house.service.currency(Some("jpy")).unwrap();
    assert_eq!((yen.rate, yen.status), (None, Status::NoQuorum));
    assert_eq!(house.service.currency(None).unwrap().code, "USD");
    assert_eq!(house.service.currency(Some("usd")).unwrap().token, None);
    let error = house
        .service
        .currency(Some("nope"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("one of USD, EUR, GBP") && error.contains("BTC, ETH"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_has_the_trend_that_the_board_knows() {
    let house = four().await;
    let closes = ["1", "2", "3"].map(|close| Some(close.parse().unwrap()));
    let trends = HashMap::from([("bitcoin".parse().unwrap(), Arc::from(closes.to_vec()))]);
    house.board.set_trends(trends);
    let page = house.page(|_| ());
    let path = page.rows[0].trend.as_deref().unwrap();
    assert!(path.starts_with('M'), "{path}");
    assert_eq!(page.rows[1].trend, None);
}

async fn range(house: &House) -> Option<String> {
    let view = house.service.token("bitcoin").await.unwrap();
    let range = view.range_24h;
    range.map(|(low, high)| format!("{low} {high}"))
}

#[tokio::test]
async fn a_token_has_the_range_of_its_last_day_with_the_live_price() {
    let house = house().await;
    let bars = [
        (25, ["1", "900", "1", "2"]),
        (20, ["100", "150", "90", "110"]),
        (0, ["110", "111", "100", "110"]),
    ];
    for (hours, bar) in bars {
        house.store_hour("bitcoin", hours, bar).await;
    }
    assert_eq!(range(&house).await.as_deref(), Some("90 150"));
    house.publish("bitcoin", Some("160"), 1);
    assert_eq!(range(&house).await.as_deref(), Some("90 160"));
}

#[tokio::test]
async fn without_a_bar_of_the_last_day_there_is_no_range() {
    let house = house().await;
    house
        .store_hour("bitcoin", 25, ["1", "900", "1", "2"])
        .await;
    assert_eq!(range(&house).await, None);
}

#[tokio::test]
async fn what_the_store_adds_is_read_once_for_all_who_ask_within_two_seconds() {
    let house = house().await;
    assert_eq!(range(&house).await, None);
    house.store_hour("bitcoin", 0, ["1", "2", "1", "2"]).await;
    assert_eq!(range(&house).await, None);
}

#[tokio::test]
async fn a_chart_has_two_pictures_and_its_newest_bars() {
    let house = house().await;
    for hours in 0..100 {
        house
            .store_hour("bitcoin", hours, ["100", "120", "90", "110"])
            .await;
    }
    let choice = ChartChoice {
        kind: ChartKind::Line,
        scale: Scale::Log,
        ..ChartChoice::default()
    };
    let view = house.service.chart_view("bitcoin", &choice).await.unwrap();
    assert_eq!(
        (view.step.as_str(), view.bars, view.windows.len()),
        ("1h", 100, 60)
    );
    assert_eq!(view.windows[59].open_time, at(HOUR));
    assert_eq!(view.until.since(view.from), Duration::from_secs(7 * 86_400));
    assert!(view.wide.starts_with("<svg") && view.wide.contains("var(--"));
    assert!(view.narrow.starts_with("<svg") && view.narrow != view.wide);
    assert_eq!(view.choice, choice);
    // An address of a page has one spelling only.
    let error = house.service.chart_view("BTC", &choice).await.unwrap_err();
    assert!(matches!(error, ServiceError::UnknownToken { .. }));
}

#[tokio::test]
async fn a_chart_that_cannot_be_drawn_as_asked_is_the_default() {
    let house = house().await;
    house.store_hour("bitcoin", 0, ["1", "1", "1", "1"]).await;
    let choice = ChartChoice {
        range: Range::Quarter,
        interval: Some("1m".to_owned()),
        currency: Some("nope".to_owned()),
        ..ChartChoice::default()
    };
    let view = house.service.chart_view("bitcoin", &choice).await.unwrap();
    assert_eq!(
        (view.step.as_str(), view.currency.code.as_str()),
        ("12h", "USD")
    );
    assert_eq!((view.choice.interval, view.choice.currency), (None, None));
    // Nothing is held of it: no picture, and no error.
    let view = house
        .service
        .chart_view("ethereum", &ChartChoice::default())
        .await
        .unwrap();
    assert_eq!(
        (view.wide.as_str(), view.narrow.as_str(), view.bars),
        ("", "", 0)
    );
}

#[tokio::test]
async fn a_comparison_has_a_row_a_token_and_says_what_it_refused() {
    let house = house().await;
    house
        .store_hour("bitcoin", 167, ["100", "100", "100", "100"])
        .await;
    house
        .store_hour("bitcoin", 0, ["120", "120", "120", "120"])
        .await;
    house.store_hour("ethereum", 1, ["4", "4", "4", "4"]).await;
    house.publish("bitcoin", Some("125"), 1);
    let asked = [
        "bitcoin", "<b>", "ethereum", "bitcoin", "tether", "ripple", "solana", "cardano",
    ];
    let asked = asked.map(ToOwned::to_owned);
    let view = house
        .service
        .compare_view(&asked, Range::Week)
        .await
        .unwrap();
    let changes: Vec<_> = view
        .rows
        .iter()
        .map(|row| {
            (
                row.token.id.as_str(),
                row.change_pct.map(|change| change.to_string()),
            )
        })
        .collect();
    assert_eq!(
        changes[..2],
        [("bitcoin", Some("25".to_owned())), ("ethereum", None)]
    );
    assert_eq!(view.refused, ["<b>", "cardano"]);
    assert!(view.wide.starts_with("<svg") && view.narrow.starts_with("<svg"));
    let tokens: Vec<_> = view.tokens.iter().map(|token| token.id.as_str()).collect();
    assert_eq!(tokens, ["bitcoin"]);

    let empty = house.service.compare_view(&[], Range::Max).await.unwrap();
    assert!(empty.rows.is_empty() && empty.wide.is_empty());
}
