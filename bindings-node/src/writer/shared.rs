//! A writer that several calls of JavaScript use, one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qlower_client::{CheckOptions, Error};
use qlower_core::model::Section;
use tokio::sync::{OwnedMutexGuard, watch};

use super::kind::{Kept, Writer};
use crate::fault::Fault;

/// A writer, and what is known of it while it is at work.
pub(super) struct Shared {
    /// `None` once it is closed. Whoever waits for it gets it in the order of asking.
    writer: Arc<tokio::sync::Mutex<Option<Writer>>>,
    /// Whether whoever has it is to let go of it.
    closing: watch::Sender<bool>,
    seen: Arc<Mutex<Seen>>,
    options: CheckOptions,
}

/// What was last seen of the writer.
#[derive(Default)]
pub(super) struct Seen {
    pushed: Vec<u64>,
    pub(super) index_bytes: usize,
    pub(super) receipts: Vec<Kept>,
}

impl Seen {
    pub(super) fn pushed(&self, section: Section) -> u64 {
        let at = Section::ALL.iter().position(|known| *known == section);
        at.and_then(|at| self.pushed.get(at)).copied().unwrap_or_default()
    }

    fn look(&mut self, writer: &Writer) {
        self.pushed = Section::ALL.iter().map(|section| writer.pushed(*section)).collect();
        self.index_bytes = writer.index_bytes();
        self.receipts.extend(writer.receipts_from(self.receipts.len()));
    }
}

impl Shared {
    /// With what is being told of the writer.
    pub(super) fn new(writer: Writer, options: CheckOptions, seen: Arc<Mutex<Seen>>) -> Self {
        seen.lock().unwrap_or_else(PoisonError::into_inner).look(&writer);
        Self {
            writer: Arc::new(tokio::sync::Mutex::new(Some(writer))),
            closing: watch::Sender::new(false),
            seen,
            options,
        }
    }

    pub(super) const fn options(&self) -> &CheckOptions {
        &self.options
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the writer.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Fault> {
        let held = Arc::clone(&self.writer).lock_owned().await;
        if held.is_none() || *self.closing.borrow() {
            return Err(Self::closed());
        }
        Ok(Turn { shared: self, held, closing: self.closing.subscribe() })
    }

    /// Ends whatever is under way, and takes the writer. `None` if it was taken before.
    pub(super) async fn close(&self) -> Option<Writer> {
        self.closing.send_replace(true);
        self.writer.lock().await.take()
    }

    pub(super) fn closed() -> Fault {
        Fault::new("writer", "the writer is closed")
    }
}

/// The writer, for as long as this is there.
pub(super) struct Turn<'a> {
    shared: &'a Shared,
    held: OwnedMutexGuard<Option<Writer>>,
    closing: watch::Receiver<bool>,
}

impl Turn<'_> {
    /// Pushes an item. Dropped before it is done, it has taken the item or not; the writer is sound either way.
    ///
    /// # Errors
    /// The outer one if the writer is being closed.
    pub(super) async fn push(&mut self, section: Section, text: &[u8]) -> Result<Result<(), Error>, Fault> {
        let Some(writer) = self.held.as_mut() else { return Err(Shared::closed()) };
        tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => Err(Shared::closed()),
            pushed = writer.push(section, text) => Ok(pushed),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(writer) = self.held.as_ref() {
            self.shared.seen().look(writer);
        }
    }
}
