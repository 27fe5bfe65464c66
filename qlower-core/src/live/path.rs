//! Where a value stands in a document.

mod error;
mod notation;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

pub use error::{PathCode, PathError};

/// Longest text of a path, in bytes.
const MAX_BYTES: usize = 1000;

/// The dotted path from a document's root to a value: `data.production.currentPower`.
///
/// Each segment is the key of an object, or the index of an array, from 0: `measurements.0.value`. A segment of digits is an index
/// in an array and a key in an object. A dot that belongs to a key has a backslash before it, as have a backslash and a `[`:
/// `site\.power` leads to `{"site.power": 42.5}`.
///
/// ```
/// use qlower_core::live::ValuePath;
///
/// let path = ValuePath::parse("measurements.0.value")?;
/// assert_eq!(path.segments().collect::<Vec<_>>(), ["measurements", "0", "value"]);
///
/// let other = ValuePath::parse("$.measurements[0].value").unwrap_err();
/// assert_eq!(other.suggestion(), Some("measurements.0.value"));
/// # Ok::<(), qlower_core::live::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ValuePath(Box<[Box<str>]>);

impl ValuePath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError`] for a path, or a segment, that is empty; for a backslash before a letter, a digit or nothing; white space at
    /// either end; control characters; the notations of JSON Pointer and JSONPath, with a suggestion; more than 1,000 bytes.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::new(PathCode::Empty, 1));
        }
        if text.len() > MAX_BYTES {
            return Err(PathError::new(PathCode::TooLong, MAX_BYTES + 1));
        }
        if let Some((position, suggestion)) = notation::other(text) {
            return Err(PathError::new(PathCode::OtherNotation, position).suggest(suggestion));
        }
        let mut keys = vec![String::new()];
        let (mut chars, mut escaped) = (text.chars().zip(1..).peekable(), false);
        let last = text.chars().count();
        while let Some((char, position)) = chars.next() {
            let was_escaped = std::mem::take(&mut escaped);
            let problem = match char {
                _ if char.is_control() => Some(PathCode::Control),
                _ if was_escaped => char.is_alphanumeric().then_some(PathCode::Escape),
                '\\' if chars.peek().is_none() => Some(PathCode::Escape),
                '.' => {
                    let empty = keys.last().is_none_or(String::is_empty) || chars.peek().is_none();
                    empty.then_some(PathCode::EmptySegment)
                }
                _ if char.is_whitespace() && (position == 1 || position == last) => Some(PathCode::WhiteSpace),
                _ => None,
            };
            match problem {
                Some(PathCode::WhiteSpace) => {
                    let trimmed = Self::parse(text.trim()).ok().map(|path| path.to_string());
                    return Err(PathError::new(PathCode::WhiteSpace, position).suggest(trimmed));
                }
                // At the backslash.
                Some(PathCode::Escape) if was_escaped => return Err(PathError::new(PathCode::Escape, position - 1)),
                Some(code) => return Err(PathError::new(code, position)),
                None => {}
            }
            match (char, was_escaped) {
                ('\\', false) => escaped = true,
                ('.', false) => keys.push(String::new()),
                _ => {
                    if let Some(key) = keys.last_mut() {
                        key.push(char);
                    }
                }
            }
        }
        let path = Self(keys.into_iter().map(String::into_boxed_str).collect());
        // Brackets get their backslash when it is written, and it has to be readable again.
        if path.to_string().len() > MAX_BYTES {
            return Err(PathError::new(PathCode::TooLong, last));
        }
        Ok(path)
    }

    /// The path of these keys and indices. `None` if there are none, or no path can be written for them: an empty key, one with
    /// control characters, or too many.
    pub fn of<S: Into<Box<str>>>(segments: impl IntoIterator<Item = S>) -> Option<Self> {
        let path = Self(segments.into_iter().map(Into::into).collect());
        let sound = |key: &str| !key.is_empty() && !key.contains(char::is_control);
        let all = !path.0.is_empty() && path.segments().all(sound);
        (all && path.to_string().len() <= MAX_BYTES).then_some(path)
    }

    /// Of keys that a document of ours has.
    pub(super) fn of_known(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| (*key).into()).collect())
    }

    /// The segments, without backslashes.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|key| &**key)
    }
}

/// Writes keys and indices as a path.
pub(super) fn write(out: &mut dyn fmt::Write, keys: &[&str]) -> fmt::Result {
    let end = keys.len().saturating_sub(1);
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            out.write_char('.')?;
        }
        let last = key.chars().count().saturating_sub(1);
        for (position, char) in key.chars().enumerate() {
            let at_start = at == 0 && position == 0 && (matches!(char, '/' | '$') || char.is_whitespace());
            let at_end = at == end && position == last && char.is_whitespace();
            if matches!(char, '.' | '\\' | '[') || at_start || at_end {
                out.write_char('\\')?;
            }
            out.write_char(char)?;
        }
    }
    Ok(())
}

impl fmt::Display for ValuePath {
    /// Writes it so that it can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.segments().collect::<Vec<_>>())
    }
}

impl FromStr for ValuePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl Serialize for ValuePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
