//! What the engine of deliveries asks of a connection, whatever its protocol.

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::ftp::failure::Failure;

/// Told while a file goes out: how many of its bytes the connection has taken, those before the offset included.
pub(crate) type Taken<'t> = &'t mut (dyn FnMut(u64) + Send);

/// Where a file is written.
#[derive(Clone, Copy)]
pub(crate) struct Target<'p> {
    pub(crate) path: &'p str,
    /// With 0 it is made anew, else what stands before the offset is kept.
    pub(crate) offset: u64,
    /// Whether nobody else writes there: then what is appended surely follows upon what was sent before.
    #[cfg_attr(not(feature = "ftp"), allow(dead_code, reason = "SFTP writes where it is told to"))]
    pub(crate) alone: bool,
}

/// A connection that is logged in. Paths are whole: with the folders, as seen from where the login lands.
///
/// Every operation has its own time limit, and one that failed by [`Failure::broken`] leaves a connection of no further use.
#[async_trait]
pub(crate) trait Session: Send {
    /// How many bytes a file has, or `None` if there is none. A server that cannot tell is a failure (`Stage::Verify`).
    async fn size(&mut self, path: &str) -> Result<Option<u64>, Failure>;

    /// Makes a folder, whose parent exists. One that is there already is no failure.
    async fn make_folder(&mut self, path: &str) -> Result<(), Failure>;

    /// Writes a file from an offset on, at which `content` begins. It has succeeded once the server has acknowledged the whole.
    async fn store(
        &mut self,
        target: Target<'_>,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure>;

    /// Gives a file its name. With `replace`, a file of that name is replaced, if need be by removing it first.
    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<(), Failure>;

    /// Removes a file. One that is not there is no failure.
    async fn remove(&mut self, path: &str) -> Result<(), Failure>;

    /// Whether `store` can go on from an offset.
    fn resumes(&self) -> bool;

    /// Of a file of this size that was left by a connection that broke: how many bytes surely are what was sent. Servers that are
    /// sent several pieces at once need not have written them in order.
    fn certain(&self, size: u64) -> u64 {
        size
    }

    /// What protects the connection, such as `TLS 1.3` or `SSH, ssh-ed25519 SHA256:…`; `None` if nothing does.
    fn protection(&self) -> Option<String>;

    /// Takes leave. What it answers does not matter.
    async fn close(self: Box<Self>);
}
