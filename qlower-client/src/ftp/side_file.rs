//! The JSON file that tells of a delivery.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use qlower_core::naming::Variables;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::ftp::local;

/// A file that the side file lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    name: String,
    size: u64,
    sha256: String,
}

impl Listed {
    pub(crate) fn new(name: &str, size: u64, sha256: &[u8; 32]) -> Self {
        Self { name: name.to_owned(), size, sha256: local::hex(sha256) }
    }
}

#[derive(Serialize)]
struct SideFile<'s> {
    created_at: String,
    archive: Option<Listed>,
    files: &'s [Listed],
    variables: &'s Variables,
    details: &'s Map<String, Value>,
}

/// Writes it, with a line feed at its end. Names are as seen from the folder that the side file's readers know: without the delivery's.
pub(crate) fn write(
    at: DateTime<Utc>,
    archive: Option<Listed>,
    files: &[Listed],
    variables: &Variables,
    details: Option<&Map<String, Value>>,
) -> Bytes {
    let none = Map::new();
    let content = SideFile {
        created_at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        archive,
        files,
        variables,
        details: details.unwrap_or(&none),
    };
    // Texts, numbers and objects with texts for keys: nothing that JSON has no form for.
    let mut json = serde_json::to_vec_pretty(&content).unwrap_or_default();
    json.push(b'\n');
    json.into()
}
