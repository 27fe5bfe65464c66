//! Any value as plain JSON: of fields that the models do not know, and what stands where something else belongs.

use std::io::Write as _;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use qlower_core::model::cell::write_text;
use qlower_core::value::Shortest;

use super::value::{Class, is_a, unsupported};

/// How deep values may be nested; the check refuses less.
const DEPTH: usize = 200;

/// Writes a value.
pub(super) fn write(value: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> PyResult<()> {
    if depth > DEPTH {
        return Err(PyValueError::new_err("a value is nested too deep"));
    }
    if value.is_none() {
        out.extend_from_slice(b"null");
    } else if let Ok(text) = value.cast::<PyString>() {
        match text.to_str() {
            Ok(text) => write_text(text, out),
            Err(_) => surrogates(text, out)?,
        }
    } else if value.is_instance_of::<PyBool>() {
        out.extend_from_slice(if value.is_truthy()? { b"true" } else { b"false" });
    } else if value.is_instance_of::<PyInt>() {
        let number = value.py().get_type::<PyInt>().call_method1(intern!(value.py(), "__str__"), (value,))?;
        out.extend_from_slice(number.cast::<PyString>()?.to_str()?.as_bytes());
    } else if value.is_instance_of::<PyFloat>() {
        match value.extract::<f64>()? {
            // A vector takes every write.
            number if number.is_finite() => _ = write!(out, "{:?}", Shortest(number)),
            _ => out.extend_from_slice(b"null"),
        }
    } else if is_a(value, Class::Decimal)? {
        match value.str()?.to_str()? {
            text if text.ends_with(|last: char| last.is_ascii_digit()) && !text.contains('N') => {
                out.extend_from_slice(text.as_bytes());
            }
            _ => out.extend_from_slice(b"null"),
        }
    } else if is_a(value, Class::Date)? {
        write_text(value.call_method0(intern!(value.py(), "isoformat"))?.cast::<PyString>()?.to_str()?, out);
    } else if is_a(value, Class::Uuid)? {
        write_text(value.str()?.to_str()?, out);
    } else if is_a(value, Class::Enum)? {
        write(&value.getattr(intern!(value.py(), "value"))?, out, depth + 1)?;
    } else if let Ok(dict) = value.cast::<PyDict>() {
        object(dict, out, depth)?;
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        array(value, out, depth)?;
    } else {
        return Err(unsupported(value));
    }
    Ok(())
}

fn object(dict: &Bound<'_, PyDict>, out: &mut Vec<u8>, depth: usize) -> PyResult<()> {
    out.push(b'{');
    for (at, (key, value)) in dict.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if !key.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("the keys of an object must be text"));
        }
        write(&key, out, depth)?;
        out.push(b':');
        write(&value, out, depth + 1)?;
    }
    out.push(b'}');
    Ok(())
}

fn array(items: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> PyResult<()> {
    out.push(b'[');
    for (at, item) in items.try_iter()?.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(&item?, out, depth + 1)?;
    }
    out.push(b']');
    Ok(())
}

/// A text with lone surrogates, which only escapes can tell: the check finds them.
pub(super) fn surrogates(text: &Bound<'_, PyString>, out: &mut Vec<u8>) -> PyResult<()> {
    let json = text.py().import("json")?.call_method1("dumps", (text,))?;
    out.extend_from_slice(json.cast::<PyString>()?.to_str()?.as_bytes());
    Ok(())
}
