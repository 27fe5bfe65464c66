//! Payloads of any size, in constant memory.
//!
//! A [`PayloadWriter`] takes items in any order and number, checks each one as it is pushed, and makes files of them, each a whole
//! payload below a size limit. See there.

mod batch;
mod builder;
mod draft;
mod folder;
mod sink;
mod spool;
mod stream;

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use futures_core::Stream as ItemStream;
use qlower_core::check::{ItemChecker, Sound};
use qlower_core::model::{Item, Section};
use qlower_core::value::Timestamp;
use qlower_core::{ApiKey, Report};
use tokio::task::{JoinError, JoinHandle};

use self::draft::{Draft, Header};
use self::spool::{Queue, Spool};
use crate::error::{Error, WriterError};

pub use batch::Batch;
pub use builder::{PayloadWriterBuilder, References};
pub use folder::Folder;
pub use sink::Sink;
#[cfg(feature = "s3")]
pub(crate) use sink::{Finished, Place};
pub use stream::{Document, Stream};

/// Writes payloads of any number of items.
///
/// * **Any order.** Items of all kinds can be pushed in any order. Files are such that what an item refers to stands in the same file
///   or in an earlier one; [`References`] says what that costs.
/// * **Checked.** Each item is checked when it is pushed. One with an error is not taken: the call returns what is wrong, and the writer
///   goes on, so that it can be corrected and pushed again or left out. Warnings are in the final report. What is checked across
///   items, and how, is told by [`ItemChecker`].
/// * **Constant memory.** Some 15 bytes are remembered of each item; all else is on the disk beyond a few MiB.
/// * **Files below a limit.** A next file is begun at [`max_bytes`](PayloadWriterBuilder::max_bytes) or
///   [`max_items`](PayloadWriterBuilder::max_items).
/// * **The same again.** The same header and the same items in the same order give the same bytes, and so the same object keys.
/// * **Whole or not at all.** Nothing has its final name, and nothing reaches a stream, before [`finish`](Self::finish). A writer that is
///   dropped leaves nothing; what a crash leaves is cleared by the next writer of the same folder.
///
/// It needs a tokio runtime: files are put together and handed on in the background, while the next one is being filled. If a call
/// of [`push`](Self::push) is dropped before it is done, the item was taken or not; the writer is sound either way.
///
/// # Example: a night's transactions into a folder
/// ```
/// use qlower_client::{PayloadWriter, Property, Transaction};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let mut writer = PayloadWriter::builder("acme", "key", "2025-02-01T03:00:00+01:00").folder(folder.path()).await?;
/// for number in 1..=1000 {
///     let rent = Transaction::builder()
///         .id(format!("T{number}"))
///         .date("2025-01-31")
///         .property_id("P1")
///         .amount("850.00")
///         .reference("Loyer janvier")
///         .build()?;
///     writer.push(rent).await?;
/// }
/// let written = writer.finish().await?;
/// assert_eq!(written.receipts[0].items(), 1000);
/// assert_eq!(written.report.warning_count(), 1000, "property P1 must have been loaded before");
/// assert_eq!(written.output.pending().count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PayloadWriter<S: Sink = Folder> {
    checker: ItemChecker,
    header: Arc<Header>,
    draft: Draft,
    waiting: Waiting,
    limits: Limits,
    references: References,
    job: Job<S>,
    receipts: Vec<S::Receipt>,
}

/// What a finished writer gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Written<R, O> {
    /// What the check found: warnings at most.
    pub report: Report,
    /// One for each file, in order: a [`PayloadFile`](crate::PayloadFile) of a folder, the [`Document`] of a stream.
    pub receipts: Vec<R>,
    /// The [`Batch`] in a folder; the stream itself.
    pub output: O,
}

/// When a next file is begun.
#[derive(Clone, Copy, Debug)]
struct Limits {
    bytes: u64,
    items: u64,
}

/// Items that refer to what was not pushed yet.
#[derive(Debug)]
struct Waiting {
    properties: Queue,
    transactions: Queue,
    documents: Queue,
}

/// What becomes of the file before.
#[derive(Debug)]
enum Job<S: Sink> {
    Idle(S),
    Running(Running<(S, S::Receipt)>),
    /// A file was lost.
    Broken,
}

/// A task that ends when it is forgotten.
#[derive(Debug)]
struct Running<T>(JoinHandle<Result<T, Error>>);

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PayloadWriter {
    /// Starts setting up a writer with the header of its payloads: the partner's id, the access key, and when the payload was made,
    /// as ISO 8601 with an offset.
    ///
    /// The time is part of the files and of their object keys. A job that may have to be run again should take one that stays the
    /// same, such as the day's beginning: what it uploads again is then recognised as being there.
    pub fn builder(
        partner: impl Into<String>,
        api_key: impl Into<ApiKey>,
        created_at: impl Into<Timestamp>,
    ) -> PayloadWriterBuilder {
        PayloadWriterBuilder {
            partner: partner.into(),
            api_key: api_key.into(),
            created_at: created_at.into(),
            limits: Limits { bytes: 64 << 20, items: u64::MAX },
            references: References::default(),
            spool_dir: None,
            options: None,
        }
    }

    /// The same with the present time. Run again, it makes other files.
    pub fn created_now(partner: impl Into<String>, api_key: impl Into<ApiKey>) -> PayloadWriterBuilder {
        let now = DateTime::<Utc>::from(SystemTime::now());
        Self::builder(partner, api_key, now.to_rfc3339_opts(SecondsFormat::Millis, false))
    }
}

