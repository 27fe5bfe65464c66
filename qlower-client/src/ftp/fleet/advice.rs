//! What to do about a job that was not delivered.

use qlower_core::Lang;

use super::summary::{JobOutcome, JobResult, NotTried};
use crate::ftp::wording::Wording;
use crate::ftp::{Error, ErrorKind, Stage};

const LATER: Wording = Wording::fixed("try again later", "à retenter plus tard");
const SETTINGS: Wording = Wording::fixed("correct the settings", "réglages à corriger");
const NAMES: Wording =
    Wording::fixed("correct the rules for names or the variables", "règles de nommage ou variables à corriger");
const FILE: Wording = Wording::fixed("see to the file on this machine", "fichier à vérifier sur cette machine");
const LOGIN: Wording =
    Wording::fixed("check user and password or key", "utilisateur et mot de passe ou clé à vérifier");
const IDENTITY: Wording = Wording::fixed(
    "ask the server's operator before you trust another identity",
    "à vérifier avec l'exploitant du serveur avant d'accepter une autre identité",
);
const OPERATOR: Wording = Wording::fixed("ask the server's operator", "à voir avec l'exploitant du serveur");
const EXISTS: Wording = Wording::fixed(
    "remove the file there, or set existing to replace",
    "supprimer ce fichier, ou régler existing sur replace",
);
const NAME: Wording = Wording::fixed("correct the destination's name", "nom de la destination à corriger");
const FLEET: Wording = Wording::fixed("correct the fleet's file", "fichier de la flotte à corriger");

impl JobOutcome {
    /// What to do about it, in a few words; `None` if it was delivered, or goes with an earlier job.
    #[must_use]
    pub fn advice(&self, lang: Lang) -> Option<String> {
        let advice = match &self.result {
            JobResult::Delivered(_) | JobResult::NotTried(NotTried::Earlier { .. }) => return None,
            JobResult::Failed(error) => failed(error),
            JobResult::Stopped(_) | JobResult::NotTried(NotTried::Deadline(_)) => LATER,
            JobResult::NotTried(NotTried::Unknown { .. }) => NAME,
            JobResult::NotTried(NotTried::Mistakes(_)) => FLEET,
        };
        Some(advice.message(lang).to_owned())
    }
}

fn failed(error: &Error) -> Wording {
    match error.kind() {
        ErrorKind::Config { .. } => SETTINGS,
        ErrorKind::Naming(_) => NAMES,
        ErrorKind::File { .. } => FILE,
        ErrorKind::Untrusted(_) => IDENTITY,
        ErrorKind::Exists => EXISTS,
        _ if error.is_retryable() => LATER,
        ErrorKind::Refused { .. } if error.stage() == Some(Stage::Login) => LOGIN,
        _ => OPERATOR,
    }
}
