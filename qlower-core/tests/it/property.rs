//! What holds for every valid payload, and for every text.

use proptest::prelude::*;
use proptest::sample::Index;
use qlower_core::codes::WireType;
use qlower_core::model::{Kind, Model};
use qlower_core::{CheckOptions, FindingCode, Payload};
use serde_json::Value;

use crate::{check, found, options, today, valid};

/// The findings apart from their places, sorted.
fn without_places(text: &[u8]) -> Vec<(&'static str, String, Option<String>, Option<String>)> {
    let report = check(text);
    let mut rows: Vec<_> = report
        .findings()
        .iter()
        .map(|f| {
            let (id, suggestion) = (f.id().map(str::to_owned), f.suggestion().map(str::to_owned));
            (f.code().as_str(), f.pointer().to_owned(), id, suggestion)
        })
        .collect();
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_valid_payload_checks_clean_and_comes_back_equal(text in valid::payload()) {
        let report = check(&text);
        prop_assert!(report.findings().is_empty(), "{}", report);
        prop_assert!(report.is_valid() && report.is_complete());

        let payload = Payload::from_json(text.as_bytes()).unwrap();
        let written = payload.to_json();
        prop_assert_eq!(&Payload::from_json(&written).unwrap(), &payload);
        prop_assert_eq!(&Payload::from_json(&written).unwrap().to_json(), &written);
        let typed = payload.check_with(&options());
        prop_assert!(typed.report().findings().is_empty(), "{}", typed.report());
        prop_assert_eq!(typed.report().counts(), report.counts());
        let checked = typed.into_result().unwrap();
        prop_assert_eq!(checked.bytes(), &written);

        let serialized = serde_json::to_vec(&payload).unwrap();
        for written in [&written, &serialized] {
            wire_types(&Payload::MODEL, &serde_json::from_slice(written).unwrap());
        }
        prop_assert_eq!(&serde_json::from_slice::<Payload>(&serialized).unwrap(), &payload);
        prop_assert_eq!(&Payload::from_json(&serialized).unwrap(), &payload);
        prop_assert_eq!(&serde_json::from_slice::<Payload>(&written).unwrap(), &payload);
    }

    #[test]
    fn another_layout_of_the_text_changes_no_finding(text in valid::payload(), at in any::<Index>(), with in any::<Index>()) {
        // One value is replaced by something else.
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let mut pointers = Vec::new();
        leaves(&value, String::new(), &mut pointers);
        let pointer = at.get(&pointers).clone();
        let others = [Value::Null, true.into(), "".into(), "x".into(), 0.into(), 5.into(), (-1).into(), "05".into(), serde_json::json!([1]), serde_json::json!({"id": 1})];
        *value.pointer_mut(&pointer).unwrap() = with.get(&others).clone();
        let (compact, pretty) = (serde_json::to_vec(&value).unwrap(), serde_json::to_vec_pretty(&value).unwrap());
        let expected = without_places(&compact);
        prop_assert_eq!(&without_places(&pretty), &expected);
        let windows = String::from_utf8(pretty).unwrap().replace('\n', "\r\n");
        prop_assert_eq!(&without_places(windows.as_bytes()), &expected);
        let reversed = reverse_keys(&value);
        prop_assert_eq!(&without_places(reversed.as_bytes()), &expected);
    }

    #[test]
    fn a_cut_text_says_so_and_nothing_is_lost(text in valid::payload(), at in any::<Index>()) {
        // One fault at the very beginning, which no cut may hide.
        let text = text.replacen('{', "{\"fault\":1,", 1);
        let end = text.trim_end().len();
        let cut = 12 + at.index(end - 12);
        let report = check(&text.as_bytes()[..cut]);
        let codes: Vec<_> = report.findings().iter().map(qlower_core::Finding::code).collect();
        prop_assert!(codes.contains(&FindingCode::TruncatedJson) || codes == [FindingCode::NotAPayload], "{}", report);
        prop_assert!(!report.is_valid());
        if codes.contains(&FindingCode::TruncatedJson) {
            prop_assert!(!report.is_complete());
            prop_assert_eq!(codes[0], FindingCode::UnknownField);
            let last = report.findings().last().unwrap();
            prop_assert_eq!(last.code(), FindingCode::TruncatedJson);
        }
    }

    #[test]
    fn damaged_payloads_are_checked_without_panic(
        text in valid::payload(),
        damage in proptest::collection::vec((any::<Index>(), 0..4_usize, any::<u8>()), 1..6),
    ) {
        let mut bytes = text.into_bytes();
        for (at, how, byte) in damage {
            let place = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match how {
                _ if bytes.is_empty() => break,
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                2 => _ = bytes.remove(place),
                _ => bytes.extend_from_within(place..),
            }
        }
        survives(&bytes)?;
    }

    #[test]
    fn any_bytes_are_checked_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), braced in any::<bool>()) {
        let mut text = if braced { b"{\"transactions\":[".to_vec() } else { Vec::new() };
        text.extend(bytes);
        survives(&text)?;
    }

    #[test]
    fn any_json_is_checked_without_panic(text in "[\\[\\]{}\",:0-9eE.+-]{0,80}|(\\{\"(id|amt|clients|transactions|x)\":(\\[|\\{|null|\"[a-zé\\\\u0-9]{0,6}\"|-?[0-9]{1,3}),?){0,8}") {
        survives(text.as_bytes())?;
    }
}

