//! Settings of a writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use qlower_core::check::ItemChecker;
use qlower_core::value::Timestamp;
use qlower_core::{ApiKey, CheckOptions};
use tokio::io::AsyncWrite;

use super::draft::{Draft, Header};
use super::folder::Folder;
use super::sink::Sink;
use super::stream::Stream;
use super::{Job, Limits, PayloadWriter, Waiting, blocking};
use crate::error::Error;

/// What becomes of an item that refers to one that was not pushed yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum References {
    /// The default: it waits on the disk until all items were pushed. So no file refers to a later one, in whatever order the items
    /// come. An item that waits is written twice, and what refers to it waits with it; pushed last to first, nearly everything
    /// does. Those whose target never came are written in the end, with the warning `unknown_reference`.
    #[default]
    Deferred,
    /// It is written at once: what it refers to is taken to have been loaded before. Nothing waits, so that a file leaves as soon as
    /// it is full. Pushing the target after all is an error, [`TargetTooLate`](crate::error::WriterError::TargetTooLate), once the
    /// item is in an earlier file; in the same file it is no mistake.
    LoadedBefore,
}

/// Sets up a [`PayloadWriter`]. Made by [`PayloadWriter::builder`].
#[derive(Debug)]
#[must_use]
pub struct PayloadWriterBuilder {
    pub(crate) partner: String,
    pub(crate) api_key: ApiKey,
    pub(super) created_at: Timestamp,
    pub(super) limits: Limits,
    pub(super) references: References,
    pub(super) spool_dir: Option<PathBuf>,
    pub(super) options: Option<CheckOptions>,
}

impl PayloadWriterBuilder {
    /// No file gets larger than this, in bytes; 64 MiB by default, since the other side reads files whole. It holds to the byte.
    pub const fn max_bytes(mut self, limit: u64) -> Self {
        self.limits.bytes = limit;
        self
    }

    /// So many pushed items go into one file at most, those inside them not counted; without limit by default. At least one does.
    pub const fn max_items(mut self, limit: u64) -> Self {
        self.limits.items = if limit == 0 { 1 } else { limit };
        self
    }

    /// What becomes of an item that refers to one that was not pushed yet; [`References::Deferred`] by default.
    pub const fn references(mut self, references: References) -> Self {
        self.references = references;
        self
    }

    /// Where temporary files are made; the system's folder for them by default. They need as much room as the file that is being
    /// filled and the one before it, and as the items that wait ([`References::Deferred`]). They have no names, so that none is
    /// left behind.
    pub fn spool_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spool_dir = Some(folder.into());
        self
    }

    /// How items are checked; by default as [`check_options`](crate::check_options) says. Strict checking makes every reference
    /// without a target an error, which [`finish`](PayloadWriter::finish) then returns.
    pub fn check_options(mut self, options: CheckOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Writes files into a folder, which is made if it is not there. What an unfinished batch left in it is removed.
    ///
    /// # Errors
    /// Kind [`Validation`](crate::ErrorKind::Validation) if the header has an error; [`Batch`](crate::ErrorKind::Batch) if the folder
    /// holds a finished batch, foreign files, or another writer is at work there; [`File`](crate::ErrorKind::File).
    pub async fn folder(self, folder: impl AsRef<Path>) -> Result<PayloadWriter<Folder>, Error> {
        self.checker()?;
        let folder = folder.as_ref().to_owned();
        let sink = blocking(move || Folder::open(&folder)).await?;
        self.sink(sink)
    }

    /// Writes one document to anything that takes bytes. It is written when [`finish`](PayloadWriter::finish) is called, and nothing
    /// of it before; exceeding a limit is the error [`DocumentFull`](crate::error::WriterError::DocumentFull). Without
    /// [`max_bytes`](Self::max_bytes), the limit is 64 MiB here too.
    ///
    /// # Errors
    /// Kind [`Validation`](crate::ErrorKind::Validation) if the header has an error.
    pub fn stream<W: AsyncWrite + Unpin + Send + 'static>(self, to: W) -> Result<PayloadWriter<Stream<W>>, Error> {
        self.sink(Stream(to))
    }

    fn checker(&self) -> Result<ItemChecker, Error> {
        let options = self.options.clone().unwrap_or_else(crate::check_options);
        Ok(ItemChecker::new(&self.partner, &self.api_key, &self.created_at, &options)?)
    }

    /// Hands finished files to a sink.
    pub(crate) fn sink<S: Sink>(self, sink: S) -> Result<PayloadWriter<S>, Error> {
        let checker = self.checker()?;
        let Self { partner, limits, references, spool_dir, .. } = self;
        let folder: Arc<Path> = spool_dir.unwrap_or_else(std::env::temp_dir).into();
        let header = Arc::new(Header {
            head: checker.head().to_vec().into(),
            partner,
            created_at: *checker.created_at(),
            folder: Arc::clone(&folder),
        });
        Ok(PayloadWriter {
            checker,
            draft: Draft::new(Arc::clone(&header)),
            header,
            waiting: Waiting::new(&folder),
            limits,
            references,
            job: Job::Idle(sink),
            receipts: Vec::new(),
        })
    }
}
