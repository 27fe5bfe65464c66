//! Files that go to the bucket as soon as they are full.

use std::fmt;
use std::sync::Arc;

use super::upload::{Cargo, UploadProgress};
use crate::client::Client;
use crate::error::Error;
use crate::payload_file::PayloadFile;
use crate::receipt::{Object, Receipt};
use crate::writer::{Finished, PayloadWriter, PayloadWriterBuilder, Place, Sink};

/// Uploads each file of a [`PayloadWriter`], in order, while the next one is being filled.
///
/// # Example: with progress, and going on where an earlier run was cut off
/// ```no_run
/// use qlower_client::{Client, PayloadWriter, S3Sink};
///
/// # async fn example(client: Client) -> Result<(), qlower_client::Error> {
/// let sink = S3Sink::from(&client).resume().on_file(|receipt| println!("{} is there", receipt.key()));
/// let mut writer = PayloadWriter::builder("acme", "k-1", "2025-02-01T00:00:00+01:00").s3(sink)?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct S3Sink {
    client: Client,
    resume: bool,
    on_progress: Option<OnProgress>,
    on_file: Option<OnFile>,
}

type OnProgress = Box<dyn Fn(UploadProgress) + Send + Sync>;
type OnFile = Box<dyn FnMut(&Receipt<Object>) + Send>;

impl S3Sink {
    /// Looks for each file before uploading it; see [`Upload::resume`](super::Upload::resume).
    pub const fn resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// Sets what is called as a file's upload proceeds; see [`Upload::on_progress`](super::Upload::on_progress).
    pub fn on_progress(mut self, call: impl Fn(UploadProgress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Box::new(call));
        self
    }

    /// Sets what is called when a file is in the bucket. What it is told stays true whatever happens afterwards.
    pub fn on_file(mut self, call: impl FnMut(&Receipt<Object>) + Send + 'static) -> Self {
        self.on_file = Some(Box::new(call));
        self
    }
}

impl From<&Client> for S3Sink {
    fn from(client: &Client) -> Self {
        Self { client: client.clone(), resume: false, on_progress: None, on_file: None }
    }
}

impl fmt::Debug for S3Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Sink").field("client", &self.client).field("resume", &self.resume).finish_non_exhaustive()
    }
}

impl PayloadWriterBuilder {
    /// Uploads files to the partner's bucket (feature `s3`), by a client or an [`S3Sink`]: each as soon as it is full, the last one
    /// when [`finish`](PayloadWriter::finish) is called.
    ///
    /// A file is in the bucket whole or not at all: dropping the writer stops the upload that is under way. Files that were uploaded
    /// before stay, and Qlower loads them. Who wants all files or none writes them into a [`folder`](Self::folder) first.
    ///
    /// # Errors
    /// Kind [`Validation`](crate::ErrorKind::Validation) if the header has an error; [`Config`](crate::ErrorKind::Config) if the
    /// client is another partner's, or the partner's name makes no name of a bucket.
    pub fn s3(self, sink: impl Into<S3Sink>) -> Result<PayloadWriter<S3Sink>, Error> {
        let sink = sink.into();
        sink.client.guard_header(&self.partner, Some(&self.api_key))?;
        sink.client.bucket(&self.partner)?;
        self.sink(sink)
    }
}

impl Sink for S3Sink {
    type Receipt = Receipt<Object>;
    type Output = ();

    const ROLLS_OVER: bool = true;

    fn place(&self) -> Place {
        Place::Unnamed
    }

    async fn file(&mut self, finished: Finished) -> Result<Receipt<Object>, Error> {
        let Finished { file, size, sha256, partner, created_at, items, .. } = finished;
        let described = PayloadFile { path: "a temporary file".into(), size, sha256, partner, created_at, items };
        let cargo = Cargo { resume: self.resume, ..Cargo::file(&described, Arc::new(file)) };
        let receipt = self.client.deliver(cargo, self.on_progress.as_deref().map(|call| call as _)).await?;
        if let Some(call) = &mut self.on_file {
            call(&receipt);
        }
        Ok(receipt)
    }

    async fn finish(self, _: &[Receipt<Object>]) -> Result<(), Error> {
        Ok(())
    }
}
