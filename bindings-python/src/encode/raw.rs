//! The values of a row as they stand in Python's memory, borrowed where nothing can change the row meanwhile.

use pyo3::Borrowed;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::shape::{Shape, Slot};

/// The values of one row, by the positions of their fields.
///
/// A value of a plain type is borrowed from the row: between [`Slots::of_dict`] and the end of its use no Python code runs, so
/// that the row cannot change. If there is a value of any other type in a row, all are held.
#[derive(Default)]
pub(super) struct Slots {
    fields: Vec<*mut PyObject>,
    extras: Vec<(usize, *mut PyObject)>,
    held: bool,
}

/// How a row was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// Its keys are not those of the shape.
    OtherShape,
    /// It has so many values.
    OtherLength(usize),
}

/// The type of an object, to be compared only.
pub(super) fn type_of(object: &Bound<'_, PyAny>) -> *mut ffi::PyTypeObject {
    // SAFETY: the object is alive, and the GIL is held.
    unsafe { ffi::Py_TYPE(object.as_ptr()) }
}

/// Whether writing a value of this type runs no Python code.
///
/// # Safety
/// The object must be alive, and the GIL held.
unsafe fn is_plain(object: *mut PyObject) -> bool {
    // SAFETY: as the caller promises.
    let kind = unsafe { ffi::Py_TYPE(object) };
    kind == &raw mut ffi::PyUnicode_Type
        || kind == &raw mut ffi::PyLong_Type
        || kind == &raw mut ffi::PyFloat_Type
        || kind == &raw mut ffi::PyBool_Type
        // SAFETY: as the caller promises.
        || object == unsafe { ffi::Py_None() }
}

/// Whether a key is a text.
///
/// # Safety
/// The object must be alive, and the GIL held.
unsafe fn is_text(key: *mut PyObject, text: &str) -> bool {
    // SAFETY: as the caller promises; what the function gives stays as long as the object.
    unsafe {
        if ffi::PyUnicode_Check(key) == 0 {
            return false;
        }
        let mut length = 0;
        let start = ffi::PyUnicode_AsUTF8AndSize(key, &raw mut length);
        if start.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        usize::try_from(length)
            .is_ok_and(|length| std::slice::from_raw_parts(start.cast::<u8>(), length) == text.as_bytes())
    }
}

impl Slots {
    /// Makes room for a row of a model with so many fields.
    pub(super) fn start(&mut self, fields: usize) {
        self.clear();
        self.fields.resize(fields, std::ptr::null_mut());
    }

    /// Lets go of what is held. To be called with the GIL held.
    fn clear(&mut self) {
        if std::mem::take(&mut self.held) {
            for object in self.fields.iter().copied().chain(self.extras.iter().map(|(_, object)| *object)) {
                // SAFETY: each of them was given a reference when `held` was set, and null is passed over.
                unsafe { ffi::Py_XDECREF(object) };
            }
        }
        self.fields.clear();
        self.extras.clear();
    }

    /// Makes the values stay when the row goes away. To be called while it is still there.
    pub(super) fn hold(&mut self) {
        if std::mem::replace(&mut self.held, true) {
            return;
        }
        for object in self.fields.iter().copied().chain(self.extras.iter().map(|(_, object)| *object)) {
            // SAFETY: no Python code ran since they were found in a row that is alive; null is passed over.
            unsafe { ffi::Py_XINCREF(object) };
        }
    }

    fn put(&mut self, slot: Slot, key: usize, value: *mut PyObject) {
        match slot {
            Slot::Field(at) => {
                if let Some(field) = self.fields.get_mut(at) {
                    *field = value;
                }
            }
            Slot::Extra => self.extras.push((key, value)),
        }
    }

    /// Takes the values of a dict that has exactly the keys of a shape, in its order.
    pub(super) fn of_dict(&mut self, dict: &Bound<'_, PyDict>, shape: &Shape) -> Taken {
        let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        let (mut at, mut plain) = (0, true);
        // SAFETY: the dict is alive, the GIL is held, and nothing that runs in the loop changes the dict.
        while unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut key, &raw mut value) } != 0 {
            let Some(expected) = shape.keys.get(at) else { return Taken::OtherShape };
            // SAFETY: the key is alive, since the dict is.
            if key != expected.object.as_ptr() && !unsafe { is_text(key, &expected.name) } {
                return Taken::OtherShape;
            }
            // SAFETY: the value is alive, since the dict is.
            plain &= unsafe { is_plain(value) };
            self.put(expected.slot, at, value);
            at += 1;
        }
        if at != shape.keys.len() {
            return Taken::OtherShape;
        }
        if !plain {
            self.hold();
        }
        Taken::Yes
    }

    /// Takes the values of a row without names.
    pub(super) fn of_sequence(&mut self, row: &Bound<'_, PyAny>, shape: &Shape) -> PyResult<Taken> {
        if let Ok(row) = row.cast_exact::<PyTuple>() {
            return Ok(self.of_items(row.len(), row.iter_borrowed(), shape));
        }
        // A copy cannot change, but goes away at the end of this function.
        let copy = match row.cast_exact::<PyList>() {
            Ok(list) => list.to_tuple(),
            Err(_) => PyTuple::new(row.py(), row.try_iter()?.collect::<PyResult<Vec<_>>>()?)?,
        };
        let taken = self.of_items(copy.len(), copy.iter_borrowed(), shape);
        self.hold();
        Ok(taken)
    }

    fn of_items<'a, 'py>(
        &mut self,
        length: usize,
        row: impl Iterator<Item = Borrowed<'a, 'py, PyAny>>,
        shape: &Shape,
    ) -> Taken
    where
        'py: 'a,
    {
        if length != shape.keys.len() {
            return Taken::OtherLength(length);
        }
        let mut plain = true;
        for (at, (value, key)) in row.zip(&shape.keys).enumerate() {
            // SAFETY: the value is alive, since the row is.
            plain &= unsafe { is_plain(value.as_ptr()) };
            self.put(key.slot, at, value.as_ptr());
        }
        if !plain {
            self.hold();
        }
        Taken::Yes
    }

    /// Takes the attributes of an object; those that it has not are absent.
    pub(super) fn of_attributes(&mut self, object: &Bound<'_, PyAny>, shape: &Shape) -> PyResult<()> {
        self.held = true;
        for (at, key) in shape.keys.iter().enumerate() {
            let name = key.object.bind(object.py());
            if let Some(value) = object.getattr_opt(name)? {
                self.put(key.slot, at, value.into_ptr());
            }
        }
        Ok(())
    }

    /// The value of a field.
    pub(super) fn field<'a, 'py>(&'a self, py: Python<'py>, at: usize) -> Option<Borrowed<'a, 'py, PyAny>> {
        let object = self.fields.get(at).copied().filter(|object| !object.is_null())?;
        // SAFETY: it is held, or borrowed from a row that cannot change as long as no Python code runs.
        Some(unsafe { Borrowed::from_ptr(py, object) })
    }

    /// Values of what the model does not know, each with the position of its key in the shape.
    pub(super) fn extras<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> impl Iterator<Item = (usize, Borrowed<'a, 'py, PyAny>)> + 'a
    where
        'py: 'a,
    {
        // SAFETY: as in `field`; none of them is null.
        self.extras.iter().map(move |(key, object)| (*key, unsafe { Borrowed::from_ptr(py, *object) }))
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        // Made and dropped by the encoder, which works with the GIL held.
        self.clear();
    }
}
