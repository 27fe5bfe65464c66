//! What the generators of the events' classes share.

use qlower_core::webhook::fields::{EVENTS, Field, Kind, Model, Need};
use qlower_core::webhook::{self, keyclic, vehicle};

/// What an object is, by which its class is chosen.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// An event of an order.
    Order,
    Ping,
    /// An event of Qlower's that is not known.
    OtherQlower,
    /// Another sender's event.
    Event,
    /// An object with links.
    Linked,
    Part,
}

impl Role {
    pub(super) const fn is_event(self) -> bool {
        !matches!(self, Self::Part | Self::Linked)
    }
}

pub(super) fn role(model: &Model) -> Role {
    let is = |other: &Model| model.name == other.name;
    if is(&webhook::Ping::MODEL) {
        Role::Ping
    } else if is(&webhook::OtherEvent::MODEL) {
        Role::OtherQlower
    } else if EVENTS.iter().any(|event| is(event.model)) {
        Role::Order
    } else if is(&keyclic::Event::MODEL) || is(&vehicle::Event::MODEL) {
        Role::Event
    } else if is(&keyclic::Payload::MODEL) {
        Role::Linked
    } else {
        Role::Part
    }
}

/// The types of which each is one of several names.
pub(super) fn names() -> [(&'static str, &'static [&'static str]); 2] {
    let of = |model: &Model| {
        let mut kinds = model.fields.iter().filter_map(|field| match field.kind {
            Kind::Name(members) => Some(members),
            _ => None,
        });
        kinds.next().unwrap_or_default()
    };
    [("KeyclicEventName", of(&keyclic::Event::MODEL)), ("VehicleEventKind", of(&vehicle::Event::MODEL))]
}

/// Whether a field is always there, in words.
pub(super) fn absent(field: &Field, none: &str) -> String {
    match field.need {
        Need::Required => "always there".to_owned(),
        Need::List => "empty where it is absent".to_owned(),
        _ => format!("{none} where it is absent"),
    }
}
