//! A connection by FTP or FTPS.

use std::io;

use async_trait::async_trait;
use qlower_core::Lang;
use tokio::io::AsyncRead;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::ftp::connect::{Deadline, tcp_to};
use crate::ftp::control::Stream;
use crate::ftp::destination::{Destination, Settings};
use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::line::Line;
use crate::ftp::protocol::Passive;
use crate::ftp::reply::Reply;
use crate::ftp::session::{Session, Taken, Target};
use crate::ftp::tls::{self, Setup, Tls};
use crate::ftp::transfer::{self, Ended};
use crate::ftp::wording::{self, Told, Wording};

/// Connects, agrees on TLS and logs in.
pub(crate) async fn connect(destination: &Destination, deadline: Deadline) -> Result<Box<dyn Session>, Failure> {
    let line = Line::open(destination, deadline).await?;
    let extended = destination.settings().passive != Passive::Classic;
    Ok(Box::new(Ftp { line, destination: destination.clone(), home: None, extended, resumes: true, stored: false }))
}

/// How often a file is replaced by others while it is given its name, before that counts as a failure.
const EXCHANGES: u32 = 3;

struct Ftp {
    line: Line,
    destination: Destination,
    /// The folder in which the login landed, once it had to be asked for.
    home: Option<String>,
    /// Whether `EPSV` is tried.
    extended: bool,
    resumes: bool,
    /// Whether a data connection has been accepted.
    stored: bool,
}

impl Ftp {
    fn settings(&self) -> &Settings {
        self.destination.settings()
    }

    /// The port to which data go, by `EPSV` or `PASV`.
    async fn port(&mut self) -> Result<u16, Failure> {
        let stage = Stage::Transfer;
        if self.extended {
            let reply = self.line.control.finish(stage, "EPSV", "").await?;
            if let Some(port) = reply.extended_port().filter(|_| reply.code == 229) {
                return Ok(port);
            }
            if self.settings().passive == Passive::Extended {
                return Err(reply.refused(stage));
            }
            self.extended = false;
        }
        let reply = self.line.control.finish(stage, "PASV", "").await?;
        match reply.classic_port() {
            Some(port) if reply.code == 227 => Ok(port),
            _ => Err(reply.refused(stage)),
        }
    }

    /// A TCP connection for data, to the host of the control connection.
    async fn data(&mut self) -> Result<TcpStream, Failure> {
        loop {
            let by_extended = self.extended;
            let mut address = self.line.peer;
            address.set_port(self.port().await?);
            let limit = self.settings().connect_timeout;
            let failure = match timeout(limit, tcp_to(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => Failure::transport(Stage::Transfer, Unreachable(error)),
                Err(_) => {
                    let late = io::Error::new(
                        io::ErrorKind::TimedOut,
                        Told(Wording::from((
                            format!("no answer within {limit:?}"),
                            format!("pas de réponse en {}", wording::limit(limit, Lang::Fr)),
                        ))),
                    );
                    Failure::transport(Stage::Transfer, Unreachable(late))
                }
            };
            // A gateway may open ports for PASV only.
            if !(by_extended && self.extended && self.settings().passive == Passive::Auto && self.line.peer.is_ipv4()) {
                return Err(Failure { perhaps_done: false, ..failure });
            }
            self.extended = false;
        }
    }
}

/// The server's data port cannot be reached.
#[derive(Debug)]
pub(crate) struct Unreachable(io::Error);

impl Unreachable {
    pub(crate) const WORDING: Wording = Wording::fixed(
        "no data connection: the server's passive ports cannot be reached, see that firewalls let them through",
        "pas de connexion de données : les ports passifs du serveur sont inaccessibles, vérifiez que les pare-feu les laissent passer",
    );
}

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Self::WORDING.fmt(f)
    }
}

