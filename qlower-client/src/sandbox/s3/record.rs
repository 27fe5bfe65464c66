//! What a test can see of the S3 side.

use chrono::{DateTime, Utc};

use super::fault::S3Fault;

/// An operation of S3, as the request's method and address name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum S3Operation {
    /// Stores an object in one request.
    PutObject,
    /// Begins an upload in parts.
    CreateMultipartUpload,
    /// Sends one part.
    UploadPart,
    /// Puts the parts together: only now is there an object.
    CompleteMultipartUpload,
    /// Gives an upload up.
    AbortMultipartUpload,
    /// Asks for an object's size and ETag.
    HeadObject,
    /// Fetches an object.
    GetObject,
    /// Asks whether there is a bucket.
    HeadBucket,
    /// Lists objects.
    ListObjectsV2,
    /// Lists the parts of an upload.
    ListParts,
    /// Lists the uploads that are neither complete nor given up.
    ListMultipartUploads,
    /// Deletes an object, which nobody may do here.
    DeleteObject,
    /// Anything else.
    Other,
}

impl S3Operation {
    /// Whether it makes an object visible.
    pub(super) const fn commits(self) -> bool {
        matches!(self, Self::PutObject | Self::CompleteMultipartUpload)
    }

    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::PutObject,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
        Self::HeadObject,
        Self::GetObject,
        Self::HeadBucket,
        Self::ListObjectsV2,
        Self::ListParts,
        Self::ListMultipartUploads,
        Self::DeleteObject,
        Self::Other,
    ];

    /// The operation of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Its name, as policies spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PutObject => "PutObject",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::HeadObject => "HeadObject",
            Self::GetObject => "GetObject",
            Self::HeadBucket => "HeadBucket",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::ListParts => "ListParts",
            Self::ListMultipartUploads => "ListMultipartUploads",
            Self::DeleteObject => "DeleteObject",
            Self::Other => "Other",
        }
    }
}

/// One request to the S3 side. It holds no content and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3RequestRecord {
    /// What was asked.
    pub operation: S3Operation,
    /// The bucket in the request's path; empty where there is none.
    pub bucket: String,
    /// The key as it stands in the request's path, at most its first 1024 characters; empty for a request about a bucket.
    pub key: String,
    /// Number of the part, from 1, for UploadPart.
    pub part_number: Option<u32>,
    /// Whether the write was conditional (`If-None-Match`).
    pub conditional: bool,
    /// How many bytes of body were received, the framing of signed chunks included.
    pub body_length: u64,
    /// When the request's head had been received, by this machine's clock.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: S3Outcome,
}

/// What became of a request to the S3 side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S3Outcome {
    /// It was answered with this HTTP status.
    Answered(u16),
    /// A scripted fault fired.
    Faulted(S3Fault),
    /// The connection ended before the answer was ready.
    Abandoned,
}

/// Where an object stands in the way of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectState {
    /// At the bucket's root: its load is still to come.
    Pending,
    /// Under `success/`: every item was loaded.
    Success,
    /// Under `failure/`: at least one item failed, or the file was refused as a whole.
    Failure,
    /// In some other folder, where nothing is loaded.
    Elsewhere,
}

impl ObjectState {
    /// Its name: `pending`, `success`, `failure` or `elsewhere`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub(super) fn of(key: &str) -> Self {
        match key.split_once('/') {
            None => Self::Pending,
            Some(("success", _)) => Self::Success,
            Some(("failure", _)) => Self::Failure,
            Some(_) => Self::Elsewhere,
        }
    }
}

/// One object of a bucket at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredObject {
    /// Its key now.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag, without the quotes: the MD5 of its bytes, or that of its parts' MD5s, a hyphen and their number.
    pub etag: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits; the same as
    /// [`Checked::sha256_hex`](qlower_core::Checked::sha256_hex) when they are what was checked.
    pub sha256: String,
    /// Its `Content-Type`, if one was given.
    pub content_type: Option<String>,
    /// Where it stands, by its key.
    pub state: ObjectState,
}

/// An upload in parts that is neither complete nor given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenUpload {
    /// The key that it will have.
    pub key: String,
    /// The id that the store gave it.
    pub upload_id: String,
    /// Number and size in bytes of each part so far, in order.
    pub parts: Vec<(u32, u64)>,
}

/// One load of a file that had arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3Load {
    /// Whose bucket it was.
    pub partner: String,
    /// The key under which the file arrived.
    pub key: String,
    /// Its key since.
    pub moved_to: String,
    /// When it was loaded, by this machine's clock.
    pub at: DateTime<Utc>,
    /// [`ObjectState::Success`] or [`ObjectState::Failure`].
    pub state: ObjectState,
    /// How many items were loaded; 0 for a file refused as a whole.
    pub success_count: u64,
    /// How many items failed; 0 for a file refused as a whole.
    pub failed_count: u64,
    /// What the REST endpoint would have answered: a result, or a refusal.
    pub reply: String,
}
