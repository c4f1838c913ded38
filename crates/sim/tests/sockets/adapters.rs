//! The simulated exchanges through the program's own adapters: whatever they send is understood.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use crate::client::{Client, http, lively};
use parallax::candle::Interval;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::market::{Listing, Market};
use parallax::time::Timestamp;
use parallax::token::Symbol;
use parallax::venue::VenueId;
use parallax_sim::{RunningSim, VENUES};
use parallax_venues::spec::{Adapter, CandleQuery, Kind, Opening, SessionEvent, Stream};

fn path(sim: &RunningSim, url: &str) -> String {
    url.strip_prefix(&format!("http://{}", sim.addr()))
        .expect("a URL of the simulator")
        .to_owned()
}

pub(crate) fn stream(venue: &str) -> &'static dyn Stream {
    match parallax_venues::find(venue).unwrap().kind() {
        Kind::Stream(stream) => stream,
        Kind::Poll(_) => panic!("{venue} does not stream"),
    }
}

/// The markets that the adapter discovers, as the program lists them.
async fn discover(sim: &RunningSim, adapter: &'static dyn Adapter) -> Vec<Listing> {
    let catalogue: Catalogue = toml::from_str(EMBEDDED).unwrap();
    let venue = VenueId::new(adapter.descriptor().id).unwrap();
    let stream = stream(venue.as_str());
    let request = stream.discovery(&sim.endpoints(venue.as_str()));
    let (status, body) = http(sim.addr(), "GET", &path(sim, &request.url), "").await;
    assert_eq!(status, 200);
    stream
        .parse_discovery(body.as_bytes())
        .unwrap()
        .into_iter()
        .map(|found| {
            let (base_code, quote_code) = (
                Symbol::new(&found.base_code).unwrap(),
                Symbol::new(&found.quote_code).unwrap(),
            );
            Listing {
                symbol: found.symbol.into(),
                market: Market {
                    base: catalogue.resolve(&venue, &base_code),
                    quote: catalogue.resolve(&venue, &quote_code),
                },
                venue: venue.clone(),
                base_code,
                quote_code,
            }
        })
        .collect()
}

