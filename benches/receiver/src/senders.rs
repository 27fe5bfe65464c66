//! What sends: each on a connection that it keeps, and again what was not delivered, as Qlower does, only sooner.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qlower_client::webhook::{SIGNATURE_HEADER, USER_AGENT, is_delivered, is_tried_again, now, sign};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::AnyError;
use crate::serve::{PATH, SECRET};

const FIRST_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// An event that is not delivered by then is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// What is to be sent, and where to.
pub(crate) struct Load {
    /// Numbers of events; some twice.
    pub(crate) events: Vec<usize>,
    pub(crate) next: AtomicUsize,
    pub(crate) delivered: AtomicUsize,
    /// 0 while there is nobody.
    pub(crate) port: AtomicU16,
}

#[derive(Default)]
pub(crate) struct Sent {
    /// Time to each answer that said delivered, in microseconds.
    pub(crate) answers: Vec<u64>,
    /// Tries that ended otherwise.
    pub(crate) broken_off: usize,
    pub(crate) failed: usize,
    pub(crate) busy: usize,
    /// Events given up: answered 4xx, or not delivered in time.
    pub(crate) given_up: usize,
}

pub(crate) async fn send(load: &Arc<Load>, connections: usize) -> Result<Sent, AnyError> {
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let load = Arc::clone(load);
        tasks.spawn(async move { Sender { load, stream: None, sent: Sent::default() }.work().await });
    }
    let mut all = Sent::default();
    while let Some(sent) = tasks.join_next().await {
        let mut sent = sent?;
        all.answers.append(&mut sent.answers);
        all.broken_off += sent.broken_off;
        all.failed += sent.failed;
        all.busy += sent.busy;
        all.given_up += sent.given_up;
    }
    all.answers.sort_unstable();
    Ok(all)
}

fn body(number: usize) -> String {
    format!(
        r#"{{"event_type":"order.created","event_id":"evt_{number}","order_id":{number},"timestamp":"2026-08-05T08:42:18+00:00","customer":{{"first_name":"Marie","last_name":"Durand","email":"marie.durand@example.com"}},"order":{{"total_amount":315.0,"currency":"EUR","payment_date":"2026-08-05T08:42:18+00:00","is_subscription":true,"products":[{{"product_id":"lmnp","product_name":"LMNP","quantity":1,"unit_price":315.0}}],"coverage":[{{"year":2026,"property":{{"external_id":"P{number}","name":"Studio"}}}}]}},"invoice":{{"pdf_url":"https://qlower.example/invoice.pdf","pdf_filename":"invoice.pdf","number":"082A05A2-0530"}}}}"#
    )
}

struct Sender {
    load: Arc<Load>,
    stream: Option<BufReader<TcpStream>>,
    sent: Sent,
}

impl Sender {
    async fn work(mut self) -> Sent {
        loop {
            let next = self.load.next.fetch_add(1, Ordering::Relaxed);
            let Some(number) = self.load.events.get(next) else { return self.sent };
            self.deliver(&body(*number)).await;
            self.load.delivered.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn deliver(&mut self, body: &str) {
        let (begin, mut wait) = (Instant::now(), FIRST_WAIT);
        while begin.elapsed() < PATIENCE {
            let asked = Instant::now();
            match timeout(ANSWER_TIMEOUT, self.ask(body)).await {
                Ok(Ok(status)) if is_delivered(status) => {
                    self.sent.answers.push(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX));
                    return;
                }
                Ok(Ok(503)) => self.sent.busy += 1,
                Ok(Ok(status)) if is_tried_again(status) => self.sent.failed += 1,
                Ok(Ok(_)) => break,
                Ok(Err(_)) | Err(_) => {
                    self.stream = None;
                    self.sent.broken_off += 1;
                }
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.sent.given_up += 1;
    }

    async fn ask(&mut self, body: &str) -> std::io::Result<u16> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(("127.0.0.1", self.load.port.load(Ordering::Acquire))).await?;
                stream.set_nodelay(true)?;
                none.insert(BufReader::new(stream))
            }
        };
        let (signature, length) = (sign(SECRET, body.as_bytes(), now()), body.len());
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nhost: partner\r\nuser-agent: {USER_AGENT}\r\ncontent-type: application/json\r\n\
             {SIGNATURE_HEADER}: {signature}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let (mut line, mut status, mut length, mut closes) = (String::new(), None, 0, false);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            match text.split_once(": ") {
                _ if status.is_none() => status = text.split(' ').nth(1).and_then(|code| code.parse().ok()),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().map_err(|_| std::io::ErrorKind::InvalidData)?;
                }
                Some((name, value)) if name.eq_ignore_ascii_case("connection") => closes = value == "close",
                _ => {}
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        if closes {
            self.stream = None;
        }
        status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }
}
