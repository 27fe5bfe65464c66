//! The one error of this crate.

mod answer;
#[cfg(feature = "writer")]
mod file;
mod local;
#[cfg(feature = "s3")]
mod store;
mod transport;
#[cfg(feature = "writer")]
mod writer;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use qlower_core::ValidationError;
#[cfg(feature = "writer")]
use qlower_core::check::ItemError;
use qlower_core::reply::Rejection;

use crate::receipt::Certainty;

pub use crate::config_error::ConfigError;
#[cfg(feature = "rest")]
pub(crate) use answer::Problem;
pub use answer::{ApiError, UnreadableReply};
#[cfg(feature = "writer")]
pub use file::FileError;
pub use local::TooLargeError;
#[cfg(feature = "s3")]
pub(crate) use store::Refusal;
#[cfg(feature = "s3")]
pub use store::StoreError;
pub use transport::{Stage, TimeoutError, TransportError};
#[cfg(feature = "writer")]
pub use writer::{BatchError, WriterError};

/// Why a payload was not sent, or what became of it is not known.
///
/// It holds neither content of the payload nor a secret. `Display` tells the failure of the last attempt; what caused
/// that is in `source()`, each layer speaking for itself. A [`ValidationError`] converts into it, so one `?` serves
/// the check and the sending.
///
/// # Example: what to do with a failure
/// ```no_run
/// use qlower_client::{Certainty, Checked, Client};
///
/// # async fn example(client: Client, checked: Checked) {
/// match client.send(&checked).await {
///     Ok(receipt) => println!("treated after {} attempts", receipt.attempts()),
///     Err(error) if error.certainty() == Certainty::Unknown => println!("send it again later: {error}"),
///     Err(error) if error.is_retryable() => println!("nothing has happened at Qlower; try again later: {error}"),
///     Err(error) => println!("to be corrected: {error}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retryable: bool,
    trail: Trail,
}

/// What led to an error on the way.
#[derive(Clone, Copy)]
pub(crate) struct Trail {
    pub(crate) certainty: Certainty,
    pub(crate) attempts: u32,
    pub(crate) duration: Duration,
    pub(crate) retry_after: Option<Duration>,
}

/// What kind of failure it is, with its particulars.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The payload has errors. Nothing was sent.
    Validation(ValidationError),
    /// A setting cannot be used, or does not fit the payload. Nothing was sent.
    Config(ConfigError),
    /// The payload is larger than the limit set here. Nothing was sent.
    TooLarge(TooLargeError),
    /// No connection, or it broke.
    Transport(TransportError),
    /// Time was up.
    Timeout(TimeoutError),
    /// The server answered with a status other than 2xx.
    Api(ApiError),
    /// The server answered with a 2xx status, but its reply cannot be read.
    UnreadableReply(UnreadableReply),
    /// An item given to a `PayloadWriter` has an error. It was not taken, the others are not concerned.
    #[cfg(feature = "writer")]
    Item(ItemError),
    /// A `PayloadWriter` does not take an item, or takes none any more.
    #[cfg(feature = "writer")]
    Writer(WriterError),
    /// A folder cannot be written to or read as a batch.
    #[cfg(feature = "writer")]
    Batch(BatchError),
    /// A file or folder on this machine could not be used.
    #[cfg(feature = "writer")]
    File(FileError),
    /// The S3 store refused, or failed.
    #[cfg(feature = "s3")]
    Store(StoreError),
}

impl Error {
    /// A failure before anything was sent.
    pub(crate) fn local(kind: impl Into<ErrorKind>) -> Self {
        let trail =
            Trail { certainty: Certainty::NotProcessed, attempts: 0, duration: Duration::ZERO, retry_after: None };
        Self::on_the_way(kind.into(), false, trail)
    }

    pub(crate) fn on_the_way(kind: ErrorKind, retryable: bool, trail: Trail) -> Self {
        Self(Box::new(Inner { kind, retryable, trail }))
    }

