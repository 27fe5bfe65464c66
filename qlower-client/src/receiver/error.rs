//! What is wrong with the settings of a receiver.

use std::time::Duration;

/// Settings with which a receiver could accept nothing, or would lose something.
///
/// ```
/// use qlower_client::receiver::{Qlower, Receiver, SettingsError};
/// use qlower_client::webhook::{Event, Verifier};
///
/// let unset = std::env::var("A_SECRET_THAT_NOBODY_SET").unwrap_or_default();
/// let built = Receiver::builder(Qlower::new(Verifier::signed_by([unset])))
///     .handler(async |_: Event| Ok(()))
///     .own_transaction()
///     .build();
/// assert!(matches!(built, Err(SettingsError::NoSecret)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no secret, key or user, or only empty ones: everything would be refused.
    #[error("no secret to verify webhooks with was given, or only empty ones")]
    NoSecret,
    /// A secret for the end of the address has characters that an address cannot hold as they are.
    #[error("a secret in the address may hold letters and digits of ASCII, '-', '.', '_' and '~' alone")]
    PathSecret,
    /// There is neither a handler nor an intake.
    #[error("neither a handler nor an intake was given")]
    NoHandler,
    /// There is an intake, and a handler or a store that would not be used.
    #[error("an intake was given, and a handler or a store beside it")]
    HandlerAndIntake,
    /// There is a handler, and nothing that remembers what was handled.
    #[error("a handler was given without a store, nor that it remembers events in its own transaction")]
    NoStore,
    /// There is a store, and a handler that is said to need none.
    #[error("a store was given to a handler that remembers events in its own transaction")]
    StoreAndOwnTransaction,
    /// A limit is zero.
    #[error("{0} is zero")]
    Zero(&'static str),
    /// The time for an answer is not shorter than the sender's patience.
    #[error("the handling time-out of {0:?} is not shorter than the {limit} seconds that the sender waits", limit = qlower_core::webhook::SENDER_TIMEOUT_SECONDS)]
    HandlingTimeout(Duration),
    /// A claim would run out while its work may still be answered.
    #[error("the lease of {0:?} is not longer than the handling time-out")]
    Lease(Duration),
}
