//! The vectors of `vectors/live`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};
use qlower_core::live::{
    Access, Form, Incoming, Measurement, Outcome, PathCode, Producer, ProducerError, ReadingCode, Remark, Unavailable,
    Unit, ValuePath, read,
};
use qlower_core::webhook::BasicUser;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vectors::{Input, read as read_vectors};

#[derive(Deserialize)]
struct Vector {
    name: String,
    #[serde(flatten)]
    call: Call,
}

#[derive(Deserialize)]
#[serde(tag = "op", deny_unknown_fields)]
enum Call {
    #[serde(rename = "live.read")]
    Read { input: ToRead, expect: Value },
    #[serde(rename = "live.answer")]
    Answer { input: Request, expect: Value },
    #[serde(rename = "live.convert")]
    Convert { input: ToConvert, expect: Value },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToRead {
    body: Input,
    path: Input,
    agreed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToConvert {
    value: f64,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    producer: Settings,
    method: String,
    query: String,
    headers: Vec<(String, String)>,
    source: Option<Given>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    access: Vec<Way>,
    origins: Option<Vec<String>>,
    #[serde(default)]
    any_origin: bool,
    form: Option<String>,
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Way {
    Query { name: String, secrets: Vec<String> },
    Bearer { secrets: Vec<String> },
    ApiKey { secrets: Vec<String> },
    Basic { users: Vec<(String, String)> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    value: Number,
    unit: Option<String>,
    at: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Other(String),
}

/// A vector that was run.
pub(crate) struct Run {
    pub(crate) name: String,
    outcome: Value,
    expect: Value,
}

/// All vectors, each run.
pub(crate) fn run() -> Vec<Run> {
    let run = |vector: Vector| {
        let (outcome, expect) = vector.call.run();
        Run { name: vector.name, outcome, expect }
    };
    read_vectors("live").into_iter().map(run).collect()
}

impl Call {
    fn run(self) -> (Value, Value) {
        match self {
            Self::Read { input, expect } => (input.outcome(), expect),
            Self::Answer { input, expect } => (input.outcome(), expect),
            Self::Convert { input, expect } => {
                let value = Unit::from_name(&input.from).convert(input.value, &Unit::from_name(&input.to));
                (json!({"value": value}), expect)
            }
        }
    }
}

impl ToRead {
    fn outcome(&self) -> Value {
        let path = match ValuePath::parse(std::str::from_utf8(&self.path.bytes()).unwrap()) {
            Ok(path) => path,
            Err(error) => {
                let mut out = json!({"path": error.code().as_str(), "position": error.position()});
                if let Some(suggestion) = error.suggestion() {
                    out["suggestion"] = suggestion.into();
                }
                return out;
            }
        };
        assert_eq!(ValuePath::parse(&path.to_string()).as_ref(), Ok(&path));
        let agreed = self.agreed.as_deref().map(Unit::from_name);
        let outcome = read(&self.body.bytes(), &path).and_then(|found| {
            let in_agreed = agreed.map(|agreed| found.value_in(&agreed)).transpose()?;
            Ok((found, in_agreed))
        });
        match outcome {
            Ok((found, in_agreed)) => {
                let mut out = found.to_value();
                if let Some(value) = in_agreed {
                    out["in_agreed"] = value.into();
                }
                out
            }
            Err(fault) => fault.to_value(),
        }
    }
}

impl Settings {
    fn build(&self) -> Result<Producer, ProducerError> {
        let mut builder = Producer::builder();
        for way in &self.access {
            builder = builder.access(match way {
                Way::Query { name, secrets } => Access::query(name, secrets.iter().map(String::as_str)),
                Way::Bearer { secrets } => Access::bearer(secrets.iter().map(String::as_str)),
                Way::ApiKey { secrets } => Access::api_key(secrets.iter().map(String::as_str)),
                Way::Basic { users } => {
                    Access::basic(users.iter().map(|(name, password)| BasicUser::new(name, password.as_str())))
                }
            });
        }
        if let Some(origins) = &self.origins {
            builder = builder.origins(origins);
        }
        if self.any_origin {
            builder = builder.any_origin();
        }
        if let Some(form) = &self.form {
            builder = builder.form(Form::from_name(form).unwrap());
        }
        if let Some(unit) = &self.unit {
            builder = builder.unit(unit.as_str());
        }
        builder.build()
    }
}

impl Given {
    fn measurement(&self) -> Measurement {
        let value = match &self.value {
            Number::Finite(value) => *value,
            Number::Other(text) => text.parse().unwrap(),
        };
        let at = self.at.as_ref().map(|at| DateTime::parse_from_rfc3339(at).unwrap());
        Measurement { value, unit: self.unit.as_deref().map(Unit::from_name), at }
    }
}

impl Request {
    fn outcome(&self) -> Value {
        let producer = match self.producer.build() {
            Ok(producer) => producer,
            Err(ProducerError::Origin { suggestion: Some(suggestion), .. }) => {
                return json!({"error": "origin", "suggestion": suggestion});
            }
            Err(error) => return json!({"error": error.code()}),
        };
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Incoming { method: &self.method, query: &self.query, headers: &headers };
        let measured = || self.source.as_ref().map(Given::measurement).ok_or(Unavailable);
        let answer = producer.gate(&request).map_or_else(|answer| answer, |ok| producer.answer(&ok, measured()));
        let headers: Vec<_> = answer.headers().collect();
        json!({
            "status": answer.status(),
            "outcome": answer.outcome().as_str(),
            "headers": headers,
            "body": answer.body(),
        })
    }
}

impl Run {
    /// The outcome as every language can write it: floats by their bits, instants in UTC to the millisecond, headers sorted.
    pub(crate) fn common(&self) -> Value {
        let mut out = self.outcome.clone();
        for key in ["value", "in_agreed"] {
            if let Some(value) = out.get(key).and_then(Value::as_f64) {
                out[key] = format!("{:016x}", value.to_bits()).into();
            }
        }
        if let Some(text) = out.get("timestamp").and_then(Value::as_str) {
            let utc = DateTime::parse_from_rfc3339(text).unwrap().to_utc();
            out["timestamp"] = utc.to_rfc3339_opts(SecondsFormat::Millis, true).into();
        }
        if let Some(headers) = out.get("headers").and_then(Value::as_array) {
            let mut headers: Vec<(String, String)> = headers
                .iter()
                .map(|pair| (pair[0].as_str().unwrap().to_lowercase(), pair[1].as_str().unwrap().to_owned()))
                .collect();
            headers.sort();
            out["headers"] = json!(headers);
        }
        out
    }

    /// How the outcome differs from what is expected; empty if it does not.
    pub(crate) fn differences(&self) -> String {
        let mut out = String::new();
        let (expect, found) = (self.expect.as_object().unwrap(), self.outcome.as_object().unwrap());
        for (key, wanted) in expect {
            if key == "headers" {
                for (name, wanted) in wanted.as_object().unwrap() {
                    let values: Vec<&Value> = found["headers"].as_array().unwrap().iter().collect();
                    let values = values.iter().filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name));
                    let values: Value = values.map(|pair| pair[1].clone()).collect();
                    if values != *wanted {
                        let _ = writeln!(out, "  {name} is {values} instead of {wanted}");
                    }
                }
            } else if !same(found.get(key).unwrap_or(&Value::Null), wanted) {
                let _ = writeln!(out, "  {key} should be {wanted} in {}", self.outcome);
            }
        }
        for key in found.keys() {
            let not_always_told = ["message", "message_fr", "headers", "body"].contains(&key.as_str());
            if !not_always_told && !expect.contains_key(key) {
                let _ = writeln!(out, "  {key} was not expected in {}", self.outcome);
            }
        }
        out
    }
}

/// Whether a whole number is written with a point does not matter.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found == wanted,
    }
}

