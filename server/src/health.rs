//! `parallax health`: asks a server on this machine whether it answers, for container health checks, which have
//! no other program to ask with.
//!
//! It reads the same configuration as the server, so that both mean the same address. `/healthz` is open under
//! every policy of keys and counts against no limit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than the first line of any answer needs.
const FIRST_LINE_BYTES: usize = 256;

/// Asks the server that listens on `listen`.
///
/// # Errors
/// When it does not answer 200 within two seconds.
pub(crate) async fn run(listen: SocketAddr) -> anyhow::Result<()> {
    within(PATIENCE, listen).await
}

async fn within(patience: Duration, listen: SocketAddr) -> anyhow::Result<()> {
    let address = reachable(listen);
    let asked = timeout(patience, ask(address)).await;
    let answer = asked
        .with_context(|| format!("{address} gave no answer within {patience:?}"))?
        .with_context(|| format!("no Parallax answers on {address}"))?;
    if status(&answer) != Some("200") {
        bail!("{address} answers, but not that it is healthy");
    }
    Ok(())
}

/// An address that means every network is asked on this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The beginning of the answer.
async fn ask(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(FIRST_LINE_BYTES);
    while !answer.contains(&b'\n') && answer.len() < FIRST_LINE_BYTES {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    Ok(answer)
}

/// The code of an answer that begins with a whole line of HTTP/1.
fn status(answer: &[u8]) -> Option<&str> {
    let (line, _) = std::str::from_utf8(answer).ok()?.split_once('\n')?;
    let mut words = line.split_whitespace();
    words.next().filter(|word| word.starts_with("HTTP/1."))?;
    words.next()
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What `parallax health` says of a server that answers with these bytes.
    async fn verdict(answer: &'static [u8]) -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut heard = [0; 1024];
            let length = socket.read(&mut heard).await.unwrap();
            assert!(heard[..length].starts_with(b"GET /healthz HTTP/1.1\r\n"));
            socket.write_all(answer).await.unwrap();
        };
        let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
        tokio::join!(server, run(everywhere)).1
    }

    #[tokio::test]
    async fn a_server_that_answers_200_is_healthy_and_others_are_not() {
        verdict(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            .await
            .unwrap();
        for answer in [
            b"HTTP/1.1 503 Service Unavailable\r\n\r\n".as_slice(),
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 200",
            b"\xff\xff\n",
            b"",
        ] {
            assert!(verdict(answer).await.is_err(), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = listener.local_addr().unwrap();
        let error = within(Duration::from_millis(1), silent).await.unwrap_err();
        assert!(
            error.to_string().contains("no answer within 1ms"),
            "{error}"
        );
    }

    #[test]
    fn every_network_is_asked_on_this_machine() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(at("[::]:80"), "[::1]:80");
        assert_eq!(at("10.0.0.7:80"), "10.0.0.7:80");
    }
}
