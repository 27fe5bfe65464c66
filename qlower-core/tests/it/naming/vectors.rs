//! The vectors of `vectors/naming`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::NaiveDateTime;
use qlower_core::naming::{Names, NamingCode, NamingError, Rule, Rules, Source, Variables, plan};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::vectors::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    op: String,
    input: Input,
    at: NaiveDateTimeText,
    expect: Value,
}

type NaiveDateTimeText = String;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    rules: Map<String, Value>,
    sources: Vec<Given>,
    variables: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    sha256: Option<String>,
    partner: Option<String>,
}

/// A vector that was run.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) outcome: Value,
    expect: Value,
}

/// All vectors, each run.
pub(crate) fn run() -> Vec<Run> {
    read("naming").into_iter().map(Vector::run).collect()
}

impl Vector {
    fn run(self) -> Run {
        assert_eq!(self.op, "naming.plan");
        let at = NaiveDateTime::parse_from_str(&self.at, "%Y-%m-%dT%H:%M:%S").unwrap();
        let outcome = match self.input.plan(at) {
            Ok(names) => serde_json::to_value(names).unwrap(),
            Err(errors) => {
                let errors = errors.iter().map(|error| serde_json::from_str(&error.to_json()).unwrap());
                json!({"errors": errors.collect::<Vec<Value>>()})
            }
        };
        Run { name: self.name, outcome, expect: self.expect }
    }
}

impl Input {
    fn plan(&self, at: NaiveDateTime) -> Result<Names, Vec<NamingError>> {
        let text = |key: &str| self.rules.get(key).map(|value| value.as_str().unwrap());
        let templates = Rule::ALL.iter().filter_map(|rule| Some((*rule, text(rule.as_str())?)));
        assert!(self.rules.keys().all(|key| key == "characters" || Rule::ALL.iter().any(|rule| rule.as_str() == key)));
        let characters = text("characters").map_or_else(Default::default, |word| word.parse().unwrap());
        let variables: Variables = self.input_variables().collect();
        let sources: Vec<_> = self.sources.iter().map(Given::source).collect();
        plan(&Rules::default().characters(characters).with(templates.clone())?, &sources, &variables, at)
    }

    fn input_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
    }
}

impl Given {
    fn source(&self) -> Source<'_> {
        Source::new(&self.name).sha256(self.sha256.as_deref()).partner(self.partner.as_deref())
    }
}

/// What every expected error has to name.
const ALWAYS: [&str; 4] = ["code", "rule", "file", "position"];
const SOMETIMES: [&str; 4] = ["name", "suggestion", "message", "message_fr"];

impl Run {
    /// How the outcome differs from what is expected; empty if it does not.
    pub(crate) fn differences(&self) -> String {
        let mut out = String::new();
        let Some(expected) = self.expect.get("errors") else {
            if self.outcome != self.expect {
                let _ = writeln!(out, "  {} instead of {}", self.outcome, self.expect);
            }
            return out;
        };
        let none = Vec::new();
        let found = self.outcome["errors"].as_array().unwrap_or(&none);
        let expected = expected.as_array().unwrap();
        if found.len() != expected.len() {
            let _ = writeln!(out, "  {} errors instead of {}: {}", found.len(), expected.len(), self.outcome);
        }
        for (expected, found) in expected.iter().zip(found) {
            let expected = expected.as_object().unwrap();
            assert!(ALWAYS.iter().all(|key| expected.contains_key(*key)), "{}", self.name);
            for (key, value) in expected {
                assert!(ALWAYS.contains(&&**key) || SOMETIMES.contains(&&**key), "{}: {key}", self.name);
                if found[key] != *value {
                    let _ = writeln!(out, "  {key} should be {value} in {found}");
                }
            }
        }
        out
    }

    fn errors(&self) -> impl Iterator<Item = &Value> {
        self.outcome["errors"].as_array().into_iter().flatten()
    }
}

#[test]
fn every_code_has_a_vector() {
    let runs = run();
    let seen: BTreeSet<_> = runs.iter().flat_map(Run::errors).map(|error| error["code"].as_str().unwrap()).collect();
    let all: BTreeSet<_> = NamingCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(seen, all);
}

#[test]
fn both_languages_say_where_and_what() {
    for run in run() {
        for error in run.errors() {
            let (en, fr) = (error["message"].as_str().unwrap(), error["message_fr"].as_str().unwrap());
            assert_ne!(en, fr, "{}", run.name);
            for text in [en, fr] {
                assert!(!text.contains(char::is_control) && text.chars().count() < 400, "{}: {text:?}", run.name);
            }
            if let Some(rule) = error["rule"].as_str() {
                assert!(en.starts_with(&format!("rule {rule}")) && fr.starts_with(&format!("règle {rule}")), "{en}");
            }
            if let Some(position) = error["position"].as_u64() {
                assert!(en.contains(&format!("character {position}: ")), "{en}");
                assert!(fr.contains(&format!("caractère {position} : ")), "{fr}");
            }
        }
    }
}
