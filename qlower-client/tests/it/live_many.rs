//! Hundreds of feeds in one process.

use std::time::{Duration, Instant};

use qlower_client::live::LiveFeed;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::live_certificates::{Leaf, authority};
use crate::live_support::{Server, power};

const FEEDS: usize = 500;
const PRODUCERS: usize = 4;
const WATCHERS: usize = 2;
/// As many as a system has.
const AUTHORITIES: usize = 140;

fn bundle() -> String {
    let key = KeyPair::generate().unwrap();
    let other = |n: usize| {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("authority {n}"));
        params.self_signed(&key).unwrap().pem()
    };
    (0..AUTHORITIES).map(other).chain([authority()]).collect()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Memory of this process in KiB, where the system tells it.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
}

async fn until(reached: impl Fn() -> bool) {
    let waiting = async {
        while !reached() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), waiting).await.unwrap();
}

#[test]
fn five_hundred_feeds_poll_once_each_and_all_stop() {
    let (there, here) = (runtime(), runtime());
    let servers: Vec<Server> = there.block_on(async {
        let mut servers = Vec::new();
        for n in 0..PRODUCERS {
            servers.push(Server::tls(Leaf::good().config(), move |_| power(n as f64)).await);
        }
        servers
    });
    let polls = || servers.iter().map(|server| server.got().len()).sum::<usize>();
    let pem = bundle();
    // To measure with the authorities of a system, name a copy of them here and as SSL_CERT_FILE.
    let of_system = std::env::var_os("QLOWER_TEST_AUTHORITIES");
    if let Some(path) = &of_system {
        let system = std::fs::read_to_string(path).unwrap();
        std::fs::write(path, system + &authority()).unwrap();
    }
    let before = resident();
    let started = Instant::now();
    let feeds: Vec<LiveFeed> = (0..FEEDS)
        .map(|n| {
            let builder = LiveFeed::builder(&servers[n % PRODUCERS].url, "current_power");
            let builder = builder.interval(Duration::from_secs(60)).timeout(Duration::from_secs(30));
            let builder = if of_system.is_none() { builder.ca_bundle(pem.as_str()) } else { builder };
            builder.build().unwrap()
        })
        .collect();
    let (built, after_build) = (started.elapsed(), resident());

    let tasks = || here.metrics().num_alive_tasks();
    here.block_on(async {
        let mut all = JoinSet::new();
        for (n, feed) in feeds.iter().enumerate() {
            for _ in 0..WATCHERS {
                let mut watch = feed.watch();
                all.spawn(async move {
                    let state = timeout(Duration::from_secs(120), watch.next()).await.unwrap();
                    assert_eq!(state.value(), Some((n % PRODUCERS) as f64), "{state}");
                    watch
                });
            }
        }
        let watches = all.join_all().await;
        assert_eq!((watches.len(), polls()), (FEEDS * WATCHERS, FEEDS), "one poll for both watchers of a feed");
        assert!(feeds.iter().all(|feed| feed.watchers() == WATCHERS));
        // The last connections and watchers are just ending.
        until(|| tasks() == FEEDS).await;
        println!(
            "{FEEDS} feeds × {WATCHERS} watchers: built in {built:?}, all read after {:?}; KiB resident: {before:?} before, \
             {after_build:?} built, {:?} watched",
            started.elapsed(),
            resident()
        );
        drop(watches);
        until(|| tasks() == 0).await;
        sleep(Duration::from_millis(500)).await;
    });
    assert_eq!((polls(), tasks()), (FEEDS, 0), "nobody watches");
    there.block_on(async {
        for server in &servers {
            server.all_closed().await;
        }
    });
    assert_eq!(servers.iter().map(Server::connections).sum::<usize>(), FEEDS);
}
