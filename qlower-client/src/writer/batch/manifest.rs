//! `batch.json`: what belongs to a batch. Once it is there, the batch is finished.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::super::folder::{failed, is_object_key, temporary};
use super::Batch;
use crate::error::{BatchError, Error};
use crate::payload_file::PayloadFile;

/// Name of the manifest.
pub(in super::super) const MANIFEST: &str = "batch.json";

/// The form of the manifest that this version writes and reads.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct Manifest {
    format: u32,
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    size: u64,
    sha256: String,
    items: u64,
    partner: String,
    /// RFC 3339.
    created_at: String,
}

impl Manifest {
    pub(in super::super) fn of(batch: &Batch) -> Self {
        let entry = |file: &PayloadFile| Entry {
            name: file.object_key(),
            size: file.size,
            sha256: file.sha256_hex(),
            items: file.items,
            partner: file.partner.clone(),
            created_at: file.created_at.to_rfc3339(),
        };
        Self { format: FORMAT, files: batch.files().iter().map(entry).collect() }
    }

    /// Writes it under another name, and then gives it its own. Blocks.
    pub(in super::super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let place = folder.join(MANIFEST);
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed("write", &place, error.into()))?;
        let written = temporary(folder).and_then(|mut file| {
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.into_temp_path().persist(&place).map_err(|error| error.error)
        });
        written.map_err(|error| failed("write", &place, error))
    }

    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let place = folder.join(MANIFEST);
        let text = match fs::read(&place) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::local(BatchError::Unfinished { folder: folder.to_owned() }));
            }
            Err(error) => return Err(failed("read", &place, error)),
        };
        let unreadable = || damaged(folder, format!("{MANIFEST} cannot be read"));
        let manifest: Self = serde_json::from_slice(&text).map_err(|_| unreadable())?;
        if manifest.format != FORMAT {
            return Err(damaged(folder, format!("{MANIFEST} is of format {}, not {FORMAT}", manifest.format)));
        }
        Ok(manifest)
    }

    pub(super) fn files(self, folder: &Path) -> Result<Vec<PayloadFile>, Error> {
        let files = self.files.into_iter().map(|entry| {
            let Entry { name, size, sha256, items, partner, created_at } = entry;
            let sha256 = from_hex(&sha256).ok_or_else(|| damaged(folder, format!("{MANIFEST} has a wrong hash")))?;
            let created_at = DateTime::parse_from_rfc3339(&created_at)
                .map_err(|_| damaged(folder, format!("{MANIFEST} has a wrong date-time")))?;
            let file = PayloadFile { path: folder.join(&name), size, sha256, partner, created_at, items };
            // No other name can lead out of the folder.
            if !is_object_key(&name) || file.object_key() != name {
                return Err(damaged(folder, format!("{MANIFEST} has a wrong name")));
            }
            Ok(file)
        });
        files.collect()
    }
}

fn damaged(folder: &Path, problem: String) -> Error {
    Error::local(BatchError::Damaged { folder: folder.to_owned(), problem })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
