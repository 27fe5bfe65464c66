//! A producer's source: shared, cut off, failing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qlower_client::live::{LiveProducer, Measurement, Producer, SOURCE_TIMEOUT, Source, SourceError, TIMEOUT_SECONDS};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::live_producer_support::{Site, get, header};
use super::log::Log;
use super::receiver_support::{exchange, soon, until};

const UNAVAILABLE: &str = r#"{"status":"error","error":"unavailable"}"#;

/// How often a source was asked, and what it then does.
fn counted<W>(work: impl Fn(usize) -> W + Send + Sync + 'static) -> (LiveProducer, Arc<AtomicUsize>)
where
    W: Future<Output = Result<Measurement, SourceError>> + Send + 'static,
{
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let source = move || work(count.fetch_add(1, Ordering::SeqCst));
    (LiveProducer::new(Producer::builder().build().unwrap(), source), asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_at_once_share_one_call() {
    const REQUESTS: usize = 1000;
    let gate = Arc::new(Semaphore::new(0));
    let open = Arc::clone(&gate);
    let (live, asked) = counted(move |n| {
        let open = Arc::clone(&open);
        async move {
            drop(open.acquire().await?);
            Ok(Measurement::new(n as f64 + 0.5))
        }
    });
    let live = live.source_timeout(Duration::from_secs(60)).fresh_for(Duration::from_secs(60));
    let site = Arc::new(Site::start(&live).await);
    let answered = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    let sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..REQUESTS {
        let (site, answered, sent) = (Arc::clone(&site), Arc::clone(&answered), Arc::clone(&sent));
        tasks.push(tokio::spawn(async move {
            let mut stream = site.connect().await;
            sent.fetch_add(1, Ordering::SeqCst);
            let reply = exchange(&mut stream, get("/power", "")).await;
            assert_eq!((reply.status, &*reply.body), (200, r#"{"current_power":0.5}"#));
            answered.fetch_add(1, Ordering::SeqCst);
        }));
    }
    until(|| sent.load(Ordering::SeqCst) == REQUESTS).await;
    assert_eq!((asked.load(Ordering::SeqCst), answered.load(Ordering::SeqCst)), (1, 0), "all wait for one call");
    gate.add_permits(1);
    for task in tasks {
        soon(task).await.unwrap();
    }
    assert_eq!((asked.load(Ordering::SeqCst), answered.load(Ordering::SeqCst)), (1, REQUESTS));
}

#[tokio::test]
async fn a_value_is_given_out_again_while_it_is_fresh_and_then_asked_for_anew() {
    let (live, asked) = counted(async |n| Ok(Measurement::new(n as f64)));
    let live = live.fresh_for(Duration::from_secs(4));
    let site = Site::start(&live).await;
    let begin = Instant::now();
    let first = site.send(get("/power", "")).await.body;
    let second = site.send(get("/power", "")).await.body;
    assert!(begin.elapsed() < Duration::from_secs(4), "this machine is too slow for the test");
    assert_eq!((&*first, &*second), (r#"{"current_power":0.0}"#, r#"{"current_power":0.0}"#));
    sleep(Duration::from_millis(4100)).await;
    assert_eq!(site.send(get("/power", "")).await.body, r#"{"current_power":1.0}"#);
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    let (live, asked) = counted(async |n| Ok(Measurement::new(n as f64)));
    let site = Site::start(&live.fresh_for(Duration::ZERO)).await;
    for n in 0..3 {
        assert_eq!(site.send(get("/power", "")).await.body, format!(r#"{{"current_power":{n}.0}}"#));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_not_finite_is_never_given_out() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (live, asked) = counted(move |_| async move { Ok(Measurement::new(value)) });
        let site = Site::start(&live).await;
        let reply = site.send(get("/power", "origin: https://quelia.fr\r\n")).await;
        assert_eq!((reply.status, &*reply.body), (503, UNAVAILABLE), "{value}");
        assert_eq!(header(&reply, "access-control-allow-origin"), Some("https://quelia.fr"), "the page sees why");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_source_that_hangs_is_cut_off_and_asked_again_by_the_next_request() {
    let (live, asked) = counted(async |n| {
        if n == 0 {
            std::future::pending::<()>().await;
        }
        Ok(Measurement::new(7.0))
    });
    let live = live.source_timeout(Duration::from_millis(200)).fresh_for(Duration::ZERO);
    let site = Site::start(&live).await;
    let begin = Instant::now();
    let reply = site.send(get("/power", "")).await;
    assert_eq!((reply.status, &*reply.body), (503, UNAVAILABLE));
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let reply = site.send(get("/power", "")).await;
    assert_eq!((reply.status, &*reply.body), (200, r#"{"current_power":7.0}"#));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

/// The default: the answer is there before watchers give up, who wait three seconds.
#[tokio::test]
async fn by_default_a_source_that_hangs_is_answered_for_within_three_seconds() {
    let (live, asked) = counted(async |_| std::future::pending().await);
    let site = Site::start(&live).await;
    let begin = Instant::now();
    assert_eq!(site.send(get("/power", "")).await.status, 503);
    let took = begin.elapsed();
    assert!(SOURCE_TIMEOUT < Duration::from_secs(TIMEOUT_SECONDS));
    // It is other tests' machine, too.
    assert!(took >= SOURCE_TIMEOUT && took < SOURCE_TIMEOUT + Duration::from_secs(3), "{took:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// As `spawn_blocking` has it: the work cannot be ended, but nobody waits for it, and the next request asks again.
#[tokio::test]
async fn a_source_that_blocks_a_thread_of_its_own_keeps_nobody_waiting() {
    let (done, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (count, end) = (Arc::clone(&done), Arc::clone(&ended));
    let (live, asked) = counted(move |_| {
        let (count, end) = (Arc::clone(&count), Arc::clone(&end));
        async move {
            let work = move || {
                while end.try_acquire().is_err() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                count.fetch_add(1, Ordering::SeqCst);
                Measurement::new(1.0)
            };
            Ok(tokio::task::spawn_blocking(work).await?)
        }
    });
    let site = Site::start(&live.source_timeout(Duration::from_millis(100)).fresh_for(Duration::ZERO)).await;
    for _ in 0..2 {
        assert_eq!(site.send(get("/power", "")).await.status, 503);
    }
    assert_eq!((asked.load(Ordering::SeqCst), done.load(Ordering::SeqCst)), (2, 0));
    ended.add_permits(2);
    until(|| done.load(Ordering::SeqCst) == 2).await;
}

#[tokio::test]
async fn a_source_that_fails_is_not_asked_for_each_request_and_its_words_are_not_answered() {
    let log = Log::default();
    let _listening = log.listen();
    let (live, asked) = counted(async |n| match n {
        0 => Err("the meter at 10.0.0.7 does not answer".into()),
        _ => Ok(Measurement::new(3.0)),
    });
    let site = Site::start(&live.fresh_for(Duration::from_millis(1500))).await;
    for _ in 0..2 {
        let reply = site.send(get("/power", "")).await;
        assert_eq!((reply.status, &*reply.body), (503, UNAVAILABLE));
        assert!(!reply.head.contains("10.0.0.7"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(log.text().contains("the meter at 10.0.0.7 does not answer"));
    sleep(Duration::from_millis(1600)).await;
    assert_eq!(site.send(get("/power", "")).await.status, 200);
}

#[tokio::test]
async fn a_source_that_panics_is_a_failure_and_no_more() {
    struct Broken(AtomicUsize);
    impl Source for Broken {
        fn measure(&self) -> impl Future<Output = Result<Measurement, SourceError>> + Send {
            // Once before there is a future, once within.
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            assert!(n != 0, "of the test");
            async move { if n == 1 { panic!("of the test") } else { Ok(Measurement::new(n as f64)) } }
        }
    }
    let log = Log::default();
    let _listening = log.listen();
    let live = LiveProducer::new(Producer::builder().build().unwrap(), Broken(AtomicUsize::new(0)));
    let site = Site::start(&live.fresh_for(Duration::ZERO)).await;
    for _ in 0..2 {
        let reply = site.send(get("/power", "")).await;
        assert_eq!((reply.status, &*reply.body), (503, UNAVAILABLE));
    }
    assert_eq!(site.send(get("/power", "")).await.body, r#"{"current_power":2.0}"#);
    assert_eq!(log.text().matches("the source panicked").count(), 2);
}

#[tokio::test]
async fn the_call_goes_on_for_the_others_when_the_first_hangs_up() {
    let gate = Arc::new(Semaphore::new(0));
    let open = Arc::clone(&gate);
    let (live, asked) = counted(move |_| {
        let open = Arc::clone(&open);
        async move {
            drop(open.acquire().await?);
            Ok(Measurement::new(9.0))
        }
    });
    let live = live.source_timeout(Duration::from_secs(30));
    let site = Arc::new(Site::start(&live).await);
    let mut first = site.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut first, &get("/power", "")).await.unwrap();
    until(|| asked.load(Ordering::SeqCst) == 1).await;
    let second = {
        let site = Arc::clone(&site);
        tokio::spawn(async move { site.send(get("/power", "")).await })
    };
    drop(first);
    sleep(Duration::from_millis(100)).await;
    gate.add_permits(1);
    let reply = soon(second).await.unwrap();
    assert_eq!((reply.status, &*reply.body), (200, r#"{"current_power":9.0}"#));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// A runtime that ends drops the call; another one asks anew.
#[test]
fn nothing_is_left_of_a_call_whose_runtime_ended() {
    let (live, asked) = counted(async |n| {
        if n == 0 {
            std::future::pending::<()>().await;
        }
        Ok(Measurement::new(2.0))
    });
    let live = live.fresh_for(Duration::ZERO);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let none: [(&str, &str); 0] = [];
    let waited = first.block_on(async {
        tokio::time::timeout(Duration::from_millis(50), live.answer("GET", "", none)).await.is_err()
    });
    assert!(waited);
    drop(first);
    let answer = runtime().block_on(live.answer("GET", "", none));
    assert_eq!((answer.status(), asked.load(Ordering::SeqCst)), (200, 2));
}
