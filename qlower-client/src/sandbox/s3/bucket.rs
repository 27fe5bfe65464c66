//! Buckets in memory: objects, uploads in parts, and how they become one another.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use s3s::crypto::{Checksum, Md5};
use s3s::{S3Result, s3_error};
use sha2::{Digest, Sha256};

use super::record::{ObjectState, OpenUpload, StoredObject};
use super::settings::RepeatedComplete;
use crate::sandbox::service::hex;

/// The smallest part that may stand before another.
pub(super) const MIN_PART_BYTES: usize = 5 * 1024 * 1024;
/// What an object, an upload or a part counts besides its bytes.
const OVERHEAD: u64 = 1024;
/// How many completed uploads are remembered.
const COMPLETED_KEPT: usize = 1000;

/// The bytes of an object, as they came: in one piece, or in parts.
pub(super) struct Content {
    parts: Vec<Bytes>,
    length: u64,
    sha256: OnceLock<String>,
}

impl Content {
    pub(super) fn new(parts: Vec<Bytes>) -> Self {
        Self { length: parts.iter().map(|part| part.len() as u64).sum(), parts, sha256: OnceLock::new() }
    }

    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn in_one_piece(&self) -> Cow<'_, [u8]> {
        match &*self.parts {
            [only] => Cow::Borrowed(only),
            parts => Cow::Owned(parts.concat()),
        }
    }

    /// A stretch of it, without copying.
    pub(super) fn stretch(&self, range: std::ops::Range<u64>) -> VecDeque<Bytes> {
        let mut start = 0_u64;
        let mut stretch = VecDeque::new();
        for part in &self.parts {
            let end = start + part.len() as u64;
            let within = |at: u64| usize::try_from(at.clamp(start, end) - start).unwrap_or(part.len());
            let (from, to) = (within(range.start), within(range.end));
            if from < to {
                stretch.push_back(part.slice(from..to));
            }
            start = end;
        }
        stretch
    }

    fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            let mut hash = Sha256::new();
            self.parts.iter().for_each(|part| hash.update(part));
            hex(&hash.finalize())
        })
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("length", &self.length).finish_non_exhaustive()
    }
}

/// What is said about an object besides its bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) content_type: Option<String>,
    pub(super) metadata: Option<std::collections::HashMap<String, String>>,
}

#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Tells this object from a later one of the same key.
    pub(super) id: u64,
    pub(super) content: Arc<Content>,
    pub(super) etag: String,
    pub(super) about: About,
    pub(super) modified: DateTime<Utc>,
}

impl Object {
    /// Takes a moment for a large object, the first time.
    pub(super) fn describe(&self, key: String) -> StoredObject {
        StoredObject {
            size: self.content.length(),
            etag: self.etag.clone(),
            sha256: self.content.sha256().to_owned(),
            content_type: self.about.content_type.clone(),
            state: ObjectState::of(&key),
            key,
        }
    }
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) bytes: Bytes,
    pub(super) md5: [u8; 16],
    pub(super) modified: DateTime<Utc>,
}

#[derive(Debug)]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) about: About,
    pub(super) begun: DateTime<Utc>,
    pub(super) parts: BTreeMap<i32, Part>,
}

/// An upload that became an object.
#[derive(Debug)]
struct Completed {
    upload_id: String,
    key: String,
    parts: Vec<(i32, String)>,
    etag: String,
}

#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub(super) objects: BTreeMap<String, Object>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) commits: BTreeMap<String, u64>,
    completed: VecDeque<Completed>,
}

/// What is asked of a CompleteMultipartUpload.
pub(super) struct Completion<'c> {
    pub(super) key: &'c str,
    pub(super) upload_id: &'c str,
    /// Number and ETag, without quotes, of each part.
    pub(super) parts: Vec<(i32, String)>,
    pub(super) if_absent: bool,
    pub(super) repeated: RepeatedComplete,
    pub(super) max_bytes: usize,
    pub(super) now: DateTime<Utc>,
}

impl Bucket {
    /// How much of the sandbox's memory it counts for.
    pub(super) fn weight(&self) -> u64 {
        let objects = self.objects.values().map(|object| object.content.length() + OVERHEAD);
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        let uploads = parts.map(|part| part.bytes.len() as u64 + OVERHEAD);
        objects.sum::<u64>() + uploads.sum::<u64>() + OVERHEAD * self.uploads.len() as u64
    }

    pub(super) fn put(&mut self, key: &str, object: Object, if_absent: bool) -> S3Result<()> {
        if if_absent && self.objects.contains_key(key) {
            return Err(s3_error!(PreconditionFailed));
        }
        *self.commits.entry(key.to_owned()).or_default() += 1;
        self.objects.insert(key.to_owned(), object);
        Ok(())
    }

