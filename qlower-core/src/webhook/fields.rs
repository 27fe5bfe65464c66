//! What the tables say of the events' fields: for generators of types and references.

use super::event;

/// One field of an event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Field {
    /// The name in programs, in snake case.
    pub name: &'static str,
    /// The key on the wire, and in the normal form.
    pub key: &'static str,
    /// What the value is.
    pub kind: Kind,
    /// Whether it is always there.
    pub need: Need,
    /// Whether it says something of a person, or gives access to something: masked in what is logged.
    pub is_masked: bool,
    /// Description for people.
    pub doc: &'static str,
}

/// Whether a field is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// The wire has to hold it.
    Required,
    /// It may be absent.
    Optional,
    /// A list, empty where it is absent.
    List,
    /// It is not on the wire: it follows from the other fields.
    Derived,
}

/// What a field's value is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A text.
    Text,
    /// An exact decimal.
    Decimal,
    /// A whole number, at most 2⁵³ − 1 on either side of zero.
    Integer,
    /// A year.
    Year,
    /// `true` or `false`.
    Boolean,
    /// An instant with its offset.
    Instant,
    /// A currency of ISO 4217.
    Currency,
    /// A link that gives access to a file.
    Link,
    /// A name: one of these, or one that is not known.
    Name(&'static [&'static str]),
    /// Any JSON.
    Json,
    /// A JSON object.
    Map,
    /// Whatever else the object holds.
    Rest,
    /// An object of its own.
    Object(&'static Model),
    /// Several of them.
    List(&'static Model),
}

/// One kind of object in an event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Model {
    /// Its name, the same in every language.
    pub name: &'static str,
    /// Description for people.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// The objects of a Qlower event, inner ones first.
pub static MODELS: &[&Model] = &[
    &super::Customer::MODEL,
    &super::SubItem::MODEL,
    &super::Product::MODEL,
    &super::CoveredProperty::MODEL,
    &super::Coverage::MODEL,
    &super::CustomField::MODEL,
    &super::Order::MODEL,
    &super::Invoice::MODEL,
    &super::OrderEvent::MODEL,
    &super::Ping::MODEL,
    &super::OtherEvent::MODEL,
];

/// A type of event, and the class that it has in languages with classes.
#[derive(Debug)]
#[non_exhaustive]
pub struct EventClass {
    /// The name of the class.
    pub name: &'static str,
    /// The type on the wire.
    pub event_type: &'static str,
    /// The object; more than one type may have the same.
    pub model: &'static Model,
    /// Description for people.
    pub doc: &'static str,
}

/// The known types of Qlower's events. All others are an [`OtherEvent`](super::OtherEvent).
pub static EVENTS: &[EventClass] = &[
    EventClass {
        name: "OrderCreated",
        event_type: event::ORDER_CREATED,
        model: &super::OrderEvent::MODEL,
        doc: "A first payment, or the payment for properties that a customer added.",
    },
    EventClass {
        name: "OrderRenewed",
        event_type: event::ORDER_RENEWED,
        model: &super::OrderEvent::MODEL,
        doc: "The payment for the next fiscal year of a subscription.",
    },
    EventClass { name: "Ping", event_type: event::PING, model: &super::Ping::MODEL, doc: super::Ping::MODEL.doc },
];

/// The objects of an event of Keyclic's, inner ones first.
pub static KEYCLIC: &[&Model] = &[&super::keyclic::Payload::MODEL, &super::keyclic::Event::MODEL];

/// The object of an event of the vehicle imaging platform's.
pub static VEHICLE: &[&Model] = &[&super::vehicle::Event::MODEL];
