//! A control connection of FTP that is logged in.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::ftp::connect::{Deadline, tcp};
use crate::ftp::control::{Control, Stream};
use crate::ftp::destination::{Destination, Settings};
use crate::ftp::error::Stage;
use crate::ftp::failure::Failure;
use crate::ftp::protocol::Protocol;
use crate::ftp::tls::{Setup, Tls};

/// How long taking leave may take: the files are there already.
const LEAVE: Duration = Duration::from_secs(1);

/// A control connection that is logged in.
pub(crate) struct Line {
    pub(crate) control: Control,
    /// The server's end: data go to the same host.
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<Tls>,
}

impl Line {
    /// Connects, agrees on TLS and logs in.
    pub(crate) async fn open(destination: &Destination, deadline: Deadline) -> Result<Self, Failure> {
        let settings = destination.settings();
        let stream = tcp(&settings.host, settings.port, deadline).await?;
        let peer = stream.peer_addr().map_err(|error| Failure::transport(Stage::Connect, error))?;
        let (control, tls) = match destination.inner().tls.as_ref() {
            Some(setup) if settings.protocol == Protocol::FtpsImplicit => {
                let (tls, stream) = secure(setup, stream, deadline).await?;
                let mut control = Control::new(Stream::Tls(Box::new(stream)), settings.timeout);
                greeting(&mut control, deadline).await?;
                (control, Some(tls))
            }
            setup => {
                let mut control = Control::new(Stream::Plain(stream), settings.timeout);
                greeting(&mut control, deadline).await?;
                match setup {
                    Some(setup) => {
                        let (tls, stream) = upgrade(setup, control, deadline).await?;
                        (Control::new(Stream::Tls(Box::new(stream)), settings.timeout), Some(tls))
                    }
                    None => (control, None),
                }
            }
        };
        let mut line = Self { control, peer, tls };
        line.log_in(settings).await?;
        Ok(line)
    }

    async fn log_in(&mut self, settings: &Settings) -> Result<(), Failure> {
        let control = &mut self.control;
        let reply = control.finish(Stage::Login, "USER", &settings.user).await?;
        let reply = match (&settings.password, reply.code) {
            (Some(password), 331) => control.finish(Stage::Login, "PASS", password.expose()).await?,
            (None, 331) if matches!(settings.user.as_str(), "anonymous" | "ftp") => {
                control.finish(Stage::Login, "PASS", "anonymous@").await?
            }
            _ => reply,
        };
        if !reply.is_success() {
            return Err(reply.refused(Stage::Login));
        }
        if self.tls.is_some() {
            // Its only allowed answer says nothing; servers that do not know it protect all the same.
            control.finish(Stage::Secure, "PBSZ", "0").await?;
            control.order(Stage::Secure, "PROT", "P").await?;
        }
        let features = control.finish(Stage::Login, "FEAT", "").await?;
        if features.is_success() && features.has_feature("UTF8") {
            // Names go out in UTF-8 anyway; some servers want to be told.
            control.finish(Stage::Login, "OPTS", "UTF8 ON").await?;
        }
        control.order(Stage::Login, "TYPE", "I").await?;
        Ok(())
    }

    /// What protects it.
    pub(crate) fn protection(&self) -> Option<&'static str> {
        self.tls.as_ref().map(Tls::version)
    }

    /// Takes leave. What is answered changes nothing any more.
    pub(crate) async fn leave(&mut self) {
        let left = async {
            let _ = self.control.finish(Stage::Verify, "QUIT", "").await;
            // The server counts the connection until it has closed it.
            while self.control.next().await.is_ok() {}
        };
        let _ = timeout(LEAVE, left).await;
    }
}

type Secured = (Tls, TlsStream<TcpStream>);

/// Asks for TLS, and begins it.
async fn upgrade(setup: &Setup, mut control: Control, deadline: Deadline) -> Result<Secured, Failure> {
    let reply = deadline.within(Stage::Secure, control.finish(Stage::Secure, "AUTH", "TLS")).await??;
    if reply.code != 234 {
        return Err(reply.refused(Stage::Secure));
    }
    secure(setup, control.into_plain()?, deadline).await
}

async fn secure(setup: &Setup, stream: TcpStream, deadline: Deadline) -> Result<Secured, Failure> {
    let mut tls = setup.begin();
    let stream = deadline.within(Stage::Secure, tls.begin(setup, stream)).await??;
    Ok((tls, stream))
}

/// Waits for the server's greeting, which it may put off.
async fn greeting(control: &mut Control, deadline: Deadline) -> Result<(), Failure> {
    loop {
        let reply = deadline.within(Stage::Connect, control.next()).await?;
        let reply = reply.map_err(|error| Failure::transport(Stage::Connect, error))?;
        if reply.is_success() {
            return Ok(());
        }
        if !reply.is_preliminary() {
            return Err(reply.refused(Stage::Connect));
        }
    }
}
