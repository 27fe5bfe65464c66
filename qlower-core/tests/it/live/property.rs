//! What holds for every document and path.

use proptest::collection::vec;
use proptest::prelude::*;
use qlower_core::Lang;
use qlower_core::live::{ReadingCode, Unit, ValuePath, read};
use serde_json::{Map, Value};

/// Documents as JSON has them, keys included that look like something else.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z0-9.]{0,6}".prop_map(Value::from),
    ];
    let key = prop_oneof!["[a-c]", "[0-9.\\[\\]/$\\\\ é\u{1f600}]{1,4}", Just("value".to_owned())];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key.clone(), inner), 0..4).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Each number of a document, with the keys that lead to it.
fn numbers(value: &Value, way: &mut Vec<String>, out: &mut Vec<(Vec<String>, f64)>) {
    let mut below = |key: String, value: &Value, out: &mut Vec<_>| {
        way.push(key);
        numbers(value, way, out);
        way.pop();
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(at.to_string(), item, out)),
        Value::Object(members) => members.iter().for_each(|(key, item)| below(key.clone(), item, out)),
        Value::Number(number) => out.push((way.clone(), number.as_f64().unwrap())),
        _ => {}
    }
}

/// What a browser's `JSON.parse` and a walk along the keys would give.
fn walked<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(members) => members.get(*key),
        Value::Array(items) if *key == "0" || !key.starts_with('0') => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

proptest! {
    #[test]
    fn each_number_is_found_where_it_stands(document in document(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&document) } else { serde_json::to_vec(&document) }.unwrap();
        let mut all = Vec::new();
        numbers(&document, &mut Vec::new(), &mut all);
        for (keys, number) in all {
            let Some(path) = ValuePath::of(keys.iter().map(String::as_str)) else {
                prop_assert!(keys.is_empty(), "{keys:?}");
                continue;
            };
            prop_assert_eq!(path.segments().collect::<Vec<_>>(), keys);
            let found = read(&text, &ValuePath::parse(&path.to_string()).unwrap()).unwrap();
            prop_assert_eq!(found.value, number);
            prop_assert!(found.value.to_bits() != (-0.0_f64).to_bits());
        }
    }

    #[test]
    fn a_path_reads_what_a_walk_along_its_keys_finds(document in document(), keys in vec("[a-c0-2]|value", 1..4)) {
        let text = serde_json::to_vec(&document).unwrap();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let path = ValuePath::of(keys.iter().copied()).unwrap();
        match (read(&text, &path), walked(&document, &keys)) {
            (Ok(found), Some(value)) => prop_assert_eq!(Some(found.value), value.as_f64()),
            (Err(fault), Some(value)) => {
                prop_assert_eq!(fault.code(), ReadingCode::NotANumber);
                prop_assert!(!value.is_number());
            }
            (Err(fault), None) => prop_assert_eq!(fault.code(), ReadingCode::PathMissing),
            (Ok(found), None) => prop_assert!(false, "{found:?}"),
        }
    }

    #[test]
    fn what_is_suggested_leads_to_a_number(document in document(), keys in vec("[a-c0-2]|value", 1..4)) {
        let text = serde_json::to_vec(&document).unwrap();
        let Err(fault) = read(&text, &ValuePath::of(keys).unwrap()) else { return Ok(()) };
        if let Some(suggestion) = fault.suggestion() {
            let found = read(&text, &ValuePath::parse(suggestion).unwrap());
            prop_assert!(found.is_ok(), "{suggestion}: {found:?}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(body in vec(any::<u8>(), 0..200), path in "\\PC{0,12}") {
        if let Ok(path) = ValuePath::parse(&path)
            && let Err(fault) = read(&body, &path)
        {
            prop_assert!(!fault.message(Lang::En).is_empty() && !fault.message(Lang::Fr).is_empty());
        }
    }

    /// Cut anywhere, a document is no JSON: never another value.
    #[test]
    fn a_document_that_was_cut_off_gives_no_value(cut in 0_usize..100) {
        let text = br#"{"status": "ok", "data": {"power": {"value": 42.5, "unit": "MW"}}, "peak": 50}"#;
        let path = ValuePath::parse("data.power.value").unwrap();
        let fault = read(&text[..cut.min(text.len() - 1)], &path).unwrap_err();
        prop_assert!(matches!(fault.code(), ReadingCode::NotJson | ReadingCode::Empty));
    }

    #[test]
    fn a_path_that_was_read_is_written_as_the_same(text in "[a-z.\\\\\\[\\]0-9/$ é]{0,12}") {
        if let Ok(path) = ValuePath::parse(&text) {
            prop_assert_eq!(ValuePath::parse(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn keys_of_any_text_can_be_written_as_a_path(keys in vec("\\PC{1,10}", 1..5)) {
        let path = ValuePath::of(keys.iter().map(String::as_str)).unwrap();
        let again = ValuePath::parse(&path.to_string()).unwrap();
        prop_assert_eq!(again.segments().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn a_suggested_path_is_one(text in "[a-c.\\[\\]0-9/$'\"]{1,12}") {
        if let Err(error) = ValuePath::parse(&text)
            && let Some(suggestion) = error.suggestion()
        {
            prop_assert!(ValuePath::parse(suggestion).is_ok(), "{text} {suggestion}");
        }
    }

    /// Converted and converted back, no digit is lost, but at the ends of what a float can hold.
    #[test]
    fn a_conversion_can_be_undone(digits in -999_999_999_999_999_i64..1_000_000_000_000_000, point in 0..15_i32) {
        let value: f64 = format!("{digits}e-{point}").parse().unwrap();
        let megawatts = Unit::Kilowatt.convert(value, &Unit::Megawatt).unwrap();
        prop_assert_eq!(Unit::Megawatt.convert(megawatts, &Unit::Kilowatt), Some(value));
    }
}
