//! Which column becomes which field, and writing rows by it.

use std::ops::Range;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use qlower_core::model::cell::ObjectWriter;
use qlower_core::model::{Field, Model};

use super::column::{self, Column};
use super::{Fault, Rename};
use crate::origins::Names;

/// What a column becomes.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Field(&'static Field),
    /// A field that the table of models does not know: it is written all the same, for the check to speak of.
    Extra(String),
}

#[derive(Debug)]
struct Choice {
    index: usize,
    name: String,
    target: Target,
}

/// The columns of a table in the order in which they are written.
#[derive(Debug)]
pub(crate) struct Plan(Vec<Choice>);

impl Plan {
    pub(super) fn new(schema: &Schema, model: &'static Model, rename: &Rename) -> Result<Self, Fault> {
        for (from, _) in rename {
            if schema.field_with_name(from).is_err() {
                return Err(Fault::Value(format!("rename: the table has no column {from:?}")));
            }
        }
        let is_pandas = schema.metadata().contains_key("pandas");
        let mut choices: Vec<Choice> = Vec::new();
        for (index, column) in schema.fields().iter().enumerate() {
            let name = column.name();
            let renamed = rename.iter().find(|(from, _)| from == name).map(|(_, to)| to.as_str());
            // What pandas keeps of an index that was given no name.
            if is_pandas && renamed.is_none() && name.starts_with("__index_level_") {
                continue;
            }
            let field = renamed.unwrap_or(name);
            let target = match model.field_by_name(field).or_else(|| model.field(field)) {
                Some(field) => Target::Field(field),
                None => Target::Extra(field.to_owned()),
            };
            if let Some(other) = choices.iter().find(|other| other.target.key() == target.key()) {
                let message = format!("the columns {:?} and {name:?} are both {:?}", other.name, target.key());
                return Err(Fault::Value(message));
            }
            supported(name, &target, column.data_type())?;
            choices.push(Choice { index, name: name.clone(), target });
        }
        let place = |choice: &Choice| {
            model.fields.iter().position(|field| field.key == choice.target.key()).unwrap_or(usize::MAX)
        };
        choices.sort_by_key(place);
        Ok(Self(choices))
    }

    /// The wire key of each column, and its name in the table.
    pub(crate) fn names(&self) -> Names {
        self.0.iter().map(|choice| (choice.target.key().to_owned(), choice.name.clone())).collect()
    }

    /// Gets a batch ready to be written.
    pub(crate) fn bind(&self, batch: &RecordBatch) -> Result<Rows, Fault> {
        let mut columns = Vec::new();
        for choice in &self.0 {
            let Some(array) = batch.columns().get(choice.index) else {
                return Err(Fault::Producer(format!("the column {:?} is missing in a batch", choice.name)));
            };
            // What is read afterwards is known to be sound, and text to be UTF-8.
            if array.to_data().validate_full().is_err() {
                return Err(Fault::Value(format!(
                    "the column {:?} holds damaged data, or text that is not UTF-8",
                    choice.name
                )));
            }
            if array.null_count() == array.len() {
                continue;
            }
            let Some(column) = column::read(array, &choice.target) else {
                return Err(unsupported(&choice.name, array.data_type()));
            };
            columns.push((choice.target.clone(), column));
        }
        Ok(Rows { columns, len: batch.num_rows() })
    }
}

impl Target {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Field(field) => field.key,
            Self::Extra(key) => key,
        }
    }
}

fn supported(name: &str, target: &Target, kind: &DataType) -> Result<(), Fault> {
    // By an empty column, so that it is known before anything is read.
    let empty = arrow_array::new_empty_array(kind);
    match column::read(&empty, target) {
        Some(_) => Ok(()),
        None => Err(unsupported(name, kind)),
    }
}

fn unsupported(name: &str, kind: &DataType) -> Fault {
    Fault::Type(format!(
        "the column {name:?} is of the Arrow type {kind}, which has no form here: make it text, a number, a date or a \
         timestamp, or leave it out"
    ))
}

/// A batch that is ready to be written.
pub(crate) struct Rows {
    columns: Vec<(Target, Box<dyn Column>)>,
    len: usize,
}

impl Rows {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Writes rows as JSON objects with commas between them. `starts` gets the offset in `out` of each.
    pub(crate) fn write(&self, rows: Range<usize>, out: &mut Vec<u8>, mut starts: Option<&mut Vec<usize>>) {
        let first = rows.start;
        for row in rows {
            if row > first {
                out.push(b',');
            }
            if let Some(starts) = &mut starts {
                starts.push(out.len());
            }
            let mut object = ObjectWriter::start(out);
            for (target, column) in &self.columns {
                if column.is_null(row) {
                    continue;
                }
                let out = match target {
                    Target::Field(field) => object.nested(field),
                    Target::Extra(key) => object.extra(key),
                };
                column.write(row, out);
            }
            object.end();
        }
    }
}
