//! Webhooks of Keyclic's: reports and operations.
//!
//! Keyclic documents no signature. Protect the address with a path that nobody can guess, or with HTTP Basic
//! ([`verify_basic`](super::verify_basic)).
//!
//! # Example: a report that was closed
//! ```
//! use qlower_core::webhook::keyclic::{Event, EventKind};
//!
//! let body = br#"{"event": "reportStateChanged", "payload": {"type": "report", "id": "0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11",
//!     "state": "CLOSED", "_links": {"self": {"href": "/reports/0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11"}}}}"#;
//! let event = Event::parse(body)?;
//! assert_eq!(event.event, EventKind::ReportStateChanged);
//! assert_eq!(event.event.name(), "report_state_changed");
//! assert_eq!(event.payload.state.as_deref(), Some("CLOSED"));
//! assert_eq!(event.payload.href("self"), Some("/reports/0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11"));
//! # Ok::<(), qlower_core::webhook::InvalidEvent>(())
//! ```

use std::fmt;
use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::event::Raw;
use super::fields::Kind;
use super::invalid::InvalidEvent;
use super::kind::{Id, Leaf};
use super::node::{At, Node};
use super::table::Table;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A report was made: `report_created`.
    ReportCreated,
    /// A report has another state: `report_state_changed`.
    ReportStateChanged,
    /// An operation was made: `operation_created`.
    OperationCreated,
    /// An operation has another state: `operation_state_changed`.
    OperationStateChanged,
    /// An operation was removed: `operation_removed`.
    OperationRemoved,
    /// Something that this version does not know, as it was written.
    Other(Box<str>),
}

/// The names of the known ones, in the order of the variants.
const NAMES: &[&str] =
    &["report_created", "report_state_changed", "operation_created", "operation_state_changed", "operation_removed"];

impl EventKind {
    /// The known ones.
    pub const KNOWN: [Self; 5] = [
        Self::ReportCreated,
        Self::ReportStateChanged,
        Self::OperationCreated,
        Self::OperationStateChanged,
        Self::OperationRemoved,
    ];

    /// Reads a name in either spelling, `report_created` or `reportCreated`.
    ///
    /// ```
    /// use qlower_core::webhook::keyclic::EventKind;
    ///
    /// assert_eq!(EventKind::from_name("operationRemoved"), EventKind::from_name("operation_removed"));
    /// assert_eq!(EventKind::from_name("report_archived").name(), "report_archived");
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|kind| super::vehicle::is_spelling(name, kind.name()));
        known.unwrap_or_else(|| Self::Other(name.into()))
    }

    /// The name in the first spelling, such as `report_created`; of an unknown one as it was written.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ReportCreated => "report_created",
            Self::ReportStateChanged => "report_state_changed",
            Self::OperationCreated => "operation_created",
            Self::OperationStateChanged => "operation_state_changed",
            Self::OperationRemoved => "operation_removed",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Leaf<EventKind> for super::kind::Name {
    const KIND: Kind = Kind::Name(NAMES);

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<EventKind>, InvalidEvent> {
        Ok(Id::read(node, at)?.map(|name| EventKind::from_name(&name)))
    }

    fn told(value: &EventKind) -> Value {
        value.name().into()
    }
}

event_model! {
    /// The report or operation, in the state that the event brought about. It has the form of the resource in Keyclic's API.
    Payload as "KeyclicPayload" {
        /// What it is.
        resource_type: optional String as Text = "type",
        /// Its id, a UUID.
        id: optional String as Text = "id",
        /// Its state.
        state: optional String as Text = "state",
        /// When it was made.
        created_at: optional DateTime<FixedOffset> as Moment = "createdAt",
        /// When it was last changed.
        updated_at: optional DateTime<FixedOffset> as Moment = "updatedAt",
        /// Links to what belongs to it, by relation: texts, objects with `href`, or arrays of them.
        links: optional Map<String, Value> as Json = "_links",
        /// What belongs to it, by relation.
        embedded: optional Map<String, Value> as Json = "_embedded",
    }
    rest {
        /// All other fields.
        rest
    }
}

event_model! {
    /// An event of Keyclic's.
    Event as "KeyclicEvent" {
        /// What happened. Both spellings of a name are the same.
        event: required EventKind as Name = "event",
        /// What it happened to.
        payload: required Payload as Nested = "payload",
    }
    derived {
        /// What to de-duplicate by.
        key: Text
    }
    kept {
        raw: Raw,
    }
}

impl Payload {
    /// Where a link leads: the first of this relation.
    #[must_use]
    pub fn href(&self, relation: &str) -> Option<&str> {
        self.hrefs(relation).into_iter().next()
    }

    /// Where all links of a relation lead.
    #[must_use]
    pub fn hrefs(&self, relation: &str) -> Vec<&str> {
        fn link(value: &Value) -> Option<&str> {
            value.get("href").unwrap_or(value).as_str()
        }
        match self.links.as_ref().and_then(|links| links.get(relation)) {
            Some(Value::Array(several)) => several.iter().filter_map(link).collect(),
            Some(one) => link(one).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

impl Event {
    /// Reads a body. Of the payload, every field may be absent; one that holds something unexpected counts as absent, and stays
    /// reachable in [`json`](Self::json).
    ///
    /// # Errors
    /// [`InvalidEvent`] if the body is not UTF-8, not JSON, nested too deep, has no `event` or `payload`, or has a known
    /// field twice.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidEvent> {
        Ok(Self { raw: Raw::new(body), ..Self::read(&Node::read(body)?, &At::Root)? })
    }

    /// What to de-duplicate by: event, id, and the SHA-256 of the body.
    ///
    /// Keyclic gives its events no key. One report changes its state many times, so its id is not enough; when Keyclic sends
    /// an event again, it sends the same bytes.
    #[must_use]
    pub fn key(&self) -> String {
        let mut key = format!("{}/{}/", self.event, self.payload.id.as_deref().unwrap_or_default());
        for byte in Sha256::digest(self.raw()) {
            // A text takes every write.
            _ = write!(key, "{byte:02x}");
        }
        key
    }

    /// The body as it came.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The whole body. Of a key that stands twice the last value counts, and a number that a binary float would change is a text.
    #[must_use]
    pub fn json(&self) -> Value {
        self.raw.json()
    }

    /// The normal form: the fields by their wire keys, the event in its first spelling, instants in RFC 3339, absent fields
    /// absent. Reading it again gives the same event.
    #[must_use]
    pub fn told(&self) -> Value {
        Table::told(self).into()
    }
}
