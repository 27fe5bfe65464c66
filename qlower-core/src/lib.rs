//! The pure heart of the Qlower partner SDK: typed models of the loader payload 2.0, the check that finds every mistake before
//! anything leaves, and the wire rules of what comes back.
//!
//! Qlower never modifies what it once created: a wrong item stays wrong. That is why the check comes before everything
//! else. This crate reads no clock, no environment, no disk and no network; what needs the day takes it as a parameter.
//!
//! | to | use |
//! | --- | --- |
//! | build a payload | [`Payload`], [`Declarant`], [`Property`], [`Transaction`], … in [`model`] |
//! | know the codes | [`codes`] |
//! | check a text or a payload | [`check()`], [`Payload::check_with`], [`Report`] |
//! | cut what is too large | [`split`], [`Checked::split`] |
//! | read what Qlower answered | [`reply`] |
//! | verify and read a webhook | [`webhook`] |
//! | read a live reading, answer as its producer | [`live`] |
//! | address Qlower | [`Environment`] |
//!
//! # Example: from rows to checked bytes
//! ```
//! use chrono::NaiveDate;
//! use qlower_core::{CheckOptions, Payload, Transaction};
//!
//! let payload = Payload::builder()
//!     .partner("acme")
//!     .api_key("key")
//!     .created_at("2025-02-01T08:00:00+01:00")
//!     .transactions([Transaction::builder()
//!         .id("T1")
//!         .date("2025-01-31")
//!         .property_id("P1")
//!         .amount("850.00")
//!         .reference("Loyer janvier")
//!         .build()?])
//!     .build()?;
//! let today = NaiveDate::from_ymd_opt(2025, 2, 1).unwrap();
//! let checked = payload.check_with(&CheckOptions::on(today)).into_result()?;
//! assert!(checked.report().is_valid());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod address;
pub mod check;
pub mod codes;
pub mod lang;
pub mod live;
pub mod model;
pub mod naming;
pub mod reply;
mod scan;
pub mod secret;
pub mod split;
pub mod value;
pub mod webhook;

pub use address::Environment;
pub use check::{CheckOptions, Checked, Finding, FindingCode, Report, Severity, Strictness, ValidationError, check};
pub use lang::Lang;
pub use model::{
    Associate, ClientAccount, ClientEntry, Declarant, Document, ModelName, Payload, Property, Transaction,
};
pub use reply::Reply;
pub use secret::{ApiKey, WebhookSecret};
pub use split::{Part, Parts, SplitError, SplitOptions};
