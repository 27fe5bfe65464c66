//! Dead letters: events that were given up, until somebody looks into them.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::Spool;
use super::error::SpoolError;
use super::rows::{self, Dead};
use crate::receiver::Source;
use crate::receiver::sqlite::{PRUNED_AT_ONCE, now};

/// An event that was given up: after its last try, or because it cannot be read. Its body is in the spool:
/// [`Spool::dead_letter_body`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its number in the spool.
    pub id: i64,
    /// What it is known by; `None` if by nothing, or if it cannot be read.
    pub key: Option<String>,
    /// Its type, as the source tells it; `None` if it tells none, or if the event cannot be read.
    pub event_type: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// How often it was tried; 0 for one that cannot be read.
    pub tries: u32,
    /// What the last try failed with, with all causes, at most 2 000 bytes.
    pub error: String,
}

impl From<Dead> for DeadLetter {
    fn from((id, key, event_type, received_at, tries, error): Dead) -> Self {
        let received_at = DateTime::from_timestamp_millis(received_at).unwrap_or_default();
        Self { id, key, event_type, received_at, tries, error }
    }
}

/// Dead letters.
impl<S: Source> Spool<S> {
    /// All dead letters, without their bodies, oldest first. Where there may be very many,
    /// [`dead_letters_after`](Self::dead_letters_after) gives some at a time.
    ///
    /// # Errors
    /// [`SpoolError::File`] if the file fails.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, SpoolError> {
        let mut all: Vec<DeadLetter> = Vec::new();
        loop {
            let after = all.last().map_or(0, |letter| letter.id);
            let mut some = self.dead_letters_after(after, PRUNED_AT_ONCE).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.append(&mut some);
        }
    }

    /// Some dead letters with numbers behind this one, oldest first.
    ///
    /// # Errors
    /// [`SpoolError::File`] if the file fails.
    pub async fn dead_letters_after(&self, id: i64, limit: u32) -> Result<Vec<DeadLetter>, SpoolError> {
        let dead = self.database().run(move |connection| rows::dead(connection, id, limit)).await?;
        Ok(dead.into_iter().map(DeadLetter::from).collect())
    }

    /// The body of a dead letter, as it came.
    ///
    /// # Errors
    /// [`SpoolError::NoDeadLetter`] if there is none of this number; [`SpoolError::File`] if the file fails.
    pub async fn dead_letter_body(&self, id: i64) -> Result<Bytes, SpoolError> {
        let body = self.database().run(move |connection| rows::dead_body(connection, id)).await?;
        body.map(Bytes::from).ok_or(SpoolError::NoDeadLetter(id))
    }

    /// Has a dead letter handled again, with all its tries.
    ///
    /// # Errors
    /// [`SpoolError::NoDeadLetter`] if there is none of this number; [`SpoolError::File`] if the file fails.
    pub async fn replay(&self, id: i64) -> Result<(), SpoolError> {
        let replayed = self.database().run(move |connection| rows::replay(connection, id, now())).await?;
        self.wake();
        if replayed { Ok(()) } else { Err(SpoolError::NoDeadLetter(id)) }
    }

    /// Has all dead letters handled again, with all their tries; tells how many there were. One that dies again meanwhile
    /// stays dead.
    ///
    /// # Errors
    /// [`SpoolError::File`] if the file fails; some may wait again by then.
    pub async fn replay_all(&self) -> Result<usize, SpoolError> {
        let (mut count, mut after) = (0, 0);
        loop {
            let some = self.database().run(move |connection| rows::replay_some(connection, after, now())).await?;
            self.wake();
            let Some(last) = some.iter().max() else { return Ok(count) };
            (count, after) = (count + some.len(), *last);
        }
    }

    /// Gives a dead letter up for good: its body is removed. Its key is remembered like that of a handled one, so that it is
    /// not taken again.
    ///
    /// # Errors
    /// [`SpoolError::NoDeadLetter`] if there is none of this number; [`SpoolError::File`] if the file fails.
    pub async fn discard(&self, id: i64) -> Result<(), SpoolError> {
        let discarded = self.database().run(move |connection| rows::discard(connection, id, now())).await?;
        if discarded { Ok(()) } else { Err(SpoolError::NoDeadLetter(id)) }
    }
}
