//! One poll for all who watch, and only while somebody does.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_core::Stream;
use qlower_client::core::Lang;
use qlower_client::live::{FaultKind, State, Watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::live_support::{Act, Server, code, feed, power, soon};

fn value(state: &State) -> f64 {
    state.value().unwrap_or_else(|| panic!("{state:?}"))
}

/// A server whose value is the number of the request, from 1.
async fn counting() -> Server {
    let count = AtomicUsize::new(0);
    Server::new(move |_| {
        let count = u32::try_from(count.fetch_add(1, Ordering::SeqCst)).unwrap() + 1;
        power(f64::from(count))
    })
    .await
}

#[tokio::test]
async fn a_watcher_learns_at_once_and_then_with_each_poll() {
    let server = counting().await;
    let feed = feed(&server.url).unit("MW").build().unwrap();
    sleep(Duration::from_millis(50)).await;
    assert_eq!((server.connections(), feed.watchers()), (0, 0), "nobody watches");

    let started = Instant::now();
    let mut watch = feed.watch();
    assert_eq!((watch.state(), feed.watchers()), (None, 1));
    let first = soon(&mut watch).await;
    assert!(started.elapsed() < Duration::from_millis(950), "it does not wait for an interval");
    assert_eq!((value(&first), first.text(Lang::Fr)), (1.0, "1 MW".to_owned()));

    let (second, third) = (soon(&mut watch).await, soon(&mut watch).await);
    assert_eq!((value(&second), value(&third)), (2.0, 3.0));
    let got = server.got();
    let (one, two) = (got[1].at - got[0].at, got[2].at - got[1].at);
    for gap in [one, two] {
        assert!((890..1300).contains(&gap.as_millis()), "{gap:?}");
    }
    assert_ne!(one.as_micros() / 100, two.as_micros() / 100, "drawn anew each time");
    assert!(got.iter().all(|got| got.is("GET /power HTTP/1.1") && got.header("Accept") == Some("application/json")));
}

#[tokio::test]
async fn a_thousand_watchers_share_one_poll() {
    let server = counting().await;
    let feed = feed(&server.url).build().unwrap();
    let mut all = JoinSet::new();
    for _ in 0..1000 {
        let mut watch = feed.clone().watch();
        all.spawn(async move {
            for expected in 1..=3 {
                assert_eq!(value(&soon(&mut watch).await), f64::from(expected));
            }
            watch
        });
    }
    assert_eq!(feed.watchers(), 1000);
    let watches = all.join_all().await;
    assert_eq!((server.got().len(), server.connections(), server.most()), (3, 3, 1));
    drop(watches);
    assert_eq!(feed.watchers(), 0);
}

#[test]
fn nothing_is_left_when_nobody_watches_and_it_starts_again() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (there, here) = (runtime(), runtime());
    let server = there.block_on(counting());
    here.block_on(async {
        let feed = feed(&server.url).build().unwrap();
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks(), 0);
        let (mut one, two) = (feed.watch(), feed.watch());
        soon(&mut one).await;
        assert!(tasks() > 0);
        drop(one);
        sleep(Duration::from_millis(1300)).await;
        assert_eq!(server.got().len(), 2, "one is still there, though it does not look");
        drop(two);

        let stopped = Instant::now();
        while tasks() > 0 {
            assert!(stopped.elapsed() < Duration::from_secs(10), "{} tasks are left", tasks());
            sleep(Duration::from_millis(5)).await;
        }
        server.all_closed().await;
        let polls = server.got().len();
        sleep(Duration::from_millis(2500)).await;
        assert_eq!((server.got().len(), server.connections()), (polls, polls), "no poll, no connection");

        let mut again = feed.watch();
        // Nothing of before the pause: not yet anything, or already the first poll of the new time.
        if let Some(state) = again.state() {
            assert_eq!(value(&state), f64::from(u32::try_from(polls).unwrap() + 1));
        }
        let started = Instant::now();
        assert_eq!(value(&soon(&mut again).await), f64::from(u32::try_from(polls).unwrap() + 1));
        assert!(started.elapsed() < Duration::from_millis(950));
    });
}

#[tokio::test]
async fn no_connection_stays_open_between_polls() {
    let kept = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"current_power\": 1}";
    let server = Server::doing(Act::Stall(kept.to_vec())).await;
    let feed = feed(&server.url).build().unwrap();
    let mut watch = feed.watch();
    let started = Instant::now();
    assert_eq!(value(&soon(&mut watch).await), 1.0);
    server.all_closed().await;
    assert!(started.elapsed() < Duration::from_millis(950), "{:?}", started.elapsed());
    assert_eq!((server.connections(), feed.watchers()), (1, 1));
}

