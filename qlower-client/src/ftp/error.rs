//! Why a delivery did not come to its end.

mod cause;
mod message;

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use qlower_core::Lang;
use qlower_core::naming::NamingError;
use serde::ser::{Serialize, Serializer};

use crate::ftp::failure::Failure;
use crate::ftp::receipt::Receipt;
use crate::ftp::wording::Wording;
use crate::receipt::Certainty;

pub(crate) use cause::system;

/// How far a delivery had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Looking up the host's address.
    Resolve,
    /// Connecting, up to the server's greeting.
    Connect,
    /// Agreeing on TLS or SSH, and checking who the server is.
    Secure,
    /// Logging in.
    Login,
    /// Making folders.
    Folder,
    /// Sending a file.
    Transfer,
    /// Asking for a file's size.
    Verify,
    /// Giving a file its name.
    Rename,
}

impl Stage {
    /// All of them, in their order.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) const ALL: [Self; 8] = [
        Self::Resolve,
        Self::Connect,
        Self::Secure,
        Self::Login,
        Self::Folder,
        Self::Transfer,
        Self::Verify,
        Self::Rename,
    ];

    /// Whether there was no connection yet on which a login is possible.
    #[must_use]
    pub const fn is_connecting(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Secure)
    }

    /// Its name: `resolve`, `connect`, `secure`, `login`, `folder`, `transfer`, `verify` or `rename`.
    ///
    /// ```
    /// assert_eq!(qlower_client::ftp::Stage::Secure.as_str(), "secure");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Secure => "secure",
            Self::Login => "login",
            Self::Folder => "folder",
            Self::Transfer => "transfer",
            Self::Verify => "verify",
            Self::Rename => "rename",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What kind of failure it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting cannot be used.
    Config {
        /// The setting, by its name in the builder.
        setting: &'static str,
        /// What is wrong with it.
        problem: Wording,
    },
    /// Names that cannot be made, or not be used. Nothing was connected.
    Naming(Vec<NamingError>),
    /// A file on this machine could not be read.
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No connection, or it broke.
    Transport(Box<dyn StdError + Send + Sync>),
    /// Time was up.
    Timeout(Duration),
    /// The server refused, with this reply code (FTP) or status (SFTP).
    Refused {
        /// The code.
        code: u32,
        /// What it means, in the SDK's words: servers' own may repeat what was sent.
        meaning: Wording,
    },
    /// Who the server is could not be verified: certificate or host key.
    Untrusted(Box<dyn StdError + Send + Sync>),
    /// The server wants the data connection to continue the TLS session of the control connection, and did not accept what was
    /// offered.
    SessionReuse,
    /// What stands on the server has another size than what was sent.
    SizeDiffers {
        /// Bytes sent.
        sent: u64,
        /// Bytes there.
        there: u64,
    },
    /// A file of this name is there already, and was to be left.
    Exists,
}

impl ErrorKind {
    /// Its name: `config`, `naming`, `file`, `transport`, `timeout`, `refused`, `untrusted`, `session_reuse`, `size_differs` or
    /// `exists`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Config { .. } => "config",
            Self::Naming(_) => "naming",
            Self::File { .. } => "file",
            Self::Transport(_) => "transport",
            Self::Timeout(_) => "timeout",
            Self::Refused { .. } => "refused",
            Self::Untrusted(_) => "untrusted",
            Self::SessionReuse => "session_reuse",
            Self::SizeDiffers { .. } => "size_differs",
            Self::Exists => "exists",
        }
    }
}

