//! Files in a folder, which count once all of them are there.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::batch::{Batch, MANIFEST, Manifest, UPLOADS};
use super::blocking;
use super::sink::{Finished, Place, Sink};
use crate::error::{BatchError, Error, FileError};
use crate::payload_file::PayloadFile;

/// Held by the writer that is at work; it stays.
const LOCK: &str = ".qlower.lock";
const PREFIX: &str = ".qlower-";
const SUFFIX: &str = ".part";

/// Writes the files of a [`Batch`]. Made by [`PayloadWriterBuilder::folder`](super::PayloadWriterBuilder::folder).
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Temporary names, of which the first `named` were exchanged for the final ones.
    files: Vec<TempPath>,
    lock: File,
}

/// A new file that has a temporary name, and that only its owner may read.
pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)
}

impl Folder {
    /// Takes hold of a folder, and removes what an unfinished batch left there. Blocks.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(|error| failed("make the folder", path, error))?;
        let place = path.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&place);
        let lock = lock.map_err(|error| failed("write", &place, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::local(BatchError::InUse { folder: path.to_owned() })),
            // Some file systems cannot lock.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed("lock", &place, error)),
        }
        if path.join(MANIFEST).exists() {
            return Err(Error::local(BatchError::AlreadyFinished { folder: path.to_owned() }));
        }
        let (mut own, mut foreign) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(path).map_err(|error| failed("read", path, error))? {
            let entry = entry.map_err(|error| failed("read", path, error))?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            match entry.file_name().to_str() {
                Some(LOCK) if is_file => {}
                Some(name) if is_file && is_own(name) => own.push(entry.path()),
                _ => foreign.push(entry.file_name().to_string_lossy().into_owned()),
            }
        }
        if !foreign.is_empty() {
            foreign.sort();
            foreign.truncate(5);
            return Err(Error::local(BatchError::ForeignFiles { folder: path.to_owned(), names: foreign }));
        }
        for leftover in own {
            fs::remove_file(&leftover).map_err(|error| failed("remove", &leftover, error))?;
        }
        Ok(Self { path: path.to_owned(), files: Vec::new(), lock })
    }

    /// Gives all files their names, and then the batch its manifest. Blocks.
    fn commit(self, files: Vec<PayloadFile>) -> Result<Batch, Error> {
        let Self { path, files: temporary, lock } = self;
        let mut named = Named(Vec::new());
        for (temporary, file) in temporary.into_iter().zip(&files) {
            temporary.persist(&file.path).map_err(|error| failed("rename to", &file.path, error.error))?;
            named.0.push(file.path.clone());
        }
        sync(&path)?;
        let batch = Batch::new(path, files);
        Manifest::of(&batch).write(batch.folder())?;
        named.0.clear();
        sync(batch.folder())?;
        drop(lock);
        Ok(batch)
    }
}

/// Files to be removed if there will be no manifest.
struct Named(Vec<PathBuf>);

impl Drop for Named {
    fn drop(&mut self) {
        for path in &self.0 {
            // What is left is cleared by the next writer.
            let _ = fs::remove_file(path);
        }
    }
}

impl Sink for Folder {
    type Receipt = PayloadFile;
    type Output = Batch;

    const ROLLS_OVER: bool = true;

    fn place(&self) -> Place {
        Place::In(self.path.clone())
    }

    async fn file(&mut self, finished: Finished) -> Result<PayloadFile, Error> {
        let Finished { file, path, size, sha256, partner, created_at, items, .. } = finished;
        let folder = self.path.clone();
        blocking(move || file.sync_all().map_err(|error| failed("write to the disk of", &folder, error))).await?;
        self.files.extend(path);
        let mut file = PayloadFile { path: self.path.clone(), size, sha256, partner, created_at, items };
        file.path.push(file.object_key());
        Ok(file)
    }

    async fn finish(self, files: &[PayloadFile]) -> Result<Batch, Error> {
        let files = files.to_vec();
        blocking(move || self.commit(files)).await
    }
}

/// Whether a name is one that this writer gives.
fn is_own(name: &str) -> bool {
    let temporary = name.strip_prefix(PREFIX).is_some_and(|rest| rest.ends_with(SUFFIX));
    temporary || name == UPLOADS || is_object_key(name)
}

/// Whether a name has the form of an object key: `loader-{digits}-{32 hexadecimal digits}.json`.
pub(super) fn is_object_key(name: &str) -> bool {
    let inner = name.strip_prefix("loader-").and_then(|rest| rest.strip_suffix(".json"));
    inner.and_then(|inner| inner.split_once('-')).is_some_and(|(time, hash)| {
        !time.is_empty()
            && time.bytes().all(|digit| digit.is_ascii_digit())
            && hash.len() == 32
            && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Has the names in a folder written to the disk, where the system can.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| failed("write to the disk of", folder, error))?;
    }
    Ok(())
}

pub(super) fn failed(doing: &'static str, path: &Path, error: io::Error) -> Error {
    Error::local(FileError::new(doing, path, error))
}
