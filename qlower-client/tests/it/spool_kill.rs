//! A process that takes and handles events, killed again and again at any moment.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "what is not as expected is a failed test")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlower_client::receiver::HandlerError;
use qlower_client::webhook::{Answer, Event};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::spool_support::*;

const FOLDER: &str = "QLOWER_TEST_KILLED";
const LIFE: &str = "QLOWER_TEST_LIFE";
const LIVES: u32 = 25;

fn effects(folder: &Path) -> Connection {
    let effects = Connection::open(folder.join("effects.sqlite")).unwrap();
    effects.busy_timeout(Duration::from_secs(10)).unwrap();
    effects.pragma_update(None, "journal_mode", "wal").unwrap();
    effects
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS effect (event_id TEXT PRIMARY KEY);
             CREATE TABLE IF NOT EXISTS run (event_id TEXT);",
        )
        .unwrap();
    effects
}

/// As an application does it: the event's id in the transaction of its effect. One run in ten fails, after its effect or before.
async fn handle(effects: Arc<Mutex<Connection>>, event: Event) -> Result<(), HandlerError> {
    let id = event.id().unwrap().to_owned();
    // So that a good part of them is running when the process is killed.
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..4))).await;
    effects.lock().unwrap().execute("INSERT INTO run VALUES (?1)", [&id])?;
    let chance = fastrand::u32(0..100);
    if chance < 5 {
        return Err("before the effect".into());
    }
    let mut effects = effects.lock().unwrap();
    let transaction = effects.transaction()?;
    transaction.execute("INSERT OR IGNORE INTO effect VALUES (?1)", [&id])?;
    transaction.commit()?;
    if chance < 10 { Err("after the effect".into()) } else { Ok(()) }
}

async fn open(folder: &Path) -> QlowerSpool {
    let effects = Arc::new(Mutex::new(effects(folder)));
    let spool = spool(folder).max_tries(100);
    spool.start(move |event: Event| handle(Arc::clone(&effects), event)).await.unwrap()
}

/// Says each id once it was answered 2xx, until it is killed.
async fn child(folder: &Path, life: &str) {
    let spool = open(folder).await;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..8 {
        let (spool, life) = (spool.clone(), life.to_owned());
        senders.spawn(async move {
            for n in 0_u32.. {
                let id = format!("{life}-{sender}-{n}");
                let answer = offer(&spool, small(&id)).await;
                assert_eq!(answer, Answer::Accepted);
                println!("accepted {id}");
                if n % 10 == 0 {
                    assert_eq!(offer(&spool, small(&id)).await, Answer::Duplicate);
                }
            }
        });
    }
    senders.join_all().await;
}

/// Killed as soon as it has said something, and a random time after that. What it said it has answered.
fn live_and_be_killed(folder: &Path, life: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "spool_kill::nothing_is_lost_or_doubled_by_kills", "--nocapture"])
        .env(FOLDER, folder)
        .env(LIFE, life.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut answered = Vec::new();
    let mut until = None;
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        // A line that the death of the process has cut short says nothing.
        if let Some((_, id)) = line.strip_suffix('\n').and_then(|line| line.split_once("accepted ")) {
            answered.push(id.to_owned());
            let until = *until.get_or_insert_with(|| Instant::now() + Duration::from_millis(fastrand::u64(0..120)));
            if Instant::now() >= until {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    let status = child.wait().unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
    assert!(!status.success() && !answered.is_empty());
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_by_kills() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return child(Path::new(&folder), &std::env::var(LIFE).unwrap()).await;
    }
    let folder = tempdir().unwrap();
    let mut answered = BTreeSet::new();
    let mut running = 0;
    for life in 0..LIVES {
        let path = folder.path().to_owned();
        let ids = tokio::task::spawn_blocking(move || live_and_be_killed(&path, life)).await.unwrap();
        answered.extend(ids);
        let left = Connection::open(folder.path().join("spool.sqlite")).unwrap();
        running +=
            left.query_row("SELECT count(*) FROM event WHERE state = 1", [], |row| row.get::<_, i64>(0)).unwrap();
        let sound: String = left.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }
    assert!(running > 0, "no kill has hit an event that was being handled");

    let spool = open(folder.path()).await;
    let mut seen = numbers(&spool).await;
    let begin = Instant::now();
    while seen[0] + seen[1] > 0 && begin.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        seen = numbers(&spool).await;
    }
    let effects = effects(folder.path());
    let mut select = effects.prepare("SELECT event_id FROM effect").unwrap();
    let done: Vec<String> = select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let runs: i64 = effects.query_row("SELECT count(*) FROM run", [], |row| row.get(0)).unwrap();
    println!(
        "{LIVES} kills: {} answered, {} kept, {running} running when killed, {runs} runs",
        answered.len(),
        seen[2]
    );
    assert_eq!((seen[0], seen[1], seen[3]), (0, 0, 0), "{seen:?}");
    let effects: BTreeSet<_> = done.iter().cloned().collect();
    assert_eq!(effects.len(), done.len());
    assert_eq!(effects.len() as u64, seen[2], "each event that was kept has its effect");
    let lost: Vec<_> = answered.difference(&effects).collect();
    assert!(lost.is_empty(), "answered, and lost: {lost:?}");
    assert!(runs > effects.len() as i64, "no event was run again");
    spool.stop().await;
}
