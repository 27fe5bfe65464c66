//! The vectors of `vectors/webhook`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};
use qlower_core::webhook::{
    self, BasicUser, Credentials, Event, InvalidEvent, Reason, Refusal, SignatureHeader, Verifier, keyclic, vehicle,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::vectors::{Input, read};

#[derive(Deserialize)]
struct Vector {
    name: String,
    #[serde(flatten)]
    call: Call,
}

#[derive(Deserialize)]
#[serde(tag = "op", deny_unknown_fields)]
enum Call {
    #[serde(rename = "webhook.verify")]
    Verify { input: Signed, now: i64, tolerance: Option<u64>, expect: Value },
    #[serde(rename = "webhook.sign")]
    Sign { input: ToSign, now: i64, expect: Value },
    #[serde(rename = "webhook.basic")]
    Basic { input: Caller, expect: Value },
    #[serde(rename = "webhook.explain")]
    Explain { input: Signed, now: i64, expect: Value },
    #[serde(rename = "webhook.parse")]
    Parse { input: Told, expect: Value },
    #[serde(rename = "webhook.keyclic")]
    Keyclic { input: Told, expect: Value },
    #[serde(rename = "webhook.vehicle")]
    Vehicle { input: Told, expect: Value },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    secrets: Vec<Input>,
    header: Input,
    body: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToSign {
    secret: Input,
    body: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Caller {
    users: Vec<(String, String)>,
    header: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    event: Option<String>,
    body: Input,
}

/// A vector that was run.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) outcome: Value,
    expect: Value,
}

/// All vectors, each run.
pub(crate) fn run() -> Vec<Run> {
    let run = |vector: Vector| {
        let (outcome, expect) = vector.call.run();
        Run { name: vector.name, outcome, expect }
    };
    read("webhook").into_iter().map(run).collect()
}

impl Call {
    fn run(self) -> (Value, Value) {
        match self {
            Self::Verify { input, now, tolerance, expect } => (verified(&input, now, tolerance), expect),
            Self::Sign { input, now, expect } => {
                (json!({"header": webhook::sign(input.secret.bytes(), &input.body.bytes(), now)}), expect)
            }
            Self::Basic { input, expect } => (called(&input), expect),
            Self::Explain { input, now, expect } => {
                let explanation = webhook::explain(&input.secrets(), &*input.header.bytes(), &input.body.bytes(), now);
                (serde_json::from_str(&explanation.to_json()).unwrap(), expect)
            }
            Self::Parse { input, expect } => (told(Event::parse(&input.body.bytes()), Event::told), expect),
            Self::Keyclic { input, expect } => {
                (told(keyclic::Event::parse(&input.body.bytes()), keyclic::Event::told), expect)
            }
            Self::Vehicle { input, expect } => {
                let kind = vehicle::EventKind::from_name(&input.event.unwrap()).unwrap();
                (told(vehicle::Event::new(kind, &input.body.bytes()), vehicle::Event::told), expect)
            }
        }
    }
}

impl Signed {
    fn secrets(&self) -> Vec<Vec<u8>> {
        self.secrets.iter().map(Input::bytes).collect()
    }
}

fn verified(input: &Signed, now: i64, tolerance: Option<u64>) -> Value {
    let (header, body) = (input.header.bytes(), input.body.bytes());
    let plain = webhook::verify_at(&input.secrets(), &*header, &body, now);
    let mut verifier = Verifier::signed_by(input.secrets());
    if let Some(tolerance) = tolerance {
        verifier = verifier.tolerance(tolerance);
    }
    let given = Credentials { signature: SignatureHeader::from(&*header), api_key: None };
    let result = verifier.verify_at(&given, &body, now).map(Option::unwrap);
    if tolerance.is_none() {
        assert_eq!(result, plain);
    }
    match result {
        Ok(verified) => json!({"timestamp": verified.timestamp(), "secret": verified.secret()}),
        Err(refusal) => refused(refusal),
    }
}

fn called(input: &Caller) -> Value {
    let users: Vec<_> = input.users.iter().map(|(name, password)| BasicUser::new(name, password.as_str())).collect();
    match webhook::verify_basic(&users, &input.header.bytes()) {
        Ok(index) => json!({"user": users[index].name()}),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Value {
    match refusal.reason() {
        Reason::Expired { skew } => json!({"reason": refusal.reason().name(), "skew": skew}),
        reason => json!({"reason": reason.name()}),
    }
}

fn told<E>(result: Result<E, InvalidEvent>, told: fn(&E) -> Value) -> Value {
    match result {
        Ok(event) => json!({"told": told(&event)}),
        Err(invalid) => json!({"pointer": invalid.pointer(), "problem": invalid.problem().name()}),
    }
}

/// Keys of instants in the normal form.
const INSTANTS: [&str; 4] = ["timestamp", "payment_date", "createdAt", "updatedAt"];

/// As every language can write it: without `null` and empty lists, instants in UTC to the millisecond.
fn common(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty()));
            Value::Object(kept.map(|(key, value)| (key.clone(), common(key, value))).collect())
        }
        Value::Array(items) => items.iter().map(|item| common("", item)).collect(),
        Value::String(text) if INSTANTS.contains(&key) => {
            let utc = DateTime::parse_from_rfc3339(text).unwrap().to_utc();
            utc.to_rfc3339_opts(SecondsFormat::Millis, true).into()
        }
        other => other.clone(),
    }
}

