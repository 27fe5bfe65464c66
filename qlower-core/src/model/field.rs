//! What the table says of a field.

use std::fmt;

use crate::codes::{self, CodeList};
use crate::secret::ApiKey;
use crate::value::{
    Amount, Country, Day, Email, FileLink, Integer, Nic, PostCode, Siren, Siret, Timestamp, Version, Year,
};

/// One row of a model's table.
#[derive(Debug)]
#[non_exhaustive]
pub struct Field {
    /// The readable name, in snake case.
    pub name: &'static str,
    /// The key on the wire.
    pub key: &'static str,
    pub(crate) quoted: &'static str,
    /// What the value is.
    pub kind: Kind,
    /// Whether the wire demands it.
    pub required: bool,
    /// Description for people.
    pub doc: &'static str,
}

impl Field {
    /// The key on the wire as JSON: in quotes.
    #[must_use]
    pub const fn quoted_key(&self) -> &'static str {
        self.quoted
    }
}

/// What a field's value is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text,
    /// The access key: a text that is never shown.
    Secret,
    /// The format's edition.
    Version,
    /// Date-time.
    Timestamp,
    /// Date.
    Date,
    /// Year of four digits.
    Year,
    /// Exact decimal.
    Decimal,
    /// Whole number.
    Integer,
    /// SIREN, 9 digits.
    Siren,
    /// NIC, 5 digits.
    Nic,
    /// SIRET, 14 digits.
    Siret,
    /// E-mail address.
    Email,
    /// Country code.
    Country,
    /// Post code.
    PostCode,
    /// Absolute URL.
    Url,
    /// A code of a closed list.
    Code(&'static CodeList),
    /// A nested object.
    Object(&'static Model),
    /// An array of objects.
    List(&'static Model),
}

/// The type of a field that has a kind of its own.
pub(crate) trait Leaf {
    const KIND: Kind;
}

macro_rules! leaves {
    ($($Type:ty = $kind:expr;)+) => { $(impl Leaf for $Type { const KIND: Kind = $kind; })+ };
}

leaves! {
    String = Kind::Text;
    ApiKey = Kind::Secret;
    Version = Kind::Version;
    Timestamp = Kind::Timestamp;
    Day = Kind::Date;
    Year = Kind::Year;
    Amount = Kind::Decimal;
    Integer = Kind::Integer;
    Siren = Kind::Siren;
    Nic = Kind::Nic;
    Siret = Kind::Siret;
    Email = Kind::Email;
    Country = Kind::Country;
    PostCode = Kind::PostCode;
    FileLink = Kind::Url;
    codes::LegalStatus = Kind::Code(codes::LegalStatus::LIST);
    codes::TaxAggregation = Kind::Code(codes::TaxAggregation::LIST);
    codes::TaxCategory = Kind::Code(codes::TaxCategory::LIST);
    codes::DeclarantTaxRegime = Kind::Code(codes::DeclarantTaxRegime::LIST);
    codes::PropertyTaxRegime = Kind::Code(codes::PropertyTaxRegime::LIST);
    codes::DocumentType = Kind::Code(codes::DocumentType::LIST);
    codes::Civility = Kind::Code(codes::Civility::LIST);
    codes::PropertyKind = Kind::Code(codes::PropertyKind::LIST);
    codes::Management = Kind::Code(codes::Management::LIST);
    codes::YesNo = Kind::Code(codes::YesNo::LIST);
    codes::VatOption = Kind::Code(codes::VatOption::LIST);
    codes::CompletionStatus = Kind::Code(codes::CompletionStatus::LIST);
    codes::Currency = Kind::Code(codes::Currency::LIST);
    codes::Removal = Kind::Code(codes::Removal::LIST);
    super::ClientAccount = Kind::Object(&super::ClientAccount::MODEL);
}

/// One model of the payload.
#[derive(Debug)]
#[non_exhaustive]
pub struct Model {
    /// Which one.
    pub name: ModelName,
    /// Description for people.
    pub doc: &'static str,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [Field],
    /// A bit for each required field.
    pub(crate) required: u64,
}

/// A bit for each required field.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, in bounds by the loop's condition")]
pub(crate) const fn required(fields: &[Field]) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < fields.len() {
        bits |= (fields[at].required as u64) << at;
        at += 1;
    }
    bits
}

impl Model {
    /// Finds a field by its wire key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// Finds a field by its readable name.
    ///
    /// ```
    /// use qlower_core::Transaction;
    ///
    /// assert_eq!(Transaction::MODEL.field_by_name("amount").map(|field| field.key), Some("amt"));
    /// ```
    #[must_use]
    pub fn field_by_name(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Position of a field of the table; for constants only, since an unknown key stops the compiler.
    pub(crate) const fn position(&self, key: &str) -> usize {
        let mut at = 0;
        while at < self.fields.len() {
            #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, in bounds by the loop's condition")]
            if same(self.fields[at].key.as_bytes(), key.as_bytes()) {
                return at;
            }
            at += 1;
        }
        #[expect(clippy::panic, reason = "evaluated by the compiler only")]
        {
            panic!("no such wire key")
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, in bounds by the loop's condition")]
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Which model an item or a finding is of. Displayed as the wire names it: `transactions`, `properties`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ModelName {
    /// The root object.
    Payload,
    /// An entry of `clients`.
    ClientEntry,
    /// The `client` block of an entry.
    ClientAccount,
    /// Declarant.
    Declarant,
    /// Associate.
    Associate,
    /// Property.
    Property,
    /// Transaction.
    Transaction,
    /// Document.
    Document,
}

impl ModelName {
    /// All of them, outermost first.
    pub const ALL: [Self; 8] = [
        Self::Payload,
        Self::ClientEntry,
        Self::ClientAccount,
        Self::Declarant,
        Self::Associate,
        Self::Property,
        Self::Transaction,
        Self::Document,
    ];

    /// The name that findings and server replies use: the key of the array that holds such items, or `payload`,
    /// `client`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::ClientEntry => "clients",
            Self::ClientAccount => "client",
            Self::Declarant => "declarants",
            Self::Associate => "associates",
            Self::Property => "properties",
            Self::Transaction => "transactions",
            Self::Document => "documents",
        }
    }

    /// The inverse of [`ModelName::as_str`].
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.as_str() == name)
    }

    /// Name of the type.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Payload => "Payload",
            Self::ClientEntry => "ClientEntry",
            Self::ClientAccount => "ClientAccount",
            Self::Declarant => "Declarant",
            Self::Associate => "Associate",
            Self::Property => "Property",
            Self::Transaction => "Transaction",
            Self::Document => "Document",
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for ModelName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A builder was asked to build without all required fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is missing {}", model.type_name(), fields.join(", "))]
#[non_exhaustive]
pub struct MissingFields {
    /// The model that was being built.
    pub model: ModelName,
    /// Wire keys of the fields that were not given.
    pub fields: Vec<&'static str>,
}

impl MissingFields {
    pub(crate) fn check(model: &Model, given: &[&'static str]) -> Result<(), Self> {
        // A field with a preset, such as the version, need not be named.
        let fields: Vec<_> = model
            .fields
            .iter()
            .filter(|field| field.required && !matches!(field.kind, Kind::Version) && !given.contains(&field.key))
            .map(|field| field.key)
            .collect();
        if fields.is_empty() { Ok(()) } else { Err(Self { model: model.name, fields }) }
    }
}
