//! Reading single values whatever JSON type they arrive in.

use std::fmt;

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

/// Bytes of an answer as they came. `Debug` shows only how many they are.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Body(Box<[u8]>);

impl Body {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The JSON of a body; a byte order mark and bytes that are not UTF-8 do not stand in the way.
pub(super) fn json(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_str(&String::from_utf8_lossy(body))
}

/// A text, or the text of a number or truth value.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text that says something.
pub(super) fn some_text(value: Option<&Value>) -> Option<String> {
    text(value).filter(|text| !text.trim().is_empty())
}

/// A text, or the JSON of anything else that is there.
pub(super) fn any_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A number of items: 2, 2.0, "2". What is no such number is none, however large or odd.
pub(super) fn count(fields: &Map<String, Value>, key: &str) -> Option<u64> {
    match fields.get(key)? {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<u64> {
    // Beyond 2^53 a float no longer tells neighbours apart.
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

/// The date and time of day as written, whatever offset stands behind them.
pub(super) fn naive(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let plain = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    plain.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.naive_local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<u64> {
        let fields: Map<String, Value> = serde_json::from_str(&format!("{{\"n\": {json}}}")).unwrap();
        count(&fields, "n")
    }

    #[test]
    fn counts_are_read_in_every_type() {
        for (json, expected) in [
            ("2", Some(2)),
            ("2.0", Some(2)),
            ("\" 2 \"", Some(2)),
            ("\"2.0\"", Some(2)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1e300", None),
            ("-1", None),
            ("2.5", None),
            ("\"NaN\"", None),
            ("\"two\"", None),
            ("null", None),
            ("[2]", None),
        ] {
            assert_eq!(read(json), expected, "{json}");
        }
    }

    #[test]
    fn times_are_naive_whatever_stands_behind_them() {
        let expected = naive("2025-12-02T09:46:28.526977").unwrap();
        assert_eq!(expected.to_string(), "2025-12-02 09:46:28.526977");
        for text in [" 2025-12-02 09:46:28.526977 ", "2025-12-02T09:46:28.526977Z", "2025-12-02T09:46:28.526977+01:00"]
        {
            assert_eq!(naive(text), Some(expected), "{text}");
        }
        for text in ["", "2025-12-02", "2025-02-30T00:00:00", "yesterday"] {
            assert_eq!(naive(text), None, "{text}");
        }
    }
}
