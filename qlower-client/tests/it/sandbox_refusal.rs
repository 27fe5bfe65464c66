//! What the sandbox says of a payload or an item that it does not take.

use qlower_client::sandbox::Sandbox;
use serde_json::{Value, json};

use super::sandbox_http::{counts, errors, load, post};
use super::sandbox_payload::{declarant, document, merge, property, transaction, transactions, with_header};

#[test]
fn every_rule_has_its_reason() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    for (section, item, field, value, reason) in [
        ("transactions", transaction("X"), "ref", Value::Null, "Input should be a valid string"),
        ("transactions", transaction("X"), "ref", json!("  "), "String should have at least 1 character"),
        ("transactions", transaction("X"), "ref", json!(["a"]), "Input should be a valid string"),
        ("transactions", transaction("X"), "ref", json!("a\u{0}b"), "String should not contain null characters"),
        (
            "transactions",
            transaction("X"),
            "reqdExctnDt",
            json!("31/01/2025"),
            "Input should be a valid date in the format YYYY-MM-DD",
        ),
        (
            "transactions",
            transaction("X"),
            "reqdExctnDt",
            json!("2025-02-30"),
            "Input should be a valid date or datetime, day value is outside expected range",
        ),
        (
            "transactions",
            transaction("X"),
            "reqdExctnDt",
            json!("2025-01-31T10:00:00"),
            "Datetimes provided to dates should have zero time - e.g. be exact dates",
        ),
        ("transactions", transaction("X"), "amt", json!("1 500,00"), "Input should be a valid decimal"),
        (
            "transactions",
            transaction("X"),
            "amt",
            json!("1234567890123456.5"),
            "Decimal input should have no more than 15 digits in total",
        ),
        ("transactions", transaction("X"), "ccy", json!("CHF"), "Input should be 'EUR', 'USD' or 'GBP'"),
        ("documents", document("X"), "year", json!("24"), r"String should match pattern '^\d{4}$'"),
        ("documents", document("X"), "fileLink", json!("acte.pdf"), "Input should be a valid URL"),
        ("documents", document("X"), "propertyId", Value::Null, "Value error, propertyId or declarantId is required"),
        ("properties", property("X", json!([])), "email", json!("helene"), "value is not a valid email address"),
        ("properties", property("X", json!([])), "nbrRooms", json!("deux"), "Input should be a valid integer"),
        ("properties", property("X", json!([])), "nbrRooms", json!(-2), "Input should be greater than or equal to 0"),
        ("properties", property("X", json!([])), "siretId", json!("123"), r"String should match pattern '^\d{14}$'"),
        ("properties", property("X", json!([])), "documents", json!("none"), "Input should be a valid list"),
        ("properties", property("X", json!([])), "area", json!({}), "Input should be a valid decimal"),
        (
            "declarants",
            declarant("X", json!([]), json!([])),
            "sirenId",
            json!("12"),
            r"String should match pattern '^\d{9}$'",
        ),
        (
            "declarants",
            declarant("X", json!([]), json!([])),
            "nicId",
            json!("12"),
            r"String should match pattern '^\d{5}$'",
        ),
    ] {
        let mut item = item;
        item[field] = value;
        let answer = load(&sandbox, &with_header(json!({ section: [item] })));
        let sentence = format!("Champ '{field}' dans {section} 'X' invalide : {reason}");
        assert_eq!(errors(&answer.1), [(section, Some("X"), &*sentence)]);
        assert_eq!(counts(&answer).1, "ERROR");
    }
    assert!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).is_empty());
}

