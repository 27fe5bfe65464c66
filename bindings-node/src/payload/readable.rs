//! From the canonical form to readable names.

use std::borrow::Cow;
use std::fmt;

use qlower_core::Payload;
use qlower_core::model::{Field, Kind, Model};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::number::quoted_unless_exact;
use crate::fault::Fault;
use crate::names::camel;

/// A payload by readable names, from its canonical form. Amounts are strings, so that none loses a digit.
///
/// # Errors
/// If an unknown key is the readable name of a field: there would be two of them.
pub(super) fn payload(text: &[u8]) -> Result<String, Fault> {
    let mut writer = Writer { out: String::with_capacity(text.len()), pointer: String::new(), taken: None };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Object { model: &Payload::MODEL, writer: &mut writer }.deserialize(&mut reader);
    read.map_err(|error| Fault::new("base", writer.taken.unwrap_or_else(|| error.to_string())))?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    /// Where in the payload it is.
    pointer: String,
    /// What is wrong with a name.
    taken: Option<String>,
}

impl Writer {
    fn key(&mut self, key: &str) {
        self.out.push_str(&serde_json::Value::from(key).to_string());
        self.out.push(':');
    }

    /// Works on what is in the object or list.
    fn within<T>(&mut self, part: &dyn fmt::Display, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push_str(&format!("/{part}"));
        let worked = work(self);
        self.pointer.truncate(length);
        worked
    }
}

struct Object<'w> {
    model: &'static Model,
    writer: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name.type_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { model, writer } = self;
        let mut before = '{';
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            writer.out.push(before);
            before = ',';
            if let Some(field) = model.field(&key) {
                writer.key(&camel(field.name));
                writer.within(&field.key, |writer| map.next_value_seed(Value { field, writer }))?;
                continue;
            }
            if let Some(field) = model.fields.iter().find(|field| camel(field.name) == key) {
                let (place, wire) = (&writer.pointer, field.key);
                writer.taken =
                    Some(format!("{place}/{key}: the wire has no such key, and here it is the name of {wire:?}"));
                return Err(Error::custom("a name that is taken"));
            }
            writer.key(&key);
            writer.out.push_str(&quoted_unless_exact(map.next_value::<&RawValue>()?.get()));
        }
        if before == '{' {
            writer.out.push('{');
        }
        writer.out.push('}');
        Ok(())
    }
}

struct Value<'w> {
    field: &'static Field,
    writer: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { field, writer } = self;
        match field.kind {
            Kind::Object(model) => Object { model, writer }.deserialize(deserializer),
            Kind::List(model) => deserializer.deserialize_seq(List { model, writer }),
            kind => {
                let raw = <&RawValue>::deserialize(deserializer)?.get();
                if matches!(kind, Kind::Decimal) && raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                    writer.out.extend(["\"", raw, "\""]);
                } else {
                    writer.out.push_str(&quoted_unless_exact(raw));
                }
                Ok(())
            }
        }
    }
}

struct List<'w> {
    model: &'static Model,
    writer: &'w mut Writer,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {}", self.model.name.type_name())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { model, writer } = self;
        writer.out.push('[');
        for number in 0_usize.. {
            let end = writer.out.len();
            if number > 0 {
                writer.out.push(',');
            }
            let read = |writer: &mut Writer| items.next_element_seed(Object { model, writer });
            if writer.within(&number, read)?.is_none() {
                writer.out.truncate(end);
                break;
            }
        }
        writer.out.push(']');
        Ok(())
    }
}
