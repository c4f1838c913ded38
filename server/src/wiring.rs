//! Wires the rooms together, in the order of a quote's way, and takes them down in the same order: the
//! sockets first, then the pipeline, which stores what it accepted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::time::{Clock, Timestamp};
use parallax::token::Token;
use parallax::venue::{Delivery, Venue, VenueId, VenueProfile, VenueSwitch};
use parallax_admin::{Admin, Caller, Locate};
use parallax_api::{Access, StreamLimits};
use parallax_board::Board;
use parallax_ingest::VenueConfig;
use parallax_pricing::{Engine, METHOD_VERSION};
use parallax_service::accounts::{Accounts, Hasher, Sessions};
use parallax_service::keys::{KeyDesk, Keys};
use parallax_service::venues::{self, Switches};
use parallax_service::{Facts, Service};
use parallax_store::{Store, StoreError};
use parallax_venues::spec::Kind;
use parallax_worker::backfill::{self, Repairer};
use parallax_worker::{LastKnown, Pipeline};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::metrics::{Metrics, Watched};
use crate::{http, scripts, serve};

/// Batches of candles of the past that wait for the pipeline.
const REPAIRS: usize = 4;
/// How long open requests may take to end. The streams end at once.
const HTTP_STOP: Duration = Duration::from_secs(2);
/// How long saving the last uses of keys may take.
const KEYS_STOP: Duration = Duration::from_secs(1);
/// How long the pipeline may take to store what it accepted.
const PIPELINE_STOP: Duration = Duration::from_secs(4);