#[test]
fn a_refused_payload_says_why_and_keeps_nothing() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let good = transactions([transaction("T1")]);
    let without = |key: &str| {
        let mut payload = good.clone();
        payload.as_object_mut().unwrap().remove(key);
        payload
    };
    let with = |rest: Value| {
        let mut payload = good.clone();
        merge(&mut payload, rest);
        payload
    };
    for (payload, kind, detail) in [
        (json!([good]), "ValidationError", "Input should be a valid dictionary"),
        (json!(null), "ValidationError", "Input should be a valid dictionary"),
        (json!({}), "KeyError", "'inigPtynm'"),
        (without("inigPtynm"), "KeyError", "'inigPtynm'"),
        (without("apiKey"), "KeyError", "'apiKey'"),
        (without("creDtTm"), "KeyError", "'creDtTm'"),
        (without("versionId"), "KeyError", "'versionId'"),
        (
            with(json!({ "apiKey": null })),
            "ValidationError",
            "Champ 'apiKey' invalide : Input should be a valid string",
        ),
        (
            with(json!({ "inigPtynm": " " })),
            "ValidationError",
            "Champ 'inigPtynm' invalide : String should have at least 1 character",
        ),
        (
            with(json!({ "creDtTm": "yesterday" })),
            "ValidationError",
            "Champ 'creDtTm' invalide : Input should be a valid datetime",
        ),
        (with(json!({ "versionId": "3.0" })), "ValidationError", "Champ 'versionId' invalide : Input should be '2.0'"),
        (with(json!({ "versionId": "1.0" })), "ValidationError", "Champ 'versionId' invalide : Input should be '2.0'"),
        (
            with(json!({ "documents": {} })),
            "ValidationError",
            "Champ 'documents' invalide : Input should be a valid list",
        ),
        (with(json!({ "inigPtynm": "nobody" })), "ValueError", "unknown partner or wrong key"),
        (with(json!({ "apiKey": "wrong" })), "ValueError", "unknown partner or wrong key"),
    ] {
        let (status, body) = load(&sandbox, &payload);
        assert_eq!(
            (status, &body["status"], &body["type"], &body["errors"]),
            (400, &json!("KO"), &json!(kind), &json!(detail)),
            "{payload}"
        );
        assert!(body["message"].is_string());
    }
    let (status, body) = load(&sandbox, &with(json!({ "clients": [] })));
    assert_eq!((status, &body["type"]), (400, &json!("ValidationError")));
    assert!(
        body["errors"].as_str().unwrap().ends_with("Value error, clients and flat sections are mutually exclusive"),
        "{body}"
    );
    assert!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).is_empty());
    assert_eq!(sandbox.loads(), 0);
}

#[test]
fn what_is_not_json_is_a_wrong_format() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let good = transactions([transaction("T1")]).to_string();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "<html>",
        &good[..good.len() - 1],
        &format!("\u{feff}{good}"),
        &format!("{good}x"),
        &deep,
        "{\"a\": \"\\ud800\"}",
    ] {
        let response = post(&sandbox, body).unwrap();
        assert_eq!(
            (response.status, &response.json()["type"]),
            (400, &json!("WrongFormat")),
            "{}",
            &body[..body.len().min(40)]
        );
    }
    assert_eq!(post(&sandbox, b"{\"a\": \"\xff\"}").unwrap().json()["type"], "WrongFormat");
    assert_eq!(sandbox.loads(), 0);
}

#[test]
fn a_duplicate_key_fails_what_it_stands_in() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let text = transactions([transaction("T1"), transaction("T2")]).to_string();
    let twice = text.replacen("\"amt\":850.25", "\"amt\":850.25,\"amt\":1", 1);
    let response = post(&sandbox, &twice).unwrap();
    assert_eq!(
        errors(&response.json()),
        [("transactions", Some("T1"), "Champ 'amt' dans transactions 'T1' invalide : Value error, duplicate key")]
    );
    let twice = text.replacen("\"versionId\":\"2.0\"", "\"versionId\":\"2.0\",\"versionId\":\"2.0\"", 1);
    assert_eq!(
        post(&sandbox, &twice).unwrap().json()["errors"],
        "Champ 'versionId' invalide : Value error, duplicate key"
    );
}

#[test]
fn a_payload_of_nothing_but_findings_is_refused_whole() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let few = load(&sandbox, &with_header(json!({ "transactions": vec![json!({}); 2000] })));
    assert_eq!(counts(&few), (200, "ERROR", 0, 2000));
    let (status, body) = load(&sandbox, &with_header(json!({ "transactions": vec![1; 40_000] })));
    assert_eq!((status, &body["type"], &body["errors"]), (400, &json!("ValidationError"), &json!("too many errors")));
}
