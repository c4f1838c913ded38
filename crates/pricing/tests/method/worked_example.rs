//! docs/METHOD.md is held to what the code does: its worked example is computed, and its table of
//! thresholds is compared with the default policy.

use std::time::Duration;

use parallax::event::Ticker;
use parallax_pricing::{METHOD_VERSION, Policy};

use crate::desk::{Desk, quote};

const METHOD: &str = include_str!("../../../../docs/METHOD.md");

/// The lines of the fenced block of this name, without its headings.
fn block(name: &str) -> Vec<&'static str> {
    let opening = format!("```{name}\n");
    let (_, after) = METHOD.split_once(&opening).unwrap();
    let (block, _) = after.split_once("```").unwrap();
    block.lines().skip(1).collect()
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The desk after it has heard the example's quotes.
fn heard() -> Desk {
    let mut desk = Desk::new();
    let heard_at = desk.now;
    desk.wait_ms(60_000);
    for line in block("quotes") {
        let [venue, pair, bid, ask, age_s, volume] =
            <[&str; 6]>::try_from(line.split_whitespace().collect::<Vec<_>>()).unwrap();
        let key = desk.list(venue, pair);
        let age = Duration::from_secs(age_s.parse().unwrap());
        let at = heard_at.plus(Duration::from_secs(60) - age);
        desk.engine.quote(key, quote(bid, ask), at);
        let ticker = Ticker {
            quote_volume_24h: Some(volume.parse().unwrap()),
            ..Ticker::default()
        };
        desk.engine.ticker(key, &ticker, at);
    }
    desk.reprice();
    desk
}

#[test]
fn the_worked_example_is_what_the_engine_computes() {
    let desk = heard();
    let mut computed = Vec::new();
    for token in ["tether", "bitcoin"] {
        let index = desk.index(token);
        for part in &index.constituents {
            let weight = part
                .weight
                .map_or_else(|| "-".to_owned(), |weight| weight.to_string());
            let verdict = part.excluded.as_ref().map_or_else(
                || "included".to_owned(),
                |out| format!("{}: {}, {}", out.rule.as_str(), out.found, out.allowed),
            );
            let mid = part
                .mid_usd
                .map_or_else(|| "-".to_owned(), |mid| mid.to_string());
            let offset = part
                .offset_bp
                .map_or_else(|| "-".to_owned(), |offset| offset.to_string());
            computed.push(format!(
                "{} {}/{} {mid} {offset} {weight} {verdict}",
                part.venue, part.base_code, part.quote_code
            ));
        }
        computed.push(format!(
            "{token} = {} +- {}, {}, {} of {} exchanges",
            index.price.unwrap(),
            index.confidence.unwrap(),
            index.status.as_str(),
            index.sources,
            index.sources_known
        ));
    }
    let documented: Vec<_> = block("result").into_iter().map(words).collect();
    assert_eq!(computed, documented, "computed:\n{}", computed.join("\n"));
}

#[test]
fn the_table_of_thresholds_is_the_default_policy() {
    let defaults = serde_json::to_value(Policy::default()).unwrap();
    let defaults: Vec<_> = defaults
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{key} {value}")
        })
        .collect();
    let mut documented: Vec<_> = METHOD
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let key = cells.next().unwrap().trim_end_matches('`');
            format!("{key} {}", cells.next().unwrap())
        })
        .collect();
    documented.sort();
    let mut expected = defaults;
    expected.sort();
    assert_eq!(documented, expected);
}

#[test]
fn the_page_describes_the_version_that_is_published() {
    assert!(METHOD.contains(&format!("This page describes version {METHOD_VERSION}.")));
}
