//! File transfer over an SSH connection.

use std::collections::VecDeque;
use std::future::{poll_fn, ready};
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use russh::client::{Handle, Msg};
use russh::{Channel, Disconnect};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::rawsession::SftpResult;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, Status, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::session::{Session, Taken, Target};
use crate::ftp::ssh::Client;
use crate::ftp::ssh::answers::Answers;
use crate::ftp::ssh::status::{self, failure};
use crate::ftp::ssh::tether::Hold;
use crate::ftp::wording::Wording;

/// The bytes of a file in one packet: what any server must take (34 000 with everything around it).
const CHUNK: usize = 32 * 1024;

/// Packets on the way at once, and so 2 MiB of memory: what keeps 200 Mbit/s going over 80 ms.
const ON_THE_WAY: usize = 64;

/// How often others may take a name while a file is given it, before that counts as a failure.
const EXCHANGES: u32 = 4;

const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// How long taking leave may take: the files are there already.
const LEAVE: Duration = Duration::from_secs(1);

/// A connection that speaks SFTP.
pub(super) struct Sftp {
    raw: RawSftpSession,
    handle: Handle<Client>,
    hold: Hold,
    limit: Duration,
    replaces: bool,
    protection: String,
}

type Writing<'s> = Pin<Box<dyn Future<Output = SftpResult<Status>> + Send + 's>>;

impl Sftp {
    pub(super) async fn start(
        handle: Handle<Client>,
        hold: Hold,
        channel: Channel<Msg>,
        protection: String,
        limit: Duration,
    ) -> Result<Self, Failure> {
        // Time is kept here: the library's clock runs from the moment a packet is queued.
        let never = limit.as_secs().saturating_mul(1000).saturating_add(3600);
        let config = Config { request_timeout_secs: never, ..Config::default() };
        let raw = RawSftpSession::new_with_config(Answers::of(channel.into_stream()), config);
        let version = raw.init().await.map_err(|error| failure(Stage::Login, &error))?;
        let replaces = version.extensions.contains_key(POSIX_RENAME);
        Ok(Self { raw, handle, hold, limit, replaces, protection })
    }

    /// Waits for an answer within the time limit.
    async fn ask<T>(
        &self,
        stage: Stage,
        request: impl Future<Output = SftpResult<T>>,
    ) -> Result<SftpResult<T>, Failure> {
        match timeout(self.limit, request).await {
            Ok(Err(error)) if status::code(&error).is_none() => Err(failure(stage, &error)),
            Ok(answer) => Ok(answer),
            Err(_) => Err(Failure::timeout(stage, self.limit)),
        }
    }

    async fn attributes(&self, stage: Stage, path: &str) -> Result<Option<FileAttributes>, Failure> {
        match self.ask(stage, self.raw.stat(path)).await? {
            Ok(found) => Ok(Some(found.attrs)),
            Err(error) if status::is_absent(&error) => Ok(None),
            Err(error) => Err(failure(stage, &error)),
        }
    }

