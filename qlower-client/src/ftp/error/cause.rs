//! What caused a failure, in both languages as far as the SDK knows it; what libraries say in their own words is English.

use std::error::Error as StdError;
use std::io;

use qlower_core::Lang;

use crate::ftp::wording::{Told, pick};

/// All causes of an error, each after a colon.
pub(super) fn causes(error: &dyn StdError, lang: Lang) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(pick(lang, ": ", " : "));
        text.push_str(&one(cause, lang));
        next = cause.source();
    }
    text
}

fn one(cause: &(dyn StdError + 'static), lang: Lang) -> String {
    let told = match lang {
        Lang::Fr => in_french(cause),
        _ => in_plain_english(cause),
    };
    told.unwrap_or_else(|| cause.to_string())
}

/// What a library says in words for those who wrote it.
fn in_plain_english(cause: &(dyn StdError + 'static)) -> Option<String> {
    #[cfg(feature = "ftp")]
    {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let wording = crate::ftp::tls::wording(inner.map_or(cause, |inner| inner as _))?;
        Some(wording.message(Lang::En).to_owned())
    }
    #[cfg(not(feature = "ftp"))]
    {
        let _ = cause;
        None
    }
}

fn in_french(cause: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(Told(wording)) = cause.downcast_ref() {
        return Some(wording.message(Lang::Fr).to_owned());
    }
    #[cfg(feature = "sftp")]
    if let Some(wording) = crate::ftp::ssh::wording(cause) {
        return Some(wording.message(Lang::Fr).to_owned());
    }
    #[cfg(feature = "ftp")]
    if cause.is::<crate::ftp::ftps::Unreachable>() {
        return Some(crate::ftp::ftps::Unreachable::WORDING.message(Lang::Fr).to_owned());
    }
    #[cfg(feature = "ftp")]
    if let Some(wording) = crate::ftp::tls::wording(cause) {
        return Some(wording.message(Lang::Fr).to_owned());
    }
    cause.downcast_ref().map(|error| system(error, Lang::Fr))
}

/// What the system says, or what stands below its error.
pub(crate) fn system(error: &io::Error, lang: Lang) -> String {
    let french = match (lang, error.get_ref()) {
        (Lang::Fr, Some(inner)) => in_french(inner),
        (Lang::Fr, None) => by_kind(error.kind()).map(|text| match error.raw_os_error() {
            Some(code) => format!("{text} (erreur {code} du système)"),
            None => text.to_owned(),
        }),
        _ => None,
    };
    french.unwrap_or_else(|| error.to_string())
}

const fn by_kind(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::NotFound => "fichier ou dossier introuvable",
        io::ErrorKind::PermissionDenied => "accès non autorisé",
        io::ErrorKind::ConnectionRefused => "connexion refusée : personne n'écoute à cette adresse",
        io::ErrorKind::ConnectionReset => "connexion coupée par le serveur",
        io::ErrorKind::ConnectionAborted => "connexion interrompue",
        io::ErrorKind::NotConnected => "pas de connexion",
        io::ErrorKind::BrokenPipe => "connexion fermée par le serveur",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "aucun chemin ne mène à cette adresse",
        io::ErrorKind::NetworkDown => "le réseau est coupé",
        io::ErrorKind::AddrNotAvailable => "adresse non disponible sur cette machine",
        io::ErrorKind::TimedOut => "délai dépassé",
        io::ErrorKind::UnexpectedEof => "fin inattendue",
        io::ErrorKind::InvalidData => "contenu illisible",
        io::ErrorKind::InvalidInput => "valeur inutilisable",
        io::ErrorKind::IsADirectory => "c'est un dossier",
        io::ErrorKind::NotADirectory => "ce n'est pas un dossier",
        io::ErrorKind::StorageFull => "plus de place sur le disque",
        io::ErrorKind::QuotaExceeded => "quota épuisé",
        io::ErrorKind::FileTooLarge => "fichier trop gros",
        io::ErrorKind::OutOfMemory => "mémoire insuffisante",
        io::ErrorKind::Interrupted => "opération interrompue",
        _ => return None,
    })
}