/// Whatever the text: places lie in it, the report's parts agree, and what can be read can be written.
fn survives(text: &[u8]) -> Result<(), TestCaseError> {
    let report = check(text);
    let lines = text.split(|byte| *byte == b'\n').count() as u64;
    let mut last = (0, 0);
    for finding in report.findings() {
        let place = (finding.line().unwrap(), finding.column().unwrap());
        prop_assert!(place >= last, "in the order of the text");
        prop_assert!(place.0 >= 1 && place.0 <= lines && place.1 >= 1 && place.1 <= text.len() as u64 + 1);
        prop_assert!(finding.pointer().is_empty() || finding.pointer().starts_with('/'));
        last = place;
    }
    prop_assert_eq!(report.findings().len() as u64, report.error_count() + report.warning_count());
    prop_assert_eq!(report.errors().count() as u64, report.error_count());
    prop_assert_eq!(report.is_valid(), report.is_complete() && report.error_count() == 0);
    prop_assert_eq!(report.by_code().map(|(_, _, count)| count).sum::<u64>(), report.findings().len() as u64);
    prop_assert!(report.is_complete() || report.error_count() > 0, "a check that stopped says why");
    let rendered = report.render().source("x.json", text).finish().to_string();
    prop_assert!(!rendered.is_empty());
    serde_json::from_str::<Value>(&report.to_json()).unwrap();
    // Another parser must not find a text sound that this one calls valid, nor the other way round.
    if report.is_valid() {
        let bare = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        prop_assert!(serde_json::from_slice::<Box<serde_json::value::RawValue>>(bare).is_ok());
        let payload = Payload::from_json(text).unwrap();
        prop_assert!(payload.check_with(&options()).report().is_valid());
    }
    Ok(())
}

/// Every value is written in the JSON type that the wire's examples have.
fn wire_types(model: &Model, object: &Value) {
    for (key, value) in object.as_object().unwrap() {
        match model.field(key).unwrap().kind {
            Kind::Object(inner) => wire_types(inner, value),
            Kind::List(items) => value.as_array().unwrap().iter().for_each(|item| wire_types(items, item)),
            Kind::Decimal | Kind::Integer => assert!(value.is_number(), "{key}: {value}"),
            Kind::Code(list) if list.wire == WireType::Integer => assert!(value.is_i64(), "{key}: {value}"),
            _ => assert!(value.is_string(), "{key}: {value}"),
        }
    }
}

pub(crate) fn leaves(value: &Value, pointer: String, out: &mut Vec<String>) {
    let step = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, step(key), out)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| leaves(value, step(&at.to_string()), out))
        }
        _ => out.push(pointer),
    }
}

/// JSON text with the members of every object in the opposite order, and spaces around every token.
fn reverse_keys(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let members: Vec<_> = map
                .iter()
                .rev()
                .map(|(key, value)| format!("{} :\t{}", Value::from(key.as_str()), reverse_keys(value)))
                .collect();
            format!("{{ {} }}", members.join(" ,\n"))
        }
        Value::Array(items) => format!("[ {} ]", items.iter().map(reverse_keys).collect::<Vec<_>>().join(" , ")),
        scalar => scalar.to_string(),
    }
}

#[test]
fn every_prefix_of_a_payload_is_reported_as_cut() {
    let text = include_str!("../../vectors/check/published.json");
    let vectors: Vec<Value> = serde_json::from_str(text).unwrap();
    let lines: Vec<&str> = vectors[1]["input"]["lines"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let text = lines.join("\n");
    assert!(check(&text).is_valid());
    for end in 1..text.len() {
        let report = check(&text.as_bytes()[..end]);
        let last = report.findings().last().unwrap();
        assert_eq!(last.code(), FindingCode::TruncatedJson, "at {end}: {report}");
        assert!(!report.is_complete() && !report.is_valid());
        for error in report.errors().filter(|error| error.code() != FindingCode::TruncatedJson) {
            // A number that was cut after its point is no number.
            assert!(error.code() == FindingCode::MalformedJson && text[..end].ends_with('.'), "at {end}: {report}");
        }
    }
}

#[test]
fn the_day_of_the_check_decides_what_is_future() {
    let text = r#"{"transactions":[{"id":"T","reqdExctnDt":"2026-11-22","id-prty":"P","amt":1,"ref":"x"}]}"#;
    let future = |day: chrono::NaiveDate| {
        let report = qlower_core::check(text.as_bytes(), &CheckOptions::on(day));
        found(&report).iter().any(|(code, _)| *code == "future_transaction")
    };
    assert!(future(today()));
    assert!(!future(today().succ_opt().unwrap()));
}
