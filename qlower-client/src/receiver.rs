//! Endpoints that take webhooks: verified, handled once, and answered so that nothing is lost.

mod handler;
mod intake;
mod source;
mod store;

pub use handler::{Handler, HandlerError};
pub use intake::{Intake, Received};
pub use source::{Source, Unreadable};
pub use store::{Claim, DedupeStore, StoreError};
