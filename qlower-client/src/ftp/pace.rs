//! When a delivery may connect, if others are under way beside it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::ftp::failure::Failure;
use crate::ftp::session::{Session, Taken, Target};

/// What a delivery tells those who share its machine and line, and where it waits for them.
#[async_trait]
pub(crate) trait Pace: Send + Sync {
    /// Waits until it may connect: once before each attempt.
    async fn turn(&self);

    /// The server has answered.
    fn answered(&self);

    /// The connection has taken so many bytes of the file that is under way.
    fn took(&self, bytes: u64);

    /// The attempt is over and its connection closed: others may connect.
    fn rest(&self);
}

/// One attempt's turn, from before it connects until it is dropped, which has to be after its connection. A delivery that is alone
/// need not wait for it.
pub(crate) struct Turn(Option<Arc<dyn Pace>>);

impl Turn {
    pub(crate) async fn wait(pace: Option<&Arc<dyn Pace>>) -> Self {
        if let Some(pace) = pace {
            pace.turn().await;
        }
        Self(pace.cloned())
    }

    /// The same connection, of which the others hear.
    pub(crate) fn heard(&self, session: Box<dyn Session>) -> Box<dyn Session> {
        match &self.0 {
            Some(pace) => {
                pace.answered();
                Box::new(Heard { session, pace: Arc::clone(pace) })
            }
            None => session,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(pace) = &self.0 {
            pace.rest();
        }
    }
}

struct Heard {
    session: Box<dyn Session>,
    pace: Arc<dyn Pace>,
}

#[async_trait]
impl Session for Heard {
    async fn size(&mut self, path: &str) -> Result<Option<u64>, Failure> {
        let answer = self.session.size(path).await;
        self.pace.answered();
        answer
    }

    async fn make_folder(&mut self, path: &str) -> Result<(), Failure> {
        let answer = self.session.make_folder(path).await;
        self.pace.answered();
        answer
    }

    async fn store(
        &mut self,
        target: Target<'_>,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure> {
        let Self { session, pace } = self;
        let heard = &mut |bytes| {
            pace.took(bytes);
            taken(bytes);
        };
        let answer = session.store(target, content, heard).await;
        pace.answered();
        answer
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<(), Failure> {
        let answer = self.session.rename(from, to, replace).await;
        self.pace.answered();
        answer
    }

    async fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let answer = self.session.remove(path).await;
        self.pace.answered();
        answer
    }

    fn resumes(&self) -> bool {
        self.session.resumes()
    }

    fn protection(&self) -> Option<String> {
        self.session.protection()
    }

    async fn close(self: Box<Self>) {
        self.session.close().await;
    }
}
