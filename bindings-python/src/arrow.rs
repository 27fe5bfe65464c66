//! Rows of Arrow tables: of anything that has `__arrow_c_stream__` or `__arrow_c_array__`.
//!
//! Nothing of a table becomes a Python object: its columns are read where they are, and written as JSON by the core's cell
//! writer, without the GIL and by several threads.

mod column;
mod import;
mod parallel;
mod plan;
mod scalar;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use qlower_core::model::Model;

use self::import::Batches;
pub(crate) use self::plan::Plan;
use crate::errors;
use crate::origins::Names;

/// Other names of columns: the caller's, and the readable name or wire key that it stands for.
pub(crate) type Rename = [(String, String)];

/// What is wrong with a table.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A type that has no form on the wire.
    Type(String),
    /// Columns that cannot be told apart, text that is none.
    Value(String),
    /// The table's maker failed.
    Producer(String),
}

impl Fault {
    pub(crate) fn raise(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Type(message) => PyTypeError::new_err(message.clone()),
            Self::Value(message) => PyValueError::new_err(message.clone()),
            Self::Producer(message) => errors::raise(py, "base", message, None),
        }
    }
}

/// A table that is read batch by batch.
pub(crate) struct Source {
    schema: SchemaRef,
    batches: Batches,
}

impl Source {
    /// `None` if the object offers no Arrow data.
    ///
    /// # Errors
    /// What the object raises; `TypeError` if it is no table.
    pub(crate) fn open(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let Some(batches) = import::open(object)? else { return Ok(None) };
        Ok(Some(Self { schema: batches.schema(), batches }))
    }

    /// How its columns become the fields of a model.
    ///
    /// # Errors
    /// [`Fault::Type`], [`Fault::Value`], both naming the column.
    pub(crate) fn plan(&self, model: &'static Model, rename: &Rename) -> Result<Plan, Fault> {
        Plan::new(&self.schema, model, rename)
    }

    /// The next rows. May take as long as the query behind them, so not to be called with the GIL held.
    ///
    /// # Errors
    /// [`Fault::Producer`].
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Fault> {
        let batch = self.batches.next().transpose();
        batch.map_err(|error| Fault::Producer(format!("the table could not be read: {error}")))
    }
}

/// A whole table.
pub(crate) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

/// Reads a table, if the object offers one.
///
/// # Errors
/// What the object raises, `TypeError` if it is no table, `QlowerError` if reading it fails.
pub(crate) fn try_table(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Option<Table>> {
    let Some(mut source) = Source::open(object)? else { return Ok(None) };
    let read = py.detach(move || {
        let mut table = Table { schema: SchemaRef::clone(&source.schema), batches: Vec::new() };
        while let Some(batch) = source.next()? {
            table.batches.push(batch);
        }
        Ok(table)
    });
    read.map(Some).map_err(|fault: Fault| fault.raise(py))
}

impl Table {
    /// Gets the columns ready to be written as items of a model. The GIL is not needed.
    ///
    /// # Errors
    /// [`Fault::Type`], [`Fault::Value`], both naming the column.
    pub(crate) fn items(&self, model: &'static Model, rename: &Rename) -> Result<Items, Fault> {
        let plan = Plan::new(&self.schema, model, rename)?;
        let mut items = Items { names: plan.names(), batches: Vec::new(), len: 0 };
        for batch in &self.batches {
            items.batches.push(plan.bind(batch)?);
            items.len += batch.num_rows();
        }
        Ok(items)
    }
}

/// The rows of a table as the items that they become.
pub(crate) struct Items {
    names: Names,
    batches: Vec<plan::Rows>,
    len: usize,
}

impl Items {
    /// How many there are: as many as rows.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The wire key of each column, and its name in the table.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Writes all rows as JSON objects with commas between them, by several threads. `starts` gets the offset in `out` of each.
    pub(crate) fn write_all(&self, threads: usize, out: &mut Vec<u8>, starts: Option<&mut Vec<usize>>) {
        parallel::write(&self.batches, threads, out, starts);
    }
}
