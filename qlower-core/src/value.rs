//! Scalars that know their own rule.
//!
//! No scalar loses what it was given. One that was given a valid text holds the value ([`Entered::Value`]), one
//! that was not keeps the text as it stood ([`Entered::Text`]), and [`check`](crate::check()) reports it with
//! its place. So a program turns *every* row into an item first and then learns of all mistakes at once,
//! instead of stopping at the first bad cell. Whoever wants to stop there uses `parse()`: [`std::str::FromStr`] of every
//! scalar is strict.
//!
//! # Example: a dirty cell is kept, and found
//! ```
//! use qlower_core::value::{Amount, Day, Siret};
//!
//! let good = Day::from("2025-02-28");
//! assert!(good.value().is_some());
//!
//! let dirty = Day::from("31/02/2025");
//! assert_eq!(dirty.value(), None);
//! assert_eq!(dirty.to_string(), "31/02/2025");
//!
//! assert!("1 500,00".parse::<Amount>().is_err());
//! assert!("3151725100003".parse::<Siret>().is_err(), "13 digits");
//! ```

pub(crate) mod date;
pub(crate) mod decimal;
mod entered;
mod float;
pub(crate) mod identifier;
pub(crate) mod number;
pub(crate) mod paris;
pub(crate) mod text;
pub(crate) mod timestamp;

pub use entered::{Entered, InvalidValue, Scalar};
pub use float::Shortest;
pub use number::YearNumber;
pub use text::{Country, Email, FileLink, Nic, PostCode, Siren, Siret, Version};

/// A calendar date; on the wire `YYYY-MM-DD`.
pub type Day = Entered<chrono::NaiveDate>;

/// An exact decimal; on the wire a JSON number with `.`, or a quoted plain decimal.
///
/// ```
/// use qlower_core::value::Amount;
/// use rust_decimal::Decimal;
///
/// let amount = Amount::from("-99999999999.99");
/// assert_eq!(amount.value(), Some(&Decimal::new(-9_999_999_999_999, 2)));
/// assert_eq!(Amount::from(Decimal::new(15, 1)).to_string(), "1.5");
/// assert_eq!(Amount::from(12).to_string(), "12");
/// ```
pub type Amount = Entered<rust_decimal::Decimal>;

/// A whole number; on the wire a JSON number without fraction.
pub type Integer = Entered<i64>;

/// A year of four digits; on the wire a string `YYYY`.
pub type Year = Entered<YearNumber>;

/// An instant with its offset; on the wire ISO 8601. A missing offset is read as Europe/Paris, a missing time as midnight
/// there. It is always written with its offset.
///
/// An hour that the clocks skip in spring is read as if they had not moved (02:30 becomes 03:30 summer time); one that
/// occurs twice in autumn is read as the first (summer time).
///
/// ```
/// use qlower_core::value::Timestamp;
///
/// assert_eq!(Timestamp::from("2024-01-15T10:30:00").to_string(), "2024-01-15T10:30:00+01:00");
/// assert_eq!(Timestamp::from("2024-07-15").to_string(), "2024-07-15T00:00:00+02:00");
/// ```
pub type Timestamp = Entered<chrono::DateTime<chrono::FixedOffset>>;
