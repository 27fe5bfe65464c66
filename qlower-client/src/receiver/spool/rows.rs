//! The rows of a spool, and what becomes of them.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::receiver::sqlite::{Format, PRUNED_AT_ONCE};

pub(super) static FORMAT: Format = Format {
    application: i32::from_be_bytes(*b"QlSp"),
    version: 1,
    // `due_at`: of a waiting one, when it is to be tried; of a done one, when that was.
    schema: "
        CREATE TABLE event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT UNIQUE,
            state INTEGER NOT NULL,
            event_type TEXT,
            received_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            body BLOB
        ) STRICT;
        CREATE INDEX event_by_due ON event (state, due_at);
        CREATE INDEX event_dead ON event (id) WHERE state = 3;
        CREATE TABLE tally (state INTEGER PRIMARY KEY, events INTEGER NOT NULL) STRICT;
        INSERT INTO tally VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TRIGGER event_comes AFTER INSERT ON event BEGIN
            UPDATE tally SET events = events + 1 WHERE state = NEW.state;
        END;
        CREATE TRIGGER event_goes AFTER DELETE ON event BEGIN
            UPDATE tally SET events = events - 1 WHERE state = OLD.state;
        END;
        CREATE TRIGGER event_moves AFTER UPDATE OF state ON event WHEN OLD.state <> NEW.state BEGIN
            UPDATE tally SET events = events - 1 WHERE state = OLD.state;
            UPDATE tally SET events = events + 1 WHERE state = NEW.state;
        END;
    ",
};

const WAITING: i64 = 0;
const RUNNING: i64 = 1;
const DONE: i64 = 2;
const DEAD: i64 = 3;

/// How many events a spool holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolCounts {
    /// To be handled, now or after a wait.
    pub waiting: u64,
    /// Being handled.
    pub running: u64,
    /// Handled or discarded, and remembered by their keys.
    pub done: u64,
    /// Given up: dead letters.
    pub dead: u64,
}

/// An event to be kept.
pub(super) struct Fresh {
    pub(super) key: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) body: Bytes,
    /// Why it is dead from the beginning.
    pub(super) dead: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    New,
    Known,
    /// No room for another one that waits.
    Full,
}

pub(super) fn keep(connection: &Connection, fresh: &Fresh, now: i64, max_waiting: u64) -> rusqlite::Result<Kept> {
    let Fresh { key, event_type, body, dead } = fresh;
    if dead.is_none() && counts(connection)?.waiting >= max_waiting {
        let mut known = connection.prepare_cached("SELECT 1 FROM event WHERE key = ?1")?;
        return Ok(if known.exists([key])? { Kept::Known } else { Kept::Full });
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO event (key, state, event_type, received_at, due_at, error, body)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING",
    )?;
    let state = if dead.is_some() { DEAD } else { WAITING };
    let kept = insert.execute(params![key, state, event_type, now, dead, &body[..]])?;
    Ok(if kept == 1 { Kept::New } else { Kept::Known })
}

/// An event that is being handled. Its tries tell one time from another.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) key: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) tries: u32,
    pub(super) body: Bytes,
}

/// Takes events whose time has come, those first that have waited longest; also tells when the next one's time comes.
pub(super) fn take(connection: &Connection, now: i64, limit: u32) -> rusqlite::Result<(Vec<Taken>, Option<i64>)> {
    let mut take = connection.prepare_cached(
        "UPDATE event SET state = 1, tries = tries + 1 WHERE id IN
             (SELECT id FROM event WHERE state = 0 AND due_at <= ?1 ORDER BY due_at LIMIT ?2)
         RETURNING id, key, event_type, tries, body",
    )?;
    let taken = take.query_map(params![now, limit], |row| {
        let body: Option<Vec<u8>> = row.get(4)?;
        Ok(Taken {
            id: row.get(0)?,
            key: row.get(1)?,
            event_type: row.get(2)?,
            tries: row.get(3)?,
            body: body.unwrap_or_default().into(),
        })
    })?;
    let taken = taken.collect::<Result<Vec<_>, _>>()?;
    let mut next = connection.prepare_cached("SELECT min(due_at) FROM event WHERE state = 0")?;
    Ok((taken, next.query_row([], |row| row.get(0))?))
}

/// What became of a try.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Done,
    Again { at: i64, error: String },
    Dead { error: String },
}

