//! Many objects of one model: lists, iterators, tuples with names for their columns, Arrow tables.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyIterator, PyList, PyMapping, PyString, PyTuple, PyType};
use qlower_core::model::{Model, Section};

use super::raw::Taken;
use super::shape::Shapes;
use super::{Encoder, Level, within};
use crate::arrow::{self, Items};
use crate::origins::Columns;

/// After how many rows signals are looked at.
const PULSE: u64 = 1 << 14;

/// After how many rows it is clear how much room the others need.
const SAMPLE: u64 = 256;

enum Source<'py> {
    List(Bound<'py, PyList>, usize),
    Iterator(Bound<'py, PyIterator>),
    Table(Box<Items>),
}

/// Rows that are being read.
pub(super) struct Rows<'py> {
    py: Python<'py>,
    source: Source<'py>,
    /// Whether they are gone when they have been read.
    pub(super) once: bool,
    shapes: Shapes,
    /// The shape of rows without names of their own.
    columns: Option<usize>,
    peeked: Option<Bound<'py, PyAny>>,
    row: u64,
    /// First row of each run of rows of one shape.
    runs: Vec<(u64, usize)>,
}

/// What `qlower.Rows` says of rows.
pub(crate) struct Given<'py> {
    pub(crate) data: Bound<'py, PyAny>,
    columns: Option<Vec<Bound<'py, PyString>>>,
    pub(crate) rename: Vec<(String, String)>,
}

impl<'py> Given<'py> {
    pub(crate) fn of(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = object.py();
        if object.is_exact_instance_of::<PyList>()
            || !object.is_instance(CLASS.import(py, "qlower._rows", "Rows")?)?
        {
            return Ok(Self { data: object.clone(), columns: None, rename: Vec::new() });
        }
        Ok(Self {
            data: object.getattr(intern!(py, "data"))?,
            columns: object.getattr(intern!(py, "columns"))?.extract()?,
            rename: object
                .getattr(intern!(py, "rename"))?
                .call_method0(intern!(py, "items"))?
                .try_iter()?
                .map(|pair| pair?.extract())
                .collect::<PyResult<_>>()?,
        })
    }
}

impl<'py> Rows<'py> {
    /// `None` if the object is not rows.
    pub(super) fn open(object: &Bound<'py, PyAny>, model: &'static Model) -> PyResult<Option<Self>> {
        let py = object.py();
        let given = Given::of(object)?;
        let data = &given.data;
        let mut shapes = Shapes::new(model, &given.rename);
        let (mut columns, mut once) = (None, false);
        let source = if let Ok(list) = data.cast_exact::<PyList>() {
            Source::List(list.clone(), 0)
        } else if let Some(table) = arrow::try_table(py, data)? {
            let items = table.items(model, &given.rename).map_err(|fault| fault.raise(py))?;
            if given.columns.is_some() {
                return Err(PyValueError::new_err(
                    "columns are for rows without names; those of a table have theirs: rename them",
                ));
            }
            Source::Table(Box::new(items))
        } else if is_other(data) {
            return Ok(None);
        } else {
            match data.try_iter() {
                Ok(rows) => {
                    once = rows.is(data);
                    Source::Iterator(rows)
                }
                Err(error) if error.is_instance_of::<PyTypeError>(py) => return Ok(None),
                Err(error) => return Err(error),
            }
        };
        if let Some(names) = &given.columns {
            columns = Some(shapes.of_columns(names)?);
        }
        Ok(Some(Self { py, source, once, shapes, columns, peeked: None, row: 0, runs: Vec::new() }))
    }

    /// Goes on with shapes that are known from elsewhere.
    pub(super) fn use_shapes(&mut self, known: Shapes) {
        if self.columns.is_none() && !self.shapes.is_renamed() {
            self.shapes = known;
        }
    }

    /// Whether there is another row.
    pub(super) fn peek(&mut self) -> PyResult<bool> {
        if let Source::Table(items) = &self.source {
            return Ok(items.len() > 0);
        }
        if self.peeked.is_none() {
            self.peeked = self.next()?;
        }
        Ok(self.peeked.is_some())
    }