/// Runs until the process is told to stop.
///
/// # Errors
/// When a part cannot start: the database, the listener. An unreachable exchange is not an error.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let started_at = clock.now().utc;
    let catalogue = Arc::new(catalogue()?);
    let venues = venues(&config)?;

    // The listener first: a taken port is the likeliest mistake and must not start connections.
    let listener = serve::bind(config.listen)?;
    serve::allow_many_connections();
    let metrics = Metrics::bind(config.metrics).await?;
    let (store, last) = database(&config, catalogue.tokens(), &venues, started_at).await?;
    let mut sources = with_usage(&config, store.as_ref(), started_at).await;
    let switches = with_switches(&mut sources, store.as_ref()).await?;
    let switches = Switches::new(Arc::clone(&store), Arc::clone(&clock), switches);

    let board = Board::numbered_after(first_number(started_at), config.stream.replay_events);
    let engine = Engine::new(config.pricing.clone(), catalogue.tokens())?;
    let mut pipeline = Pipeline::new(&config.worker, engine, Arc::clone(&board));
    pipeline.restore(last, clock.now());

    let shutdown = CancellationToken::new();
    let (sockets, events) = parallax_ingest::start(
        config.ingest.clone(),
        sources,
        Arc::clone(&catalogue),
        Arc::clone(&clock),
        shutdown.clone(),
    )
    .context("could not start reading the exchanges")?;
    let (repairs, repaired) = tokio::sync::mpsc::channel(REPAIRS);
    let repairer = Repairer::new(
        Arc::clone(&store),
        sockets.history(),
        pipeline.listings(),
        catalogue.tokens(),
        &config.pricing,
        Arc::clone(&clock),
    )?;
    tokio::spawn(backfill::run(
        repairer,
        Arc::clone(&board),
        Arc::clone(&clock),
        repairs,
        config.backfill,
        shutdown.clone(),
    ));
    let worker = parallax_worker::run(
        pipeline,
        events,
        repaired,
        Arc::clone(&store),
        Arc::clone(&clock),
        config.worker.clone(),
    );
    let worker = tokio::spawn(worker);

    let facts = Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        method: METHOD_VERSION,
        simulated: config.simulated,
        started_at,
        venues,
        profiles: profiles(&config)?,
        store_backend: store.backend().to_string(),
        price_every: config.worker.price_every,
        price_retention: config.worker.retention.prices,
    };
    // In force before the first request.
    let keys = Keys::new(Arc::clone(&store), Arc::clone(&clock));
    keys.read().await;
    let keeping_keys = tokio::spawn(keys.clone().run(shutdown.clone()));
    let access = Access::new(config.access.clone(), keys);
    let own_clock = Arc::clone(&clock);
    let watched = Watched {
        board: Arc::clone(&board),
        access: access.clone(),
        clock: Arc::clone(&clock),
        started_at,
        method: METHOD_VERSION,
        store_backend: store.backend().to_string(),
    };
    let service = Service::new(facts, board, Arc::clone(&store), catalogue, clock);
    let admin = admin(
        &config,
        &store,
        own_clock,
        service.clone(),
        access.clone(),
        switches,
    );
    let limits = StreamLimits {
        max_clients: config.stream.max_clients,
        heartbeat: config.stream.heartbeat,
        retry: Duration::from_secs(2),
        shutdown: shutdown.clone(),
        socket: Arc::new(config.socket.clone()),
    };
    let router = http::router(service, limits, access, admin, &config);
    let router = match metrics {
        Some(metrics) => metrics.start(router, watched, shutdown.clone()),
        None => router,
    };
    tracing::info!(
        "parallax {} serves http://{} from {} exchanges, storing in {}{}",
        env!("CARGO_PKG_VERSION"),
        config.listen,
        config.venues.len(),
        store.backend(),
        if config.simulated {
            "; SIMULATED market, not real prices"
        } else {
            ""
        },
    );

    let signal = stop_signal()?;
    serve::serve(
        listener,
        router,
        config.stream.write_timeout,
        async {
            signal.await;
            tracing::info!("stopping");
            shutdown.cancel();
        },
        HTTP_STOP,
    )
    .await;

    if tokio::time::timeout(KEYS_STOP, keeping_keys).await.is_err() {
        tracing::warn!("the last uses of API keys were not saved in time");
    }
    let stopped = tokio::time::timeout(PIPELINE_STOP, async {
        sockets.join().await;
        worker.await
    });
    if !matches!(stopped.await, Ok(Ok(()))) {
        tracing::error!("the pipeline did not stop in time; its last rows may be lost");
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What the admin works with.
pub(crate) fn admin(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    service: Service,
    access: Access,
    switches: Switches,
) -> Admin {
    let locate: Locate = Arc::new(move |extensions, headers| {
        let client = access.client(extensions, headers);
        Caller {
            address: client.address,
            network: client.network,
            is_local: client.is_local,
        }
    });
    let store = || Arc::clone(store);
    let clock = || Arc::clone(&clock);
    Admin {
        accounts: Accounts::new(store(), clock(), Hasher::default()),
        sessions: Sessions::new(store(), clock(), config.sessions),
        keys: KeyDesk::new(store(), clock()),
        switches,
        service,
        locate,
        stylesheet: scripts::stylesheet(),
    }
}

/// What this run's publications are numbered after: more than any number of an earlier run, as none publishes
/// a thousand times in a millisecond, and less than what JavaScript can count to.
fn first_number(started_at: Timestamp) -> u64 {
    u64::try_from(started_at.unix_ms())
        .unwrap_or(0)
        .saturating_mul(1_000)
}

/// Opens the database and reads what an earlier run left there. One that cannot be reached now is opened
/// when it can be: live prices do not wait for it.
async fn database(
    config: &Config,
    tokens: &[Token],
    venues: &[Venue],
    now: Timestamp,
) -> anyhow::Result<(Arc<dyn Store>, LastKnown)> {
    let opened = async {
        let store = parallax_store::open(&config.database).await?;
        store.save_tokens(tokens).await?;
        store.save_venues(venues).await?;
        let last = LastKnown::load(store.as_ref(), now).await?;
        Ok((store, last))
    };
    let opened: Result<_, StoreError> = opened.await;
    match opened {
        Err(error) if error.is_retryable() => {
            let error = anyhow::Error::from(error);
            tracing::error!(
                "the database cannot be used now ({error:#}); starting without what an earlier run \
                 stored, and keeping what is new on disk until it can"
            );
            let store = parallax_store::open_late(&config.database, tokens, venues);
            Ok((store, LastKnown::default()))
        }
        opened => opened.context("could not open the database and read what an earlier run stored"),
    }
}

/// The built-in tokens.
pub(crate) fn catalogue() -> anyhow::Result<Catalogue> {
    toml::from_str(EMBEDDED).context("the built-in token catalogue")
}

/// The venues with what they were asked this month. Unknown while the database is away: then the month
/// counts from here.
pub(crate) async fn with_usage(
    config: &Config,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<VenueConfig> {
    let usage = store.usage(month(now)).await.unwrap_or_default();
    let mut venues = config.venues.clone();
    for venue in &mut venues {
        let id = venue.adapter.descriptor().id;
        venue.usage = usage
            .iter()
            .find(|usage| usage.venue.as_str() == id)
            .cloned();
    }
    venues
}

/// Puts a switch at each venue and returns the operators' ends. Paused are those that were when the program stopped;
/// while the database is away nobody knows, and all are read.
pub(crate) async fn with_switches(
    sources: &mut [VenueConfig],
    store: &dyn Store,
) -> anyhow::Result<BTreeMap<VenueId, watch::Sender<VenueSwitch>>> {
    let paused = venues::paused(store).await.unwrap_or_else(|error| {
        tracing::error!(%error, "which exchanges are paused is not known; all are read");
        Default::default()
    });
    let mut switches = BTreeMap::new();
    for source in sources {
        let venue: VenueId = source.adapter.descriptor().id.parse()?;
        let (set, switch) = watch::channel(VenueSwitch {
            is_paused: paused.contains(&venue),
            reconnects: 0,
        });
        source.switch = Some(switch);
        switches.insert(venue, set);
    }
    Ok(switches)
}

/// The first moment of the month, in UTC.
fn month(at: Timestamp) -> Timestamp {
    let days = u64::from(at.date_time().day()) - 1;
    let midnight = at.floor(Duration::from_secs(86_400));
    midnight.minus(Duration::from_secs(days * 86_400))
}

/// The venues as readers see them.
pub(crate) fn venues(config: &Config) -> anyhow::Result<Vec<Venue>> {
    let venue = |venue: &parallax_ingest::VenueConfig| {
        let facts = venue.adapter.descriptor();
        Ok(Venue {
            id: facts.id.parse()?,
            name: facts.name.to_owned(),
            website: facts.website.to_owned(),
        })
    };
    config.venues.iter().map(venue).collect()
}

/// What each configured exchange delivers, by its adapter.
fn profiles(config: &Config) -> anyhow::Result<HashMap<VenueId, VenueProfile>> {
    let longest = Duration::from_millis(config.pricing.max_quote_age_ms);
    let profile = |venue: &parallax_ingest::VenueConfig| {
        let (facts, kind) = (venue.adapter.descriptor(), venue.adapter.kind());
        let (delivery, delivers) = match kind {
            Kind::Stream(stream) => (Delivery::Stream, Some(stream.facts().capabilities)),
            Kind::Poll(_) => (Delivery::Poll, None),
        };
        // A polled venue's price is as old as its chain's block: the limit of quotes is not its own.
        let max_quote_age = match delivery {
            Delivery::Stream => facts.max_quote_age.min(longest),
            Delivery::Poll => facts.max_quote_age,
        };
        let profile = VenueProfile {
            docs_url: facts.docs_url.to_owned(),
            delivery,
            quote_sizes: delivers.is_some_and(|it| it.quote_sizes),
            trades: delivers.is_some_and(|it| it.trades),
            tickers: delivers.is_some_and(|it| it.tickers),
            candle_intervals: facts.candle_intervals.to_vec(),
            max_quote_age_ms: u64::try_from(max_quote_age.as_millis()).unwrap_or(u64::MAX),
        };
        Ok((facts.id.parse()?, profile))
    };
    config.venues.iter().map(profile).collect()
}

/// Ready when the process is told to stop: Ctrl-C, or SIGTERM where there is one.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
