//! Feeds whose clocks a test moves: real polls of a real socket, and hours that take no time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::Time;
use crate::live::{LiveFeed, State, Watch};

/// The hands of both clocks.
pub(in crate::live) struct Hands {
    begin: Instant,
    gone: watch::Sender<Duration>,
    date: Mutex<SystemTime>,
    /// Until when somebody sleeps.
    until: Mutex<Option<Instant>>,
}

impl Hands {
    fn new() -> Arc<Self> {
        let date = Mutex::new(httpdate::parse_http_date("Sat, 01 Jun 2024 10:00:00 GMT").unwrap());
        Arc::new(Self { begin: Instant::now(), gone: watch::Sender::default(), date, until: Mutex::default() })
    }

    pub(super) fn now(&self) -> Instant {
        self.begin + *self.gone.borrow()
    }

    pub(super) async fn sleep_until(&self, moment: Instant) {
        let mut gone = self.gone.subscribe();
        *self.until.lock().unwrap() = Some(moment);
        while self.now() < moment {
            gone.changed().await.unwrap();
        }
        *self.until.lock().unwrap() = None;
    }

    pub(super) fn date(&self) -> SystemTime {
        *self.date.lock().unwrap()
    }

    /// Both clocks go on.
    fn pass(&self, time: Duration) {
        *self.date.lock().unwrap() += time;
        self.gone.send_modify(|gone| *gone += time);
    }

    /// Somebody sets the machine's clock.
    fn set(&self, change: impl FnOnce(SystemTime) -> SystemTime) {
        let mut date = self.date.lock().unwrap();
        *date = change(*date);
    }
}

/// A producer that gives these answers, the last one for ever, and keeps when it was asked.
#[derive(Clone)]
struct Producer(Arc<Mutex<(VecDeque<String>, Vec<Instant>)>>);

impl Producer {
    fn lock(&self) -> MutexGuard<'_, (VecDeque<String>, Vec<Instant>)> {
        self.0.lock().unwrap()
    }

    fn then(&self, answers: impl IntoIterator<Item = String>) {
        self.lock().0 = answers.into_iter().collect();
    }

    fn polls(&self) -> usize {
        self.lock().1.len()
    }
}

struct Scene {
    hands: Arc<Hands>,
    producer: Producer,
    feed: LiveFeed,
    watch: Watch,
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn power() -> String {
    answer("200 OK", "", r#"{"current_power": 1}"#)
}

fn busy(headers: &str) -> String {
    answer("503 Busy", headers, "")
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl Scene {
    async fn new(interval: u64, answers: impl IntoIterator<Item = String>) -> Self {
        let hands = Hands::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/power", listener.local_addr().unwrap());
        let producer = Producer(Arc::new(Mutex::new((answers.into_iter().collect(), Vec::new()))));
        let (all, clock) = (producer.clone(), Arc::clone(&hands));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap_or(0) > 0 {}
                let answer = {
                    let (answers, polls) = &mut *all.lock();
                    polls.push(clock.now());
                    if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
                };
                _ = stream.write_all(answer.unwrap().as_bytes()).await;
                _ = stream.shutdown().await;
            }
        });
        let mut builder = LiveFeed::builder(url, "current_power").interval(seconds(interval)).timeout(seconds(30));
        builder.time = Time::Hands(Arc::clone(&hands));
        let feed = builder.build().unwrap();
        let watch = feed.watch();
        Self { hands, producer, feed, watch }
    }

    async fn next(&mut self) -> State {
        timeout(seconds(60), self.watch.next()).await.unwrap()
    }

