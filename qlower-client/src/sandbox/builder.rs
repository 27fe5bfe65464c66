//! Settings of a sandbox.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use qlower_core::ApiKey;

use super::state::Shared;
use super::{Sandbox, SandboxError};

/// Chooses the settings of a [`Sandbox`], then starts it.
///
/// # Example: two partners and a small limit
/// ```
/// use qlower_client::sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder()
///     .partner("acme", "k-1")
///     .partner("dupont-immo", "k-2")
///     .max_body_bytes(64 * 1024)
///     .start_blocking()?;
/// # Ok::<(), qlower_client::sandbox::SandboxError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder(pub(super) Settings);

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) partners: BTreeMap<String, ApiKey>,
    /// Their ids, in the order in which they were named.
    pub(super) named: Vec<String>,
    pub(super) max_body_bytes: usize,
    pub(super) max_connections: usize,
    pub(super) read_timeout: Duration,
    pub(super) today: Option<NaiveDate>,
    pub(super) webhooks: super::webhooks::Settings,
    #[cfg(feature = "sandbox-s3")]
    pub(super) s3: super::s3::Settings,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self(Settings {
            partners: BTreeMap::new(),
            named: Vec::new(),
            max_body_bytes: 10 * 1024 * 1024,
            max_connections: 256,
            read_timeout: Duration::from_secs(30),
            today: None,
            webhooks: super::webhooks::Settings::default(),
            #[cfg(feature = "sandbox-s3")]
            s3: super::s3::Settings::default(),
        })
    }
}

impl SandboxBuilder {
    /// Adds a partner, or gives it another key. Without any, the sandbox knows [`Sandbox::DEFAULT_PARTNER`] alone.
    pub fn partner(mut self, id: impl Into<String>, key: impl Into<ApiKey>) -> Self {
        let id = id.into();
        if self.0.partners.insert(id.clone(), key.into()).is_none() {
            self.0.named.push(id);
        }
        self
    }

    /// Sets the largest body, in bytes; 10 MiB by default, as the real limit is not documented. A larger one is answered 413.
    ///
    /// A connection holds hardly more than this, so `max_connections` times as much bounds the memory for bodies. One at a time
    /// is treated, which takes several times its size.
    pub const fn max_body_bytes(mut self, limit: usize) -> Self {
        self.0.max_body_bytes = limit;
        self
    }

    /// Sets how many connections are served at once, 256 by default and 1 at least. Further ones wait until one is closed.
    pub const fn max_connections(mut self, limit: usize) -> Self {
        self.0.max_connections = if limit == 0 { 1 } else { limit };
        self
    }

    /// Sets how long a request's head may take to arrive, and then its body, 30 seconds each by default. A late head, or an
    /// idle connection, is closed; a late body is answered 408.
    pub const fn read_timeout(mut self, timeout: Duration) -> Self {
        // A moment that far ahead can be told on every system.
        const LONGEST: Duration = Duration::from_secs(86_400 * 365);
        self.0.read_timeout = if timeout.as_secs() > LONGEST.as_secs() { LONGEST } else { timeout };
        self
    }

    /// Sets the day that the check takes for today, for instance to test transactions that lie in the future. By default the
    /// current day in Paris.
    pub const fn today(mut self, today: NaiveDate) -> Self {
        self.0.today = Some(today);
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    /// [`SandboxError`] if no port or thread could be had, or for a setting of webhooks that cannot be used.
    pub async fn start(self) -> Result<Sandbox, SandboxError> {
        // Nothing in it waits: a port is bound and a thread spawned.
        self.start_blocking()
    }

    /// Starts the sandbox, from a program without an asynchronous runtime.
    ///
    /// # Errors
    /// [`SandboxError`] if no port or thread could be had, or for a setting of webhooks that cannot be used.
    pub fn start_blocking(self) -> Result<Sandbox, SandboxError> {
        if self.0.partners.is_empty() {
            return self.partner(Sandbox::DEFAULT_PARTNER, Sandbox::DEFAULT_API_KEY).start_blocking();
        }
        Sandbox::run(Shared::new(self.0)?)
    }
}
