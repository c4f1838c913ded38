//! Wires the rooms together, in the order of a quote's way, and takes them down in the same order: the
//! sockets first, then the pipeline, which stores what it accepted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::time::{Clock, Timestamp};
use parallax::token::Token;
use parallax::venue::{Delivery, Venue, VenueAddresses, VenueId, VenueProfile, VenueSwitch};
use parallax_admin::{Admin, Caller, Locate, System};
use parallax_api::{Access, AtOnce, StreamLimits};
use parallax_board::Board;
use parallax_ingest::{VenueConfig, endpoint_for_people};
use parallax_pricing::{Engine, METHOD_VERSION};
use parallax_service::accounts::{Accounts, Hasher, Sessions};
use parallax_service::backfill::BackfillDesk;
use parallax_service::keys::{KeyDesk, Keys};
use parallax_service::overrides::Overrides;
use parallax_service::tokens::TokenDesk;
use parallax_service::venues::Switches;
use parallax_service::{Facts, Service};
use parallax_store::{Store, StoreError};
use parallax_venues::spec::Kind;
use parallax_worker::backfill::{self, Repairer, Wishes};
use parallax_worker::{Decisions, LastKnown, Pipeline};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::metrics::{Metrics, Watched, resident_bytes};
use crate::traces::{Handover, Traces};
use crate::{http, scripts, serve, traces};

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
pub(crate) async fn run(config: Config, traces: Option<Traces>) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let started_at = clock.now().utc;
    let venues = venues(&config)?;

    // The listener first: a taken port is the likeliest mistake and must not start connections.
    let listener = serve::bind(config.listen)?;
    serve::allow_many_connections();
    let metrics = Metrics::bind(config.metrics).await?;
    let handover = traces.map(Traces::start);
    let shipped = catalogue()?;
    let (store, last) = database(&config, shipped.tokens(), &venues, started_at).await?;
    let tokens = TokenDesk::new(Arc::clone(&store), Arc::clone(&clock), shipped);
    // While the database is away nobody knows what was decided, and the shipped catalogue is in force until then.
    let _ = tokens.read().await;
    let catalogue = tokens.catalogue();
    let mut sources = with_usage(&config, store.as_ref(), started_at).await;
    let switches = with_switches(&mut sources)?;
    let switches = Switches::new(Arc::clone(&store), Arc::clone(&clock), switches);
    if let Err(error) = switches.read().await {
        tracing::error!(
            %error,
            "which exchanges are paused or elsewhere is not known yet; all are read where the configuration says"
        );
    }
    let (overrides, by_hand) = Overrides::new(Arc::clone(&store), Arc::clone(&clock));
    if let Err(error) = overrides.read().await {
        tracing::error!(%error, "which prices are set by hand is not known yet; computed ones are published");
    }

    let board = Board::numbered_after(first_number(started_at), config.stream.replay_events);
    let engine = Engine::new(config.pricing.clone(), catalogue.borrow().tokens())?;
    let mut pipeline = Pipeline::new(&config.worker, engine, Arc::clone(&board));
    pipeline.set_by_hand(&by_hand.borrow(), clock.now());
    pipeline.restore(last, clock.now());

    let shutdown = CancellationToken::new();
    let (sockets, events) = parallax_ingest::start(
        config.ingest.clone(),
        sources,
        catalogue.clone(),
        Arc::clone(&clock),
        shutdown.clone(),
    )
    .context("could not start reading the exchanges")?;
    let (repairs, repaired) = mpsc::channel(REPAIRS);
    let repairer = Repairer::new(
        Arc::clone(&store),
        sockets.history(),
        pipeline.listings(),
        catalogue.clone(),
        &config.pricing,
        Arc::clone(&clock),
    )?;
    let (backfill_desk, queues) =
        BackfillDesk::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&board));
    tokio::spawn(backfill::run(
        repairer,
        Arc::clone(&board),
        Arc::clone(&clock),
        repairs,
        Wishes {
            orders: queues.orders,
            cancels: queues.cancels,
        },
        config.backfill,
        shutdown.clone(),
    ));
    let worker = parallax_worker::run(
        pipeline,
        events,
        repaired,
        Decisions {
            catalogue: catalogue.clone(),
            by_hand,
        },
        Arc::clone(&store),
        Arc::clone(&clock),
        config.worker.clone(),
    );
    let worker = tokio::spawn(worker);
    tokio::spawn(tokens.clone().run(shutdown.clone()));
    tokio::spawn(switches.clone().run(shutdown.clone()));
    tokio::spawn(overrides.clone().run(shutdown.clone()));

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
        spans: handover.as_ref().map(Handover::counts),
    };
    let service = Service::new(facts, board, Arc::clone(&store), catalogue, clock);
    let admin = admin(
        &config,
        &store,
        own_clock,
        service.clone(),
        access.clone(),
        Desks {
            switches,
            overrides,
            tokens,
            backfill: backfill_desk,
        },
    );
    let limits = StreamLimits {
        max_clients: config.stream.max_clients,
        heartbeat: config.stream.heartbeat,
        retry: Duration::from_secs(2),
        shutdown: shutdown.clone(),
        socket: Arc::new(config.socket.clone()),
    };
    let router = http::router(service.clone(), limits, access.clone(), admin, &config);
    let router = match metrics {
        Some(metrics) => metrics.start(router, watched, shutdown.clone()),
        None => router,
    };
    let router = match &handover {
        Some(_) => traces::around(router),
        None => router,
    };
    let site = AtOnce::around(router, service, access);
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
        site,
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
    let stopping = tokio::time::timeout(PIPELINE_STOP, async {
        sockets.join().await;
        worker.await
    });
    let handed_over = async {
        if let Some(handover) = handover {
            handover.stop().await;
        }
    };
    let (stopped, ()) = tokio::join!(stopping, handed_over);
    if !matches!(stopped, Ok(Ok(()))) {
        tracing::error!("the pipeline did not stop in time; its last rows may be lost");
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What operators decide, with the other ends in the rest of the program.
pub(crate) struct Desks {
    pub(crate) switches: Switches,
    pub(crate) overrides: Overrides,
    pub(crate) tokens: TokenDesk,
    pub(crate) backfill: BackfillDesk,
}

/// What the admin works with.
pub(crate) fn admin(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    service: Service,
    access: Access,
    desks: Desks,
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
        switches: desks.switches,
        overrides: desks.overrides,
        venues: configured(config),
        may_be_private: config.ingest.private_addresses,
        backfill: desks.backfill,
        system: system(config),
        tokens: desks.tokens,
        service,
        locate,
        stylesheet: scripts::stylesheet(),
    }
}