#[tokio::test]
async fn every_simulated_frame_is_decoded_and_every_market_is_quoted() {
    let sim = lively().await;
    for venue in VENUES {
        let adapter = parallax_venues::find(venue).unwrap();
        let listings = discover(&sim, adapter).await;
        assert!(listings.len() >= 40, "{venue} lists {}", listings.len());
        let Opening::Connect(url) = stream(venue).opening(&sim.endpoints(venue), &listings) else {
            unreachable!("these three connect at once")
        };
        let mut client = Client::open(&url).await;
        let mut session = stream(venue).open(&listings);
        let most = stream(venue).facts().limits.markets_per_subscribe;
        for start in (0..listings.len()).step_by(most) {
            for message in session.subscribe(start..listings.len().min(start + most)) {
                client.say(&message).await;
            }
        }
        let (mut quoted, mut traded, mut ticked) = (BTreeSet::new(), 0, BTreeSet::new());
        let mut events = Vec::new();
        while quoted.len() < listings.len() || ticked.len() < listings.len() || traded < 100 {
            let text = client.text().await;
            session
                .decode(text.as_bytes(), &mut events)
                .unwrap_or_else(|error| panic!("{venue}: {error}: {text}"));
            for event in events.drain(..) {
                match event {
                    SessionEvent::Quote { market, quote, .. } => {
                        assert!(quote.bid.is_positive() && quote.bid < quote.ask, "{text}");
                        assert!(
                            quote.bid_size.is_some_and(|size| size.is_positive()),
                            "{text}"
                        );
                        assert!(
                            quote.ask_size.is_some_and(|size| size.is_positive()),
                            "{text}"
                        );
                        quoted.insert(market);
                    }
                    SessionEvent::Trade { trade, .. } => {
                        assert!(
                            trade.price.is_positive() && trade.size.is_positive(),
                            "{text}"
                        );
                        traded += 1;
                    }
                    SessionEvent::Ticker { market, ticker, .. } => {
                        let (low, high) = (ticker.low_24h.unwrap(), ticker.high_24h.unwrap());
                        assert!(low <= high && low.is_positive(), "{text}");
                        assert!(
                            ticker
                                .base_volume_24h
                                .is_some_and(|volume| volume.is_positive()),
                            "{text}"
                        );
                        ticked.insert(market);
                    }
                    SessionEvent::Reply(reply) => client.say(&reply).await,
                    unexpected => panic!("{venue}: {unexpected:?}: {text}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn at_least_25_tokens_of_the_catalogue_trade_on_all_three() {
    let sim = lively().await;
    let mut common: Option<BTreeSet<_>> = None;
    for venue in VENUES {
        let listings = discover(&sim, parallax_venues::find(venue).unwrap()).await;
        let tokens: BTreeSet<_> = listings
            .iter()
            .filter_map(|listing| listing.market.base.token().cloned())
            .collect();
        common = Some(match common {
            None => tokens,
            Some(common) => common.intersection(&tokens).cloned().collect(),
        });
    }
    let common = common.unwrap();
    assert!(common.len() >= 25, "{common:?}");
}

#[tokio::test]
async fn candles_are_complete_and_lead_up_to_the_current_price() {
    let sim = lively().await;
    let now = Timestamp::from_system(SystemTime::now());
    for venue in VENUES {
        let adapter = parallax_venues::find(venue).unwrap();
        let listings = discover(&sim, adapter).await;
        let listing = listings
            .iter()
            .find(|listing| listing.base_code.as_str() == "ETH")
            .unwrap();
        for interval in [Interval::Minute, Interval::Hour, Interval::Day] {
            let until = now.floor(interval.duration());
            let query = CandleQuery {
                listing,
                interval,
                from: until.minus(interval.duration() * 100),
                until,
            };
            let request = adapter.candles(&sim.endpoints(venue), &query).unwrap();
            let (status, body) = http(sim.addr(), "GET", &path(&sim, &request.url), "").await;
            assert_eq!(status, 200, "{body}");
            let page = adapter.parse_candles(&query, body.as_bytes()).unwrap();
            let candles = page.candles;
            assert_eq!(candles.len(), 100, "{venue} {interval:?}");
            assert_eq!(candles.first().unwrap().open_time, query.from);
            for candle in &candles {
                assert!(
                    candle.low <= candle.open.min(candle.close)
                        && candle.high >= candle.open.max(candle.close)
                );
                assert!(candle.base_volume.is_positive());
            }
            for pair in candles.windows(2) {
                let [one, next] = pair else {
                    unreachable!("windows of two")
                };
                assert_eq!(one.close, next.open, "{venue} {interval:?}");
                assert_eq!(
                    one.open_time
                        .plus(Duration::from_secs(interval.duration().as_secs())),
                    next.open_time
                );
            }
        }
    }
}

#[tokio::test]
async fn a_week_of_hours_and_a_day_of_minutes_are_there_in_full() {
    let sim = lively().await;
    let now = Timestamp::from_system(SystemTime::now());
    for venue in VENUES {
        let adapter = parallax_venues::find(venue).unwrap();
        let listings = discover(&sim, adapter).await;
        // Kraken keeps 720 candles, whatever is asked for; minutes may turn while the others are asked.
        let minutes = if venue == "kraken" { 700 } else { 1_440 };
        for (interval, count) in [(Interval::Hour, 8 * 24), (Interval::Minute, minutes)] {
            let until = now.floor(interval.duration());
            let from = until.minus(interval.duration() * count);
            let mut query = CandleQuery {
                listing: listings.first().unwrap(),
                interval,
                from,
                until,
            };
            let mut candles = Vec::new();
            while query.from < until {
                let request = adapter.candles(&sim.endpoints(venue), &query).unwrap();
                let (status, body) = http(sim.addr(), "GET", &path(&sim, &request.url), "").await;
                assert_eq!(status, 200, "{body}");
                let page = adapter.parse_candles(&query, body.as_bytes()).unwrap();
                assert!(page.settled_until > query.from);
                candles.extend(page.candles);
                query.from = page.settled_until;
            }
            let opens: Vec<_> = candles.iter().map(|candle| candle.open_time).collect();
            let expected: Vec<_> = (0..count)
                .map(|number| from.plus(interval.duration() * number))
                .collect();
            assert_eq!(opens, expected, "{venue} {interval:?}");
        }
    }
}
