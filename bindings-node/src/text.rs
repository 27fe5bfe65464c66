//! Texts of payloads, held outside of JavaScript's memory: nothing changes them any more.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use napi_derive::napi;

use crate::fault::{Fault, Outcome, guard};

/// The text of a payload.
#[napi]
#[derive(Debug)]
pub struct Text(Mutex<Bytes>);

#[napi]
impl Text {
    /// How many bytes it has.
    #[napi(getter)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.bytes().len()).unwrap_or(u32::MAX)
    }

    /// Lets go of it, so that its memory need not wait until Node runs finalizers, which it does between turns of the event loop.
    #[napi]
    pub fn release(&self) {
        drop(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

impl Text {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self(Mutex::new(bytes))
    }

    /// The text itself, not copied.
    pub(crate) fn bytes(&self) -> Bytes {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A text that grows by copies of pieces, so that none of them keeps the event loop for long.
#[napi]
#[derive(Debug)]
pub struct TextBuilder(Mutex<Option<Vec<u8>>>);

#[napi]
impl TextBuilder {
    /// Empty, with room for so many bytes.
    #[napi(constructor)]
    pub fn new(capacity: u32) -> Self {
        Self(Mutex::new(Some(Vec::with_capacity(usize::try_from(capacity).unwrap_or_default()))))
    }

    /// Adds a copy of bytes.
    #[napi]
    pub fn append(&self, bytes: &[u8]) -> Outcome<()> {
        self.with(|text| text.extend_from_slice(bytes))
    }

    /// The text; nothing can be added any more.
    #[napi]
    pub fn finish(&self) -> Outcome<Text> {
        guard(|| match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(text) => Ok(Text::new(text.into())),
            None => Err(Self::finished()),
        })
    }
}

impl TextBuilder {
    fn with(&self, work: impl FnOnce(&mut Vec<u8>)) -> Outcome<()> {
        guard(|| match self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(text) => {
                work(text);
                Ok(())
            }
            None => Err(Self::finished()),
        })
    }

    fn finished() -> Fault {
        Fault::new("internal", "a text that is finished was to grow")
    }
}

/// The text of a string, in which no surrogate stands alone.
#[napi]
pub fn text_of_string(text: String) -> Text {
    Text::new(text.into())
}

/// The text of bytes, copied.
#[napi]
pub fn text_of_bytes(bytes: &[u8]) -> Text {
    Text::new(Bytes::copy_from_slice(bytes))
}
