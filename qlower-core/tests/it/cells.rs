//! Cells of rows are written as the typed models write them.

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use proptest::sample::select;
use qlower_core::model::cell::{Cell, ObjectWriter, write_cell};
use qlower_core::model::{Field, Kind, MODELS, Model, ModelName};
use qlower_core::value::{Amount, Integer};
use qlower_core::{Payload, Property, Transaction};

use crate::{check, found};

/// Every field that holds a scalar.
fn scalars() -> Vec<(&'static Model, &'static Field)> {
    let all = MODELS.iter().flat_map(|model| model.fields.iter().map(move |field| (*model, field)));
    all.filter(|(_, field)| !matches!(field.kind, Kind::Object(_) | Kind::List(_))).collect()
}

/// A payload in which the field has this value.
fn wrap(model: &Model, field: &Field, value: &[u8]) -> String {
    let member = format!("{}:{}", field.quoted_key(), std::str::from_utf8(value).unwrap());
    match model.name {
        ModelName::Payload => format!("{{{member}}}"),
        ModelName::ClientEntry => unreachable!("it has no scalars"),
        ModelName::ClientAccount => format!(r#"{{"clients":[{{"client":{{{member}}}}}]}}"#),
        ModelName::Associate => format!(r#"{{"declarants":[{{"associates":[{{{member}}}]}}]}}"#),
        section => format!(r#"{{"{section}":[{{{member}}}]}}"#),
    }
}

/// What the typed model writes of JSON; `None` if it does not read it.
fn typed(text: &str) -> Option<String> {
    Payload::from_json(text.as_bytes()).ok().map(|payload| String::from_utf8(payload.to_json()).unwrap())
}

/// Whether a text of the typed model has the field with this value.
fn has(text: &str, field: &Field, value: &[u8]) -> bool {
    let member = format!("{}:{}", field.quoted_key(), std::str::from_utf8(value).unwrap());
    text.match_indices(&member).any(|(at, _)| text[at + member.len()..].starts_with([',', '}']))
}

fn written(field: &Field, cell: Cell<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_cell(field, cell, &mut out);
    out
}

fn a_text() -> impl Strategy<Value = String> {
    let decimal = "-?(0|[1-9][0-9]{0,3}|[0-9]{1,24})(\\.[0-9]{0,4}|\\.[0-9]{1,22})?([eE]-?[0-9]{1,3})?";
    let date = "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]0[0-9]:?[03]0)?)?";
    const ODD: &[&str] = &[
        "",
        " ",
        "O",
        "N",
        "M",
        "EUR",
        "euro",
        "VEFA",
        "R",
        "05",
        "5.0",
        "-0",
        "-0.00",
        "0.0",
        "é\"\\\u{1}\u{2028}",
        "NaN",
        "1 500,00",
        "0000",
        "2024",
    ];
    prop_oneof![
        decimal.boxed(),
        date.boxed(),
        select(ODD).prop_map(str::to_owned),
        "\\PC{0,12}".boxed(),
        "[0-9]{1,14}".boxed()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_text_is_written_as_the_typed_model_writes_it((model, field) in select(scalars()), given in a_text()) {
        let value = written(field, Cell::Text(&given));
        let json = serde_json::to_vec(&given).unwrap();
        let expected = typed(&wrap(model, field, &json)).unwrap();
        prop_assert!(has(&expected, field, &value), "{} in {expected}", String::from_utf8_lossy(&value));
    }

    #[test]
    fn a_number_is_written_as_the_typed_model_writes_it(
        (model, field) in select(scalars()),
        given in "-?(0|[1-9][0-9]{0,17}|[1-9][0-9]{0,32})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
    ) {
        let value = written(field, Cell::Number(&given));
        match typed(&wrap(model, field, given.as_bytes())) {
            Some(expected) => prop_assert!(has(&expected, field, &value), "{} in {expected}", String::from_utf8_lossy(&value)),
            // The wire has no number here: digits become its text, the rest is left for the check.
            None if given.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) && !matches!(field.kind, Kind::Date | Kind::Timestamp) => {
                prop_assert_eq!(String::from_utf8(value).unwrap(), format!("\"{given}\""));
            }
            None => prop_assert_eq!(String::from_utf8(value).unwrap(), given),
        }
    }

    #[test]
    fn binary_integers_and_floats_are_numbers((_, field) in select(scalars()), whole in any::<i64>(), float in any::<f64>(), shift in 0..60_u32) {
        for whole in [whole, whole >> shift] {
            prop_assert_eq!(written(field, Cell::Int(whole)), written(field, Cell::Number(&whole.to_string())));
        }
        let cents = (whole >> 24) as f64 / 100.0;
        for float in [float, cents] {
            let expected = match field.kind {
                Kind::Decimal => Amount::from(float).to_string(),
                Kind::Integer => Integer::from(float.to_string()).to_string(),
                _ => continue,
            };
            let value = String::from_utf8(written(field, Cell::Float(float))).unwrap();
            prop_assert_eq!(value.trim_matches('"'), expected);
        }
    }
}

fn cell(field: &str, cell: Cell<'_>) -> String {
    let field = Property::MODEL.field_by_name(field).or_else(|| Transaction::MODEL.field_by_name(field)).unwrap();
    String::from_utf8(written(field, cell)).unwrap()
}

#[test]
fn what_is_no_value_is_left_for_the_check() {
    for (field, given, expected) in [
        ("area", Cell::Float(f64::NAN), "\"NaN\""),
        ("area", Cell::Float(f64::INFINITY), "\"inf\""),
        ("area", Cell::Number("NaN"), "\"NaN\""),
        ("area", Cell::Bool(true), "true"),
        ("rooms", Cell::Float(3.5), "\"3.5\""),
        ("rooms", Cell::Float(3.0), "3"),
        ("reference", Cell::Float(f64::NAN), "null"),
        ("reference", Cell::Float(f64::NEG_INFINITY), "-1e999"),
        ("reference", Cell::Float(12.0), "12.0"),
        ("reference", Cell::Number("Infinity"), "null"),
        ("reference", Cell::Number("1.50"), "1.50"),
        ("reference", Cell::Int(-12), "\"-12\""),
        ("reference", Cell::Bool(false), "false"),
        ("reference", Cell::Absent, "null"),
        ("date", Cell::Float(f64::NAN), "null"),
        ("date", Cell::Int(20_250_105), "20250105"),
        ("remove", Cell::Bool(true), "true"),
        ("furnished", Cell::Bool(true), "\"O\""),
        ("dismembered", Cell::Bool(false), "\"N\""),
        ("tax_regime", Cell::Float(5.0), "5"),
        ("tax_regime", Cell::Float(5.5), "\"5.5\""),
        ("tax_regime", Cell::Float(f64::NAN), "null"),
        ("vat_option", Cell::Int(20), "\"20\""),
        ("currency", Cell::Json(b"[1]"), "[1]"),
    ] {
        assert_eq!(cell(field, given), expected, "{field} {given:?}");
    }
}

#[test]
fn days_and_instants_have_the_form_of_the_wire() {
    let day = NaiveDate::from_ymd_opt(2025, 7, 5).unwrap();
    let (midnight, evening) = (day.and_hms_opt(0, 0, 0).unwrap(), day.and_hms_milli_opt(20, 5, 0, 250).unwrap());
    let instant = DateTime::parse_from_rfc3339("2025-07-05T20:05:00+02:00").unwrap();
    let created = Payload::MODEL.field_by_name("created_at").unwrap();
    for (given, date, stamp) in [
        (Cell::Date(day), "\"2025-07-05\"", "\"2025-07-05T00:00:00+02:00\""),
        (Cell::DateTime(midnight), "\"2025-07-05\"", "\"2025-07-05T00:00:00+02:00\""),
        (Cell::DateTime(evening), "\"2025-07-05T20:05:00.250\"", "\"2025-07-05T20:05:00.250+02:00\""),
        (Cell::Instant(instant), "\"2025-07-05T20:05:00+02:00\"", "\"2025-07-05T20:05:00+02:00\""),
    ] {
        assert_eq!(cell("date", given), date);
        assert_eq!(String::from_utf8(written(created, given)).unwrap(), stamp);
    }
}

#[test]
fn the_check_sees_what_no_typed_model_could_hold() {
    let mut out = b"{\"inigPtynm\":\"acme\",\"apiKey\":\"k\",\"creDtTm\":\"2026-01-15T10:30:00+01:00\",\"versionId\":\"2.0\",\"transactions\":[".to_vec();
    let mut object = ObjectWriter::start(&mut out);
    for field in Transaction::FIELDS {
        object.field(
            field,
            match field.name {
                "id" => Cell::Int(7),
                "date" => Cell::Number("20250105"),
                "property_id" => Cell::Float(12.0),
                "amount" => Cell::Float(f64::NAN),
                "category" => Cell::Absent,
                "reference" => Cell::Float(f64::NAN),
                _ => continue,
            },
        );
    }
    object.extra("no\"te").extend_from_slice(b"[1]");
    object.end();
    out.extend_from_slice(b"]}");
    let report = check(&out);
    let place = |name: &str| format!("/transactions/0/{name}");
    assert_eq!(
        found(&report),
        [
            ("invalid_decimal", place("amt")),
            ("missing_field", place("ref")),
            ("unknown_field", place("no\"te")),
            ("wrong_type", place("id-prty")),
            ("wrong_type", place("reqdExctnDt")),
        ]
    );
    assert_eq!(report.findings()[0].id(), Some("7"));
}
