//! Webhooks of Keyclic.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use qlower_core::WebhookSecret;
use qlower_core::webhook::keyclic::Event;
use qlower_core::webhook::{BasicUser, Refusal, is_path_secret, verify_basic, verify_path};

use super::qlower::joined;
use super::{Delivery, SettingsError, Source, Unreadable};

/// Webhooks of Keyclic, which carry no signature: protected by HTTP Basic, or by an address that nobody guesses. They are known
/// again by event, id and the hash of the body.
///
/// Neither protects the content: put the receiver behind TLS.
///
/// # Example: a secret at the end of the address
/// ```
/// use qlower_client::receiver::{Keyclic, MemoryStore, Receiver};
/// use qlower_client::webhook::keyclic::Event;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let receiver = Receiver::builder(Keyclic::at_secret_path(["5b2f8e0c1d7a4936"]))
///     .handler(async |event: Event| Ok(println!("{}", event.event)))
///     .store(MemoryStore::default())
///     .build()?;
/// let router = receiver.router("/webhooks/keyclic"); // takes /webhooks/keyclic/5b2f8e0c1d7a4936
///
/// let body = r#"{"event": "reportCreated", "payload": {"type": "report", "id": "R1"}}"#;
/// let none: [(&str, &str); 0] = [];
/// let answer = receiver.answer("POST", "/webhooks/keyclic/5b2f8e0c1d7a4936", none, body).await;
/// assert_eq!(answer.status(), 200);
/// let answer = receiver.answer("POST", "/webhooks/keyclic/guess", none, body).await;
/// assert_eq!(answer.status(), 401);
/// # drop(router);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keyclic(Protection);

#[derive(Clone, Debug)]
enum Protection {
    Users(Vec<BasicUser>),
    Path(Vec<WebhookSecret>),
}

impl Keyclic {
    /// Wants one of these users, by HTTP Basic.
    #[must_use]
    pub fn from_users(users: impl IntoIterator<Item = BasicUser>) -> Self {
        Self(Protection::Users(users.into_iter().collect()))
    }

    /// Wants one of these secrets as the last segment of the path: see [`verify_path`].
    #[must_use]
    pub fn at_secret_path(secrets: impl IntoIterator<Item = impl Into<WebhookSecret>>) -> Self {
        Self(Protection::Path(secrets.into_iter().map(Into::into).collect()))
    }
}

impl Source for Keyclic {
    type Event = Event;

    fn check(&self) -> Result<(), SettingsError> {
        match &self.0 {
            Protection::Users(users) => check_users(users),
            Protection::Path(secrets) if secrets.iter().all(|secret| secret.expose().is_empty()) => {
                Err(SettingsError::NoSecret)
            }
            Protection::Path(secrets) if secrets.iter().all(is_path_secret) => Ok(()),
            Protection::Path(_) => Err(SettingsError::PathSecret),
        }
    }

    fn has_secret_segment(&self) -> bool {
        matches!(self.0, Protection::Path(_))
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        match &self.0 {
            Protection::Users(users) => verify_users(users, delivery),
            Protection::Path(secrets) => verify_path(secrets, delivery.path).map(|_| ()),
        }
    }

    fn read(&self, body: &Bytes) -> Result<Event, Unreadable> {
        Event::parse(body).map_err(Unreadable::new)
    }

    fn key(&self, event: &Event) -> Option<String> {
        Some(event.key())
    }

    fn event_type(&self, event: &Event) -> Option<String> {
        Some(event.event.name().to_owned())
    }
}

/// Whether one of them can come in.
pub(super) fn check_users(users: &[BasicUser]) -> Result<(), SettingsError> {
    let usable = users.iter().any(BasicUser::is_usable);
    if usable { Ok(()) } else { Err(SettingsError::NoSecret) }
}

pub(super) fn verify_users(users: &[BasicUser], delivery: &Delivery<'_>) -> Result<(), Refusal> {
    verify_basic(users, &joined(delivery.headers, AUTHORIZATION.as_str())).map(|_| ())
}
