//! A connection by SFTP: the host key is verified before anything of the user's leaves.

mod answers;
mod key;
pub(crate) mod known_hosts;
mod login;
mod sftp;
mod status;
mod tether;
mod trust;
mod ways;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use qlower_core::Lang;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Handle, Msg};
use russh::keys::{Algorithm, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Preferred, cipher};

use crate::ftp::connect::{Deadline, tcp};
use crate::ftp::destination::{Destination, Settings};
use crate::ftp::error::{Error, ErrorKind, Stage, system};
use crate::ftp::failure::Failure;
use crate::ftp::session::Session;
use crate::ftp::ssh::key::Key;
use crate::ftp::ssh::tether::{Hold, tether};
use crate::ftp::ssh::trust::Trust;
use crate::ftp::wording::{Told, Wording};

/// What is read and checked once for all connections of a destination.
pub(crate) struct Setup {
    trust: Trust,
    key: Option<Key>,
}

impl Setup {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        if settings.key.is_none() && settings.password.is_none() {
            return Err(Error::config(
                "password",
                ("neither a password nor a key is given", "ni mot de passe ni clé ne sont donnés"),
            ));
        }
        let key = settings.key.as_ref().map(|text| Key::open(text, settings.key_passphrase.as_ref())).transpose()?;
        Ok(Self { trust: Trust::new(settings)?, key })
    }
}

/// Between two questions whether the other side is still there: below the few minutes after which gateways forget a connection.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Kinds of host keys, in the order in which they are preferred. RSA with SHA-1 is not among them.
const HOST_KEYS: [Algorithm; 6] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(russh::keys::HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(russh::keys::HashAlg::Sha256) },
];

/// A failure of SSH in both languages; `None` if the cause is another.
pub(crate) fn wording(cause: &(dyn std::error::Error + 'static)) -> Option<Wording> {
    if let Some(objection) = cause.downcast_ref::<trust::Objection>() {
        return Some((objection.message(Lang::En), objection.message(Lang::Fr)).into());
    }
    if let Some(broken) = cause.downcast_ref::<status::Broken>() {
        let french = "la connexion SFTP a pris fin, ou le serveur a envoyé autre chose que du SFTP";
        return Some((broken.to_string(), french.to_owned()).into());
    }
    let error = cause.downcast_ref::<russh::Error>()?;
    let french = match error {
        russh::Error::IO(error) => system(error, Lang::Fr),
        russh::Error::Disconnect | russh::Error::HUP => "le serveur a mis fin à la connexion".to_owned(),
        russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout | russh::Error::ConnectionTimeout => {
            "le serveur ne répond plus".to_owned()
        }
        russh::Error::Version => "le serveur ne parle pas SSH".to_owned(),
        russh::Error::NoCommonAlgo { .. } => format!("pas d'accord possible sur SSH ({error})"),
        _ => format!("la connexion SSH a échoué ({error})"),
    };
    Some((error.to_string(), french).into())
}

type Offered = Arc<Mutex<Option<PublicKey>>>;

/// Why the server said that it ends the connection, by its code; 0 if it has not said so.
#[derive(Clone, Default)]
struct Leave(Arc<AtomicU32>);

impl Leave {
    fn code(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Acquire)).filter(|code| *code != 0)
    }
}

/// Connects, verifies the host key, logs in and starts SFTP.
pub(crate) async fn connect(destination: &Destination, deadline: Deadline) -> Result<Box<dyn Session>, Failure> {
    let settings = destination.settings();
    let Some(setup) = &destination.inner().ssh else {
        return Err(Failure::config(Stage::Secure, "protocol", ("not SFTP", "pas SFTP")));
    };
    let (mut handle, hold, leave, protection) = secure(destination, setup, deadline).await?;
    // From here on the server may take its time: some wait after a wrong password, or ask another machine.
    let login = Deadline::after(settings.timeout);
    login.within(Stage::Login, login::login(&mut handle, &leave, settings, setup.key.as_ref())).await??;
    let channel = login.within(Stage::Login, subsystem(&handle)).await??;
    let session = sftp::Sftp::start(handle, hold, channel, protection, settings.timeout);
    Ok(Box::new(login.within(Stage::Login, session).await??))
}

