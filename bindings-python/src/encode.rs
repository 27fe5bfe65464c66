//! Python objects as the canonical JSON of a payload.
//!
//! Rows that have the same keys in the same order share a shape, found once: after that a row is a walk over its values. What has
//! no shape in common costs a look at its keys.

mod json;
mod kinds;
mod raw;
mod rows;
mod shape;
mod value;

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use qlower_core::Payload;
use qlower_core::model::cell::ObjectWriter;
use qlower_core::model::{Field, Kind, Model, ModelName, Section};

use self::kinds::Fields;
use self::raw::{Slots, Taken};
use self::rows::Rows;
pub(crate) use self::rows::{Given, Reader};
use self::shape::{Shape, Shapes};
use crate::origins::{Columns, Origins};

/// A payload as it will be sent, and where its values came from.
pub(crate) struct Encoded {
    pub(crate) bytes: Bytes,
    pub(crate) origins: Origins,
}

/// Encodes a payload; `None` if the object is none: no model, no mapping.
///
/// # Errors
/// `TypeError` for a value that has no form in JSON; what the object itself raises.
pub(crate) fn payload(object: &Bound<'_, PyAny>) -> PyResult<Option<Encoded>> {
    let mut encoder = Encoder::default();
    let mut shapes = Shapes::new(&Payload::MODEL, &[]);
    let mut out = Vec::new();
    let Some(shape) = encoder.object(Level::Payload, &mut shapes, object, &mut out)? else { return Ok(None) };
    if let Some(shape) = shapes.get(shape) {
        encoder.layout.head(Columns::of(shape.names.as_ref().clone()));
    }
    Ok(Some(Encoded { bytes: out.into(), origins: encoder.layout }))
}

/// Encodes one object of a model; `false`, and nothing written, if it has no fields.
///
/// # Errors
/// As of [`payload`].
pub(crate) fn object(model: &'static Model, object: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<bool> {
    let level = match model.name {
        ModelName::Payload => Level::Payload,
        ModelName::ClientEntry => Level::Client,
        _ => Level::Item,
    };
    Ok(Encoder::default().object(level, &mut Shapes::new(model, &[]), object, out)?.is_some())
}

pub(crate) fn table(model: ModelName) -> &'static Model {
    let found = qlower_core::model::MODELS.iter().find(|table| table.name == model);
    found.copied().unwrap_or(&Payload::MODEL)
}

/// Where in the payload an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Payload,
    Client,
    Item,
}

impl Level {
    fn of(section: Section) -> Self {
        if section == Section::Clients { Self::Client } else { Self::Item }
    }
}

#[derive(Default)]
struct Encoder {
    layout: Origins,
    /// Shapes of objects inside others, of any number of rows.
    nested: HashMap<ModelName, Shapes>,
    /// Room for values of a row, one for each level.
    spare: Vec<Slots>,
}

