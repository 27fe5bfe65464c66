//! What is known of files that were delivered.

use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::receipt::Certainty;

/// What became of one file of a delivery.
///
/// As JSON: `path`, `size`, `sha256`, `certainty`, `how` and `verified`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeliveredFile {
    /// Its name on the server, with the folders, as seen from where the login lands.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Whether it stands there under its name: `Processed` if it surely does, `NotProcessed` if it surely does not.
    pub certainty: Certainty,
    /// How it came there; `None` if it did not.
    pub how: Option<How>,
    /// Whether the server told its size afterwards, and it was right.
    pub verified: bool,
}

/// How a file came to stand on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// All of it was sent.
    Stored,
    /// What stood there of an earlier attempt was completed.
    Resumed {
        /// The bytes that were there already.
        from: u64,
    },
    /// A file of this name stood there, and was left as it was.
    Kept,
}

impl Serialize for How {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl How {
    /// `stored`, `resumed` or `kept`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Resumed { .. } => "resumed",
            Self::Kept => "kept",
        }
    }
}

/// What is known of a delivery.
///
/// As JSON: `certainty`, `attempts`, `duration_seconds`, `protection` and `files`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Receipt {
    /// `Processed` if every file stands there, `Unknown` if that is not known of one, else `NotProcessed`.
    pub certainty: Certainty,
    /// Connections that were tried.
    pub attempts: u32,
    /// From the start of the first attempt to the end, waits included.
    pub duration: Duration,
    /// What protected the connection, such as `TLS 1.3`; `None` if nothing did.
    pub protection: Option<String>,
    /// Each file, in the order in which they were sent.
    pub files: Vec<DeliveredFile>,
}

impl Receipt {
    /// Of a delivery that was not begun.
    pub(crate) const fn nothing() -> Self {
        let certainty = Certainty::NotProcessed;
        Self { certainty, attempts: 0, duration: Duration::ZERO, protection: None, files: Vec::new() }
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("certainty", &self.certainty)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("duration_seconds", &self.duration.as_secs_f64())?;
        map.serialize_entry("protection", &self.protection)?;
        map.serialize_entry("files", &self.files)?;
        map.end()
    }
}
