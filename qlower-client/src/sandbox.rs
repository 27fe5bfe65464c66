//! A stateful stand-in for Qlower on this machine: for tests, demonstrations and offline work.
//!
//! A [`Sandbox`] listens on a free port of 127.0.0.1 and answers the loader endpoint the way Qlower is documented to. It runs
//! the same check as [`qlower_core::check()`], remembers what was loaded, knows its partners' keys, and misbehaves on demand
//! ([`Sandbox::fail_next`]). It runs in a thread of its own, so it serves synchronous programs as well as asynchronous ones;
//! dropping it closes everything.
//!
//! # What it does with a load
//! 1. A body over the limit is answered 413, as a proxy would; one that is not JSON, `400 WrongFormat` (a byte order mark is not
//!    JSON either). The content type is not looked at, since none but `application/json` is documented.
//! 2. A header key that is absent is `400 KeyError`. A faulty header, both layouts at once, or a section that is no array is
//!    `400 ValidationError`; so is a payload with more than a finding for every 8 bytes (and 10 000). A partner that the sandbox does not know, or a wrong key, is `400 ValueError`; which type the
//!    real service answers there is not documented.
//! 3. Otherwise the answer is 200. **An item with an error fails alone**; warnings do not keep an item from being loaded. What
//!    stands inside a failed item fails with it, as it would belong to nothing. `errors` has one line per failed item, about
//!    the first thing that is wrong with it.
//! 4. In the `clients` layout an entry with a faulty `client` block fails alone, with all its items. The entry has a line of its
//!    own (model `clients`, id = the e-mail address), and is counted only when it fails.
//! 5. An id that the partner has loaded before (under the same account and model) counts as a success, creates nothing and
//!    changes nothing. So does one that failed and comes again corrected: it was never created.
//! 6. A property with `remove` set to `R` is not created, nor is what stands in it: its id joins
//!    [`Loaded::erasure_requests`]. Nothing is deleted, since when Qlower does so is not documented.
//!
//! It also sends webhooks to a receiver on this machine: see [`Sandbox::emit_order`].
//!
//! With the feature `sandbox-s3` it also has buckets, on a second port, where files arrive and are loaded in the same way: see
//! `Sandbox::s3_endpoint`.
//!
//! As in Qlower's published example, `created_at` is Paris time labelled `Z`, and `end_date` is UTC without a label.
//!
//! # Example: load, and see what was kept
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use qlower_client::sandbox::Sandbox;
//! use qlower_core::ModelName;
//!
//! let sandbox = Sandbox::builder().partner("acme", "k-1").start_blocking()?;
//!
//! let payload = r#"{"inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
//!   "transactions": [
//!     {"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"},
//!     {"id": "T2", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "ref": "Charges"}
//!   ]}"#;
//! let mut stream = TcpStream::connect(sandbox.address())?;
//! write!(
//!     stream,
//!     "POST /api/third_party/loader HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{payload}",
//!     payload.len(),
//! )?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//!
//! assert!(answer.starts_with("HTTP/1.1 200 OK"));
//! assert!(answer.contains("PARTIAL_SUCCESS"));
//! assert!(answer.contains("Champ 'amt' dans transactions 'T2' invalide : Field required"));
//!
//! let loaded = sandbox.loaded("acme");
//! assert_eq!(loaded.count(ModelName::Transaction), 1);
//! assert_eq!(loaded.get(ModelName::Transaction, "T1").unwrap().json()["amt"], 850.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod builder;
mod error;
mod fault;
mod load;
mod names;
mod reason;
mod record;
#[cfg(feature = "sandbox-s3")]
mod s3;
mod server;
mod service;
mod state;
mod store;
mod tree;
mod webhooks;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use qlower_core::Environment;

pub use builder::SandboxBuilder;
pub use error::SandboxError;
pub use fault::{Fault, RetryAfter};
pub use qlower_core::webhook::Edition as WebhookEdition;
pub use record::{Outcome, RequestRecord};
#[cfg(feature = "sandbox-s3")]
pub use s3::{
    ObjectState, OpenUpload, RepeatedComplete, S3Fault, S3Load, S3Operation, S3Outcome, S3Permissions, S3RequestRecord,
    StoredObject,
};
use server::Server;
use state::Shared;
pub use store::{Loaded, LoadedAccount, LoadedItem};
pub use webhooks::{
    Attempt, AttemptOutcome, Coverage, CustomField, Customer, Delivery, DeliveryState, Invoice, Order, OrderKind,
    Product, ReleaseOrder, SubItem, Unsettled, WebhookError, WebhookFault, WebhookTarget,
};

/// A running stand-in for Qlower; see the [module](self).
///
/// All methods may be called from any thread while requests are served. Dropping it stops the server, closes every connection
/// and waits for its thread, which takes no longer than the treatment of one load.
pub struct Sandbox {
    server: Server,
    shared: Arc<Shared>,
    environment: Environment,
    url: String,
}

