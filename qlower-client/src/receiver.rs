//! Endpoints that take webhooks: verified, handled once, and answered so that nothing is lost.

mod handler;
mod intake;
mod source;
mod sqlite;
mod store;

pub use handler::{Handler, HandlerError};
pub use intake::{Intake, Received};
pub use source::{Source, Unreadable};
pub use sqlite::{RETENTION, SqliteError, SqliteErrorKind, SqliteStore, SqliteStoreBuilder};
pub use store::{Claim, DedupeStore, StoreError};
