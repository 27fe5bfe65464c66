//! What cannot be read, and how that is said.

use qlower_core::Lang;
use qlower_core::webhook::fields::{Kind, Model, Need};
use qlower_core::webhook::{Event, EventProblem, InvalidEvent, OrderEvent, Wanted, keyclic, vehicle};
use serde_json::{Value, json};

use super::{CURRENT, V2_1};

fn invalid(text: impl AsRef<[u8]>) -> InvalidEvent {
    Event::parse(text.as_ref()).unwrap_err()
}

/// Pointer and need of every field below a model, as far as the document has it; of a list its first item.
fn places(model: &Model, pointer: &str, document: &Value, out: &mut Vec<(String, Need)>) {
    for field in model.fields.iter().filter(|field| field.need != Need::Derived) {
        let at = format!("{pointer}/{}", field.key);
        if document.pointer(&at).is_none() {
            continue;
        }
        out.push((at.clone(), field.need));
        match field.kind {
            Kind::Object(inner) => places(inner, &at, document, out),
            Kind::List(inner) => places(inner, &format!("{at}/0"), document, out),
            _ => {}
        }
    }
}

fn edit(document: &Value, pointer: &str, value: Option<Value>) -> String {
    let mut document = document.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => _ = parent.insert(key.to_owned(), value),
        None => _ = parent.remove(key),
    }
    document.to_string()
}

#[test]
fn each_required_field_is_missed_at_its_place_and_no_other_is() {
    let (mut required, mut optional) = (0, 0);
    for text in [CURRENT, V2_1] {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut found = vec![("/event_type".to_owned(), Need::Required)];
        places(&OrderEvent::MODEL, "", &document, &mut found);
        for (pointer, need) in found {
            for value in [None, Some(Value::Null)] {
                let result = Event::parse(edit(&document, &pointer, value).as_bytes());
                if need == Need::Required {
                    let invalid = result.unwrap_err();
                    assert_eq!((invalid.pointer(), invalid.problem()), (pointer.as_str(), EventProblem::Missing));
                    required += 1;
                } else {
                    assert!(result.is_ok(), "{pointer}: {result:?}");
                    optional += 1;
                }
            }
        }
    }
    assert!(required > 60 && optional > 40, "{required} {optional}");
    // The ones on which everything depends, in words.
    let document: Value = serde_json::from_str(CURRENT).unwrap();
    for pointer in [
        "/event_id",
        "/order_id",
        "/timestamp",
        "/customer",
        "/customer/email",
        "/order",
        "/order/total_amount",
        "/order/currency",
        "/order/payment_date",
        "/order/products/0/product_id",
        "/order/products/0/product_name",
        "/order/products/0/quantity",
        "/order/products/0/unit_price",
        "/order/coverage/0/year",
        "/order/coverage/0/property",
        "/order/coverage/0/property/external_id",
    ] {
        assert_eq!(invalid(edit(&document, pointer, None)).pointer(), pointer);
    }
}

#[test]
fn something_odd_is_blamed_where_it_stands() {
    let odd = [json!({}), json!([]), json!([[1]]), json!(true), json!(-1.5), json!(""), json!("\0"), json!("\u{1}x")];
    for text in [CURRENT, V2_1] {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut found = Vec::new();
        places(&OrderEvent::MODEL, "", &document, &mut found);
        for (pointer, _) in found {
            for value in &odd {
                if let Err(invalid) = Event::parse(edit(&document, &pointer, Some(value.clone())).as_bytes()) {
                    assert!(invalid.pointer().starts_with(&pointer), "{pointer} {value}: {invalid}");
                }
            }
        }
    }
}

