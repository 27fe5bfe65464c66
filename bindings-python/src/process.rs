//! What belongs to one process, and is made anew in a child after `fork`.

use std::mem::ManuallyDrop;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that a forked child does not share with its parent.
///
/// In the child, the parent's value may be in any state: its threads are gone, its locks may be held for ever. So it is
/// neither used nor dropped there, and another one is made. There is no lock in here either.
pub(crate) struct PerProcess<T> {
    current: AtomicPtr<Owned<T>>,
}

struct Owned<T> {
    pid: u32,
    value: ManuallyDrop<T>,
}

impl<T: Clone + Send + Sync> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value, if it has been made.
    pub(crate) fn get(&self) -> Option<T> {
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: what the pointer leads to is freed in `drop` alone, when nobody has a reference to `self`.
        let owned = unsafe { current.as_ref() }?;
        (owned.pid == process::id()).then(|| T::clone(&owned.value))
    }

    /// This process's value, made if need be. If two threads make it at once, one of theirs counts for both.
    pub(crate) fn get_or_make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let before = self.current.load(Ordering::Acquire);
        let made = make()?;
        let owned = Owned { pid: process::id(), value: ManuallyDrop::new(made.clone()) };
        let new = Box::into_raw(Box::new(owned));
        match self.current.compare_exchange(before, new, Ordering::AcqRel, Ordering::Acquire) {
            // What was there before, if anything, is the parent's, and stays as it is.
            Ok(_) => Ok(made),
            Err(_) => {
                // SAFETY: `new` was made above, and nobody else has seen it.
                let mut unused = unsafe { Box::from_raw(new) };
                // SAFETY: it is dropped once, here.
                unsafe { ManuallyDrop::drop(&mut unused.value) };
                self.get().map_or(Ok(made), Ok)
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        if current.is_null() {
            return;
        }
        // SAFETY: made by `Box::into_raw` above, and nobody has a reference to it any more.
        let mut owned = unsafe { Box::from_raw(current) };
        if owned.pid == process::id() {
            // SAFETY: it is dropped once, here.
            unsafe { ManuallyDrop::drop(&mut owned.value) };
        }
    }
}