impl<S: Sink> PayloadWriter<S> {
    /// Pushes a declarant, property, transaction, document or client entry, by value or by reference.
    ///
    /// It waits only while a full file has to wait for the one before it, or for the disk.
    ///
    /// # Errors
    /// Kind [`Item`](crate::ErrorKind::Item) if the item has an error, one of the other layout included: `clients` and the flat sections do
    /// not mix. Kind [`Writer`](crate::ErrorKind::Writer) says why it cannot be taken. After both the writer goes on without the item, but
    /// for [`WriterError::Broken`]. Kind [`File`](crate::ErrorKind::File), or one of the sink, ends the writer.
    pub async fn push(&mut self, item: impl Item) -> Result<(), Error> {
        let Self { checker, header, draft, waiting, limits, references, job, receipts } = self;
        job.is_sound()?;
        let sound = checker.check(&item).map_err(Error::local)?;
        Desk { header, draft, waiting, limits, references: *references, job, receipts }.put(sound).await
    }

    /// Pushes an item that is given as JSON with the wire's keys. It is written as it stands, without white space around it.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn push_json(&mut self, section: Section, text: &[u8]) -> Result<(), Error> {
        let Self { checker, header, draft, waiting, limits, references, job, receipts } = self;
        job.is_sound()?;
        let sound = checker.check_json(section, text).map_err(Error::local)?;
        Desk { header, draft, waiting, limits, references: *references, job, receipts }.put(sound).await
    }

    /// Pushes items one after the other, up to the first that is not taken. Given `&mut iterator`, the rest is still there.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn extend<I>(&mut self, items: I) -> Result<(), Error>
    where
        I: IntoIterator,
        I::Item: Item,
    {
        for item in items {
            self.push(item).await?;
        }
        Ok(())
    }

    /// Pushes the items of a stream as they come, up to the first that is not taken.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn extend_stream<I>(&mut self, items: I) -> Result<(), Error>
    where
        I: ItemStream,
        I::Item: Item,
    {
        let mut items = pin!(items);
        while let Some(item) = poll_fn(|context| items.as_mut().poll_next(context)).await {
            self.push(item).await?;
        }
        Ok(())
    }

    /// How many items of a section were taken so far.
    #[must_use]
    pub const fn pushed(&self, section: Section) -> u64 {
        self.checker.taken(section)
    }

    /// What is known of the files that were handed on so far, in order.
    #[must_use]
    pub fn receipts(&self) -> &[S::Receipt] {
        &self.receipts
    }

    /// Bytes of memory that hold what is remembered of the items.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.checker.index_bytes()
    }

    /// Writes what still waits, and finishes: only then do the files have their names.
    ///
    /// # Errors
    /// Kind [`Validation`](crate::ErrorKind::Validation) if the report has an error after all, which strict checking alone can lead to;
    /// otherwise as [`push`](Self::push). Nothing is kept then.
    pub async fn finish(self) -> Result<Written<S::Receipt, S::Output>, Error> {
        let Self { checker, header, mut draft, mut waiting, limits, references, mut job, mut receipts } = self;
        job.is_sound()?;
        let mut desk = Desk {
            header: &header,
            draft: &mut draft,
            waiting: &mut waiting,
            limits: &limits,
            references,
            job: &mut job,
            receipts: &mut receipts,
        };
        desk.put_waiting().await?;
        let report = checker.finish().into_result()?;
        if desk.draft.pushed() > 0 || !S::ROLLS_OVER {
            desk.hand_over().await?;
        }
        desk.settle().await?;
        let Job::Idle(sink) = job else { return Err(Error::local(WriterError::Broken)) };
        let output = sink.finish(&receipts).await?;
        Ok(Written { report, receipts, output })
    }

    /// Gives up, and returns when nothing is left of what was written. Dropping the writer does the same, somewhat later.
    pub async fn discard(self) {
        if let Job::Running(mut running) = self.job {
            running.0.abort();
            // Whether it was done, aborted or failed: it is over.
            let _ = (&mut running.0).await;
        }
    }
}

/// All of a writer but its checker.
struct Desk<'w, S: Sink> {
    header: &'w Arc<Header>,
    draft: &'w mut Draft,
    waiting: &'w mut Waiting,
    limits: &'w Limits,
    references: References,
    job: &'w mut Job<S>,
    receipts: &'w mut Vec<S::Receipt>,
}