#[test]
fn every_code_and_outcome_has_a_vector() {
    let mut seen = BTreeSet::new();
    for run in run() {
        for key in ["code", "outcome", "path", "error"] {
            seen.extend(run.outcome[key].as_str().map(|name| format!("{key} {name}")));
        }
        for remark in run.outcome["remarks"].as_array().into_iter().flatten() {
            seen.insert(format!("remark {}", remark.as_str().unwrap()));
        }
    }
    let all = ReadingCode::ALL.iter().map(|code| format!("code {}", code.as_str()));
    let all = all.chain(Outcome::ALL.iter().map(|outcome| format!("outcome {}", outcome.as_str())));
    let all = all.chain(PathCode::ALL.iter().map(|code| format!("path {}", code.as_str())));
    let all = all.chain(Remark::ALL.iter().map(|remark| format!("remark {}", remark.as_str())));
    let all = all.chain(["access", "origin", "no_origin", "unit"].map(|code| format!("error {code}")));
    assert_eq!(seen, all.collect());
}

#[test]
fn a_fault_speaks_both_languages_and_shows_no_value_of_the_document() {
    for run in run() {
        let Some(message) = run.outcome["message"].as_str() else { continue };
        let french = run.outcome["message_fr"].as_str().unwrap();
        assert_ne!(message, french, "{}", run.name);
        for text in [message, french] {
            assert!(!text.contains(['{', '\n']) && !text.contains("  ") && !text.is_empty(), "{}: {text}", run.name);
        }
    }
}
