//! The private key of a login.

use std::sync::Arc;

use russh::keys::{Error as KeyError, PrivateKey, decode_secret_key};
use zeroize::Zeroizing;

use crate::ftp::error::Error;
use crate::ftp::secret::Secret;
use crate::ftp::text::Text;

/// A private key, opened.
pub(crate) struct Key(Arc<PrivateKey>);

impl Key {
    pub(crate) fn open(text: &Text, passphrase: Option<&Secret>) -> Result<Self, Error> {
        let text = text.read("key")?;
        let text = tidy(text.expose());
        if !text.contains("PRIVATE KEY-----") && !text.starts_with("PuTTY-User-Key-File-") {
            let problem = if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.contains("PUBLIC KEY-----")
            {
                ("the public key: the private one is needed", "la clé publique : il faut la clé privée")
            } else {
                ("not a private key in the format of OpenSSH or PEM", "pas une clé privée au format OpenSSH ou PEM")
            };
            return Err(Error::config("key", problem));
        }
        match decode_secret_key(&text, passphrase.map(Secret::expose)) {
            Ok(key) => Ok(Self(Arc::new(key))),
            // The library's own words are not shown: they are about what is secret.
            Err(error) => Err(fault(&error, &text, passphrase.is_some())),
        }
    }

    pub(crate) fn shared(&self) -> Arc<PrivateKey> {
        Arc::clone(&self.0)
    }
}

/// Without the blanks that come in when a key is pasted into a file of settings.
fn tidy(text: &str) -> Zeroizing<String> {
    let mut tidy = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim).skip_while(|line| line.is_empty()) {
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy
}

fn fault(error: &KeyError, text: &str, passphrase: bool) -> Error {
    let encrypted = text.contains("ENCRYPTED") || matches!(error, KeyError::KeyIsEncrypted);
    match (passphrase, encrypted, error) {
        (false, true, _) => Error::config(
            "key_passphrase",
            ("not given, and the key is encrypted", "non renseignée, et la clé est chiffrée"),
        ),
        (true, ..) => Error::config(
            "key_passphrase",
            ("does not open the key, or the key is damaged", "n'ouvre pas la clé, ou la clé est endommagée"),
        ),
        (false, false, KeyError::UnsupportedKeyType { .. } | KeyError::UnknownAlgorithm(_)) => Error::config(
            "key",
            (
                "of a kind that is not supported: Ed25519, ECDSA and RSA are",
                "d'un genre qui n'est pas géré : Ed25519, ECDSA et RSA le sont",
            ),
        ),
        _ => Error::config(
            "key",
            (
                "damaged, or of a kind that is not supported: Ed25519, ECDSA and RSA are",
                "endommagée, ou d'un genre qui n'est pas géré : Ed25519, ECDSA et RSA le sont",
            ),
        ),
    }
}
