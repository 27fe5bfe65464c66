//! Why a sandbox could not start.

use std::io;

use super::WebhookError;

/// The sandbox could not start: it got no port, no thread or no event loop from the system, or a setting of webhooks cannot be
/// used.
///
/// ```
/// fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
/// is_error::<qlower_client::sandbox::SandboxError>();
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SandboxError(Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("the sandbox could not start for want of {what}")]
    System { what: &'static str, source: io::Error },
    #[error("the sandbox could not start with these settings")]
    Webhook(#[from] WebhookError),
}

impl SandboxError {
    pub(super) const fn new(what: &'static str, source: io::Error) -> Self {
        Self(Cause::System { what, source })
    }

    /// The setting that cannot be used, if that is why.
    ///
    /// ```
    /// use qlower_client::sandbox::Sandbox;
    ///
    /// let error = Sandbox::builder().webhook_speed(0.0).start_blocking().unwrap_err();
    /// assert_eq!(error.setting().unwrap().to_string(), "webhook_speed: must be a number above 0");
    /// ```
    #[must_use]
    pub const fn setting(&self) -> Option<&WebhookError> {
        match &self.0 {
            Cause::Webhook(error) => Some(error),
            Cause::System { .. } => None,
        }
    }
}

impl From<WebhookError> for SandboxError {
    fn from(error: WebhookError) -> Self {
        Self(Cause::Webhook(error))
    }
}
