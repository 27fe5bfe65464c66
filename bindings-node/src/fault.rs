//! What went wrong, for TypeScript to make an error of.

use std::any::Any;
use std::error::Error as StdError;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::Either;
use napi_derive::napi;
use qlower_client::core::ValidationError;
use qlower_client::{Error, ErrorKind, SplitError, split::Limit};
use serde_json::{Map, Value, json};

use crate::names;
use crate::report::Report;

/// A value, or why there is none.
pub(crate) type Outcome<T> = Either<T, Fault>;

/// What TypeScript needs to make an error. No text of it holds a secret.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Fault {
    /// The kind of error, such as `validation`: a key of the table in `errors.ts`.
    pub fault: &'static str,
    /// What happened, for people.
    pub message: String,
    /// The error's properties by their names in TypeScript, as a JSON object.
    pub facts: String,
    /// What the layers below said, outermost first.
    pub causes: Vec<Cause>,
    /// What a check found, where that is why.
    pub report: Option<Report>,
}

/// What a layer below said.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Cause {
    /// In its words.
    pub message: String,
    /// The number of an error of the operating system.
    pub errno: Option<i32>,
    /// The name that Node has for it, where its number is not that of the system.
    pub code: Option<&'static str>,
}

impl Fault {
    /// One without properties of its own.
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self::with(kind, message, Map::new())
    }

    /// One with properties.
    pub(crate) fn with(kind: &'static str, message: impl Into<String>, facts: Map<String, Value>) -> Self {
        Self {
            fault: kind,
            message: message.into(),
            facts: Value::Object(facts).to_string(),
            causes: Vec::new(),
            report: None,
        }
    }

    /// A report with an error in it.
    pub(crate) fn of_report(report: qlower_client::core::Report) -> Self {
        match report.into_result() {
            Err(error) => error.into(),
            // Nothing fails for a report without one.
            Ok(_) => Self::new("validation", "the payload cannot be read"),
        }
    }

    /// A setting that cannot be used. The message begins with its name, as the client's own do.
    pub(crate) fn config(setting: &str, problem: impl std::fmt::Display) -> Self {
        let mut facts = Map::new();
        facts.insert("setting".into(), setting.into());
        Self::with("config", format!("{setting}: {problem}"), facts)
    }

    /// The same, told in French too.
    pub(crate) fn setting(setting: &str, english: impl std::fmt::Display, french: impl std::fmt::Display) -> Self {
        Self::config(setting, english).and("messageFr", format!("{setting} : {french}"))
    }

    /// The same, with what lay below.
    pub(crate) fn caused(mut self, source: Option<&(dyn StdError + 'static)>) -> Self {
        let mut below = source;
        while let Some(error) = below {
            let system = error.downcast_ref::<io::Error>();
            let errno = system.and_then(io::Error::raw_os_error);
            let code = system.filter(|_| errno.is_some()).and_then(|error| code(error.kind()));
            self.causes.push(Cause { message: error.to_string(), errno, code });
            below = error.source();
        }
        self
    }

    /// The same, of a row, counted from 0.
    pub(crate) fn at_row(self, row: u64) -> Self {
        self.and("row", row)
    }

    /// The same, with another property.
    pub(crate) fn and(mut self, name: &str, fact: impl Into<Value>) -> Self {
        if let Ok(Value::Object(mut facts)) = serde_json::from_str(&self.facts) {
            facts.insert(name.into(), fact.into());
            self.facts = Value::Object(facts).to_string();
        }
        self
    }

    /// For a panic.
    fn internal(panic: &(dyn Any + Send)) -> Self {
        let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let said = said.unwrap_or("no message");
        Self::new("internal", format!("a fault in the SDK itself, please report it: {said}"))
    }
}

/// An error of the client.
impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        let mut facts = common(error);
        let kind = particulars(error, &mut facts);
        let mut message = error.to_string();
        // Of these, no words are another program's.
        if matches!(kind, "config" | "too_large" | "store" | "writer" | "unreadable_reply") {
            message = names::message(&message);
        }
        let mut fault = Self::with(kind, message, facts).caused(error.source());
        fault.report = match error.kind() {
            ErrorKind::Validation(error) => Some(Report::new(error.report().clone())),
            ErrorKind::Item(error) => Some(Report::new(error.report().clone())),
            _ => None,
        };
        fault
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// What did not pass the check.
impl From<ValidationError> for Fault {
    fn from(error: ValidationError) -> Self {
        let mut fault = Self::new("validation", error.to_string());
        fault.report = Some(Report::new(error.into_report()));
        fault
    }
}

/// What cannot be cut small enough.
impl From<SplitError> for Fault {
    fn from(error: SplitError) -> Self {
        Self::from(&error)
    }
}

