//! What comes with an HTTP status other than 200.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::excerpt::{LENGTH, excerpt, one_line, shorten};
use super::lenient::{Body, any_text, json, some_text};
use super::mask::Mask;
use crate::secret::ApiKey;

/// Why Qlower rejected a whole payload; wire key `type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The payload breaks the format.
    ValidationError,
    /// The body was malformed JSON.
    WrongFormat,
    /// A value was not acceptable.
    ValueError,
    /// A key was missing.
    KeyError,
    /// Qlower failed.
    InternalServerError,
    /// One that this edition does not know.
    Other(String),
}

impl RejectionKind {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ValidationError => "ValidationError",
            Self::WrongFormat => "WrongFormat",
            Self::ValueError => "ValueError",
            Self::KeyError => "KeyError",
            Self::InternalServerError => "InternalServerError",
            Self::Other(name) => name,
        }
    }

    fn from_wire(name: String) -> Self {
        let known =
            [Self::ValidationError, Self::WrongFormat, Self::ValueError, Self::KeyError, Self::InternalServerError];
        known.into_iter().find(|kind| kind.as_str() == name.trim()).unwrap_or(Self::Other(name))
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer with an HTTP status other than 200: Qlower's JSON, or whatever a proxy in front of it said.
///
/// `Display` is one line for people; details, which may repeat what was sent, are not in it.
///
/// # Example: a rejection, and a page of a proxy
/// ```
/// use qlower_core::reply::{Rejection, RejectionKind};
///
/// let body = r#"{"status": "KO", "type": "KeyError", "message": "Clé absente", "errors": ["creDtTm"]}"#;
/// let rejection = Rejection::parse(400, body.as_bytes(), None);
/// assert_eq!(rejection.kind(), Some(&RejectionKind::KeyError));
/// assert_eq!(rejection.to_string(), "HTTP 400 KeyError: Clé absente");
///
/// let rejection = Rejection::parse(502, b"<html><h1>Bad Gateway</h1></html>", None);
/// assert_eq!(rejection.to_string(), "HTTP 502: Bad Gateway");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    status: u16,
    kind: Option<RejectionKind>,
    message: Option<String>,
    details: Option<Value>,
    excerpt: String,
    raw: Body,
}

impl Rejection {
    /// Reads an answer. Every body is accepted: one that is not the documented JSON still has its status and excerpt.
    ///
    /// `key` is masked wherever the answer repeats it. The body's size is for the caller to bound.
    #[must_use]
    pub fn parse(status: u16, body: &[u8], key: Option<&ApiKey>) -> Self {
        let mask = Mask::new(key);
        let mut value = json(body).unwrap_or_default();
        mask.value(&mut value);
        let kind = some_text(value.get("type")).map(RejectionKind::from_wire);
        let message = any_text(value.get("message"));
        let mut details =
            ["errors", "error", "detail"].into_iter().filter_map(|key| value.get(key)).filter(|value| !value.is_null());
        let details = details.next().cloned();
        Self { status, kind, message, details, excerpt: excerpt(body, &mask), raw: Body::new(body) }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Why, if the body says so.
    #[must_use]
    pub const fn kind(&self) -> Option<&RejectionKind> {
        self.kind.as_ref()
    }

    /// The server's message, if the body has one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What the body has under `errors` (400) or `error` (500): any JSON.
    #[must_use]
    pub const fn details(&self) -> Option<&Value> {
        self.details.as_ref()
    }

    /// The beginning of the body as one line, at most 200 characters, HTML reduced to its text, the access key masked.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }

    /// The body as it came, nothing masked.
    #[must_use]
    pub const fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(kind) = &self.kind {
            write!(f, " {}", shorten(&one_line(kind.as_str()), LENGTH))?;
        }
        let message = self.message.as_deref().map(one_line).filter(|message| !message.is_empty());
        match message {
            Some(message) => write!(f, ": {}", shorten(&message, LENGTH)),
            None if self.kind.is_some() => Ok(()),
            None if self.excerpt.is_empty() => f.write_str(" without a readable body"),
            None => write!(f, ": {}", self.excerpt),
        }
    }
}

impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("type", &self.kind.as_ref().map(RejectionKind::as_str))?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("details", &self.details)?;
        map.serialize_entry("excerpt", &self.excerpt)?;
        map.end()
    }
}
