//! Where finished files go.

use std::fs::File;
use std::future::Future;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use tempfile::TempPath;

use crate::error::Error;

/// Where a file is to be put together.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a temporary file without a name, which is gone when it is closed.
    Unnamed,
    /// In a temporary file in this folder, readable by its owner alone.
    In(PathBuf),
}

/// A file of the payload, whole and checked.
///
/// Its references are resolved in it, in files before it, or not at all.
#[derive(Debug)]
pub struct Finished {
    /// Open for reading and writing; the position is its end.
    pub(crate) file: File,
    /// Its temporary name, if the sink asked for one: removed when dropped.
    pub(crate) path: Option<TempPath>,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) partner: String,
    pub(crate) created_at: DateTime<FixedOffset>,
    /// Items with an id, nested ones included.
    pub(crate) items: u64,
}

/// Takes finished files one after the other.
///
/// While it takes one, the writer fills the next; when that one is full too, [`push`](super::PayloadWriter::push) waits. It runs
/// in a task of its own. A writer that is dropped, or that fails, drops the sink, be it within [`Sink::file`]: what it has begun
/// has to be undone by `Drop`.
pub trait Sink: Send + Sized + 'static {
    /// What is known of a file that was taken.
    type Receipt: Send + 'static;
    /// What finishing gives besides.
    type Output;

    /// Whether a next file is begun at a limit. If not, exceeding it is an error, and exactly one file is handed over.
    const ROLLS_OVER: bool;

    /// Where the next file is to be put together.
    fn place(&self) -> Place;

    /// Takes a file. After an error the writer is broken, and the sink is dropped.
    fn file(&mut self, finished: Finished) -> impl Future<Output = Result<Self::Receipt, Error>> + Send;

    /// All files were taken, and the report has no error.
    fn finish(self, receipts: &[Self::Receipt]) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}
