//! Readers that stop reading, on real sockets and the program's own listener: they are gone within ten
//! seconds, and whoever reads goes on.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use parallax_sim::{SimConfig, start};
use support::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long one that has stopped may stay.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Connects with as small a window as the system allows, asks, and reads the head of the answer alone.
async fn stopped(server: &Server, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut tcp = socket.connect(server.address).await.unwrap();
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await.unwrap());
    }
    tcp
}

/// Subscribes to the quotes of every token, as often as they may come.
async fn follow_everything(tcp: &mut TcpStream, server: &Server) {
    let table = server.json("/api/v1/tokens?limit=60").await;
    for (number, row) in table["rows"].as_array().unwrap().iter().enumerate() {
        let token = row["token"]["id"].as_str().unwrap();
        let message = format!(
            r#"{{"op":"subscribe","id":"{number}","channel":"quotes","token":"{token}","frequency":0.1}}"#
        );
        // A masked text of 126 to 65,535 bytes; the mask of zeros leaves it as it is. Spaces make it long enough.
        let message = format!("{message:<200}");
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        let mut frame = vec![0x81, 0x80 | 126, length[0], length[1], 0, 0, 0, 0];
        frame.extend_from_slice(message.as_bytes());
        tcp.write_all(&frame).await.unwrap();
    }
}

#[tokio::test]
async fn readers_that_stop_are_gone_within_ten_seconds_and_others_go_on() {
    let sim = start(SimConfig::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&sim, folder.path(), false).await;
    server
        .eventually("ready", async || {
            server.get("/readyz").await.status().is_success()
        })
        .await;
    let clients = async || {
        let status = server.json("/api/v1/status").await;
        status["stream_clients"].as_u64().unwrap()
    };
    let mut reading = server.get("/api/v1/stream").await;
    let mut upgrade = String::from("GET /api/v1/ws HTTP/1.1\r\nhost: here\r\n");
    upgrade
        .write_str("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n")
        .unwrap();
    upgrade
        .write_str("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        .unwrap();
    let mut socket = stopped(&server, &upgrade).await;
    let stream = "GET /api/v1/stream?detail=true HTTP/1.1\r\nhost: here\r\n\r\n";
    let stream = stopped(&server, stream).await;
    let began = Instant::now();
    follow_everything(&mut socket, &server).await;
    assert_eq!(clients().await, 3);
    let mut events = 0_u32;
    let gone = server.within(GONE_WITHIN, "both are gone", async || clients().await == 1);
    let mut gone = std::pin::pin!(gone);
    loop {
        tokio::select! {
            () = &mut gone => break,
            chunk = reading.chunk() => events += u32::from(chunk.unwrap().is_some()),
        }
    }
    // Not because they had nothing to say: it takes the write time-out.
    assert!(
        began.elapsed() > Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(events > 5, "{events}");
    drop((socket, stream));
}
