//! A token's range of a day, and how often the store is asked for it.

use crate::house::{House, house};

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
