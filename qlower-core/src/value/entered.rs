//! A value as it was entered: parsed where it could be, else the text.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that [`Entered`] can hold: it reads a text and writes it in one canonical way.
pub trait Scalar: Clone + PartialEq + fmt::Debug + Sized {
    /// What the value is, for error messages: "a date".
    const WHAT: &'static str;
    /// Whether the canonical form stands bare in JSON, as a number.
    const BARE: bool;

    /// Reads the wire's text.
    fn read(text: &str) -> Option<Self>;
    /// Reads the text of a JSON number, where that may differ: the year `2025.0` is the number 2025.
    fn read_number(text: &str) -> Option<Self> {
        Self::read(text)
    }
    /// Writes the wire's text, without quotes.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    /// Appends the wire's text, without quotes: the same as [`Scalar::write`] gives, where that can be had sooner.
    #[doc(hidden)]
    fn append(&self, out: &mut Vec<u8>) {
        append_formatted(self, out);
    }
    /// Whether the canonical text would still be exact after a JSON reader's binary floats.
    fn survives_float(&self) -> bool {
        true
    }
}

/// Appends what [`Scalar::write`] writes.
pub(crate) fn append_formatted<T: Scalar>(value: &T, out: &mut Vec<u8>) {
    struct Formatted<'v, T>(&'v T);
    impl<T: Scalar> fmt::Display for Formatted<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.write(f)
        }
    }
    // A vector takes every write.
    _ = write!(out, "{}", Formatted(value));
}

/// A value as it was entered: parsed if its text was valid, otherwise the text itself, for the check to report.
///
/// `From<&str>` never fails; `FromStr` (`parse()`) refuses what is not valid. Equality compares values:
/// `1500` equals `1500.00`. The default is an empty text, which a check reports as missing.
///
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::value::{Day, Entered};
///
/// let day = NaiveDate::from_ymd_opt(2025, 6, 1).unwrap();
/// assert_eq!(Day::from(day), Day::from("2025-06-01"));
/// assert!(matches!(Day::from("June"), Entered::Text(text) if &*text == "June"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Entered<T> {
    /// The parsed value.
    Value(T),
    /// What was given, as it stood, because it is no such value.
    Text(Box<str>),
}

impl<T: Scalar> Entered<T> {
    /// The parsed value, or `None` if only text was given.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Text(_) => None,
        }
    }

    /// Takes the text of a JSON number.
    pub(crate) fn from_number(text: &str) -> Self {
        T::read_number(text).map_or_else(|| Self::from(text), Self::Value)
    }

    /// The text that was given, if it is not a valid value.
    pub fn invalid_text(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl<T> Default for Entered<T> {
    fn default() -> Self {
        Self::Text(Box::default())
    }
}

impl<T: Scalar> From<T> for Entered<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Scalar> From<&str> for Entered<T> {
    fn from(text: &str) -> Self {
        T::read(text).map_or_else(|| Self::Text(text.into()), Self::Value)
    }
}

impl<T: Scalar> From<String> for Entered<T> {
    fn from(text: String) -> Self {
        T::read(&text).map_or_else(|| Self::Text(text.into()), Self::Value)
    }
}

impl<T: Scalar> FromStr for Entered<T> {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        T::read(text).map(Self::Value).ok_or(InvalidValue { what: T::WHAT })
    }
}

impl<T: Scalar> fmt::Display for Entered<T> {
    /// The wire's text, without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.write(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl<T: Scalar> Serialize for Entered<T> {
    /// A number where the wire has one and a binary float keeps it exact, else text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) if T::BARE && value.survives_float() => {
                let text = self.to_string();
                match (text.parse::<i64>(), text.parse::<f64>()) {
                    (Ok(whole), _) => serializer.serialize_i64(whole),
                    (_, Ok(float)) => serializer.serialize_f64(float),
                    _ => serializer.serialize_str(&text),
                }
            }
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Entered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self::from)
    }
}

/// Takes a text or a number, as the number's shortest exact text.
pub(crate) struct TextVisitor;

impl serde::de::Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_f64<E>(self, number: f64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// A text that is not the value it should be. The text itself is not repeated: it may be private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this text is not {what}")]
pub struct InvalidValue {
    pub(crate) what: &'static str,
}

#[cfg(test)]
mod tests {
    use crate::value::{Amount, Day, Integer, Year};

    #[test]
    fn serde_keeps_decimals_to_the_last_digit() {
        for text in ["0.1", "1234567.89", "-99999999999.99", "0.30000000000000004", "12345678901234567890.12", "1e5"] {
            let amount = Amount::from(text);
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount, "{json}");
        }
        assert_eq!(serde_json::to_string(&Amount::from("0.1")).unwrap(), "0.1");
        assert_eq!(
            serde_json::to_string(&Amount::from("12345678901234567890.12")).unwrap(),
            "\"12345678901234567890.12\""
        );
    }

    #[test]
    fn an_invalid_text_goes_through_serde_unchanged() {
        let day = Day::from("soon");
        let json = serde_json::to_string(&day).unwrap();
        assert_eq!(json, "\"soon\"");
        assert_eq!(serde_json::from_str::<Day>(&json).unwrap(), day);
    }

    #[test]
    fn numbers_and_texts_are_read_alike() {
        assert_eq!(serde_json::from_str::<Year>("2024").unwrap(), Year::from("2024"));
        assert_eq!(serde_json::from_str::<Integer>("\"3\"").unwrap(), Integer::from(3));
        assert_eq!(serde_json::to_string(&Year::from("2024")).unwrap(), "\"2024\"");
        assert_eq!(serde_json::to_string(&Integer::from("3")).unwrap(), "3");
    }
}
