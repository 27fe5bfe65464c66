//! How each kind of field is read, told, and kept out of logs.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Timelike};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use super::SignedUrl;
use super::fields::Kind;
use super::invalid::{EventProblem, InvalidEvent, Wanted};
use super::node::{At, Node, exact};
use super::table::Table;
use crate::value::timestamp;

/// No greater whole number is the same in every language.
pub(super) const MAX_WHOLE: u64 = (1 << 53) - 1;

/// A kind of field, as which a `T` is read.
pub(super) trait Leaf<T> {
    const KIND: Kind;
    const IS_MASKED: bool = false;

    /// Reads what is not `null`; `None` if nothing is at stake and it says nothing.
    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<T>, InvalidEvent>;

    /// As it stands in the normal form.
    fn told(value: &T) -> Value;
}

/// Any text; a number or truth value counts by its text.
pub(super) struct Text;
/// A [`Text`] that says something of a person.
pub(super) struct Personal;
/// A [`Text`], or the JSON of whatever else stands there; it may say something of a person.
pub(super) struct Anything;
/// A text that identifies something.
pub(super) struct Id;
/// An [`Id`] that may be absent, and counts as absent where it identifies nothing.
pub(super) struct Key;
/// An exact decimal.
pub(super) struct Money;
/// A whole number.
pub(super) struct Whole;
/// A year of four digits.
pub(super) struct YearNumber;
/// `true` or `false`.
pub(super) struct Truth;
/// An instant with its offset.
pub(super) struct Instant;
/// An [`Instant`] at which nothing is at stake.
pub(super) struct Moment;
/// A currency.
pub(super) struct Currency;
/// A link that gives access.
pub(super) struct Link;
/// A JSON object.
pub(super) struct Json;
/// One of several names, or another.
pub(super) struct Name;
/// An object with a table of its own.
pub(super) struct Nested;

impl Leaf<String> for Text {
    const KIND: Kind = Kind::Text;