    /// Writes all of `content`, several packets ahead of the answers.
    async fn write(
        &self,
        file: &str,
        offset: u64,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure> {
        let mut next = offset;
        let mut acknowledged = offset;
        let mut pending: VecDeque<(usize, Writing<'_>)> = VecDeque::with_capacity(ON_THE_WAY);
        let mut ended = false;
        while !ended || !pending.is_empty() {
            if !ended && pending.len() < ON_THE_WAY {
                let chunk = chunk(content).await.map_err(unread)?;
                let length = chunk.len();
                ended = length < CHUNK;
                if length > 0 {
                    let mut writing: Writing<'_> = Box::pin(self.raw.write(file, next, chunk));
                    next = next.saturating_add(length as u64);
                    // The first look hands it over.
                    let early = poll_fn(|cx| match writing.as_mut().poll(cx) {
                        Poll::Ready(answer) => Poll::Ready(Some(answer)),
                        Poll::Pending => Poll::Ready(None),
                    })
                    .await;
                    pending.push_back((length, early.map_or(writing, |answer| Box::pin(ready(answer)))));
                }
                continue;
            }
            if let Some((length, writing)) = pending.pop_front() {
                let answer = self.ask(Stage::Transfer, writing).await;
                // Once all has been handed over, the server may store it without being able to say so.
                let answer = answer.map_err(|failure| Failure { perhaps_done: ended, ..failure })?;
                answer.map_err(|error| failure(Stage::Transfer, &error))?;
                acknowledged = acknowledged.saturating_add(length as u64);
                taken(acknowledged);
            }
        }
        Ok(())
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), Failure> {
        let mut data = Vec::with_capacity(from.len() + to.len() + 8);
        for name in [from, to] {
            data.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            data.extend(name.as_bytes());
        }
        match self.ask(Stage::Rename, self.raw.extended(POSIX_RENAME, data)).await? {
            Ok(Packet::Status(status)) if status.status_code == StatusCode::Ok => Ok(()),
            Ok(Packet::Status(status)) => Err(failure(Stage::Rename, &SftpError::Status(status))),
            Ok(_) => Err(failure(Stage::Rename, &SftpError::UnexpectedPacket)),
            Err(error) => Err(failure(Stage::Rename, &error)),
        }
    }

    /// Puts a file in the place of another where the server cannot do so in one step. The other steps aside first: it is lost only
    /// once the new one has its name. A process that ends in between leaves nothing under the name; the next delivery to it finds the
    /// way free, and clears what stands aside.
    async fn exchange(&self, from: &str, to: &str) -> Result<(), Failure> {
        let aside = aside(to);
        let mut left = EXCHANGES;
        loop {
            left -= 1;
            // Of an exchange that was cut.
            self.clear(&aside).await?;
            let moved = match self.renamed(to, &aside).await? {
                Ok(()) => true,
                // Another delivery to this name has moved it.
                Err(error) if status::is_absent(&error) => false,
                // Or has its own aside just now.
                Err(_) if left > 0 => continue,
                Err(error) => return Err(failure(Stage::Rename, &error)),
            };
            let Err(error) = self.renamed(from, to).await? else { return self.clear(&aside).await };
            let taken = !status::is_absent(&error) && self.stands(to).await?;
            if moved && !taken {
                let back = self.renamed(&aside, to).await?;
                back.map_err(|error| failure(Stage::Rename, &error))?;
            }
            if !taken || left == 0 {
                return Err(failure(Stage::Rename, &error));
            }
        }
    }

    /// Whether there is a file of this name; not, if the server does not tell.
    async fn stands(&self, path: &str) -> Result<bool, Failure> {
        match self.attributes(Stage::Rename, path).await {
            Err(failure) if failure.broken => Err(failure),
            found => Ok(matches!(found, Ok(Some(_)))),
        }
    }

    /// Removes a file if it can be done. That it cannot is of no weight: the file that matters has its name.
    async fn clear(&self, path: &str) -> Result<(), Failure> {
        self.ask(Stage::Rename, self.raw.remove(path)).await?.ok();
        Ok(())
    }

    async fn renamed(&self, from: &str, to: &str) -> Result<SftpResult<()>, Failure> {
        Ok(self.ask(Stage::Rename, self.raw.rename(from, to)).await?.map(drop))
    }
}

/// Where a file stands while another takes its place: `.NAME.old.part` in the same folder. It depends on the name alone, so that the
/// next delivery to this name finds it, whatever that brings.
fn aside(path: &str) -> String {
    let (folder, name) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    // 255 bytes, without a dot and `.old.part`.
    let name = name.get(..name.floor_char_boundary(255 - 10)).unwrap_or_default();
    format!("{folder}.{name}.old.part")
}

/// The next bytes, fewer than [`CHUNK`] only at the end.
async fn chunk(content: &mut (dyn AsyncRead + Send + Unpin)) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut rest = content.take(CHUNK as u64);
    while rest.read_buf(&mut chunk).await? > 0 {}
    Ok(chunk)
}

/// The connection stands; the engine knows what was wrong with the content.
fn unread(error: io::Error) -> Failure {
    Failure { broken: false, ..Failure::transport(Stage::Transfer, error) }
}

#[async_trait]
impl Session for Sftp {
    async fn size(&mut self, path: &str) -> Result<Option<u64>, Failure> {
        match self.attributes(Stage::Verify, path).await? {
            None => Ok(None),
            Some(FileAttributes { size: Some(size), .. }) => Ok(Some(size)),
            Some(_) => Err(Failure::refused(
                Stage::Verify,
                0,
                Wording::fixed("the server does not tell sizes", "le serveur ne donne pas les tailles"),
                false,
            )),
        }
    }