impl Sandbox {
    /// The partner that a sandbox knows when none was named.
    pub const DEFAULT_PARTNER: &'static str = "sandbox";
    /// The access key of [`Sandbox::DEFAULT_PARTNER`]; it opens nothing but a sandbox.
    pub const DEFAULT_API_KEY: &'static str = "sandbox-key";

    /// Starts a sandbox with the default settings and partner.
    ///
    /// # Errors
    /// [`SandboxError`] if no port or thread could be had.
    ///
    /// # Example: in an asynchronous test
    /// ```
    /// use qlower_client::sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    /// assert!(sandbox.requests().is_empty());
    /// sandbox.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start() -> Result<Self, SandboxError> {
        Self::builder().start().await
    }

    /// Chooses partners, limits and the day first.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    fn run(shared: Shared) -> Result<Self, SandboxError> {
        let shared = Arc::new(shared);
        let server = Server::start(Arc::clone(&shared))?;
        let url = format!("http://{}", server.address());
        let environment =
            Environment::custom(&url).map_err(|source| SandboxError::new("its URL", std::io::Error::other(source)))?;
        Ok(Self { server, shared, environment, url })
    }

    /// Stops the server and closes every connection, without blocking the caller's thread as dropping would.
    pub async fn stop(mut self) {
        self.server.stop().await;
    }

    /// The environment to give to a client.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.environment.clone()
    }

    /// Base URL, such as `http://127.0.0.1:40123`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What a partner has loaded so far: a snapshot, which later loads do not change. Empty for an unknown partner.
    #[must_use]
    pub fn loaded(&self, partner: &str) -> Loaded {
        self.shared.state().loaded(partner)
    }

    /// How many loads were treated, that is: reached the items. Refused ones (4xx, faults before processing) are not counted.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.shared.state().loads
    }

    /// Scripts a fault for the next load that has no fault yet. Faults are used up in the order in which they were scripted.
    ///
    /// A fault fires when a `POST` to the loader endpoint has been received completely; other requests, and bodies over the
    /// limit, leave it waiting.
    ///
    /// # Example: a fault that fired
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::TcpStream;
    ///
    /// use qlower_client::sandbox::{Fault, Sandbox};
    ///
    /// let sandbox = Sandbox::builder().start_blocking()?;
    /// sandbox.fail_next(Fault::BadGateway);
    ///
    /// let mut stream = TcpStream::connect(sandbox.address())?;
    /// stream.write_all(b"POST /api/third_party/loader HTTP/1.1\r\nhost: s\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")?;
    /// let mut answer = String::new();
    /// stream.read_to_string(&mut answer)?;
    ///
    /// assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway"));
    /// assert_eq!(sandbox.fired(), [Fault::BadGateway]);
    /// assert_eq!(sandbox.pending_faults(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fail_next(&self, fault: Fault) {
        self.fail_next_n(fault, 1);
    }

    /// Scripts the same fault for `n` loads.
    pub fn fail_next_n(&self, fault: Fault, n: usize) {
        self.shared.state().pending.extend(std::iter::repeat_n(fault, n));
    }

    /// The faults that have fired, in order.
    #[must_use]
    pub fn fired(&self) -> Vec<Fault> {
        self.shared.state().fired.clone()
    }

    /// The scripted faults that have not fired yet, in order.
    #[must_use]
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.shared.state().pending.iter().cloned().collect()
    }

    /// The requests so far, in the order in which they were received; at most the last 10 000.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// Forgets everything: what was loaded, the counts, the requests, objects and uploads, webhooks, and scripted faults, fired or
    /// not. No webhook is sent any more that was emitted before. Settings, partners and targets stay; so does whether the S3 side is
    /// gone, and whether its loads, or webhooks, wait. Ids of events and numbers of orders do not come again.
    pub fn reset(&self) {
        self.shared.state().reset();
        self.shared.webhooks.wake();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_leaves_neither_thread_nor_task() {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let held = Arc::downgrade(&sandbox.shared);
        let address = sandbox.address();
        let _idle = std::net::TcpStream::connect(address).unwrap();
        assert!(held.strong_count() > 1, "the server holds it as well");
        drop(sandbox);
        assert_eq!(held.strong_count(), 0, "the server's thread and tasks would hold it");
        assert!(std::net::TcpStream::connect(address).is_err());
    }

    #[test]
    fn debug_shows_partners_and_no_key() {
        let sandbox = Sandbox::builder().partner("acme", "k-s3cr3t").start_blocking().unwrap();
        let text = format!("{sandbox:?} {:?}", Sandbox::builder().partner("acme", "k-s3cr3t"));
        assert!(text.contains("acme"), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    #[test]
    fn the_default_partner_gives_way_to_named_ones() {
        let named = Sandbox::builder().partner("a", "1").partner("b", "2").start_blocking().unwrap();
        assert!(named.shared.settings.partners.keys().eq(["a", "b"]));
        let default = Sandbox::builder().start_blocking().unwrap();
        assert!(default.shared.settings.partners.keys().eq([Sandbox::DEFAULT_PARTNER]));
    }
}
