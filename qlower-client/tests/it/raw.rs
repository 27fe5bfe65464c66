//! A server that misbehaves on the wire, as scripted, and tells what it did.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is a failed test"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What to do with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Reads the request and answers; the connection stays open for the next act.
    Answer(String),
    /// Reads the request and resets the connection.
    Reset,
    /// Reads the request and closes the connection.
    Close,
    /// Reads the head of the request and resets the connection.
    ResetAtHead,
    /// Resets the connection without reading.
    ResetAtOnce,
    /// Reads the head of the request, and the rest only after [`Raw::resume`].
    StopReading,
    /// Reads the request and says nothing until the peer closes.
    Silence,
    /// Reads the request, sends this, and closes.
    SendAndClose(String),
    /// Reads the request, sends this, and resets.
    SendAndReset(String),
    /// Reads the request, sends this, and no more until the peer closes.
    SendAndStall(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Connected,
    Request {
        head: String,
        body: usize,
    },
    /// The peer went away before its body was complete.
    CutOff {
        body: usize,
        of: usize,
    },
    Fired(&'static str),
    PeerClosed,
}

pub(crate) struct Raw {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Event>>>,
    script: Arc<Mutex<VecDeque<Act>>>,
    go_on: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::<Mutex<Vec<Event>>>::default();
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        let go_on = Arc::<Notify>::default();
        let (events, acts, resumed) = (Arc::clone(&log), Arc::clone(&script), Arc::clone(&go_on));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                events.lock().unwrap().push(Event::Connected);
                tokio::spawn(connection(stream, Arc::clone(&events), Arc::clone(&acts), Arc::clone(&resumed)));
            }
        });
        Self { url, log, script, go_on, task }
    }

    /// Lets a connection that stopped reading go on.
    pub(crate) fn resume(&self) {
        self.go_on.notify_one();
    }

    pub(crate) fn log(&self) -> Vec<Event> {
        self.log.lock().unwrap().clone()
    }

    /// How many requests were read completely.
    pub(crate) fn requests(&self) -> usize {
        self.log().iter().filter(|event| matches!(event, Event::Request { .. })).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.log().iter().filter(|event| **event == Event::Connected).count()
    }

    /// The names of the faults that happened; panics if some of the script is left.
    pub(crate) fn fired(&self) -> Vec<&'static str> {
        assert!(self.script.lock().unwrap().is_empty(), "not everything of the script was asked for");
        self.log().iter().filter_map(|event| if let Event::Fired(name) = event { Some(*name) } else { None }).collect()
    }

    /// Waits until an event occurs, at most five seconds.
    pub(crate) async fn saw(&self, wanted: Event) {
        let seen = async {
            while !self.log().contains(&wanted) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(Duration::from_secs(5), seen).await.unwrap_or_else(|_| panic!("no {wanted:?} in {:?}", self.log()));
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn connection(
    mut stream: TcpStream,
    log: Arc<Mutex<Vec<Event>>>,
    script: Arc<Mutex<VecDeque<Act>>>,
    go_on: Arc<Notify>,
) {
    let say = |event| log.lock().unwrap().push(event);
    loop {
        let act = script.lock().unwrap().front().cloned();
        if let Some(Act::ResetAtOnce) = act {
            script.lock().unwrap().pop_front();
            say(Event::Fired("reset at once"));
            return stream.set_zero_linger().unwrap();
        }
        let Some((head, length, mut rest)) = read_head(&mut stream).await else {
            return say(Event::PeerClosed);
        };
        let act = script.lock().unwrap().pop_front().expect("a request that the script does not foresee");
        match act {
            Act::ResetAtHead => {
                say(Event::Fired("reset at head"));
                return stream.set_zero_linger().unwrap();
            }
            Act::StopReading => {
                say(Event::Fired("stop reading"));
                go_on.notified().await;
            }
            _ => {}
        }
        while rest.len() < length {
            if stream.read_buf(&mut rest).await.unwrap_or(0) == 0 {
                say(Event::CutOff { body: rest.len(), of: length });
                return say(Event::PeerClosed);
            }
        }
        say(Event::Request { head, body: rest.len() });
        match act {
            Act::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Reset => {
                say(Event::Fired("reset"));
                return stream.set_zero_linger().unwrap();
            }
            Act::Close => return say(Event::Fired("close")),
            Act::Silence => {
                say(Event::Fired("silence"));
                wait_for_close(&mut stream).await;
                return say(Event::PeerClosed);
            }
            Act::SendAndClose(text) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                return say(Event::Fired("send and close"));
            }
            Act::SendAndReset(text) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                // The peer has read it by then; a reset overtakes what is still unread.
                tokio::time::sleep(Duration::from_millis(50)).await;
                say(Event::Fired("send and reset"));
                return stream.set_zero_linger().unwrap();
            }
            Act::SendAndStall(text) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                say(Event::Fired("send and stall"));
                wait_for_close(&mut stream).await;
                return say(Event::PeerClosed);
            }
            Act::StopReading => panic!("the peer has sent everything: nothing was tested"),
            Act::ResetAtHead | Act::ResetAtOnce => unreachable!("dealt with above"),
        }
    }
}

async fn wait_for_close(stream: &mut TcpStream) {
    let mut byte = [0];
    assert_eq!(stream.read(&mut byte).await.unwrap_or(0), 0, "more than one request");
}

/// Head, length of the body, and what was read of it.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, usize, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            let head = String::from_utf8(bytes).unwrap();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
            });
            return Some((head, length.unwrap_or(0), rest));
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}
