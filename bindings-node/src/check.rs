//! What can be checked, and the check of it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use bytes::Bytes;
use chrono::NaiveDate;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_core::check::Inspection;
use qlower_core::{CheckOptions, Checked as CoreChecked, Strictness};
use serde_json::Map;

use crate::checked::Checked;
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop, blocking, whole};
use crate::report::{Report, StoredReport};
use crate::text::Text;

/// Options of a check, as TypeScript gives them.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct CheckSettings {
    /// Warnings become errors.
    pub strict: Option<bool>,
    /// The day of the check, `YYYY-MM-DD`.
    pub today: Option<String>,
    /// How many findings are kept.
    pub max_findings: Option<f64>,
    /// How many threads may be used.
    pub threads: Option<f64>,
    /// A program made the text, so that line and column of a finding tell nobody anything.
    pub made: Option<bool>,
}

/// The options that an entry was given.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    check: CheckOptions,
    made: bool,
}

impl Options {
    fn new(settings: Option<CheckSettings>) -> Result<Self, Fault> {
        let settings = settings.unwrap_or_default();
        let mut check = match &settings.today {
            None => qlower_client::check_options(),
            Some(today) => CheckOptions::on(day(today)?).threads(available_parallelism().map_or(1, NonZeroUsize::get)),
        };
        if settings.strict == Some(true) {
            check = check.strictness(Strictness::Strict);
        }
        if let Some(limit) = settings.max_findings {
            check = check.max_findings(whole("maxFindings", limit, 0)?);
        }
        if let Some(threads) = settings.threads {
            check = check.threads(whole("threads", threads, 1)?);
        }
        Ok(Self { check, made: settings.made == Some(true) })
    }

    /// Checks a text, and keeps it.
    pub(crate) fn inspect(&self, text: Bytes) -> Inspection {
        let inspection = CoreChecked::from_text(text, &self.check);
        if self.made { inspection.without_places() } else { inspection }
    }

    fn report(&self, text: Bytes) -> Report {
        Report::new(self.inspect(text).into_report())
    }

    fn checked(&self, text: Bytes) -> Result<Checked, Fault> {
        Ok(Checked::new(self.inspect(text).into_result()?))
    }
}

fn day(today: &str) -> Result<NaiveDate, Fault> {
    let day = Some(today).filter(|today| today.len() == 10).and_then(|today| today.parse().ok());
    day.ok_or_else(|| Fault::config("today", format!("must be a Date, or text of the form YYYY-MM-DD, not {today:?}")))
}

/// Checks bytes in place, while JavaScript waits.
#[napi]
pub fn check_bytes(bytes: &[u8], settings: Option<CheckSettings>) -> Outcome<StoredReport> {
    guard(|| Ok(StoredReport::of(&qlower_core::check(bytes, &Options::new(settings)?.check))))
}

/// Checks a string in which no surrogate stands alone, while JavaScript waits.
#[napi]
pub fn check_string(text: String, settings: Option<CheckSettings>) -> Outcome<StoredReport> {
    guard(|| Ok(StoredReport::of(&qlower_core::check(text.as_bytes(), &Options::new(settings)?.check))))
}

/// Checks a text, while JavaScript waits.
#[napi]
pub fn check_text(text: &Text, settings: Option<CheckSettings>) -> Outcome<StoredReport> {
    guard(|| Ok(StoredReport::of(&Options::new(settings)?.inspect(text.bytes()).into_report())))
}

/// Checks a text, while JavaScript waits, and gives what may be sent.
#[napi]
pub fn checked_text(text: &Text, settings: Option<CheckSettings>) -> Outcome<Checked> {
    guard(|| Options::new(settings)?.checked(text.bytes()))
}

/// Checks a text in the background.
#[napi(ts_return_type = "Promise<Outcome<Report>>")]
pub fn check_text_async<'e>(
    env: &'e Env,
    text: &Text,
    settings: Option<CheckSettings>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
) -> napi::Result<Object<'e>> {
    let text = text.bytes();
    start(env, settings, stop, timeout, move |options| Ok(options.report(text)))
}

/// Checks a text in the background, and gives what may be sent.
#[napi(ts_return_type = "Promise<Outcome<Checked>>")]
pub fn checked_text_async<'e>(
    env: &'e Env,
    text: &Text,
    settings: Option<CheckSettings>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
) -> napi::Result<Object<'e>> {
    let text = text.bytes();
    start(env, settings, stop, timeout, move |options| options.checked(text))
}

/// Reads and checks a file in the background.
#[napi(ts_return_type = "Promise<Outcome<Report>>")]
pub fn check_file<'e>(
    env: &'e Env,
    path: String,
    settings: Option<CheckSettings>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
) -> napi::Result<Object<'e>> {
    start(env, settings, stop, timeout, move |options| Ok(options.report(read(path)?)))
}

/// Reads and checks a file in the background, and gives what may be sent.
#[napi(ts_return_type = "Promise<Outcome<Checked>>")]
pub fn checked_file<'e>(
    env: &'e Env,
    path: String,
    settings: Option<CheckSettings>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
) -> napi::Result<Object<'e>> {
    start(env, settings, stop, timeout, move |options| options.checked(read(path)?))
}

fn start<'e, T>(
    env: &'e Env,
    settings: Option<CheckSettings>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
    work: impl FnOnce(&Options) -> Result<T, Fault> + Send + 'static,
) -> napi::Result<Object<'e>>
where
    T: napi::bindgen_prelude::ToNapiValue + Send + 'static,
{
    let limits = Limits::new(stop, timeout);
    let options = Options::new(settings);
    let (limits, options) = match (limits, options) {
        (Ok(limits), Ok(options)) => (limits, options),
        (Err(fault), _) | (_, Err(fault)) => {
            return job::start(env, Limits::default(), async { Err(fault) }, Ok::<T, Fault>);
        }
    };
    job::start(env, limits, blocking(move || work(&options)), Ok)
}

fn read(path: String) -> Result<Bytes, Fault> {
    let path = PathBuf::from(path);
    std::fs::read(&path).map(Bytes::from).map_err(|error| {
        let mut facts = Map::new();
        facts.insert("path".into(), path.display().to_string().into());
        Fault::with("file", format!("{} could not be read", path.display()), facts).caused(Some(&error))
    })
}