impl Encoder {
    /// Writes an object, and gives its shape; `None`, and nothing written, if it is none.
    #[inline]
    fn object(
        &mut self,
        level: Level,
        shapes: &mut Shapes,
        object: &Bound<'_, PyAny>,
        out: &mut Vec<u8>,
    ) -> PyResult<Option<usize>> {
        let mut slots = self.spare.pop().unwrap_or_default();
        let done = match take(shapes, object, &mut slots) {
            Ok(Some((at, shape))) => self.fields(level, &shape, shapes.model, object, &slots, out).map(|()| Some(at)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        slots.start(0);
        self.spare.push(slots);
        done
    }

    /// Writes the values of an object in the order of the model.
    fn fields(
        &mut self,
        level: Level,
        shape: &Shape,
        model: &'static Model,
        object: &Bound<'_, PyAny>,
        slots: &Slots,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        let py = object.py();
        let mut writer = ObjectWriter::start(out);
        for (at, field) in model.fields.iter().enumerate() {
            let Some(value) = slots.field(py, at) else { continue };
            let written = match field.kind {
                Kind::Object(inner) => self.inner(inner, field, &value, &mut writer),
                Kind::List(inner) => self.list(level, inner, field, &value, &mut writer),
                _ => value::write(&value, field, &mut writer),
            };
            written.map_err(|error| within(py, error, shape.name_of(at).unwrap_or(field.name)))?;
        }
        // `None` says as little under a name that is not known as under one that is.
        for (key, value) in slots.extras(py).filter(|(_, value)| !value.is_none()) {
            let Some(key) = shape.keys.get(key) else { continue };
            let written = json::write(&value, writer.extra(&key.target), 0);
            written.map_err(|error| within(py, error, &key.name))?;
        }
        if shape.extra {
            more(object, &mut writer)?;
        }
        writer.end();
        Ok(())
    }

    fn inner(
        &mut self,
        model: &'static Model,
        field: &Field,
        value: &Bound<'_, PyAny>,
        writer: &mut ObjectWriter<'_>,
    ) -> PyResult<()> {
        if value.is_none() {
            return Ok(());
        }
        let mut shapes = self.nested.remove(&model.name).unwrap_or_else(|| Shapes::new(model, &[]));
        let written = self.one(Level::Item, &mut shapes, value, writer.nested(field));
        self.know(&mut shapes);
        self.nested.insert(model.name, shapes);
        written.map(|_| ())
    }

    /// Writes an object, or whatever else stands in its place.
    fn one(
        &mut self,
        level: Level,
        shapes: &mut Shapes,
        value: &Bound<'_, PyAny>,
        out: &mut Vec<u8>,
    ) -> PyResult<Option<usize>> {
        let shape = self.object(level, shapes, value, out)?;
        if shape.is_none() {
            json::write(value, out, 0)?;
        }
        Ok(shape)
    }

    fn list(
        &mut self,
        level: Level,
        model: &'static Model,
        field: &Field,
        value: &Bound<'_, PyAny>,
        writer: &mut ObjectWriter<'_>,
    ) -> PyResult<()> {
        if value.is_none() {
            return Ok(());
        }
        let Some(mut rows) = Rows::open(value, model)? else {
            // Whatever it is, the check speaks of it.
            return json::write(value, writer.nested(field), 0);
        };
        if rows.once {
            // Checked, and gone when it is to be sent.
            return Err(PyTypeError::new_err(
                "an iterator can be read only once: give a list, or make a model of this, which reads it in",
            ));
        }
        let section = Section::from_wire(field.key).filter(|_| level == Level::Payload);
        if section.is_none()
            && let Some(known) = self.nested.remove(&model.name)
        {
            rows.use_shapes(known);
        }
        if rows.peek()? {
            let out = writer.nested(field);
            out.push(b'[');
            rows.write_all(self, section.map_or(Level::Item, Level::of), out)?;
            out.push(b']');
        }
        match section {
            Some(section) => self.layout.section(section, rows.columns()),
            None => {
                let mut shapes = rows.into_shapes();
                self.know(&mut shapes);
                self.nested.insert(model.name, shapes);
            }
        }
        Ok(())
    }

    /// Remembers how objects inside others name their fields.
    fn know(&mut self, shapes: &mut Shapes) {
        let (model, fresh) = shapes.fresh();
        for (key, name) in fresh.iter().flat_map(|shape| shape.names.iter()) {
            if let Some(field) = model.field(key) {
                self.layout.nested(model.name, field.key, name);
            }
        }
    }
}

/// Finds the shape of an object and takes its values; `None` if it has no fields.
#[inline]
fn take(shapes: &mut Shapes, object: &Bound<'_, PyAny>, slots: &mut Slots) -> PyResult<Option<(usize, Rc<Shape>)>> {
    slots.start(shapes.model.fields.len());
    if let Ok(dict) = object.cast::<PyDict>() {
        return take_dict(shapes, dict, slots).map(Some);
    }
    let kind = object.get_type();
    let at = match shapes.of_type(&kind) {
        Some(at) => at,
        None => match kinds::of(object)? {
            Fields::No => return Ok(None),
            Fields::Dict(dict) => {
                let taken = take_dict(shapes, &dict, slots).map(Some);
                slots.hold();
                return taken;
            }
            Fields::Attributes(names, extra) => {
                let at = shapes.of_names(&names, extra)?;
                shapes.remember(&kind, at);
                at
            }
        },
    };
    let Some(shape) = shapes.get(at).map(Rc::clone) else { return Ok(None) };
    slots.of_attributes(object, &shape)?;
    Ok(Some((at, shape)))
}

fn take_dict(shapes: &mut Shapes, dict: &Bound<'_, PyDict>, slots: &mut Slots) -> PyResult<(usize, Rc<Shape>)> {
    if let Some((at, shape)) = shapes.last()
        && slots.of_dict(dict, shape) == Taken::Yes
    {
        return Ok((at, Rc::clone(shape)));
    }
    let at = shapes.of_dict(dict)?;
    slots.start(shapes.model.fields.len());
    match shapes.get(at) {
        Some(shape) if slots.of_dict(dict, shape) == Taken::Yes => Ok((at, Rc::clone(shape))),
        _ => Err(PyRuntimeError::new_err("the dict changed while it was read")),
    }
}

/// The values of the attribute `extra`.
fn more(object: &Bound<'_, PyAny>, writer: &mut ObjectWriter<'_>) -> PyResult<()> {
    let Some(extra) = object.getattr_opt(intern!(object.py(), "extra"))? else { return Ok(()) };
    let Ok(extra) = extra.cast::<PyDict>() else { return Ok(()) };
    for (key, value) in extra.iter() {
        let key = key.cast_into::<PyString>()?;
        let key = key.to_str()?;
        json::write(&value, writer.extra(key), 0).map_err(|error| within(object.py(), error, key))?;
    }
    Ok(())
}

/// The same complaint, with the place in front.
fn within(py: Python<'_>, error: PyErr, place: &str) -> PyErr {
    let kind = error.get_type(py);
    if !kind.is(py.get_type::<PyTypeError>()) && !kind.is(py.get_type::<PyValueError>()) {
        return error;
    }
    let placed = PyErr::from_type(kind, format!("{place}: {}", error.value(py)));
    placed.set_cause(py, error.cause(py));
    placed
}
