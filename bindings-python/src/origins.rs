//! Where in the caller's own data a finding points: the row, and the name under which the value was given.

use std::collections::BTreeMap;
use std::sync::Arc;

use qlower_core::Finding;
use qlower_core::model::{ModelName, Section};

/// A row, counted from 0, and the caller's name of the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) row: Option<u64>,
    pub(crate) column: Option<String>,
}

/// How the caller named the fields of what became a payload, whose items stand where its rows stood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// The header.
    head: Columns,
    /// The sections of the flat layout, and `clients`.
    sections: BTreeMap<Section, Columns>,
    /// Names of fields of objects inside a row; `None` where they had several.
    nested: BTreeMap<(ModelName, &'static str), Option<String>>,
}

/// The names of the columns of rows, which may change from row to row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    shapes: Vec<Arc<Names>>,
    /// First row of each run of rows of one shape, and which.
    runs: Vec<(u64, usize)>,
}

/// Wire key of a field, and the caller's name for it.
pub(crate) type Names = Vec<(String, String)>;

impl Columns {
    /// Columns that are the same in every row.
    pub(crate) fn of(names: Names) -> Self {
        Self { shapes: vec![Arc::new(names)], runs: vec![(0, 0)] }
    }

    /// Columns that change: the first row of each run of rows of one shape, and which.
    pub(crate) fn with_runs(shapes: Vec<Arc<Names>>, runs: Vec<(u64, usize)>) -> Self {
        Self { shapes, runs }
    }

    /// The caller's name for a field of a row, by its wire key.
    pub(crate) fn name(&self, row: u64, key: &str) -> Option<&str> {
        let next = self.runs.partition_point(|(first, _)| *first <= row);
        let (_, shape) = self.runs.get(next.checked_sub(1)?)?;
        let names = self.shapes.get(*shape)?;
        names.iter().find(|(wire, _)| wire == key).map(|(_, name)| name.as_str())
    }
}

impl Origins {
    pub(crate) fn head(&mut self, columns: Columns) {
        self.head = columns;
    }

    pub(crate) fn section(&mut self, section: Section, columns: Columns) {
        self.sections.insert(section, columns);
    }

    /// Remembers the caller's name of a field of an object inside a row.
    pub(crate) fn nested(&mut self, model: ModelName, key: &'static str, name: &str) {
        self.nested
            .entry((model, key))
            .and_modify(|known| {
                if known.as_deref() != Some(name) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(name.to_owned()));
    }

    /// Where a finding points.
    pub(crate) fn place(&self, finding: &Finding) -> Place {
        let steps: Vec<&str> = finding.pointer().split('/').skip(1).collect();
        let section = steps.first().and_then(|key| Section::from_wire(key));
        match (section, steps.as_slice()) {
            (None, [key, ..]) => Place { row: None, column: self.head.name(0, &unescaped(key)).map(str::to_owned) },
            (Some(Section::Clients), [_, _, inner, row, rest @ ..]) if Section::from_wire(inner).is_some() => {
                Place { row: number(row), column: self.nested_name(finding.model(), rest.last()) }
            }
            (Some(section), [_, row, key]) => {
                let row = number(row);
                let name = |row| self.sections.get(&section)?.name(row, &unescaped(key)).map(str::to_owned);
                Place { row, column: row.and_then(name) }
            }
            (Some(_), [_, row, rest @ ..]) => {
                Place { row: number(row), column: self.nested_name(finding.model(), rest.last()) }
            }
            _ => Place::default(),
        }
    }

    fn nested_name(&self, model: ModelName, key: Option<&&str>) -> Option<String> {
        let mut known = self.nested.iter();
        known.find(|((of, wire), _)| *of == model && Some(wire) == key).and_then(|(_, name)| name.clone())
    }
}

fn number(step: &str) -> Option<u64> {
    step.parse().ok()
}

/// A step of a JSON Pointer as the key that it stands for.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
