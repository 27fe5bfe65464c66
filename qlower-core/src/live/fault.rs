//! What keeps a reply from being a reading.

mod message;

use std::fmt;

use serde_json::{Value, json};

use super::Unit;
use crate::lang::Lang;

/// What is wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadingCode {
    /// There is nothing in it.
    Empty,
    /// It is a page, HTML or XML.
    Html,
    /// It is not UTF-8.
    NotUtf8,
    /// It is not JSON, or was cut off.
    NotJson,
    /// It is nested deeper than 128 levels.
    TooDeep,
    /// It is larger than 1 MiB.
    TooLarge,
    /// A key that leads to the value, or tells of it, stands twice in its object: it is not clear which one counts.
    DuplicateKey,
    /// Nothing is where the path leads.
    PathMissing,
    /// What is there is no number.
    NotANumber,
    /// What is there is not finite: `NaN`, `Infinity`, or a number beyond all that can be held, such as `1e400`.
    NotFinite,
    /// The document's `status` says that its value is not to be trusted.
    StatusNotOk,
    /// The unit beside the value cannot be converted to the one that was agreed.
    UnitMismatch,
}

impl ReadingCode {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Empty,
        Self::Html,
        Self::NotUtf8,
        Self::NotJson,
        Self::TooDeep,
        Self::TooLarge,
        Self::DuplicateKey,
        Self::PathMissing,
        Self::NotANumber,
        Self::NotFinite,
        Self::StatusNotOk,
        Self::UnitMismatch,
    ];

    /// Its name, such as `path_missing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Html => "html",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::DuplicateKey => "duplicate_key",
            Self::PathMissing => "path_missing",
            Self::NotANumber => "not_a_number",
            Self::NotFinite => "not_finite",
            Self::StatusNotOk => "status_not_ok",
            Self::UnitMismatch => "unit_mismatch",
        }
    }
}

/// What stands at a place of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonKind {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A text.
    String,
    /// A text that holds a number, such as `"42.5"` or `"42,5"`: the quotes have to go.
    NumericString,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

impl JsonKind {
    /// Its name, such as `numeric_string`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::NumericString => "numeric_string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

/// A reply that is no reading: why, where, and what would help.
///
/// It shows keys of the document, and nothing else of what it holds.
///
/// ```
/// use qlower_core::Lang;
/// use qlower_core::live::{ReadingCode, ValuePath, read};
///
/// let body = br#"{"data": {"production": {"currentPower": 15.8}}}"#;
/// let fault = read(body, &ValuePath::parse("data.currentPower")?).unwrap_err();
/// assert_eq!(fault.code(), ReadingCode::PathMissing);
/// assert_eq!((fault.at(), fault.keys().collect::<Vec<_>>()), ("data", vec!["production"]));
/// assert_eq!(fault.suggestion(), Some("data.production.currentPower"));
/// assert_eq!(
///     fault.message(Lang::En),
///     "data has no currentPower, but production; data.production.currentPower leads to a number"
/// );
/// # Ok::<(), qlower_core::live::PathError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReadingFault(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) code: ReadingCode,
    /// How far the path leads, as a path; empty for the root.
    pub(super) at: String,
    /// The segment that is not there.
    pub(super) missing: Option<String>,
    pub(super) keys: Vec<String>,
    /// How many keys or items there are.
    pub(super) count: usize,
    pub(super) found: Option<JsonKind>,
    pub(super) place: Option<(u64, u64)>,
    pub(super) suggestion: Option<String>,
    pub(super) status: Option<&'static str>,
    pub(super) units: Option<(Unit, Unit)>,
}

impl ReadingFault {
    pub(super) fn new(code: ReadingCode) -> Self {
        Self::of(Inner {
            code,
            at: String::new(),
            missing: None,
            keys: Vec::new(),
            count: 0,
            found: None,
            place: None,
            suggestion: None,
            status: None,
            units: None,
        })
    }

    pub(super) fn of(inner: Inner) -> Self {
        Self(Box::new(inner))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(&mut self.0);
        self
    }

    /// A reply of which not even all was read, since it is larger than [`MAX_DOCUMENT_BYTES`](super::MAX_DOCUMENT_BYTES).
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(ReadingCode::TooLarge)
    }

    /// What is wrong.
    #[must_use]
    pub fn code(&self) -> ReadingCode {
        self.0.code
    }

    /// How far the path leads, as a path; empty for the document's root.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.0.at
    }

    /// The segment that is not there, of a path that leads nowhere.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        self.0.missing.as_deref()
    }

    /// The keys that are there instead: the first twenty, each as it would stand in a path, cut where it is very long.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.keys.iter().map(|key| &**key)
    }

    /// What stands where the path leads, or stops.
    #[must_use]
    pub fn found(&self) -> Option<JsonKind> {
        self.0.found
    }

    /// The line and the column at which it shows, in characters from 1, of what can be seen at one place.
    #[must_use]
    pub fn place(&self) -> Option<(u64, u64)> {
        self.0.place
    }

    /// A path that leads to a number, and was probably meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// All of it as a sentence, for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        message::message(&self.0, lang)
    }

    /// As JSON: `code`, `message`, `message_fr`, and what there is of `at`, `missing`, `keys`, `found`, `line`, `column` and
    /// `suggestion`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let Inner { code, at, missing, keys, found, place, suggestion, .. } = &*self.0;
        let mut out = json!({
            "code": code.as_str(),
            "message": self.message(Lang::En),
            "message_fr": self.message(Lang::Fr),
        });
        let mut put = |key: &str, value: Value| {
            if let Some(members) = out.as_object_mut() {
                members.insert(key.to_owned(), value);
            }
        };
        let led = matches!(code, ReadingCode::PathMissing | ReadingCode::NotANumber | ReadingCode::NotFinite);
        if led || !at.is_empty() {
            put("at", at.as_str().into());
        }
        if let Some(missing) = missing {
            put("missing", missing.as_str().into());
            put("keys", keys.clone().into());
        }
        if let Some(found) = found {
            put("found", found.as_str().into());
        }
        if let Some((line, column)) = place {
            put("line", (*line).into());
            put("column", (*column).into());
        }
        if let Some(suggestion) = suggestion {
            put("suggestion", suggestion.as_str().into());
        }
        out
    }
}

impl fmt::Debug for ReadingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadingFault({}: {self})", self.code().as_str())
    }
}

impl fmt::Display for ReadingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for ReadingFault {}
