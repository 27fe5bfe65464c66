//! A producer behind a real socket.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::net::SocketAddr;

use qlower_client::live::LiveProducer;
use qlower_client::receiver::Server;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::receiver_support::{Reply, exchange, soon};

/// A producer that is served at `/power` until it is dropped or stopped.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start(live: &LiveProducer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::default().max_connections(2000);
        let task = tokio::spawn(server.serve(listener, live.router("/power"), async { drop(stopped.await) }));
        Self { address, stop, task }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        soon(TcpStream::connect(self.address)).await.unwrap()
    }

    /// Sends on a connection of its own.
    pub(crate) async fn send(&self, request: impl AsRef<[u8]>) -> Reply {
        exchange(&mut self.connect().await, request).await
    }

    /// Until the server has ended.
    pub(crate) async fn stopped(self) {
        drop(self.stop);
        soon(self.task).await.unwrap();
    }
}

/// A request without a body, with these header lines.
pub(crate) fn request(method: &str, target: &str, lines: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\r\nhost: partner\r\n{lines}\r\n").into_bytes()
}

pub(crate) fn get(target: &str, lines: &str) -> Vec<u8> {
    request("GET", target, lines)
}

/// All values of a header, in small letters.
pub(crate) fn headers<'r>(reply: &'r Reply, name: &str) -> Vec<&'r str> {
    let line = |line: &'r str| line.split_once(": ").filter(|(key, _)| *key == name).map(|(_, value)| value);
    reply.head.lines().filter_map(line).collect()
}

/// The only value of a header, in small letters.
pub(crate) fn header<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    let all = headers(reply, name);
    assert!(all.len() < 2, "{name} stands there several times: {all:?}");
    all.first().copied()
}
