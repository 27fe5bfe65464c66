//! What is known after sending.

use std::fmt;
use std::time::Duration;

use qlower_core::reply::Reply;
use serde::de::{self, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// Whether Qlower has treated a payload, as far as it could be seen from here.
///
/// | seen | certainty |
/// | --- | --- |
/// | a readable reply with a 2xx status, whatever became of the items | `Processed` |
/// | no connection: name, TCP, TLS, proxy | `NotProcessed` |
/// | the connection broke, or time was up, before the transport had taken the whole payload | `NotProcessed` |
/// | a 4xx status: refused as a whole (408: it had not arrived completely; 425, 429: put off) | `NotProcessed` |
/// | a redirection that keeps the method (307, 308) | `NotProcessed` |
/// | the connection broke, or time was up, after the transport had taken the payload | `Unknown` |
/// | a 5xx status: the payload had arrived, and may have been treated in part | `Unknown` |
/// | any other redirection, or a 2xx whose reply is cut off, too large or unreadable | `Unknown` |
///
/// With several attempts an error has the least favourable of their certainties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// Surely not treated: nothing has changed at Qlower.
    NotProcessed,
    /// Perhaps treated. Sending again does no harm: what exists is not created again.
    Unknown,
    /// Treated: the reply says what became of each item.
    Processed,
}

impl Certainty {
    /// `processed`, `not_processed` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotProcessed => "not_processed",
            Self::Unknown => "unknown",
            Self::Processed => "processed",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Certainty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Certainty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = [Self::NotProcessed, Self::Unknown, Self::Processed];
        let found = known.into_iter().find(|certainty| certainty.as_str() == word);
        found.ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&word), &"a certainty"))
    }
}

/// What is known of a payload that was delivered.
///
/// `O` is what came of it: the [`Reply`] to what was sent by REST, or the `Object` that an upload made.
///
/// As JSON it has the keys `certainty`, `attempts`, `duration_seconds`, `payload_sha256`,
/// `earlier_attempt_may_have_been_processed`, and those of the outcome: `reply`, or `bucket`, `key`, `etag`, `size` and
/// `already_there`.
#[derive(Clone, Debug)]
pub struct Receipt<O = Reply> {
    pub(crate) certainty: Certainty,
    pub(crate) attempts: u32,
    pub(crate) duration: Duration,
    pub(crate) payload_sha256: String,
    pub(crate) earlier_attempt_may_have_been_processed: bool,
    pub(crate) outcome: O,
}

impl<O> Receipt<O> {
    /// Whether Qlower has treated the payload, or for an upload: whether the store has it, whole.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// How many attempts were made, from 1. For an upload in parts, the most that any one request took.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The time from the start of the first attempt to the end of the answer, waits included.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// SHA-256 of the bytes that were sent, in lower-case hexadecimal digits.
    #[must_use]
    pub fn payload_sha256(&self) -> &str {
        &self.payload_sha256
    }

    /// Whether an attempt before the last one may have been treated too. Its items are then not created twice, but
    /// the counts of this reply may reflect that they existed already.
    #[must_use]
    pub const fn earlier_attempt_may_have_been_processed(&self) -> bool {
        self.earlier_attempt_may_have_been_processed
    }
}

impl Receipt {
    /// What Qlower answered, its errors tied to the items that were sent.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        &self.outcome
    }

    /// The reply alone.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        self.outcome
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.common(&mut map)?;
        map.serialize_entry("reply", &self.outcome)?;
        map.end()
    }
}

impl<O> Receipt<O> {
    fn common<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("certainty", &self.certainty)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("duration_seconds", &self.duration.as_secs_f64())?;
        map.serialize_entry("payload_sha256", &self.payload_sha256)?;
        map.serialize_entry("earlier_attempt_may_have_been_processed", &self.earlier_attempt_may_have_been_processed)
    }
}

/// The S3 object that holds an uploaded payload.
#[cfg(feature = "s3")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Object {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) etag: Option<String>,
    pub(crate) size: u64,
    pub(crate) already_there: bool,
}

#[cfg(feature = "s3")]
impl Receipt<Object> {
    /// Name of the bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.outcome.bucket
    }

    /// Key of the object in the bucket; see [`object_key`](qlower_core::address::object_key).
    #[must_use]
    pub fn key(&self) -> &str {
        &self.outcome.key
    }

    /// The store's tag of the content, with its quotation marks. `None` if an earlier upload, or an attempt whose answer was
    /// lost, made the object: the store then does not tell.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.outcome.etag.as_deref()
    }

    /// Bytes of the object.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.outcome.size
    }

    /// Whether the object, which has this content's hash in its key, was there before the last attempt.
    #[must_use]
    pub const fn already_there(&self) -> bool {
        self.outcome.already_there
    }
}

#[cfg(feature = "s3")]
impl Serialize for Receipt<Object> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.common(&mut map)?;
        map.serialize_entry("bucket", self.bucket())?;
        map.serialize_entry("key", self.key())?;
        map.serialize_entry("etag", &self.etag())?;
        map.serialize_entry("size", &self.size())?;
        map.serialize_entry("already_there", &self.already_there())?;
        map.end()
    }
}

/// The receipt of an upload, as it was kept as JSON: enough to ask for its status in a later run.
///
/// ```no_run
/// use qlower_client::{Client, Object, Receipt};
///
/// # async fn example(client: Client, kept: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let receipt: Receipt<Object> = serde_json::from_str(kept)?;
/// println!("{}", client.upload_status(&receipt).await?);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "s3")]
impl<'de> Deserialize<'de> for Receipt<Object> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Kept {
            certainty: Certainty,
            attempts: u32,
            duration_seconds: f64,
            payload_sha256: String,
            earlier_attempt_may_have_been_processed: bool,
            #[serde(flatten)]
            object: Object,
        }
        let kept = Kept::deserialize(deserializer)?;
        Ok(Self {
            certainty: kept.certainty,
            attempts: kept.attempts,
            duration: Duration::try_from_secs_f64(kept.duration_seconds).map_err(de::Error::custom)?,
            payload_sha256: kept.payload_sha256,
            earlier_attempt_may_have_been_processed: kept.earlier_attempt_may_have_been_processed,
            outcome: kept.object,
        })
    }
}

#[cfg(all(test, feature = "s3"))]
mod tests {
    use super::*;

    #[test]
    fn the_receipt_of_an_upload_comes_back_from_its_json() {
        let object = Object {
            bucket: "ql-loader-stg-acme".to_owned(),
            key: "loader-1.json".to_owned(),
            etag: None,
            size: 7,
            already_there: true,
        };
        let receipt = Receipt {
            certainty: Certainty::Processed,
            attempts: 2,
            duration: Duration::from_millis(1500),
            payload_sha256: "ab".to_owned(),
            earlier_attempt_may_have_been_processed: true,
            outcome: object.clone(),
        };
        let json = serde_json::to_string(&receipt).unwrap();
        let again: Receipt<Object> = serde_json::from_str(&json).unwrap();
        assert_eq!(again.outcome, object);
        assert_eq!(serde_json::to_string(&again).unwrap(), json);

        for wrong in ["{}".to_owned(), json.replace("1.5", "-1.5"), json.replace("processed\"", "done\"")] {
            assert!(serde_json::from_str::<Receipt<Object>>(&wrong).is_err(), "{wrong}");
        }
    }
}
