//! What a webhook of Qlower's tells.

use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::OrderEvent;
use super::invalid::InvalidEvent;
use super::kind::Id;
use super::node::{At, Node};
use super::table::{Table, required};

/// Wire type of [`Event::OrderCreated`].
pub const ORDER_CREATED: &str = "order.created";
/// Wire type of [`Event::OrderRenewed`].
pub const ORDER_RENEWED: &str = "order.renewed";
/// Wire type of [`Event::Ping`].
pub const PING: &str = "ping";

/// A body as it came. `Debug` shows only how many bytes it has.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Raw {
    bytes: Box<[u8]>,
    pub(super) edition: Edition,
}

impl Raw {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), edition: Edition::Current }
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn json(&self) -> Value {
        // It was read before.
        Node::read(&self.bytes).map(|node| node.to_value()).unwrap_or_default()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

/// The edition of the documentation that describes an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edition {
    /// Edition 2.1, `2.1`: an order without `is_subscription` and `coverage`, with `custom_fields`.
    V2_1,
    /// What came after it, `current`.
    #[default]
    Current,
}

impl Edition {
    /// Its name: `2.1` or `current`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2_1 => "2.1",
            Self::Current => "current",
        }
    }

    /// By what an order holds.
    fn of(event: &Node<'_>) -> Self {
        let order = event.member("order", &At::Root).ok().flatten();
        let holds = |key| order.is_some_and(|order| matches!(order.member(key, &At::Root), Ok(Some(_))));
        if holds("is_subscription") || holds("coverage") { Self::Current } else { Self::V2_1 }
    }
}

impl From<Edition> for Value {
    fn from(edition: Edition) -> Self {
        edition.name().into()
    }
}

event_model! {
    /// A trial whether the partner's address answers: nothing is to be done.
    Ping {
        /// When it was sent.
        timestamp: optional DateTime<FixedOffset> as Moment = "timestamp",
    }
    kept {
        raw: Raw,
    }
}

event_model! {
    /// An event of a type that this version does not know. Its body is kept whole.
    OtherEvent {
        /// Its type.
        event_type: required String as Id = "event_type",
        /// Its key, if it has one.
        event_id: optional String as Key = "event_id",
        /// When it happened, if it says so.
        timestamp: optional DateTime<FixedOffset> as Moment = "timestamp",
    }
    kept {
        raw: Raw,
    }
}

impl Ping {
    /// The body as it came.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The whole body.
    #[must_use]
    pub fn json(&self) -> Value {
        self.raw.json()
    }
}

impl OtherEvent {
    /// The body as it came.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The whole body.
    #[must_use]
    pub fn json(&self) -> Value {
        self.raw.json()
    }
}

/// What a webhook of Qlower's tells. Read it once the webhook is [verified](super::verify_at).
///
/// # Example: an order, to the cent
/// ```
/// use qlower_core::webhook::Event;
/// use rust_decimal::Decimal;
///
/// let body = br#"{
///     "event_type": "order.created", "event_id": "evt_1", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00",
///     "customer": {"email": "marie.martin@example.com"},
///     "order": {"total_amount": 315.10, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00",
///         "is_subscription": true, "products": [],
///         "coverage": [{"year": 2026, "property": {"external_id": "qlw_7", "name": "Appartement"}}]}
/// }"#;
/// let event = Event::parse(body)?;
/// assert_eq!((event.event_type(), event.id()), ("order.created", Some("evt_1")));
/// let Event::OrderCreated(created) = &event else { panic!("another event") };
/// assert_eq!(created.order.total_amount, Decimal::new(31510, 2));
/// assert_eq!(created.years_of("qlw_7"), [2026]);
/// assert_eq!(created.new_properties().len(), 1, "the customer created it: the partner does not know it yet");
/// # Ok::<(), qlower_core::webhook::InvalidEvent>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A first payment, or the payment for properties that a customer added: `order.created`.
    OrderCreated(Box<OrderEvent>),
    /// The payment for the next fiscal year of a subscription: `order.renewed`.
    OrderRenewed(Box<OrderEvent>),
    /// A trial: `ping`.
    Ping(Ping),
    /// Any other type.
    Other(OtherEvent),
}

