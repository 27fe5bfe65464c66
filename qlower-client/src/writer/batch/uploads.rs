//! `uploads.jsonl`: a line for each file that was uploaded.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::folder::{failed, sync};
use crate::error::Error;

/// Name of the file.
pub(in super::super) const UPLOADS: &str = "uploads.jsonl";

#[derive(Serialize, Deserialize)]
struct Line<N, V> {
    name: N,
    receipt: V,
}

/// What is noted. A last line that a crash cut off says nothing.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Value>, Error> {
    let place = folder.join(UPLOADS);
    let text = match fs::read(&place) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed("read", &place, error)),
    };
    let whole = text.get(..whole(&text)).unwrap_or_default();
    let lines = whole.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line<_, _>>(line).ok());
    Ok(lines.map(|line| (line.name, line.receipt)).collect())
}

/// Adds a line, on the disk before it returns. Blocks.
pub(super) fn append(folder: &Path, name: &str, receipt: &Value) -> Result<(), Error> {
    let place = folder.join(UPLOADS);
    let added = (|| {
        let mut line = serde_json::to_vec(&Line { name, receipt })?;
        line.push(b'\n');
        let mut file = File::options().create(true).truncate(false).write(true).open(&place)?;
        // Without the rest of a line that a crash cut off.
        let end = whole(&fs::read(&place)?) as u64;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(&line)?;
        file.sync_all()
    })();
    added.map_err(|error| failed("write", &place, error))?;
    sync(folder)
}

/// Where the last whole line ends.
fn whole(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
}