    fn read(node: &Node<'_>, _: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        Ok(node.scalar().map(|text| text.into_owned()))
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<String> for Personal {
    const KIND: Kind = Kind::Text;
    const IS_MASKED: bool = true;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        Text::read(node, at)
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<String> for Anything {
    const KIND: Kind = Kind::Text;
    const IS_MASKED: bool = true;

    fn read(node: &Node<'_>, _: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        Ok(Some(node.scalar().map_or_else(|| node.to_value().to_string(), |text| text.into_owned())))
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<String> for Id {
    const KIND: Kind = Kind::Text;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        match node {
            Node::Text { text, .. } if text.trim().is_empty() => Err(at.is(EventProblem::Blank)),
            Node::Text { text, broken } if *broken || text.chars().any(char::is_control) => {
                Err(at.is(EventProblem::BrokenText))
            }
            Node::Text { text, .. } => Ok(Some(text.clone().into_owned())),
            _ => Err(at.is_not(Wanted::Text)),
        }
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<String> for Key {
    const KIND: Kind = Kind::Text;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        Ok(Text::read(node, at)?.filter(|text| !text.trim().is_empty()))
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<Decimal> for Money {
    const KIND: Kind = Kind::Decimal;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<Decimal>, InvalidEvent> {
        exact(node, Wanted::Decimal, at).map(Some)
    }

    fn told(value: &Decimal) -> Value {
        value.to_string().into()
    }
}

fn whole(node: &Node<'_>, wanted: Wanted, at: &At<'_>) -> Result<i64, InvalidEvent> {
    let decimal = exact(node, wanted, at)?;
    if !decimal.is_integer() {
        return Err(at.is_not(wanted));
    }
    let whole = decimal.to_i64().filter(|whole| whole.unsigned_abs() <= MAX_WHOLE);
    whole.ok_or_else(|| at.is(EventProblem::OutOfRange))
}

impl Leaf<i64> for Whole {
    const KIND: Kind = Kind::Integer;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<i64>, InvalidEvent> {
        whole(node, Wanted::Integer, at).map(Some)
    }

    fn told(value: &i64) -> Value {
        (*value).into()
    }
}

impl Leaf<i32> for YearNumber {
    const KIND: Kind = Kind::Year;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<i32>, InvalidEvent> {
        let year = i32::try_from(whole(node, Wanted::Year, at)?).ok().filter(|year| (1000..=9999).contains(year));
        year.map(Some).ok_or_else(|| at.is_not(Wanted::Year))
    }

    fn told(value: &i32) -> Value {
        (*value).into()
    }
}

impl Leaf<bool> for Truth {
    const KIND: Kind = Kind::Boolean;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<bool>, InvalidEvent> {
        match node {
            Node::Boolean(value) => Ok(Some(*value)),
            _ => Err(at.is_not(Wanted::Boolean)),
        }
    }

    fn told(value: &bool) -> Value {
        (*value).into()
    }
}

/// An instant that every language can hold.
fn instant(node: &Node<'_>) -> Option<DateTime<FixedOffset>> {
    let Node::Text { text, .. } = node else { return None };
    let reading = timestamp::read(text.as_bytes())?;
    (reading.has_time && reading.has_offset && reading.instant.year() > 0).then_some(reading.instant)
}

/// RFC 3339, to the microsecond, which is as far as every language goes.
fn told(instant: &DateTime<FixedOffset>) -> Value {
    let form = if instant.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    instant.to_rfc3339_opts(form, false).into()
}

impl Leaf<DateTime<FixedOffset>> for Instant {
    const KIND: Kind = Kind::Instant;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<DateTime<FixedOffset>>, InvalidEvent> {
        instant(node).map(Some).ok_or_else(|| at.is_not(Wanted::Instant))
    }

    fn told(value: &DateTime<FixedOffset>) -> Value {
        told(value)
    }
}

impl Leaf<DateTime<FixedOffset>> for Moment {
    const KIND: Kind = Kind::Instant;

    fn read(node: &Node<'_>, _: &At<'_>) -> Result<Option<DateTime<FixedOffset>>, InvalidEvent> {
        Ok(instant(node))
    }

    fn told(value: &DateTime<FixedOffset>) -> Value {
        told(value)
    }
}

impl Leaf<String> for Currency {
    const KIND: Kind = Kind::Currency;

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<String>, InvalidEvent> {
        match node {
            Node::Text { text, .. } if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Some(text.to_ascii_uppercase()))
            }
            _ => Err(at.is_not(Wanted::Currency)),
        }
    }

    fn told(value: &String) -> Value {
        value.as_str().into()
    }
}

impl Leaf<SignedUrl> for Link {
    const KIND: Kind = Kind::Link;
    const IS_MASKED: bool = true;

    fn read(node: &Node<'_>, _: &At<'_>) -> Result<Option<SignedUrl>, InvalidEvent> {
        Ok(node.scalar().map(|text| SignedUrl::from(&*text)))
    }

    fn told(value: &SignedUrl) -> Value {
        value.expose().into()
    }
}

impl Leaf<Map<String, Value>> for Json {
    const KIND: Kind = Kind::Map;
    const IS_MASKED: bool = true;

    fn read(node: &Node<'_>, _: &At<'_>) -> Result<Option<Map<String, Value>>, InvalidEvent> {
        Ok(node.to_map())
    }

    fn told(value: &Map<String, Value>) -> Value {
        value.clone().into()
    }
}

impl<T: Table> Leaf<T> for Nested {
    const KIND: Kind = Kind::Object(T::MODEL);

    fn read(node: &Node<'_>, at: &At<'_>) -> Result<Option<T>, InvalidEvent> {
        T::read(node, at).map(Some)
    }

    fn told(value: &T) -> Value {
        Value::Object(value.told())
    }
}