#[test]
fn a_body_that_is_no_json_is_told_apart() {
    for (body, expected) in [
        (&b""[..], EventProblem::Empty),
        (b" \r\n\t", EventProblem::Empty),
        (b"\xef\xbb\xbf", EventProblem::Empty),
        (b"\xff\xfe{\0}\0", EventProblem::NotUtf8 { offset: 0 }),
        (b"{\"event_type\": \"p\xe9ng\"}", EventProblem::NotUtf8 { offset: 17 }),
        (b"{\"event_type\": \"ping\0\"}", EventProblem::NotJson { offset: 20 }),
        (b"{\"event_type\": \"ping\"", EventProblem::NotJson { offset: 21 }),
        (b"{\"event_type\": \"ping\"} {}", EventProblem::NotJson { offset: 23 }),
        (b"{\"event_type\": \"ping\",}", EventProblem::NotJson { offset: 22 }),
        (b"{\"event_type\" \"ping\"}", EventProblem::NotJson { offset: 14 }),
        (b"{\"event_type\": \"pi\\x\"}", EventProblem::NotJson { offset: 18 }),
        (b"{\"event_type\": ping}", EventProblem::NotJson { offset: 15 }),
        (b"{'event_type': 'ping'}", EventProblem::NotJson { offset: 1 }),
        (b"{\"a\": 01, \"event_type\": \"ping\"}", EventProblem::NotJson { offset: 6 }),
        (b"{\"a\": [1 2], \"event_type\": \"ping\"}", EventProblem::NotJson { offset: 9 }),
        (b"<html></html>", EventProblem::NotJson { offset: 0 }),
        (b"[]", EventProblem::WrongType { wanted: Wanted::Object }),
        (b"null", EventProblem::WrongType { wanted: Wanted::Object }),
        (b"\"ping\"", EventProblem::WrongType { wanted: Wanted::Object }),
    ] {
        let invalid = invalid(body);
        assert_eq!((invalid.pointer(), invalid.problem()), ("", expected), "{}", body.escape_ascii());
    }
}

#[test]
fn a_byte_order_mark_does_not_stand_in_the_way() {
    let body = [b"\xef\xbb\xbf", CURRENT.as_bytes()].concat();
    let event = Event::parse(&body).unwrap();
    assert_eq!(event.id(), Some("evt_7Qx2"));
    assert_eq!(event.raw(), body);
}

