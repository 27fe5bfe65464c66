//! The canonical form: compact JSON, fields in the table's order, absent ones left out, decimals exact.

use std::io::Write as _;

use crate::codes::Code;
use crate::model::Extra;
use crate::secret::ApiKey;
use crate::value::{Country, Email, Entered, FileLink, Nic, PostCode, Scalar, Siren, Siret, Version};

/// Writes itself as JSON.
pub(crate) trait Write {
    fn write(&self, out: &mut Vec<u8>);

    fn is_absent(&self) -> bool {
        false
    }
}

/// An object that is being written.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn start(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Writes a field, its key given as `"key":`.
    pub(crate) fn field(&mut self, key: &str, value: &impl Write) {
        if !value.is_absent() {
            let out = self.next();
            out.extend_from_slice(key.as_bytes());
            value.write(out);
        }
    }

    pub(crate) fn end(mut self, extra: &Extra) {
        for (key, raw) in extra.iter() {
            let out = self.next();
            text(key, out);
            out.push(b':');
            out.extend_from_slice(raw.as_bytes());
        }
        self.close();
    }

    /// Where the next member goes.
    #[inline]
    pub(crate) fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        self.out
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }
}

/// A JSON string.
pub(crate) fn text(text: &str, out: &mut Vec<u8>) {
    // Every byte is looked at, which takes less time than to stop at the first that is not plain.
    let escaped = text.bytes().fold(false, |found, b| found | (b < b' ') | (b == b'"') | (b == b'\\'));
    if !escaped {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // A vector takes every write.
        let _ = serde_json::to_writer(out, text);
    }
}

impl Write for String {
    fn write(&self, out: &mut Vec<u8>) {
        text(self, out);
    }
}

impl Write for ApiKey {
    fn write(&self, out: &mut Vec<u8>) {
        text(self.expose(), out);
    }
}

macro_rules! as_text {
    ($($Type:ty),+) => { $(impl Write for $Type {
        fn write(&self, out: &mut Vec<u8>) {
            text(self.as_str(), out);
        }
    })+ };
}
as_text!(Siren, Nic, Siret, Email, Country, PostCode, FileLink, Version);

impl<T: Scalar> Write for Entered<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(given) => text(given, out),
            Self::Value(value) if T::BARE => value.append(out),
            Self::Value(value) => {
                out.push(b'"');
                value.append(out);
                out.push(b'"');
            }
        }
    }
}

impl<C: Code> Write for C {
    fn write(&self, out: &mut Vec<u8>) {
        match self.wire_integer() {
            Some(number) => _ = write!(out, "{number}"),
            None => text(self.code(), out),
        }
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            item.write(out);
        }
        out.push(b']');
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
