//! Where in the caller's own data a finding points: the row, and the name under which the value was given.

use std::collections::BTreeMap;

use qlower_core::model::{ModelName, Section};
use qlower_core::{Finding, Report};

/// A row, counted from 0, and the caller's name of the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) row: Option<u64>,
    pub(crate) column: Option<String>,
}

/// The origins of what was checked.
#[derive(Clone, Debug)]
pub(crate) enum Origins {
    /// Of each finding its own, in the order of the report.
    Each(Vec<Place>),
    /// Items stand where the rows stood.
    Rows(Layout),
}

/// How the caller named the fields of what became a payload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    sections: BTreeMap<Home, Columns>,
    /// Names of fields of objects inside a row; `None` where they had several.
    nested: BTreeMap<(ModelName, &'static str), Option<String>>,
}

/// An array of items: of the payload itself, or of an entry of `clients`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Home {
    pub(crate) client: Option<u64>,
    pub(crate) section: Section,
}

/// The names of the columns of rows, which may change from row to row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    shapes: Vec<Names>,
    /// First row of each run of rows of one shape, and which.
    runs: Vec<(u64, usize)>,
}

/// Wire key of a field, and the caller's name for it.
pub(crate) type Names = Vec<(String, String)>;

impl Columns {
    /// Columns that are the same in every row.
    pub(crate) fn of(names: Names) -> Self {
        Self { shapes: vec![names], runs: vec![(0, 0)] }
    }

    /// Adds a shape, and gives its number for [`Columns::run`].
    pub(crate) fn shape(&mut self, names: Names) -> usize {
        self.shapes.push(names);
        self.shapes.len() - 1
    }

    /// Says that from a row on the columns are those of a shape.
    pub(crate) fn run(&mut self, row: u64, shape: usize) {
        if self.runs.last().is_none_or(|(_, last)| *last != shape) {
            self.runs.push((row, shape));
        }
    }

    fn name(&self, row: u64, key: &str) -> Option<&str> {
        let next = self.runs.partition_point(|(first, _)| *first <= row);
        let (_, shape) = self.runs.get(next.checked_sub(1)?)?;
        let names = self.shapes.get(*shape)?;
        names.iter().find(|(wire, _)| wire == key).map(|(_, name)| name.as_str())
    }
}

impl Layout {
    pub(crate) fn put(&mut self, home: Home, columns: Columns) {
        self.sections.insert(home, columns);
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

    fn place(&self, finding: &Finding) -> Place {
        let mut steps = finding.pointer().split('/').skip(1);
        let mut next = || steps.next();
        let (Some(section), Some(row)) = (next().and_then(Section::from_wire), number(next())) else {
            return Place::default();
        };
        let flat = Home { client: None, section };
        let Some(first) = next() else { return Place { row: Some(row), column: None } };
        let (home, row, key) = match Section::from_wire(first) {
            Some(inner) if section == Section::Clients => match (number(next()), next()) {
                (Some(at), key) => (Home { client: Some(row), section: inner }, at, key),
                (None, _) => (flat, row, Some(first)),
            },
            _ => (flat, row, Some(first)),
        };
        let column = key.and_then(|key| match steps.last() {
            Some(leaf) => self.nested_name(finding.model(), leaf).map(str::to_owned),
            None => self.sections.get(&home)?.name(row, &unescaped(key)).map(str::to_owned),
        });
        Place { row: Some(row), column }
    }

    fn nested_name(&self, model: ModelName, key: &str) -> Option<&str> {
        let mut known = self.nested.iter();
        known.find(|((of, wire), _)| *of == model && *wire == key).and_then(|(_, name)| name.as_deref())
    }
}

fn number(step: Option<&str>) -> Option<u64> {
    step?.parse().ok()
}

/// A step of a JSON Pointer as the key that it stands for.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

impl Origins {
    /// The place of each finding of a report.
    pub(crate) fn places(&self, report: &Report) -> Vec<Place> {
        match self {
            Self::Each(places) => places.clone(),
            Self::Rows(layout) => report.findings().iter().map(|finding| layout.place(finding)).collect(),
        }
    }

    /// The place of one finding of a report.
    pub(crate) fn place(&self, report: &Report, finding: &Finding) -> Place {
        match self {
            Self::Each(places) => {
                let at = report.findings().iter().position(|other| std::ptr::eq(other, finding));
                at.and_then(|at| places.get(at)).cloned().unwrap_or_default()
            }
            Self::Rows(layout) => layout.place(finding),
        }
    }
}