impl<S: Sink> Desk<'_, S> {
    /// Finds a place for an item, and takes it.
    async fn put(&mut self, mut sound: Sound<'_>) -> Result<(), Error> {
        let (section, length) = (sound.section(), sound.text().len());
        let (size, limit) = (Draft::alone(self.header, section, length), self.limits.bytes);
        if size > limit {
            return Err(Error::local(WriterError::ItemTooLarge { section, size, limit }));
        }
        if S::ROLLS_OVER
            && self.references == References::Deferred
            && sound.waits()
            && let Some(queue) = self.waiting.queue(section)
        {
            queue.append(sound.text(), sound.items());
            sound.take();
            return flush(queue.spool(), self.job).await;
        }
        let full = !self.draft.fits(section, length, self.limits);
        if full && !S::ROLLS_OVER {
            let (size, pushed) = (self.draft.size(), self.draft.pushed());
            return Err(Error::local(WriterError::DocumentFull { size, pushed }));
        }
        if S::ROLLS_OVER && sound.awaited_since().is_some_and(|since| full || since < sound.file())
            // What waits is written later than all else.
            && self.references == References::LoadedBefore
        {
            return Err(Error::local(WriterError::TargetTooLate { section }));
        }
        if full {
            self.hand_over().await?;
            sound.next_file();
        }
        self.draft.append(section, sound.text(), sound.items());
        sound.take();
        flush(self.draft.section_mut(section), self.job).await
    }

    /// Writes what was waiting: nothing is pushed any more, so that all targets that will ever come are there.
    async fn put_waiting(&mut self) -> Result<(), Error> {
        let folder = Arc::clone(&self.header.folder);
        for section in [Section::Properties, Section::Transactions, Section::Documents] {
            let Some(queue) = self.waiting.queue(section) else { continue };
            let mut queued = std::mem::replace(queue, Queue::new(Arc::clone(&folder))).into_queued().await?;
            while let Some(block) = queued.next().await? {
                for (item, items) in block.items() {
                    if !self.draft.fits(section, item.len(), self.limits) {
                        self.hand_over().await?;
                    }
                    self.draft.append(section, item, items);
                    flush(self.draft.section_mut(section), self.job).await?;
                }
            }
        }
        Ok(())
    }

    /// Hands the draft over, as soon as the file before has been taken. If this future is dropped, nothing is lost.
    async fn hand_over(&mut self) -> Result<(), Error> {
        self.settle().await?;
        let Job::Idle(mut sink) = std::mem::replace(self.job, Job::Broken) else {
            return Err(Error::local(WriterError::Broken));
        };
        let draft = std::mem::replace(self.draft, Draft::new(Arc::clone(self.header)));
        let task = tokio::spawn(async move {
            let finished = draft.finish(sink.place()).await?;
            let receipt = sink.file(finished).await?;
            Ok((sink, receipt))
        });
        *self.job = Job::Running(Running(task));
        Ok(())
    }

    /// Waits until the file before has been taken.
    async fn settle(&mut self) -> Result<(), Error> {
        if let Job::Running(running) = self.job {
            let result = (&mut running.0).await;
            *self.job = Job::Broken;
            let (sink, receipt) = joined(result)?;
            self.receipts.push(receipt);
            *self.job = Job::Idle(sink);
        }
        Ok(())
    }
}

/// Has a spool written to the disk if it holds enough.
#[inline]
async fn flush<S: Sink>(spool: &mut Spool, job: &mut Job<S>) -> Result<(), Error> {
    if spool.is_full() {
        let flushed = spool.flush().await;
        if flushed.is_err() {
            *job = Job::Broken;
        }
        return flushed;
    }
    Ok(())
}

impl<S: Sink> Job<S> {
    fn is_sound(&self) -> Result<(), Error> {
        if matches!(self, Self::Broken) { Err(Error::local(WriterError::Broken)) } else { Ok(()) }
    }
}

impl Waiting {
    fn new(folder: &Arc<Path>) -> Self {
        let queue = || Queue::new(Arc::clone(folder));
        Self { properties: queue(), transactions: queue(), documents: queue() }
    }

    /// Where items of a section wait. Declarants and client entries refer to nothing.
    const fn queue(&mut self, section: Section) -> Option<&mut Queue> {
        match section {
            Section::Properties => Some(&mut self.properties),
            Section::Transactions => Some(&mut self.transactions),
            Section::Documents => Some(&mut self.documents),
            Section::Declarants | Section::Clients => None,
        }
    }
}

/// Runs what waits for the disk where it keeps nobody else waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    joined(tokio::task::spawn_blocking(work).await)
}

/// A task gives no result only if the runtime is being shut down, or if it panicked.
fn joined<T>(result: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    match result {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::local(WriterError::Broken)),
        },
    }
}
