//! The certificate authorities that are trusted: those of the system, or of a bundle.

use std::borrow::Cow;
use std::io::Read;
use std::path::PathBuf;

use crate::config_error::ConfigError;

#[cfg(any(feature = "ftp", feature = "live-feed"))]
mod judge;

#[cfg(any(feature = "ftp", feature = "live-feed"))]
pub(crate) use judge::{judge, provider};

#[cfg(feature = "live-feed")]
pub(crate) use judge::Judge;

/// More than any bundle has.
const MAX: u64 = 16 * 1024 * 1024;

pub(crate) const SETTING: &str = "ca_bundle";

/// What is wrong where the system's authorities cannot be had.
pub(crate) const NO_SYSTEM: (&str, &str) = (
    "TLS cannot be set up with this machine's certificate authorities: install them, point SSL_CERT_FILE to them, or give a \
     bundle",
    "TLS ne peut pas s'appuyer sur les autorités de certification de cette machine : installez-les, désignez-les par \
     SSL_CERT_FILE, ou donnez-les par ce réglage",
);
pub(crate) const NO_PEM: (&str, &str) = ("not a bundle of PEM certificates", "pas une liste de certificats PEM");
pub(crate) const NONE_IN_IT: (&str, &str) = ("there is no PEM certificate in it", "aucun certificat PEM n'y figure");

/// Where the certificate authorities come from, instead of from the system.
#[derive(Clone)]
pub(crate) enum CaBundle {
    Pem(Vec<u8>),
    File(PathBuf),
}

/// With the problem in English and in French.
pub(crate) fn refused((en, fr): (impl Into<String>, impl Into<String>)) -> ConfigError {
    ConfigError::new(SETTING, en).in_french(fr)
}

impl CaBundle {
    /// For `Debug`: a bundle is long, and not secret.
    #[cfg_attr(
        not(any(feature = "rest", feature = "live-feed")),
        allow(dead_code, reason = "not every transport is shown")
    )]
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Pem(pem) => format!("{} bytes", pem.len()),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// The text of the bundle.
    pub(crate) fn pem(&self) -> Result<Cow<'_, [u8]>, ConfigError> {
        let path = match self {
            Self::Pem(pem) => return Ok(Cow::Borrowed(pem)),
            Self::File(path) => path,
        };
        let shown = path.display();
        let unreadable = |error| {
            refused((format!("{shown} cannot be read"), format!("{shown} : fichier illisible"))).caused_by(error)
        };
        let mut pem = Vec::new();
        // Not by its size: a device or a pipe tells none.
        std::fs::File::open(path).and_then(|file| file.take(MAX + 1).read_to_end(&mut pem)).map_err(unreadable)?;
        if pem.len() as u64 > MAX {
            return Err(refused((format!("{shown} is too large"), format!("{shown} : fichier trop gros"))));
        }
        Ok(Cow::Owned(pem))
    }
}
