//! Settings of the S3 side.

use std::time::Duration;

use qlower_core::ApiKey;

use crate::sandbox::names::names;
use crate::sandbox::{Sandbox, SandboxBuilder};

/// What the access key of the S3 side may do. Whatever is not named here it may not: least of all delete.
///
/// # Example: a key that may put, and list what is there
/// ```
/// use qlower_client::sandbox::S3Permissions;
///
/// let permissions = S3Permissions::UPLOAD_ONLY.list(true);
/// assert_ne!(permissions, S3Permissions::ALL);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct S3Permissions {
    pub(super) put: bool,
    pub(super) abort: bool,
    pub(super) list: bool,
    pub(super) head: bool,
    pub(super) get: bool,
}

impl S3Permissions {
    /// Everything but deleting: the default.
    pub const ALL: Self = Self { put: true, abort: true, list: true, head: true, get: true };
    /// Putting objects and giving uploads up, like the key that a partner has.
    pub const UPLOAD_ONLY: Self = Self { list: false, head: false, get: false, ..Self::ALL };

    /// Sets whether objects may be put, in one request or in parts.
    pub const fn put(self, allowed: bool) -> Self {
        Self { put: allowed, ..self }
    }

    /// Sets whether uploads in parts may be given up.
    pub const fn abort(self, allowed: bool) -> Self {
        Self { abort: allowed, ..self }
    }

    /// Sets whether objects, uploads and parts may be listed. Without it, an object that is not there is answered 403 and not
    /// 404, as the real store does.
    pub const fn list(self, allowed: bool) -> Self {
        Self { list: allowed, ..self }
    }

    /// Sets whether size and ETag of an object may be asked for.
    pub const fn head(self, allowed: bool) -> Self {
        Self { head: allowed, ..self }
    }

    /// Sets whether objects may be fetched.
    pub const fn get(self, allowed: bool) -> Self {
        Self { get: allowed, ..self }
    }

    /// The names that [`S3Permissions::only`] knows.
    pub const NAMES: &'static [&'static str] = &["put", "abort", "list", "head", "get"];

    /// What these names allow, and nothing else.
    ///
    /// # Errors
    /// The first name that is none.
    ///
    /// ```
    /// use qlower_client::sandbox::S3Permissions;
    ///
    /// assert_eq!(S3Permissions::only(["put", "abort"]), Ok(S3Permissions::UPLOAD_ONLY));
    /// assert_eq!(S3Permissions::only(["put", "delete"]), Err("delete"));
    /// ```
    pub fn only<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, &'n str> {
        let none = Self::UPLOAD_ONLY.put(false).abort(false);
        names.into_iter().try_fold(none, |permissions, name| match name {
            "put" => Ok(permissions.put(true)),
            "abort" => Ok(permissions.abort(true)),
            "list" => Ok(permissions.list(true)),
            "head" => Ok(permissions.head(true)),
            "get" => Ok(permissions.get(true)),
            _ => Err(name),
        })
    }
}

/// What a second CompleteMultipartUpload for the same upload comes to, as after an answer that was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepeatedComplete {
    /// The same answer again, and no second object: the default.
    #[default]
    Succeeds,
    /// `412 PreconditionFailed` if it is conditional (`If-None-Match`), since the object is there; otherwise as
    /// [`RepeatedComplete::Succeeds`].
    PreconditionFailed,
    /// `404 NoSuchUpload`.
    NoSuchUpload,
}

names! { RepeatedComplete:
    "succeeds" = Succeeds,
    "precondition_failed" = PreconditionFailed,
    "no_such_upload" = NoSuchUpload,
    with
}

#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Settings {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: ApiKey,
    pub(super) region: String,
    pub(super) permissions: S3Permissions,
    pub(super) repeated_complete: RepeatedComplete,
    pub(super) load_delay: Duration,
    pub(in crate::sandbox) hold_loads: bool,
    pub(super) max_object_bytes: usize,
    pub(super) max_stored_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_key_id: Sandbox::DEFAULT_ACCESS_KEY_ID.into(),
            secret_access_key: Sandbox::DEFAULT_SECRET_ACCESS_KEY.into(),
            region: Sandbox::DEFAULT_REGION.into(),
            permissions: S3Permissions::ALL,
            repeated_complete: RepeatedComplete::default(),
            load_delay: Duration::from_millis(50),
            hold_loads: false,
            max_object_bytes: 128 * 1024 * 1024,
            max_stored_bytes: 2 * 1024 * 1024 * 1024,
        }
    }
}

/// The S3 side (feature `sandbox-s3`).
impl SandboxBuilder {
    /// Sets the key pair that opens every bucket, [`Sandbox::DEFAULT_ACCESS_KEY_ID`] and
    /// [`Sandbox::DEFAULT_SECRET_ACCESS_KEY`] by default.
    pub fn s3_credentials(mut self, access_key_id: impl Into<String>, secret_access_key: impl Into<ApiKey>) -> Self {
        self.0.s3.access_key_id = access_key_id.into();
        self.0.s3.secret_access_key = secret_access_key.into();
        self
    }

    /// Sets the region in which the buckets are, `eu-west-1` by default. A request signed for another one is answered
    /// `301 PermanentRedirect`.
    pub fn s3_region(mut self, region: impl Into<String>) -> Self {
        self.0.s3.region = region.into();
        self
    }

    /// Sets what the key may do, everything but deleting by default.
    pub const fn s3_permissions(mut self, permissions: S3Permissions) -> Self {
        self.0.s3.permissions = permissions;
        self
    }

    /// Lets the key put objects and nothing else, like the one that a partner has: [`S3Permissions::UPLOAD_ONLY`].
    pub const fn s3_upload_only(self) -> Self {
        self.s3_permissions(S3Permissions::UPLOAD_ONLY)
    }

    /// Sets what a repeated CompleteMultipartUpload comes to, success by default.
    pub const fn s3_repeated_complete(mut self, repeated: RepeatedComplete) -> Self {
        self.0.s3.repeated_complete = repeated;
        self
    }

    /// Sets how long after its arrival an object is loaded, 50 milliseconds by default; `Duration::MAX` is never. Objects are
    /// loaded one after the other, so it may take longer.
    pub const fn s3_load_delay(mut self, delay: Duration) -> Self {
        self.0.s3.load_delay = delay;
        self
    }

    /// Sets whether loads wait until [`Sandbox::hold_s3_loads`] lets them go, so that a test can see objects that are pending.
    /// They do not by default.
    pub const fn s3_hold_loads(mut self, hold: bool) -> Self {
        self.0.s3.hold_loads = hold;
        self
    }

    /// Sets the largest object, and the largest part, in bytes; 128 MiB by default. A larger one is answered
    /// `400 EntityTooLarge`. [`max_body_bytes`](Self::max_body_bytes) concerns REST alone.
    pub const fn s3_max_object_bytes(mut self, limit: usize) -> Self {
        self.0.s3.max_object_bytes = limit;
        self
    }

    /// Sets how many bytes all buckets together hold, 2 GiB by default; each object, upload and part counts a kibibyte more than
    /// its bytes. What does not fit is answered `403 QuotaExceeded`. Loaded objects stay where they were moved to, so a test
    /// that sends more needs more.
    pub const fn s3_max_stored_bytes(mut self, limit: u64) -> Self {
        self.0.s3.max_stored_bytes = limit;
        self
    }
}
