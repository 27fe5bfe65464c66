//! Numbers and dates as JSON, where going through the core's types would take most of the time.

use std::io::Write as _;

use chrono::{Datelike, NaiveDate};
use qlower_core::model::Kind;
use qlower_core::model::cell::{Cell, write_cell, write_text};
use qlower_core::value::Shortest;

use super::plan::Target;

/// Writes a value of a column.
pub(super) fn put(target: &Target, cell: Cell<'_>, out: &mut Vec<u8>) {
    match target {
        Target::Field(field) => write_cell(field, cell, out),
        Target::Extra(_) => plain(cell, out),
    }
}

/// The value of a field that nobody knows.
fn plain(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Text(text) => write_text(text, out),
        Cell::Number(number) => out.extend_from_slice(number.as_bytes()),
        Cell::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Cell::Float(number) if number.is_finite() => _ = write!(out, "{:?}", Shortest(number)),
        Cell::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::Date(day) => write_text(&day.to_string(), out),
        Cell::DateTime(moment) => write_text(&moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string(), out),
        Cell::Instant(instant) => write_text(&instant.to_rfc3339(), out),
        _ => out.extend_from_slice(b"null"),
    }
}

pub(super) fn is_decimal(target: &Target) -> bool {
    matches!(target, Target::Field(field) if matches!(field.kind, Kind::Decimal))
}

pub(super) fn is_date(target: &Target) -> bool {
    matches!(target, Target::Field(field) if matches!(field.kind, Kind::Date))
}

/// Writes an amount that is a whole number of cents, by its shortest text; `false` if it is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "whole and below 2^53; equal to the bit is what is asked"
)]
pub(super) fn cents(value: f64, out: &mut Vec<u8>) -> bool {
    let cents = (value * 100.0).round();
    // Below 15 digits a decimal that reads as the float is its shortest text, but for zeros at the end.
    if cents.abs() >= 1e14 || cents == 0.0 || cents / 100.0 != value {
        return false;
    }
    decimal(cents as i64, 2, true, out);
    true
}

/// Writes `value / 10^scale`; without zeros at the end of the fraction, if asked.
pub(super) fn decimal(value: i64, scale: usize, trim: bool, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 40];
    let mut at = digits.len();
    let mut left = value.unsigned_abs();
    let mut written = 0;
    while left > 0 || written <= scale {
        if written == scale && scale > 0 {
            at -= 1;
            put_byte(&mut digits, at, b'.');
        }
        at -= 1;
        put_byte(&mut digits, at, b'0' + (left % 10) as u8);
        left /= 10;
        written += 1;
    }
    let text = digits.get(at..).unwrap_or_default();
    let text = if trim && scale > 0 {
        let kept = text.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
        let text = text.get(..kept).unwrap_or_default();
        text.strip_suffix(b".").unwrap_or(text)
    } else {
        text
    };
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(text);
}

fn put_byte(digits: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = digits.get_mut(at) {
        *place = byte;
    }
}

/// Writes a day in quotes; `false` for a year that has not four digits.
pub(super) fn day(day: NaiveDate, out: &mut Vec<u8>) -> bool {
    let Ok(year @ 1000..=9999) = u32::try_from(day.year()) else { return false };
    let two = |number: u32| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
    let ([c, d], [y, z], [m, n], [p, q]) = (two(year / 100), two(year % 100), two(day.month()), two(day.day()));
    out.extend_from_slice(&[b'"', c, d, y, z, b'-', m, n, b'-', p, q, b'"']);
    true
}
