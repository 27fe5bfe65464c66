//! A producer that does what it is told to, and tells what came.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlower_client::live::{LiveFeed, LiveFeedBuilder, State, Watch};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::raw::read_head;

/// What to do with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends this and closes.
    Send(Vec<u8>),
    /// Sends this, and no more until the peer closes.
    Stall(Vec<u8>),
    /// Sends this and resets the connection.
    Reset(Vec<u8>),
    /// Sends this, a byte at a time.
    Drip(Vec<u8>, Duration),
    /// Sends this, and then blanks without end.
    Flood(Vec<u8>),
    /// Waits, and sends this.
    Late(Duration, Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) head: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn is(&self, method: &str) -> bool {
        self.head.starts_with(method)
    }
}

type Plan = Arc<dyn Fn(&Got) -> Act + Send + Sync>;

#[derive(Clone)]
struct Inside {
    plan: Arc<Mutex<Plan>>,
    got: Arc<Mutex<Vec<Got>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

pub(crate) struct Server {
    pub(crate) url: String,
    inside: Inside,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn new(plan: impl Fn(&Got) -> Act + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", None, plan).await
    }

    /// One act for every request, until another one is set.
    pub(crate) async fn doing(act: Act) -> Self {
        Self::new(move |_| act.clone()).await
    }

    pub(crate) async fn tls(config: ServerConfig, plan: impl Fn(&Got) -> Act + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", Some(TlsAcceptor::from(Arc::new(config))), plan).await
    }

    pub(crate) async fn on(
        address: &str,
        tls: Option<TlsAcceptor>,
        plan: impl Fn(&Got) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/power", listener.local_addr().unwrap());
        let inside = Inside {
            plan: Arc::new(Mutex::new(Arc::new(plan))),
            got: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
            most: Arc::default(),
            sent: Arc::default(),
        };
        let all = inside.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                all.connections.fetch_add(1, Ordering::SeqCst);
                let open = all.open.fetch_add(1, Ordering::SeqCst) + 1;
                all.most.fetch_max(open, Ordering::SeqCst);
                tokio::spawn(connection(stream, tls.clone(), all.clone()));
            }
        });
        Self { url, inside, task }
    }

    pub(crate) fn now(&self, act: Act) {
        *self.inside.plan.lock().unwrap() = Arc::new(move |_| act.clone());
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.inside.got.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.inside.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> usize {
        self.inside.open.load(Ordering::SeqCst)
    }

    /// The most connections that were open at the same time.
    pub(crate) fn most(&self) -> usize {
        self.inside.most.load(Ordering::SeqCst)
    }

    /// Bytes of floods that the peer or the system took.
    pub(crate) fn sent(&self) -> usize {
        self.inside.sent.load(Ordering::SeqCst)
    }

    pub(crate) async fn all_closed(&self) {
        let closed = async {
            while self.open() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(3), closed).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, inside: Inside) {
    match tls {
        None => serve(stream, &inside).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(Box::new(stream), &inside).await;
            }
        }
    }
    inside.open.fetch_sub(1, Ordering::SeqCst);
}

trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn reset(&self);
}

impl Wire for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Wire for Box<tokio_rustls::server::TlsStream<TcpStream>> {
    fn reset(&self) {
        self.get_ref().0.set_zero_linger().unwrap();
    }
}

async fn serve(mut stream: impl Wire, inside: &Inside) {
    let Some((head, _, _)) = read_head(&mut stream).await else { return };
    let got = Got { at: Instant::now(), head };
    let plan = Arc::clone(&*inside.plan.lock().unwrap());
    let act = plan(&got);
    inside.got.lock().unwrap().push(got);
    match act {
        Act::Send(bytes) => {
            _ = stream.write_all(&bytes).await;
            _ = stream.shutdown().await;
        }
        Act::Late(wait, bytes) => {
            tokio::select! {
                () = sleep(wait) => {}
                () = until_closed(&mut stream) => return,
            }
            _ = stream.write_all(&bytes).await;
            _ = stream.shutdown().await;
        }
        Act::Stall(bytes) => {
            _ = stream.write_all(&bytes).await;
            until_closed(&mut stream).await;
        }
        Act::Reset(bytes) => {
            _ = stream.write_all(&bytes).await;
            _ = stream.flush().await;
            sleep(Duration::from_millis(30)).await;
            stream.reset();
        }
        Act::Drip(bytes, pause) => {
            for byte in bytes {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                _ = stream.flush().await;
                sleep(pause).await;
            }
        }
        Act::Flood(bytes) => {
            _ = stream.write_all(&bytes).await;
            let blanks = [b' '; 16 * 1024];
            while let Ok(count @ 1..) = stream.write(&blanks).await {
                inside.sent.fetch_add(count, Ordering::SeqCst);
            }
        }
    }
}

async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) {
    let mut byte = [0];
    while stream.read(&mut byte).await.unwrap_or(0) > 0 {}
}

/// An answer with headers, each ended by a line break.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

pub(crate) fn json(body: &str) -> Act {
    Act::Send(answer("200 OK", "Content-Type: application/json\r\n", body))
}

pub(crate) fn power(value: f64) -> Act {
    json(&format!("{{\"current_power\": {value}}}"))
}

/// A feed that polls each second.
pub(crate) fn feed(url: &str) -> LiveFeedBuilder {
    LiveFeed::builder(url, "current_power").interval(Duration::from_secs(1)).timeout(Duration::from_millis(400))
}

/// The next state, which has to come soon.
pub(crate) async fn soon(watch: &mut Watch) -> State {
    timeout(Duration::from_secs(4), watch.next()).await.unwrap()
}

pub(crate) fn code(state: &State) -> &str {
    match state {
        State::ConnectionError(error) => error.cause.code(),
        other => other.as_str(),
    }
}
