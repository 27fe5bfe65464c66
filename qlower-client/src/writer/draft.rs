//! The file that is being filled: its size is known to the byte before it exists.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use qlower_core::model::Section;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::sink::{Finished, Place};
use super::spool::{Spool, Stored};
use super::{Limits, blocking};
use crate::error::{Error, FileError};

/// What all files have in common.
#[derive(Debug)]
pub(super) struct Header {
    /// JSON up to the first section. It holds the access key.
    pub(super) head: Zeroizing<Vec<u8>>,
    pub(super) partner: String,
    pub(super) created_at: DateTime<FixedOffset>,
    /// Where temporary files are made.
    pub(super) folder: Arc<Path>,
}

/// A payload that grows section by section.
#[derive(Debug)]
pub(super) struct Draft {
    header: Arc<Header>,
    sections: [Spool; 5],
    size: u64,
    pushed: u64,
    items: u64,
}

impl Draft {
    pub(super) fn new(header: Arc<Header>) -> Self {
        let sections = Section::ALL.map(|_| Spool::new(Arc::clone(&header.folder)));
        // The closing brace.
        let size = header.head.len() as u64 + 1;
        Self { header, sections, size, pushed: 0, items: 0 }
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    pub(super) const fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Bytes of a payload with one item alone.
    pub(super) fn alone(header: &Header, section: Section, item: usize) -> u64 {
        header.head.len() as u64 + 1 + opening(section) + item as u64
    }

    #[expect(clippy::indexing_slicing, reason = "the array has an element a variant")]
    const fn section(&self, section: Section) -> &Spool {
        &self.sections[section as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "the array has an element a variant")]
    pub(super) const fn section_mut(&mut self, section: Section) -> &mut Spool {
        &mut self.sections[section as usize]
    }

    /// Whether the limits allow for one more item.
    #[inline]
    pub(super) fn fits(&self, section: Section, item: usize, limits: &Limits) -> bool {
        self.pushed < limits.items && self.size + self.growth(section, item) <= limits.bytes
    }

    #[inline]
    fn growth(&self, section: Section, item: usize) -> u64 {
        let around = if self.section(section).len() == 0 { opening(section) } else { 1 };
        around + item as u64
    }

    #[inline]
    pub(super) fn append(&mut self, section: Section, item: &[u8], items: u64) {
        self.size += self.growth(section, item.len());
        let spool = self.section_mut(section);
        if spool.len() > 0 {
            spool.append(b",");
        }
        spool.append(item);
        self.pushed += 1;
        self.items += items;
    }

    /// Puts the file together.
    pub(super) async fn finish(self, place: Place) -> Result<Finished, Error> {
        let Self { header, sections, size, items, .. } = self;
        let mut stored = Vec::new();
        for (section, spool) in Section::ALL.into_iter().zip(sections) {
            if spool.len() > 0 {
                stored.push((section, spool.into_stored().await?));
            }
        }
        blocking(move || {
            let (mut file, path) = place.create(&header.folder)?;
            let folder = path.as_deref().unwrap_or(&header.folder);
            let failed = |error| Error::local(FileError::new("write a file of the payload in", folder, error));
            let mut hash = Sha256::new();
            let mut length = 0;
            let mut gathered = Vec::with_capacity(GATHERED + 1024);
            let mut put = |bytes: &[u8], last: bool| {
                gathered.extend_from_slice(bytes);
                if gathered.len() >= GATHERED || last {
                    hash.update(&gathered);
                    length += gathered.len() as u64;
                    file.write_all(&gathered).map_err(failed)?;
                    gathered.clear();
                }
                Ok(())
            };
            write(&header, stored, &mut put)?;
            put(b"", true)?;
            debug_assert_eq!(length, size, "the size was foretold");
            let sha256 = hash.finalize().into();
            let Header { partner, created_at, .. } = &*header;
            Ok(Finished { file, path, size: length, sha256, partner: partner.clone(), created_at: *created_at, items })
        })
        .await
    }
}

/// Bytes that are written at once.
const GATHERED: usize = 1 << 18;

fn write(
    header: &Header,
    sections: Vec<(Section, Stored)>,
    put: &mut impl FnMut(&[u8], bool) -> Result<(), Error>,
) -> Result<(), Error> {
    put(&header.head, false)?;
    for (section, stored) in sections {
        put(b",\"", false)?;
        put(section.as_str().as_bytes(), false)?;
        put(b"\":[", false)?;
        stored.read(|piece| put(piece, false))?;
        put(b"]", false)?;
    }
    put(b"}", false)
}

/// Bytes around the items of a section: `,"transactions":[]`.
const fn opening(section: Section) -> u64 {
    section.as_str().len() as u64 + 6
}

impl Place {
    fn create(self, folder: &Path) -> Result<(File, Option<tempfile::TempPath>), Error> {
        let failed = |folder: &Path, error| Error::local(FileError::new("make a temporary file in", folder, error));
        match self {
            Self::Unnamed => Ok((tempfile::tempfile_in(folder).map_err(|error| failed(folder, error))?, None)),
            Self::In(folder) => {
                let file = super::folder::temporary(&folder).map_err(|error| failed(&folder, error))?;
                let (file, path) = file.into_parts();
                Ok((file, Some(path)))
            }
        }
    }
}
