//! Why a sandbox could not start.

use std::io;

/// The sandbox could not start: it got no port, no thread or no event loop from the system.
///
/// ```
/// fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
/// is_error::<qlower_client::sandbox::SandboxError>();
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the sandbox could not start for want of {what}")]
pub struct SandboxError {
    what: &'static str,
    source: io::Error,
}

impl SandboxError {
    pub(super) const fn new(what: &'static str, source: io::Error) -> Self {
        Self { what, source }
    }
}
