//! The vectors of `vectors`, run as their README says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use chrono::NaiveDate;
use qlower_core::{CheckOptions, FindingCode, Payload, Report, Severity, Strictness, check};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{live, naming, webhook};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    op: String,
    covers: Option<String>,
    without: Option<String>,
    today: NaiveDateText,
    #[serde(default)]
    strict: bool,
    input: Input,
    #[serde(default)]
    text_only: BTreeSet<String>,
    #[serde(default)]
    typed_only: BTreeSet<String>,
    expect: Expect,
}

type NaiveDateText = String;

/// A text, in one of the forms that the README lists.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Input {
    Text(String),
    Lines { lines: Vec<String> },
    Parts { parts: Vec<(String, usize)> },
    Base64 { base64: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    is_valid: bool,
    findings: Vec<Map<String, Value>>,
}

/// What every expected finding has to name.
const ALWAYS: [&str; 8] = ["code", "severity", "model", "id", "pointer", "line", "column", "suggestion"];
const SOMETIMES: [&str; 3] = ["accepted", "message", "message_fr"];

/// Codes about what reading into models settles.
const TEXT_ONLY: [FindingCode; 3] =
    [FindingCode::ByteOrderMark, FindingCode::DateTimeWithoutOffset, FindingCode::DateTimeWithoutTime];

impl Input {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Lines { lines } => lines.join("\n").into_bytes(),
            Self::Parts { parts } => parts.iter().map(|(text, times)| text.repeat(*times)).collect::<String>().into(),
            Self::Base64 { base64 } => decode_base64(base64),
        }
    }
}

impl Vector {
    pub(crate) fn text(&self) -> Vec<u8> {
        self.input.bytes()
    }

    pub(crate) fn options(&self) -> CheckOptions {
        let today: NaiveDate = self.today.parse().unwrap();
        CheckOptions::on(today).strictness(if self.strict { Strictness::Strict } else { Strictness::Normal })
    }
}

fn decode_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("not base64: {other}"),
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
    let mut bytes = Vec::new();
    for four in digits.chunks(4) {
        let bits = four.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}

/// All vectors of the check.
pub(crate) fn all() -> Vec<Vector> {
    read("check")
}

/// All vectors of a folder, in the order of the file names.
#[expect(clippy::disallowed_methods, reason = "the vectors are files")]
pub(crate) fn read<V: DeserializeOwned>(folder: &str) -> Vec<V> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.iter().all(|file| file.extension().is_some_and(|end| end == "json")), "{files:?}");
    let read = |file| -> Vec<V> {
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap_or_else(|error| panic!("{file:?}: {error}"))
    };
    files.into_iter().flat_map(read).collect()
}

