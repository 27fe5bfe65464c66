//! Files that fail: an answer for the sender, a clear error for whoever runs it, and nothing half written.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use qlower_client::receiver::{Claim, DedupeStore, SpoolError, SqliteError, SqliteErrorKind, SqliteStore, StoreError};
use qlower_client::webhook::Answer;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::receiver_support::soon;
use crate::spool_support::*;

const LEASE: Duration = Duration::from_secs(600);

fn kind(error: &StoreError) -> SqliteErrorKind {
    error.source().unwrap().downcast_ref::<SqliteError>().unwrap().kind()
}

/// How both files refuse to be opened.
async fn refusals(path: &Path) -> Vec<SqliteErrorKind> {
    let store = SqliteStore::open(path).await.unwrap_err();
    let spool = qlower_client::receiver::Spool::builder(path, crate::receiver_support::source());
    let SpoolError::File(spool) = spool.accept_only().await.unwrap_err() else { panic!("of the file") };
    for error in [&store, &spool] {
        assert!(error.to_string().contains(&path.display().to_string()) && error.path() == path, "{error}");
    }
    vec![store.kind(), spool.kind()]
}

#[tokio::test]
async fn files_of_others_are_left_as_they_are() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    let same = |before: &[u8]| assert!(std::fs::read(&path).unwrap() == before, "it was written to");

    let text = "no database, but somebody's letters\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    assert_eq!(refusals(&path).await, [SqliteErrorKind::NotOurs; 2]);
    same(text.as_bytes());

    for statement in ["CREATE TABLE letter (text)", "PRAGMA application_id = 77", "PRAGMA user_version = 3"] {
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch(statement).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert_eq!(refusals(&path).await, [SqliteErrorKind::NotOurs; 2], "{statement}");
        same(&before);
    }
    assert_eq!(refusals(&folder.path().join("nowhere").join("file")).await, [SqliteErrorKind::NotOpened; 2]);
    assert_eq!(refusals(folder.path()).await, [SqliteErrorKind::NotOpened; 2]);
}

#[tokio::test]
async fn one_kind_of_file_is_not_the_other_nor_a_later_version() {
    let folder = tempdir().unwrap();
    let (store, spooled) = (folder.path().join("handled.sqlite"), folder.path().join("spool.sqlite"));
    drop(SqliteStore::open(&store).await.unwrap());
    drop(spool(folder.path()).accept_only().await.unwrap());
    assert_eq!(SqliteStore::open(&spooled).await.unwrap_err().kind(), SqliteErrorKind::NotOurs);

    let later = SqliteErrorKind::LaterVersion { found: 2, known: 1 };
    for path in [&store, &spooled] {
        Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    }
    assert_eq!(SqliteStore::open(&store).await.unwrap_err().kind(), later);
    let SpoolError::File(error) = spool(folder.path()).accept_only().await.unwrap_err() else { panic!("of the file") };
    assert_eq!(error.kind(), later);
    assert!(error.to_string().contains("has version 2, and 1 is the latest"), "{error}");
    for path in [&store, &spooled] {
        Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    }
    SqliteStore::open(&store).await.unwrap();
    spool(folder.path()).accept_only().await.unwrap();
}

#[tokio::test]
async fn a_full_store_fails_and_forgets_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    let store = SqliteStore::builder(&path).max_bytes(64 << 10).open().await.unwrap();
    let (mut taken, mut full) = (Vec::new(), None);
    for n in 0..2_000 {
        let key = format!("{n} {}", "k".repeat(500));
        match store.claim(&key, LEASE).await {
            Ok(claim) => {
                assert_eq!(claim, Claim::New);
                taken.push(key);
            }
            Err(error) => {
                full = Some((key, error));
                break;
            }
        }
    }
    let (refused, error) = full.unwrap();
    assert_eq!(kind(&error), SqliteErrorKind::Full);
    assert!(taken.len() > 20);
    for key in &taken {
        assert_eq!(store.claim(key, LEASE).await.unwrap(), Claim::Busy);
    }
    store.release(&taken[0]).await.unwrap();
    store.release(&taken[1]).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.claim(&refused, LEASE).await.unwrap(), Claim::New, "nothing of it was written");
}

/// Many at once, so that what does not fit shares a transaction with what does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_asks_for_another_try_and_keeps_what_it_promised() {
    let folder = tempdir().unwrap();
    let spool_full = spool(folder.path()).max_bytes(400 << 10).accept_only().await.unwrap();
    let mut offers = tokio::task::JoinSet::new();
    for n in 0..300 {
        let spool = spool_full.clone();
        let id = n.to_string();
        let padding = " ".repeat(if n % 3 == 0 { 20_000 } else { 10 });
        offers.spawn(async move { (offer(&spool, small(&id) + &padding).await, id) });
    }
    let answers = soon(offers.join_all()).await;
    let accepted: Vec<_> = answers.iter().filter(|(answer, _)| *answer == Answer::Accepted).collect();
    let busy: Vec<_> = answers.iter().filter(|(answer, _)| *answer == Answer::Busy).collect();
    assert!(busy.len() > 20 && accepted.len() > 20, "{} {}", busy.len(), accepted.len());
    assert_eq!(accepted.len() + busy.len(), 300);
    assert_eq!(numbers(&spool_full).await, [accepted.len() as u64, 0, 0, 0]);

    // Handling makes room.
    let plan = Plan::default();
    let working = spool(folder.path()).start(plan.handler()).await.unwrap();
    reaches(&working, [0, 0, accepted.len() as u64, 0]).await;
    let mut done = plan.done();
    done.sort();
    let mut wanted: Vec<_> = accepted.iter().map(|(_, id)| id.clone()).collect();
    wanted.sort();
    assert_eq!(done, wanted);
    assert_eq!(offer(&spool_full, small(&busy[0].1)).await, Answer::Accepted);
}

