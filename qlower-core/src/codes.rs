//! The closed code lists of the loader payload, with French and English labels.
//!
//! Every list is an enum ([`PropertyTaxRegime`], [`Currency`], …) and, behind it, a plain [`CodeList`] for programs
//! that work with text. The French labels of the numbered lists are Qlower's own; those of the letters, and all English ones, are
//! this project's. No label is ever sent.
//!
//! Lists grow. A code that this edition does not know is kept as it was given (`Other`), written back unchanged and
//! reported by the check; it never makes reading fail. Three ways lead from text to an enum:
//!
//! | way | unknown code | for |
//! | --- | --- | --- |
//! | [`Code::from_code`], `From<&str>`, `From<String>`, `Deserialize` | kept | rows whose faults the check shall report with their place |
//! | [`Code::other`] | kept | sending, on purpose, a code that is newer than this edition |
//! | [`FromStr`](std::str::FromStr) | [`UnknownCode`] | own settings and command lines |
//!
//! # Example: showing a code to people
//!
//! ```
//! use qlower_core::codes::{self, PropertyTaxRegime};
//! use qlower_core::Lang;
//!
//! let regime = PropertyTaxRegime::from("5");
//! assert_eq!(regime, PropertyTaxRegime::LmnpReal);
//! assert_eq!(regime.label(Lang::Fr), Some("BIC Réel / location meublée LMNP"));
//!
//! // The same from the wire key alone.
//! assert_eq!(codes::label("taxRegime", 5, Lang::Fr), regime.label(Lang::Fr));
//! ```

#[macro_use]
mod table;
mod code;
mod declarant;
mod document;
mod letters;
mod list;
mod property;
mod suggest;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt::Display;

use crate::lang::Lang;

pub use code::{Code, OtherCode, UnknownCode};
pub use declarant::{DeclarantTaxRegime, LegalStatus, TaxAggregation, TaxCategory};
pub use document::DocumentType;
pub use letters::{Civility, Currency, YesNo};
pub use list::{CodeEntry, CodeList, WireType};
pub use property::{CompletionStatus, Management, PropertyKind, PropertyTaxRegime, Removal, VatOption};

/// Every code list of the payload.
///
/// # Example: a page that documents all codes
///
/// ```
/// use qlower_core::codes::LISTS;
///
/// let rows: usize = LISTS.iter().map(|list| list.entries.len()).sum();
/// assert!(rows > 100);
/// assert!(LISTS.iter().any(|list| list.name == "taxRegime"));
/// ```
pub static LISTS: &[&CodeList] = &[
    LegalStatus::LIST,
    TaxCategory::LIST,
    DeclarantTaxRegime::LIST,
    TaxAggregation::LIST,
    PropertyTaxRegime::LIST,
    PropertyKind::LIST,
    Management::LIST,
    VatOption::LIST,
    CompletionStatus::LIST,
    Removal::LIST,
    DocumentType::LIST,
    Civility::LIST,
    YesNo::LIST,
    Currency::LIST,
];

/// Finds a list by its [name](CodeList::name) or by one of the [wire keys](CodeList::keys) that take its codes.
///
/// Case matters, as it does on the wire. `None` when no list goes by that name.
///
/// # Example: one list behind several fields
///
/// ```
/// use qlower_core::codes::{YesNo, list};
///
/// assert_eq!(list("furnished"), Some(YesNo::LIST));
/// assert_eq!(list("manager"), Some(YesNo::LIST));
/// assert_eq!(list("debActDate"), None);
/// ```
#[must_use]
pub fn list(name_or_key: &str) -> Option<&'static CodeList> {
    LISTS.iter().copied().find(|list| list.name == name_or_key || list.keys.contains(&name_or_key))
}

/// The label of one code, by list name or wire key: what a user interface shows beside a value.
///
/// The code may be text or a number, whatever its wire type. `None` when no list goes by that name or the list does not
/// know the code.
///
/// # Example: a number from a row
///
/// ```
/// use qlower_core::codes::label;
/// use qlower_core::Lang;
///
/// assert_eq!(label("taxRegime", 11, Lang::En), Some("Historic monument scheme"));
/// assert_eq!(label("managed", "STRP", Lang::En), Some("Short-term rental platform"));
/// assert_eq!(label("taxRegime", 34, Lang::En), None);
/// ```
#[must_use]
pub fn label(name_or_key: &str, code: impl Display, lang: Lang) -> Option<&'static str> {
    let entry = list(name_or_key)?.find(&code.to_string())?;
    Some(entry.label(lang))
}
