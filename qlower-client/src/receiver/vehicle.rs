//! Webhooks of the vehicle imaging platform.

use bytes::Bytes;
use qlower_core::webhook::vehicle::{Event, EventKind};
use qlower_core::webhook::{BasicUser, Refusal};

use super::keyclic::{check_users, verify_users};
use super::{Delivery, SettingsError, Source, Unreadable};

/// Webhooks of the vehicle imaging platform of one kind, protected by HTTP Basic.
///
/// Each kind has its own address in the settings of the platform's user, and so its own receiver here. Nothing in an event
/// says which one it is: there is nothing to know it again by, and the handler sees each that comes.
///
/// # Example: two kinds for one handler
/// ```
/// use qlower_client::receiver::{Receiver, SettingsError, Vehicle};
/// use qlower_client::webhook::BasicUser;
/// use qlower_client::webhook::vehicle::{Event, EventKind};
///
/// let users = [BasicUser::new("imaging", "p4ss")];
/// let handler = async |event: Event| Ok(println!("{}", event.kind()));
/// let mut router = axum::Router::new();
/// for kind in [EventKind::VehicleProcessed, EventKind::VehicleDeleted] {
///     let source = Vehicle::new(kind, users.clone());
///     let receiver = Receiver::builder(source).handler(handler).own_transaction().build()?;
///     router = router.merge(receiver.router(&format!("/webhooks/{}", kind.name())));
/// }
/// # Ok::<(), SettingsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vehicle {
    kind: EventKind,
    users: Vec<BasicUser>,
}

impl Vehicle {
    /// Events of this kind, from one of these users.
    #[must_use]
    pub fn new(kind: EventKind, users: impl IntoIterator<Item = BasicUser>) -> Self {
        Self { kind, users: users.into_iter().collect() }
    }
}

impl Source for Vehicle {
    type Event = Event;

    fn check(&self) -> Result<(), SettingsError> {
        check_users(&self.users)
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        verify_users(&self.users, delivery)
    }

    fn read(&self, body: &Bytes) -> Result<Event, Unreadable> {
        Event::new(self.kind, body).map_err(Unreadable::new)
    }

    fn key(&self, _: &Event) -> Option<String> {
        None
    }

    fn event_type(&self, _: &Event) -> Option<String> {
        Some(self.kind.name().to_owned())
    }
}
