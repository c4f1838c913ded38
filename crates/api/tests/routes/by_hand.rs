//! A price set by hand, in every manner of speaking: the number, and that it was set by hand.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use parallax::by_hand::SetPrice;
use parallax::stream::Changes;
use parallax::time::Timestamp;
use parallax_board::Publication;
use serde_json::{Value, json as value};

use crate::support::{Events, House, index, json};
use crate::world::{HOUR, NOW, world};

/// Bitcoin, computed at 60000.125, is set to 7.5 since an hour.
async fn world_by_hand() -> House {
    let house = world().await;
    let at = |unix_s| Timestamp::from_unix_s(unix_s).unwrap();
    let set = SetPrice {
        price: "7.5".parse().unwrap(),
        reason: "all \"exchanges\" are <wrong>".to_owned(),
        since: at(NOW - HOUR),
        until: at(NOW + HOUR),
    };
    let index = index("bitcoin", "60000.125", NOW).set_by_hand(&set);
    house.board.publish([Publication {
        index: Arc::new(index),
        changes: Changes::default(),
    }]);
    house
}

fn said() -> Value {
    value!({
        "price": "7.5",
        "reason": "all \"exchanges\" are <wrong>",
        "since": "2024-08-28T11:00:00.000Z",
        "since_ms": (NOW - HOUR) * 1_000,
        "until": "2024-08-28T13:00:00.000Z",
        "until_ms": (NOW + HOUR) * 1_000,
        "computed": {
            "price": "60000.125",
            "confidence": "0.5",
            "status": "live",
            "as_of": "2024-08-28T12:00:00.000Z",
            "as_of_ms": NOW * 1_000,
            "age_ms": 0,
        },
    })
}

#[tokio::test]
async fn the_price_its_list_and_its_explanation_say_so() {
    let house = world_by_hand().await;
    let price = json(house.get("/api/v1/tokens/bitcoin/price").await).await;
    let token = json(house.get("/api/v1/tokens/bitcoin").await).await;
    let list = json(house.get("/api/v1/tokens?search=bitcoin").await).await;
    for price in [
        &price["price"],
        &token["price"],
        &token["index"],
        &list["rows"][0]["price"],
    ] {
        assert_eq!(price["price"], "7.5", "{price}");
        assert_eq!(price["status"], "manual");
        assert_eq!(price["confidence"], Value::Null);
        assert_eq!(price["as_of_ms"], (NOW - HOUR) * 1_000);
        assert_eq!(price["age_ms"], HOUR * 1_000);
        assert_eq!(price["override"], said());
    }
    let other = json(house.get("/api/v1/tokens/ethereum").await).await;
    assert!(other["price"].get("override").is_none(), "{other}");
}

#[tokio::test]
async fn coingeckos_routes_give_the_number_with_its_own_time_and_no_change() {
    let house = world_by_hand().await;
    let path = "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd,eur&include_24hr_change=true";
    let body = json(house.get(path).await).await;
    assert_eq!(
        body["bitcoin"],
        value!({"usd": 7.5, "eur": 6, "last_updated_at": NOW - HOUR})
    );
    let markets = json(
        house
            .get("/api/v3/coins/markets?vs_currency=usd&ids=bitcoin")
            .await,
    )
    .await;
    assert_eq!(markets[0]["current_price"], 7.5, "{markets}");
    assert_eq!(markets[0]["price_change_percentage_24h"], Value::Null);
}

#[tokio::test]
async fn a_stream_can_ask_for_it_alone() {
    let house = world_by_hand().await;
    let path = "/api/v1/stream?tokens=bitcoin&fields=price,override";
    let mut events = Events::of(house.get(path).await);
    let mut event = events.next().await.unwrap();
    while !event.contains("bitcoin") {
        event = events.next().await.unwrap();
    }
    assert!(event.contains("\"override\":{\"price\":\"7.5\""), "{event}");
    assert!(!event.contains("sources"), "{event}");
}
