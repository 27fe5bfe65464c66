//! The text in a Python object, read in place where nothing can change it under the reader.

#[cfg(not(windows))]
mod exported;

use bytes::Bytes;
use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

/// How long the text is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// While it is looked at.
    Once,
    /// For as long as something checked is kept: a file that is mapped may be another by then.
    Kept,
}

/// The text of `bytes`, `str`, `bytearray`, `memoryview`, `mmap`; `None` of anything else.
pub(crate) fn text(object: &Bound<'_, PyAny>, need: Need) -> PyResult<Option<Bytes>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(Bytes::from_owner(PyBackedBytes::from(bytes.clone()))));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return of_str(text).map(Some);
    }
    if let Ok(bytes) = object.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec().into()));
    }
    let mapped = is_mmap(object)?;
    if !mapped && !object.is_instance_of::<PyMemoryView>() {
        return Ok(None);
    }
    // Where the functions of the protocol cannot be linked, a copy does.
    #[cfg(windows)]
    let _ = (mapped, need);
    #[cfg(not(windows))]
    if is_lasting(object, mapped, need)?
        && let Some(text) = exported::text(object)
    {
        return Ok(Some(text));
    }
    copy(object).map(Some)
}

/// A lone surrogate becomes the escape that stands for it in JSON, so that the check finds it at its place.
fn of_str(text: &Bound<'_, PyString>) -> PyResult<Bytes> {
    match PyBackedStr::try_from(text.clone()) {
        Ok(text) => Ok(Bytes::from_owner(InPlace(text))),
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(text.py()) => {
            let encoded = text.call_method1("encode", ("utf-8", "backslashreplace"))?;
            Ok(Bytes::from_owner(PyBackedBytes::from(encoded.cast_into::<PyBytes>()?)))
        }
        Err(error) => Err(error),
    }
}

struct InPlace(PyBackedStr);

impl AsRef<[u8]> for InPlace {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn is_mmap(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Whoever has one has imported the module.
    let modules = object.py().import("sys")?.getattr("modules")?;
    match modules.call_method1("get", ("mmap",))? {
        module if module.is_none() => Ok(false),
        module => object.is_instance(&module.getattr("mmap")?),
    }
}

/// Whether what a view shows stays as it is for as long as it is needed.
#[cfg(not(windows))]
fn is_lasting(object: &Bound<'_, PyAny>, mapped: bool, need: Need) -> PyResult<bool> {
    if mapped {
        return Ok(need == Need::Once);
    }
    let shown = object.getattr("obj")?;
    Ok(shown.is_instance_of::<PyBytes>() || (need == Need::Once && is_mmap(&shown)?))
}

fn copy(object: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    let bytes = object.py().get_type::<PyBytes>().call1((PyMemoryView::from(object)?,))?;
    Ok(Bytes::from_owner(PyBackedBytes::from(bytes.cast_into::<PyBytes>()?)))
}
