//! Zip archives.

use std::env;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::ftp::error::ErrorKind;
use crate::ftp::local::{Alive, CHUNK, Local, Measured, fault, sha256};
use crate::ftp::outgoing::{Content, Outgoing};
use crate::ftp::side_file::Listed;

/// What goes into an archive.
pub(crate) struct Entry<'e> {
    pub(crate) name: &'e str,
    pub(crate) file: &'e Outgoing,
    pub(crate) measured: Option<Measured>,
}

/// An archive in a temporary file, which has no name.
pub(crate) struct Packed {
    pub(crate) file: File,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) entries: Vec<Listed>,
}

/// Larger files get the fields of zip64: what does not shrink must fit as well.
const LARGE: u64 = 0xf000_0000;

/// Endings of what is compressed already.
const COMPRESSED: [&str; 38] = [
    "7z", "aac", "apk", "avif", "br", "bz2", "docx", "flac", "gif", "gz", "heic", "heif", "jar", "jpe", "jpeg", "jpg",
    "jxl", "lz4", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "odp", "ods", "odt", "ogg", "opus", "png", "pptx", "rar",
    "webm", "webp", "xlsx", "xz", "zip", "zst",
];

/// Writes an archive, in constant memory. The same entries give the same bytes: their times and rights are fixed.
///
/// The temporary file lies where the system puts such files, and is gone with the [`Packed`], whatever becomes of the process.
pub(crate) fn pack<'e>(entries: impl Iterator<Item = Entry<'e>>, alive: &Alive) -> Result<Packed, ErrorKind> {
    let on_disk = |error: io::Error| fault(&env::temp_dir(), error);
    let file = tempfile::tempfile().map_err(on_disk)?;
    let mut writer = ZipWriter::new(BufWriter::with_capacity(CHUNK, file));
    let mut listed = Vec::new();
    let mut buffer = vec![0; CHUNK];
    for entry in entries {
        let size = match entry.file.content() {
            Content::Bytes(bytes) => {
                start(&mut writer, &entry, bytes.len().try_into().unwrap_or(u64::MAX)).map_err(on_disk)?;
                writer.write_all(bytes).map_err(on_disk)?;
                listed.push(Listed::new(entry.name, bytes.len().try_into().unwrap_or(u64::MAX), &sha256(bytes)));
                continue;
            }
            Content::File(path) => {
                let mut local = match &entry.measured {
                    Some(measured) => Local::reopen(path, measured, alive)?,
                    None => Local::open(path, alive)?,
                };
                start(&mut writer, &entry, local.size()).map_err(on_disk)?;
                loop {
                    let read = local.next(&mut buffer)?;
                    if read == 0 {
                        break;
                    }
                    writer.write_all(buffer.get(..read).unwrap_or_default()).map_err(on_disk)?;
                }
                local.measured()
            }
        };
        listed.push(Listed::new(entry.name, size.stamp.size, &size.sha256));
    }
    let written = writer.finish().map_err(|error| on_disk(error.into()))?;
    let mut file = written.into_inner().map_err(|error| on_disk(error.into_error()))?;
    let (size, sha256) = hash(&mut file, &mut buffer).map_err(on_disk)?;
    Ok(Packed { file, size, sha256, entries: listed })
}

fn start(writer: &mut ZipWriter<BufWriter<File>>, entry: &Entry<'_>, size: u64) -> io::Result<()> {
    let method = if size == 0 || is_compressed(entry.name) || is_compressed(entry.file.name()) {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    let options = SimpleFileOptions::DEFAULT
        .compression_method(method)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644)
        .large_file(size >= LARGE);
    Ok(writer.start_file(entry.name, options)?)
}

fn is_compressed(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| COMPRESSED.contains(&&*ending))
}

fn hash(file: &mut File, buffer: &mut [u8]) -> io::Result<(u64, [u8; 32])> {
    file.rewind()?;
    let (mut size, mut hasher) = (0_u64, Sha256::new());
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok((size, hasher.finalize().into())),
            Ok(read) => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                size = size.saturating_add(read.try_into().unwrap_or(u64::MAX));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