#[tokio::test]
async fn a_locked_file_is_an_error_after_the_time_to_wait() {
    let folder = tempdir().unwrap();
    let short = Duration::from_millis(80);
    let path = folder.path().join("handled.sqlite");
    let store = SqliteStore::builder(&path).busy_timeout(short).open().await.unwrap();
    let spool = spool(folder.path()).busy_timeout(short).accept_only().await.unwrap();
    let others = [Connection::open(&path).unwrap(), Connection::open(spool.path()).unwrap()];
    for other in &others {
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
    }
    assert_eq!(kind(&store.claim("a", LEASE).await.unwrap_err()), SqliteErrorKind::Locked);
    assert_eq!(offer(&spool, small("a")).await, Answer::Busy);
    let SpoolError::File(error) = spool.counts().await.unwrap_err() else { panic!("of the file") };
    assert_eq!(error.kind(), SqliteErrorKind::Locked);
    for other in &others {
        other.execute_batch("ROLLBACK").unwrap();
    }
    assert_eq!(store.claim("a", LEASE).await.unwrap(), Claim::New);
    assert_eq!(offer(&spool, small("a")).await, Answer::Accepted);
}

/// The workers go on by themselves once the file can be written again, and do not do twice what was only not noted.
#[tokio::test]
async fn workers_outlast_a_locked_file() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = spool(folder.path()).busy_timeout(Duration::from_millis(50));
    let (inner, file) = (plan.clone(), folder.path().join("spool.sqlite"));
    let spool = spool
        .start(move |event: qlower_client::webhook::Event| {
            let (inner, file) = (inner.clone(), file.clone());
            async move {
                let locked = Connection::open(&file)?;
                locked.execute_batch("BEGIN IMMEDIATE")?;
                let handler = inner.handler();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    drop(locked);
                });
                qlower_client::receiver::Handler::handle(&handler, event).await
            }
        })
        .await
        .unwrap();
    assert_eq!(offer(&spool, small("a")).await, Answer::Accepted);
    let mut locked = false;
    for _ in 0..2_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        match spool.counts().await {
            Ok(counts) if counts.done == 1 => break,
            Ok(_) => {}
            Err(error) => locked |= matches!(error, SpoolError::File(error) if error.kind() == SqliteErrorKind::Locked),
        }
    }
    assert_eq!(numbers(&spool).await, [0, 0, 1, 0]);
    assert_eq!(plan.done(), ["a"]);
    assert!(locked, "the file was locked while the handler worked");
}

#[tokio::test]
async fn a_damaged_file_is_an_error() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("handled.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    for n in 0..60 {
        store.complete(&format!("{n} {}", "k".repeat(400))).await.unwrap();
    }
    drop(store);
    let closed = Connection::open(&path).unwrap();
    closed.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(closed);
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 20_000);
    bytes[4_096..].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let error = store.claim("a", LEASE).await.unwrap_err();
    assert_eq!(kind(&error), SqliteErrorKind::Damaged, "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    let store = SqliteStore::open(folder.path().join("handled.sqlite")).await.unwrap();
    offer(&spool, small("a")).await;
    store.complete("a").await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "handled.sqlite",
            "handled.sqlite-shm",
            "handled.sqlite-wal",
            "spool.sqlite",
            "spool.sqlite-shm",
            "spool.sqlite-wal",
            "spool.sqlite.workers"
        ]
    );
}

/// A file that may only be read; root may write it all the same, so that another user has to try.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_written_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const FOLDER: &str = "QLOWER_TEST_READ_ONLY";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let kinds = refusals_of_own_kind(Path::new(&folder)).await;
        assert_eq!(kinds, [SqliteErrorKind::ReadOnly; 2]);
        return;
    }
    let folder = tempdir().unwrap();
    drop(SqliteStore::open(folder.path().join("handled.sqlite")).await.unwrap());
    drop(spool(folder.path()).accept_only().await.unwrap());
    // Closed by the threads that have them.
    tokio::time::sleep(Duration::from_millis(200)).await;
    for name in ["handled.sqlite", "spool.sqlite"] {
        std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o444)).unwrap();
    }
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "spool_faults::a_file_that_may_not_be_written_is_an_error", "--nocapture"]);
    child.env(FOLDER, folder.path()).current_dir(folder.path());
    if std::fs::OpenOptions::new().write(true).open(folder.path().join("spool.sqlite")).is_ok() {
        child.uid(65_534).gid(65_534);
    }
    let output = child.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[cfg(unix)]
async fn refusals_of_own_kind(folder: &Path) -> [SqliteErrorKind; 2] {
    let store = SqliteStore::open(folder.join("handled.sqlite")).await.unwrap_err();
    let SpoolError::File(spool) = spool(folder).accept_only().await.unwrap_err() else { panic!("of the file") };
    [store.kind(), spool.kind()]
}
