//! A token's chart, and comparisons.

use std::time::Duration;

use parallax::picture::{ChartChoice, ChartKind, Range, Scale};
use parallax_service::ServiceError;

use crate::house::{HOUR, at, house};

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
