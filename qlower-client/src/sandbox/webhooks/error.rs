//! Why a webhook could not be emitted, or its target not used.

/// What was given for a webhook cannot be used.
///
/// It names the place as JSON Pointers do, but for the first slash: `products/0/quantity`. No secret is in it.
///
/// ```
/// use qlower_client::sandbox::{Order, Sandbox};
///
/// let sandbox = Sandbox::builder().start_blocking()?;
/// let error = sandbox.emit_order(Order::created()).unwrap_err();
/// assert_eq!(error.to_string(), r#"webhook: partner "sandbox" has no target; set one first"#);
/// # Ok::<(), qlower_client::sandbox::SandboxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct WebhookError {
    place: String,
    problem: String,
}

impl WebhookError {
    pub(in crate::sandbox) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// Not every webhook was settled within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} webhooks are neither delivered nor given up")]
pub struct Unsettled {
    /// How many wait for their next try, or are being sent.
    pub waiting: usize,
}
