//! Taking Arrow data over from Python objects, by the PyCapsule interface.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Batches of one table.
pub(super) enum Batches {
    Stream(RecordBatchStreamReader),
    One(SchemaRef, Option<RecordBatch>),
}

impl Batches {
    pub(super) fn schema(&self) -> SchemaRef {
        match self {
            Self::Stream(reader) => reader.schema(),
            Self::One(schema, _) => SchemaRef::clone(schema),
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Stream(reader) => reader.next(),
            Self::One(_, batch) => batch.take().map(Ok),
        }
    }
}

/// `None` if the object has neither method.
///
/// # Errors
/// What the object raises; `TypeError` if what it offers is no table.
pub(super) fn open(object: &Bound<'_, PyAny>) -> PyResult<Option<Batches>> {
    let py = object.py();
    // A class has the method as well, but no data.
    if object.is_instance_of::<pyo3::types::PyType>() {
        return Ok(None);
    }
    if let Some(export) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
        let capsule = export.call0()?.cast_into::<PyCapsule>()?;
        return stream(&capsule).map(Some);
    }
    if let Some(export) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? {
        let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = export.call0()?.extract()?;
        return one(&schema, &array).map(Some);
    }
    Ok(None)
}

fn no_table(error: &dyn std::fmt::Display) -> PyErr {
    PyTypeError::new_err(format!("expected a table, whose columns have names: {error}"))
}

fn stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<Batches> {
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name points to such a structure, by the Arrow PyCapsule interface. It is moved out, which leaves
    // a released one behind, so that the capsule's destructor has nothing to do.
    let stream = unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) };
    RecordBatchStreamReader::try_new(stream).map(Batches::Stream).map_err(|error| no_table(&error))
}

fn one(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> PyResult<Batches> {
    let schema = schema.pointer_checked(Some(c"arrow_schema"))?.cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(c"arrow_array"))?.cast::<FFI_ArrowArray>();
    // SAFETY: as above, for both; the schema is only looked at, while its capsule lives. What the array holds is as the schema says,
    // by the same interface.
    let data = unsafe { from_ffi(FFI_ArrowArray::from_raw(array.as_ptr()), schema.as_ref()) };
    let data = data.map_err(|error| no_table(&error))?;
    if !matches!(data.data_type(), DataType::Struct(_)) {
        return Err(no_table(&data.data_type()));
    }
    let batch = RecordBatch::from(StructArray::from(data));
    Ok(Batches::One(batch.schema(), Some(batch)))
}
