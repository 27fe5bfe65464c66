//! Settings of a destination, as JavaScript gives them.

use std::str::FromStr;

use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::ftp::{Destination, DestinationBuilder, Error, ErrorKind, UnknownWord};

use super::naming::characters;
use crate::fault::{Fault, Outcome, guard};
use crate::names;
use crate::retry::{Retry, count, time};

use super::delivery::FtpDestination;

/// What is given. Times are in milliseconds. What is not given is the default.
#[napi(object, object_to_js = false)]
pub struct FtpSettings {
    /// The server's name or address.
    pub host: String,
    /// How it is spoken to.
    pub protocol: Option<String>,
    /// Its port.
    pub port: Option<f64>,
    /// The user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// The text of a private key.
    pub key: Option<Uint8Array>,
    /// The path of one.
    pub key_file: Option<String>,
    /// What it is encrypted with.
    pub key_passphrase: Option<String>,
    /// The template of the folder.
    pub directory: Option<String>,
    /// That of the name of each file.
    pub file: Option<String>,
    /// That of the archive.
    pub archive: Option<String>,
    /// That of the side file.
    pub side_file: Option<String>,
    /// Which names the server takes.
    pub characters: Option<String>,
    /// The path of a PEM file, or what would be in it.
    pub ca_bundle: Option<Either<String, Uint8Array>>,
    /// Fingerprints of the server's keys.
    pub host_keys: Option<Vec<String>>,
    /// The path of a file of known hosts.
    pub known_hosts_file: Option<String>,
    /// Whether plain FTP may go to any machine.
    pub insecure: Option<bool>,
    /// Under which name a file arrives.
    pub temporary: Option<String>,
    /// What becomes of one that is there.
    pub existing: Option<String>,
    /// The limit for connecting.
    pub connect_timeout: Option<f64>,
    /// For how long nothing may move.
    pub timeout: Option<f64>,
    /// When to try again.
    pub retry: Option<Retry>,
    /// How data connections are asked for.
    pub passive: Option<String>,
}

/// A destination with settings.
#[napi]
pub fn open_ftp_destination(settings: FtpSettings) -> Outcome<FtpDestination> {
    guard(|| Ok(FtpDestination::new(settings.build()?)))
}

/// The word of a setting.
fn word<T: FromStr<Err = UnknownWord>>(setting: &str, given: Option<&str>) -> Result<Option<T>, Fault> {
    // What was given may be something else that landed here, and is not shown.
    let refused = |error: UnknownWord| {
        let known = error.known().join(", ");
        Fault::setting(setting, format!("there are {known}"), format!("les choix sont {known}"))
    };
    given.map(|word| word.parse().map_err(refused)).transpose()
}

/// PEM is text.
fn pem(setting: &str, bytes: &[u8]) -> Result<String, Fault> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Fault::setting(setting, "is no PEM text", "n'est pas un texte PEM"))
}

impl FtpSettings {
    fn build(self) -> Result<Destination, Fault> {
        let protocol = word("protocol", self.protocol.as_deref())?.unwrap_or_default();
        let mut builder = Destination::builder(protocol, &self.host);
        if let Some(port) = count("port", self.port)? {
            let port = u16::try_from(port).ok().filter(|port| *port > 0);
            let refused =
                || Fault::setting("port", "must be between 1 and 65535", "doit être compris entre 1 et 65535");
            builder = builder.port(port.ok_or_else(refused)?);
        }
        if let Some(limit) = time("connectTimeout", self.connect_timeout)? {
            builder = builder.connect_timeout(limit);
        }
        if let Some(limit) = time("timeout", self.timeout)? {
            builder = builder.timeout(limit);
        }
        if let Some(retry) = &self.retry {
            builder = builder.retry(retry.policy()?);
        }
        if self.insecure == Some(true) {
            builder = builder.insecure();
        }
        if let Some(temporary) = word("temporary", self.temporary.as_deref())? {
            builder = builder.temporary(temporary);
        }
        if let Some(existing) = word("existing", self.existing.as_deref())? {
            builder = builder.existing(existing);
        }
        if let Some(passive) = word("passive", self.passive.as_deref())? {
            builder = builder.passive(passive);
        }
        if let Some(word) = &self.characters {
            builder = builder.characters(characters(word)?);
        }
        self.named(self.trusting(builder)?).build().map_err(|error| self.refused(&error))
    }

    /// The client knows one key, whichever way it was given.
    fn refused(&self, error: &Error) -> Fault {
        match error.kind() {
            ErrorKind::Config { setting: "key", problem } if self.key_file.is_some() => {
                let told = |lang| names::message(problem.message(lang));
                Fault::setting("keyFile", told(Lang::En), told(Lang::Fr))
            }
            _ => error.into(),
        }
    }

    /// Who one is, and who the server has to be.
    fn trusting(&self, mut builder: DestinationBuilder) -> Result<DestinationBuilder, Fault> {
        if let Some(user) = &self.user {
            builder = builder.user(user);
        }
        if let Some(password) = &self.password {
            builder = builder.password(password);
        }
        if let Some(key) = &self.key {
            builder = builder.key(pem("key", key)?);
        }
        if let Some(path) = &self.key_file {
            builder = builder.key_file(path);
        }
        if let Some(passphrase) = &self.key_passphrase {
            builder = builder.key_passphrase(passphrase);
        }
        match &self.ca_bundle {
            Some(Either::A(path)) => builder = builder.ca_bundle_file(path),
            Some(Either::B(bundle)) => builder = builder.ca_bundle(pem("caBundle", bundle)?),
            None => {}
        }
        for fingerprint in self.host_keys.iter().flatten() {
            builder = builder.host_key(fingerprint);
        }
        if let Some(path) = &self.known_hosts_file {
            builder = builder.known_hosts_file(path);
        }
        Ok(builder)
    }

    /// How files are named.
    fn named(&self, mut builder: DestinationBuilder) -> DestinationBuilder {
        if let Some(template) = &self.directory {
            builder = builder.directory(template);
        }
        if let Some(template) = &self.file {
            builder = builder.file(template);
        }
        if let Some(template) = &self.archive {
            builder = builder.archive(template);
        }
        if let Some(template) = &self.side_file {
            builder = builder.side_file(template);
        }
        builder
    }
}
