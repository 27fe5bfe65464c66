//! From the canonical form to readable names.

use std::borrow::Cow;
use std::fmt;

use qlower_core::Payload;
use qlower_core::model::{Field, Kind, Model};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::number::exact;
use crate::encode::camel;
use crate::fault::Fault;

/// A payload by readable names, from its canonical form. Amounts are strings, so that none loses a digit.
pub(super) fn payload(text: &[u8]) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut reader = serde_json::Deserializer::from_slice(text);
    let object = Object { model: &Payload::MODEL, out: &mut out };
    object.deserialize(&mut reader).map_err(|error| Fault::new("base", error.to_string()))?;
    Ok(out)
}

struct Object<'o> {
    model: &'static Model,
    out: &'o mut String,
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
        let mut before = '{';
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            self.out.push(before);
            before = ',';
            let field = self.model.field(&key);
            match field {
                Some(field) => key_of(self.out, &camel(field.name)),
                None if self.model.fields.iter().any(|field| camel(field.name) == key) => {
                    let known = self.model.name.type_name();
                    return Err(Error::custom(format_args!(
                        "the key {key:?} of a {known} is not one of the wire, but the readable name of a field"
                    )));
                }
                None => key_of(self.out, &key),
            }
            match field {
                Some(field) => map.next_value_seed(Value { field, out: self.out })?,
                None => self.out.push_str(map.next_value::<&RawValue>()?.get()),
            }
        }
        if before == '{' {
            self.out.push('{');
        }
        self.out.push('}');
        Ok(())
    }
}

fn key_of(out: &mut String, key: &str) {
    out.push_str(&serde_json::Value::from(key).to_string());
    out.push(':');
}

struct Value<'o> {
    field: &'static Field,
    out: &'o mut String,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.field.kind {
            Kind::Object(model) => Object { model, out: self.out }.deserialize(deserializer),
            Kind::List(model) => deserializer.deserialize_seq(List { model, out: self.out }),
            kind => {
                let raw = <&RawValue>::deserialize(deserializer)?.get();
                let is_number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                match kind {
                    Kind::Decimal if is_number => self.out.extend(["\"", raw, "\""]),
                    _ if is_number => self.out.push_str(&exact(raw)),
                    _ => self.out.push_str(raw),
                }
                Ok(())
            }
        }
    }
}

struct List<'o> {
    model: &'static Model,
    out: &'o mut String,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {}", self.model.name.type_name())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.out.push('[');
        let start = self.out.len();
        loop {
            let end = self.out.len();
            if end > start {
                self.out.push(',');
            }
            if items.next_element_seed(Object { model: self.model, out: self.out })?.is_none() {
                self.out.truncate(end);
                self.out.push(']');
                return Ok(());
            }
        }
    }
}
