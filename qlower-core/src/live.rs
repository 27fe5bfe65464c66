//! Live readings: where a value stands in a document, what it means, and what a producer answers.
//!
//! A producer (a solar plant, a wind farm, a biomethane unit) answers `GET` with a JSON document; whoever shows its value, as Quelia's
//! map does, was told the address, the path to the value, and its unit.
//!
//! | to | use |
//! | --- | --- |
//! | say where the value stands | [`ValuePath`] |
//! | read a reply | [`read()`], [`Found`], or why it is no reading: [`ReadingFault`] |
//! | convert | [`Unit::convert`] |
//! | answer as a producer | [`Producer`], [`Access`], [`Form`] |
//! | tell what an examination found | [`ProbeReport`], [`Requirement`] |
//!
//! Everything here is pure: what asks, waits and serves is in the client.
//!
//! # Example: the documented reply
//! ```
//! use qlower_core::live::{Unit, ValuePath, read};
//!
//! let found = read(br#"{"current_power": 42.5}"#, &ValuePath::parse("current_power")?)?;
//! assert_eq!(Unit::Megawatt.convert(found.value, &Unit::Kilowatt), Some(42_500.0));
//!
//! let fault = read(br#"{"current_power": "42.5"}"#, &ValuePath::parse("current_power")?).unwrap_err();
//! assert_eq!(
//!     fault.to_string(),
//!     "current_power is a text that holds a number: write it without quotes, with a decimal point"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod address;
mod fault;
mod found;
mod measurement;
mod path;
mod policy;
mod probe;
mod producer;
mod read;
mod suggest;
mod unit;

pub use access::{Access, AccessKind};
pub use address::shown_url;
pub use fault::{JsonKind, ReadingCode, ReadingFault};
pub use found::{Found, Remark};
pub use measurement::{Form, Measurement, Unavailable};
pub use path::{PathCode, PathError, ValuePath};
pub use policy::{
    ALLOWED_HEADER, ALLOWED_METHODS, BAD_STATUSES, DEFAULT_ORIGIN, FRESH_FOR_SECONDS, IDEAL_LATENCY_SECONDS,
    INTERVAL_SECONDS, KEY_HEADER, MAX_DOCUMENT_BYTES, MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, PREFLIGHT_SECONDS,
    STALE_AFTER_SECONDS, TIMEOUT_SECONDS,
};
pub use probe::{Examined, ProbeReport, Requirement};
pub use producer::{Admitted, Answer, Incoming, Outcome, Producer, ProducerBuilder, ProducerError};
pub use read::read;
pub use unit::Unit;