    /// When the task that polls will go on.
    async fn due(&self) -> Instant {
        let sleeping = async {
            loop {
                match *self.hands.until.lock().unwrap() {
                    Some(until) if until > self.hands.now() => return until,
                    _ => {}
                }
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(seconds(60), sleeping).await.unwrap()
    }

    /// Lets time pass to the next poll, and tells how long that took and what it brought.
    async fn poll(&mut self) -> (Duration, State) {
        let (polls, last) = (self.producer.polls(), *self.producer.lock().1.last().unwrap());
        let due = self.due().await;
        self.hands.pass(due - self.hands.now() - Duration::from_millis(1));
        sleep(Duration::from_millis(3)).await;
        assert_eq!(self.producer.polls(), polls, "not before it is due");
        self.hands.pass(Duration::from_millis(1));
        let state = self.next().await;
        assert_eq!(self.producer.polls(), polls + 1, "{state:?}");
        (due - last, state)
    }

    async fn waits(&mut self, count: usize) -> Vec<f64> {
        let mut waits = Vec::new();
        for _ in 0..count {
            waits.push(self.poll().await.0.as_secs_f64());
        }
        waits
    }
}

#[tokio::test]
async fn polls_are_an_interval_apart_a_tenth_more_or_less() {
    for interval in [1, 5, 60] {
        let mut scene = Scene::new(interval, [power()]).await;
        assert_eq!(scene.next().await.value(), Some(1.0));
        assert_eq!(*scene.producer.lock().1.first().unwrap(), scene.hands.begin, "the first at once");
        let waits = scene.waits(60).await;
        let parts: Vec<f64> = waits.iter().map(|wait| wait / interval as f64).collect();
        assert!(parts.iter().all(|part| (0.9..=1.1).contains(part)), "{interval} s: {waits:?}");
        // With 60 draws, that all are in one of these thirds has a chance of less than 1 to 10^10.
        assert!(parts.iter().any(|part| *part < 0.967) && parts.iter().any(|part| *part > 1.033), "{waits:?}");
    }
}

#[tokio::test]
async fn a_failing_server_is_asked_ever_less_often_and_as_before_after_one_success() {
    let mut scene = Scene::new(5, [busy("")]).await;
    assert_eq!(scene.next().await.as_str(), "connection_error");
    let waits = scene.waits(7).await;
    let begin = scene.hands.begin;
    for (wait, expected) in waits.iter().zip([5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]) {
        let least = f64::max(expected * 0.9, 5.0);
        assert!((least..=f64::min(expected * 1.1, 60.0)).contains(wait), "{waits:?}");
    }
    let Some(State::ConnectionError(error)) = scene.watch.state() else { panic!() };
    assert_eq!((error.failing_for, error.last), (scene.hands.now() - begin, None));

    scene.producer.then([power(), busy("")]);
    let (wait, state) = scene.poll().await;
    assert!((54.0..=60.0).contains(&wait.as_secs_f64()) && state.value() == Some(1.0), "{wait:?} {state:?}");
    let (wait, state) = scene.poll().await;
    assert!((4.5..=5.5).contains(&wait.as_secs_f64()), "{wait:?}");
    let State::ConnectionError(error) = state else { panic!("{state:?}") };
    assert_eq!(error.failing_for, Duration::ZERO, "counted anew");
    assert_eq!(error.last.map(|last| last.age), Some(wait));
    let waits = scene.waits(2).await;
    assert!((5.0..=5.5).contains(&waits[0]) && (9.0..=11.0).contains(&waits[1]), "it starts again: {waits:?}");
}

#[tokio::test]
async fn what_a_server_asks_is_kept_to_the_second_by_its_clock_or_this_machines() {
    let here = "Retry-After: Sat, 01 Jun 2024 10:02:00 GMT\r\n";
    let there = "Retry-After: Sun, 06 Nov 1994 09:00:00 GMT\r\nDate: Sun, 06 Nov 1994 08:50:00 GMT\r\n";
    let past = "Retry-After: Sat, 01 Jun 2024 09:00:00 GMT\r\n";
    for (headers, expected) in [
        ("Retry-After: 120\r\n", 120.0..=120.0),
        (here, 120.0..=120.0),
        (there, 600.0..=600.0),
        ("Retry-After: 999999\r\n", 3600.0..=3600.0),
        ("Retry-After: 99999999999999999999999\r\n", 3600.0..=3600.0),
        (past, 5.0..=5.5),
        ("Retry-After: 2\r\n", 5.0..=5.5),
        ("Retry-After: soon\r\n", 5.0..=5.5),
    ] {
        let mut scene = Scene::new(5, [busy(headers), power()]).await;
        scene.next().await;
        // Who goes away and comes back does not hasten it.
        scene.watch = scene.feed.watch();
        assert_eq!(scene.next().await.as_str(), "connection_error");
        let (wait, state) = scene.poll().await;
        assert!(expected.contains(&wait.as_secs_f64()), "{headers}: {wait:?}");
        assert_eq!(state.value(), Some(1.0), "{headers}");
        let (wait, _) = scene.poll().await;
        assert!((4.5..=5.5).contains(&wait.as_secs_f64()), "{headers}: {wait:?} after a success");
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_clock_that_is_set_changes_no_age_nor_wait() {
    let mut scene = Scene::new(5, [power()]).await;
    scene.next().await;
    scene.hands.pass(seconds(2));
    type Change = fn(SystemTime) -> SystemTime;
    for change in [(|date| date + HOUR) as Change, |date| date - 2 * HOUR, |_| SystemTime::UNIX_EPOCH] {
        scene.hands.set(change);
        let Some(State::Reading(reading)) = scene.watch.state() else { panic!("{:?}", scene.watch.state()) };
        assert_eq!(reading.age, seconds(2));
    }
    let (wait, state) = scene.poll().await;
    assert!((4.5..=5.5).contains(&wait.as_secs_f64()) && state.value() == Some(1.0), "{wait:?} {state:?}");

    scene.producer.then([busy("")]);
    let (_, state) = scene.poll().await;
    let State::ConnectionError(error) = state else { panic!("{state:?}") };
    assert_eq!(error.failing_for, Duration::ZERO);
    scene.hands.set(|date| date + 9 * HOUR);
    scene.hands.pass(seconds(1));
    let Some(State::ConnectionError(error)) = scene.watch.state() else { panic!() };
    assert_eq!(error.failing_for, seconds(1));
    assert_eq!(scene.waits(1).await.len(), 1);
}

/// How old a value was on arrival is all that clocks that were set have a say in.
#[tokio::test]
async fn a_wrong_clock_is_of_no_account_where_the_reply_has_its_date_and_else_until_it_is_right() {
    let body = r#"{"timestamp": "2024-06-01T09:59:57Z", "current_power": 1}"#;
    let dated = answer("200 OK", "Date: Sat, 01 Jun 2024 10:00:00 GMT\r\n", body);
    let mut scene = Scene::new(5, [dated]).await;
    scene.hands.set(|date| date + HOUR);
    let State::Reading(reading) = scene.next().await else { panic!() };
    assert_eq!(reading.age, seconds(3));

    let mut scene = Scene::new(5, [answer("200 OK", "", body)]).await;
    scene.hands.set(|date| date - HOUR);
    let State::Reading(reading) = scene.next().await else { panic!() };
    assert_eq!(reading.age, Duration::ZERO, "not less than nothing");
    scene.hands.set(|date| date + 2 * HOUR);
    let (wait, state) = scene.poll().await;
    let State::Stale(reading) = state else { panic!("{state:?}") };
    assert_eq!(reading.age.as_millis(), (HOUR + seconds(3) + wait).as_millis());
    scene.hands.set(|date| date - HOUR);
    let State::Reading(reading) = scene.poll().await.1 else { panic!() };
    assert!((seconds(12)..seconds(15)).contains(&reading.age), "right at the next poll: {reading:?}");
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_there_is_one_poll_at_once() {
    let mut scene = Scene::new(5, [power()]).await;
    scene.next().await;
    scene.due().await;
    scene.hands.pass(8 * HOUR);
    let Some(state) = scene.watch.state() else { panic!() };
    assert!(["stale", "reading"].contains(&state.as_str()), "as long as the poll is under way");
    let woken = scene.hands.now();
    let fresh = loop {
        match scene.next().await {
            State::Stale(reading) => assert_eq!(reading.age, 8 * HOUR),
            state => break state,
        }
    };
    let State::Reading(reading) = fresh else { panic!("{fresh:?}") };
    assert_eq!(reading.age, Duration::ZERO);
    let polls = scene.producer.lock().1.clone();
    assert_eq!(polls, [scene.hands.begin, woken], "those that were missed are not made up for");
    let (wait, _) = scene.poll().await;
    assert!((4.5..=5.5).contains(&wait.as_secs_f64()), "{wait:?}");

    // Also where the server was failing, or asked to be left alone for less.
    scene.producer.then([busy("Retry-After: 3000\r\n"), power()]);
    scene.poll().await;
    assert_eq!(scene.due().await - scene.hands.now(), seconds(3000));
    scene.hands.pass(HOUR);
    assert_eq!(scene.next().await.value(), Some(1.0));
}

#[tokio::test]
async fn a_value_turns_stale_at_its_age_and_not_sooner() {
    // It never changes, and a clock over there that is ahead calls it new.
    let ahead = answer("200 OK", "", r#"{"timestamp": "2199-01-01T00:00:00Z", "current_power": 1}"#);
    let mut scene = Scene::new(60, [ahead]).await;
    assert_eq!(scene.next().await.as_str(), "reading");
    let mut told = Vec::new();
    while told.last() != Some(&"stale") {
        let due = scene.due().await;
        scene.hands.pass(due - scene.hands.now());
        told.push(scene.next().await.as_str());
        assert!(told.len() < 9, "{told:?}");
    }
    // Twice the interval and the time limit together.
    assert_eq!(scene.hands.now() - scene.hands.begin, seconds(180) + Duration::from_millis(1));
    assert!((3..=4).contains(&told.len()), "{told:?}");
    assert_eq!(scene.producer.polls(), told.len(), "told between two polls");
}
