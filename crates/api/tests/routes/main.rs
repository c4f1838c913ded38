//! One file for a route or an area of routes, with what it answers and what it refuses.

mod coingecko;
mod coingecko_charts;
mod coingecko_contract;
mod coingecko_markets;
#[path = "../support/mod.rs"]
mod support;
mod udf;
mod world;
