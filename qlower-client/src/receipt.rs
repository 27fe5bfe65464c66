//! What is known after sending.

use std::fmt;
use std::time::Duration;

use qlower_core::reply::Reply;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

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

/// The answer to a payload that was sent, and how it came about.
///
/// As JSON it has the keys `certainty`, `attempts`, `duration_seconds`, `payload_sha256`,
/// `earlier_attempt_may_have_been_processed` and `reply`.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub(crate) certainty: Certainty,
    pub(crate) attempts: u32,
    pub(crate) duration: Duration,
    pub(crate) payload_sha256: String,
    pub(crate) earlier_attempt_may_have_been_processed: bool,
    pub(crate) reply: Reply,
}

impl Receipt {
    /// Whether Qlower has treated the payload.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// How many attempts were made, from 1.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The time from the start of the first attempt to the end of the reply, waits included.
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

    /// What Qlower answered, its errors tied to the items that were sent.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        &self.reply
    }

    /// The reply alone.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        self.reply
    }
}

impl Serialize for Receipt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Receipt", 6)?;
        object.serialize_field("certainty", &self.certainty)?;
        object.serialize_field("attempts", &self.attempts)?;
        object.serialize_field("duration_seconds", &self.duration.as_secs_f64())?;
        object.serialize_field("payload_sha256", &self.payload_sha256)?;
        object.serialize_field(
            "earlier_attempt_may_have_been_processed",
            &self.earlier_attempt_may_have_been_processed,
        )?;
        object.serialize_field("reply", &self.reply)?;
        object.end()
    }
}
