//! The HTTP listener: axum's own server, with what it does not offer and streams need: a write
//! time-out, so that a client that stops reading is disconnected; small buffers, so that an idle one
//! costs little; room for many that come at once; and a bounded stop. Each request carries its peer's address, for limits.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

/// The most a connection may buffer between us and the kernel, in bytes, in each direction.
const BUFFER_BYTES: usize = 16 * 1024;
/// The most the kernel takes beyond what is on its way to a client, in bytes.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 32 * 1024;
/// How long a client may take to send a request's head.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// How many clients may wait to be accepted, where the system allows as many (`net.core.somaxconn`): when the
/// network was gone, all of them come back within a moment.
const BACKLOG: u32 = 16 * 1024;

/// Binds the address. Within a runtime only.
///
/// # Errors
/// With what to do about it, when the address is taken or not ours.
pub(crate) fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    listen(address).with_context(|| {
        format!(
            "cannot listen on {address}; stop what listens there or choose another with \
             PARALLAX_LISTEN=127.0.0.1:PORT"
        )
    })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // A restart does not wait for the last connections to be forgotten.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets this process have as many files open as it may: each stream is one, and shells commonly allow 1,024. On
/// failure it stays with what it has, and says so.
#[cfg(unix)]
pub(crate) fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        tracing::warn!(error = %error, "cannot allow more open files; see ulimit -n");
    }
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub(crate) const fn allow_many_connections() {}

/// The open connections, and what tells them to end after the request at hand. A WebSocket is none of them
/// any longer: it is told by the routes.
#[derive(Default)]
struct Connections {
    stopping: CancellationToken,
    tasks: TaskTracker,
}

/// What answers requests.
pub(crate) trait Site:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S> Site for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// Serves until `stop` is ready, then lets open requests end for at most `stop_timeout`.
pub(crate) async fn serve(
    listener: TcpListener,
    site: impl Site,
    write_timeout: Duration,
    stop: impl Future<Output = ()>,
    stop_timeout: Duration,
) {
    let open = Connections::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => connection(socket, peer, site.clone(), write_timeout, &open),
                Err(error) => {
                    // Out of file descriptors, usually: wait until some are free rather than spin.
                    tracing::warn!(error = %error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    open.stopping.cancel();
    open.tasks.close();
    if tokio::time::timeout(stop_timeout, open.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    site: impl Site,
    write_timeout: Duration,
    open: &Connections,
) {
    // Each event is small and urgent.
    let _ = socket.set_nodelay(true);
    // What a client has not taken waits with the readers of the board, not in the kernel: so one that stops
    // reading is noticed soon, and costs little until then. What is on its way is not limited by this.
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_BYTES);
    let mut socket = TimeoutStream::new(socket);
    socket.set_write_timeout(Some(write_timeout));
    let service = TowerToHyperService::new(site.map_request(
        move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(axum::body::Body::new)
        },
    ));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(Box::pin(socket)), service)
        // For WebSockets.
        .with_upgrades();
    let stopping = open.stopping.clone();
    open.tasks.spawn(async move {
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %peer, error = %error, "a connection ended early");
        }
    });
}
