//! The client.

use std::sync::{Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::{Checked as CoreChecked, Client as QlowerClient, PayloadFile, Upload};

use crate::checked::Checked;
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop, duration};
use crate::progress::{Progress, Teller};
use crate::sending::{Receipt, StatusFacts, Uploaded, kept};
use crate::settings::{EnvironmentFacts, Settings};

/// What the TypeScript class `Client` stands on. Closed, it holds nothing any more.
#[napi]
#[derive(Debug)]
pub struct Client(Mutex<Option<QlowerClient>>);

/// A client with settings.
#[napi]
pub fn open_client(settings: Settings) -> Outcome<Client> {
    guard(|| Ok(Client(Mutex::new(Some(settings.build()?)))))
}

#[napi]
impl Client {
    /// Where it sends to.
    #[napi]
    pub fn environment(&self) -> Outcome<EnvironmentFacts> {
        guard(|| Ok(EnvironmentFacts::of(self.client()?.environment())))
    }

    /// Lets go of the connections that are not in use.
    #[napi]
    pub fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Sends what passed the check.
    #[napi(ts_return_type = "Promise<Outcome<Receipt>>")]
    pub fn send<'e>(
        &self,
        env: &'e Env,
        checked: &Checked,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (client, checked) = (self.client(), checked.clone());
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let sent = async move {
            refused?;
            Ok(client?.send(checked.checked()).await?)
        };
        job::start(env, limits, sent, |receipt| Ok(Receipt::new(receipt)))
    }

    /// Uploads what passed the check.
    #[napi(ts_return_type = "Promise<Outcome<Uploaded>>")]
    pub fn upload<'e>(
        &self,
        env: &'e Env,
        checked: &Checked,
        options: UploadSettings,
        progress: Option<&Progress>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let source = Source::Checked(checked.checked().clone());
        self.start_upload(env, source, options, progress, Limits::new(stop, timeout))
    }

    /// Looks how an upload stands.
    #[napi(ts_return_type = "Promise<Outcome<StatusFacts>>")]
    pub fn upload_status<'e>(
        &self,
        env: &'e Env,
        receipt: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let client = self.client();
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let seen = async move {
            refused?;
            Ok(client?.upload_status(&kept(&receipt)?).await?)
        };
        job::start(env, limits, seen, |status| StatusFacts::new(&status))
    }

    /// Looks again and again, for so many milliseconds at most.
    #[napi(ts_return_type = "Promise<Outcome<StatusFacts>>")]
    pub fn wait_for<'e>(
        &self,
        env: &'e Env,
        receipt: String,
        limit: f64,
        stop: Option<&Stop>,
    ) -> napi::Result<Object<'e>> {
        let client = self.client();
        let (limits, refused) = job::split(Limits::new(stop, None));
        let seen = async move {
            refused?;
            let (limit, receipt) = (duration("timeout", limit)?, kept(&receipt)?);
            Ok(client?.wait_for(&receipt, limit).await?)
        };
        job::start(env, limits, seen, |status| StatusFacts::new(&status))
    }
}

impl Client {
    /// The client, unless it was closed.
    ///
    /// # Errors
    /// If it was.
    pub(crate) fn client(&self) -> Result<QlowerClient, Fault> {
        let client = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        client.ok_or_else(|| Fault::new("base", "the client is closed"))
    }

    /// Uploads, and tells how far it has come.
    ///
    /// # Errors
    /// If Node cannot make a promise.
    pub(crate) fn start_upload<'e>(
        &self,
        env: &'e Env,
        source: Source,
        options: UploadSettings,
        progress: Option<&Progress>,
        limits: Result<Limits, Fault>,
    ) -> napi::Result<Object<'e>> {
        let (client, teller) = (self.client(), progress.and_then(Progress::teller));
        let (limits, refused) = job::split(limits);
        let uploaded = async move {
            refused?;
            Ok(client?.upload(upload(&source, options, teller)).await?)
        };
        job::start(env, limits, uploaded, |receipt| Uploaded::new(&receipt))
    }
}

/// How something is uploaded.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct UploadSettings {
    /// Another key.
    pub key: Option<String>,
    /// Whether an earlier run may have uploaded it.
    pub resume: Option<bool>,
}

/// What is uploaded.
pub(crate) enum Source {
    Checked(CoreChecked),
    File(PayloadFile),
}

fn upload(source: &Source, options: UploadSettings, teller: Option<Teller>) -> Upload<'_> {
    let mut upload = match source {
        Source::Checked(checked) => Upload::from(checked),
        Source::File(file) => Upload::from(file),
    };
    if let Some(key) = options.key {
        upload = upload.key(key);
    }
    if options.resume == Some(true) {
        upload = upload.resume();
    }
    match teller {
        Some(teller) => upload.on_progress(move |progress| teller.tell(0, progress)),
        None => upload,
    }
}
