//! Cases 50 to 59: decimals come back equal, all of them.

use parallax::Decimal;
use parallax::amount::{Price, Quantity};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::harness::Database;
use crate::samples::{NOON_MS, all_candles, candle, fill, index, price, quantity, quote};

const EXTREMES: [&str; 12] = [
    "0",
    "0.0000000000000000000000000001",
    "-0.0000000000000000000000000001",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "7.9228162514264337593543950335",
    "7922816251426.4337593543950335",
    "-37.63",
    "1.0000000000000000000000000001",
    "0.00000140",
    "1000000000000000000000000000",
    "9999999999999999.9999999999",
];

pub(crate) async fn c50_the_extremes_come_back_equal(database: Database) {
    let store = database.open().await;
    let listings = fill(&*store).await;
    for (text, ms) in EXTREMES.into_iter().zip(NOON_MS..) {
        let mut index = index("bitcoin", text, ms);
        index.confidence = Some(price(text));
        let size = quantity(text.trim_start_matches('-'));
        index.volume_24h_usd = Some(size);
        store
            .save_prices(std::slice::from_ref(&index))
            .await
            .unwrap();
        assert_eq!(store.latest_prices().await.unwrap(), [index], "{text}");
        let mut quote = quote(&listings[0], text, ms);
        quote.quote.ask_size = Some(size);
        store
            .save_quotes(std::slice::from_ref(&quote))
            .await
            .unwrap();
        assert_eq!(store.latest_quotes().await.unwrap(), [quote], "{text}");
    }
}

fn decimal() -> impl Strategy<Value = Decimal> {
    // All 96 bits of mantissa, all scales, both signs; and short numbers as often as long ones.
    (any::<[u32; 3]>(), any::<bool>(), 0_u32..=28, 0_u32..96).prop_map(
        |([low, middle, high], negative, scale, shift)| {
            let mantissa = (u128::from(high) << 64) | (u128::from(middle) << 32) | u128::from(low);
            let mantissa = i128::try_from(mantissa >> shift).unwrap();
            Decimal::from_i128_with_scale(if negative { -mantissa } else { mantissa }, scale)
        },
    )
}

pub(crate) async fn c51_every_decimal_comes_back_equal(database: Database) {
    let store = database.open().await;
    fill(&*store).await;
    let numbers = proptest::collection::vec(decimal(), 8_000);
    let mut runner = TestRunner::default();
    let numbers = numbers.new_tree(&mut runner).unwrap().current();
    let candles: Vec<_> = numbers
        .chunks_exact(4)
        .zip(0..)
        .map(|(four, minute)| {
            let mut candle = candle("bitcoin", minute * 60_000, "1");
            candle.bar.open = Price::new(four[0]);
            candle.bar.high = Price::new(four[1]);
            candle.bar.low = Price::new(four[2]);
            candle.bar.close = Price::new(four[3]);
            candle.bar.volume_usd = Quantity::new(four[3].abs()).unwrap();
            candle
        })
        .collect();
    store.save_candles(&candles).await.unwrap();
    let stored = all_candles(&*store, "bitcoin").await;
    assert_eq!(stored.len(), candles.len());
    for (stored, saved) in stored.iter().zip(&candles) {
        assert_eq!(stored, saved);
    }
    // The same within the constituents' JSON.
    let mut price = index("bitcoin", "1", NOON_MS);
    let sample = price.constituents[0].clone();
    price.constituents = numbers
        .chunks_exact(4)
        .map(|four| {
            let mut constituent = sample.clone();
            constituent.bid = Some(Price::new(four[0]));
            constituent.bid_size = Quantity::new(four[1].abs()).ok();
            constituent.offset_bp = Some(four[2]);
            constituent.mid_usd = Some(Price::new(four[3]));
            constituent
        })
        .collect();
    store
        .save_prices(std::slice::from_ref(&price))
        .await
        .unwrap();
    assert!(
        store.latest_prices().await.unwrap() == [price],
        "a constituent has changed"
    );
}
