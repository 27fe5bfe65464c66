//! Faults by name, with their parameters, as JSON, both ways.

use chrono::{DateTime, Utc};
use qlower_client::sandbox::{Fault as Scripted, RetryAfter, S3Fault, S3Operation};
use serde_json::{Map, Value, json};

use super::given;
use crate::fault::{Fault, milliseconds};

/// A fault and its parameters, each asked for once.
struct Given {
    name: String,
    parameters: Map<String, Value>,
}

impl Given {
    fn new(text: &str) -> Result<Self, Fault> {
        let mut parameters = given::object(text)?;
        parameters.retain(|_, value| !value.is_null());
        let name = given::text("name", &parameters.remove("name").unwrap_or_default())?;
        Ok(Self { name, parameters })
    }

    fn optional(&mut self, name: &str) -> Option<Value> {
        self.parameters.remove(name)
    }

    fn required(&mut self, name: &str) -> Result<Value, Fault> {
        self.optional(name).ok_or_else(|| Fault::config(name, format!("the fault {} needs it", self.name)))
    }

    /// Refuses what the fault does not know.
    fn done<T>(self, fault: T) -> Result<T, Fault> {
        match self.parameters.keys().next() {
            Some(name) => Err(Fault::config(name, format!("the fault {} takes none", self.name))),
            None => Ok(fault),
        }
    }
}

pub(super) fn list<T>(records: &[T], one: fn(&T) -> Value) -> String {
    Value::Array(records.iter().map(one).collect()).to_string()
}

fn unknown(name: &str, known: &[&str]) -> Fault {
    Fault::config("name", format!("there is no fault {name:?}; there are {}", known.join(", ")))
}

/// # Errors
/// A fault that names the parameter that is missing, unknown or of another type.
pub(super) fn rest(text: &str) -> Result<Scripted, Fault> {
    let mut given = Given::new(text)?;
    let fault = match given.name.as_str() {
        "too_many_requests" => {
            let after = given.optional("retryAfter").map_or(Ok(RetryAfter::None), |value| retry_after(&value))?;
            Scripted::TooManyRequests { retry_after: after }
        }
        "slow" => Scripted::Slow { delay: given::time("delay", &given.required("delay")?)? },
        "status" => Scripted::Status(given::whole("status", &given.required("status")?)?),
        name => Scripted::named(name).ok_or_else(|| unknown(name, Scripted::NAMES))?,
    };
    given.done(fault)
}

/// A number of milliseconds, or a moment: that is a text of milliseconds since 1970.
fn retry_after(value: &Value) -> Result<RetryAfter, Fault> {
    let refused = |problem| Fault::config("retryAfter", problem);
    if let Some(moment) = value.as_str() {
        let moment = moment.parse().ok().and_then(DateTime::<Utc>::from_timestamp_millis);
        let moment = moment.and_then(|moment| DateTime::from_timestamp(moment.timestamp(), 0));
        return moment.map(RetryAfter::HttpDate).ok_or_else(|| refused("must be milliseconds, or a Date"));
    }
    let time = given::time("retryAfter", value)?;
    if time.subsec_nanos() != 0 || time == std::time::Duration::MAX {
        return Err(refused("must be whole seconds, in milliseconds: the header has no others"));
    }
    Ok(RetryAfter::Seconds(time.as_secs()))
}

pub(super) fn rest_json(fault: &Scripted) -> Value {
    match fault {
        Scripted::TooManyRequests { retry_after } => match retry_after {
            RetryAfter::Seconds(seconds) => {
                json!({ "name": "too_many_requests", "retryAfter": seconds.saturating_mul(1000) })
            }
            RetryAfter::HttpDate(at) => {
                json!({ "name": "too_many_requests", "retryAfter": at.timestamp_millis().to_string() })
            }
            _ => json!({ "name": "too_many_requests" }),
        },
        Scripted::Slow { delay } => json!({ "name": "slow", "delay": milliseconds(*delay) }),
        Scripted::Status(status) => json!({ "name": "status", "status": status }),
        other => json!({ "name": other.name() }),
    }
}

/// # Errors
/// As [`rest`].
pub(super) fn s3(text: &str) -> Result<S3Fault, Fault> {
    let mut given = Given::new(text)?;
    let fault = match given.name.as_str() {
        "permanent_redirect" => {
            S3Fault::PermanentRedirect { region: given::text("region", &given.required("region")?)? }
        }
        "reset_during_part" => {
            S3Fault::ResetDuringPart { part_number: given::whole("partNumber", &given.required("partNumber")?)? }
        }
        "slow" => S3Fault::Slow { delay: given::time("delay", &given.required("delay")?)? },
        name => S3Fault::named(name).ok_or_else(|| unknown(name, S3Fault::NAMES))?,
    };
    given.done(fault)
}

pub(super) fn s3_json(fault: &S3Fault) -> Value {
    match fault {
        S3Fault::PermanentRedirect { region } => json!({ "name": "permanent_redirect", "region": region }),
        S3Fault::ResetDuringPart { part_number } => json!({ "name": "reset_during_part", "partNumber": part_number }),
        S3Fault::Slow { delay } => json!({ "name": "slow", "delay": milliseconds(*delay) }),
        other => json!({ "name": other.name() }),
    }
}

/// # Errors
/// A fault if there is none of that name.
pub(super) fn operation(name: &str) -> Result<S3Operation, Fault> {
    S3Operation::named(name).ok_or_else(|| {
        let known: Vec<&str> = S3Operation::ALL.iter().map(|operation| operation.name()).collect();
        Fault::config("on", format!("there is no operation {name:?}; there are {}", known.join(", ")))
    })
}
