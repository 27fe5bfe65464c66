//! A destination, and deliveries to it.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::ftp::{self, DeliverOptions, Destination};
use serde_json::json;

use super::files::{self, FtpFile};
use super::progress::{FtpProgress, Teller};
use crate::fault::{Outcome, guard, json_text};
use crate::job::{self, Limits, Stop, blocking};

/// What the TypeScript class `Destination` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct FtpDestination(Destination);

impl FtpDestination {
    pub(super) const fn new(destination: Destination) -> Self {
        Self(destination)
    }
}

#[napi]
impl FtpDestination {
    /// What may be shown of it, as a JSON object.
    #[napi]
    pub fn facts(&self) -> Outcome<String> {
        let Self(it) = self;
        let facts = || {
            json!({
                "protocol": it.protocol().as_str(),
                "host": it.host(),
                "port": it.port(),
                "user": it.user(),
            })
        };
        guard(|| Ok(facts().to_string()))
    }

    /// The names that files would get, as a JSON object.
    #[napi(ts_return_type = "Promise<Outcome<string>>")]
    pub fn plan<'e>(
        &self,
        env: &'e Env,
        files: Vec<FtpFile>,
        variables: Vec<String>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (destination, files, variables) = (self.0.clone(), files::outgoing(files), files::variables(variables));
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let planned = async move {
            refused?;
            let files = files?;
            blocking(move || Ok(destination.plan(&files, &variables)?)).await
        };
        job::start(env, limits, planned, |plan| json_text(&plan))
    }

    /// Connects, logs in, and takes leave; gives what protects the connection.
    #[napi(ts_return_type = "Promise<Outcome<string | null>>")]
    pub fn check<'e>(&self, env: &'e Env, stop: Option<&Stop>, timeout: Option<f64>) -> napi::Result<Object<'e>> {
        let destination = self.0.clone();
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let checked = async move {
            refused?;
            Ok(destination.check().await?)
        };
        job::start(env, limits, checked, Ok)
    }

    /// Delivers; gives the receipt, as a JSON object.
    #[napi(ts_return_type = "Promise<Outcome<string>>")]
    #[allow(clippy::too_many_arguments, reason = "an entry takes them one by one; the macro copies the attribute")]
    pub fn deliver<'e>(
        &self,
        env: &'e Env,
        files: Vec<FtpFile>,
        variables: Vec<String>,
        details: Option<String>,
        progress: Option<&FtpProgress>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (destination, files, variables) = (self.0.clone(), files::outgoing(files), files::variables(variables));
        let (details, teller) = (files::details(details), progress.and_then(FtpProgress::teller));
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let delivered = async move {
            refused?;
            let mut options = teller.map_or_else(DeliverOptions::default, told);
            if let Some(details) = details? {
                options = options.details(details);
            }
            Ok(ftp::deliver_with(&destination, &files?, &variables, &options).await?)
        };
        job::start(env, limits, delivered, |receipt| json_text(&receipt))
    }
}

fn told(teller: Teller) -> DeliverOptions {
    DeliverOptions::default().progress(move |step| teller.tell(Some((step.attempt, step.file)), step))
}
