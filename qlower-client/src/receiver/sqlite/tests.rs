//! How a file is written: durably, together, and each operation by itself when one fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use tempfile::tempdir;
use tokio::task::JoinSet;

use super::*;

async fn database(folder: &tempfile::TempDir) -> Database {
    let upkeep: Upkeep = Box::new(|_| Ok(false));
    Database::open(folder.path().join("file"), &FORMAT, Limits::default(), upkeep).await.unwrap()
}

#[tokio::test]
async fn what_is_committed_is_on_the_disk() {
    let folder = tempdir().unwrap();
    let database = database(&folder).await;
    let number = async |name: &'static str| {
        let read = move |connection: &Connection| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        database.run(read).await.unwrap()
    };
    assert_eq!(number("synchronous").await, 2, "full: a commit waits for the disk");
    assert_eq!(number("secure_delete").await, 1);
    assert_eq!((number("fullfsync").await, number("checkpoint_fullfsync").await), (1, 1));
    assert_eq!((number("application_id").await, number("user_version").await), (FORMAT.application.into(), 1));
    let mode =
        |connection: &Connection| connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(database.run(mode).await.unwrap(), "wal");
}

/// What is first in its transaction sees what another connection sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_written_together() {
    let folder = tempdir().unwrap();
    let database = database(&folder).await;
    let first = tokio::spawn({
        let database = database.clone();
        async move { busy_within(&database).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let transactions = Arc::new(AtomicUsize::new(0));
    let mut writes = JoinSet::new();
    for n in 0..64 {
        let (database, transactions) = (database.clone(), Arc::clone(&transactions));
        writes.spawn(async move {
            let write = move |connection: &Connection| {
                let open = connection
                    .query_row("SELECT count(*) FROM event WHERE owner = 1", [], |row| row.get::<_, i64>(0))?;
                // Another connection sees what is committed alone.
                let seen = Connection::open(connection.path().unwrap_or_default())?;
                let committed =
                    seen.query_row("SELECT count(*) FROM event WHERE owner = 1", [], |row| row.get::<_, i64>(0))?;
                if open == committed {
                    transactions.fetch_add(1, Ordering::SeqCst);
                }
                connection.execute("INSERT INTO event (key, owner) VALUES (?1, 1)", [n.to_string()]).map(drop)
            };
            database.run(write).await.unwrap();
        });
    }
    writes.join_all().await;
    first.await.unwrap();
    let transactions = transactions.load(Ordering::SeqCst);
    assert!(transactions < 8, "{transactions} for 64 operations");
}

async fn busy_within(database: &Database) {
    let wait = |_: &Connection| {
        std::thread::sleep(Duration::from_millis(100));
        Ok(())
    };
    database.run(wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_takes_no_other_with_it() {
    let folder = tempdir().unwrap();
    let database = database(&folder).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let first = tokio::spawn({
        let database = database.clone();
        async move { busy_within(&database).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut writes = JoinSet::new();
    for n in 0..20 {
        let (database, runs) = (database.clone(), Arc::clone(&runs));
        writes.spawn(async move {
            let write = move |connection: &Connection| {
                runs.fetch_add(1, Ordering::SeqCst);
                connection.execute("INSERT INTO event (key, owner) VALUES (?1, 0)", [n.to_string()])?;
                if n % 5 == 4 { Err(rusqlite::Error::QueryReturnedNoRows) } else { Ok(n) }
            };
            (n, database.run(write).await)
        });
    }
    for (n, outcome) in writes.join_all().await {
        assert_eq!(outcome.as_ref().ok(), (n % 5 != 4).then_some(&n), "{outcome:?}");
    }
    first.await.unwrap();
    let count =
        |connection: &Connection| connection.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0));
    assert_eq!(database.run(count).await.unwrap(), 16);
    assert!(runs.load(Ordering::SeqCst) > 20, "they shared a transaction, which has failed");
}

#[tokio::test]
async fn what_nobody_waits_for_is_done_unless_it_may_lapse() {
    let folder = tempdir().unwrap();
    let database = database(&folder).await;
    let insert = |key: &'static str| {
        move |connection: &Connection| {
            connection.execute("INSERT INTO event (key, owner) VALUES (?1, 0)", [key]).map(drop)
        }
    };
    let first = tokio::spawn({
        let database = database.clone();
        async move { busy_within(&database).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let moment = Duration::from_millis(10);
    assert!(tokio::time::timeout(moment, database.run(insert("done"))).await.is_err());
    assert!(tokio::time::timeout(moment, database.run_if_awaited(insert("lapsed"))).await.is_err());
    first.await.unwrap();
    let keys = |connection: &Connection| {
        connection.query_row("SELECT group_concat(key) FROM event", [], |row| row.get::<_, String>(0))
    };
    assert_eq!(database.run(keys).await.unwrap(), "done");
}
