//! Each limit on a real socket, with the program's own listener. Time is tokio's and does not pass by itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::middleware;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tower_http::limit::RequestBodyLimitLayer;

use super::*;
use crate::serve;

/// A stream that says something every ten seconds.
async fn stream() -> Body {
    let ticks = futures::stream::unfold((), |()| async {
        sleep(Duration::from_secs(10)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b"tick")), ()))
    });
    Body::from_stream(ticks)
}

/// The address of a server with the limits around some routes.
async fn served() -> SocketAddr {
    let listener = serve::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let never = || async { pending::<&str>().await };
    let taken = |body: Bytes| async move { body.len().to_string() };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/api/v1/never", get(never))
        .route("/api/v3/never", get(never))
        .route("/never", get(never))
        .route("/stream", get(stream))
        .route("/{*any}", post(taken))
        .layer(RequestBodyLimitLayer::new(MAX_REQUEST_BYTES))
        .layer(middleware::from_fn(say));
    let write_timeout = Duration::from_secs(5);
    tokio::spawn(async move {
        serve::serve(listener, router, write_timeout, pending(), Duration::ZERO).await;
    });
    address
}

/// Sends this and reads until the server closes the connection.
async fn answer(address: SocketAddr, request: &str) -> String {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    // A server that closes while it is sent something resets the connection after its answer.
    let _ = tcp.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

fn asking(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_is_cut_off_within_fifteen_seconds() {
    let address = served().await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    tcp.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n")
        .await
        .unwrap();
    // A line every two seconds, which would go on for ever.
    let mut lines = 0;
    let mut byte = [0; 1];
    loop {
        match timeout(Duration::from_secs(2), tcp.read(&mut byte)).await {
            Err(_) if lines < 100 => {
                lines += 1;
                if tcp.write_all(b"x-slow: 1\r\n").await.is_err() {
                    break;
                }
            }
            _ => break,
        }
    }
    let lasted = began.elapsed();
    assert!(lasted <= Duration::from_secs(18), "{lasted:?}");
    assert!(lines >= 5, "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_is_refused() {
    let address = served().await;
    let long = "a".repeat(20 * 1024);
    let request = format!("GET / HTTP/1.1\r\nhost: here\r\nx-long: {long}\r\n\r\n");
    let said = answer(address, &request).await;
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
    let many = "x-many: 1\r\n".repeat(200);
    let request = format!("GET / HTTP/1.1\r\nhost: here\r\n{many}\r\n");
    let said = answer(address, &request).await;
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
    assert!(answer(address, &asking("/")).await.ends_with("here"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_refused_in_the_manner_of_what_was_asked() {
    let address = served().await;
    let sent = |path: &str, bytes: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n{}",
            "a".repeat(bytes)
        )
    };
    for (path, kind, word) in [
        (
            "/api/v1/tickets",
            "application/problem+json",
            "urn:parallax:problem:body-too-large",
        ),
        ("/api/v3/simple/price", "application/json", "error_message"),
        ("/udf/config", "application/json", "errmsg"),
        ("/mgmt/login", "text/plain", "65536 bytes"),
    ] {
        let said = answer(address, &sent(path, MAX_REQUEST_BYTES + 1)).await;
        assert!(said.starts_with("HTTP/1.1 413 "), "{path}: {said}");
        for part in [kind, word, "cache-control: no-store"] {
            assert!(said.contains(part), "{path}: {part}: {said}");
        }
    }
    let said = answer(address, &sent("/any", MAX_REQUEST_BYTES)).await;
    assert!(said.ends_with("65536"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_length_is_cut_at_the_same_size() {
    let address = served().await;
    let chunk = format!("{:x}\r\n{}\r\n", 8 * 1024, "a".repeat(8 * 1024));
    let request = format!(
        "POST /any HTTP/1.1\r\nhost: here\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(9)
    );
    let said = answer(address, &request).await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up_and_a_body_that_trickles_in_too() {
    let address = served().await;
    for (path, word) in [
        ("/api/v1/never", "urn:parallax:problem:too-slow"),
        ("/api/v3/never", "error_message"),
        ("/never", "within 30 s"),
    ] {
        let began = Instant::now();
        let said = answer(address, &asking(path)).await;
        assert!(
            said.starts_with("HTTP/1.1 503 ") && said.contains(word),
            "{path}: {said}"
        );
        assert!(began.elapsed() >= MAX_TIME, "{:?}", began.elapsed());
    }
    let request =
        "POST /any HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: 9\r\n\r\na";
    let said = answer(address, request).await;
    assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_for_longer() {
    let address = served().await;
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(asking("/stream").as_bytes()).await.unwrap();
    let (began, mut heard) = (Instant::now(), String::new());
    let mut some = [0; 512];
    while heard.matches("tick").count() < 9 {
        let read = tcp.read(&mut some).await.unwrap();
        assert!(read > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(some.get(..read).unwrap()));
    }
    assert!(began.elapsed() >= 3 * MAX_TIME, "{:?}", began.elapsed());
}