impl From<&SplitError> for Fault {
    fn from(error: &SplitError) -> Self {
        let mut facts = Map::new();
        facts.insert("pointer".into(), error.pointer().into());
        facts.insert("model".into(), error.model().as_str().into());
        facts.insert("id".into(), error.id().into());
        facts.insert("size".into(), error.size().into());
        facts.insert("limit".into(), error.limit().into());
        facts.insert("unit".into(), if error.unit() == Limit::Items { "items" } else { "bytes" }.into());
        Self::with("split", error.to_string(), facts)
    }
}

/// What every error of the client knows. Times are in milliseconds.
fn common(error: &Error) -> Map<String, Value> {
    let facts = json!({
        "status": error.status(),
        "certainty": error.certainty().as_str(),
        "isRetryable": error.is_retryable(),
        "isTooLarge": error.is_too_large(),
        "isConnect": error.is_connect(),
        "isRejected": error.is_rejected(),
        "isServerError": error.is_server_error(),
        "attempts": error.attempts(),
        "duration": milliseconds(error.duration()),
        "retryAfter": error.retry_after().map(milliseconds),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// What a kind of error knows besides, and the kind's name.
fn particulars(error: &Error, facts: &mut Map<String, Value>) -> &'static str {
    let mut set = |name: &str, value: Value| _ = facts.insert(name.to_owned(), value);
    match error.kind() {
        ErrorKind::Validation(_) | ErrorKind::Item(_) => "validation",
        ErrorKind::Config(error) => {
            set("setting", names::setting(error.setting()).into());
            "config"
        }
        ErrorKind::TooLarge(error) => {
            set("size", error.size().into());
            set("limit", error.limit().into());
            "too_large"
        }
        ErrorKind::Transport(error) => {
            set("stage", error.stage().as_str().into());
            "transport"
        }
        ErrorKind::Timeout(error) => {
            set("stage", error.stage().as_str().into());
            set("limit", milliseconds(error.limit()).into());
            "timeout"
        }
        ErrorKind::Api(error) => {
            let rejection = error.rejection();
            set("kind", rejection.kind().map(|kind| kind.as_str()).into());
            set("serverMessage", rejection.message().into());
            set("excerpt", rejection.excerpt().into());
            set("details", rejection.details().cloned().into());
            "api"
        }
        ErrorKind::UnreadableReply(error) => {
            set("excerpt", error.invalid().map(|invalid| invalid.excerpt()).into());
            "unreadable_reply"
        }
        ErrorKind::Store(error) => {
            set("operation", error.operation().into());
            set("bucket", error.bucket().into());
            set("storeCode", error.code().into());
            set("requestId", error.request_id().into());
            set("bucketRegion", error.bucket_region().into());
            "store"
        }
        ErrorKind::Writer(_) => "writer",
        ErrorKind::Batch(_) => {
            set("isUnfinished", error.is_unfinished_batch().into());
            set("isFinished", error.is_finished_batch().into());
            "batch"
        }
        ErrorKind::File(error) => {
            set("path", error.path().display().to_string().into());
            "file"
        }
        _ => "base",
    }
}

/// The name that Node has for an error of the operating system.
const fn code(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match kind {
        Kind::NotFound => "ENOENT",
        Kind::PermissionDenied => "EACCES",
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::ConnectionReset => "ECONNRESET",
        Kind::ConnectionAborted => "ECONNABORTED",
        Kind::HostUnreachable => "EHOSTUNREACH",
        Kind::NetworkUnreachable => "ENETUNREACH",
        Kind::NetworkDown => "ENETDOWN",
        Kind::NotConnected => "ENOTCONN",
        Kind::AddrInUse => "EADDRINUSE",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::BrokenPipe => "EPIPE",
        Kind::AlreadyExists => "EEXIST",
        Kind::NotADirectory => "ENOTDIR",
        Kind::IsADirectory => "EISDIR",
        Kind::DirectoryNotEmpty => "ENOTEMPTY",
        Kind::ReadOnlyFilesystem => "EROFS",
        Kind::StorageFull => "ENOSPC",
        Kind::FileTooLarge => "EFBIG",
        Kind::ResourceBusy => "EBUSY",
        Kind::TimedOut => "ETIMEDOUT",
        _ => return None,
    })
}

/// A span of time as JavaScript counts it.
pub(crate) fn milliseconds(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Something as the core's JSON.
pub(crate) fn json_text(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::new("internal", error.to_string()))
}

/// Runs what an entry does.
///
/// Gives a fault if it has none better to give than a panic.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, Fault>) -> Outcome<T> {
    outcome(catch(work))
}

/// The same, before it goes to JavaScript.
pub(crate) fn catch<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What it had in hand is dropped, and the classes of this module keep nothing half done.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Fault::internal(&*panic)))
}

/// For JavaScript.
pub(crate) fn outcome<T>(result: Result<T, Fault>) -> Outcome<T> {
    match result {
        Ok(value) => Either::A(value),
        Err(fault) => Either::B(fault),
    }
}

/// The fault that a caught panic is.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Fault {
    Fault::internal(panic)
}
