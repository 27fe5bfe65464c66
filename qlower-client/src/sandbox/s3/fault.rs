//! Faults of the S3 side that a test can script.

use std::time::Duration;

use super::call::Call;
use super::record::S3Operation;
use crate::sandbox::names::names;

/// A way in which one request to the S3 side goes wrong; see [`Sandbox::fail_next_s3`](crate::sandbox::Sandbox::fail_next_s3).
///
/// Where nothing else is said a fault concerns any request, and nothing is stored. Refusals have the body that the real store
/// sends, with access key, request id and host id in it, so that a test can see what of it comes out of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S3Fault {
    /// Answers `503 SlowDown`.
    SlowDown,
    /// Answers `500 InternalError`.
    InternalError,
    /// Completes nothing, and says so as the store does when it has begun to answer: `200 OK` with an error as its body.
    /// Concerns CompleteMultipartUpload.
    InternalErrorInside200,
    /// Answers `403 AccessDenied`.
    AccessDenied,
    /// Answers `403 InvalidAccessKeyId`.
    InvalidAccessKeyId,
    /// Answers `403 SignatureDoesNotMatch`.
    SignatureDoesNotMatch,
    /// Answers `400 ExpiredToken`.
    ExpiredToken,
    /// Answers `403 RequestTimeTooSkewed`.
    RequestTimeTooSkewed,
    /// Answers `404 NoSuchBucket`.
    NoSuchBucket,
    /// Answers `301 PermanentRedirect`.
    PermanentRedirect {
        /// Where the bucket is said to be: the header `x-amz-bucket-region`.
        region: String,
    },
    /// Answers `412 PreconditionFailed`. Concerns PutObject and CompleteMultipartUpload.
    PreconditionFailed,
    /// Answers `409 ConditionalRequestConflict`, as to one of two conditional writes at the same time. Concerns PutObject and
    /// CompleteMultipartUpload.
    ConditionalRequestConflict,
    /// Answers `501 NotImplemented`, as a store does that knows no conditional writes. Concerns PutObject and
    /// CompleteMultipartUpload with `If-None-Match`.
    NotImplemented,
    /// Resets the connection (TCP RST) when half of this part's body has arrived. Concerns UploadPart.
    ResetDuringPart {
        /// Number of the part, from 1.
        part_number: u32,
    },
    /// Resets the connection (TCP RST) when half of the body has arrived. Concerns PutObject.
    ResetDuringPut,
    /// Stores the object, then resets the connection (TCP RST) instead of answering. Concerns a PutObject that succeeds.
    LostPutReply,
    /// Completes the upload, then resets the connection (TCP RST) instead of answering. Concerns a CompleteMultipartUpload that
    /// succeeds.
    LostCompleteReply,
    /// Does what was asked, and answers late. Concerns a request that succeeds.
    Slow {
        /// How late.
        delay: Duration,
    },
    /// Reads the request and never answers, until the client gives up.
    Timeout,
    /// The store is gone before it has read the body: the port is closed and every connection reset, until
    /// [`Sandbox::restore_s3`](crate::sandbox::Sandbox::restore_s3).
    Vanish,
}

names! { S3Fault:
    "slow_down" = SlowDown,
    "internal_error" = InternalError,
    "internal_error_inside_200" = InternalErrorInside200,
    "access_denied" = AccessDenied,
    "invalid_access_key_id" = InvalidAccessKeyId,
    "signature_does_not_match" = SignatureDoesNotMatch,
    "expired_token" = ExpiredToken,
    "request_time_too_skewed" = RequestTimeTooSkewed,
    "no_such_bucket" = NoSuchBucket,
    "precondition_failed" = PreconditionFailed,
    "conditional_request_conflict" = ConditionalRequestConflict,
    "not_implemented" = NotImplemented,
    "reset_during_put" = ResetDuringPut,
    "lost_put_reply" = LostPutReply,
    "lost_complete_reply" = LostCompleteReply,
    "timeout" = Timeout,
    "vanish" = Vanish,
    with
    "permanent_redirect" = Self::PermanentRedirect { .. },
    "reset_during_part" = Self::ResetDuringPart { .. },
    "slow" = Self::Slow { .. },
}

/// The two moments at which a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The request's head has come.
    Arrival,
    /// It was done successfully; the answer is not yet sent.
    Done,
}

impl S3Fault {
    fn moment(&self) -> Moment {
        match self {
            Self::LostPutReply | Self::LostCompleteReply | Self::Slow { .. } => Moment::Done,
            _ => Moment::Arrival,
        }
    }

    fn concerns(&self, call: &Call) -> bool {
        let operation = call.operation;
        match self {
            Self::InternalErrorInside200 | Self::LostCompleteReply => operation == S3Operation::CompleteMultipartUpload,
            Self::PreconditionFailed | Self::ConditionalRequestConflict => operation.commits(),
            Self::NotImplemented => operation.commits() && call.conditional,
            Self::ResetDuringPart { part_number } => {
                operation == S3Operation::UploadPart && call.part_number == Some(*part_number)
            }
            Self::ResetDuringPut | Self::LostPutReply => operation == S3Operation::PutObject,
            _ => true,
        }
    }
}

/// A fault that waits for its request.
#[derive(Clone, Debug)]
pub(super) struct Scripted {
    pub(super) fault: S3Fault,
    /// Only on this operation, if one was named.
    pub(super) on: Option<S3Operation>,
}

impl Scripted {
    pub(super) fn strikes(&self, call: &Call, moment: Moment) -> bool {
        self.fault.moment() == moment
            && self.on.is_none_or(|operation| operation == call.operation)
            && self.fault.concerns(call)
    }
}