    /// The kind of failure; of the last attempt if there were several.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The kind of failure, by value.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    /// Whether Qlower has treated the payload, over all attempts.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.0.trail.certainty
    }

    /// How many attempts were made; 0 if the failure came before the first.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0.trail.attempts
    }

    /// The time from the start of the first attempt to the failure, waits included.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.0.trail.duration
    }

    /// How long the last answer asked to wait before another try (`Retry-After`).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.trail.retry_after
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            ErrorKind::Api(error) => Some(error.status()),
            ErrorKind::UnreadableReply(error) => Some(error.status()),
            #[cfg(feature = "s3")]
            ErrorKind::Store(error) => Some(error.status()),
            _ => None,
        }
    }

    /// The answer of a refusal (any status other than 2xx), if there was one.
    #[must_use]
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self.kind() {
            ErrorKind::Api(error) => Some(error.rejection()),
            _ => None,
        }
    }

    /// Whether the same payload may succeed later, unchanged and with the same settings.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether the payload has errors, so that nothing was sent; or an item has, so that it was not taken.
    #[must_use]
    pub const fn is_validation(&self) -> bool {
        match self.kind() {
            ErrorKind::Validation(_) => true,
            #[cfg(feature = "writer")]
            ErrorKind::Item(_) => true,
            _ => false,
        }
    }

    /// Whether a folder holds no finished batch, so that it has to be written again.
    #[cfg(feature = "writer")]
    #[must_use]
    pub const fn is_unfinished_batch(&self) -> bool {
        matches!(self.kind(), ErrorKind::Batch(BatchError::Unfinished { .. }))
    }

    /// Whether a folder holds a finished batch already, which is to be uploaded rather than written again.
    #[cfg(feature = "writer")]
    #[must_use]
    pub const fn is_finished_batch(&self) -> bool {
        matches!(self.kind(), ErrorKind::Batch(BatchError::AlreadyFinished { .. }))
    }

    /// Whether a setting cannot be used, or does not fit the payload.
    #[must_use]
    pub const fn is_config(&self) -> bool {
        matches!(self.kind(), ErrorKind::Config(_))
    }

    /// Whether the payload is too large: for the limit set here, or for the server (413).
    ///
    /// [`Checked::split`](qlower_core::Checked::split) cuts it into parts for [`Client::send_all`](crate::Client::send_all). A
    /// server that refuses parts as well wants smaller ones. Or upload it to S3.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind(), ErrorKind::TooLarge(_)) || matches!(self.status(), Some(413))
    }

    /// Whether time was up, for the connection or for the whole request.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout(_))
    }

    /// Whether there was no connection: name, TCP, proxy or TLS, time-outs included.
    #[must_use]
    pub const fn is_connect(&self) -> bool {
        match self.kind() {
            ErrorKind::Transport(error) => error.stage().is_connecting(),
            ErrorKind::Timeout(error) => error.stage().is_connecting(),
            _ => false,
        }
    }

    /// Whether the server refused the payload as a whole: a 4xx status. From a store, a redirection is a refusal too.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        match self.kind() {
            ErrorKind::Api(error) => matches!(error.status(), 400..=499),
            #[cfg(feature = "s3")]
            ErrorKind::Store(error) => matches!(error.status(), 300..=499),
            _ => false,
        }
    }

    /// Whether the server failed: a 5xx status.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        match self.kind() {
            ErrorKind::Api(error) => matches!(error.status(), 500..=599),
            #[cfg(feature = "s3")]
            ErrorKind::Store(error) => matches!(error.status(), 200..=299 | 500..=599),
            _ => false,
        }
    }
}

impl ErrorKind {
    fn layer(&self) -> &(dyn StdError + 'static) {
        match self {
            Self::Validation(error) => error,
            Self::Config(error) => error,
            Self::TooLarge(error) => error,
            Self::Transport(error) => error,
            Self::Timeout(error) => error,
            Self::Api(error) => error,
            Self::UnreadableReply(error) => error,
            #[cfg(feature = "writer")]
            Self::Item(error) => error,
            #[cfg(feature = "writer")]
            Self::Writer(error) => error,
            #[cfg(feature = "writer")]
            Self::Batch(error) => error,
            #[cfg(feature = "writer")]
            Self::File(error) => error,
            #[cfg(feature = "s3")]
            Self::Store(error) => error,
        }
    }
}

/// For log lines: without the server's own words, which may repeat what was sent.
pub(crate) struct Discreet<'k>(pub(crate) &'k ErrorKind);

impl fmt::Display for Discreet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::Api(error) => write!(f, "HTTP {}", error.status()),
            other => other.fmt(f),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.layer(), f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trail { certainty, attempts, retry_after, .. } = self.0.trail;
        self.kind().fmt(f)?;
        if attempts > 1 {
            write!(f, "; {attempts} attempts were made")?;
        }
        if certainty == Certainty::Unknown {
            f.write_str("; the payload may have been processed")?;
        }
        if let Some(wait) = retry_after {
            write!(f, "; the server asks to wait {} s before another try", wait.as_secs_f64().ceil())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", self.kind())
            .field("certainty", &self.certainty())
            .field("attempts", &self.attempts())
            .field("retryable", &self.is_retryable())
            .field("retry_after", &self.retry_after())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    /// The kind's own cause: the kind itself is what `Display` has already told.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.kind().layer().source()
    }
}

#[cfg(feature = "s3")]
impl From<StoreError> for ErrorKind {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

macro_rules! kinds {
    ($($variant:ident($type:ty)),* $(,)?) => {$(
        impl From<$type> for ErrorKind {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

kinds! {
    Validation(ValidationError),
    Config(ConfigError),
    TooLarge(TooLargeError),
    Transport(TransportError),
    Timeout(TimeoutError),
    Api(ApiError),
    UnreadableReply(UnreadableReply),
}

#[cfg(feature = "writer")]
kinds! {
    Item(ItemError),
    Writer(WriterError),
    Batch(BatchError),
    File(FileError),
}

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Self::local(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_costs_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn it_crosses_threads_and_fits_every_error_box() {
        fn usable<T: StdError + Send + Sync + 'static>() {}
        usable::<Error>();
    }
}
