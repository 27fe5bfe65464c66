//! A folder of finished files.

mod manifest;
#[cfg(test)]
mod tests;
mod uploads;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::blocking;
use super::folder::failed;
use crate::error::{BatchError, Error};
use crate::payload_file::PayloadFile;

pub(super) use manifest::{MANIFEST, Manifest};
pub(super) use uploads::UPLOADS;

/// A folder of payload files that belong together, in the order in which they are to be uploaded.
///
/// It survives the program: the files are on the disk, whole, before the manifest `batch.json` is, and without a manifest nothing
/// in the folder counts. What was uploaded is noted in `uploads.jsonl`, so that after a crash it is known what is left to do.
///
/// The files hold the access key. On Unix only their owner may read them.
///
/// # Example: going on after a restart
/// ```no_run
/// use qlower_client::Batch;
///
/// # async fn example() -> Result<(), qlower_client::Error> {
/// match Batch::open("nightly").await {
///     Ok(batch) => println!("{} of {} files are to be uploaded", batch.pending().count(), batch.files().len()),
///     Err(error) if error.is_unfinished_batch() => println!("to be written again: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Batch {
    folder: PathBuf,
    files: Vec<PayloadFile>,
    /// What is noted of the files that were uploaded, by their names.
    uploads: BTreeMap<String, Value>,
    /// Whether it was read from the disk, so that an earlier run may have uploaded what it did not live to note.
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "for the uploads"))]
    reopened: bool,
}

impl Batch {
    pub(super) const fn new(folder: PathBuf, files: Vec<PayloadFile>) -> Self {
        Self { folder, files, uploads: BTreeMap::new(), reopened: false }
    }

    /// Opens a finished batch. What is to be uploaded must be there in its full size; [`Batch::verify`] looks closer.
    ///
    /// # Errors
    /// [`BatchError::Unfinished`] if there is no manifest: it has to be written again. [`BatchError::Damaged`] if a file is
    /// missing, or not what the manifest says.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        blocking(move || Self::read(folder)).await
    }

    fn read(folder: PathBuf) -> Result<Self, Error> {
        let manifest = Manifest::read(&folder)?;
        let files = manifest.files(&folder)?;
        let uploads = uploads::read(&folder)?;
        let batch = Self { folder, files, uploads, reopened: true };
        for file in batch.pending() {
            let problem = match fs::metadata(&file.path) {
                Ok(found) if found.is_file() && found.len() == file.size => continue,
                Ok(found) => format!("{} has {} bytes instead of {}", name(file), found.len(), file.size),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("{} is missing", name(file)),
                Err(error) => return Err(failed("read", &file.path, error)),
            };
            return Err(batch.damaged(problem));
        }
        Ok(batch)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All files, in the order in which they are to be uploaded: what one refers to stands in it or in one before it.
    #[must_use]
    pub fn files(&self) -> &[PayloadFile] {
        &self.files
    }

    /// The files of which it is noted that they were uploaded.
    pub fn uploaded(&self) -> impl Iterator<Item = &PayloadFile> {
        self.files.iter().filter(|file| self.uploads.contains_key(&file.object_key()))
    }

    /// The files that are still to be uploaded.
    pub fn pending(&self) -> impl Iterator<Item = &PayloadFile> {
        self.files.iter().filter(|file| !self.uploads.contains_key(&file.object_key()))
    }

    /// Reads all files that are to be uploaded, and compares their hashes with the manifest.
    ///
    /// # Errors
    /// [`BatchError::Damaged`] names the first file that is not what was written.
    pub async fn verify(&self) -> Result<(), Error> {
        for file in self.pending() {
            let file = file.clone();
            let name = name(&file);
            let intact = blocking(move || {
                let found = hash(&file.path).map_err(|error| failed("read", &file.path, error))?;
                Ok(found == file.sha256)
            });
            if !intact.await? {
                return Err(self.damaged(format!("the content of {name} has changed")));
            }
        }
        Ok(())
    }

    /// Removes the files of the batch from the disk, the manifest first, so that no half of a batch is left that counts. The
    /// folder itself stays.
    ///
    /// # Errors
    /// [`FileError`](crate::error::FileError) if something cannot be removed; the next writer clears the rest.
    pub async fn remove(self) -> Result<(), Error> {
        blocking(move || {
            let manifest = self.folder.join(MANIFEST);
            fs::remove_file(&manifest).map_err(|error| failed("remove", &manifest, error))?;
            let files = self.files.iter().map(|file| file.path.clone());
            for path in files.chain([self.folder.join(UPLOADS)]) {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(failed("remove", &path, error));
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }

    #[cfg(feature = "s3")]
    pub(crate) const fn is_reopened(&self) -> bool {
        self.reopened
    }

    /// Notes that a file was uploaded, on the disk before it returns.
    #[cfg_attr(not(any(test, feature = "s3")), expect(dead_code, reason = "for the uploads"))]
    pub(crate) async fn record(&mut self, file: &PayloadFile, receipt: Value) -> Result<(), Error> {
        let key = file.object_key();
        let (folder, name, noted) = (self.folder.clone(), key.clone(), receipt.clone());
        blocking(move || uploads::append(&folder, &name, &noted)).await?;
        self.uploads.insert(key, receipt);
        Ok(())
    }

    /// What was noted of a file's upload: its receipt, as JSON. `None` if it is still to be uploaded.
    #[must_use]
    pub fn receipt(&self, file: &PayloadFile) -> Option<&Value> {
        self.uploads.get(&file.object_key())
    }

    fn damaged(&self, problem: String) -> Error {
        Error::local(BatchError::Damaged { folder: self.folder.clone(), problem })
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("folder", &self.folder)
            .field("files", &self.files)
            .field("uploaded", &self.uploads.len())
            .finish_non_exhaustive()
    }
}

fn name(file: &PayloadFile) -> String {
    file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(count) => hash.update(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