    async fn make_folder(&mut self, path: &str) -> Result<(), Failure> {
        let Err(error) = self.ask(Stage::Folder, self.raw.mkdir(path, FileAttributes::empty())).await? else {
            return Ok(());
        };
        // That it is there already has no status of its own.
        match self.attributes(Stage::Folder, path).await {
            Ok(Some(found)) if found.permissions.is_none() || found.is_dir() => Ok(()),
            Err(failure) if failure.broken => Err(failure),
            _ => Err(failure(Stage::Folder, &error)),
        }
    }

    async fn store(
        &mut self,
        target: Target<'_>,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure> {
        let Target { path, offset, .. } = target;
        let anew = if offset == 0 { OpenFlags::CREATE | OpenFlags::TRUNCATE } else { OpenFlags::empty() };
        let opened = self.ask(Stage::Transfer, self.raw.open(path, OpenFlags::WRITE | anew, FileAttributes::empty()));
        let file = opened.await?.map_err(|error| failure(Stage::Transfer, &error))?.handle;
        let written = self.write(&file, offset, content, taken).await;
        if matches!(&written, Err(failure) if failure.broken) {
            return written;
        }
        let closed = self.ask(Stage::Transfer, self.raw.close(file)).await;
        written?;
        // Some servers find only now that the disk is full.
        let closed = closed.map_err(|failure| Failure { perhaps_done: true, ..failure })?;
        closed.map(drop).map_err(|error| failure(Stage::Transfer, &error))
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<(), Failure> {
        if replace && self.replaces {
            match self.replace(from, to).await {
                Err(Failure { kind: ErrorKind::Refused { code, .. }, broken: false, .. })
                    if code == status::OP_UNSUPPORTED =>
                {
                    self.replaces = false;
                }
                result => return result,
            }
        }
        let Err(error) = self.renamed(from, to).await? else {
            // Of an exchange that was cut once the name was free.
            return if self.replaces { Ok(()) } else { self.clear(&aside(to)).await };
        };
        let taken = !status::is_absent(&error) && self.stands(to).await?;
        match (taken, replace) {
            (false, _) => Err(failure(Stage::Rename, &error)),
            (true, false) => Err(Failure {
                broken: false,
                perhaps_done: false,
                ..Failure::broken(Stage::Rename, ErrorKind::Exists, false)
            }),
            (true, true) => self.exchange(from, to).await,
        }
    }

    async fn remove(&mut self, path: &str) -> Result<(), Failure> {
        match self.ask(Stage::Transfer, self.raw.remove(path)).await? {
            Err(error) if !status::is_absent(&error) => Err(failure(Stage::Transfer, &error)),
            _ => Ok(()),
        }
    }

    fn resumes(&self) -> bool {
        true
    }

    fn certain(&self, size: u64) -> u64 {
        size.saturating_sub((CHUNK * ON_THE_WAY) as u64)
    }

    fn protection(&self) -> Option<String> {
        Some(self.protection.clone())
    }

    async fn close(self: Box<Self>) {
        let Self { raw, handle, hold, .. } = *self;
        let _ = raw.close_session();
        let leave = async {
            let _ = handle.disconnect(Disconnect::ByApplication, "", "").await;
            // Until that has gone out.
            let _ = handle.await;
        };
        let _ = timeout(LEAVE, leave).await;
        drop(hold);
    }
}