/// The running program, as operators may see it.
fn system(config: &Config) -> System {
    let kept = &config.worker.retention;
    System {
        settings: config.settings.clone(),
        database: config.database.to_string(),
        retention: vec![
            ("Prices with their constituents", kept.prices),
            ("Candles of a minute", kept.minutes),
            ("Candles of an hour", kept.hours),
            ("Candles of a day", kept.days),
        ],
        memory_bytes: resident_bytes,
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

/// The built-in tokens as operators amended them.
pub(crate) async fn catalogue_in_force(
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<Catalogue>> {
    let desk = TokenDesk::new(Arc::clone(store), Arc::clone(clock), catalogue()?);
    desk.read()
        .await
        .context("could not read what operators decided about tokens")?;
    let in_force = Arc::clone(&desk.catalogue().borrow());
    Ok(in_force)
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

/// Puts a switch at each venue and returns the operators' ends, which nobody has set yet.
pub(crate) fn with_switches(
    sources: &mut [VenueConfig],
) -> anyhow::Result<BTreeMap<VenueId, watch::Sender<VenueSwitch>>> {
    let mut switches = BTreeMap::new();
    for source in sources {
        let venue: VenueId = source.adapter.descriptor().id.parse()?;
        let (set, switch) = watch::channel(VenueSwitch::default());
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

/// Where the configuration says that each exchange is, without the password that a proxy's URL may hold.
fn configured(config: &Config) -> BTreeMap<String, VenueAddresses> {
    let of = |venue: &VenueConfig| {
        let said = |address: &str| (!address.is_empty()).then(|| endpoint_for_people(address));
        let addresses = VenueAddresses {
            stream: said(&venue.endpoints.stream),
            rest: said(&venue.endpoints.rest),
        };
        (venue.adapter.descriptor().id.to_owned(), addresses)
    };
    config.venues.iter().map(of).collect()
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
