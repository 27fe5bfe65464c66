//! The choices of a destination, and their words.

use std::fmt;
use std::str::FromStr;

use qlower_core::Lang;
use serde::ser::{Serialize, Serializer};

use crate::ftp::wording::{pick, quoted};

/// A text that is none of the words of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    found: String,
    known: &'static [&'static str],
}

impl UnknownWord {
    /// The words that there are.
    #[must_use]
    pub const fn known(&self) -> &'static [&'static str] {
        self.known
    }
}

impl UnknownWord {
    /// The text; `Display` is the English one.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let known: Vec<String> = self.known.iter().map(|word| quoted(word, lang)).collect();
        let (found, known) = (quoted(&self.found, lang), known.join(", "));
        pick(lang, format!("{found} is none of {known}"), format!("{found} ne figure pas parmi {known}"))
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for UnknownWord {}

/// Ties each variant to its word, once.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $type {
            /// All words, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// Its word in files of settings and in other languages.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord { found: text.to_owned(), known: Self::WORDS }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// How a server is spoken to.
///
/// | variant | word | port | what protects it |
/// | --- | --- | --- | --- |
/// | `Ftps` | `ftps` | 21 | TLS, asked for with `AUTH TLS` before the login; data as well (`PROT P`) |
/// | `FtpsImplicit` | `ftps-implicit` | 990 | TLS from the first byte; data as well |
/// | `Sftp` | `sftp` | 22 | SSH |
/// | `Ftp` | `ftp` | 21 | nothing: password and files can be read on the way |
///
/// ```
/// use qlower_client::ftp::Protocol;
///
/// assert_eq!("ftps-implicit".parse(), Ok(Protocol::FtpsImplicit));
/// assert_eq!(Protocol::Sftp.port(), 22);
/// ```
///
/// Where a fleet or a binding is told none, it is `Ftps`: protected, and what most servers of customers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// FTP without protection. To other hosts than this machine only with
    /// [`insecure`](crate::ftp::DestinationBuilder::insecure).
    Ftp,
    /// FTP with TLS that is asked for (explicit).
    #[default]
    Ftps,
    /// FTP with TLS from the start (implicit).
    FtpsImplicit,
    /// File transfer over SSH.
    Sftp,
}

words!(Protocol { Ftp = "ftp", Ftps = "ftps", FtpsImplicit = "ftps-implicit", Sftp = "sftp" });

impl Protocol {
    /// The port that is customary for it.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Ftp | Self::Ftps => 21,
            Self::FtpsImplicit => 990,
            Self::Sftp => 22,
        }
    }

    pub(crate) const fn has_tls(self) -> bool {
        matches!(self, Self::Ftps | Self::FtpsImplicit)
    }
}

/// Under which name a file arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Temporary {
    /// Under a hidden name beside its own, `.NAME.HASH.TOKEN.part` (of 16 MiB or more: `.NAME.HASH.part`), and it is renamed once it is
    /// there as a whole: whoever watches the folder never sees half a file. What an attempt leaves is completed by the next one; from
    /// 16 MiB on also by another delivery of the same content, even of another process.
    #[default]
    Rename,
    /// Under its own name at once, for servers that allow no renaming. What an attempt leaves is removed if possible. Two that deliver
    /// to one name at the same time can spoil each other's file.
    Direct,
}

words!(Temporary { Rename = "rename", Direct = "direct" });

/// What becomes of a file that stands on the server under the name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Existing {
    /// It is replaced: a vehicle that is processed anew has its new images in the same place.
    ///
    /// Where an SFTP server cannot do so in one step, the older file steps aside first, as `.NAME.old.part` in the same folder, and is
    /// removed once the new one has its name. Should the process end in between, nothing stands under the name until the next
    /// delivery to it, whatever that brings: it finds the way free, and removes what stands aside.
    #[default]
    Replace,
    /// It is left as it is, and the file counts as delivered.
    Keep,
    /// It is left as it is, and the delivery ends with [`ErrorKind::Exists`](crate::ftp::ErrorKind::Exists).
    Refuse,
}

words!(Existing { Replace = "replace", Keep = "keep", Refuse = "refuse" });

/// How the address of an FTP data connection is found. Whatever a server answers, data go to the host of the control connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Passive {
    /// `EPSV`, and from the first refusal on `PASV`.
    #[default]
    Auto,
    /// `EPSV` only.
    Extended,
    /// `PASV` only, for gateways that stumble over `EPSV`. It needs IPv4.
    Classic,
}

words!(Passive { Auto = "auto", Extended = "extended", Classic = "classic" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back() {
        fn both_ways<T: FromStr<Err = UnknownWord> + ToString>(words: &[&str]) {
            for word in words {
                assert_eq!(word.parse::<T>().unwrap().to_string(), *word);
            }
        }
        both_ways::<Protocol>(Protocol::WORDS);
        both_ways::<Temporary>(Temporary::WORDS);
        both_ways::<Existing>(Existing::WORDS);
        both_ways::<Passive>(Passive::WORDS);
    }

    #[test]
    fn another_word_is_shown_with_those_that_there_are() {
        let error = "FTPS".parse::<Protocol>().unwrap_err();
        assert_eq!(error.to_string(), r#""FTPS" is none of "ftp", "ftps", "ftps-implicit", "sftp""#);
    }
}
