//! What the module says of itself.

use napi_derive::napi;

use crate::fault::{Fault, Outcome, guard};

/// The version of the SDK.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Panics, so that tests can see what becomes of it.
#[napi]
pub fn panic(message: String) -> Outcome<()> {
    guard(|| fail(&message))
}

#[expect(clippy::panic, reason = "what it is for")]
fn fail(message: &str) -> Result<(), Fault> {
    panic!("{message}")
}
