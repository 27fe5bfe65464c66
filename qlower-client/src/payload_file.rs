//! A payload in a file.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use qlower_core::address::object_key;

/// A file that holds a checked payload, as a `PayloadWriter` wrote it.
///
/// Its size and hash are those of the content when it was written; an upload finds out if they no longer are.
#[derive(Clone)]
pub struct PayloadFile {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) partner: String,
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) items: u64,
}

impl PayloadFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of it.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of its content.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// SHA-256 of its content, in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The partner's id in the header.
    #[must_use]
    pub fn partner(&self) -> &str {
        &self.partner
    }

    /// When the payload was made, as the header says.
    #[must_use]
    pub const fn created_at(&self) -> &DateTime<FixedOffset> {
        &self.created_at
    }

    /// How many items with an id are in it.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.items
    }

    /// Key of the S3 object for it; see [`object_key`].
    #[must_use]
    pub fn object_key(&self) -> String {
        object_key(&self.created_at, &self.sha256)
    }
}

impl fmt::Debug for PayloadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadFile")
            .field("path", &self.path)
            .field("size", &self.size)
            .field("sha256", &self.sha256_hex())
            .finish_non_exhaustive()
    }
}
