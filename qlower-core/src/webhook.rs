//! Webhooks: what proves that one is genuine, and what it tells.
//!
//! Qlower `POST`s an event to the partner after each payment. Whoever knows the address can do so too: so verify first, over
//! **the bytes as they came**, and read afterwards. A body that was parsed and written again has other bytes, and another
//! signature.
//!
//! | to | use |
//! | --- | --- |
//! | verify one header | [`verify_at`] |
//! | verify with all that was agreed (signature, key) | [`Verifier`] |
//! | find out why a genuine webhook is refused | [`explain()`] |
//! | make a signature, in a test | [`sign`] |
//! | read what it tells | [`Event`], [`keyclic`], [`vehicle`] |
//! | answer as the sender needs it | [`Answer`] |
//!
//! Everything here is pure: the time comes as a parameter, in Unix seconds.
//!
//! # Example: verified, or refused with a reason
//! ```
//! use qlower_core::webhook::{self, Reason};
//!
//! let body = br#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}"#;
//! let header = webhook::sign("whsec_acme", body, 1_786_000_000);
//!
//! let verified = webhook::verify_at(&["whsec_acme"], &header, body, 1_786_000_010)?;
//! assert_eq!(verified.timestamp(), 1_786_000_000);
//!
//! let refusal = webhook::verify_at(&["whsec_acme"], &header, b"{}", 1_786_000_010).unwrap_err();
//! assert_eq!(refusal.reason(), Reason::Mismatch);
//! # Ok::<(), webhook::Refusal>(())
//! ```

mod answer;
mod basic;
#[macro_use]
mod table;
mod event;
mod explain;
pub mod fields;
mod invalid;
pub mod keyclic;
mod kind;
mod node;
mod order;
mod path;
mod policy;
mod refusal;
mod signature;
mod signed_url;
pub mod vehicle;
mod verifier;

pub use answer::Answer;
pub use basic::{BasicUser, verify_basic};
pub use event::{Edition, Event, ORDER_CREATED, ORDER_RENEWED, OtherEvent, PING, Ping};
pub use explain::{Cause, CauseCode, Certainty, Explanation, explain, explain_with};
pub use invalid::{EventProblem, InvalidEvent, Wanted};
pub use order::{
    Coverage, CoveredProperty, CustomField, Customer, Invoice, NEW_PROPERTY_PREFIX, Order, OrderEvent, Product, SubItem,
};
pub use path::{is_path_secret, verify_path};
pub use policy::{
    API_KEY_HEADER, BODY_TIMEOUT_SECONDS, HANDLING_TIMEOUT_SECONDS, LEASE_SECONDS, MAX_BODY_BYTES, MAX_CONCURRENCY,
    MEMORY_CAPACITY, MIN_API_KEY_LENGTH, RETENTION_SECONDS, RETRY_AFTER_SECONDS, SENDER_TIMEOUT_SECONDS,
    SIGNATURE_HEADER, TOLERANCE_SECONDS, USER_AGENT, is_delivered, is_json, is_tried_again,
};
pub use refusal::{Credential, Reason, Refusal};
pub use signature::{SignatureHeader, Verified, sign, verify_at};
pub use signed_url::SignedUrl;
pub(crate) use verifier::same;
pub use verifier::{Credentials, Verifier};
