//! The way by a temporary name, so that two who deliver the same at the same time do not disturb each other.
//!
//! A file is begun under a name that nobody else has: nobody ever cuts what another writes. A large one moves, as soon as there is
//! something of it, to a name that depends on name and content alone, where the next delivery finds it; that one goes on with it only
//! while nobody else does. Whose temporary file vanishes, or is not what was sent, begins once more under a name of its own.

use std::time::Duration;

use crate::ftp::engine::{Attempt, Place, Seen, Start, Task};
use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::protocol::Existing;
use crate::ftp::receipt::How;
use crate::ftp::stage::Staged;
use crate::ftp::wording::Wording;

/// From this size on a file is continued by another delivery too; a smaller one is as quickly sent again.
pub(crate) const CONTINUED: u64 = 16 * 1024 * 1024;

/// What of a large file is sent before it moves to where others find it.
const HEAD: u64 = 64 * 1024;

/// How long a file that another delivery has left must not grow. Longer than servers and lines usually stand still.
const STILL: Duration = Duration::from_secs(2);

const GONE: Wording = Wording::fixed("its temporary file is gone", "son fichier temporaire a disparu");

/// Where the bytes of a delivery stand, over all its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// None are there yet.
    Nowhere,
    /// Under a name of its own.
    Own(String),
    /// Where any delivery of the same content looks.
    Shared,
}

impl Part {
    pub(crate) fn name(&self, file: &Staged) -> String {
        match self {
            Self::Own(name) => name.clone(),
            Self::Nowhere | Self::Shared => file.shared(),
        }
    }

    /// Nobody else would ever find or remove it.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// What is there to be built upon.
enum There {
    Nothing,
    Bytes(u64),
    /// Another delivery is at it.
    Busy,
}

impl Attempt<'_> {
    pub(crate) async fn by_rename(
        &mut self,
        task: &mut Task,
        file: &Staged,
        place: Place,
    ) -> Result<(How, bool), Failure> {
        let result = match self.once(task, file, place, false).await {
            Ok(None) => {
                tracing::debug!(path = file.path(), "another delivery of the same content was there too: once more");
                self.once(task, file, place, true).await
            }
            result => result,
        };
        match result {
            Ok(Some(done)) => Ok(done),
            // Cannot be: the second time there is always an end.
            Ok(None) => Err(Failure::refused(Stage::Rename, 0, GONE, true)),
            Err(failure) => {
                if !failure.broken && !failure.retryable && task.part.is_own() {
                    // That it cannot be removed is of no more weight than the refusal.
                    if self.session.remove(&task.part.name(file)).await.is_ok() {
                        task.part = Part::Nowhere;
                    }
                }
                Err(failure)
            }
        }
    }

