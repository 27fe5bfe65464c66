//! The sentence of a fault, in both languages.

use std::io;
use std::time::Duration;

use qlower_core::Lang;

use super::super::pick;
use super::{CertificateProblem, FaultKind, RedirectProblem, TimeoutStage};

impl FaultKind {
    pub(super) fn message(&self, peer: &str, lang: Lang) -> String {
        let say = |en: String, fr: String| pick(lang, en, fr);
        match self {
            Self::Dns => {
                say(format!("the address of {peer} cannot be found"), format!("l'adresse de {peer} est introuvable"))
            }
            Self::Connect { reason } => {
                let (en, fr) = reason_of(*reason);
                say(format!("no connection to {peer}{en}"), format!("pas de connexion à {peer}{fr}"))
            }
            Self::Tls => say(
                format!("no secure connection to {peer}: there is no agreement on TLS; it may speak plain http"),
                format!("pas de connexion sécurisée à {peer} : pas d'accord sur TLS ; il parle peut-être http simple"),
            ),
            Self::Certificate(problem) => {
                let (en, fr) = problem.words();
                say(format!("the certificate of {peer} {en}"), format!("le certificat de {peer} {fr}"))
            }
            Self::Timeout { limit, stage } => {
                let (en, fr) = (in_english(*limit), in_french(*limit));
                match stage {
                    TimeoutStage::Connect => say(
                        format!("no connection to {peer} within {en}"),
                        format!("pas de connexion à {peer} en {fr}"),
                    ),
                    TimeoutStage::Answer => {
                        say(format!("no answer from {peer} within {en}"), format!("pas de réponse de {peer} en {fr}"))
                    }
                    TimeoutStage::Reply => say(
                        format!("the reply of {peer} was not complete within {en}"),
                        format!("la réponse de {peer} n'était pas complète en {fr}"),
                    ),
                }
            }
            Self::Broken { answered: false } => say(
                format!("the connection to {peer} broke before an answer came"),
                format!("la connexion à {peer} s'est coupée avant une réponse"),
            ),
            Self::Broken { answered: true } => say(
                format!("the connection to {peer} broke within the reply"),
                format!("la connexion à {peer} s'est coupée pendant la réponse"),
            ),
            Self::Status { status, .. } => {
                let (en, fr) = meaning(*status);
                say(format!("{peer} answered with HTTP {status}{en}"), format!("{peer} a répondu HTTP {status}{fr}"))
            }
            Self::Redirect(problem) => {
                let (en, fr) = problem.words();
                say(format!("{peer} redirects {en}"), format!("{peer} redirige {fr}"))
            }
            Self::Compressed => say(
                format!("{peer} compresses its document, though that was not asked for"),
                format!("{peer} compresse son document sans que cela soit demandé"),
            ),
            Self::Unshowable { unit } => say(
                format!("the value is too large to be shown in {unit}"),
                format!("la valeur est trop grande pour être affichée en {unit}"),
            ),
            Self::Reading(fault) => fault.message(lang),
            Self::NoRuntime => say(
                "nobody polls, since there is no tokio runtime with timers and network here".to_owned(),
                "personne n'interroge : il n'y a pas ici d'environnement tokio avec horloge et réseau".to_owned(),
            ),
        }
    }
}

pub(in super::super) fn in_english(time: Duration) -> String {
    match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        milliseconds @ 1..1000 => format!("{milliseconds} ms"),
        _ => format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0),
    }
}

pub(in super::super) fn in_french(time: Duration) -> String {
    in_english(time).replace('.', ",")
}

fn reason_of(kind: io::ErrorKind) -> (&'static str, &'static str) {
    match kind {
        io::ErrorKind::ConnectionRefused => (": nobody listens there", " : personne n'écoute à cette adresse"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            (": it was closed at once", " : elle a été fermée aussitôt")
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            (": there is no way to it", " : aucun chemin n'y mène")
        }
        io::ErrorKind::PermissionDenied => (": it is not allowed here", " : elle n'est pas autorisée ici"),
        _ => ("", ""),
    }
}

fn meaning(status: u16) -> (&'static str, &'static str) {
    match status {
        401 => (": it asks for other credentials", " : il demande d'autres identifiants"),
        403 => (": it does not allow this", " : il ne l'autorise pas"),
        404 | 410 => (": there is nothing at this URL", " : il n'y a rien à cette URL"),
        405 => (": it does not take GET there", " : il n'y accepte pas GET"),
        429 => (": it is asked too often", " : il est interrogé trop souvent"),
        503 => (": not available just now", " : indisponible pour l'instant"),
        500..=599 => (": it has a fault", " : il a une panne"),
        _ => ("", ""),
    }
}

impl CertificateProblem {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => ("has expired", "a expiré"),
            Self::NotYetValid => ("is not valid yet", "n'est pas encore valable"),
            Self::WrongHost => ("is for other hosts", "est fait pour d'autres hôtes"),
            Self::Untrusted => {
                ("was not issued by a trusted authority", "n'a pas été émis par une autorité de confiance")
            }
            Self::Revoked => ("was revoked", "a été révoqué"),
            Self::Other => ("cannot be trusted", "n'est pas digne de confiance"),
        }
    }
}

impl RedirectProblem {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::OtherHost => (
                "to another host or port, where credentials do not go",
                "vers un autre hôte ou port, où les identifiants ne vont pas",
            ),
            Self::Downgrade => ("from https to http", "de https vers http"),
            Self::Upgrade => {
                ("from http to https: set the URL with https", "de http vers https : donnez l'URL avec https")
            }
            Self::TooMany => ("again and again", "sans fin"),
            Self::Nowhere => ("without saying where to", "sans dire vers où"),
        }
    }
}
