//! A receiver behind a real socket, and a bare client for it.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use qlower_client::receiver::{Claim, DedupeStore, MemoryStore, Qlower, Receiver, ReceiverBuilder, Server, StoreError};
use qlower_client::webhook::{Event, Verifier, now, sign};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const SECRET: &str = "whsec_s3cr3t_sentinel";
pub(crate) const EMAIL: &str = "marie.sentinelle@example.com";
pub(crate) const PATH: &str = "/webhooks/qlower";
const JSON: &str = "content-type: application/json\r\n";

/// Waits at most ten seconds: nothing in these tests may hang.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), what).await.unwrap()
}

/// Waits until something holds.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    soon(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

pub(crate) fn order(id: &str) -> String {
    format!(
        r#"{{"event_type": "order.created", "event_id": "{id}", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00",
        "customer": {{"email": "{EMAIL}"}}, "order": {{"total_amount": 315.0, "currency": "EUR",
        "payment_date": "2026-08-05T08:42:18+00:00", "is_subscription": true, "products": [], "coverage": []}},
        "invoice": {{"pdf_url": "https://qlower.example/invoice.pdf", "pdf_filename": "invoice.pdf", "number": "082A05A2-0530"}}}}"#
    )
}

pub(crate) const PING: &str = r#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}"#;

pub(crate) fn source() -> Qlower {
    Qlower::new(Verifier::signed_by([SECRET]))
}

/// With a handler that does nothing, and a memory.
pub(crate) fn builder() -> ReceiverBuilder<Qlower> {
    Receiver::builder(source()).handler(async |_: Event| Ok(())).store(MemoryStore::default())
}

pub(crate) fn signature(body: impl AsRef<[u8]>) -> String {
    format!("x-qlower-signature: {}\r\n", sign(SECRET, body.as_ref(), now()))
}

/// A request with its content length, and these header lines besides.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: partner\r\n{headers}content-length: {length}\r\n\r\n");
    let mut bytes = std::mem::take(&mut request).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A genuine request.
pub(crate) fn signed(body: impl AsRef<[u8]>) -> Vec<u8> {
    request("POST", PATH, &format!("{JSON}{}", signature(&body)), body)
}

/// A receiver that is served until it is dropped or stopped.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) receiver: Receiver<Qlower>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start(receiver: Receiver<Qlower>) -> Self {
        Self::start_with(receiver, Server::default()).await
    }

    pub(crate) async fn start_with(receiver: Receiver<Qlower>, server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = receiver.router(PATH);
        let task = tokio::spawn(server.serve(listener, router, async { drop(stopped.await) }));
        Self { address, receiver, stop: Some(stop), task }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        soon(TcpStream::connect(self.address)).await.unwrap()
    }

    /// Sends on a connection of its own.
    pub(crate) async fn send(&self, request: impl AsRef<[u8]>) -> Reply {
        exchange(&mut self.connect().await, request).await
    }

    /// Sends a genuine request, and gives the status.
    pub(crate) async fn post(&self, body: impl AsRef<[u8]>) -> u16 {
        self.send(signed(body)).await.status
    }

    /// Tells the server to end, and does not wait for it.
    pub(crate) fn tell_to_stop(&mut self) {
        self.stop = None;
    }

    /// Until the server has ended.
    pub(crate) async fn stopped(mut self) {
        self.tell_to_stop();
        soon(self.task).await.unwrap();
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) async fn exchange(stream: &mut TcpStream, request: impl AsRef<[u8]>) -> Reply {
    // It may be answered, and closed, before all is written.
    let _ = stream.write_all(request.as_ref()).await;
    let head_only = request.as_ref().starts_with(b"HEAD");
    receive(stream, head_only).await.unwrap()
}

/// `None` if the connection ends before there is a reply.
pub(crate) async fn receive(stream: &mut TcpStream, head_only: bool) -> Option<Reply> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.filter(|_| !head_only).unwrap_or(0)];
    soon(stream.read_exact(&mut body)).await.ok()?;
    Some(Reply { status, head, body: String::from_utf8(body).unwrap() })
}

/// Whether the peer closes, without a word.
pub(crate) async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(soon(stream.read(&mut [0; 1])).await, Ok(0) | Err(_))
}

/// What a handler was given.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn add(&self, event: &Event) {
        self.0.lock().unwrap().push(event.id().unwrap_or("no id").to_owned());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.all().len()
    }
}

/// A store that fails in these steps, and is a memory otherwise.
pub(crate) struct Failing {
    steps: &'static [&'static str],
    memory: MemoryStore,
    /// The failures that happened.
    pub(crate) fired: Mutex<Vec<&'static str>>,
}

impl Failing {
    pub(crate) fn new(steps: &'static [&'static str]) -> Arc<Self> {
        Arc::new(Self { steps, memory: MemoryStore::default(), fired: Mutex::default() })
    }

    fn pass(&self, step: &'static str) -> Result<(), StoreError> {
        if !self.steps.contains(&step) {
            return Ok(());
        }
        self.fired.lock().unwrap().push(step);
        Err(StoreError::new("disk full"))
    }

    pub(crate) fn fired(&self) -> Vec<&'static str> {
        self.fired.lock().unwrap().clone()
    }
}

#[async_trait]
impl DedupeStore for Failing {
    async fn claim(&self, key: &str, lease: Duration) -> Result<Claim, StoreError> {
        self.pass("claim")?;
        self.memory.claim(key, lease).await
    }

    async fn complete(&self, key: &str) -> Result<(), StoreError> {
        self.pass("complete")?;
        self.memory.complete(key).await
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        self.pass("release")?;
        self.memory.release(key).await
    }
}
