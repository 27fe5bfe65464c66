//! A receiver of webhooks over blocking sockets, that does what a test tells it to.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests: a missing value is a failed test"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlower_client::sandbox::{Delivery, Sandbox, SandboxBuilder, WebhookTarget};
use qlower_client::webhook::{self, Refusal, Verified};
use serde_json::Value;

pub(crate) const SECRET: &str = "whsec_sandbox_tests";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    /// The first line.
    pub(crate) line: String,
    /// Names as they were written, and values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the whole body came.
    pub(crate) complete: bool,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert_eq!(found.next(), None, "twice: {name}");
        value
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn event_id(&self) -> String {
        self.json()["event_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }

    pub(crate) fn verify(&self) -> Result<Verified, Refusal> {
        webhook::verify(&[SECRET], self.header(webhook::SIGNATURE_HEADER).unwrap_or_default(), &self.body)
    }
}

/// What a receiver does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    Status(u16),
    /// Waits before it answers.
    Late(Duration, u16),
    /// Never answers.
    Silence,
    /// Closes the connection.
    Close,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    left: Arc<AtomicUsize>,
}

impl Receiver {
    /// Answers each request, of which the number is counted from 0, by this function.
    pub(crate) fn start(reply: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(AtomicUsize::new(0));
        let (log, gone, reply) = (Arc::clone(&received), Arc::clone(&left), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, gone, reply) = (Arc::clone(&log), Arc::clone(&gone), Arc::clone(&reply));
                std::thread::spawn(move || serve(stream.unwrap(), &log, &gone, &*reply));
            }
        });
        Self { address, received, left }
    }

    pub(crate) fn always(status: u16) -> Self {
        Self::start(move |_, _| Reply::Status(status))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/qlower", self.address)
    }

    /// This receiver, with the secret of [`Received::verify`].
    pub(crate) fn target(&self) -> WebhookTarget {
        WebhookTarget::new(self.url()).secret(SECRET)
    }

    /// A sandbox that sends here: the whole schedule takes 61 milliseconds.
    pub(crate) fn sandbox(&self) -> Sandbox {
        self.builder().start_blocking().unwrap()
    }

    pub(crate) fn builder(&self) -> SandboxBuilder {
        Sandbox::builder().webhook(self.target()).webhook_speed(100_000.0)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until the sender has given up on so many requests that were not answered; gives how long that took.
    #[track_caller]
    pub(crate) fn wait_until_left(&self, count: usize) -> Duration {
        let begun = Instant::now();
        while self.left.load(Ordering::SeqCst) < count {
            assert!(begun.elapsed() < PATIENCE, "{count} are not left alone yet");
            std::thread::sleep(Duration::from_millis(2));
        }
        begun.elapsed()
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Received> {
        let begun = Instant::now();
        while self.received().len() < count {
            assert!(begun.elapsed() < PATIENCE, "{} of {count} requests came", self.received().len());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.received()
    }
}

#[track_caller]
pub(crate) fn settled(sandbox: &Sandbox) -> Vec<Delivery> {
    sandbox.wait_for_deliveries_blocking(PATIENCE).unwrap()
}

/// The one webhook there is, once it is settled.
#[track_caller]
pub(crate) fn only(sandbox: &Sandbox) -> Delivery {
    let mut deliveries = settled(sandbox);
    assert_eq!(deliveries.len(), 1);
    deliveries.pop().unwrap()
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Received>>,
    left: &AtomicUsize,
    reply: &dyn Fn(usize, &Received) -> Reply,
) {
    let received = read(&mut stream);
    let number = {
        let mut log = log.lock().unwrap();
        log.push(received.clone());
        log.len() - 1
    };
    if !received.complete {
        return;
    }
    let status = match reply(number, &received) {
        Reply::Status(status) => status,
        Reply::Late(delay, status) => {
            std::thread::sleep(delay);
            status
        }
        Reply::Silence => {
            // Until the other side goes.
            let _ = stream.read(&mut [0]);
            left.fetch_add(1, Ordering::SeqCst);
            return;
        }
        Reply::Close => return,
    };
    let body = format!("status {status}");
    let body = if status == 204 || status == 304 { "" } else { &body };
    let _ = write!(stream, "HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n\r\n{body}", body.len());
}

fn read(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65_536];
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let count = stream.read(&mut chunk).unwrap();
        assert_ne!(count, 0, "the head broke off");
        bytes.extend_from_slice(&chunk[..count]);
    };
    let mut body = bytes.split_off(head_end + 4);
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.trim_end().lines();
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while body.len() < length {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => body.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let complete = body.len() == length;
    Received { at: Instant::now(), line, headers, body, complete }
}