    fn next(&mut self) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(row) = self.peeked.take() {
            return Ok(Some(row));
        }
        match &mut self.source {
            Source::List(list, at) => {
                // It may have become shorter meanwhile.
                let row = if *at < list.len() { Some(list.get_item(*at)?) } else { None };
                *at += 1;
                Ok(row)
            }
            Source::Iterator(rows) => rows.next().transpose(),
            Source::Table(_) => Ok(None),
        }
    }

    /// Writes all rows, with commas between them.
    pub(super) fn write_all(&mut self, encoder: &mut Encoder, level: Level, out: &mut Vec<u8>) -> PyResult<()> {
        if let Source::Table(items) = &self.source {
            let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
            self.py.detach(|| items.write_all(threads, out, None));
            return Ok(());
        }
        let before = out.len();
        while let Some(row) = self.next()? {
            if self.row > 0 {
                out.push(b',');
            }
            self.write(&row, encoder, level, out)?;
            if self.row == SAMPLE
                && let Source::List(list, _) = &self.source
            {
                let each = out.len().saturating_sub(before).div_ceil(256);
                // Some room to spare, as rows grow: their numbers have more digits.
                out.reserve(each.saturating_mul(list.len().saturating_sub(256)).saturating_mul(21) / 20);
            }
        }
        Ok(())
    }

    /// Writes a row.
    fn write(
        &mut self,
        row: &Bound<'py, PyAny>,
        encoder: &mut Encoder,
        level: Level,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        let at = self.row;
        self.row += 1;
        let written = match self.columns {
            None => encoder.one(level, &mut self.shapes, row, out),
            Some(shape) => self.write_values(shape, row, encoder, level, out).map(|()| Some(shape)),
        };
        let shape = written.map_err(|error| within(self.py, error, &format!("row {at}")))?;
        if let Some(shape) = shape
            && self.runs.last().is_none_or(|(_, last)| *last != shape)
        {
            self.runs.push((at, shape));
        }
        if self.row.is_multiple_of(PULSE) { self.py.check_signals() } else { Ok(()) }
    }

    /// Writes a row without names of its own.
    fn write_values(
        &mut self,
        shape: usize,
        row: &Bound<'py, PyAny>,
        encoder: &mut Encoder,
        level: Level,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        let Some(shape) = self.shapes.get(shape) else { return Ok(()) };
        if row.is_instance_of::<PyString>() || row.is_instance_of::<PyDict>() {
            let kind = row.get_type();
            return Err(PyTypeError::new_err(format!(
                "with columns, a row is a sequence of values, not {}",
                kind.name()?
            )));
        }
        let mut slots = encoder.spare.pop().unwrap_or_default();
        slots.start(self.shapes.model.fields.len());
        let written = match slots.of_sequence(row, shape) {
            Err(error) => Err(error),
            Ok(Taken::Yes) => encoder.fields(level, shape, self.shapes.model, row, &slots, out),
            Ok(Taken::OtherLength(values)) => {
                Err(PyValueError::new_err(format!("{values} values for {} columns", shape.keys.len())))
            }
            Ok(Taken::OtherShape) => Err(PyValueError::new_err("not the columns that were named")),
        };
        slots.start(0);
        encoder.spare.push(slots);
        written
    }

    /// The names of the columns, as far as rows were read.
    pub(super) fn columns(&self) -> Columns {
        match &self.source {
            Source::Table(items) => Columns::of(items.names().clone()),
            _ => Columns::with_runs(self.shapes.names().collect(), self.runs.clone()),
        }
    }

    pub(super) fn into_shapes(self) -> Shapes {
        self.shapes
    }
}

/// What is iterable, but is no rows.
fn is_other(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<PyDict>()
        || (!object.is_instance_of::<PyTuple>() && object.cast::<PyMapping>().is_ok())
}

/// Rows that are encoded piece by piece. Those of Arrow tables are read elsewhere, without Python objects.
pub(crate) struct Reader<'py> {
    encoder: Encoder,
    rows: Rows<'py>,
    level: Level,
}

impl<'py> Reader<'py> {
    /// Opens the rows of a section; `None` if the object is not rows.
    ///
    /// # Errors
    /// `TypeError` and `ValueError` if they cannot be read.
    pub(crate) fn open(section: Section, object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let rows = Rows::open(object, super::table(section.model()))?;
        Ok(rows.map(|rows| Self { encoder: Encoder::default(), rows, level: Level::of(section) }))
    }

    /// Appends at most so many further items, as JSON objects without anything between them, and the offset in `out` of each.
    /// At the end it appends none.
    ///
    /// # Errors
    /// `TypeError` for a value that has no form in JSON, with the row; what the rows themselves raise.
    pub(crate) fn read(&mut self, limit: usize, out: &mut Vec<u8>, starts: &mut Vec<usize>) -> PyResult<()> {
        for _ in 0..limit {
            let Some(row) = self.rows.next()? else { return Ok(()) };
            let start = out.len();
            if let Err(error) = self.rows.write(&row, &mut self.encoder, self.level, out) {
                // Half a row is no item.
                out.truncate(start);
                return Err(error);
            }
            starts.push(start);
        }
        Ok(())
    }

    /// The names of the columns, as far as rows were read.
    pub(crate) fn columns(&self) -> Columns {
        self.rows.columns()
    }
}
