//! Values of the outside world in canonical form, field by field: what bindings write a payload with.
//!
//! A binding has rows of another language in its hands. It names a [`Field`] and gives a [`Cell`], and the value is written as the
//! typed model would write it, so that equal data gives equal bytes from every language. Nothing is judged here: what is no valid
//! value is written in a form that the check reports, with its place.

use std::io::Write as _;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::write::{Object, text};
use super::{Field, Kind, Write as _};
use crate::codes::{CodeList, YesNo};
use crate::scan;
use crate::value::{Amount, Day, Integer, Shortest, Timestamp, Year};

/// A value as it was found in a row.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// Nothing: [`ObjectWriter::field`] leaves the field out, [`write_cell`] writes `null`.
    Absent,
    /// A text.
    Text(&'a str),
    /// The text of an exact number: a decimal, an integer of any size.
    Number(&'a str),
    /// A whole number.
    Int(i64),
    /// A binary float, taken by its shortest text. One of 32 bits is better given as [`Cell::Number`], by its own shortest text.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A day.
    Date(NaiveDate),
    /// A date and a time of day without offset.
    DateTime(NaiveDateTime),
    /// An instant with its offset.
    Instant(DateTime<FixedOffset>),
    /// JSON that is written as it stands: nested objects, values of unknown fields.
    Json(&'a [u8]),
}

/// Writes the value of a field, as the typed model would write what was given.
///
/// * [`Cell::Text`] is what stands in quotes, [`Cell::Number`], [`Cell::Int`] and [`Cell::Float`] what stands bare in JSON that
///   [`Payload::from_json`](super::Payload::from_json) reads.
/// * A whole number becomes text where the wire has text; any other number there is written bare, for the check to report.
/// * A truth value becomes `O` or `N` where the wire asks for yes or no, elsewhere it is left for the check to report.
/// * A date-time at midnight without offset is a day where the wire has a day; any other date-time there is for the check.
/// * What is no number (`NaN`) is written as a text where a number is expected, for the check to report; where the wire has text it
///   is `null`, since tables put it where nothing is.
///
/// # Example: four ways to say eight hundred and fifty
/// ```
/// use qlower_core::Transaction;
/// use qlower_core::model::cell::{Cell, write_cell};
///
/// let amount = Transaction::MODEL.field_by_name("amount").unwrap();
/// let mut out = Vec::new();
/// for cell in [Cell::Text("850.00"), Cell::Number("8.5e2"), Cell::Int(850), Cell::Float(850.0), Cell::Text("850,00")] {
///     write_cell(amount, cell, &mut out);
///     out.push(b' ');
/// }
/// assert_eq!(String::from_utf8(out).unwrap(), r#"850.00 850 850 850 "850,00" "#);
/// ```
pub fn write_cell(field: &Field, cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Absent => out.extend_from_slice(b"null"),
        Cell::Text(given) => write_given(field, given, out),
        Cell::Number(given) => write_number(field, given, out),
        Cell::Int(value) => write_int(field, value, out),
        Cell::Float(value) => write_float(field, value, out),
        Cell::Bool(value) => match field.kind {
            Kind::Code(list) if list.name == YesNo::LIST.name => YesNo::from(value).write(out),
            _ => out.extend_from_slice(if value { b"true" } else { b"false" }),
        },
        Cell::Date(day) => match field.kind {
            Kind::Timestamp => Timestamp::from(Day::from(day).to_string()).write(out),
            _ => Day::from(day).write(out),
        },
        Cell::DateTime(moment) => write_moment(field, moment, out),
        Cell::Instant(instant) => Timestamp::from(instant).write(out),
        Cell::Json(raw) => out.extend_from_slice(raw),
    }
}

/// Writes a JSON string.
///
/// ```
/// let mut out = Vec::new();
/// qlower_core::model::cell::write_text("l'été \"2025\"", &mut out);
/// assert_eq!(String::from_utf8(out).unwrap(), r#""l'été \"2025\"""#);
/// ```
pub fn write_text(given: &str, out: &mut Vec<u8>) {
    text(given, out);
}

/// Writes an object field by field: to be called in the table's order, known fields first.
///
/// ```
/// use qlower_core::Transaction;
/// use qlower_core::model::cell::{Cell, ObjectWriter};
///
/// let mut out = Vec::new();
/// let mut object = ObjectWriter::start(&mut out);
/// for field in Transaction::FIELDS {
///     let cell = match field.name {
///         "id" => Cell::Text("T1"),
///         "amount" => Cell::Int(850),
///         _ => Cell::Absent,
///     };
///     object.field(field, cell);
/// }
/// object.extra("note").extend_from_slice(b"[1,2]");
/// object.end();
/// assert_eq!(String::from_utf8(out).unwrap(), r#"{"id":"T1","amt":850,"note":[1,2]}"#);
/// ```
pub struct ObjectWriter<'o>(Object<'o>);

impl<'o> ObjectWriter<'o> {
    /// Opens the object at the end of `out`.
    pub fn start(out: &'o mut Vec<u8>) -> Self {
        Self(Object::start(out))
    }

