//! What became of an upload.

use std::fmt;
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};
use tokio::time::{Instant, sleep};

use super::Boxed;
use super::judge::Reason;
use super::store::Store;
use crate::attempts::attempts;
use crate::client::{Client, Parts};
use crate::error::Error;
use crate::failure::Failure;
use crate::receipt::{Object, Receipt};

/// How many objects under `success` or `failure` are looked at for one whose name does not begin with the key.
const LOOKED_AT: usize = 10_000;
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Where an uploaded object is by now, as far as the bucket tells.
///
/// As JSON it has the keys `status` (`pending`, `success`, `failure`, `unknown`), and `key` or `reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadStatus {
    /// The object is where it was put: Qlower has not finished with it.
    Pending,
    /// Qlower loaded every item, and archived the object under this key.
    Success {
        /// Where the object is now.
        key: String,
    },
    /// At least one item was not loaded; the others were. Qlower archived the object under this key, and tells the partner
    /// by e-mail what is wrong.
    Failure {
        /// Where the object is now.
        key: String,
    },
    /// It cannot be told, for this reason: the credentials may not list (usual for a partner's), or the object is nowhere.
    Unknown {
        /// Why.
        reason: &'static str,
    },
}

impl UploadStatus {
    /// Whether Qlower is done with the object.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Success { .. } | Self::Failure { .. })
    }

    /// `pending`, `success`, `failure` or `unknown`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success { .. } => "success",
            Self::Failure { .. } => "failure",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl fmt::Display for UploadStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Pending => Ok(()),
            Self::Success { key } | Self::Failure { key } => write!(f, " ({key})"),
            Self::Unknown { reason } => write!(f, " ({reason})"),
        }
    }
}

impl Serialize for UploadStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", self.as_str())?;
        match self {
            Self::Pending => {}
            Self::Success { key } | Self::Failure { key } => map.serialize_entry("key", key)?,
            Self::Unknown { reason } => map.serialize_entry("reason", reason)?,
        }
        map.end()
    }
}

const DENIED: UploadStatus = UploadStatus::Unknown { reason: "no list permission" };
const NOWHERE: UploadStatus = UploadStatus::Unknown { reason: "the object is nowhere in the bucket" };
const TOO_MANY: UploadStatus = UploadStatus::Unknown { reason: "too many archived objects to look at" };

/// What Qlower made of uploads (feature `s3`).
impl Client {
    /// Looks where an uploaded object is by now: Qlower moves it to `success` or `failure` when it has loaded it.
    ///
    /// # Errors
    /// [`Error`] if the store could not be asked. That it may not be asked is no error but
    /// [`Unknown`](UploadStatus::Unknown).
    pub async fn upload_status(&self, receipt: &Receipt<Object>) -> Result<UploadStatus, Error> {
        self.0.status(receipt.bucket(), receipt.key()).await
    }

    /// Looks again and again until Qlower is done with an uploaded object, or time is up; gives what was seen last.
    ///
    /// The waits grow from a quarter of a second to 15 s. If the credentials may not list, it does not wait at all.
    ///
    /// # Errors
    /// As [`upload_status`](Self::upload_status).
    pub async fn wait_for(&self, receipt: &Receipt<Object>, timeout: Duration) -> Result<UploadStatus, Error> {
        let start = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let status = self.upload_status(receipt).await?;
            let left = timeout.saturating_sub(start.elapsed());
            if status.is_final() || status == DENIED || left.is_zero() {
                return Ok(status);
            }
            sleep(wait.min(left)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

impl Parts {
    pub(super) fn status<'f>(&'f self, bucket: &'f str, key: &'f str) -> Boxed<'f, UploadStatus> {
        Box::pin(async move {
            let store = self.store().await?;
            let seen = attempts(&self.retry, async |_| match look(store, bucket, key).await {
                Ok(status) => Ok(status),
                Err((Reason::Denied, _)) => Ok(DENIED),
                Err((_, failure)) => Err(failure),
            });
            Ok(seen.await?.value)
        })
    }
}

async fn look(store: &Store, bucket: &str, key: &str) -> Result<UploadStatus, (Reason, Failure)> {
    let stem = key.strip_suffix(".json").unwrap_or(key);
    // It may be moved between two looks, but not back.
    if let Some(archived) = archived(store, bucket, stem, false).await? {
        return Ok(archived);
    }
    let (there, _) = store.list(bucket, key, None).await?;
    if there.iter().any(|found| found == key) {
        return Ok(UploadStatus::Pending);
    }
    Ok(archived(store, bucket, stem, true).await?.unwrap_or(NOWHERE))
}

/// The object under `success` or `failure`. How the date is put into its name is not documented: after the stem is tried
/// first, and everything only if `thorough`.
async fn archived(
    store: &Store,
    bucket: &str,
    stem: &str,
    thorough: bool,
) -> Result<Option<UploadStatus>, (Reason, Failure)> {
    let mut all_seen = true;
    for (folder, status) in [("success", true), ("failure", false)] {
        let found = |key: String| match status {
            true => UploadStatus::Success { key },
            false => UploadStatus::Failure { key },
        };
        let prefix = if thorough { format!("{folder}/") } else { format!("{folder}/{stem}") };
        let (mut seen, mut after) = (0, None);
        loop {
            let (keys, next) = store.list(bucket, &prefix, after).await?;
            seen += keys.len();
            if let Some(key) = keys.into_iter().find(|key| key.contains(stem)) {
                return Ok(Some(found(key)));
            }
            after = next;
            if after.is_none() {
                break;
            }
            if seen >= LOOKED_AT {
                all_seen = false;
                break;
            }
        }
    }
    Ok((!all_seen).then_some(TOO_MANY))
}
