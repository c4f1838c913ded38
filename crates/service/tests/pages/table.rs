//! The table: order, search, pages, currencies and trends.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use parallax::index::Status;
use parallax::table::{Order, SortBy};
use parallax::view::TablePage;

use crate::house::{House, house, house_of};

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
