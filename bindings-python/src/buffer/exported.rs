//! Memory that an object exports by the buffer protocol.
//!
//! The stable ABI has the protocol from Python 3.11 on; CPython exports the same two functions, with the same structure, before.

use std::ffi::{c_char, c_int, c_void};

use bytes::Bytes;
use pyo3::ffi::{Py_ssize_t, PyObject};
use pyo3::prelude::*;

/// `Py_buffer`.
#[repr(C)]
struct View {
    buf: *mut c_void,
    obj: *mut PyObject,
    len: Py_ssize_t,
    itemsize: Py_ssize_t,
    readonly: c_int,
    ndim: c_int,
    format: *mut c_char,
    shape: *mut Py_ssize_t,
    strides: *mut Py_ssize_t,
    suboffsets: *mut Py_ssize_t,
    internal: *mut c_void,
}

/// `PyBUF_SIMPLE`: contiguous bytes.
const SIMPLE: c_int = 0;

// SAFETY: as in CPython's `object.h` and `abstract.h`.
unsafe extern "C" {
    fn PyObject_GetBuffer(object: *mut PyObject, view: *mut View, flags: c_int) -> c_int;
    fn PyBuffer_Release(view: *mut View);
}

/// An export, which ends when this is dropped. Boxed: an exporter may remember where the structure stands.
struct Export(Box<View>);

// SAFETY: the memory is only read, and stays until the export ends, which happens with the GIL held.
unsafe impl Send for Export {}
// SAFETY: the same.
unsafe impl Sync for Export {}

impl AsRef<[u8]> for Export {
    fn as_ref(&self) -> &[u8] {
        match usize::try_from(self.0.len) {
            // SAFETY: a successful export gives `len` readable bytes at `buf`, and the caller of `text` has made sure that
            // nothing in this process writes to them.
            Ok(length) if length > 0 && !self.0.buf.is_null() => unsafe {
                std::slice::from_raw_parts(self.0.buf.cast(), length)
            },
            _ => &[],
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        // An interpreter that is gone needs nothing back.
        let _ = Python::try_attach(|_| {
            // SAFETY: the GIL is held, and the export is ended once.
            unsafe { PyBuffer_Release(&raw mut *self.0) }
        });
    }
}

/// What a read-only, contiguous exporter shows; `None` of another.
///
/// Nothing in this process may be able to write to it: a view that is read-only itself may show what is not.
pub(super) fn text(object: &Bound<'_, PyAny>) -> Option<Bytes> {
    let mut view = Box::new(View {
        buf: std::ptr::null_mut(),
        obj: std::ptr::null_mut(),
        len: 0,
        itemsize: 0,
        readonly: 0,
        ndim: 0,
        format: std::ptr::null_mut(),
        shape: std::ptr::null_mut(),
        strides: std::ptr::null_mut(),
        suboffsets: std::ptr::null_mut(),
        internal: std::ptr::null_mut(),
    });
    // SAFETY: the object is alive, the GIL is held, and the structure is what the function fills.
    if unsafe { PyObject_GetBuffer(object.as_ptr(), &raw mut *view, SIMPLE) } != 0 {
        drop(PyErr::take(object.py()));
        return None;
    }
    let export = Export(view);
    (export.0.readonly != 0).then(|| Bytes::from_owner(export))
}
