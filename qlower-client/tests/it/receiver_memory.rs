//! What the memory of handled events remembers, and for how long.

use std::time::Duration;

use qlower_client::receiver::{Claim, DedupeStore, MemoryStore};
use tokio::time::sleep;

const LEASE: Duration = Duration::from_secs(600);

/// One that is over at once, and the time in which it is.
const SHORT: Duration = Duration::from_millis(1);
const OVER: Duration = Duration::from_millis(30);

async fn claim(store: &MemoryStore, key: &str) -> Claim {
    store.claim(key, LEASE).await.unwrap()
}

#[tokio::test]
async fn a_claim_holds_for_its_lease() {
    let store = MemoryStore::default();
    assert_eq!(store.claim("a", SHORT).await.unwrap(), Claim::New);
    sleep(OVER).await;
    assert_eq!(claim(&store, "a").await, Claim::New, "whoever had it died");
    sleep(OVER).await;
    assert_eq!(claim(&store, "a").await, Claim::Busy, "and the lease is a new one");
    store.release("a").await.unwrap();
    assert_eq!(claim(&store, "a").await, Claim::New);
    store.complete("a").await.unwrap();
    assert_eq!(claim(&store, "a").await, Claim::Handled);
    store.release("a").await.unwrap();
    assert_eq!(claim(&store, "a").await, Claim::Handled, "handled is handled");
    assert_eq!(store.claim("b", Duration::MAX).await.unwrap(), Claim::New, "a lease of any length");
}

#[tokio::test]
async fn the_oldest_handled_are_dropped_and_never_a_claim() {
    let store = MemoryStore::with_capacity(3);
    assert_eq!(claim(&store, "claimed").await, Claim::New);
    for key in ["1", "2", "3", "4", "5"] {
        assert_eq!(claim(&store, key).await, Claim::New);
        store.complete(key).await.unwrap();
        // Twice is once.
        store.complete(key).await.unwrap();
    }
    assert_eq!(format!("{store:?}"), "MemoryStore { capacity: 3, handled: 3, claims: 1 }");
    assert_eq!(claim(&store, "claimed").await, Claim::Busy);
    for key in ["3", "4", "5"] {
        assert_eq!(claim(&store, key).await, Claim::Handled, "{key}");
    }
    for key in ["1", "2"] {
        assert_eq!(store.claim(key, OVER).await.unwrap(), Claim::New, "{key}");
    }
    // All three places for claims are taken: one more is refused, until a lease is over.
    assert!(store.claim("one more", LEASE).await.is_err());
    sleep(OVER).await;
    assert_eq!(claim(&store, "one more").await, Claim::New);
    assert_eq!(format!("{store:?}"), "MemoryStore { capacity: 3, handled: 3, claims: 2 }");
    assert_eq!(claim(&store, "claimed").await, Claim::Busy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_claims_at_once_one_is_new() {
    let store = std::sync::Arc::new(MemoryStore::default());
    for round in 0..50 {
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { claim(&store, &round.to_string()).await })
            })
            .collect();
        let mut new = 0;
        for task in tasks {
            new += usize::from(task.await.unwrap() == Claim::New);
        }
        assert_eq!(new, 1);
    }
}
