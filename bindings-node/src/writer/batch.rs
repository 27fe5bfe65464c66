//! Finished files in a folder, for `Batch` and `PayloadFile`.

use std::path::PathBuf;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use tokio::sync::{Mutex, MutexGuard};

use super::{begin, number};
use crate::client::{Client, Source, UploadSettings};
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop};
use crate::progress::Progress;
use crate::sending::{Uploaded, kept};

/// What the TypeScript class `PayloadFile` stands on.
#[napi]
#[derive(Clone)]
pub struct PayloadFile(qlower_client::PayloadFile);

#[napi]
impl PayloadFile {
    /// Where it is.
    #[napi(getter)]
    pub fn path(&self) -> String {
        self.0.path().display().to_string()
    }

    /// Bytes of it.
    #[napi(getter)]
    pub fn size(&self) -> f64 {
        number(self.0.size())
    }

    /// SHA-256 of its content, in lower-case hexadecimal digits.
    #[napi(getter)]
    pub fn sha256(&self) -> String {
        self.0.sha256_hex()
    }

    /// The partner's id.
    #[napi(getter)]
    pub fn partner(&self) -> String {
        self.0.partner().to_owned()
    }

    /// When the payload was made, as ISO 8601.
    #[napi(getter)]
    pub fn created_at(&self) -> String {
        self.0.created_at().to_rfc3339()
    }

    /// How many items with an id are in it.
    #[napi(getter)]
    pub fn items(&self) -> f64 {
        number(self.0.items())
    }

    /// Key of the S3 object for it.
    #[napi(getter)]
    pub fn object_key(&self) -> String {
        self.0.object_key()
    }

    /// Uploads it.
    #[napi(ts_return_type = "Promise<Outcome<Uploaded>>")]
    pub fn upload<'e>(
        &self,
        env: &'e Env,
        client: &Client,
        options: UploadSettings,
        progress: Option<&Progress>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        client.start_upload(env, Source::File(self.0.clone()), options, progress, Limits::new(stop, timeout))
    }
}

impl PayloadFile {
    pub(super) const fn new(file: qlower_client::PayloadFile) -> Self {
        Self(file)
    }
}

/// What the TypeScript class `Batch` stands on.
#[napi]
pub struct Batch {
    folder: PathBuf,
    files: Vec<qlower_client::PayloadFile>,
    /// `None` once it was removed.
    batch: Arc<Mutex<Option<qlower_client::Batch>>>,
}

impl Batch {
    pub(super) fn new(batch: qlower_client::Batch) -> Self {
        let (folder, files) = (batch.folder().to_owned(), batch.files().to_vec());
        Self { folder, files, batch: Arc::new(Mutex::new(Some(batch))) }
    }

    fn held(&self) -> Result<MutexGuard<'_, Option<qlower_client::Batch>>, Fault> {
        self.batch.try_lock().map_err(|_| busy())
    }

    fn look<T>(&self, look: impl FnOnce(&qlower_client::Batch) -> Result<T, Fault>) -> Outcome<T> {
        guard(|| look(self.held()?.as_ref().ok_or_else(removed)?))
    }
}

fn busy() -> Fault {
    Fault::new("batch", "the batch is being uploaded, verified or removed just now")
}

fn removed() -> Fault {
    Fault::new("batch", "the batch was removed")
}

fn files<'a>(files: impl Iterator<Item = &'a qlower_client::PayloadFile>) -> Vec<PayloadFile> {
    files.cloned().map(PayloadFile).collect()
}

#[napi]
impl Batch {
    /// Opens a finished batch.
    #[napi(ts_return_type = "Promise<Outcome<Batch>>")]
    pub fn open<'e>(
        env: &'e Env,
        folder: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let opened = async move { qlower_client::Batch::open(folder).await.map_err(|error| Fault::from(&error)) };
        begin(env, stop, timeout, opened, |batch| Ok(Self::new(batch)))
    }

    /// The folder.
    #[napi(getter)]
    pub fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// All files, in the order in which they are to be uploaded.
    #[napi]
    pub fn files(&self) -> Outcome<Vec<PayloadFile>> {
        guard(|| Ok(files(self.files.iter())))
    }

    /// The files that are still to be uploaded.
    #[napi]
    pub fn pending(&self) -> Outcome<Vec<PayloadFile>> {
        self.look(|batch| Ok(files(batch.pending())))
    }

    /// The files of which it is noted that they were uploaded.
    #[napi]
    pub fn uploaded(&self) -> Outcome<Vec<PayloadFile>> {
        self.look(|batch| Ok(files(batch.uploaded())))
    }

    /// What was noted of a file's upload.
    #[napi]
    pub fn receipt(&self, file: &PayloadFile) -> Outcome<Option<Uploaded>> {
        self.look(|batch| {
            let Some(noted) = batch.receipt(&file.0) else { return Ok(None) };
            let unreadable = |_| Fault::new("batch", "what was noted of the upload cannot be read");
            Ok(Some(Uploaded::new(&kept(&noted.to_string()).map_err(unreadable)?)?))
        })
    }

    /// Reads all files that are to be uploaded, and compares their hashes with the manifest.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn verify<'e>(&self, env: &'e Env, stop: Option<&Stop>, timeout: Option<f64>) -> napi::Result<Object<'e>> {
        let batch = Arc::clone(&self.batch);
        let verified = async move {
            let held = batch.try_lock().map_err(|_| busy())?;
            held.as_ref().ok_or_else(removed)?.verify().await.map_err(|error| Fault::from(&error))
        };
        begin(env, stop, timeout, verified, Ok)
    }

    /// Uploads what is not uploaded yet. What it gives is of those files, in order.
    #[napi(ts_return_type = "Promise<Outcome<Array<Uploaded>>>")]
    pub fn upload<'e>(
        &self,
        env: &'e Env,
        client: &Client,
        progress: Option<&Progress>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (client, batch) = (client.client(), Arc::clone(&self.batch));
        let teller = progress.and_then(Progress::teller);
        let uploaded = async move {
            let mut held = batch.try_lock().map_err(|_| busy())?;
            let batch = held.as_mut().ok_or_else(removed)?;
            let tell = |file, progress| {
                if let Some(teller) = &teller {
                    teller.tell(file, progress);
                }
            };
            Ok(client?.upload_batch_with(batch, tell).await?)
        };
        begin(env, stop, timeout, uploaded, |receipts| {
            receipts.iter().map(Uploaded::new).collect::<Result<Vec<_>, _>>()
        })
    }

    /// Removes the files of the batch from the disk, the manifest first.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn remove<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let batch = Arc::clone(&self.batch);
        let removed = async move {
            let taken = batch.try_lock().map_err(|_| busy())?.take().ok_or_else(removed)?;
            taken.remove().await.map_err(|error| Fault::from(&error))
        };
        job::start(env, Limits::default(), removed, Ok)
    }
}