impl Event {
    /// Reads a body. Unknown fields and types stop nothing, and stay reachable in [`json`](Self::json).
    ///
    /// What identifies something or is money has to be there and to be sound; other fields may be absent, and count as absent
    /// where they hold something unexpected. Decimals are taken from the text of the number, so no digit is lost; they may
    /// stand in quotes too. The body's size is for the caller to bound.
    ///
    /// # Errors
    /// [`InvalidEvent`] if the body is not UTF-8, not JSON, nested too deep (about 128 levels), or an order of which
    /// something is missing, of the wrong type, twice there, or beyond what is kept exactly.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidEvent> {
        let node = Node::read(body)?;
        let mut raw = Raw::new(body);
        let event_type = required::<String, Id>(&node, "event_type", &At::Root)?;
        Ok(match event_type.as_str() {
            ORDER_CREATED | ORDER_RENEWED => {
                raw.edition = Edition::of(&node);
                let event = Box::new(OrderEvent { raw, ..OrderEvent::read(&node, &At::Root)? });
                if event_type == ORDER_CREATED { Self::OrderCreated(event) } else { Self::OrderRenewed(event) }
            }
            PING => Self::Ping(Ping { raw, ..Ping::read(&node, &At::Root)? }),
            _ => Self::Other(OtherEvent { raw, ..OtherEvent::read(&node, &At::Root)? }),
        })
    }

    /// The type on the wire, such as `order.created`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        match self {
            Self::OrderCreated(_) => ORDER_CREATED,
            Self::OrderRenewed(_) => ORDER_RENEWED,
            Self::Ping(_) => PING,
            Self::Other(event) => &event.event_type,
        }
    }

    /// What to de-duplicate by: the same each time the event is sent. A ping has none.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::OrderCreated(event) | Self::OrderRenewed(event) => Some(&event.event_id),
            Self::Ping(_) => None,
            Self::Other(event) => event.event_id.as_deref(),
        }
    }

    /// Whether it is a ping, to which nothing is to be done.
    #[must_use]
    pub const fn is_ping(&self) -> bool {
        matches!(self, Self::Ping(_))
    }

    /// The order, if it is about one.
    #[must_use]
    pub fn order(&self) -> Option<&OrderEvent> {
        match self {
            Self::OrderCreated(event) | Self::OrderRenewed(event) => Some(event),
            Self::Ping(_) | Self::Other(_) => None,
        }
    }

    const fn kept(&self) -> &Raw {
        match self {
            Self::OrderCreated(event) | Self::OrderRenewed(event) => &event.raw,
            Self::Ping(event) => &event.raw,
            Self::Other(event) => &event.raw,
        }
    }

    /// The body as it came.
    #[must_use]
    pub const fn raw(&self) -> &[u8] {
        self.kept().bytes()
    }

    /// The whole body, with the fields that this version does not know.
    ///
    /// Of a key that stands twice the last value counts, and a number that a binary float would change is a text.
    #[must_use]
    pub fn json(&self) -> Value {
        self.kept().json()
    }

    /// The normal form: the fields by their wire keys, decimals as texts, instants in RFC 3339, absent fields and empty lists absent, and
    /// what follows from the fields. It holds personal data. Reading it again gives the same event.
    #[must_use]
    pub fn told(&self) -> Value {
        let mut told = match self {
            Self::OrderCreated(event) | Self::OrderRenewed(event) => {
                let mut told = event.told();
                // By this the editions are told apart.
                if event.edition() == Edition::Current
                    && let Some(Value::Object(order)) = told.get_mut("order")
                {
                    order.entry("coverage").or_insert_with(|| Value::Array(Vec::new()));
                }
                told
            }
            Self::Ping(event) => event.told(),
            Self::Other(event) => event.told(),
        };
        told.insert("event_type".to_owned(), self.event_type().into());
        told.into()
    }
}
