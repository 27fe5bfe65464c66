//! What is done on a connection for each file, and what is known of it afterwards.

use std::collections::HashSet;
use std::ops::Range;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;

use crate::ftp::destination::Settings;
use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::part::Part;
use crate::ftp::progress::{DeliverOptions, Progress};
use crate::ftp::protocol::{Existing, Temporary};
use crate::ftp::receipt::{DeliveredFile, How};
use crate::ftp::session::{Session, Target};
use crate::ftp::stage::Staged;
use crate::receipt::Certainty;

/// How often progress within a file is told.
const TELL: Duration = Duration::from_millis(100);

/// One file, and what is known of it over all attempts.
pub(crate) struct Task {
    staged: Staged,
    /// Whether the server may have done the last step: renamed it, or with [`Temporary::Direct`] stored it.
    pub(crate) perhaps: bool,
    /// Whether something of it may stand under its own name ([`Temporary::Direct`]).
    begun: bool,
    /// Where its bytes stand meanwhile ([`Temporary::Rename`]).
    pub(crate) part: Part,
    done: Option<(How, bool)>,
}

impl Task {
    pub(crate) const fn new(staged: Staged) -> Self {
        Self { staged, perhaps: false, begun: false, part: Part::Nowhere, done: None }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.staged.size()
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.done.is_some()
    }

    /// Whether a look at the server would tell more, or leave less behind.
    pub(crate) const fn is_open(&self) -> bool {
        self.done.is_none() && (self.perhaps || self.begun || self.part.is_own())
    }

    pub(crate) fn outcome(&self) -> DeliveredFile {
        let (certainty, how, verified) = match self.done {
            Some((how, verified)) => (Certainty::Processed, Some(how), verified),
            None if self.perhaps => (Certainty::Unknown, None, false),
            None => (Certainty::NotProcessed, None, false),
        };
        let (path, size, sha256) = (self.staged.path().to_owned(), self.staged.size(), self.staged.sha256_hex());
        DeliveredFile { path, size, sha256, certainty, how, verified }
    }
}

/// One attempt, on one connection.
pub(crate) struct Attempt<'a> {
    pub(crate) session: &'a mut dyn Session,
    pub(crate) settings: &'a Settings,
    pub(crate) options: &'a DeliverOptions,
    pub(crate) number: u32,
    /// When the server last took something.
    pub(crate) moved: &'a mut Instant,
    /// Whether it has taken anything of the file that goes out.
    pub(crate) took: bool,
}

/// Which file it is, among how many.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    file: usize,
    files: usize,
}

