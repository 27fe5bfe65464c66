//! What kind of object has the fields of an item, and by which names.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple, PyType};

/// An object with fields.
pub(super) enum Fields<'py> {
    Dict(Bound<'py, PyDict>),
    /// Attributes of these names, the same for every object of the type, and whether there is one named `extra` with more.
    Attributes(Vec<Bound<'py, PyString>>, bool),
    /// None that could be found.
    No,
}

/// How the fields of an object are to be had.
pub(super) fn of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Fields<'py>> {
    let py = object.py();
    if let Ok(dict) = object.cast::<PyDict>() {
        return Ok(Fields::Dict(dict.clone()));
    }
    if let Some((names, extra)) = names(&object.get_type())? {
        return Ok(Fields::Attributes(names, extra));
    }
    // Rows of SQLAlchemy are tuples with a mapping at their side.
    let mapping = match object.getattr_opt(intern!(py, "_mapping"))? {
        Some(mapping) if !object.is_instance_of::<PyType>() => mapping,
        _ => object.clone(),
    };
    let is_mapping = mapping.cast::<PyMapping>().is_ok()
        || (mapping.hasattr(intern!(py, "keys"))? && mapping.hasattr(intern!(py, "__getitem__"))?);
    if !is_mapping || object.is_instance_of::<PyType>() {
        return Ok(Fields::No);
    }
    let dict = PyDict::new(py);
    for key in mapping.call_method0(intern!(py, "keys"))?.try_iter()? {
        let key = key?;
        dict.set_item(&key, mapping.get_item(&key)?)?;
    }
    Ok(Fields::Dict(dict))
}

/// The names of the attributes that hold the fields of a type's objects, and whether there is one named `extra` with more.
fn names<'py>(kind: &Bound<'py, PyType>) -> PyResult<Option<(Vec<Bound<'py, PyString>>, bool)>> {
    let py = kind.py();
    // The package's own models.
    if kind.hasattr(intern!(py, "_secrets"))?
        && let Some(fields) = kind.getattr_opt(intern!(py, "_keys"))?
    {
        return Ok(texts(&fields)?.map(|(names, _)| (names, true)));
    }
    // Dataclasses, pydantic, attrs, msgspec, named tuples.
    if let Some(fields) = kind.getattr_opt(intern!(py, "__dataclass_fields__"))? {
        return texts(&fields);
    }
    if let Some(fields) = kind.getattr_opt(intern!(py, "__pydantic_fields__"))? {
        return texts(&fields);
    }
    if let Some(fields) = kind.getattr_opt(intern!(py, "__struct_fields__"))? {
        return texts(&fields);
    }
    if let Some(fields) = kind.getattr_opt(intern!(py, "__attrs_attrs__"))? {
        let names = fields.try_iter()?.map(|field| Ok(field?.getattr(intern!(py, "name"))?.cast_into::<PyString>()?));
        let names = names.collect::<PyResult<_>>()?;
        return Ok(Some((names, false)));
    }
    match kind.getattr_opt(intern!(py, "_fields"))? {
        Some(fields) if fields.is_instance_of::<PyTuple>() && kind.is_subclass_of::<PyTuple>()? => texts(&fields),
        _ => Ok(None),
    }
}

fn texts<'py>(names: &Bound<'py, PyAny>) -> PyResult<Option<(Vec<Bound<'py, PyString>>, bool)>> {
    let names = names.try_iter()?.map(|name| Ok(name?.cast_into::<PyString>()?)).collect::<PyResult<_>>()?;
    Ok(Some((names, false)))
}
