//! Payloads of any size, for `PayloadWriter`.

mod batch;
mod disk;
mod kind;
mod options;
mod rows;
mod shared;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi_derive::napi;
use qlower_client::S3Sink;
use qlower_core::model::Section;

pub(crate) use self::batch::PayloadFile;
use self::disk::Disk;
use self::kind::{Output, Writer};
use self::options::Options;
use self::rows::Rows;
use self::shared::{Seen, Shared};
use crate::client;
use crate::fault::{Fault, Outcome, guard};
use crate::job::blocking;
use crate::job::{self, Limits, Stop};
use crate::report::Report;
use crate::sending::Uploaded;

/// What the TypeScript class `PayloadWriter` stands on.
#[napi]
pub struct PayloadWriter(Arc<Shared>);

/// What is known of a file that was handed on: a file of a batch, or what TypeScript makes its receipt of, as JSON.
#[napi(object, object_from_js = false)]
pub struct Kept {
    /// A file in a folder.
    pub file: Option<PayloadFile>,
    /// Size, hash and number of items of the one file, as JSON.
    pub document: Option<String>,
    /// The receipt of an upload.
    pub uploaded: Option<Uploaded>,
}

/// What a finished writer gives.
#[napi(object, object_from_js = false)]
pub struct Written {
    /// What the check found.
    pub report: Report,
    /// One for each file, in order.
    pub receipts: Vec<Kept>,
    /// Of a folder.
    pub batch: Option<batch::Batch>,
    /// Of one file.
    pub path: Option<String>,
}

/// A file that the system would not make or name.
fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Fault {
    let path = path.display().to_string();
    let mut facts = serde_json::Map::new();
    let message = format!("could not write {path}");
    facts.insert("path".into(), path.into());
    Fault::with("file", message, facts).caused(Some(error))
}

#[napi]
impl PayloadWriter {
    /// One that writes files into a folder.
    #[napi(ts_return_type = "Promise<Outcome<PayloadWriter>>")]
    pub fn folder<'e>(
        env: &'e Env,
        folder: String,
        options: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        Self::open(env, options, stop, timeout, |options, _| async move {
            let opened = options.builder.folder(folder).await.map_err(|error| Fault::from(&error))?;
            Ok(Writer::Folder(Box::new(opened)))
        })
    }

    /// One that writes one file.
    #[napi(ts_return_type = "Promise<Outcome<PayloadWriter>>")]
    pub fn file<'e>(
        env: &'e Env,
        path: String,
        options: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        Self::open(env, options, stop, timeout, |options, _| async move {
            let path = PathBuf::from(path);
            let disk = blocking(move || Disk::create(path.clone()).map_err(|error| unwritable(&path, &error))).await?;
            Ok(Writer::File(Box::new(options.builder.stream(disk).map_err(|error| Fault::from(&error))?)))
        })
    }

    /// One that uploads each file as soon as it is full.
    #[napi(ts_return_type = "Promise<Outcome<PayloadWriter>>")]
    pub fn s3<'e>(
        env: &'e Env,
        client: &client::Client,
        options: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let client = client.client();
        Self::open(env, options, stop, timeout, |options, seen| async move {
            let mut sink = S3Sink::from(&client?).on_file(move |receipt| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.receipts.push(kind::Kept::Object(receipt.clone()));
            });
            if options.resume {
                sink = sink.resume();
            }
            Ok(Writer::S3(Box::new(options.builder.s3(sink).map_err(|error| Fault::from(&error))?)))
        })
    }

    /// Rows of a section, by its wire key.
    #[napi]
    pub fn rows(&self, section: String) -> Outcome<Rows> {
        guard(|| Ok(Rows::new(Arc::clone(&self.0), named(&section)?)))
    }

    /// How many items of a section were taken so far.
    #[napi]
    pub fn pushed(&self, section: String) -> Outcome<f64> {
        guard(|| Ok(number(self.0.seen().pushed(named(&section)?))))
    }

    /// Bytes of memory that hold what is remembered of the items.
    #[napi(getter)]
    pub fn index_bytes(&self) -> f64 {
        number(self.0.seen().index_bytes as u64)
    }

    /// What is known of the files that were handed on so far, but for the first so many.
    #[napi]
    pub fn receipts(&self, from: u32) -> Outcome<Vec<Kept>> {
        guard(|| {
            let kept = self.0.seen().receipts.get(from as usize..).unwrap_or_default().to_vec();
            kept.into_iter().map(|kept| told(kept, None)).collect()
        })
    }

    /// Writes what still waits, and gives the files their names. The writer is closed, whatever comes of it.
    #[napi(ts_return_type = "Promise<Outcome<Written>>")]
    pub fn finish<'e>(&self, env: &'e Env, stop: Option<&Stop>, timeout: Option<f64>) -> napi::Result<Object<'e>> {
        let shared = Arc::clone(&self.0);
        let finished = async move {
            let writer = shared.close().await.ok_or_else(Shared::closed)?;
            let (found, kept, output) = writer.finish().await.map_err(|error| Fault::from(&error))?;
            shared.seen().receipts.clone_from(&kept);
            let (batch, path) = match output {
                Output::Batch(batch) => (Some(batch::Batch::new(batch)), None),
                Output::Disk(disk) => {
                    let path = disk.path().to_owned();
                    let named = blocking(move || disk.keep().map_err(|error| unwritable(&path, &error))).await?;
                    (None, Some(named.display().to_string()))
                }
                Output::Nothing => (None, None),
            };
            let receipts = kept.into_iter().map(|kept| told(kept, path.as_deref())).collect::<Result<_, _>>()?;
            Ok(Written { report: Report::new(found), receipts, batch, path })
        };
        begin(env, stop, timeout, finished, Ok)
    }

    /// Gives up: nothing is left of what was written, but for what is in the bucket. Pushes under way end.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn discard<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let shared = Arc::clone(&self.0);
        let discarded = async move {
            if let Some(writer) = shared.close().await {
                writer.discard().await;
            }
            Ok(())
        };
        job::start(env, Limits::default(), discarded, Ok)
    }
}

