//! The SQLite file that remembers what was handled.

use std::sync::Arc;
use std::time::Duration;

use qlower_client::receiver::{Claim, DedupeStore, Receiver, SqliteStore};
use rusqlite::Connection;
use tempfile::tempdir;
use tokio::task::JoinSet;

use crate::receiver_support::{Seen, Site, order, soon, source};

const LEASE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn claims_are_held_released_completed_and_survive() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::New);
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::Busy);
    store.release("a").await.unwrap();
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::New);
    store.complete("a").await.unwrap();
    store.release("a").await.unwrap();
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::Handled, "what was handled is not released");
    for strange in ["", "é\0x", "'; DROP TABLE event; --", &"k".repeat(100_000)] {
        assert_eq!(store.claim(strange, LEASE).await.unwrap(), Claim::New);
        assert_eq!(store.claim(strange, LEASE).await.unwrap(), Claim::Busy);
    }
    store.claim("b", LEASE).await.unwrap();
    store.complete("never claimed").await.unwrap();
    drop(store);

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::Handled);
    assert_eq!(store.claim("never claimed", LEASE).await.unwrap(), Claim::Handled);
    assert_eq!(store.claim("b", LEASE).await.unwrap(), Claim::Busy, "its lease still runs");
}

#[tokio::test]
async fn a_claim_ends_with_its_lease_and_belongs_to_who_made_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    let (dead, alive) = (SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap());
    let short = Duration::from_secs(1);
    assert_eq!(dead.claim("a", short).await.unwrap(), Claim::New);
    assert_eq!(alive.claim("a", LEASE).await.unwrap(), Claim::Busy);
    tokio::time::sleep(short + Duration::from_millis(50)).await;
    assert_eq!(alive.claim("a", LEASE).await.unwrap(), Claim::New);
    // It comes back from the dead: the claim is not its own any more.
    dead.release("a").await.unwrap();
    assert_eq!(dead.claim("a", LEASE).await.unwrap(), Claim::Busy);
    // But what it has done is done.
    dead.complete("a").await.unwrap();
    assert_eq!(alive.claim("a", LEASE).await.unwrap(), Claim::Handled);
    assert_eq!(alive.claim("b", Duration::MAX).await.unwrap(), Claim::New);
    assert_eq!(alive.claim("b", Duration::MAX).await.unwrap(), Claim::Busy);
}

/// Two stores on one file, as of two processes, and many at once: each key is new to one alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_new_once_whoever_claims_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    // Both make the file.
    let (first, second) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
    let stores = [Arc::new(first.unwrap()), Arc::new(second.unwrap())];
    let mut claims = JoinSet::new();
    for n in 0..400 {
        let store = Arc::clone(&stores[n % 2]);
        claims.spawn(async move { (n / 8, store.claim(&(n / 8).to_string(), LEASE).await.unwrap()) });
    }
    let mut new = vec![0; 50];
    for (key, claim) in soon(claims.join_all()).await {
        match claim {
            Claim::New => new[key] += 1,
            Claim::Busy => {}
            Claim::Handled => panic!("nobody has handled it"),
        }
    }
    assert_eq!(new, [1; 50]);
}

#[tokio::test]
async fn keys_are_forgotten_after_the_retention_in_small_steps() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    store.complete("recent").await.unwrap();
    store.claim("abandoned", Duration::ZERO).await.unwrap();
    drop(store);
    let file = Connection::open(&path).unwrap();
    let old = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
        INSERT INTO event (key, owner, handled_at) SELECT 'old ' || n, 0, 1000 FROM n";
    assert_eq!(file.execute(old, []).unwrap(), 1200);
    let left = || file.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0)).unwrap();

    let store = SqliteStore::builder(&path).retention(Duration::from_secs(3600)).open().await.unwrap();
    let mut seen = vec![left()];
    while left() > 3 {
        assert!(store.claim("x", LEASE).await.is_ok());
        if seen.last() != Some(&left()) {
            seen.push(left());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(seen.windows(2).all(|pair| pair[0] - pair[1] <= 500), "{seen:?}");
    assert_eq!(store.claim("old 7", LEASE).await.unwrap(), Claim::New);
    assert_eq!(store.claim("recent", LEASE).await.unwrap(), Claim::Handled);
}

#[tokio::test]
async fn behind_a_receiver_an_event_is_handled_once_over_a_restart() {
    let folder = tempdir().unwrap();
    let seen = Seen::default();
    for expected in ["handled", "duplicate"] {
        let store = SqliteStore::open(folder.path().join("handled.sqlite")).await.unwrap();
        let inner = seen.clone();
        let handler = move |event| {
            inner.add(&event);
            async { Ok(()) }
        };
        let site = Site::start(Receiver::builder(source()).handler(handler).store(store).build().unwrap()).await;
        let reply = site.send(crate::receiver_support::signed(order("a"))).await;
        assert_eq!((reply.status, reply.body), (200, format!(r#"{{"status":"{expected}"}}"#)));
        site.stopped().await;
    }
    assert_eq!(seen.all(), ["a"]);
}
