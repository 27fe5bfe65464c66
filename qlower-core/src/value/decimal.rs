//! Exact decimals: what is one, how many digits it has, what a near miss meant.

use std::fmt;

use rust_decimal::Decimal;

use super::entered::{Scalar, append_formatted};

/// More significant digits than this do not survive a JSON number that is read as a binary float.
pub(crate) const MAX_DIGITS: u32 = 15;

/// What a text is, as a decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A decimal with so many significant digits.
    Number {
        digits: u32,
    },
    /// A number, but beyond what a decimal of 28 places holds.
    OutOfRange,
    Unreadable,
}

/// Counts significant digits of `-123.4500`: leading and trailing zeros do not count.
#[inline]
pub(crate) fn read(text: &[u8], exponent_allowed: bool) -> Reading {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let (mut significant, mut pending, mut total) = (0_u32, 0_u32, 0_u32);
    let (mut point, mut since_point) = (false, 0_u32);
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0' => {
                pending += u32::from(significant > 0);
                total += 1;
                since_point += 1;
            }
            b'1'..=b'9' => {
                significant += pending + 1;
                pending = 0;
                total += 1;
                since_point += 1;
            }
            b'.' if !point && total > 0 => (point, since_point) = (true, 0),
            b'e' | b'E' if exponent_allowed && since_point > 0 => return scientific(text, digits.get(at + 1..)),
            _ => return Reading::Unreadable,
        }
    }
    if since_point == 0 {
        Reading::Unreadable
    } else if total > 28 && significant <= MAX_DIGITS {
        exact(text).map_or(Reading::OutOfRange, |_| Reading::Number { digits: significant })
    } else {
        Reading::Number { digits: significant }
    }
}

#[cold]
fn scientific(text: &[u8], exponent: Option<&[u8]>) -> Reading {
    let exponent = exponent.unwrap_or_default();
    let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
    if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
        return Reading::Unreadable;
    }
    match exact(text) {
        Some(decimal) => read(decimal.to_string().as_bytes(), false),
        None => Reading::OutOfRange,
    }
}

fn exact(text: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(text).ok()?;
    match text.find(['e', 'E']) {
        Some(at) => {
            let (mantissa, exponent) = text.split_at_checked(at)?;
            let mantissa = Decimal::from_str_exact(mantissa).ok()?.normalize();
            let scaled = format!("{mantissa}{exponent}");
            let value = Decimal::from_scientific(&scaled).ok()?;
            // An exponent that pushes digits out of the 28 places would be rounded away.
            (!value.is_zero() || mantissa.is_zero()).then_some(value)
        }
        None => Decimal::from_str_exact(text).ok(),
    }
}

/// The plain decimal that a text in another notation means, where there is only one way to read it: French
/// (`1 500,00`, `1.500,00 €`), English thousands (`1,500.00`), a plus sign, a missing zero.
pub(crate) fn suggest(text: &str) -> Option<String> {
    let bare: String = text
        .trim()
        .trim_end_matches("EUR")
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '€' | '\'' | '’' | '_' | '\u{202f}' | '\u{a0}'))
        .collect();
    let bare = bare.replace('\u{2212}', "-");
    let bare = bare.strip_prefix('+').unwrap_or(&bare);
    let (sign, digits) = bare.strip_prefix('-').map_or(("", bare), |rest| ("-", rest));
    let (whole, fraction) = match (digits.rfind(','), digits.rfind('.')) {
        (Some(comma), Some(point)) => {
            let (at, grouping) = if comma > point { (comma, '.') } else { (point, ',') };
            let (whole, fraction) = digits.split_at_checked(at)?;
            (ungroup(whole, grouping)?, fraction.get(1..)?)
        }
        (Some(comma), None) => {
            let (whole, fraction) = digits.split_at_checked(comma)?;
            (whole.to_owned(), fraction.get(1..)?)
        }
        (None, Some(point)) => {
            let (whole, fraction) = digits.split_at_checked(point)?;
            (whole.to_owned(), fraction.get(1..)?)
        }
        (None, None) if digits.contains(['e', 'E']) => {
            return Decimal::from_scientific(bare).ok().map(|value| value.to_string());
        }
        (None, None) => (digits.to_owned(), ""),
    };
    // "1,500" may be one and a half or fifteen hundred.
    if text.contains(',') && !text.contains('.') && fraction.len() == 3 {
        return None;
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { &whole };
    let plain = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    matches!(read(plain.as_bytes(), false), Reading::Number { .. }).then_some(plain)
}

fn ungroup(whole: &str, grouping: char) -> Option<String> {
    let mut groups = whole.split(grouping);
    let first = groups.next()?;
    let regular = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    regular.then(|| whole.replace(grouping, ""))
}

impl Scalar for Decimal {
    const WHAT: &'static str = "a decimal number with '.'";
    const BARE: bool = true;

    /// A quoted decimal is a plain one.
    fn read(text: &str) -> Option<Self> {
        match read(text.as_bytes(), false) {
            Reading::Number { .. } => exact(text.as_bytes()),
            _ => None,
        }
    }

