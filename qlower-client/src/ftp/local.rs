//! Files of this machine: read once or again, and found out if they change meanwhile.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::ftp::error::ErrorKind;
use crate::ftp::wording::Told;

/// Bytes that are read at a time.
pub(crate) const CHUNK: usize = 256 * 1024;

/// Whether somebody still waits for what a thread does.
#[derive(Clone, Default)]
pub(crate) struct Alive(Arc<AtomicBool>);

impl Alive {
    /// An error once nobody waits.
    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Err(io::Error::new(
                io::ErrorKind::Interrupted,
                Told::fixed("the delivery was given up", "la livraison a été abandonnée"),
            ));
        }
        Ok(())
    }

    /// Tells the thread when it is dropped.
    pub(crate) fn guard(&self) -> Waiting {
        Waiting(self.clone())
    }
}

/// Held by who waits.
pub(crate) struct Waiting(Alive);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// By what a file that changed is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    modified: Option<SystemTime>,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// What a file was when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) stamp: Stamp,
    pub(crate) sha256: [u8; 32],
}

/// A file that is read from its beginning. What it gives is what it was when it was opened, or an error.
pub(crate) struct Local {
    path: PathBuf,
    file: File,
    stamp: Stamp,
    hasher: Sha256,
    /// Bytes that are to come.
    left: u64,
    /// What its content has to be, if it was read before.
    expected: Option<[u8; 32]>,
    alive: Alive,
}

impl Local {
    /// Opens a file for the first time.
    pub(crate) fn open(path: &Path, alive: &Alive) -> Result<Self, ErrorKind> {
        let opened = || {
            // Before it is opened: opening a pipe would wait for its other end.
            regular(&fs::metadata(path)?)?;
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            regular(&metadata)?;
            Ok((Stamp::from(&metadata), file))
        };
        let (stamp, file) = opened().map_err(|error| fault(path, error))?;
        let (path, alive) = (path.to_owned(), alive.clone());
        Ok(Self { path, file, stamp, hasher: Sha256::new(), left: stamp.size, expected: None, alive })
    }

    /// Opens a file that was read before.
    pub(crate) fn reopen(path: &Path, measured: &Measured, alive: &Alive) -> Result<Self, ErrorKind> {
        let mut local = Self::open(path, alive)?;
        if local.stamp != measured.stamp {
            return Err(fault(path, changed()));
        }
        local.expected = Some(measured.sha256);
        Ok(local)
    }

    /// Goes on whoever waits.
    pub(crate) fn detach(&mut self) {
        self.alive = Alive::default();
    }

    pub(crate) const fn size(&self) -> u64 {
        self.stamp.size
    }

    /// The next bytes, none at the end. Those that complete the file are given only once all of it is known to be unchanged: who got
    /// everything got the right thing.
    pub(crate) fn next(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.read_next(buffer).map_err(|error| fault(&self.path, error))
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.alive.check()?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let mut filled = 0;
        while let Some(free) = buffer.get_mut(filled..most).filter(|free| !free.is_empty()) {
            match self.file.read(free) {
                Ok(0) => return Err(changed()),
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.hasher.update(buffer.get(..filled).unwrap_or_default());
        self.left = self.left.saturating_sub(filled.try_into().unwrap_or(u64::MAX));
        if self.is_unchanged()? { Ok(filled) } else { Err(changed()) }
    }

    /// So far as can be seen by now: from outside, and at the end by the hash.
    fn is_unchanged(&self) -> io::Result<bool> {
        let same = Stamp::from(&self.file.metadata()?) == self.stamp;
        let expected = self.expected.filter(|_| self.left == 0);
        Ok(same && expected.is_none_or(|expected| expected[..] == self.hasher.clone().finalize()[..]))
    }

    /// What it was, once it has been read to its end.
    pub(crate) fn measured(&self) -> Measured {
        Measured { stamp: self.stamp, sha256: self.hasher.clone().finalize().into() }
    }
}

/// Reads a file for its hash.
pub(crate) fn measure(path: &Path, alive: &Alive) -> Result<Measured, ErrorKind> {
    let mut local = Local::open(path, alive)?;
    let mut buffer = vec![0; CHUNK];
    while local.next(&mut buffer)? > 0 {}
    Ok(local.measured())
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            Told::fixed(
                "it is a folder; a delivery takes its files one by one",
                "c'est un dossier ; une livraison prend les fichiers un par un",
            ),
        ));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            Told::fixed("it is no regular file", "ce n'est pas un fichier ordinaire"),
        ));
    }
    Ok(())
}

fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        Told::fixed("it changed while it was delivered", "il a changé pendant la livraison"),
    )
}

pub(crate) fn fault(path: &Path, source: io::Error) -> ErrorKind {
    ErrorKind::File { path: path.to_owned(), source }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// In lower-case hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
