//! A reading that was found.

use chrono::{DateTime, FixedOffset, SecondsFormat, Timelike};
use serde_json::{Map, Value};

use super::fault::{ReadingCode, ReadingFault};
use super::unit::Unit;
use crate::lang::Lang;

/// A value, and what its document tells about it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The value: finite, and never a negative zero.
    pub value: f64,
    /// The text under `unit` beside the value.
    pub unit: Option<Unit>,
    /// The moment under `timestamp`, beside the value or in an object around it; the nearest one.
    pub timestamp: Option<DateTime<FixedOffset>>,
    /// The text under `status` in the outermost object.
    pub status: Option<String>,
    /// What is odd about the document, and keeps it from nothing.
    pub remarks: Vec<Remark>,
}

/// Something about a document that whoever makes it should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remark {
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// Its `timestamp` has no offset: nobody can tell which moment it is.
    TimestampWithoutOffset,
    /// Its `timestamp` is neither a date-time nor Unix time.
    UnreadableTimestamp,
}

impl Remark {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ByteOrderMark, Self::TimestampWithoutOffset, Self::UnreadableTimestamp];

    /// Its name, such as `byte_order_mark`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte_order_mark",
            Self::TimestampWithoutOffset => "timestamp_without_offset",
            Self::UnreadableTimestamp => "unreadable_timestamp",
        }
    }

    /// A sentence, for people.
    #[must_use]
    pub const fn message(self, lang: Lang) -> &'static str {
        match self {
            Self::ByteOrderMark => lang.pick(
                "the document begins with a byte order mark, which not every reader takes",
                "le document commence par une marque d'ordre des octets, que tous ne lisent pas",
            ),
            Self::TimestampWithoutOffset => lang.pick(
                "timestamp has no offset, such as Z or +01:00, and is not used",
                "timestamp n'a pas de décalage, comme Z ou +01:00, et n'est pas utilisé",
            ),
            Self::UnreadableTimestamp => lang.pick(
                "timestamp is not a date and time (ISO 8601), and is not used",
                "timestamp n'est pas une date et heure (ISO 8601), et n'est pas utilisé",
            ),
        }
    }
}

impl Found {
    /// The value in the unit that was agreed. The document's own word counts, where it has one: a value in kW is converted to MW
    /// though MW was agreed for it. Without one, the value is taken to be in the agreed unit.
    ///
    /// # Errors
    /// [`ReadingCode::UnitMismatch`] where the document names a unit that cannot be converted.
    ///
    /// ```
    /// use qlower_core::live::{Unit, ValuePath, read};
    ///
    /// let body = br#"{"power": {"value": 42500, "unit": "kW"}}"#;
    /// let found = read(body, &ValuePath::parse("power.value")?)?;
    /// assert_eq!(found.value_in(&Unit::Megawatt)?, 42.5);
    /// assert!(found.value_in(&Unit::NormalCubicMetresPerHour).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value_in(&self, agreed: &Unit) -> Result<f64, ReadingFault> {
        let Some(own) = &self.unit else { return Ok(self.value) };
        own.convert(self.value, agreed).ok_or_else(|| {
            ReadingFault::new(ReadingCode::UnitMismatch).with(|inner| inner.units = Some((own.clone(), agreed.clone())))
        })
    }

    /// As JSON: `value`, `remarks` (their names), and what there is of `unit`, `timestamp` and `status`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut out = Map::new();
        out.insert("value".to_owned(), self.value.into());
        if let Some(unit) = &self.unit {
            out.insert("unit".to_owned(), unit.as_str().into());
        }
        if let Some(timestamp) = &self.timestamp {
            out.insert("timestamp".to_owned(), written(timestamp).into());
        }
        if let Some(status) = &self.status {
            out.insert("status".to_owned(), status.as_str().into());
        }
        let remarks: Vec<Value> = self.remarks.iter().map(|remark| remark.as_str().into()).collect();
        out.insert("remarks".to_owned(), remarks.into());
        out.into()
    }
}

/// A moment as it is written: RFC 3339, with `Z` for UTC, and as many digits of a second as it has.
pub(super) fn written(moment: &DateTime<FixedOffset>) -> String {
    let precision = if moment.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::AutoSi };
    moment.to_rfc3339_opts(precision, true)
}
