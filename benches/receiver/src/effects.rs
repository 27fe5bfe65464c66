//! The application's own database: an event's id is written in the transaction of its effect.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::receiver::HandlerError;
use qlower_client::webhook::Event;
use rusqlite::Connection;

use crate::{AnyError, Broken};

/// One run in twenty fails, half of them when the effect is there already.
const FAILURES_PER_THOUSAND: u32 = 50;

#[derive(Clone)]
pub(crate) struct Effects {
    file: Arc<Mutex<Connection>>,
    broken: Broken,
}

/// What the database tells at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Events with an effect.
    pub(crate) events: usize,
    /// Effects beyond the first one of an event.
    pub(crate) doubled: usize,
    /// Effects of events that nobody has sent.
    pub(crate) unknown: usize,
    /// Runs of the handler.
    pub(crate) runs: i64,
}

impl Effects {
    pub(crate) fn open(folder: &Path, broken: Broken) -> Result<Self, AnyError> {
        let file = Connection::open(folder.join("effects.sqlite"))?;
        file.busy_timeout(Duration::from_secs(10))?;
        file.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        // Enough to survive the end of the process, though not a power cut: this is not what is measured.
        file.pragma_update(None, "synchronous", "normal")?;
        let unique = if broken == Broken::Doubled { "" } else { "PRIMARY KEY" };
        file.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS effect (event_id TEXT {unique});
             CREATE TABLE IF NOT EXISTS run (event_id TEXT);"
        ))?;
        Ok(Self { file: Arc::new(Mutex::new(file)), broken })
    }

    pub(crate) async fn handle(self, event: Event) -> Result<(), HandlerError> {
        let id = event.id().ok_or("an event without an id")?;
        if self.broken == Broken::Lost && fastrand::u32(0..200) == 0 {
            return Ok(());
        }
        let chance = fastrand::u32(0..1_000);
        let mut file = self.file.lock().map_err(|_| "a handler has panicked")?;
        let transaction = file.transaction()?;
        transaction.prepare_cached("INSERT INTO run VALUES (?1)")?.execute([id])?;
        let before = chance < FAILURES_PER_THOUSAND / 2;
        if !before {
            // Nothing is written the second time.
            transaction.prepare_cached("INSERT OR IGNORE INTO effect VALUES (?1)")?.execute([id])?;
        }
        transaction.commit()?;
        if chance < FAILURES_PER_THOUSAND { Err("one run in twenty fails".into()) } else { Ok(()) }
    }

    /// Looks for the effects of so many events.
    pub(crate) fn look(&self, events: usize) -> Result<Found, AnyError> {
        let file = self.file.lock().map_err(|_| "nothing panics here")?;
        let mut times = vec![0_usize; events];
        let mut unknown = 0;
        let mut select = file.prepare("SELECT event_id FROM effect")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let number = id.strip_prefix("evt_").and_then(|number| number.parse::<usize>().ok());
            match number.and_then(|number| times.get_mut(number)) {
                Some(times) => *times += 1,
                None => unknown += 1,
            }
        }
        let runs = file.query_row("SELECT count(*) FROM run", [], |row| row.get(0))?;
        let events = times.iter().filter(|times| **times > 0).count();
        let doubled = times.iter().map(|times| times.saturating_sub(1)).sum();
        Ok(Found { events, doubled, unknown, runs })
    }
}
