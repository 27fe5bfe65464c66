//! What is told once, kept until Python takes it.

use std::fmt::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Names and values.
#[derive(Clone, Default)]
pub(super) struct Fields {
    message: String,
    named: Vec<(&'static str, Value)>,
}

#[derive(Clone)]
enum Value {
    Number(i128),
    Bool(bool),
    Text(String),
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Number(value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Number(value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::Text(message)) => self.message = message,
            (name, value) => self.named.push((name, value)),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

pub(super) struct Record {
    pub(super) level: Level,
    pub(super) file: &'static str,
    pub(super) line: u32,
    /// When it was told, since 1970.
    pub(super) seconds: f64,
    fields: Fields,
    /// Where it was told, from the inside to the outside.
    spans: Vec<(&'static str, Fields)>,
}

impl Record {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        Self {
            level: *metadata.level(),
            file: metadata.file().unwrap_or_default(),
            line: metadata.line().unwrap_or_default(),
            seconds: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            fields,
            spans: Vec::new(),
        }
    }

    pub(super) fn within(&mut self, name: &'static str, fields: &Fields) {
        self.spans.push((name, fields.clone()));
    }

    /// The innermost span.
    pub(super) fn span(&self) -> &'static str {
        self.spans.first().map_or("", |(name, _)| name)
    }

    /// One line: what happened, its particulars, and where.
    pub(super) fn text(&self) -> String {
        let mut text = self.fields.message.clone();
        // A text takes every write.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        for (name, value) in &self.fields.named {
            write!(text, " {name}={value}")?;
        }
        for (name, fields) in &self.spans {
            write!(text, " | {name}")?;
            for (name, value) in &fields.named {
                write!(text, " {name}={value}")?;
            }
        }
        Ok(())
    }

    /// All names and values, for programs; of a name that occurs twice, the inner value.
    pub(super) fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let facts = PyDict::new(py);
        facts.set_item("event", &self.fields.message)?;
        for (name, value) in self.spans.iter().rev().flat_map(|(_, fields)| &fields.named).chain(&self.fields.named) {
            match value {
                Value::Number(number) => facts.set_item(name, i64::try_from(*number).unwrap_or(i64::MAX))?,
                Value::Bool(value) => facts.set_item(name, value)?,
                Value::Text(text) => facts.set_item(name, text)?,
            }
        }
        Ok(facts)
    }
}
