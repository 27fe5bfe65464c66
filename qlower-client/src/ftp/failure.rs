//! A failure of one operation of a connection, and the judgement on it: the engine reads that, and decides nothing by itself.

use std::error::Error as StdError;
use std::time::Duration;

use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::wording::Wording;

/// A failure of one operation of a connection.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) kind: ErrorKind,
    /// Whether the same operation may succeed on a new connection.
    pub(crate) retryable: bool,
    /// Whether the connection is of no further use.
    pub(crate) broken: bool,
    /// Whether the server may have done what was asked of it all the same.
    pub(crate) perhaps_done: bool,
    /// The file or folder on the server that was concerned. The engine fills it in.
    pub(crate) path: Option<Box<str>>,
}

impl Failure {
    /// No connection, or it broke.
    pub(crate) fn transport(stage: Stage, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::broken(stage, ErrorKind::Transport(source.into()), true)
    }

    /// Time was up. The connection is not used any more: an answer that comes late would be taken for that to another question.
    pub(crate) fn timeout(stage: Stage, limit: Duration) -> Self {
        Self::broken(stage, ErrorKind::Timeout(limit), true)
    }

    /// Who the server is could not be verified.
    pub(crate) fn untrusted(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::broken(Stage::Secure, ErrorKind::Untrusted(source.into()), false)
    }

    /// The server refused, and the connection stands.
    pub(crate) const fn refused(stage: Stage, code: u32, meaning: Wording, retryable: bool) -> Self {
        let kind = ErrorKind::Refused { code, meaning };
        Self { stage, kind, retryable, broken: false, perhaps_done: false, path: None }
    }

    /// A failure after which the connection is of no further use. If that is in the middle of a renaming, the server may have done it;
    /// a file is there only if all of it was handed over, which is for the connection to say.
    pub(crate) const fn broken(stage: Stage, kind: ErrorKind, retryable: bool) -> Self {
        let perhaps_done = matches!(stage, Stage::Rename);
        Self { stage, kind, retryable, broken: true, perhaps_done, path: None }
    }

    /// A setting does not fit what the server offers.
    pub(crate) fn config(stage: Stage, setting: &'static str, problem: impl Into<Wording>) -> Self {
        let kind = ErrorKind::Config { setting, problem: problem.into() };
        Self { stage, kind, retryable: false, broken: false, perhaps_done: false, path: None }
    }

    pub(crate) fn of(mut self, path: &str) -> Self {
        self.path.get_or_insert_with(|| path.into());
        self
    }
}