impl std::error::Error for Unreachable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Ftp {
    /// Sends a file. The failure does not yet say whether all of it was handed over.
    async fn send(
        &mut self,
        target: Target<'_>,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure> {
        let (stage, Target { path, offset, alone }) = (Stage::Transfer, target);
        self.renew().await?;
        let stream = self.data().await?;
        let mut command = "STOR";
        if offset > 0 {
            let reply = self.line.control.finish(stage, "REST", &offset.to_string()).await?;
            if reply.code != 350 {
                if !alone {
                    // Two who append would mix.
                    self.resumes = false;
                    return Err(reply.refused(stage));
                }
                // The offset is the end of what stands there, so appending comes to the same.
                command = "APPE";
            }
        }
        let reply = self.line.control.ask(stage, command, path).await?;
        if !reply.is_preliminary() {
            if offset > 0 {
                // Servers that do not let files be continued say so only here, and may keep the offset in mind.
                self.resumes = false;
                if command == "STOR" {
                    self.line.control.finish(stage, "REST", "0").await?;
                }
            }
            return Err(reply.refused(stage));
        }
        let data = match &self.line.tls {
            None => Stream::Plain(stream),
            Some(tls) => match timeout(self.settings().connect_timeout, tls.connect(stream)).await {
                Ok(Ok(stream)) => Stream::Tls(Box::new(stream)),
                Ok(Err(error)) => return Err(self.no_handshake(error).await),
                Err(_) => return Err(Failure::timeout(stage, self.settings().connect_timeout)),
            },
        };
        let limit = self.settings().timeout;
        let continues = data.continues();
        match transfer::send(&mut self.line.control, data, offset, content, taken, limit).await {
            Ended::Replied(reply) if reply.is_success() => {
                self.stored = true;
                Ok(())
            }
            Ended::Replied(reply) => Err(self.refused(&reply, continues)),
            // It was not all, whatever the server makes of it.
            Ended::Early(reply) if reply.is_success() => {
                let error = io::Error::new(
                    io::ErrorKind::ConnectionAborted,
                    Told::fixed("the server closed the data connection", "le serveur a fermé la connexion de données"),
                );
                Err(Failure::transport(stage, error))
            }
            Ended::Early(reply) => Err(self.refused(&reply, continues)),
            Ended::NoReply(error) => Err(Failure { perhaps_done: true, ..Failure::transport(stage, error) }),
            Ended::LateReply => Err(Failure { perhaps_done: true, ..Failure::timeout(stage, limit) }),
            Ended::Broken(error) => Err(Failure::transport(stage, error)),
            Ended::Stalled => Err(Failure::timeout(stage, limit)),
            Ended::Unread(error, answered) => Err(Failure { broken: !answered, ..Failure::transport(stage, error) }),
        }
    }
}

impl Ftp {
    /// Before a data connection: if the server gives no more sessions of TLS 1.3 than the two of the login, the third data connection
    /// could continue none. Then it is time for another control connection, with TLS 1.2 if the server speaks that.
    async fn renew(&mut self) -> Result<(), Failure> {
        let destination = self.destination.clone();
        let Some(setup) = destination.inner().tls.as_ref() else { return Ok(()) };
        if !self.line.tls.as_ref().is_some_and(Tls::is_used_up) {
            return Ok(());
        }
        tracing::debug!("the server gives no further sessions of TLS 1.3: connecting again");
        setup.fall_back();
        // Before the new one: there may be room for one connection only.
        self.line.leave().await;
        let again = || Line::open(&destination, Deadline::after(destination.settings().connect_timeout));
        self.line = match again().await {
            Err(failure) if matches!(failure.kind, ErrorKind::SessionReuse) => again().await?,
            result => result?,
        };
        self.home = None;
        Ok(())
    }

    /// A refusal of the data connection or of what came over it.
    fn refused(&self, reply: &Reply, continues: bool) -> Failure {
        let failure = reply.refused(Stage::Transfer);
        match failure.kind {
            ErrorKind::SessionReuse => self.not_continued(failure),
            ErrorKind::Refused { code: 425, .. } if self.line.tls.is_some() && !continues => {
                self.not_continued(failure)
            }
            _ => failure,
        }
    }

    /// The server did not accept that a data connection continues the session. Those of TLS 1.2 can be continued any number of times,
    /// and a session that was accepted before may have become too old: both are cured by a new connection.
    fn not_continued(&self, failure: Failure) -> Failure {
        let newer = self.line.tls.as_ref().is_some_and(Tls::is_newer);
        let setup = self.destination.inner().tls.as_ref().filter(|_| newer);
        let falls_back = setup.is_some_and(Setup::fall_back);
        Failure { kind: ErrorKind::SessionReuse, broken: true, retryable: falls_back || self.stored, ..failure }
    }

