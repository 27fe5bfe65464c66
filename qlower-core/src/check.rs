//! The check: text or typed payload in, report of findings out.
//!
//! One pass finds everything: a missing field in one item does not hide a bad date in the next, and a text that is cut off still
//! reports what came before the cut. A typed payload is checked in its canonical wire form, so both kinds of input meet the
//! same rules.
//!
//! # Example: a text with two mistakes
//! ```
//! use chrono::NaiveDate;
//! use qlower_core::{CheckOptions, check};
//!
//! let text = br#"{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
//!  "transactions": [
//!   {"id": "T1", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "ref": "Loyer"}
//! ]}"#;
//! let report = check(text, &CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap()));
//! assert!(!report.is_valid());
//!
//! let errors: Vec<_> = report.errors().map(|e| (e.code().as_str(), e.pointer(), e.line())).collect();
//! assert_eq!(errors, [
//!     ("missing_field", "/transactions/0/amt", Some(3)),
//!     ("invalid_date", "/transactions/0/reqdExctnDt", Some(3)),
//! ]);
//! assert_eq!(report.errors().nth(1).unwrap().suggestion(), Some("2025-01-31"));
//! ```

mod checked;
mod code;
mod cross;
mod engine;
mod finding;
mod index;
mod items;
mod object;
mod options;
mod parallel;
mod params;
pub(crate) mod place;
mod render;
mod report;
mod rules;
mod scalar;
mod start;
mod stored;
mod suggest;
mod table;

pub use checked::{Checked, Inspection, ValidationError};
pub use code::FindingCode;
pub(crate) use cross::field;
pub use finding::{Finding, Severity};
pub use items::{ItemChecker, ItemError, Refused, Sound};
pub use options::{CheckOptions, Strictness};
pub use render::{Render, Rendered};
pub use report::{Count, Report, RuleSet};

/// Checks a text, which is read in place.
///
/// Anything may be given, whatever its size: what is no payload gets one clear finding. Findings come in the order of the text.
#[must_use]
pub fn check(text: &[u8], options: &CheckOptions) -> Report {
    start::check(text, options)
}
