//! Fields that the table does not know.

use std::fmt;

use serde::ser::SerializeMap;
use serde_json::Value;

use crate::secret::{self, MASK};

/// Unknown fields of an object, as they were read: key and raw JSON. Writing puts them after the known fields, the check warns of
/// each.
///
/// ```
/// use qlower_core::Transaction;
///
/// let read: Transaction = serde_json::from_str(r#"{"id": "T1", "note": [1, 2]}"#).unwrap();
/// assert_eq!(read.extra.get("note"), Some("[1,2]"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::box_collection, reason = "one word in every item, where nearly none has any")]
pub struct Extra(Option<Box<Vec<RawField>>>);

/// Key and raw JSON.
type RawField = (Box<str>, Box<str>);

impl fmt::Debug for Extra {
    /// Keys and values, but for the value of a misspelled access key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, raw) in self.iter() {
            map.entry(&key, &if secret::names_a_secret(key) { MASK } else { raw });
        }
        map.finish()
    }
}

/// A text that is no JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text of an extra field must be one JSON value")]
pub struct InvalidExtra;

impl Extra {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Key and raw JSON of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|fields| fields.iter()).map(|(key, raw)| (&**key, &**raw))
    }

    /// The raw JSON under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, raw)| raw)
    }

    /// Adds a field, or replaces it.
    ///
    /// # Errors
    /// [`InvalidExtra`] if `raw` is not one JSON value.
    pub fn insert(&mut self, key: &str, raw: &str) -> Result<(), InvalidExtra> {
        let value: Value = serde_json::from_str(raw).map_err(|_| InvalidExtra)?;
        if let Some(fields) = &mut self.0 {
            fields.retain(|(known, _)| &**known != key);
        }
        self.push_value(key, &value);
        Ok(())
    }

    pub(crate) fn push_raw(&mut self, key: &str, raw: &str) {
        self.0.get_or_insert_default().push((key.into(), raw.into()));
    }

    pub(crate) fn push_value(&mut self, key: &str, value: &Value) {
        self.push_raw(key, &value.to_string());
    }

    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (key, raw) in self.iter() {
            let value: Value = serde_json::from_str(raw).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(key, &value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_access_key_is_not_printed() {
        let mut extra = Extra::default();
        extra.insert("api_key", "\"s3cr3t\"").unwrap();
        extra.insert("note", "1").unwrap();
        assert_eq!(format!("{extra:?}"), r#"{"api_key": "***", "note": "1"}"#);
        assert_eq!(extra.insert("x", "1 2"), Err(InvalidExtra));
    }
}
