//! Objects of the package's classes, read from the canonical form by the core's table.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};
use qlower_core::Payload;
use qlower_core::model::{Field, Kind, MODELS, Model, ModelName};
use qlower_core::value::{Day, Timestamp, Year};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

const MICROSECONDS: &str = "2024-01-15T10:30:00.000000+01:00";

/// The object of a payload, from its canonical form.
pub(super) fn payload<'py>(py: Python<'py>, text: &[u8], class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let types = Types::new(py)?;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let object = Object { model: &Payload::MODEL, class, types: &types };
    object.deserialize(&mut reader).map_err(|error| {
        let raised = types.raised.take();
        raised.unwrap_or_else(|| PyValueError::new_err(error.to_string()))
    })
}

/// The class of a model.
pub(super) fn class(py: Python<'_>, name: ModelName) -> PyResult<Bound<'_, PyType>> {
    Ok(py.import("qlower._types")?.getattr(name.type_name())?.cast_into()?)
}

/// What objects are made with.
struct Types<'py> {
    classes: Vec<(ModelName, Bound<'py, PyType>)>,
    decimal: Bound<'py, PyAny>,
    date: Bound<'py, PyAny>,
    date_time: Bound<'py, PyAny>,
    loads: Bound<'py, PyAny>,
    /// What Python raised, which no error of the reader can carry.
    raised: Cell<Option<PyErr>>,
}

impl<'py> Types<'py> {
    fn new(py: Python<'py>) -> PyResult<Self> {
        let datetime = py.import("datetime")?;
        let read = |class: &str| datetime.getattr(class)?.getattr("fromisoformat");
        Ok(Self {
            classes: MODELS.iter().map(|model| Ok((model.name, class(py, model.name)?))).collect::<PyResult<_>>()?,
            decimal: py.import("decimal")?.getattr("Decimal")?,
            date: read("date")?,
            date_time: read("datetime")?,
            loads: py.import("json")?.getattr("loads")?,
            raised: Cell::new(None),
        })
    }

    fn lift<T, E: serde::de::Error>(&self, result: PyResult<T>) -> Result<T, E> {
        result.map_err(|error| {
            let told = E::custom(&error);
            self.raised.set(Some(error));
            told
        })
    }

    fn class<E: serde::de::Error>(&self, name: ModelName) -> Result<&Bound<'py, PyType>, E> {
        let found = self.classes.iter().find(|(known, _)| *known == name);
        found.map(|(_, class)| class).ok_or_else(|| E::custom(format_args!("there is no class for {name}")))
    }
}

/// An object of a model.
struct Object<'t, 'py> {
    model: &'static Model,
    class: &'t Bound<'py, PyType>,
    types: &'t Types<'py>,
}

impl<'de, 'py> DeserializeSeed<'de> for Object<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, 'py> Visitor<'de> for Object<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name.type_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let py = self.class.py();
        let values = PyDict::new(py);
        let mut extra = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let Some(field) = self.model.field(&key) else {
                let raw: &RawValue = map.next_value()?;
                let value = self.types.lift(self.types.loads.call1((raw.get(),)))?;
                self.types.lift(extra.get_or_insert_with(|| PyDict::new(py)).set_item(&*key, value))?;
                continue;
            };
            let value = map.next_value_seed(Value { field, types: self.types, py })?;
            self.types.lift(values.set_item(PyString::intern(py, field.name), value))?;
        }
        if let Some(extra) = extra {
            self.types.lift(values.set_item("extra", extra))?;
        }
        self.types.lift(self.class.call((), Some(&values)))
    }
}

/// The value of a field.
struct Value<'t, 'py> {
    field: &'static Field,
    types: &'t Types<'py>,
    py: Python<'py>,
}

impl<'de, 'py> DeserializeSeed<'de> for Value<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.field.kind {
            Kind::Object(model) => {
                let class = self.types.class(model.name)?;
                Object { model, class, types: self.types }.deserialize(deserializer)
            }
            Kind::List(model) => deserializer.deserialize_seq(List { model, types: self.types, py: self.py }),
            kind => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
                self.types.lift(self.scalar(kind, raw))
            }
        }
    }
}

impl<'py> Value<'_, 'py> {
    fn scalar(&self, kind: Kind, raw: &str) -> PyResult<Bound<'py, PyAny>> {
        let is_number = !raw.starts_with('"');
        let text: Cow<'_, str> = if is_number {
            Cow::Borrowed(raw)
        } else {
            serde_json::from_str(raw).map_err(|error| PyValueError::new_err(error.to_string()))?
        };
        match kind {
            Kind::Decimal if is_number => self.types.decimal.call1((&*text,)),
            Kind::Integer if is_number => number(self.py, &text),
            // Years before 1000 would be written in another way.
            Kind::Year if text.parse::<Year>().is_ok() && !text.starts_with('0') => number(self.py, &text),
            Kind::Date if text.parse::<Day>().is_ok() => self.types.date.call1((&*text,)),
            // More than microseconds would be lost.
            Kind::Timestamp if text.parse::<Timestamp>().is_ok() && text.len() <= MICROSECONDS.len() => {
                self.types.date_time.call1((&*text,))
            }
            _ => Ok(PyString::new(self.py, &text).into_any()),
        }
    }
}

fn number<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match text.parse::<i64>() {
        Ok(number) => Ok(number.into_pyobject(py)?.into_any()),
        Err(_) => Ok(PyString::new(py, text).into_any()),
    }
}

struct List<'t, 'py> {
    model: &'static Model,
    types: &'t Types<'py>,
    py: Python<'py>,
}

impl<'de, 'py> Visitor<'de> for List<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.model.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let list = PyList::empty(self.py);
        let class = self.types.class(self.model.name)?;
        while let Some(item) = items.next_element_seed(Object { model: self.model, class, types: self.types })? {
            self.types.lift(list.append(item))?;
        }
        Ok(list.into_any())
    }
}