impl PayloadWriter {
    fn open<'e, F>(
        env: &'e Env,
        options: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
        open: impl FnOnce(Options, Arc<Mutex<Seen>>) -> F + Send + 'static,
    ) -> napi::Result<Object<'e>>
    where
        F: Future<Output = Result<Writer, Fault>> + Send + 'static,
    {
        let opened = async move {
            let options = Options::read(&options)?;
            let check = options.check.clone();
            let seen = Arc::default();
            Ok(Shared::new(open(options, Arc::clone(&seen)).await?, check, seen))
        };
        begin(env, stop, timeout, opened, |shared| Ok(Self(Arc::new(shared))))
    }
}

/// A job with limits as entries are given them.
fn begin<'e, O, T>(
    env: &'e Env,
    stop: Option<&Stop>,
    timeout: Option<f64>,
    future: impl Future<Output = Result<O, Fault>> + Send + 'static,
    convert: impl FnOnce(O) -> Result<T, Fault> + Send + 'static,
) -> napi::Result<Object<'e>>
where
    O: Send + 'static,
    T: ToNapiValue + 'static,
{
    let (limits, refused) = job::split(Limits::new(stop, timeout));
    let done = async move {
        refused?;
        future.await
    };
    job::start(env, limits, done, convert)
}

fn named(section: &str) -> Result<Section, Fault> {
    Section::from_wire(section).ok_or_else(|| {
        let known: Vec<&str> = Section::ALL.iter().map(|section| section.as_str()).collect();
        Fault::config("section", format!("no section {section:?}; there are {}", known.join(", ")))
    })
}

/// What JavaScript is told of a file.
fn told(kept: kind::Kept, path: Option<&str>) -> Result<Kept, Fault> {
    let (mut file, mut document, mut uploaded) = (None, None, None);
    match kept {
        kind::Kept::File(kept) => file = Some(PayloadFile::new(kept)),
        kind::Kept::Object(receipt) => uploaded = Some(Uploaded::new(&receipt)?),
        kind::Kept::Document(kept) => {
            let sha256: String = kept.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            let facts = serde_json::json!({
                "path": path, "size": kept.size, "sha256": sha256, "items": kept.items,
            });
            document = Some(facts.to_string());
        }
    }
    Ok(Kept { file, document, uploaded })
}

/// Counts and sizes stay far below what a number of JavaScript keeps exact.
#[expect(clippy::cast_precision_loss, reason = "none comes near")]
const fn number(count: u64) -> f64 {
    count as f64
}
