//! Whole numbers and years.

use std::fmt;

use super::entered::Scalar;

/// Reads a whole number; a fraction of zeros (`3.0`) is allowed.
pub(crate) fn read_integer(text: &[u8], exponent_allowed: bool) -> Option<i64> {
    let plain = text.iter().all(|b| b.is_ascii_digit() || *b == b'-');
    let text = std::str::from_utf8(text).ok()?;
    if plain && text.len() < 19 {
        return text.parse().ok();
    }
    if !exponent_allowed && text.contains(['e', 'E']) {
        return None;
    }
    let value = <rust_decimal::Decimal as Scalar>::read_number(text)?.normalize();
    if value.scale() == 0 { i64::try_from(value).ok() } else { None }
}

/// A year of four digits, 0001 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearNumber(u16);

impl YearNumber {
    /// A year, if it has a place in four digits.
    #[must_use]
    pub const fn new(year: u16) -> Option<Self> {
        if year >= 1 && year <= 9999 { Some(Self(year)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl From<i32> for super::Year {
    /// A year outside 1 to 9999 is kept as text, for the check to report.
    fn from(year: i32) -> Self {
        u16::try_from(year)
            .ok()
            .and_then(YearNumber::new)
            .map_or_else(|| Self::Text(year.to_string().into()), Self::Value)
    }
}

impl Scalar for YearNumber {
    const WHAT: &'static str = "a year (YYYY)";
    const BARE: bool = false;

    fn read(text: &str) -> Option<Self> {
        let four_digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        four_digits.then(|| text.parse().ok()).flatten().and_then(Self::new)
    }

    fn read_number(text: &str) -> Option<Self> {
        let number = read_integer(text.as_bytes(), true)?;
        u16::try_from(number).ok().filter(|year| *year >= 1000).and_then(Self::new)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl Scalar for i64 {
    const WHAT: &'static str = "a whole number";
    const BARE: bool = true;

    fn read(text: &str) -> Option<Self> {
        read_integer(text.as_bytes(), false)
    }

    fn read_number(text: &str) -> Option<Self> {
        read_integer(text.as_bytes(), true)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<i32> for super::Integer {
    fn from(value: i32) -> Self {
        Self::Value(i64::from(value))
    }
}

impl From<u32> for super::Integer {
    fn from(value: u32) -> Self {
        Self::Value(i64::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Integer, Year};

    #[test]
    fn integers_allow_a_fraction_of_zeros_only() {
        for (text, expected) in [
            ("3", Some(3)),
            ("-2", Some(-2)),
            ("3.0", Some(3)),
            ("1e2", Some(100)),
            ("3.5", None),
            ("", None),
            ("-", None),
            ("1-2", None),
            ("three", None),
            ("99999999999999999999", None),
            ("9223372036854775807", Some(i64::MAX)),
        ] {
            assert_eq!(read_integer(text.as_bytes(), true), expected, "{text}");
        }
        assert_eq!(read_integer(b"1e2", false), None);
        assert_eq!(Integer::from("x").invalid_text(), Some("x"));
    }

    #[test]
    fn a_year_has_four_digits() {
        assert_eq!(Year::from("2024").value().map(|year| year.get()), Some(2024));
        for bad in ["24", "02024", "0000", "2O24", "", "-2024"] {
            assert_eq!(Year::from(bad).invalid_text(), Some(bad));
        }
        assert_eq!(Year::from(2024), Year::from("2024"));
        assert_eq!(Year::from(-1).invalid_text(), Some("-1"));
    }
}
