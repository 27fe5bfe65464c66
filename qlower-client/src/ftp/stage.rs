//! From files and names to what a connection sends.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use qlower_core::naming::{Rules, Variables};
use serde_json::{Map, Value};

use crate::ftp::archive;
use crate::ftp::error::ErrorKind;
use crate::ftp::local::{self, Alive, Measured};
use crate::ftp::outgoing::{Content, Outgoing};
use crate::ftp::plan::Plan;
use crate::ftp::sending::Sending;
use crate::ftp::side_file::{self, Listed};

/// A file as it goes to the server.
#[derive(Clone)]
pub(crate) struct Staged {
    path: String,
    size: u64,
    sha256: [u8; 32],
    origin: Origin,
}

/// Where its content is.
#[derive(Clone)]
pub(crate) enum Origin {
    Bytes(Bytes),
    File(PathBuf, Measured),
    /// Without a name: it is gone with the last one who holds it, even if the process is killed.
    Temporary(Arc<Mutex<File>>),
}

impl Staged {
    fn new(path: &str, size: u64, sha256: [u8; 32], origin: Origin) -> Self {
        Self { path: path.to_owned(), size, sha256, origin }
    }

    /// Its whole name on the server.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn sha256_hex(&self) -> String {
        local::hex(&self.sha256)
    }

    /// Its name until it is complete, in the same folder: `.NAME.HASH.part`. It depends on name and content alone, so that a later
    /// attempt, even of another process, finds it. The name in it is cut where the whole would be longer than servers take.
    pub(crate) fn shared(&self) -> String {
        self.hidden("")
    }

    /// A name that nobody else has: `.NAME.HASH.TOKEN.part`.
    pub(crate) fn own(&self, token: u32) -> String {
        self.hidden(&format!(".{token:08x}"))
    }

    fn hidden(&self, token: &str) -> String {
        let (folder, name) = self.path.split_at(self.path.rfind('/').map_or(0, |slash| slash + 1));
        let hash = self.sha256_hex();
        let hash = hash.get(..8).unwrap_or_default();
        // 255 bytes, without two dots, the hash, the token with its dot, and `.part`.
        let name = name.get(..name.floor_char_boundary(255 - 15 - 9)).unwrap_or_default();
        format!("{folder}.{name}.{hash}{token}.part")
    }

    /// The folders that have to be there, each after its parent.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.path.match_indices('/').filter_map(|(slash, _)| self.path.get(..slash))
    }

    /// Its content from an offset on.
    ///
    /// A file of this machine that is no longer what was staged is an error here, or while it is read: [`Sending::take_fault`] then has
    /// it, and what has come to the server under the temporary name is to be removed, since a later attempt would complete it.
    pub(crate) async fn open(&self, offset: u64) -> Result<Sending, ErrorKind> {
        Sending::open(&self.origin, self.size, offset).await
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Staged");
        shown.field("path", &self.path).field("size", &self.size).field("sha256", &self.sha256_hex());
        shown.finish_non_exhaustive()
    }
}

/// Names a delivery, and makes ready what is to be sent, in its order: the side file comes last. All that blocks is done on another
/// thread, which stops soon once nobody waits.
pub(crate) async fn prepare(
    rules: &Rules,
    files: &[Outgoing],
    variables: &Variables,
    details: Option<&Map<String, Value>>,
    at: DateTime<Utc>,
) -> Result<(Plan, Vec<Staged>), ErrorKind> {
    let alive = Alive::default();
    let _waiting = alive.guard();
    let (rules, files, variables, details) = (rules.clone(), files.to_vec(), variables.clone(), details.cloned());
    let work = move || {
        let (plan, measured) = Plan::make_while(&rules, &files, &variables, at, &alive)?;
        let staged = stage(&plan, &files, &measured, &variables, details.as_ref(), &alive)?;
        Ok((plan, staged))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // A panic of ours, or a runtime that ends.
        Err(error) => Err(ErrorKind::Transport(Box::new(error))),
    }
}

/// Makes ready what is to be sent. It blocks.
pub(crate) fn stage(
    plan: &Plan,
    files: &[Outgoing],
    measured: &[Option<Measured>],
    variables: &Variables,
    details: Option<&Map<String, Value>>,
    alive: &Alive,
) -> Result<Vec<Staged>, ErrorKind> {
    let named = || files.iter().zip(measured).zip(plan.files());
    let mut staged = Vec::new();
    let mut listed = Vec::new();
    if let Some(name) = plan.archive() {
        let entries = named().map(|((file, measured), name)| archive::Entry { name, file, measured: *measured });
        let packed = archive::pack(entries, alive)?;
        listed = packed.entries;
        staged.push(Staged::new(
            name,
            packed.size,
            packed.sha256,
            Origin::Temporary(Arc::new(Mutex::new(packed.file))),
        ));
    } else {
        for ((file, measured), name) in named() {
            staged.push(match file.content() {
                Content::Bytes(bytes) => {
                    let size = bytes.len().try_into().unwrap_or(u64::MAX);
                    Staged::new(name, size, local::sha256(bytes), Origin::Bytes(bytes.clone()))
                }
                Content::File(path) => {
                    let measured = measured.map_or_else(|| local::measure(path, alive), Ok)?;
                    Staged::new(name, measured.stamp.size, measured.sha256, Origin::File(path.clone(), measured))
                }
            });
        }
        listed.extend(staged.iter().map(|file| Listed::new(plan.in_directory(&file.path), file.size, &file.sha256)));
    }
    if let Some(name) = plan.side_file() {
        let archive = plan.archive().and_then(|name| {
            let file = staged.first()?;
            Some(Listed::new(plan.in_directory(name), file.size, &file.sha256))
        });
        let bytes = side_file::write(plan.at(), archive, &listed, variables, details);
        let size = bytes.len().try_into().unwrap_or(u64::MAX);
        staged.push(Staged::new(name, size, local::sha256(&bytes), Origin::Bytes(bytes)));
    }
    Ok(staged)
}

#[cfg(test)]
mod tests;