#[tokio::test]
async fn a_poll_that_nobody_waits_for_is_given_up() {
    let server = Server::doing(Act::Stall(Vec::new())).await;
    let feed = feed(&server.url).timeout(Duration::from_secs(3)).build().unwrap();
    let watch = feed.watch();
    while server.got().is_empty() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.open(), 1);
    let started = Instant::now();
    drop(watch);
    server.all_closed().await;
    assert!(started.elapsed() < Duration::from_millis(2500), "the time limit was not waited for");
}

#[tokio::test]
async fn who_comes_and_goes_does_not_make_polls_more_frequent() {
    let server = counting().await;
    let feed = feed(&server.url).build().unwrap();
    let started = Instant::now();
    let mut visits = 0;
    while started.elapsed() < Duration::from_millis(2500) {
        let mut watch = feed.watch();
        soon(&mut watch).await;
        drop(watch);
        visits += 1;
        sleep(Duration::from_millis(20)).await;
    }
    assert!(visits > 20, "{visits} visits, of which most find what is known already");
    let polls = server.got().len();
    assert!((2..=3).contains(&polls), "{polls}");
}

#[tokio::test]
async fn a_watcher_who_does_not_look_holds_up_no_one_and_sees_the_newest() {
    let server = counting().await;
    let feed = feed(&server.url).build().unwrap();
    let (mut slow, mut quick) = (feed.watch(), feed.watch());
    for expected in 1..=3 {
        assert_eq!(value(&soon(&mut quick).await), f64::from(expected));
    }
    assert_eq!(value(&slow.state().unwrap()), 3.0);
    assert_eq!(value(&soon(&mut slow).await), 3.0, "what was passed over does not pile up");
    // Giving up waiting loses nothing.
    assert!(tokio::time::timeout(Duration::from_millis(50), slow.next()).await.is_err());
    assert_eq!(value(&soon(&mut slow).await), 4.0);
}

#[tokio::test]
async fn it_is_a_stream() {
    async fn item(stream: &mut (impl Stream<Item = State> + Unpin)) -> Option<State> {
        std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
    }
    let server = counting().await;
    let feed = feed(&server.url).build().unwrap();
    let mut watch = feed.watch();
    assert_eq!(item(&mut watch).await.map(|state| value(&state)), Some(1.0));
    assert_eq!(value(&soon(&mut watch).await), 2.0, "both ways may be mixed");
    assert_eq!(item(&mut watch).await.map(|state| value(&state)), Some(3.0));
    assert_eq!(feed.watchers(), 1);
}

#[test]
fn without_a_runtime_it_says_so_and_polls_as_soon_as_there_is_one() {
    fn once(watch: &mut Watch) -> Poll<State> {
        pin!(watch.next()).poll(&mut Context::from_waker(Waker::noop()))
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(counting());
    let feed = feed(&server.url).build().unwrap();
    let mut watch = feed.watch();
    let Poll::Ready(State::ConnectionError(error)) = once(&mut watch) else { panic!("it waits for nothing") };
    assert_eq!((error.cause.kind(), error.cause.code()), (&FaultKind::NoRuntime, "no_runtime"));
    assert!(once(&mut watch).is_pending(), "told once");
    assert_eq!(value(&runtime.block_on(soon(&mut watch))), 1.0);
}

#[test]
fn a_runtime_that_cannot_poll_is_told_once() {
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let feed = feed("http://127.0.0.1:9/power").build().unwrap();
    let mut watch = feed.watch();
    // Its own panic is tokio's way of saying so.
    let state = bare.block_on(watch.next());
    assert_eq!(code(&state), "no_runtime");
    assert_eq!(code(&bare.block_on(async { feed.watch().next().await })), "no_runtime", "others are told too");
    bare.block_on(async {
        for _ in 0..10 {
            let again = std::future::poll_fn(|context| Poll::Ready(pin!(watch.next()).poll(context))).await;
            assert!(again.is_pending(), "it was tried again: {again:?}");
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn watchers_outlive_the_runtime_that_polled_for_them() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (there, first, second) = (runtime(), runtime(), runtime());
    let server = there.block_on(counting());
    let feed = feed(&server.url).build().unwrap();
    let mut watch = first.block_on(async { feed.watch() });
    assert_eq!(value(&second.block_on(soon(&mut watch))), 1.0);
    let waiting = second.spawn(async move {
        let state = soon(&mut watch).await;
        (watch, state)
    });
    std::thread::sleep(Duration::from_millis(100));
    first.shutdown_background();
    let (mut watch, state) = there.block_on(waiting).unwrap();
    assert_eq!(value(&state), 2.0);
    assert_eq!(value(&second.block_on(soon(&mut watch))), 3.0);
}
