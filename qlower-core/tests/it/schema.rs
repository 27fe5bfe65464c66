//! The committed JSON Schema and the check agree on every document, as far as a schema can speak.
//!
//! The schema is applied by an independent validator. Documents are valid payloads in which single values are replaced by
//! values of all sorts, dropped or added; in full payloads several at once.

mod documents;
mod values;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use qlower_core::{CheckOptions, Finding, FindingCode, Severity, check};
use serde_json::Value;

use documents::Change;

const SCHEMA: &str = include_str!("../../schema/loader-2.0.schema.json");

/// Errors that the schema tells as exactly as the check.
const SAID: [FindingCode; 18] = [
    FindingCode::NotAPayload,
    FindingCode::NulCharacter,
    FindingCode::WrongType,
    FindingCode::MissingField,
    FindingCode::BothLayouts,
    FindingCode::UnsupportedVersion,
    FindingCode::InvalidDateTime,
    FindingCode::InvalidDate,
    FindingCode::NonexistentDate,
    FindingCode::DateWithTime,
    FindingCode::InvalidYear,
    FindingCode::InvalidInteger,
    FindingCode::OutOfRange,
    FindingCode::UnknownCode,
    FindingCode::InvalidSiren,
    FindingCode::InvalidNic,
    FindingCode::InvalidSiret,
    FindingCode::DocumentWithoutOwner,
];

/// Errors of which the schema tells a part, and what it leaves out.
const PARTLY: [(FindingCode, &str); 4] = [
    (FindingCode::InvalidDecimal, "a number too close to zero for 28 decimal places: bounds cannot tell it from 0"),
    (
        FindingCode::TooManyDigits,
        "digits of a number: to a schema it is a value without a notation; of a text it counts them",
    ),
    (
        FindingCode::InvalidEmail,
        "the grammar of addresses, beyond an at sign and a dot: a format, which only annotates",
    ),
    (
        FindingCode::InvalidUrl,
        "the grammar of URLs and hosts, beyond scheme and slashes: a format, which only annotates",
    ),
];

/// Errors that no schema can tell, and why.
const UNSAID: [(FindingCode, &str); 8] = [
    (FindingCode::MalformedJson, "a schema sees parsed documents"),
    (FindingCode::TruncatedJson, "a schema sees parsed documents"),
    (FindingCode::InvalidUtf8, "a schema sees parsed documents"),
    (FindingCode::LoneSurrogate, "a schema sees parsed documents"),
    (FindingCode::DuplicateKey, "a parsed object has each key once"),
    (FindingCode::NestedTooDeep, "a schema does not count levels"),
    (FindingCode::DuplicateId, "values at different places cannot be compared"),
    (FindingCode::DeclarantMismatch, "values at different places cannot be compared"),
];

/// What the schema constrains with. `minLength` is left out: a pattern says it too.
const CONSTRAINTS: [&str; 15] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "dependentSchemas",
    "enum",
    "items",
    "maximum",
    "minimum",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "type",
];

/// How the schema should judge a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speech {
    Refuses,
    MayRefuse,
    Silent,
}

fn speech(finding: &Finding, document: &Value) -> Speech {
    let code = finding.code();
    let number = document.pointer(finding.pointer()).and_then(Value::as_f64);
    match code {
        _ if SAID.contains(&code) => Speech::Refuses,
        FindingCode::TooManyDigits if number.is_some() => Speech::Silent,
        FindingCode::InvalidDecimal if number.is_some_and(|number| number.abs() < 1e-12) => Speech::Silent,
        FindingCode::TooManyDigits | FindingCode::InvalidDecimal => Speech::Refuses,
        FindingCode::InvalidEmail | FindingCode::InvalidUrl => Speech::MayRefuse,
        _ => Speech::Silent,
    }
}

