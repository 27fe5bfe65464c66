//! Which host keys are trusted.

use std::fmt;

use qlower_core::Lang;
use russh::keys::ssh_key::Fingerprint;
use russh::keys::{HashAlg, PublicKey};

use crate::ftp::destination::Settings;
use crate::ftp::error::Error;
use crate::ftp::ssh::known_hosts::{KnownHosts, Standing};
use crate::ftp::text::Text;
use crate::ftp::wording::pick;

/// Fingerprints that were given, and the lines of a file of known hosts that are about this host.
pub(crate) struct Trust {
    fingerprints: Vec<Fingerprint>,
    known: Option<KnownHosts>,
}

impl Trust {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let fingerprints = settings.host_keys.iter().map(|text| fingerprint(text)).collect::<Result<Vec<_>, _>>()?;
        let known = match &settings.known_hosts {
            Some(path) => {
                let text = Text::File(path.clone()).read("known_hosts_file")?;
                let known = KnownHosts::read(text.expose(), &settings.host, settings.port).map_err(|problem| {
                    let path = path.display();
                    let text = |lang| problem.message(lang);
                    let both = (format!("{path}: {}", text(Lang::En)), format!("{path} : {}", text(Lang::Fr)));
                    Error::config("known_hosts_file", both)
                })?;
                Some(known)
            }
            None => None,
        };
        if fingerprints.is_empty() && known.is_none() {
            let (host, port) = (&settings.host, settings.port);
            return Err(Error::config(
                "host_key",
                (
                    format!(
                        "not given, and neither is known_hosts_file: an SFTP server is known by its host key alone. Ask whoever runs the \
                         server for its fingerprint, and compare it with what `ssh-keyscan -p {port} {host} | ssh-keygen -lf -` prints"
                    ),
                    format!(
                        "non renseigné, et known_hosts_file non plus : un serveur SFTP ne se reconnaît qu'à sa clé d'hôte. Demandez son \
                         empreinte à l'exploitant du serveur, et comparez-la à ce qu'affiche \
                         `ssh-keyscan -p {port} {host} | ssh-keygen -lf -`"
                    ),
                ),
            ));
        }
        Ok(Self { fingerprints, known })
    }

    /// What speaks against a key, or `None` if it is trusted. What is revoked is not trusted by its fingerprint either.
    pub(crate) fn objection(&self, key: &PublicKey) -> Option<Objection> {
        let standing = self.known.as_ref().map_or(Standing::Unknown, |known| known.standing(key));
        let why = match standing {
            Standing::Known => return None,
            Standing::Revoked { line } => Why::Revoked { line },
            _ if self.fingerprints.iter().any(|known| key.fingerprint(known.algorithm()) == *known) => return None,
            Standing::Changed { line } => Why::Changed { line },
            Standing::Unknown => Why::Unknown,
        };
        Some(Objection { key: shown(key), why })
    }
}

/// As OpenSSH writes it, with or without the padding that others add.
fn fingerprint(text: &str) -> Result<Fingerprint, Error> {
    let bare = text.trim().trim_end_matches('=');
    match bare.parse::<Fingerprint>() {
        Ok(found) if found.is_sha256() => Ok(found),
        _ => Err(Error::config(
            "host_key",
            (
                "not a fingerprint: it has the form SHA256: and 43 letters, as `ssh-keygen -lf` prints it",
                "pas une empreinte : elle a la forme SHA256: suivi de 43 caractères, comme l'affiche `ssh-keygen -lf`",
            ),
        )),
    }
}

/// A key by its kind and fingerprint.
pub(crate) fn shown(key: &PublicKey) -> String {
    format!("{} {}", key.algorithm(), key.fingerprint(HashAlg::Sha256))
}

/// Why a host key is not trusted; it shows the key.
#[derive(Debug)]
pub(crate) struct Objection {
    key: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Unknown,
    Changed { line: usize },
    Revoked { line: usize },
}

impl Objection {
    /// Whether other keys of the server would not help.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self.why, Why::Revoked { .. })
    }
}

impl Objection {
    pub(crate) fn message(&self, lang: Lang) -> String {
        let key = &self.key;
        let (en, fr) = match self.why {
            Why::Unknown => (
                format!("the server's host key is {key}, which is not among those that are trusted"),
                format!("la clé d'hôte du serveur est {key}, qui n'est pas parmi celles de confiance"),
            ),
            Why::Changed { line } => (
                format!(
                    "the server's host key is {key}, but line {line} of the known hosts has another of this kind: the server was set up \
                     anew, or another one answers in its place"
                ),
                format!(
                    "la clé d'hôte du serveur est {key}, mais la ligne {line} des hôtes connus en a une autre de ce genre : le serveur a été \
                     réinstallé, ou un autre répond à sa place"
                ),
            ),
            Why::Revoked { line } => (
                format!("the server's host key {key} is revoked by line {line} of the known hosts"),
                format!("la clé d'hôte du serveur, {key}, est révoquée par la ligne {line} des hôtes connus"),
            ),
        };
        pick(lang, en, fr)
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for Objection {}
