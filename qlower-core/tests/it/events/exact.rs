//! Money, numbers and instants.

use qlower_core::webhook::{Event, EventProblem, InvalidEvent, OrderEvent, Wanted};

use super::CURRENT;

fn with(before: &str, after: &str) -> Result<OrderEvent, InvalidEvent> {
    assert!(CURRENT.contains(before), "{before}");
    match Event::parse(CURRENT.replacen(before, after, 1).as_bytes())? {
        Event::OrderCreated(event) => Ok(*event),
        other => panic!("{other:?}"),
    }
}

fn total(text: &str) -> Result<String, EventProblem> {
    match with(r#""total_amount": 714.0"#, &format!(r#""total_amount": {text}"#)) {
        Ok(event) => Ok(event.order.total_amount.to_string()),
        Err(invalid) => {
            assert_eq!(invalid.pointer(), "/order/total_amount", "{text}");
            Err(invalid.problem())
        }
    }
}

#[test]
fn an_amount_has_the_digits_of_its_text() {
    for (text, expected) in [
        ("315.0", "315.0"),
        ("0.1", "0.1"),
        ("99.99", "99.99"),
        ("-12.50", "-12.50"),
        ("0", "0"),
        // Where a binary float would have other digits.
        ("123456789012345.67", "123456789012345.67"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("9007199254740993", "9007199254740993"),
        ("79228162514264337593543950335", "79228162514264337593543950335"),
        ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ("3.15e2", "315"),
        ("1E-2", "0.01"),
        // In quotes.
        (r#""315.10""#, "315.10"),
        (r#""0""#, "0"),
        (r#""\u0031.5""#, "1.5"),
    ] {
        assert_eq!(total(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn an_amount_that_cannot_be_kept_exactly_is_refused() {
    for text in [
        "1e400",
        "-1e400",
        "1e-400",
        "79228162514264337593543950336",
        "0.00000000000000000000000000001",
        "1.00000000000000000000000000001",
        r#""79228162514264337593543950336""#,
    ] {
        assert_eq!(total(text), Err(EventProblem::OutOfRange), "{text}");
    }
    for text in [r#""1,50""#, r#""1e2""#, r#""""#, r#"" 1""#, r#""EUR 1""#, r#""NaN""#, "true", "[1]", "{}"] {
        assert_eq!(total(text), Err(EventProblem::WrongType { wanted: Wanted::Decimal }), "{text}");
    }
    assert_eq!(total("null"), Err(EventProblem::Missing));
}

#[test]
fn a_whole_number_is_whole_and_the_same_in_every_language() {
    let id = |text: &str| match with(r#""order_id": 3051"#, &format!(r#""order_id": {text}"#)) {
        Ok(event) => Ok(event.order_id),
        Err(invalid) => {
            assert_eq!(invalid.pointer(), "/order_id");
            Err(invalid.problem())
        }
    };
    for (text, expected) in [
        ("7", 7),
        ("-7", -7),
        ("3051.0", 3051),
        ("3e3", 3000),
        (r#""12""#, 12),
        ("9007199254740991", 9_007_199_254_740_991),
    ] {
        assert_eq!(id(text), Ok(expected), "{text}");
    }
    for text in ["9007199254740992", "-9007199254740992", "1e30", "99999999999999999999"] {
        assert_eq!(id(text), Err(EventProblem::OutOfRange), "{text}");
    }
    for text in ["1.5", r#""x""#, "true", "[]"] {
        assert_eq!(id(text), Err(EventProblem::WrongType { wanted: Wanted::Integer }), "{text}");
    }
}

#[test]
fn an_instant_needs_its_offset() {
    let paid = |text: &str| match with(
        r#""payment_date": "2026-08-05T10:42:18+02:00""#,
        &format!(r#""payment_date": {text}"#),
    ) {
        Ok(event) => Ok(event.order.payment_date.to_rfc3339()),
        Err(invalid) => {
            assert_eq!(invalid.pointer(), "/order/payment_date");
            Err(invalid.problem())
        }
    };
    for (text, expected) in [
        ("2026-08-05T08:42:18Z", "2026-08-05T08:42:18+00:00"),
        ("2026-08-05T08:42:18.5+00:00", "2026-08-05T08:42:18.500+00:00"),
        ("2026-08-05 08:42:18-0430", "2026-08-05T08:42:18-04:30"),
    ] {
        assert_eq!(paid(&format!("\"{text}\"")), Ok(expected.to_owned()), "{text}");
    }
    for text in [
        "\"2026-08-05T08:42:18\"",
        "\"2026-08-05\"",
        "\"2026-02-30T08:42:18Z\"",
        "\"0000-01-01T00:00:00Z\"",
        "\"05/08/2026\"",
        "\"\"",
        "1786000000",
    ] {
        assert_eq!(paid(text), Err(EventProblem::WrongType { wanted: Wanted::Instant }), "{text}");
    }
}

#[test]
fn an_instant_is_told_to_the_microsecond() {
    for (text, expected) in [
        ("2026-08-05T08:42:18.000Z", "2026-08-05T08:42:18+00:00"),
        ("2026-08-05T08:42:18.12Z", "2026-08-05T08:42:18.120000+00:00"),
        ("2026-08-05T08:42:18.123456789+02:00", "2026-08-05T08:42:18.123456+02:00"),
    ] {
        let text = CURRENT.replacen("2026-08-05T08:42:18+00:00", text, 1);
        assert_eq!(Event::parse(text.as_bytes()).unwrap().told()["timestamp"], expected);
    }
}

#[test]
fn years_and_currencies_have_their_form() {
    let year =
        |text: &str| with(r#""year": 2026"#, &format!(r#""year": {text}"#)).map(|event| event.coverage()[0].year);
    assert_eq!(year("2027").unwrap(), 2027);
    assert_eq!(year("\"2027\"").unwrap(), 2027);
    for text in ["26", "20260", "2026.5", "\"MMXXVI\"", "-2026", "{}"] {
        let invalid = year(text).unwrap_err();
        assert_eq!(invalid.pointer(), "/order/coverage/0/year", "{text}");
        assert_eq!(invalid.problem(), EventProblem::WrongType { wanted: Wanted::Year }, "{text}");
    }
    for text in ["\"\"", "\"€\"", "\"EURO\"", "\"E R\"", "978", "\"€€€\""] {
        let invalid = with("\"EUR\"", text).unwrap_err();
        assert_eq!(invalid.pointer(), "/order/currency", "{text}");
        assert_eq!(invalid.problem(), EventProblem::WrongType { wanted: Wanted::Currency }, "{text}");
    }
}