impl Run {
    /// The outcome as every language can write it.
    pub(crate) fn common(&self) -> Value {
        match self.outcome.get("told") {
            Some(told) => json!({"told": common("", told)}),
            None => self.outcome.clone(),
        }
    }

    /// How the outcome differs from what is expected; empty if it does not.
    pub(crate) fn differences(&self) -> String {
        let mut out = String::new();
        let expect = self.expect.as_object().unwrap();
        let expected: BTreeMap<&str, &Value> = match (expect.get("at"), expect.get("causes")) {
            (Some(places), _) => places.as_object().unwrap().iter().map(|(at, value)| (&**at, value)).collect(),
            (None, Some(_)) => BTreeMap::new(),
            (None, None) if self.outcome == self.expect => return out,
            (None, None) => {
                let _ = writeln!(out, "  {} instead of {}", self.outcome, self.expect);
                return out;
            }
        };
        for (at, wanted) in expected {
            let found = self.outcome["told"].pointer(at).unwrap_or(&Value::Null);
            if self.outcome.get("told").is_none() || found != wanted {
                let _ = writeln!(out, "  {at} should be {wanted} in {}", self.outcome);
            }
        }
        if let Some(causes) = expect.get("causes") {
            let shown = |cause: &Value| json!([cause["code"], cause["certainty"], cause["secret"]]);
            let all = |causes: &Value| causes.as_array().unwrap().iter().map(shown).collect::<Vec<_>>();
            let same = |key| self.outcome[key] == self.expect[key];
            if all(&self.outcome["causes"]) != all(causes) || !same("reason") || !same("skew") {
                let _ = writeln!(out, "  {} instead of {}", self.outcome, self.expect);
            }
        }
        out
    }
}

#[test]
fn every_reason_cause_and_problem_has_a_vector() {
    let mut seen: Map<String, Value> = Map::new();
    for run in run() {
        for key in ["reason", "problem"] {
            if let Some(name) = run.outcome[key].as_str() {
                seen.insert(name.to_owned(), true.into());
            }
        }
        for cause in run.outcome["causes"].as_array().into_iter().flatten() {
            seen.insert(cause["code"].as_str().unwrap().to_owned(), true.into());
        }
    }
    let of_keys = ["only_api_key_agreed", "api_key_missing", "wrong_api_key"];
    let codes = webhook::CauseCode::ALL.iter().map(|code| code.name()).filter(|code| !of_keys.contains(code));
    let problems = [
        "empty",
        "not_utf8",
        "not_json",
        "too_deep",
        "missing",
        "blank",
        "duplicate",
        "wrong_type",
        "out_of_range",
        "broken_text",
    ];
    for name in ["missing", "malformed", "expired", "mismatch"].into_iter().chain(problems).chain(codes) {
        assert!(seen.contains_key(name), "{name}");
    }
}
