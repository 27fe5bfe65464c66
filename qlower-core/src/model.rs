//! The payload and its models, each declared once: a row per field.
//!
//! Names are readable, every field's doc names its wire key, and all fields are public. A field that was forgotten is
//! never silently sent: the builder refuses to build, and a struct literal with `..Default::default()` leaves an
//! empty value that the check reports.
//!
//! # Example: a transaction, with its builder
//! ```
//! use qlower_core::Transaction;
//!
//! let rent = Transaction::builder()
//!     .id("T-2025-0001")
//!     .date("2025-01-05")
//!     .property_id("P-12")
//!     .amount("850.00")
//!     .reference("Loyer janvier")
//!     .build()?;
//! assert_eq!(
//!     serde_json::to_string(&rent).unwrap(),
//!     r#"{"id":"T-2025-0001","reqdExctnDt":"2025-01-05","id-prty":"P-12","amt":850.0,"ref":"Loyer janvier"}"#,
//! );
//!
//! let forgotten = Transaction::builder().id("T-2025-0002").date("2025-01-05").build().unwrap_err();
//! assert_eq!(forgotten.to_string(), "Transaction is missing id-prty, amt, ref");
//! # Ok::<(), qlower_core::model::MissingFields>(())
//! ```

#[macro_use]
mod table;
mod associate;
pub mod cell;
mod client;
mod declarant;
mod document;
mod extra;
mod field;
mod item;
mod items;
mod payload;
mod property;
mod read;
mod transaction;
mod write;

pub use associate::{Associate, AssociateBuilder};
pub use client::{ClientAccount, ClientAccountBuilder, ClientEntry, ClientEntryBuilder};
pub use declarant::{Declarant, DeclarantBuilder};
pub use document::{Document, DocumentBuilder};
pub use extra::{Extra, InvalidExtra};
pub use field::{Field, Kind, MissingFields, Model, ModelName};
pub use item::{Item, Section};
pub use items::{AnyItem, ItemRef, Items};
pub use payload::{Payload, PayloadBuilder};
pub use property::{Property, PropertyBuilder};
pub use read::ReadError;
pub(crate) use read::{Read, Reader};
pub use transaction::{Transaction, TransactionBuilder};
pub(crate) use write::Write;

/// The models of the payload, outermost first: what generators of types, schemas and references walk over.
pub static MODELS: &[&Model] = &[
    &Payload::MODEL,
    &ClientEntry::MODEL,
    &ClientAccount::MODEL,
    &Declarant::MODEL,
    &Associate::MODEL,
    &Property::MODEL,
    &Transaction::MODEL,
    &Document::MODEL,
];
