//! Failures of a `PayloadWriter` and of a `Batch`.

use std::path::PathBuf;

use qlower_core::model::Section;

/// Why a `PayloadWriter` did not take an item, or takes none any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriterError {
    /// An item that alone makes a file larger than the limit. It was not taken, the others are not concerned.
    #[error(
        "the item of {} alone makes a payload of {size} bytes, more than the {limit} of max_bytes: raise the limit, or cut the item",
        section.as_str()
    )]
    ItemTooLarge {
        /// The array in which it would stand.
        section: Section,
        /// Bytes of a payload with this item alone.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// With this item the one document would exceed a limit. It was not taken, the others are not concerned.
    #[error(
        "the document has {size} bytes and {pushed} items, and one more would exceed max_bytes or max_items: raise the limit, \
         or write to a folder, where a next file is begun"
    )]
    DocumentFull {
        /// Bytes of the document so far.
        size: u64,
        /// Items pushed so far.
        pushed: u64,
    },
    /// Under `References::LoadedBefore`, an item to which one in an earlier file refers: it would be loaded too late. It was not
    /// taken, the others are not concerned.
    #[error(
        "the item of {} comes too late: something in an earlier file refers to it; push it before, or write with \
         References::Deferred",
        section.as_str()
    )]
    TargetTooLate {
        /// The array in which it would stand.
        section: Section,
    },
    /// An earlier call failed while a file was being written.
    #[error("an earlier failure has ended this writer, and nothing was kept: write the payload again")]
    Broken,
}

/// Why a folder cannot be written to or read as a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// No manifest: the writer did not finish. Nothing in the folder counts.
    #[error("{} holds no finished batch: write it again, which clears what an unfinished one left", .folder.display())]
    Unfinished {
        /// The folder.
        folder: PathBuf,
    },
    /// A finished batch is there, which may not have been uploaded yet.
    #[error("{} holds a finished batch: upload it and remove it, or name another folder", .folder.display())]
    AlreadyFinished {
        /// The folder.
        folder: PathBuf,
    },
    /// Files that no writer made.
    #[error("{} holds other files ({}): name an empty folder, or a new one", .folder.display(), .names.join(", "))]
    ForeignFiles {
        /// The folder.
        folder: PathBuf,
        /// Names of some of them.
        names: Vec<String>,
    },
    /// Another writer is at work there.
    #[error("another writer is at work in {}: wait for it, or name another folder", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// What is there is not what the manifest says.
    #[error("the batch in {} is damaged, {problem}: remove the folder and write it again", .folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
}
