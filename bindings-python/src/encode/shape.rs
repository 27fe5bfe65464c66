//! The shapes of rows: which keys they have in which order, and what becomes of each.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use qlower_core::model::Model;

use crate::arrow::Rename;
use crate::origins::Names;

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// It is the field at this position of the model.
    Field(usize),
    /// The model does not know it: it is written all the same, for the check to speak of.
    Extra,
}

/// A key of a row: of a dict, the name of a column or of an attribute.
pub(super) struct Key {
    /// Keys of rows that were made alike are mostly this very object.
    pub(super) object: Py<PyString>,
    pub(super) name: String,
    pub(super) slot: Slot,
    /// Under which an extra value is written.
    pub(super) target: String,
}

/// A list of keys.
pub(super) struct Shape {
    pub(super) keys: Vec<Key>,
    /// Whether there is an attribute with further values in a dict.
    pub(super) extra: bool,
    pub(super) names: Arc<Names>,
}

impl Shape {
    /// The caller's name for the field at a position of the model.
    pub(super) fn name_of(&self, field: usize) -> Option<&str> {
        self.keys.iter().find(|key| key.slot == Slot::Field(field)).map(|key| key.name.as_str())
    }
}

/// The shapes that were met among rows of one model.
pub(super) struct Shapes {
    pub(super) model: &'static Model,
    rename: Vec<(String, String)>,
    known: Vec<Rc<Shape>>,
    by_names: HashMap<u64, Vec<usize>>,
    types: Vec<(Py<PyType>, usize)>,
    hasher: RandomState,
    last: usize,
    /// How many shapes [`Shapes::fresh`] has given.
    told: usize,
}

impl Shapes {
    pub(super) fn new(model: &'static Model, rename: &Rename) -> Self {
        Self {
            model,
            rename: rename.to_vec(),
            known: Vec::new(),
            by_names: HashMap::new(),
            types: Vec::new(),
            hasher: RandomState::new(),
            last: 0,
            told: 0,
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<&Rc<Shape>> {
        self.known.get(at)
    }

    pub(super) fn is_renamed(&self) -> bool {
        !self.rename.is_empty()
    }

    /// The shapes that came up since the last call, and their model.
    pub(super) fn fresh(&mut self) -> (&'static Model, &[Rc<Shape>]) {
        let told = std::mem::replace(&mut self.told, self.known.len());
        (self.model, self.known.get(told..).unwrap_or_default())
    }

    /// The names of all shapes.
    pub(super) fn names(&self) -> impl Iterator<Item = Arc<Names>> + '_ {
        self.known.iter().map(|shape| Arc::clone(&shape.names))
    }

    /// The shape that the row before had.
    pub(super) fn last(&self) -> Option<(usize, &Rc<Shape>)> {
        self.known.get(self.last).map(|shape| (self.last, shape))
    }

    /// The shape of a dict, which is remembered as the last one.
    pub(super) fn of_dict(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<usize> {
        let mut keys = Vec::with_capacity(dict.len());
        for (key, _) in dict.iter() {
            let Ok(key) = key.cast_into::<PyString>() else {
                return Err(PyTypeError::new_err("the keys of a row must be text"));
            };
            keys.push(key);
        }
        let at = self.of_names(&keys, false)?;
        self.last = at;
        Ok(at)
    }

    /// The shape of names in an order.
    pub(super) fn of_names(&mut self, names: &[Bound<'_, PyString>], extra: bool) -> PyResult<usize> {
        let texts = names.iter().map(|name| name.to_str()).collect::<PyResult<Vec<_>>>()?;
        let hash = self.hasher.hash_one((&texts, extra));
        for at in self.by_names.get(&hash).into_iter().flatten() {
            let Some(shape) = self.known.get(*at) else { continue };
            if shape.extra == extra && shape.keys.iter().map(|key| key.name.as_str()).eq(texts.iter().copied()) {
                return Ok(*at);
            }
        }
        let mut keys: Vec<Key> = Vec::with_capacity(names.len());
        for (name, text) in names.iter().zip(texts) {
            keys.push(self.key(name, text, &keys));
        }
        let names = keys.iter().map(|key| (key.target.clone(), key.name.clone())).collect();
        let at = self.known.len();
        self.known.push(Rc::new(Shape { keys, extra, names: Arc::new(names) }));
        self.by_names.entry(hash).or_default().push(at);
        Ok(at)
    }

    fn key(&self, object: &Bound<'_, PyString>, name: &str, before: &[Key]) -> Key {
        let meant = self.rename.iter().find(|(from, _)| from == name).map_or(name, |(_, to)| to.as_str());
        let fields = || self.model.fields.iter();
        let field =
            fields().position(|field| field.name == meant).or_else(|| fields().position(|field| field.key == meant));
        let target = field.and_then(|at| self.model.fields.get(at)).map_or(meant, |field| field.key).to_owned();
        // Given twice, by name and by wire key, it is written twice, and the check finds it.
        let slot = match field {
            Some(at) if !before.iter().any(|key| key.slot == Slot::Field(at)) => Slot::Field(at),
            _ => Slot::Extra,
        };
        Key { object: object.clone().unbind(), name: name.to_owned(), slot, target }
    }

    /// The shape of columns that were named for rows without names of their own.
    ///
    /// # Errors
    /// `ValueError` if two of them are the same field.
    pub(super) fn of_columns(&mut self, names: &[Bound<'_, PyString>]) -> PyResult<usize> {
        let at = self.of_names(names, false)?;
        let keys = self.known.get(at).map(|shape| shape.keys.as_slice()).unwrap_or_default();
        for (at, key) in keys.iter().enumerate() {
            if let Some(other) = keys.iter().take(at).find(|other| other.target == key.target) {
                let message = format!("the columns {:?} and {:?} are both {:?}", other.name, key.name, key.target);
                return Err(PyValueError::new_err(message));
            }
        }
        Ok(at)
    }

    /// The shape that belongs to a type.
    pub(super) fn of_type(&self, kind: &Bound<'_, PyType>) -> Option<usize> {
        self.types.iter().find(|(known, _)| known.is(kind)).map(|(_, at)| *at)
    }

    pub(super) fn remember(&mut self, kind: &Bound<'_, PyType>, at: usize) {
        self.types.push((kind.clone().unbind(), at));
    }
}
