//! What the module says of itself.

use napi_derive::napi;

use crate::fault::{Outcome, guard};

/// The version of the SDK.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Panics, so that tests can see what becomes of it.
#[napi]
pub fn panic(message: String) -> Outcome<()> {
    guard(|| std::panic::panic_any(message))
}