    /// Writes a field, unless it is [`Cell::Absent`].
    #[inline]
    pub fn field(&mut self, field: &Field, cell: Cell<'_>) {
        if !matches!(cell, Cell::Absent) {
            write_cell(field, cell, self.nested(field));
        }
    }

    /// Writes a field's key. The caller has to write its value: an object, or an array that is not empty, since the canonical form
    /// leaves out an empty one.
    #[inline]
    pub fn nested(&mut self, field: &Field) -> &mut Vec<u8> {
        let out = self.0.next();
        out.extend_from_slice(field.quoted.as_bytes());
        out.push(b':');
        out
    }

    /// Writes the key of a field that the table does not know. The caller has to write its value.
    pub fn extra(&mut self, key: &str) -> &mut Vec<u8> {
        let out = self.0.next();
        text(key, out);
        out.push(b':');
        out
    }

    /// Closes the object.
    pub fn end(self) {
        self.0.close();
    }
}

/// What stands in quotes where JSON is read.
#[inline]
fn write_given(field: &Field, given: &str, out: &mut Vec<u8>) {
    match field.kind {
        Kind::Decimal if is_canonical(given.as_bytes()) => out.extend_from_slice(given.as_bytes()),
        Kind::Decimal => Amount::from(given).write(out),
        Kind::Integer => Integer::from(given).write(out),
        Kind::Timestamp => Timestamp::from(given).write(out),
        Kind::Code(list) => write_code(list, given, out),
        // A valid date or year has one form, which is the text itself.
        _ => text(given, out),
    }
}

/// What stands bare where JSON is read.
fn write_number(field: &Field, given: &str, out: &mut Vec<u8>) {
    match field.kind {
        Kind::Decimal if is_canonical(given.as_bytes()) => out.extend_from_slice(given.as_bytes()),
        Kind::Decimal => Amount::from_number(given).write(out),
        Kind::Integer => Integer::from_number(given).write(out),
        Kind::Year => Year::from_number(given).write(out),
        Kind::Code(list) => write_code(list, &list.code_of_number(given), out),
        kind if is_text(kind) && is_whole(given) => text(given, out),
        _ if scan::is_number(given.as_bytes()) => out.extend_from_slice(given.as_bytes()),
        kind if is_text(kind) => out.extend_from_slice(b"null"),
        _ => text(given, out),
    }
}

fn write_int(field: &Field, value: i64, out: &mut Vec<u8>) {
    // A vector takes every write.
    let _ = match field.kind {
        Kind::Decimal | Kind::Integer => write!(out, "{value}"),
        kind if is_text(kind) => write!(out, "\"{value}\""),
        _ => return write_number(field, &value.to_string(), out),
    };
}

fn write_float(field: &Field, value: f64, out: &mut Vec<u8>) {
    match field.kind {
        Kind::Decimal => Amount::from(value).write(out),
        Kind::Integer => Integer::from_number(&Shortest(value).to_string()).write(out),
        _ if value.is_nan() => out.extend_from_slice(b"null"),
        // Too large for any reader, but a number.
        _ if value.is_infinite() => out.extend_from_slice(if value > 0.0 { b"1e999" } else { b"-1e999" }),
        kind if is_text(kind) => _ = write!(out, "{:?}", Shortest(value)),
        _ => write_number(field, &Shortest(value).to_string(), out),
    }
}

fn write_moment(field: &Field, moment: NaiveDateTime, out: &mut Vec<u8>) {
    if matches!(field.kind, Kind::Date) && moment.time() == NaiveTime::MIN {
        return Day::from(moment.date()).write(out);
    }
    write_given(field, &moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string(), out);
}

fn write_code(list: &CodeList, code: &str, out: &mut Vec<u8>) {
    match list.wire_integer(code) {
        Some(number) => _ = write!(out, "{number}"),
        None => text(code, out),
    }
}

/// Whether the wire has a text, which may be a number's digits.
const fn is_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text
            | Kind::Secret
            | Kind::Version
            | Kind::Siren
            | Kind::Nic
            | Kind::Siret
            | Kind::Email
            | Kind::Country
            | Kind::PostCode
            | Kind::Url
    )
}

fn is_whole(given: &str) -> bool {
    let digits = given.strip_prefix('-').unwrap_or(given);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a decimal as it would be written, told by its looks: no zero too many in front, a sign only before what is not
/// zero, few digits.
#[inline]
fn is_canonical(given: &[u8]) -> bool {
    let digits = given.strip_prefix(b"-").unwrap_or(given);
    let negative = digits.len() < given.len();
    if !matches!(digits, [b'0'] | [b'0', b'.', ..] | [b'1'..=b'9', ..]) {
        return false;
    }
    let (mut point, mut other_than_zero) = (None, false);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0' => {}
            b'1'..=b'9' => other_than_zero = true,
            b'.' if point.is_none() => point = Some(at),
            _ => return false,
        }
    }
    digits.len() <= 18 && point != Some(digits.len() - 1) && (other_than_zero || !negative)
}