/// Notes it, unless the event has been taken once more since.
pub(super) fn note(connection: &Connection, id: i64, tries: u32, outcome: &Outcome, now: i64) -> rusqlite::Result<()> {
    let (state, due, error) = match outcome {
        Outcome::Done => (DONE, now, None),
        Outcome::Again { at, error } => (WAITING, *at, Some(error)),
        Outcome::Dead { error } => (DEAD, now, Some(error)),
    };
    let mut note = connection.prepare_cached(
        "UPDATE event SET state = ?3, due_at = ?4, error = ?5, body = iif(?3 = 2, NULL, body)
         WHERE id = ?1 AND tries = ?2 AND state = 1",
    )?;
    note.execute(params![id, tries, state, due, error]).map(drop)
}

/// Gives an event a key that could not be read when it came; not, if another one has it.
pub(super) fn adopt(connection: &Connection, id: i64, key: &str, event_type: Option<&str>) -> rusqlite::Result<bool> {
    let mut known = connection.prepare_cached("SELECT 1 FROM event WHERE key = ?1 AND id <> ?2")?;
    if known.exists(params![key, id])? {
        return Ok(false);
    }
    let mut adopt = connection.prepare_cached("UPDATE event SET key = ?2, event_type = ?3 WHERE id = ?1")?;
    adopt.execute(params![id, key, event_type]).map(|_| true)
}

/// Lets what was running when its process ended wait again, or be dead if that was the last try.
pub(super) fn recover(connection: &Connection, now: i64, max_tries: u32) -> rusqlite::Result<(usize, usize)> {
    let dead = connection.execute(
        "UPDATE event SET state = 3, error = 'the process ended during the last try' WHERE state = 1 AND tries >= ?1",
        [max_tries],
    )?;
    Ok((release(connection, now)?, dead))
}

/// Lets all that is running wait again.
pub(super) fn release(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    connection.execute("UPDATE event SET state = 0, due_at = ?1 WHERE state = 1", [now])
}

pub(super) fn counts(connection: &Connection) -> rusqlite::Result<SpoolCounts> {
    let mut select = connection.prepare_cached("SELECT state, events FROM tally")?;
    let mut rows = select.query([])?;
    let mut counts = SpoolCounts::default();
    while let Some(row) = rows.next()? {
        let events = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        match row.get(0)? {
            WAITING => counts.waiting = events,
            RUNNING => counts.running = events,
            DONE => counts.done = events,
            _ => counts.dead = events,
        }
    }
    Ok(counts)
}

/// One that is dead: id, key, type, when it came, tries, error.
pub(super) type Dead = (i64, Option<String>, Option<String>, i64, u32, String);

pub(super) fn dead(connection: &Connection, after: i64, limit: u32) -> rusqlite::Result<Vec<Dead>> {
    let mut select = connection.prepare_cached(
        "SELECT id, key, event_type, received_at, tries, coalesce(error, '') FROM event
         WHERE state = 3 AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?));
    select.query_map(params![after, limit], read)?.collect()
}

pub(super) fn dead_body(connection: &Connection, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut select = connection.prepare_cached("SELECT coalesce(body, x'') FROM event WHERE id = ?1 AND state = 3")?;
    select.query_row([id], |row| row.get(0)).optional()
}

/// Has a dead letter handled again.
pub(super) fn replay(connection: &Connection, id: i64, now: i64) -> rusqlite::Result<bool> {
    let mut update =
        connection.prepare_cached("UPDATE event SET state = 0, tries = 0, due_at = ?2 WHERE id = ?1 AND state = 3")?;
    Ok(update.execute([id, now])? == 1)
}

/// Has some of the dead letters behind a number handled again; gives theirs, in no order.
pub(super) fn replay_some(connection: &Connection, after: i64, now: i64) -> rusqlite::Result<Vec<i64>> {
    let mut update = connection.prepare_cached(
        "UPDATE event SET state = 0, tries = 0, due_at = ?1 WHERE id IN
             (SELECT id FROM event WHERE state = 3 AND id > ?2 ORDER BY id LIMIT ?3) RETURNING id",
    )?;
    update.query_map(params![now, after, PRUNED_AT_ONCE], |row| row.get(0))?.collect()
}

pub(super) fn discard(connection: &Connection, id: i64, now: i64) -> rusqlite::Result<bool> {
    let mut update = connection
        .prepare_cached("UPDATE event SET state = 2, due_at = ?2, body = NULL WHERE id = ?1 AND state = 3")?;
    Ok(update.execute([id, now])? == 1)
}

/// Forgets what was done before a moment, a little of it; tells whether there may be more.
pub(super) fn prune(connection: &Connection, before: i64) -> rusqlite::Result<bool> {
    let removed = connection.execute(
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE state = 2 AND due_at < ?1 LIMIT ?2)",
        params![before, PRUNED_AT_ONCE],
    )?;
    Ok(removed == PRUNED_AT_ONCE as usize)
}
