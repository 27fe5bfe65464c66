//! Dead letters: looked at, replayed, discarded.

use qlower_client::receiver::SpoolError;
use qlower_client::webhook::Answer;
use rusqlite::Connection;
use tempfile::tempdir;
use tokio::task::JoinSet;

use crate::receiver_support::{order, soon};
use crate::spool_support::*;

#[tokio::test]
async fn what_cannot_be_read_is_dead_at_once_and_its_bytes_are_kept() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    let broken = order("a").replace("3051", "\"no number\"");
    assert_eq!(offer(&spool, broken.clone()).await, Answer::Accepted);
    let dead = soon(spool.dead_letters()).await.unwrap();
    let letter = &dead[0];
    assert_eq!((dead.len(), &letter.key, &letter.event_type, letter.tries), (1, &None, &None, 0));
    assert!(letter.error.contains("cannot be read") && letter.error.contains("order_id"), "{}", letter.error);
    assert_eq!(soon(spool.dead_letter_body(letter.id)).await.unwrap(), broken.as_bytes());
    assert!(chrono_is_recent(letter.received_at.timestamp()));

    // Replayed, it cannot be read either.
    soon(spool.replay(letter.id)).await.unwrap();
    reaches(&spool, [0, 0, 0, 1]).await;
    let again = soon(spool.dead_letters()).await.unwrap();
    assert_eq!((&again[0].error, again[0].tries, again[0].id), (&letter.error, 1, letter.id));
    assert!(plan.began().is_empty());
}

fn chrono_is_recent(seconds: i64) -> bool {
    qlower_client::webhook::now().abs_diff(seconds) < 60
}

#[tokio::test]
async fn a_dead_letter_is_replayed_or_discarded() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    for id in ["a", "b", "c"] {
        plan.add(id, Act::Fail);
    }
    let spool = spool(folder.path()).max_tries(1).start(plan.handler()).await.unwrap();
    for id in ["a", "b", "c"] {
        offer(&spool, order(id)).await;
    }
    reaches(&spool, [0, 0, 0, 3]).await;
    let dead = soon(spool.dead_letters()).await.unwrap();
    let number = |id: &str| dead.iter().find(|letter| letter.key.as_deref() == Some(id)).unwrap().id;
    assert_eq!(dead[0].event_type.as_deref(), Some("order.created"));
    assert_eq!(soon(spool.dead_letters_after(dead[0].id, 1)).await.unwrap(), dead[1..2]);
    assert_eq!(offer(&spool, order("a")).await, Answer::Duplicate, "it is kept");

    soon(spool.replay(number("a"))).await.unwrap();
    reaches(&spool, [0, 0, 1, 2]).await;
    soon(spool.discard(number("b"))).await.unwrap();
    assert_eq!(offer(&spool, order("b")).await, Answer::Duplicate, "it was discarded for good");
    assert_eq!(soon(spool.replay_all()).await.unwrap(), 1);
    reaches(&spool, [0, 0, 3, 0]).await;
    let mut done = plan.done();
    done.sort();
    assert_eq!(done, ["a", "c"]);

    for id in [number("a"), number("b"), -1, 77] {
        assert!(matches!(spool.replay(id).await, Err(SpoolError::NoDeadLetter(n)) if n == id));
        assert!(matches!(spool.discard(id).await, Err(SpoolError::NoDeadLetter(n)) if n == id));
        assert!(matches!(spool.dead_letter_body(id).await, Err(SpoolError::NoDeadLetter(n)) if n == id));
    }
    assert_eq!(soon(spool.replay_all()).await.unwrap(), 0);
}

/// More than one step of reading and replaying, and each that dies again is replayed once.
#[tokio::test]
async fn very_many_dead_letters() {
    let folder = tempdir().unwrap();
    let accepting = spool(folder.path()).accept_only().await.unwrap();
    let mut offers = JoinSet::new();
    for n in 0..1_100 {
        let accepting = accepting.clone();
        offers.spawn(async move { offer(&accepting, format!("unreadable {n}")).await });
    }
    assert_eq!(offers.join_all().await, [Answer::Accepted; 1_100]);
    let plan = Plan::default();
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    assert_eq!(soon(spool.dead_letters()).await.unwrap().len(), 1_100);
    assert_eq!(soon(spool.replay_all()).await.unwrap(), 1_100);
    reaches(&spool, [0, 0, 0, 1_100]).await;
}

/// As after an update that reads more: what could not be read has a key now.
#[tokio::test]
async fn what_can_be_read_now_is_handled_unless_it_came_in_a_readable_form_too() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    for _ in 0..2 {
        offer(&spool, "unreadable").await;
    }
    offer(&spool, order("known")).await;
    reaches(&spool, [0, 0, 1, 2]).await;
    let file = Connection::open(spool.path()).unwrap();
    let dead = soon(spool.dead_letters()).await.unwrap();
    for (letter, id) in dead.iter().zip(["new", "known"]) {
        let body = order(id).into_bytes();
        assert_eq!(file.execute("UPDATE event SET body = ?1 WHERE id = ?2", (body, letter.id)).unwrap(), 1);
    }
    assert_eq!(soon(spool.replay_all()).await.unwrap(), 2);
    reaches(&spool, [0, 0, 3, 0]).await;
    let mut done = plan.done();
    done.sort();
    assert_eq!(done, ["known", "new"]);
    assert_eq!(offer(&spool, order("new")).await, Answer::Duplicate);
}

/// A body is gone from the file once it was handled or discarded.
#[tokio::test]
async fn bodies_do_not_stay() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    offer(&spool, order("a")).await;
    offer(&spool, "unreadable-sentinel").await;
    reaches(&spool, [0, 0, 1, 1]).await;
    let dead = soon(spool.dead_letters()).await.unwrap();
    soon(spool.discard(dead[0].id)).await.unwrap();
    let file = Connection::open(spool.path()).unwrap();
    let bodies: i64 = file.query_row("SELECT count(body) FROM event", [], |row| row.get(0)).unwrap();
    assert_eq!(bodies, 0);
    spool.stop().await;
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let bytes = std::fs::read(spool.path()).unwrap();
    for sentinel in [crate::receiver_support::EMAIL, "unreadable-sentinel"] {
        assert!(!bytes.windows(sentinel.len()).any(|window| window == sentinel.as_bytes()), "{sentinel}");
    }
}