/// Why a delivery did not come to its end; with the [`Receipt`] of what did.
///
/// It holds neither a secret nor what the server said in its own words. `Display` tells the failure of the last attempt; what
/// caused that is in `source()`, each layer speaking for itself.
///
/// # Example: what to do with a failure
/// ```no_run
/// use qlower_client::ftp::{self, Destination, Outgoing, Variables};
///
/// # async fn example(destination: Destination, files: Vec<Outgoing>, variables: Variables) {
/// match ftp::deliver(&destination, &files, &variables).await {
///     Ok(receipt) => println!("{} files are there", receipt.files.len()),
///     Err(error) if error.is_retryable() => println!("again later, what is there is not sent again: {error}"),
///     Err(error) => println!("to be corrected: {error}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    stage: Option<Stage>,
    kind: ErrorKind,
    retryable: bool,
    peer: Box<str>,
    path: Option<Box<str>>,
    receipt: Receipt,
}

impl Error {
    /// A failure before anything was connected.
    pub(crate) fn local(kind: ErrorKind) -> Self {
        let receipt = Receipt::nothing();
        Self(Box::new(Inner { stage: None, kind, retryable: false, peer: "".into(), path: None, receipt }))
    }

    pub(crate) fn config(setting: &'static str, problem: impl Into<Wording>) -> Self {
        Self::local(ErrorKind::Config { setting, problem: problem.into() })
    }

    pub(crate) fn on_the_way(failure: Failure, peer: &str, receipt: Receipt) -> Self {
        let Failure { stage, kind, retryable, path, .. } = failure;
        let stage = (!matches!(kind, ErrorKind::File { .. })).then_some(stage);
        Self(Box::new(Inner { stage, kind, retryable, peer: peer.into(), path, receipt }))
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

    /// How far the last attempt had come; `None` if it failed on this machine.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        self.0.stage
    }

    /// The file or folder on the server that was concerned, if one was.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The reply code (FTP) or status (SFTP), if the server refused.
    #[must_use]
    pub const fn reply_code(&self) -> Option<u32> {
        match self.kind() {
            ErrorKind::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What became of each file all the same.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.0.receipt
    }

    /// Whether all files stand on the server, over all attempts; see [`Receipt::certainty`].
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.0.receipt.certainty
    }

    /// How many connections were tried; 0 if the failure came before the first.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0.receipt.attempts
    }

    /// The time from the start of the first attempt to the failure, waits included.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.0.receipt.duration
    }

    /// Whether the same delivery may succeed later, unchanged and with the same settings.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether a setting cannot be used.
    #[must_use]
    pub const fn is_config(&self) -> bool {
        matches!(self.kind(), ErrorKind::Config { .. })
    }

    /// Whether names cannot be made or used.
    #[must_use]
    pub const fn is_naming(&self) -> bool {
        matches!(self.kind(), ErrorKind::Naming(_))
    }

    /// Whether time was up.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout(_))
    }

    /// Whether there was no connection: name, TCP, TLS or SSH, time-outs and identities that are not trusted included.
    #[must_use]
    pub const fn is_connect(&self) -> bool {
        matches!(self.stage(), Some(stage) if stage.is_connecting())
    }

    /// Whether the server did not accept user and password, or key.
    #[must_use]
    pub const fn is_login(&self) -> bool {
        matches!((self.stage(), self.kind()), (Some(Stage::Login), ErrorKind::Refused { .. }))
    }

    /// Whether the server could not prove who it is: certificate or host key.
    #[must_use]
    pub const fn is_untrusted(&self) -> bool {
        matches!(self.kind(), ErrorKind::Untrusted(_))
    }

    /// What failed, in one line; `Display` is the English one. What caused it is not in there: see
    /// [`message_with_causes`](Self::message_with_causes).
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        message::message(self, lang)
    }

    /// What failed and what caused it, in one line. What the system and libraries say in their own words is told in French as far as the
    /// SDK knows it, and else is English.
    #[must_use]
    pub fn message_with_causes(&self, lang: Lang) -> String {
        self.message(lang) + &cause::causes(self, lang)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("stage", &self.stage())
            .field("kind", self.kind())
            .field("path", &self.path())
            .field("certainty", &self.certainty())
            .field("attempts", &self.attempts())
            .field("retryable", &self.is_retryable())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.kind() {
            ErrorKind::Transport(source) | ErrorKind::Untrusted(source) => Some(&**source),
            ErrorKind::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