#[test]
fn depth_is_bounded_and_costs_no_stack() {
    let nested = |depth: usize, open: &str, close: &str| {
        format!(r#"{{"event_type": "ping", "x": {}{}}}"#, open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("[", "]"), ("{\"a\":[", "]}")] {
        let levels = open.matches(['[', '{']).count();
        assert!(Event::parse(nested(124 / levels, open, close).as_bytes()).is_ok());
        assert_eq!(invalid(nested(127, open, close)).problem(), EventProblem::TooDeep);
        assert_eq!(invalid(nested(1_000_000, open, "")).problem(), EventProblem::TooDeep);
    }
    let deep = Event::parse(nested(125, "[", "]").as_bytes()).unwrap();
    // What is told can be read by a parser with the usual limit, wrapped once.
    let wrapped = json!({"told": vehicle::Event::new(vehicle::EventKind::NewData, deep.raw()).unwrap().told()["body"]});
    assert!(serde_json::from_str::<Value>(&wrapped.to_string()).is_ok());
    assert_eq!(keyclic::Event::parse("[".repeat(9999).as_bytes()).unwrap_err().problem(), EventProblem::TooDeep);
}

#[test]
fn a_field_that_stands_twice_is_refused_where_it_counts() {
    for (before, after, pointer) in [
        (r#""order_id": 3051"#, r#""order_id": 3051, "order_id": 3052"#, "/order_id"),
        (r#""total_amount": 714.0"#, r#""total_amount": 714.0, "total_amount": 714.0"#, "/order/total_amount"),
        (r#""total_amount": 714.0"#, r#""total_amount": 714.0, "total\u005famount": 7"#, "/order/total_amount"),
        (r#""year": 2025"#, r#""year": 2025, "year": null"#, "/order/coverage/1/year"),
        (r#""event_type""#, r#""event_type": "ping", "event_type""#, "/event_type"),
    ] {
        let invalid = invalid(CURRENT.replacen(before, after, 1));
        assert_eq!((invalid.pointer(), invalid.problem()), (pointer, EventProblem::Duplicate));
    }
    let event = Event::parse(CURRENT.replacen(r#""order_id""#, r#""x": 1, "x": 2, "order_id""#, 1).as_bytes()).unwrap();
    assert_eq!(event.json()["x"], 2, "of an unknown one the last counts");
}

#[test]
fn an_id_has_to_be_a_whole_text() {
    for (text, problem) in [
        (r#""""#, EventProblem::Blank),
        (r#"" \t ""#, EventProblem::Blank),
        (r#""evt\u0000""#, EventProblem::BrokenText),
        (r#""evt\n1""#, EventProblem::BrokenText),
        (r#""evt\ud800""#, EventProblem::BrokenText),
        ("7", EventProblem::WrongType { wanted: Wanted::Text }),
    ] {
        for (id, pointer) in [
            ("\"evt_7Qx2\"", "/event_id"),
            ("\"prod_B2\"", "/order/products/1/product_id"),
            ("\"qlw_88\"", "/order/coverage/2/property/external_id"),
        ] {
            let invalid = invalid(CURRENT.replacen(id, text, 1));
            assert_eq!((invalid.pointer(), invalid.problem()), (pointer, problem), "{text}");
        }
    }
    let name = Event::parse(CURRENT.replacen("Sophie", "S\\ud83d\\u0000", 1).as_bytes()).unwrap();
    let first_name = name.order().unwrap().customer.first_name.clone();
    assert_eq!(first_name.as_deref(), Some("S\u{fffd}\0"), "in a name it is of no harm");
}

#[test]
fn what_is_wrong_is_said_in_both_languages_and_shows_no_content() {
    for (text, en, fr) in [
        (
            CURRENT.replacen("714.0", "\"SECRET\"", 1),
            "the event cannot be read: /order/total_amount is not a decimal number",
            "l'événement ne peut pas être lu : /order/total_amount n'est pas un nombre décimal",
        ),
        (
            CURRENT.replacen("2026-08-05T08:42:18+00:00", "SECRET", 1),
            "the event cannot be read: /timestamp is not a date and time with its offset",
            "l'événement ne peut pas être lu : /timestamp n'est pas une date et heure avec son décalage",
        ),
        (
            "{\"SECRET\": \"SECRET\"".to_owned(),
            "the event cannot be read: the body is not JSON, or was cut off, at byte 19",
            "l'événement ne peut pas être lu : le corps n'est pas du JSON, ou a été coupé, à l'octet 19",
        ),
    ] {
        let invalid = invalid(text);
        assert_eq!(invalid.to_string(), en);
        assert_eq!(invalid.message(Lang::Fr), fr);
        assert!(!format!("{invalid:?}").contains("SECRET"));
    }
    for problem in [
        EventProblem::Empty,
        EventProblem::NotUtf8 { offset: 1 },
        EventProblem::NotJson { offset: 1 },
        EventProblem::TooDeep,
        EventProblem::Missing,
        EventProblem::Blank,
        EventProblem::Duplicate,
        EventProblem::WrongType { wanted: Wanted::Array },
        EventProblem::OutOfRange,
        EventProblem::BrokenText,
    ] {
        let [en, fr] = [Lang::En, Lang::Fr].map(|lang| problem.message(lang));
        assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{en} {fr}");
        assert!(problem.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'8'));
    }
}

#[test]
fn huge_arrays_are_read_in_proportion() {
    let text = CURRENT.replacen(r#""order_id""#, &format!(r#""x": [{}0], "order_id""#, "0,".repeat(500_000)), 1);
    assert_eq!(Event::parse(text.as_bytes()).unwrap().id(), Some("evt_7Qx2"));
    let one = r#"{"year": 2026, "property": {"external_id": "P"}}"#;
    let text =
        CURRENT.replacen(r#""coverage": ["#, &format!(r#""coverage": [{}"#, format!("{one},").repeat(20_000)), 1);
    assert_eq!(Event::parse(text.as_bytes()).unwrap().order().unwrap().coverage().len(), 20_003);
}
