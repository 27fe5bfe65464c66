//! TLS of a destination: who is trusted, and sessions that data connections continue.

use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qlower_core::Lang;
use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::authorities::{judge, provider};
use crate::chain::Chain;
use crate::config_error::ConfigError;
use crate::ftp::destination::Settings;
use crate::ftp::error::{Error, ErrorKind, Stage, system};
use crate::ftp::failure::Failure;
use crate::ftp::wording::Wording;

/// Tickets that are kept; servers send two at once, and one for each data connection.
const TICKETS: usize = 16;

const NEWER: &str = "TLS 1.3";

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let setting = error.setting();
        let Some(cause) = error.source() else { return Self::config(setting, error.problem()) };
        let french = match cause.downcast_ref::<io::Error>() {
            Some(cause) => system(cause, Lang::Fr),
            None => Chain(cause).to_string(),
        };
        let problem = error.problem();
        let (en, fr) = (problem.message(Lang::En), problem.message(Lang::Fr));
        Self::config(setting, (format!("{en}: {}", Chain(cause)), format!("{fr} : {french}")))
    }
}

/// What all connections of a destination share.
pub(crate) struct Setup {
    any: ClientConfig,
    older: ClientConfig,
    name: ServerName<'static>,
    /// Whether the server was seen not to continue sessions of TLS 1.3 often enough.
    prefers_older: AtomicBool,
    /// Whether the server was seen not to speak TLS 1.2.
    lacks_older: AtomicBool,
}

impl Setup {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let name = ServerName::try_from(settings.host.clone()).map_err(|_| {
            Error::config("host", ("no name that a certificate can have", "aucun certificat ne peut porter ce nom"))
        })?;
        let (provider, judge) = (provider(), judge(settings.ca_bundle.as_ref())?);
        let config = |versions: &[&'static rustls::SupportedProtocolVersion]| {
            let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(versions)
                .map_err(|error| Error::config("protocol", library(&error)))?;
            // It is the usual verification, with the authorities that were chosen.
            let verified = builder.dangerous().with_custom_certificate_verifier(Arc::clone(&judge));
            Ok::<_, Error>(verified.with_no_client_auth())
        };
        Ok(Self {
            any: config(&[&rustls::version::TLS13, &rustls::version::TLS12])?,
            older: config(&[&rustls::version::TLS12])?,
            name,
            prefers_older: AtomicBool::new(false),
            lacks_older: AtomicBool::new(false),
        })
    }

    /// TLS for one control connection and its data connections. Servers that want sessions continued want those of this very control
    /// connection, so nothing is shared with others.
    pub(crate) fn begin(&self) -> Tls {
        let older = self.prefers_older.load(Ordering::Relaxed);
        let mut config = if older { self.older.clone() } else { self.any.clone() };
        let sessions = Arc::new(Sessions::default());
        config.resumption = Resumption::store(Arc::clone(&sessions) as Arc<dyn ClientSessionStore>);
        let connector = TlsConnector::from(Arc::new(config));
        Tls { connector, name: self.name.clone(), sessions, older, version: "TLS" }
    }

    /// From now on TLS 1.2 is spoken with this server, whose sessions can be continued any number of times; unless it does not speak
    /// that. Whether it is spoken.
    pub(crate) fn fall_back(&self) -> bool {
        let older = !self.lacks_older.load(Ordering::Relaxed);
        self.prefers_older.store(older, Ordering::Relaxed);
        older
    }

    fn go_on(&self) {
        self.lacks_older.store(true, Ordering::Relaxed);
        self.prefers_older.store(false, Ordering::Relaxed);
    }
}

/// What the TLS library says.
fn library(error: &dyn std::fmt::Display) -> Wording {
    (error.to_string(), format!("la bibliothèque TLS refuse : {error}")).into()
}

/// A failure of TLS in both languages; `None` if the cause is another.
pub(crate) fn wording(cause: &(dyn std::error::Error + 'static)) -> Option<Wording> {
    use rustls::CertificateError as Certificate;

    let error = cause.downcast_ref::<rustls::Error>()?;
    let (english, french) = match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                ("its certificate has expired", "son certificat a expiré")
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                ("its certificate is not valid yet", "son certificat n'est pas encore valable")
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                ("its certificate is made for other hosts", "son certificat est fait pour d'autres hôtes")
            }
            Certificate::UnknownIssuer => (
                "no authority that is trusted here has issued its certificate; ca_bundle names others",
                "son certificat n'a pas été émis par une autorité de confiance ; ca_bundle en désigne d'autres",
            ),
            Certificate::Revoked => ("its certificate was revoked", "son certificat a été révoqué"),
            _ => ("its certificate is not to be trusted", "son certificat n'est pas digne de confiance"),
        },
        rustls::Error::AlertReceived(_) => {
            ("the server ended the TLS handshake", "le serveur a mis fin à la négociation TLS")
        }
        rustls::Error::PeerIncompatible(_) => ("no TLS that both speak", "pas d'accord possible sur TLS"),
        rustls::Error::InvalidMessage(_) => {
            ("the server speaks no TLS there", "le serveur ne parle pas TLS à cet endroit")
        }
        _ => ("the TLS handshake failed", "la négociation TLS a échoué"),
    };
    Some((format!("{english} ({error})"), format!("{french} ({error})")).into())
}

/// Whether TLS failed because the certificate is not trusted.
pub(crate) fn is_untrusted(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}

/// TLS of one control connection and its data connections.
pub(crate) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    sessions: Arc<Sessions>,
    older: bool,
    version: &'static str,
}

impl Tls {
    pub(crate) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }

    /// Begins TLS on the control connection.
    pub(crate) async fn begin(&mut self, setup: &Setup, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        let stream = self.connect(stream).await.map_err(|error| self.failed(setup, error))?;
        self.version = match stream.get_ref().1.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => NEWER,
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        Ok(stream)
    }

    fn failed(&self, setup: &Setup, error: io::Error) -> Failure {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            _ if is_untrusted(&error) => Failure::untrusted(error),
            // TLS 1.3 was to be had, but its sessions could not be continued often enough.
            Some(rustls::Error::AlertReceived(_)) if self.older => {
                setup.go_on();
                Failure::broken(Stage::Secure, ErrorKind::SessionReuse, true)
            }
            // Both sides will say the same next time.
            Some(rustls::Error::PeerIncompatible(_) | rustls::Error::InvalidMessage(_)) => {
                Failure { retryable: false, ..Failure::transport(Stage::Secure, error) }
            }
            _ => Failure::transport(Stage::Secure, error),
        }
    }

    /// What was agreed upon.
    pub(crate) const fn version(&self) -> &'static str {
        self.version
    }

    pub(crate) fn is_newer(&self) -> bool {
        self.version == NEWER
    }

    /// Whether there were sessions of TLS 1.3, and all have been continued.
    pub(crate) fn is_used_up(&self) -> bool {
        let kept = self.sessions.kept();
        self.is_newer() && kept.had && kept.tls13.is_empty()
    }
}

/// Sessions of one control connection and its data connections.
#[derive(Debug, Default)]
struct Sessions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    /// Each is good for one connection.
    tls13: VecDeque<Tls13ClientSessionValue>,
    /// Whether there has been one.
    had: bool,
}

impl Sessions {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.kept().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept().group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.kept().tls12 = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept().tls12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.kept().tls12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut kept = self.kept();
        kept.had = true;
        if kept.tls13.len() == TICKETS {
            kept.tls13.pop_front();
        }
        kept.tls13.push_back(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        // The newest: servers give up old ones.
        self.kept().tls13.pop_back()
    }
}
