//! Texts that are given, or named by their file.

use std::fmt;
use std::path::PathBuf;

use crate::ftp::secret::Secret;

/// A PEM text, or the file that holds it.
#[derive(Clone)]
pub(crate) enum Text {
    Given(Secret),
    File(PathBuf),
}

/// A key is secret.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(secret) => secret.fmt(f),
            Self::File(path) => path.fmt(f),
        }
    }
}

#[cfg(feature = "sftp")]
mod read {
    use std::io;

    use qlower_core::Lang;

    use super::Text;
    use crate::ftp::error::{Error, system};
    use crate::ftp::secret::Secret;

    /// More than any key or list of hosts has.
    const MAX: u64 = 16 * 1024 * 1024;

    impl Text {
        pub(crate) fn read(&self, setting: &'static str) -> Result<Secret, Error> {
            let path = match self {
                Self::Given(text) => return Ok(text.clone()),
                Self::File(path) => path,
            };
            let refused = |(en, fr): (String, String)| {
                let path = path.display();
                Error::config(setting, (format!("{path}: {en}"), format!("{path} : {fr}")))
            };
            let unreadable = |error: io::Error| refused((error.to_string(), system(&error, Lang::Fr)));
            let size = std::fs::metadata(path).map_err(unreadable)?.len();
            if size > MAX {
                return Err(refused(("too large".to_owned(), "fichier trop gros".to_owned())));
            }
            std::fs::read_to_string(path).map(Secret::from).map_err(unreadable)
        }
    }
}
