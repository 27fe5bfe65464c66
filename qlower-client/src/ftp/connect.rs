//! From a destination to a connection that is logged in.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::ftp::destination::Destination;
use crate::ftp::error::Stage;
use crate::ftp::failure::Failure;
use crate::ftp::protocol::Protocol;
use crate::ftp::session::Session;
use crate::ftp::wording::Told;

/// Until when connecting may take, and how long that was to be.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        let now = Instant::now();
        // A limit beyond what the clock can tell is none; a day is as good.
        let at = now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(86_400));
        Self { at, limit }
    }

    /// What a future brings, or the time-out of a stage.
    pub(crate) async fn within<T>(self, stage: Stage, future: impl Future<Output = T>) -> Result<T, Failure> {
        timeout_at(self.at, future).await.map_err(|_| Failure::timeout(stage, self.limit))
    }
}

/// Connects and logs in.
pub(crate) async fn connect(destination: &Destination) -> Result<Box<dyn Session>, Failure> {
    let deadline = Deadline::after(destination.settings().connect_timeout);
    match destination.protocol() {
        #[cfg(feature = "ftp")]
        Protocol::Ftp | Protocol::Ftps | Protocol::FtpsImplicit => {
            crate::ftp::ftps::connect(destination, deadline).await
        }
        #[cfg(feature = "sftp")]
        Protocol::Sftp => crate::ftp::ssh::connect(destination, deadline).await,
        #[cfg(not(all(feature = "ftp", feature = "sftp")))]
        protocol => Err(Failure::config(
            Stage::Connect,
            "protocol",
            (
                format!("{protocol} is not part of this program"),
                format!("{protocol} ne fait pas partie de ce programme"),
            ),
        )),
    }
}

/// Whether this program was built with a protocol.
pub(crate) const fn is_built(protocol: Protocol) -> bool {
    match protocol {
        Protocol::Ftp | Protocol::Ftps | Protocol::FtpsImplicit => cfg!(feature = "ftp"),
        Protocol::Sftp => cfg!(feature = "sftp"),
    }
}

/// A TCP connection to the first of a host's addresses that takes one.
pub(crate) async fn tcp(host: &str, port: u16, deadline: Deadline) -> Result<TcpStream, Failure> {
    let found = deadline.within(Stage::Resolve, lookup_host((host, port))).await?;
    let addresses: Vec<SocketAddr> = found.map_err(|error| Failure::transport(Stage::Resolve, error))?.collect();
    let mut last =
        io::Error::new(io::ErrorKind::NotFound, Told::fixed("the host has no address", "cet hôte n'a pas d'adresse"));
    let mut stage = Stage::Resolve;
    let mut late = false;
    for (n, address) in addresses.iter().enumerate() {
        stage = Stage::Connect;
        // An address where nobody answers must leave time for the next one.
        let left = deadline.at.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - n).unwrap_or(u32::MAX);
        match timeout_at(Instant::now() + share, tcp_to(*address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => (last, late) = (error, false),
            Err(_) => late = true,
        }
    }
    Err(if late { Failure::timeout(stage, deadline.limit) } else { Failure::transport(stage, last) })
}

/// A TCP connection to an address.
pub(crate) async fn tcp_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_keepalive(true)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
