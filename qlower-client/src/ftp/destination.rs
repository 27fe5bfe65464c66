//! A customer's server, and where on it files go.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use qlower_core::naming::{Rules, Variables};

use crate::authorities::CaBundle;
use crate::ftp::builder::DestinationBuilder;
use crate::ftp::connect;
use crate::ftp::error::Error;
use crate::ftp::outgoing::Outgoing;
use crate::ftp::plan::Plan;
use crate::ftp::protocol::{Existing, Passive, Protocol, Temporary};
use crate::ftp::receipt::Receipt;
use crate::ftp::secret::Secret;
use crate::ftp::text::Text;
use crate::retry::RetryPolicy;

/// A customer's server, how to log in there, and by which rules files are named.
///
/// It is cheap to clone, and holds no connection: each delivery makes its own.
#[derive(Clone)]
pub struct Destination(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    #[cfg(feature = "ftp")]
    pub(crate) tls: Option<crate::ftp::tls::Setup>,
    #[cfg(feature = "sftp")]
    pub(crate) ssh: Option<crate::ftp::ssh::Setup>,
}

/// The settings, checked.
#[cfg_attr(
    not(all(feature = "ftp", feature = "sftp")),
    allow(dead_code, reason = "each protocol has settings of its own")
)]
pub(crate) struct Settings {
    pub(crate) protocol: Protocol,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    pub(crate) key: Option<Text>,
    pub(crate) key_passphrase: Option<Secret>,
    pub(crate) ca_bundle: Option<CaBundle>,
    pub(crate) host_keys: Vec<String>,
    pub(crate) known_hosts: Option<PathBuf>,
    pub(crate) rules: Rules,
    pub(crate) temporary: Temporary,
    pub(crate) existing: Existing,
    pub(crate) passive: Passive,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

impl Destination {
    /// Begins a destination: how the server is spoken to, and its name or address.
    pub fn builder(protocol: Protocol, host: impl Into<String>) -> DestinationBuilder {
        DestinationBuilder::new(protocol, host.into())
    }

    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            #[cfg(feature = "ftp")]
            tls: settings.protocol.has_tls().then(|| crate::ftp::tls::Setup::new(&settings)).transpose()?,
            #[cfg(feature = "sftp")]
            ssh: (settings.protocol == Protocol::Sftp).then(|| crate::ftp::ssh::Setup::new(&settings)).transpose()?,
            settings,
        })))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How the server is spoken to.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.settings().protocol
    }

    /// The server's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.settings().host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.settings().port
    }

    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.settings().user
    }

    /// Host and port, an IPv6 address in brackets.
    #[must_use]
    pub fn address(&self) -> String {
        let Settings { host, port, .. } = self.settings();
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The names that a delivery of these files would have now. Nothing is connected; files are read, which blocks, only if a template
    /// wants their hash.
    ///
    /// # Errors
    /// A [naming error](Error::is_naming) with everything that is wrong with the names, or a file that cannot be read.
    pub fn plan(&self, files: &[Outgoing], variables: &Variables) -> Result<Plan, Error> {
        Plan::make(&self.settings().rules, files, variables, SystemTime::now().into()).map_err(Error::local)
    }

    /// Connects, logs in and takes leave, once and without another try: for a "test this connection" button. It answers what
    /// protects the connection, such as `TLS 1.3`; `None` if nothing does.
    ///
    /// No file is sent and nothing is looked at on the server, so whether the user may write there shows with the first delivery.
    ///
    /// # Errors
    /// What a delivery would meet: no connection, an identity that is not trusted, a refused login.
    pub async fn check(&self) -> Result<Option<String>, Error> {
        let begun = std::time::Instant::now();
        match connect::connect(self).await {
            Ok(session) => {
                let protection = session.protection();
                session.close().await;
                Ok(protection)
            }
            Err(failure) => {
                let receipt = Receipt { attempts: 1, duration: begun.elapsed(), ..Receipt::nothing() };
                Err(Error::on_the_way(failure, &self.address(), receipt))
            }
        }
    }
}

/// Shows no secret.
impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { protocol, user, rules, temporary, existing, .. } = self.settings();
        f.debug_struct("Destination")
            .field("protocol", protocol)
            .field("address", &self.address())
            .field("user", user)
            .field("rules", rules)
            .field("temporary", temporary)
            .field("existing", existing)
            .finish_non_exhaustive()
    }
}
