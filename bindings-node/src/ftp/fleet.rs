//! Fleets, and runs over them.

use std::path::PathBuf;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::ftp::{Fleet, FleetOptions, FleetProgress, FleetSummary, Format, Job, JobResult};
use serde_json::json;

use super::delivery::FtpDestination;
use super::files::{self, FtpFile};
use super::progress::{FtpProgress, Teller};
use crate::fault::{Fault, Outcome, guard, json_text};
use crate::job::{self, Limits, Stop, blocking};
use crate::retry::{count, time};

/// What the TypeScript class `Fleet` stands on.
#[napi]
#[derive(Debug)]
pub struct FtpFleet(Arc<Fleet>);

/// Files for one destination.
#[napi(object, object_to_js = false)]
pub struct FtpJob {
    /// Its name.
    pub destination: String,
    /// What is delivered.
    pub files: Vec<FtpFile>,
    /// Names and values in turn.
    pub variables: Vec<String>,
    /// A JSON object.
    pub details: Option<String>,
}

/// How a fleet is delivered to. Times are in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct FtpFleetSettings {
    /// Deliveries at work at once.
    pub concurrency: Option<f64>,
    /// Connections beyond, to servers that are silent.
    pub silent: Option<f64>,
    /// From when on one is.
    pub silent_after: Option<f64>,
    /// Connections to one host and port.
    pub per_host: Option<f64>,
    /// The limit of a job.
    pub job_limit: Option<f64>,
    /// That of the whole.
    pub deadline: Option<f64>,
}

/// What became of a run.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct FtpSummary {
    /// The client's own JSON.
    pub json: String,
    /// As a table.
    pub text: String,
    /// The same in French.
    pub text_fr: String,
    /// Why jobs failed: of each that did, in the order of the JSON.
    pub faults: Vec<Fault>,
}

/// A fleet of a text, `toml` by default.
#[napi]
pub fn parse_ftp_fleet(text: String, format: Option<String>, lenient: bool) -> Outcome<FtpFleet> {
    guard(|| {
        let format = match format.as_deref() {
            None | Some("toml") => Format::Toml,
            Some("json") => Format::Json,
            Some(_) => {
                return Err(Fault::setting("format", "must be \"toml\" or \"json\"", "doit être « toml » ou « json »"));
            }
        };
        let read = if lenient { Fleet::parse_lenient } else { Fleet::parse };
        Ok(FtpFleet(Arc::new(read(&text, format)?)))
    })
}

#[napi]
impl FtpFleet {
    /// A fleet of a file.
    #[napi(ts_return_type = "Promise<Outcome<FtpFleet>>")]
    pub fn open<'e>(
        env: &'e Env,
        path: String,
        lenient: bool,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let opened = async move {
            refused?;
            let path = PathBuf::from(path);
            blocking(move || Ok(if lenient { Fleet::open_lenient(&path)? } else { Fleet::open(&path)? })).await
        };
        job::start(env, limits, opened, |fleet| Ok(Self(Arc::new(fleet))))
    }

    /// The names of all destinations.
    #[napi]
    pub fn names(&self) -> Outcome<Vec<String>> {
        guard(|| Ok(self.0.names().map(str::to_owned).collect()))
    }

    /// What is wrong with those that cannot be used, as JSON.
    #[napi]
    pub fn mistakes(&self) -> Outcome<String> {
        guard(|| Ok(json!(self.0.mistakes()).to_string()))
    }

    /// A destination.
    #[napi]
    pub fn destination(&self, name: String) -> Outcome<Option<FtpDestination>> {
        guard(|| Ok(self.0.destination(&name).cloned().map(FtpDestination::new)))
    }

    /// Delivers to many.
    #[napi(ts_return_type = "Promise<Outcome<FtpSummary>>")]
    pub fn deliver<'e>(
        &self,
        env: &'e Env,
        jobs: Vec<FtpJob>,
        settings: FtpFleetSettings,
        progress: Option<&FtpProgress>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (fleet, teller) = (Arc::clone(&self.0), progress.and_then(FtpProgress::teller));
        let jobs = jobs.into_iter().map(FtpJob::job).collect::<Result<Vec<_>, Fault>>();
        let options = settings.options();
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let delivered = async move {
            refused?;
            let options = match teller {
                Some(teller) => told(options?, teller),
                None => options?,
            };
            Ok(fleet.deliver_with(jobs?, &options).await)
        };
        job::start(env, limits, delivered, |summary| FtpSummary::new(&summary))
    }
}

fn told(options: FleetOptions, teller: Teller) -> FleetOptions {
    options.progress(move |step| {
        let FleetProgress { destination, job, delivered, done, not_delivered, jobs, .. } = step;
        let step = json!({
            "destination": destination,
            "job": job,
            "delivered": delivered,
            "done": done,
            "notDelivered": not_delivered,
            "jobs": jobs,
        });
        teller.tell(None, &step);
    })
}

impl FtpJob {
    fn job(self) -> Result<Job, Fault> {
        let job = Job::new(self.destination, files::outgoing(self.files)?, files::variables(self.variables));
        Ok(match files::details(self.details)? {
            Some(details) => job.details(details),
            None => job,
        })
    }
}

impl FtpFleetSettings {
    fn options(&self) -> Result<FleetOptions, Fault> {
        let at_least_one = |setting: &str, number: Option<f64>| match count(setting, number)? {
            Some(0) => Err(Fault::setting(
                setting,
                "must be a whole number, 1 or more",
                "doit être un nombre entier, 1 ou plus",
            )),
            number => Ok(number),
        };
        let mut options = FleetOptions::default();
        if let Some(number) = at_least_one("concurrency", self.concurrency)? {
            options = options.concurrency(number);
        }
        if let Some(number) = count("silent", self.silent)? {
            options = options.silent(number);
        }
        if let Some(limit) = time("silentAfter", self.silent_after)? {
            options = options.silent_after(limit);
        }
        if let Some(number) = at_least_one("perHost", self.per_host)? {
            options = options.per_host(number);
        }
        if let Some(limit) = time("jobLimit", self.job_limit)? {
            options = options.job_limit(limit);
        }
        if let Some(limit) = time("deadline", self.deadline)? {
            options = options.deadline(limit);
        }
        Ok(options)
    }
}

impl FtpSummary {
    fn new(summary: &FleetSummary) -> Result<Self, Fault> {
        let failed = summary.jobs().filter_map(|job| match &job.result {
            JobResult::Failed(error) => Some(Fault::from(error)),
            _ => None,
        });
        Ok(Self {
            json: json_text(summary)?,
            text: summary.text(Lang::En),
            text_fr: summary.text(Lang::Fr),
            faults: failed.collect(),
        })
    }
}