    fn read_number(text: &str) -> Option<Self> {
        match read(text.as_bytes(), true) {
            Reading::Number { .. } => exact(text.as_bytes()),
            _ => None,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }

    fn append(&self, out: &mut Vec<u8>) {
        let (Ok(mut left), scale @ 0..=18) = (u64::try_from(self.mantissa().unsigned_abs()), self.scale()) else {
            return append_formatted(self, out);
        };
        if self.is_sign_negative() {
            out.push(b'-');
        }
        let start = out.len();
        // From the last digit to the first, of which there is one before the point.
        let mut digits = 0;
        while digits <= scale || left > 0 {
            if digits == scale && scale > 0 {
                out.push(b'.');
            }
            out.push(b'0' + u8::try_from(left % 10).unwrap_or(0));
            left /= 10;
            digits += 1;
        }
        if let Some(number) = out.get_mut(start..) {
            number.reverse();
        }
    }

    fn survives_float(&self) -> bool {
        matches!(read(self.to_string().as_bytes(), false), Reading::Number { digits } if digits <= MAX_DIGITS)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for super::Amount {
            fn from(value: $integer) -> Self {
                Self::Value(Decimal::from(value))
            }
        }
    )*};
}
from_integer!(i32, i64, u32, u64);

impl From<f64> for super::Amount {
    /// Takes a float by its shortest decimal text: `0.1` is exactly 0.1. What arithmetic on floats left behind
    /// (`0.1 + 0.2`) has too many digits, and the check says so.
    fn from(value: f64) -> Self {
        Self::from(super::Shortest(value).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Amount;

    fn digits(text: &str) -> Option<u32> {
        match read(text.as_bytes(), true) {
            Reading::Number { digits } => Some(digits),
            _ => None,
        }
    }

    proptest::proptest! {
        #[test]
        fn a_decimal_is_appended_as_it_is_written(mantissa in proptest::prelude::any::<i128>(), shift in 32..128_u32, scale in 0..29_u32) {
            for mantissa in [mantissa >> shift, 0] {
                let Ok(mut decimal) = Decimal::try_from_i128_with_scale(mantissa, scale) else { continue };
                for _ in 0..2 {
                    let (mut appended, mut formatted) = (Vec::new(), Vec::new());
                    decimal.append(&mut appended);
                    append_formatted(&decimal, &mut formatted);
                    proptest::prop_assert_eq!(String::from_utf8(appended), String::from_utf8(formatted));
                    decimal.set_sign_negative(true);
                }
            }
        }
    }

    #[test]
    fn zeros_at_either_end_are_not_significant() {
        for (text, expected) in [
            ("0", 0),
            ("0.00", 0),
            ("-0", 0),
            ("1500.00", 2),
            ("0.1", 1),
            ("100200", 4),
            ("1234567.89", 9),
            ("-99999999999.99", 13),
            ("999999999999999", 15),
            ("9999999999999999", 16),
            ("0.30000000000000004", 17),
            ("1e5", 1),
            ("1.50E+2", 2),
            ("12e-3", 2),
            ("00012", 2),
        ] {
            assert_eq!(digits(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_told_apart_from_what_is_too_large() {
        for text in ["", "-", ".", "1.", ".5", "+1", "1 500", "1,5", "1e", "1e+", "NaN", "0x1", "1.2.3", "--1", "é"] {
            assert_eq!(read(text.as_bytes(), true), Reading::Unreadable, "{text}");
        }
        for text in ["1e400", "1e-400", "-1e29", "100000000000000000000000000000", "0.00000000000000000000000000001"] {
            assert_eq!(read(text.as_bytes(), true), Reading::OutOfRange, "{text}");
        }
        assert_eq!(read(b"1e5", false), Reading::Unreadable, "an exponent in quotes");
    }

    #[test]
    fn values_are_exact() {
        for text in ["0.1", "1234567.89", "-99999999999.99", "0.30", "79228162514264337593543950335"] {
            assert_eq!(Amount::from(text).to_string(), text);
        }
        assert_eq!(<Decimal as Scalar>::read_number("1e3"), Some(Decimal::from(1000)));
        assert_eq!(Amount::from("1e3").invalid_text(), Some("1e3"), "in quotes it is none");
        assert_eq!(Amount::from(0.1), Amount::from("0.1"));
        assert_eq!(Amount::from(f64::NAN).invalid_text(), Some("NaN"));
        assert_eq!(Amount::from(1e300).value(), None);
        assert_eq!(Amount::from(f64::EPSILON).invalid_text(), Some("0.0000000000000002220446049250313"), "not rounded");
    }

    #[test]
    fn other_notations_are_suggested_only_when_unambiguous() {
        for (text, expected) in [
            ("1 500,00", Some("1500.00")),
            ("1\u{202f}500,00 €", Some("1500.00")),
            ("1.500,00", Some("1500.00")),
            ("1,500.00", Some("1500.00")),
            ("12,5", Some("12.5")),
            ("+5", Some("5")),
            (".5", Some("0.5")),
            ("-3,20 EUR", Some("-3.20")),
            ("1e3", Some("1000")),
            ("1,500", None),
            ("12O,50", None),
            ("1.50,00", None),
            ("", None),
        ] {
            assert_eq!(suggest(text).as_deref(), expected, "{text}");
        }
    }
}
