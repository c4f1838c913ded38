//! WebSockets to a house, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, Response};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Opens the house's door on a port of this machine.
pub(crate) async fn open_door(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // As the program's own listener does. Otherwise what is small waits in the kernel until what was sent before
    // it is acknowledged, some milliseconds later, and paused time runs ahead of it.
    let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

pub(crate) struct Client(pub(crate) WebSocketStream<TcpStream>);

impl Client {
    pub(crate) async fn open(door: SocketAddr, path: &str) -> Self {
        Self::with_headers(door, path, &[]).await.unwrap()
    }

    /// The refusal, where there is one.
    pub(crate) async fn with_headers(
        door: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        let socket = TcpSocket::new_v4().unwrap();
        // As little as the system allows, so that one who does not read is noticed soon.
        socket.set_recv_buffer_size(4_096).unwrap();
        let tcp = socket.connect(door).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let mut request = format!("ws://{door}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::client_async(request, tcp).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next text, as JSON.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code and the reason with which the server closes.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Close(Some(frame)) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Message::Close(None) => panic!("no reason"),
                _ => {}
            }
        }
    }
}