impl Attempt<'_> {
    /// Brings to the server what is not there yet.
    pub(crate) async fn run(&mut self, tasks: &mut [Task]) -> Result<(), Failure> {
        let mut folders = HashSet::new();
        let files = tasks.len();
        for (n, task) in tasks.iter_mut().enumerate().filter(|(_, task)| task.done.is_none()) {
            let staged = task.staged.clone();
            for folder in staged.folders() {
                if folders.insert(folder.to_owned()) {
                    self.session.make_folder(folder).await.map_err(|failure| failure.of(folder))?;
                }
            }
            let place = Place { file: n + 1, files };
            let done = match self.settings.temporary {
                Temporary::Rename => self.by_rename(task, &staged, place).await,
                Temporary::Direct => self.directly(task, &staged, place).await,
            };
            let (how, verified) = done.map_err(|failure| failure.of(staged.path()))?;
            task.done = Some((how, verified));
            *self.moved = Instant::now();
            tracing::debug!(path = staged.path(), size = staged.size(), how = how.as_str(), verified, "stands there");
        }
        Ok(())
    }

    async fn directly(&mut self, task: &mut Task, file: &Staged, place: Place) -> Result<(How, bool), Failure> {
        let mut start = Start::Anew;
        if task.begun {
            // What stands there is of an earlier attempt of this delivery.
            match self.look(file.path()).await? {
                Seen::Size(size) if size == file.size() && self.session.certain(size) == size => {
                    return Ok((How::Resumed { from: size }, true));
                }
                Seen::Size(size) => start = self.start(size, file),
                Seen::Nothing | Seen::Hidden => {}
            }
            task.perhaps = false;
        } else if let Some(kept) = self.existing(file).await? {
            return Ok(kept);
        }
        self.took = false;
        let stored = self.store(file, file.path(), start, place).await;
        // Before that, what stands there is somebody else's.
        task.begun |= self.took;
        let how = match stored {
            Ok(how) => how,
            Err(failure) => {
                task.perhaps = failure.perhaps_done;
                let lost = !failure.broken && !failure.retryable;
                if lost && task.begun && self.session.remove(file.path()).await.is_ok() {
                    task.begun = false;
                }
                return Err(failure);
            }
        };
        task.perhaps = true;
        let verified = self.verified(task, file).await?;
        Ok((how, verified))
    }

    /// Whether the server has the right number of bytes under the name. If it has another, the file does surely not stand there.
    pub(crate) async fn verified(&mut self, task: &mut Task, file: &Staged) -> Result<bool, Failure> {
        let verified = self.verify(file, file.path()).await;
        task.perhaps &= !matches!(verified, Err(Failure { broken: false, .. }));
        verified
    }

    /// What is to become of a file that has the name already.
    pub(crate) async fn existing(&mut self, file: &Staged) -> Result<Option<(How, bool)>, Failure> {
        if self.settings.existing == Existing::Replace {
            return Ok(None);
        }
        // A server that cannot tell must not be made to replace a file.
        let Some(size) = self.session.size(file.path()).await? else { return Ok(None) };
        match self.settings.existing {
            Existing::Refuse => {
                Err(Failure { broken: false, ..Failure::broken(Stage::Verify, ErrorKind::Exists, false) })
            }
            _ => Ok(Some((How::Kept, size == file.size()))),
        }
    }

    /// Where to begin, if some of a file is there.
    pub(crate) fn start(&self, size: u64, file: &Staged) -> Start {
        let offset = self.session.certain(size);
        if offset > 0 && size <= file.size() && self.session.resumes() {
            Start::After(offset)
        } else {
            Start::Replacing
        }
    }

    async fn store(&mut self, file: &Staged, path: &str, start: Start, place: Place) -> Result<How, Failure> {
        match start {
            Start::Anew => {}
            // Some servers let files be made, and not be overwritten.
            Start::Replacing => self.tolerant(path).await?,
            Start::After(offset) => match self.send(file, path, offset..file.size(), place).await {
                Ok(()) => return Ok(How::Resumed { from: offset }),
                // The server does not let files be continued, and said so only now.
                Err(failure) if !failure.broken && !self.session.resumes() => self.tolerant(path).await?,
                Err(failure) => return Err(failure),
            },
        }
        self.send(file, path, 0..file.size(), place).await?;
        Ok(How::Stored)
    }

    /// Removes what is in the way; a refusal will show in what follows.
    pub(crate) async fn tolerant(&mut self, path: &str) -> Result<(), Failure> {
        match self.session.remove(path).await {
            Err(failure) if failure.broken => Err(failure),
            _ => Ok(()),
        }
    }

    pub(crate) async fn send(
        &mut self,
        file: &Staged,
        path: &str,
        range: Range<u64>,
        place: Place,
    ) -> Result<(), Failure> {
        let failed = |kind| Failure { broken: false, ..Failure::broken(Stage::Transfer, kind, false) };
        let mut content = file.open(range.start).await.map_err(failed)?;
        let Self { session, options, moved, number, took, .. } = self;
        let mut told = Told::new(options, *number, file, place);
        told.tell(range.start);
        let result = {
            let taken = &mut |sent| {
                (**moved, *took) = (Instant::now(), true);
                told.sometimes(sent);
            };
            let mut part = (&mut content).take(range.end.saturating_sub(range.start));
            let target = Target { path, offset: range.start, alone: path != file.shared() };
            session.store(target, &mut part, taken).await
        };
        match (result, content.take_fault()) {
            (Ok(()), None) => {
                told.tell(range.end);
                Ok(())
            }
            (Err(failure), None) => Err(failure),
            (result, Some(kind)) => {
                // What has come there is not what was to come, and must not be completed one day.
                if !result.is_err_and(|failure| failure.broken) {
                    let _ = session.remove(path).await;
                }
                Err(failed(kind))
            }
        }
    }

    /// Whether the server has the right number of bytes; `false` if it does not tell.
    pub(crate) async fn verify(&mut self, file: &Staged, path: &str) -> Result<bool, Failure> {
        match self.look(path).await? {
            Seen::Size(there) if there == file.size() => Ok(true),
            Seen::Size(there) => {
                let kind = ErrorKind::SizeDiffers { sent: file.size(), there };
                Err(Failure { broken: false, ..Failure::broken(Stage::Verify, kind, true) })
            }
            Seen::Nothing | Seen::Hidden => Ok(false),
        }
    }

    /// What stands under a name. A server that refuses to tell is not one that is broken.
    pub(crate) async fn look(&mut self, path: &str) -> Result<Seen, Failure> {
        match self.session.size(path).await {
            Ok(Some(size)) => Ok(Seen::Size(size)),
            Ok(None) => Ok(Seen::Nothing),
            Err(failure) if failure.broken => Err(failure),
            Err(_) => Ok(Seen::Hidden),
        }
    }

    /// After the last attempt: sees what became of a file whose reply was lost, and removes half a file.
    pub(crate) async fn settle(&mut self, task: &mut Task) -> Result<(), Failure> {
        let file = task.staged.clone();
        let there = self.look(file.path()).await?;
        let whole = matches!(there, Seen::Size(size) if size == file.size());
        match self.settings.temporary {
            Temporary::Rename => {
                let name = task.part.name(&file);
                match self.look(&name).await? {
                    Seen::Nothing if whole && task.perhaps => task.done = Some((How::Stored, true)),
                    Seen::Size(_) => task.perhaps = false,
                    Seen::Nothing | Seen::Hidden => {}
                }
                if task.part.is_own() && !task.is_done() {
                    self.session.remove(&name).await?;
                    task.part = Part::Nowhere;
                }
            }
            Temporary::Direct if whole && task.perhaps => task.done = Some((How::Stored, true)),
            Temporary::Direct if matches!(there, Seen::Hidden) => {}
            Temporary::Direct => {
                self.session.remove(file.path()).await?;
                (task.begun, task.perhaps) = (false, false);
            }
        }
        Ok(())
    }
}

/// What stands on the server.
pub(crate) enum Seen {
    Size(u64),
    Nothing,
    /// The server does not tell.
    Hidden,
}

/// Where to begin.
pub(crate) enum Start {
    Anew,
    /// There is something that is of no use.
    Replacing,
    /// Some of it is there.
    After(u64),
}

/// Who is told of the progress, and when that was last done.
struct Told<'a> {
    options: &'a DeliverOptions,
    progress: Progress,
    last: Instant,
}

impl<'a> Told<'a> {
    fn new(options: &'a DeliverOptions, attempt: u32, file: &Staged, place: Place) -> Self {
        let Place { file: n, files } = place;
        let (path, size) = (file.path().to_owned(), file.size());
        Self { options, progress: Progress { attempt, file: n, files, path, sent: 0, size }, last: Instant::now() }
    }

    fn tell(&mut self, sent: u64) {
        if let Some(told) = &self.options.progress {
            self.progress.sent = sent;
            self.last = Instant::now();
            told(&self.progress);
        }
    }

    fn sometimes(&mut self, sent: u64) {
        if self.last.elapsed() >= TELL {
            self.tell(sent);
        }
    }
}