/// Whether the schema has to refuse the document; `None` if it may do either.
fn expected(document: &Value) -> (Option<bool>, Vec<FindingCode>) {
    let report = check(document.to_string().as_bytes(), &CheckOptions::on(NaiveDate::MAX));
    let mut codes: Vec<_> = report.errors().map(Finding::code).collect();
    codes.sort_unstable();
    codes.dedup();
    let speeches: Vec<_> = report.errors().map(|error| speech(error, document)).collect();
    let verdict = if speeches.contains(&Speech::Refuses) {
        Some(true)
    } else if speeches.contains(&Speech::MayRefuse) {
        None
    } else {
        Some(false)
    };
    (verdict, codes)
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// How many documents there were of a single kind of error, refused and accepted by the schema; no error at all is `None`.
type Tally = BTreeMap<Option<FindingCode>, (u32, u32)>;

fn judge(validator: &Validator, document: &Value, tally: &mut Tally) -> Result<(), String> {
    let (expected, codes) = expected(document);
    let refused = !validator.is_valid(document);
    if expected.is_some_and(|expected| expected != refused) {
        let reason = validator.iter_errors(document).next().map(|error| error.to_string());
        return Err(format!("errors {codes:?}, but the schema says {reason:?}:\n{document}"));
    }
    if codes.len() < 2 {
        let (refusals, acceptances) = tally.entry(codes.first().copied()).or_default();
        *(if refused { refusals } else { acceptances }) += 1;
    }
    Ok(())
}

#[test]
fn every_error_is_said_or_has_a_reason_why_not() {
    let errors = FindingCode::ALL.iter().filter(|code| code.severity() == Severity::Error);
    for code in errors {
        let places = SAID.iter().filter(|said| *said == code).count()
            + PARTLY.iter().chain(&UNSAID).filter(|(left, reason)| left == code && !reason.is_empty()).count();
        assert_eq!(places, 1, "{code}");
    }
    assert_eq!(
        SAID.len() + PARTLY.len() + UNSAID.len(),
        FindingCode::ALL.iter().filter(|code| code.severity() == Severity::Error).count()
    );
}

#[test]
fn the_schema_is_one() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
}

#[test]
fn a_single_change_is_judged_alike() {
    let validator = validator(SCHEMA);
    let mut tally = Tally::new();
    let mut disagreements = Vec::new();
    let mut count = 0;
    for document in documents::single() {
        assert_eq!(expected(&document).0, Some(false), "a good start: {document}");
        for change in documents::changes(&document, &values::all()) {
            let mut changed = document.clone();
            change.apply(&mut changed);
            disagreements.extend(judge(&validator, &changed, &mut tally).err());
            count += 1;
        }
    }
    for document in documents::comparisons() {
        disagreements.extend(judge(&validator, &document, &mut tally).err());
    }
    assert!(
        disagreements.is_empty(),
        "{} of {count}:\n{}",
        disagreements.len(),
        disagreements[..disagreements.len().min(10)].join("\n")
    );
    println!("{count} documents, by their only error, refused and accepted: {tally:?}");
    assert!(count > 20_000);
    // Both verdicts were asked for, and each error was met alone.
    assert!(tally[&None].1 > 1000, "{tally:?}");
    for code in SAID.iter().chain(PARTLY.iter().map(|(code, _)| code)) {
        assert!(
            tally.get(&Some(*code)).is_some_and(|(refused, _)| *refused > 0),
            "{code} was never refused: {tally:?}"
        );
    }
    for code in PARTLY.iter().map(|(code, _)| code).chain([&FindingCode::DuplicateId, &FindingCode::DeclarantMismatch])
    {
        assert!(
            tally.get(&Some(*code)).is_some_and(|(_, accepted)| *accepted > 0),
            "{code} was never accepted: {tally:?}"
        );
    }
}

#[test]
fn several_changes_to_a_full_payload_are_judged_alike() {
    let validator = validator(SCHEMA);
    let values = values::all();
    let bases = documents::full();
    let changes: Vec<Vec<Change>> = bases.iter().map(|base| documents::changes(base, &values)).collect();
    let config = Config { cases: 3000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let picks = proptest::collection::vec(any::<prop::sample::Index>(), 1..5);
    runner
        .run(&(0..bases.len(), picks), |(base, picks)| {
            let mut document = bases[base].clone();
            for pick in &picks {
                pick.get(&changes[base]).apply(&mut document);
            }
            judge(&validator, &document, &mut Tally::new()).map_err(TestCaseError::fail)
        })
        .unwrap();
}

#[test]
fn a_weaker_schema_is_noticed() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut constraints = Vec::new();
    documents::pointers(&schema, "", &mut |pointer, _| {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        // A constraint, not a field of that name.
        let is_field = pointer.rsplit('/').nth(1) == Some("properties");
        if !is_field && CONSTRAINTS.contains(&last) {
            constraints.push(pointer.to_owned());
        }
    });
    assert!(constraints.len() > 100);
    // Half of all wrong documents, each with its only error, are enough to notice.
    let mut wrong = Vec::new();
    for document in documents::single() {
        for change in documents::changes(&document, &values::telling()) {
            let mut changed = document.clone();
            change.apply(&mut changed);
            if expected(&changed).0 == Some(true) {
                wrong.push(changed);
            }
        }
    }
    let mut missed = Vec::new();
    for constraint in constraints {
        let mut weaker = schema.clone();
        let (parent, key) = constraint.rsplit_once('/').unwrap();
        weaker.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        let weaker = jsonschema::draft202012::new(&weaker).unwrap();
        if wrong.iter().all(|document| !weaker.is_valid(document)) {
            missed.push(constraint);
        }
    }
    assert!(missed.is_empty(), "{} documents do not notice: {missed:#?}", wrong.len());
}
