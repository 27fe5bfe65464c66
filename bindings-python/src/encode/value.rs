//! Single values as cells.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyType};
use pyo3::{ffi, intern};
use qlower_core::model::cell::{Cell, ObjectWriter};
use qlower_core::model::{Field, Kind};

use super::{json, raw};

/// Writes a value as a field; `None` is left out.
#[inline]
pub(super) fn write(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let kind = raw::type_of(value);
    if kind == &raw mut ffi::PyUnicode_Type
        && let Ok(text) = value.cast::<PyString>()
        && let Ok(text) = text.to_str()
    {
        object.field(field, Cell::Text(text));
        return Ok(());
    }
    if value.is_none() {
        return Ok(());
    }
    if kind == &raw mut ffi::PyLong_Type {
        return int(value, field, object);
    }
    if kind == &raw mut ffi::PyFloat_Type {
        object.field(field, Cell::Float(value.extract()?));
        return Ok(());
    }
    // What databases give, before what has to be asked for its ancestors.
    let py = value.py();
    if kind == class_of(py, Class::Decimal)?.as_type_ptr() {
        return decimal(value, field, object);
    }
    if kind == class_of(py, Class::Date)?.as_type_ptr() {
        return day(value, field, object);
    }
    other(value, field, object)
}

fn decimal(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let text = value.str()?;
    let text = text.to_str()?;
    let is_number = text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit());
    object.field(field, if is_number { Cell::Number(text) } else { Cell::Text(text) });
    Ok(())
}

fn int(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    match value.extract::<i64>() {
        Ok(number) => object.field(field, Cell::Int(number)),
        // Too large for 64 bits. Python refuses to write thousands of digits.
        Err(_) => object.field(field, Cell::Number(value.str()?.to_str()?)),
    }
    Ok(())
}

fn other(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        match text.to_str() {
            Ok(text) => object.field(field, Cell::Text(text)),
            Err(_) => {
                let mut raw = Vec::new();
                json::surrogates(text, &mut raw)?;
                object.field(field, Cell::Json(&raw));
            }
        }
        return Ok(());
    }
    if value.is_instance_of::<PyBool>() {
        object.field(field, Cell::Bool(value.extract()?));
        return Ok(());
    }
    if is_a(value, Class::Decimal)? {
        return decimal(value, field, object);
    }
    if is_a(value, Class::DateTime)? {
        return date_time(value, field, object);
    }
    if is_a(value, Class::Date)? {
        return day(value, field, object);
    }
    if value.is_instance_of::<PyInt>() {
        return int(value, field, object);
    }
    if value.is_instance_of::<PyFloat>() {
        object.field(field, Cell::Float(value.extract()?));
        return Ok(());
    }
    if is_a(value, Class::Enum)? {
        return write(&value.getattr(intern!(py, "value"))?, field, object);
    }
    if is_a(value, Class::Uuid)? {
        object.field(field, Cell::Text(value.str()?.to_str()?));
        return Ok(());
    }
    unusual(value, field, object)
}

/// A date that is no date-time.
fn day(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let py = value.py();
    let year = value.getattr(intern!(py, "year"))?.extract()?;
    let month = value.getattr(intern!(py, "month"))?.extract()?;
    let day = value.getattr(intern!(py, "day"))?.extract()?;
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => {
            object.field(field, Cell::Date(day));
            Ok(())
        }
        None => date_time(value, field, object),
    }
}

fn date_time(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let text = value.call_method0(intern!(value.py(), "isoformat"))?;
    moment(text.cast::<PyString>()?.to_str()?, field, object);
    Ok(())
}

/// A date or date-time in ISO form.
fn moment(text: &str, field: &Field, object: &mut ObjectWriter<'_>) {
    if text == "NaT" {
        // A date that pandas or numpy knows to be missing.
    } else if let Ok(day) = text.parse::<NaiveDate>() {
        object.field(field, Cell::Date(day));
    } else if let Ok(moment) = text.parse::<NaiveDateTime>() {
        object.field(field, Cell::DateTime(moment));
    } else if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        object.field(field, Cell::Instant(instant));
    } else {
        object.field(field, Cell::Text(text));
    }
}

/// Scalars of numpy and pandas, secrets of pydantic, objects where a single value is expected.
fn unusual(value: &Bound<'_, PyAny>, field: &Field, object: &mut ObjectWriter<'_>) -> PyResult<()> {
    let py = value.py();
    let kind = value.get_type();
    let name = kind.name()?;
    match name.to_str()? {
        // They say that there is nothing.
        "NAType" | "NaTType" => return Ok(()),
        "SecretStr" if matches!(field.kind, Kind::Secret) => {
            return write(&value.call_method0(intern!(py, "get_secret_value"))?, field, object);
        }
        _ => {}
    }
    if let Some(dtype) = value.getattr_opt(intern!(py, "dtype"))?
        && value.hasattr(intern!(py, "item"))?
    {
        let kind = dtype.getattr(intern!(py, "kind"))?;
        let text = value.str()?;
        match kind.cast::<PyString>()?.to_str()? {
            "f" | "i" | "u" if text.to_str()?.ends_with(|last: char| last.is_ascii_digit() || last == '.') => {
                object.field(field, Cell::Number(text.to_str()?.trim_end_matches('.')));
                return Ok(());
            }
            "f" | "b" => return write(&value.call_method0(intern!(py, "item"))?, field, object),
            "M" => {
                moment(text.to_str()?, field, object);
                return Ok(());
            }
            _ => return Err(unsupported(value)),
        }
    }
    let mut raw = Vec::new();
    json::write(value, &mut raw, 0)?;
    object.field(field, Cell::Json(&raw));
    Ok(())
}

pub(super) fn unsupported(value: &Bound<'_, PyAny>) -> PyErr {
    match value.get_type().fully_qualified_name() {
        Ok(name) => PyTypeError::new_err(format!("a value of type {name} has no form in a payload")),
        Err(error) => error,
    }
}

/// A class of the standard library.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class {
    Decimal,
    Date,
    DateTime,
    Enum,
    Uuid,
}

/// Whether a value is of it, or of one that is derived from it.
pub(super) fn is_a(value: &Bound<'_, PyAny>, class: Class) -> PyResult<bool> {
    value.is_instance(class_of(value.py(), class)?)
}

fn class_of(py: Python<'_>, class: Class) -> PyResult<&Bound<'_, PyType>> {
    static CLASSES: [PyOnceLock<Py<PyType>>; 5] = [const { PyOnceLock::new() }; 5];
    let [decimal, date, date_time, enumeration, uuid] = &CLASSES;
    // Whoever has such a value has imported the module, at the latest when it is imported here.
    match class {
        Class::Decimal => decimal.import(py, "decimal", "Decimal"),
        Class::Date => date.import(py, "datetime", "date"),
        Class::DateTime => date_time.import(py, "datetime", "datetime"),
        Class::Enum => enumeration.import(py, "enum", "Enum"),
        Class::Uuid => uuid.import(py, "uuid", "UUID"),
    }
}