    /// `None`: another delivery of the same content has taken the temporary file. It does not come the second time.
    async fn once(
        &mut self,
        task: &mut Task,
        file: &Staged,
        place: Place,
        again: bool,
    ) -> Result<Option<(How, bool)>, Failure> {
        let fresh = task.part == Part::Nowhere;
        let there = match &task.part {
            Part::Nowhere if again || file.size() < CONTINUED => Seen::Nothing,
            part => self.look(&part.name(file)).await?,
        };
        if task.perhaps {
            // The reply to the renaming was lost. If the temporary file is gone and one of this size has the name, it was done.
            if matches!(there, Seen::Nothing)
                && matches!(self.look(file.path()).await?, Seen::Size(size) if size == file.size())
            {
                return Ok(Some((How::Stored, true)));
            }
            task.perhaps = false;
        }
        if let Some(kept) = self.existing(file).await? {
            if task.part.is_own() {
                self.tolerant(&task.part.name(file)).await?;
            }
            return Ok(Some(kept));
        }
        let there = match there {
            Seen::Size(size) if fresh => self.left(file, size).await?,
            Seen::Size(size) => There::Bytes(size),
            // Where no sizes are told, nobody can go on.
            Seen::Hidden => {
                if task.part.is_own() {
                    self.tolerant(&task.part.name(file)).await?;
                }
                There::Busy
            }
            Seen::Nothing if again => There::Busy,
            Seen::Nothing => There::Nothing,
        };
        let how = match there {
            There::Bytes(size) => self.go_on(task, file, size, place).await?,
            There::Nothing => self.begin(task, file, file.size() >= CONTINUED, place).await?,
            There::Busy => self.begin(task, file, false, place).await?,
        };
        let name = task.part.name(file);
        let mut verified = match self.verify(file, &name).await {
            Err(Failure { kind: ErrorKind::SizeDiffers { .. }, .. }) if task.part == Part::Shared && !again => {
                task.part = Part::Nowhere;
                return Ok(None);
            }
            result => result?,
        };
        let replace = self.settings.existing == Existing::Replace;
        if let Err(failure) = self.session.rename(&name, file.path(), replace).await {
            task.perhaps = failure.perhaps_done;
            if failure.broken {
                return Err(failure);
            }
            let refused = matches!(failure.kind, ErrorKind::Refused { .. });
            if refused && !again && matches!(self.look(&name).await?, Seen::Nothing) {
                task.part = Part::Nowhere;
                return Ok(None);
            }
            if !failure.retryable && task.part == Part::Shared {
                // It would never get its name.
                let _ = self.session.remove(&name).await;
            }
            return Err(failure);
        }
        // It has its name, whatever comes of the last look.
        task.perhaps = true;
        verified |= self.verified(task, file).await?;
        Ok(Some((how, verified)))
    }

    /// What another delivery of the same content has left, or is still at.
    async fn left(&mut self, file: &Staged, size: u64) -> Result<There, Failure> {
        tokio::time::sleep(STILL).await;
        Ok(match self.look(&file.shared()).await? {
            Seen::Size(now) if now == size => There::Bytes(size),
            _ => There::Busy,
        })
    }

    /// Goes on where some of it stands.
    async fn go_on(&mut self, task: &mut Task, file: &Staged, size: u64, place: Place) -> Result<How, Failure> {
        if task.part == Part::Nowhere {
            task.part = Part::Shared;
        }
        let name = task.part.name(file);
        if size == file.size() && self.session.certain(size) == size {
            return Ok(How::Resumed { from: size });
        }
        if let Start::After(offset) = self.start(size, file) {
            match self.send(file, &name, offset..file.size(), place).await {
                Ok(()) => return Ok(How::Resumed { from: offset }),
                // The server does not let files be continued, and said so only now.
                Err(failure) if !failure.broken && !self.session.resumes() => {}
                Err(failure) => return Err(failure),
            }
        }
        // It is of no use to anybody.
        self.tolerant(&name).await?;
        self.begin(task, file, file.size() >= CONTINUED, place).await
    }

    /// Begins under a name of its own; if others are to find it, it moves as soon as there is something of it.
    async fn begin(&mut self, task: &mut Task, file: &Staged, found: bool, place: Place) -> Result<How, Failure> {
        let own = file.own(fastrand::u32(..));
        task.part = Part::Own(own.clone());
        if !found || !self.session.resumes() {
            self.send(file, &own, 0..file.size(), place).await?;
            return Ok(How::Stored);
        }
        self.send(file, &own, 0..HEAD, place).await?;
        match self.session.rename(&own, &file.shared(), false).await {
            Ok(()) => task.part = Part::Shared,
            // It is not the name that matters.
            Err(failure) if failure.broken => return Err(Failure { perhaps_done: false, ..failure }),
            Err(_) => {}
        }
        let name = task.part.name(file);
        match self.send(file, &name, HEAD..file.size(), place).await {
            Err(failure) if !failure.broken && !self.session.resumes() => {
                self.tolerant(&name).await?;
                let own = file.own(fastrand::u32(..));
                task.part = Part::Own(own.clone());
                self.send(file, &own, 0..file.size(), place).await?;
            }
            result => result?,
        }
        Ok(How::Stored)
    }
}
