//! The sentence of a failure, in both languages.

use std::time::Duration;

use qlower_core::Lang;

use super::{Error, ErrorKind, Inner, Stage};
use crate::ftp::wording::{self, Wording, pick};
use crate::receipt::Certainty;

/// The whole line: what failed, and what is known besides.
pub(super) fn message(error: &Error, lang: Lang) -> String {
    let mut text = sentence(&error.0, lang);
    let attempts = error.attempts();
    if attempts > 1 {
        text.push_str(&pick(
            lang,
            format!("; {attempts} attempts were made"),
            format!(" ; {attempts} tentatives ont été faites"),
        ));
    }
    if error.certainty() == Certainty::Unknown {
        text.push_str(pick(
            lang,
            "; it is not known whether the file stands there",
            " ; on ignore si le fichier est arrivé",
        ));
    }
    text
}

fn sentence(inner: &Inner, lang: Lang) -> String {
    let Inner { stage, kind, peer, path, .. } = inner;
    let path = path.as_deref().unwrap_or(pick(lang, "a file", "un fichier"));
    let say = |en: String, fr: String| pick(lang, en, fr);
    match kind {
        ErrorKind::Config { setting, problem } => {
            format!("{setting}{}{}", pick(lang, ": ", " : "), problem.message(lang))
        }
        ErrorKind::Naming(errors) => {
            let errors: Vec<String> = errors.iter().map(|error| error.message(lang)).collect();
            say(
                format!("the files cannot be named: {}", errors.join("; ")),
                format!("les fichiers ne peuvent pas être nommés : {}", errors.join(" ; ")),
            )
        }
        ErrorKind::File { path, .. } => {
            let path = path.display();
            say(format!("{path} cannot be read"), format!("{path} ne peut pas être lu"))
        }
        ErrorKind::Untrusted(_) => {
            say(format!("{peer} did not prove who it is"), format!("{peer} n'a pas prouvé son identité"))
        }
        ErrorKind::SessionReuse => session_reuse(peer, lang),
        ErrorKind::SizeDiffers { sent, there } => say(
            format!("{path} has {there} bytes on {peer}, and {sent} were sent"),
            format!("{path} fait {there} octets sur {peer}, et {sent} ont été envoyés"),
        ),
        ErrorKind::Exists => say(
            format!("{path} stands on {peer} already, and was to be left as it is"),
            format!("{path} existe déjà sur {peer}, et devait y rester tel quel"),
        ),
        ErrorKind::Transport(_) if peer.is_empty() => {
            say("the delivery broke off".to_owned(), "la livraison s'est interrompue".to_owned())
        }
        ErrorKind::Transport(_) => broken(*stage, peer, path, lang),
        ErrorKind::Timeout(limit) => late(*stage, peer, path, *limit, lang),
        ErrorKind::Refused { code, meaning } => refused(*stage, peer, path, *code, meaning, lang),
    }
}

fn session_reuse(peer: &str, lang: Lang) -> String {
    const SWITCHES: &str = "vsftpd: require_ssl_reuse=NO, proftpd: TLSOptions NoSessionReuseRequired";
    pick(
        lang,
        format!(
            "{peer} wants data connections to continue the TLS session of the control connection, and did not accept the one offered: the \
             server's operator can switch that off ({SWITCHES})"
        ),
        format!(
            "{peer} veut que les connexions de données reprennent la session TLS de la connexion de contrôle, et n'a pas accepté celle qui \
             était proposée : l'exploitant du serveur peut lever cette exigence ({})",
            SWITCHES.replace(": ", " : ")
        ),
    )
}

fn broken(stage: Option<Stage>, peer: &str, path: &str, lang: Lang) -> String {
    let (en, fr) = match stage {
        Some(Stage::Resolve) => {
            return pick(
                lang,
                format!("the address of {peer} cannot be found"),
                format!("l'adresse de {peer} est introuvable"),
            );
        }
        None | Some(Stage::Connect) => {
            return pick(lang, format!("no connection to {peer}"), format!("pas de connexion à {peer}"));
        }
        Some(Stage::Secure) => {
            return pick(
                lang,
                format!("no secure connection to {peer}"),
                format!("pas de connexion sécurisée à {peer}"),
            );
        }
        Some(Stage::Login) => ("at the login".to_owned(), "lors de l'identification".to_owned()),
        Some(Stage::Folder) => {
            (format!("while the folder {path} was made"), format!("pendant la création du dossier {path}"))
        }
        Some(Stage::Transfer) => (format!("while {path} was being sent"), format!("pendant l'envoi de {path}")),
        Some(Stage::Verify) => (
            format!("while the size of {path} was asked for"),
            format!("pendant que la taille de {path} était demandée"),
        ),
        Some(Stage::Rename) => {
            (format!("while {path} was given its name"), format!("pendant que {path} recevait son nom"))
        }
    };
    pick(lang, format!("the connection to {peer} broke {en}"), format!("la connexion à {peer} s'est coupée {fr}"))
}

fn late(stage: Option<Stage>, peer: &str, path: &str, limit: Duration, lang: Lang) -> String {
    let time = wording::limit(limit, lang);
    let (en, fr) = match stage {
        None | Some(Stage::Resolve | Stage::Connect | Stage::Secure) => {
            (format!("no connection to {peer} within {time}"), format!("pas de connexion à {peer} en {time}"))
        }
        Some(Stage::Login) => (
            format!("{peer} did not answer the login within {time}"),
            format!("{peer} n'a pas répondu à l'identification en {time}"),
        ),
        Some(Stage::Folder) => (
            format!("{peer} did not make the folder {path} within {time}"),
            format!("{peer} n'a pas créé le dossier {path} en {time}"),
        ),
        Some(Stage::Transfer) => (
            format!("{peer} took nothing more of {path} for {time}"),
            format!("{peer} n'a plus rien accepté de {path} pendant {time}"),
        ),
        Some(Stage::Verify) => (
            format!("{peer} did not tell the size of {path} within {time}"),
            format!("{peer} n'a pas donné la taille de {path} en {time}"),
        ),
        Some(Stage::Rename) => (
            format!("{peer} did not give {path} its name within {time}"),
            format!("{peer} n'a pas donné son nom à {path} en {time}"),
        ),
    };
    pick(lang, en, fr)
}

fn refused(stage: Option<Stage>, peer: &str, path: &str, code: u32, meaning: &Wording, lang: Lang) -> String {
    let (en, fr) = match stage {
        None | Some(Stage::Resolve | Stage::Connect) => {
            (format!("{peer} refused the connection"), format!("{peer} a refusé la connexion"))
        }
        Some(Stage::Secure) => {
            (format!("{peer} refused a secure connection"), format!("{peer} a refusé une connexion sécurisée"))
        }
        Some(Stage::Login) => (format!("{peer} refused the login"), format!("{peer} a refusé l'identification")),
        Some(Stage::Folder) => {
            (format!("{peer} refused to make the folder {path}"), format!("{peer} a refusé de créer le dossier {path}"))
        }
        Some(Stage::Transfer) => (format!("{peer} refused {path}"), format!("{peer} a refusé {path}")),
        Some(Stage::Verify) => {
            (format!("{peer} did not tell the size of {path}"), format!("{peer} n'a pas donné la taille de {path}"))
        }
        Some(Stage::Rename) => {
            (format!("{peer} refused to rename to {path}"), format!("{peer} a refusé de renommer en {path}"))
        }
    };
    let meaning = meaning.message(lang);
    pick(lang, format!("{en}: {meaning} (code {code})"), format!("{fr} : {meaning} (code {code})"))
}
