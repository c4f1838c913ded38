//! Wires the rooms together, in the order of a quote's way, and takes them down in the same order: the
//! sockets first, then the pipeline, which stores what it accepted.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parallax::catalogue::{Catalogue, EMBEDDED};
use parallax::time::Clock;
use parallax::venue::Venue;
use parallax_api::StreamLimits;
use parallax_board::Board;
use parallax_pricing::{Engine, METHOD_VERSION};
use parallax_service::{Facts, Service};
use parallax_worker::{LastKnown, Pipeline};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::{http, serve};

/// How long open requests may take to end. The streams end at once.
const HTTP_STOP: Duration = Duration::from_secs(2);
/// How long the pipeline may take to store what it accepted.
const PIPELINE_STOP: Duration = Duration::from_secs(4);

/// Runs until the process is told to stop.
///
/// # Errors
/// When a part cannot start: the database, the listener. An unreachable exchange is not an error.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let started_at = clock.now().utc;
    let catalogue: Catalogue = toml::from_str(EMBEDDED).context("the built-in token catalogue")?;
    let catalogue = Arc::new(catalogue);
    let venues = venues(&config)?;

    // The listener first: a taken port is the likeliest mistake and must not start connections.
    let listener = serve::bind(config.listen).await?;
    let store = parallax_store::open(&config.database)
        .await
        .context("could not open the database")?;
    let last = async {
        store.save_tokens(catalogue.tokens()).await?;
        store.save_venues(&venues).await?;
        LastKnown::load(store.as_ref(), started_at).await
    };
    let last = last
        .await
        .context("could not read what an earlier run stored")?;

    let board = Board::new(config.stream.replay_events);
    let engine = Engine::new(config.pricing.clone(), catalogue.tokens())?;
    let mut pipeline = Pipeline::new(&config.worker, engine, Arc::clone(&board));
    pipeline.restore(last, clock.now());

    let shutdown = CancellationToken::new();
    let (sockets, events) = parallax_ingest::start(
        config.ingest.clone(),
        config.venues.clone(),
        Arc::clone(&catalogue),
        Arc::clone(&clock),
        shutdown.clone(),
    )
    .context("could not start reading the exchanges")?;
    let worker = parallax_worker::run(
        pipeline,
        events,
        Arc::clone(&store),
        Arc::clone(&clock),
        config.worker,
    );
    let worker = tokio::spawn(worker);

    let facts = Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        method: METHOD_VERSION,
        simulated: config.simulated,
        started_at,
        venues,
        store_backend: store.backend().to_string(),
    };
    let service = Service::new(facts, board, Arc::clone(&store), catalogue, clock);
    let limits = StreamLimits {
        max_clients: config.stream.max_clients,
        heartbeat: config.stream.heartbeat,
        retry: Duration::from_secs(2),
        shutdown: shutdown.clone(),
    };
    let router = http::router(service, limits, &config);
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

fn venues(config: &Config) -> anyhow::Result<Vec<Venue>> {
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