/// Compact JSON with the keys of every object sorted, whatever order the JSON library keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let sorted: BTreeSet<_> = map.keys().collect();
            let member = |key: &String| format!("{}:{}", Value::from(key.as_str()), canonical(&map[key]));
            format!("{{{}}}", sorted.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// How a report differs from what is expected; empty if it does not.
fn differences(vector: &Vector, report: &Report) -> String {
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    let found = json["findings"].as_array().unwrap();
    let mut out = String::new();
    if json["is_valid"] != vector.expect.is_valid || report.is_valid() != vector.expect.is_valid {
        let _ = writeln!(out, "  is_valid: {}", json["is_valid"]);
    }
    for (at, expected) in vector.expect.findings.iter().enumerate() {
        let Some(found) = found.get(at) else {
            let _ = writeln!(out, "  not found: {}", Value::from(expected.clone()));
            continue;
        };
        for (key, value) in expected {
            if found.get(key).unwrap_or(&Value::Null) != value {
                let _ = writeln!(out, "  finding {at}: {key} should be {value} in {found}");
            }
        }
    }
    for more in found.iter().skip(vector.expect.findings.len()) {
        let _ = writeln!(out, "  not expected: {more}");
    }
    out
}

#[test]
fn every_vector_gives_exactly_what_is_expected() {
    let vectors = all();
    let mut digest = Sha256::new();
    let mut failures = String::new();
    let mut names = BTreeSet::new();
    for vector in &vectors {
        assert_eq!(vector.op, "check");
        assert!(names.insert(&vector.name), "two vectors are called {}", vector.name);
        let report = check(&vector.text(), &vector.options());
        let differences = differences(vector, &report);
        if !differences.is_empty() {
            let _ = writeln!(failures, "{}:\n{differences}", vector.name);
        }
        assert_eq!(check(&vector.text(), &vector.options().threads(3)), report, "{} with threads", vector.name);
        let json = serde_json::from_str(&report.to_json()).unwrap();
        digest.update(format!("{}\n{}\n", vector.name, canonical(&json)));
    }
    let mut count = vectors.len();
    let readings = live::vectors::run().into_iter().map(|run| (run.differences(), run.common(), run.name));
    let webhooks = webhook::vectors::run().into_iter().map(|run| (run.differences(), run.common(), run.name));
    let names_of_files = naming::vectors::run().into_iter().map(|run| (run.differences(), run.outcome, run.name));
    let others: Vec<_> = readings.chain(names_of_files).chain(webhooks).collect();
    for (differences, common, name) in &others {
        count += 1;
        assert!(names.insert(name), "two vectors are called {name}");
        if !differences.is_empty() {
            let _ = writeln!(failures, "{name}:\n{differences}");
        }
        digest.update(format!("{name}\n{}\n", canonical(common)));
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{count} vectors, digest {digest}");
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn every_code_has_a_vector_with_it_and_one_without_it() {
    let (mut covered, mut excluded) = (BTreeSet::new(), BTreeSet::new());
    for vector in all() {
        let expected: BTreeSet<&str> = vector.expect.findings.iter().filter_map(|f| f["code"].as_str()).collect();
        for finding in &vector.expect.findings {
            for key in ALWAYS {
                assert!(finding.contains_key(key), "{}: a finding does not say its {key}", vector.name);
            }
            for key in finding.keys() {
                assert!(ALWAYS.contains(&&**key) || SOMETIMES.contains(&&**key), "{}: {key}", vector.name);
            }
        }
        if let Some(code) = &vector.covers {
            assert!(expected.contains(&**code), "{} does not have {code}", vector.name);
            covered.insert(code.clone());
        }
        if let Some(code) = &vector.without {
            assert!(!expected.contains(&**code), "{} has {code}", vector.name);
            excluded.insert(code.clone());
        }
    }
    let codes: BTreeSet<String> = FindingCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(covered, codes, "codes with a vector that has them");
    assert_eq!(excluded, codes, "codes with a vector that does not have them");
}

type Row = (&'static str, Severity, String, Option<String>, String, Option<String>);

fn rows<'r>(findings: impl Iterator<Item = &'r qlower_core::Finding>) -> Vec<Row> {
    let mut rows: Vec<Row> = findings
        .map(|f| {
            let (id, suggestion) = (f.id().map(str::to_owned), f.suggestion().map(str::to_owned));
            (f.code().as_str(), f.severity(), f.model().to_string(), id, f.pointer().to_owned(), suggestion)
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn typed_payloads_get_the_findings_of_their_text() {
    let (mut read, mut refused, mut failures) = (0, 0, String::new());
    for vector in all() {
        let text = vector.text();
        let report = check(&text, &vector.options());
        let structural = report.findings().iter().any(|finding| finding.code().is_structural());
        let payload = match Payload::from_json(&text) {
            Ok(payload) => payload,
            Err(error) => {
                assert!(structural, "{}: {error}", vector.name);
                assert!(error.report().findings().iter().all(|f| f.code().is_structural()), "{}", vector.name);
                refused += 1;
                continue;
            }
        };
        assert!(!structural, "{} is read though reading loses something", vector.name);
        read += 1;
        let typed = payload.check_with(&vector.options()).into_report();
        assert!(typed.findings().iter().all(|f| f.line().is_none() && f.column().is_none()), "{}", vector.name);
        let seen_in_text =
            |f: &&qlower_core::Finding| !TEXT_ONLY.contains(&f.code()) && !vector.text_only.contains(f.pointer());
        let typed_only = |f: &&qlower_core::Finding| vector.typed_only.contains(f.pointer());
        let more: Vec<_> = typed.findings().iter().filter(typed_only).collect();
        assert_eq!(more.len(), vector.typed_only.len(), "{}", vector.name);
        assert!(more.iter().all(|f| f.code() == FindingCode::MissingField), "{}", vector.name);
        let (typed, texts) = (
            rows(typed.findings().iter().filter(|f| !typed_only(f))),
            rows(report.findings().iter().filter(seen_in_text)),
        );
        if typed != texts {
            let _ = writeln!(failures, "{}:\n  typed {typed:?}\n  text  {texts:?}", vector.name);
        }
        let again = Payload::from_json(&payload.to_json()).unwrap();
        assert_eq!(again, payload, "{} written and read again", vector.name);
    }
    assert!(failures.is_empty(), "\n{failures}");
    println!("{read} vectors read into models, {refused} refused");
    assert!(read > 400 && refused > 100);
}

#[test]
fn no_message_has_a_placeholder_left_and_both_languages_speak() {
    use qlower_core::Lang;
    for vector in all() {
        for finding in check(&vector.text(), &vector.options()).findings() {
            let (en, fr) = (finding.message(Lang::En), finding.message(Lang::Fr));
            assert_ne!(en, fr, "{}", vector.name);
            for text in [en, fr] {
                let about_braces = finding.code() == FindingCode::MalformedJson;
                assert!(about_braces || !text.contains(['{', '}']), "{}: {text}", vector.name);
                assert!(text.ends_with('.'), "{}: {text}", vector.name);
            }
        }
    }
}
