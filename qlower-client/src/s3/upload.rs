//! What is to be uploaded, and how it is told.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use qlower_core::{ApiKey, Checked};

use super::Content;
use crate::error::{Error, FileError};
use crate::payload_file::PayloadFile;

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadProgress {
    pub(crate) done: u64,
    pub(crate) total: u64,
}

impl UploadProgress {
    /// Bytes that the store has acknowledged.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// Bytes in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }
}

type Callback<'a> = Box<dyn Fn(UploadProgress) + Send + Sync + 'a>;

/// What [`Client::upload`](crate::Client::upload) takes: a [`Checked`] payload or a [`PayloadFile`], with options if need be.
///
/// # Example: with progress
/// ```no_run
/// use qlower_client::{Checked, Client, Upload};
///
/// # async fn example(client: Client, checked: Checked) -> Result<(), qlower_client::Error> {
/// let upload = Upload::from(&checked).on_progress(|p| println!("{} of {} bytes", p.done(), p.total()));
/// client.upload(upload).await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Upload<'a> {
    source: Source<'a>,
    key: Option<String>,
    resume: bool,
    progress: Option<Callback<'a>>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Checked(&'a Checked),
    File(&'a PayloadFile),
}

impl<'a> Upload<'a> {
    /// Sets the object's key.
    ///
    /// Default: the [payload's own](qlower_core::address::object_key). Under another key, an object that is there already is
    /// an error, and after a lost answer it cannot be told whose object it is.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Looks for the object before uploading, also under `success` and `failure`, and uploads it only if it is nowhere.
    ///
    /// This is for what an earlier run may have uploaded without living to know it, and Qlower may have loaded and moved since: a
    /// second load would create nothing, but take its time and send an e-mail. Credentials that may not list upload it.
    pub const fn resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// Sets what is called at the start, whenever the store has acknowledged a part, and at the end. It should return soon.
    pub fn on_progress(mut self, call: impl Fn(UploadProgress) + Send + Sync + 'a) -> Self {
        self.progress = Some(Box::new(call));
        self
    }

    pub(super) fn partner(&self) -> &str {
        match self.source {
            Source::Checked(checked) => checked.partner(),
            Source::File(file) => file.partner(),
        }
    }

    pub(super) const fn api_key(&self) -> Option<&ApiKey> {
        match self.source {
            Source::Checked(checked) => Some(checked.api_key()),
            Source::File(_) => None,
        }
    }

    pub(super) fn progress(&self) -> Option<&(dyn Fn(UploadProgress) + Send + Sync)> {
        self.progress.as_ref().map(|progress| &**progress as _)
    }

    pub(super) fn cargo(&self) -> Result<Cargo, Error> {
        let mut cargo = match self.source {
            Source::Checked(checked) => Cargo {
                content: Content::Memory(checked.bytes().clone()),
                size: checked.bytes().len() as u64,
                sha256: *checked.sha256(),
                sha256_hex: checked.sha256_hex(),
                partner: checked.partner().to_owned(),
                key: checked.object_key(),
                key_has_hash: true,
                resume: false,
            },
            Source::File(file) => {
                let open = File::open(file.path()).map_err(|error| FileError::new("open", file.path(), error));
                Cargo::file(file, Arc::new(open.map_err(Error::local)?))
            }
        };
        if let Some(key) = &self.key {
            cargo.key.clone_from(key);
            cargo.key_has_hash = false;
        }
        cargo.resume = self.resume;
        Ok(cargo)
    }
}

impl<'a> From<&'a Checked> for Upload<'a> {
    fn from(checked: &'a Checked) -> Self {
        Self { source: Source::Checked(checked), key: None, resume: false, progress: None }
    }
}

impl<'a> From<&'a PayloadFile> for Upload<'a> {
    fn from(file: &'a PayloadFile) -> Self {
        Self { source: Source::File(file), key: None, resume: false, progress: None }
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source: &dyn fmt::Debug = match &self.source {
            Source::Checked(checked) => checked,
            Source::File(file) => file,
        };
        f.debug_struct("Upload").field("source", source).field("key", &self.key).finish_non_exhaustive()
    }
}

/// One object to be made.
#[derive(Clone)]
pub(crate) struct Cargo {
    pub(crate) content: Content,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) sha256_hex: String,
    pub(crate) partner: String,
    pub(crate) key: String,
    /// Whether the key says what the content is.
    pub(crate) key_has_hash: bool,
    /// Whether to look for it first.
    pub(crate) resume: bool,
}

impl Cargo {
    pub(crate) fn file(file: &PayloadFile, open: Arc<File>) -> Self {
        Self {
            content: Content::File(open, file.path().into()),
            size: file.size(),
            sha256: *file.sha256(),
            sha256_hex: file.sha256_hex(),
            partner: file.partner().to_owned(),
            key: file.object_key(),
            key_has_hash: true,
            resume: false,
        }
    }
}
