//! The routes, one file for a route or an area: success, bad input, unknown, ambiguous, not modified.

mod access;
mod access_outside;
mod access_streams;
mod asyncapi;
mod candles;
mod chart;
mod coingecko;
mod coingecko_charts;
mod coingecko_contract;
mod coingecko_markets;
mod markets;
mod openapi;
mod openapi_areas;
mod picture_bars;
mod pictures;
mod rates;
mod small_pictures;
mod socket;
mod socket_limits;
mod stream;
mod support;
mod tokens;
mod udf;
mod world;
mod wrong;