    /// The TLS handshake of a data connection failed: servers that want the session continued close it, and say so, or not.
    async fn no_handshake(&mut self, error: io::Error) -> Failure {
        if tls::is_untrusted(&error) {
            // What the server makes of that is its affair.
            return Failure { stage: Stage::Transfer, ..Failure::untrusted(error) };
        }
        match transfer::reason(&mut self.line.control).await {
            Some(reply) if !reply.is_success() => {
                let failure = self.refused(&reply, false);
                Failure { broken: true, ..failure }
            }
            _ => Failure::transport(Stage::Transfer, error),
        }
    }

    /// Whether a folder is there: by going there and back.
    async fn is_folder(&mut self, path: &str) -> Result<bool, Failure> {
        let stage = Stage::Folder;
        if self.home.is_none() {
            self.home = self.line.control.order(stage, "PWD", "").await?.folder();
        }
        if !self.line.control.finish(stage, "CWD", path).await?.is_success() {
            return Ok(false);
        }
        let back = match &self.home {
            Some(home) => self.line.control.finish(stage, "CWD", home).await?,
            None => {
                for _ in path.split('/').skip(1) {
                    self.line.control.order(stage, "CDUP", "").await?;
                }
                self.line.control.finish(stage, "CDUP", "").await?
            }
        };
        if back.is_success() {
            return Ok(true);
        }
        // Names count from the folder of the login: without it this connection is of no use.
        Err(Failure { broken: true, ..back.refused(stage) })
    }

    async fn rename_from(&mut self, path: &str) -> Result<(), Failure> {
        let reply = self.line.control.finish(Stage::Rename, "RNFR", path).await;
        let reply = reply.map_err(|failure| Failure { perhaps_done: false, ..failure })?;
        if reply.code == 350 { Ok(()) } else { Err(reply.refused(Stage::Rename)) }
    }
}

#[async_trait]
impl Session for Ftp {
    async fn size(&mut self, path: &str) -> Result<Option<u64>, Failure> {
        let reply = self.line.control.finish(Stage::Verify, "SIZE", path).await?;
        match (reply.code, reply.size()) {
            (213, Some(size)) => Ok(Some(size)),
            (550, _) => Ok(None),
            _ => Err(reply.refused(Stage::Verify)),
        }
    }

    async fn make_folder(&mut self, path: &str) -> Result<(), Failure> {
        let reply = self.line.control.finish(Stage::Folder, "MKD", path).await?;
        // Most servers answer alike whether it is there or must not be made.
        if reply.is_success() || self.is_folder(path).await? { Ok(()) } else { Err(reply.refused(Stage::Folder)) }
    }

    async fn store(
        &mut self,
        target: Target<'_>,
        content: &mut (dyn AsyncRead + Send + Unpin),
        taken: Taken<'_>,
    ) -> Result<(), Failure> {
        self.send(target, content, taken).await
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<(), Failure> {
        let mut left = EXCHANGES;
        loop {
            // Without this, what stands under the other name must not go.
            self.rename_from(from).await?;
            match self.line.control.order(Stage::Rename, "RNTO", to).await.map(drop) {
                // Some servers replace nothing: what is there has to go first.
                Err(failure)
                    if replace
                        && left > 0
                        && !failure.broken
                        && matches!(failure.kind, ErrorKind::Refused { code: 550..=553, .. }) =>
                {
                    left -= 1;
                    let removed = self.line.control.finish(Stage::Rename, "DELE", to).await;
                    let removed = removed.map_err(|failure| Failure { perhaps_done: false, ..failure })?;
                    // What is not there any more, another delivery to this name has removed.
                    if !removed.is_success() && removed.code != 550 {
                        return Err(failure);
                    }
                }
                result => return result,
            }
        }
    }

    async fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let reply = self.line.control.finish(Stage::Transfer, "DELE", path).await?;
        if reply.is_success() || reply.code == 550 { Ok(()) } else { Err(reply.refused(Stage::Transfer)) }
    }

    fn resumes(&self) -> bool {
        self.resumes
    }

    fn protection(&self) -> Option<String> {
        self.line.protection().map(str::to_owned)
    }

    async fn close(mut self: Box<Self>) {
        self.line.leave().await;
    }
}