    pub(super) fn upload(&mut self, key: &str, upload_id: &str) -> S3Result<&mut Upload> {
        self.uploads.get_mut(upload_id).filter(|upload| upload.key == key).ok_or_else(|| s3_error!(NoSuchUpload))
    }

    /// Makes an object of parts. Returns its ETag, and whether it came to be only now.
    pub(super) fn complete(&mut self, asked: &Completion<'_>, id: u64) -> S3Result<(String, bool)> {
        let before = self.completed.iter().find(|done| done.upload_id == asked.upload_id && done.key == asked.key);
        if let Some(before) = before {
            return match asked.repeated {
                RepeatedComplete::PreconditionFailed if asked.if_absent => Err(s3_error!(PreconditionFailed)),
                RepeatedComplete::NoSuchUpload => Err(s3_error!(NoSuchUpload)),
                _ if before.parts == asked.parts => Ok((before.etag.clone(), false)),
                _ => Err(s3_error!(InvalidPart)),
            };
        }
        let if_absent = asked.if_absent && self.objects.contains_key(asked.key);
        let upload = self.upload(asked.key, asked.upload_id)?;
        let (contents, etag) = upload.put_together(&asked.parts)?;
        if contents.iter().map(Bytes::len).sum::<usize>() > asked.max_bytes {
            return Err(s3_error!(EntityTooLarge));
        }
        if if_absent {
            return Err(s3_error!(PreconditionFailed));
        }
        let object = Object {
            id,
            content: Arc::new(Content::new(contents)),
            etag: etag.clone(),
            about: upload.about.clone(),
            modified: asked.now,
        };
        self.put(asked.key, object, false)?;
        self.uploads.remove(asked.upload_id);
        if self.completed.len() >= COMPLETED_KEPT {
            self.completed.pop_front();
        }
        self.completed.push_back(Completed {
            upload_id: asked.upload_id.to_owned(),
            key: asked.key.to_owned(),
            parts: asked.parts.clone(),
            etag: etag.clone(),
        });
        Ok((etag, true))
    }

    pub(super) fn open_uploads(&self) -> Vec<OpenUpload> {
        let uploads = self.uploads.iter().map(|(upload_id, upload)| OpenUpload {
            key: upload.key.clone(),
            upload_id: upload_id.clone(),
            parts: upload.parts.iter().map(|(number, part)| (number.unsigned_abs(), part.bytes.len() as u64)).collect(),
        });
        uploads.collect()
    }

    /// Moves a loaded object into its folder, with the date of processing behind the stem of its key. Returns the key.
    pub(super) fn archive(&mut self, key: &str, state: ObjectState, now: DateTime<Utc>) -> Option<String> {
        let folder = if state == ObjectState::Success { "success" } else { "failure" };
        let (stem, extension) = key.rsplit_once('.').unwrap_or((key, ""));
        let dot = if extension.is_empty() { "" } else { "." };
        let date = now.format("%Y-%m-%dT%H-%M-%S");
        let mut names = (1_u64..).map(|number| match number {
            1 => format!("{folder}/{stem}-{date}{dot}{extension}"),
            // The same file, loaded twice within a second.
            more => format!("{folder}/{stem}-{date}-{more}{dot}{extension}"),
        });
        let name = names.find(|name| !self.objects.contains_key(name))?;
        let object = self.objects.remove(key)?;
        self.objects.insert(name.clone(), object);
        Some(name)
    }
}

impl Upload {
    /// The bytes of the chosen parts, and the ETag of the whole.
    fn put_together(&self, chosen: &[(i32, String)]) -> S3Result<(Vec<Bytes>, String)> {
        if chosen.is_empty() {
            return Err(s3_error!(MalformedXML, "You must specify at least one part"));
        }
        if chosen.iter().zip(chosen.iter().skip(1)).any(|((one, _), (next, _))| one >= next) {
            return Err(s3_error!(InvalidPartOrder));
        }
        let mut contents = Vec::with_capacity(chosen.len());
        let mut hash = Md5::new();
        for (at, (number, etag)) in chosen.iter().enumerate() {
            let part = self.parts.get(number).filter(|part| hex(&part.md5) == *etag);
            let part = part.ok_or_else(|| s3_error!(InvalidPart))?;
            if at + 1 < chosen.len() && part.bytes.len() < MIN_PART_BYTES {
                return Err(s3_error!(EntityTooSmall));
            }
            hash.update(&part.md5);
            contents.push(part.bytes.clone());
        }
        Ok((contents, format!("{}-{}", hex(&hash.finalize()), chosen.len())))
    }
}