/// Agrees on keys. A server that has several host keys shows one; if that is not trusted, it is asked for those of other kinds,
/// since the fingerprint that is trusted may be of one of them.
async fn secure(
    destination: &Destination,
    setup: &Setup,
    deadline: Deadline,
) -> Result<(Handle<Client>, Hold, Leave, String), Failure> {
    let settings = destination.settings();
    let mut kinds = HOST_KEYS.to_vec();
    let mut first = None;
    loop {
        let (stream, hold) = tether(tcp(&settings.host, settings.port, deadline).await?);
        let (offered, leave) = (Offered::default(), Leave::default());
        let client = Client { destination: destination.clone(), offered: Arc::clone(&offered), leave: leave.clone() };
        let config = Arc::new(config(settings, &kinds));
        let result = deadline.within(Stage::Secure, client::connect_stream(config, stream, client)).await?;
        let key = offered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let error = match (result, key) {
            (Ok(handle), Some(key)) => return Ok((handle, hold, leave, format!("SSH, {}", trust::shown(&key)))),
            // Cannot be: it is asked for in every key exchange.
            (Ok(_), None) => {
                return Err(Failure::untrusted(Told::fixed(
                    "the server has shown no host key",
                    "le serveur n'a montré aucune clé d'hôte",
                )));
            }
            (Err(russh::Error::UnknownKey), Some(key)) => {
                let objection = setup.trust.objection(&key);
                kinds.retain(|kind| !same_kind(kind, &key.algorithm()));
                match objection {
                    Some(objection) if objection.is_final() || kinds.is_empty() => {
                        return Err(Failure::untrusted(first.unwrap_or(objection)));
                    }
                    objection => first = first.or(objection),
                }
                continue;
            }
            (Err(error), _) => error,
        };
        return Err(match first {
            // It has no other key.
            Some(objection) => Failure::untrusted(objection),
            None => Failure::transport(Stage::Secure, error),
        });
    }
}

fn same_kind(a: &Algorithm, b: &Algorithm) -> bool {
    match (a, b) {
        (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
        (a, b) => a == b,
    }
}

fn config(settings: &Settings, kinds: &[Algorithm]) -> client::Config {
    let missed = settings.timeout.as_secs() / KEEPALIVE.as_secs() + 2;
    client::Config {
        client_id: russh::SshId::Standard(concat!("SSH-2.0-Qlower_", env!("CARGO_PKG_VERSION")).into()),
        preferred: Preferred { key: kinds.to_vec().into(), cipher: ciphers().into(), ..Preferred::DEFAULT },
        keepalive_interval: Some(KEEPALIVE),
        // Never sooner than the time limit of an operation.
        keepalive_max: usize::try_from(missed).unwrap_or(usize::MAX),
        nodelay: true,
        ..client::Config::default()
    }
}

/// The library's ciphers, in its order; AES-GCM comes first where the processor has instructions for it, and is quicker then.
fn ciphers() -> Vec<cipher::Name> {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let quick = std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    let quick = std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let quick = false;
    let mut ciphers = Preferred::DEFAULT.cipher.to_vec();
    if quick {
        // The others keep their order.
        ciphers.sort_by_key(|name| *name != cipher::AES_256_GCM);
    }
    ciphers
}

/// Starts the subsystem of file transfer.
async fn subsystem(handle: &Handle<Client>) -> Result<Channel<Msg>, Failure> {
    let mut channel = match handle.channel_open_session().await {
        Ok(channel) => channel,
        Err(russh::Error::ChannelOpenFailure(_)) => return Err(no_sftp()),
        Err(error) => return Err(Failure::transport(Stage::Login, error)),
    };
    channel.request_subsystem(true, "sftp").await.map_err(|error| Failure::transport(Stage::Login, error))?;
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(channel),
            Some(ChannelMsg::Failure | ChannelMsg::Eof | ChannelMsg::Close) => return Err(no_sftp()),
            Some(_) => {}
            None => return Err(Failure::transport(Stage::Login, russh::Error::Disconnect)),
        }
    }
}

fn no_sftp() -> Failure {
    let meaning =
        Wording::fixed("the login is accepted, but not for SFTP", "l'identification est acceptée, mais pas pour SFTP");
    let kind = ErrorKind::Refused { code: status::CHANNEL_FAILURE, meaning };
    Failure::broken(Stage::Login, kind, false)
}

/// What the SSH library asks of its user. Whatever a server would open by itself is refused.
struct Client {
    destination: Destination,
    offered: Offered,
    leave: Leave,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let key = shown.public_key();
        let trusted = match (&self.destination.inner().ssh, shown) {
            (Some(setup), PublicKeyOrCertificate::PublicKey { .. }) => setup.trust.objection(&key).is_none(),
            _ => false,
        };
        *self.offered.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(trusted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Self::Error>) -> Result<(), Self::Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(said) => {
                self.leave.0.store(said.reason_code as u32, Ordering::Release);
                Ok(())
            }
            DisconnectReason::Error(error) => Err(error),
        }
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Self::Error> {
        Ok(())
    }
}
