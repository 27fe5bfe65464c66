//! What an SFTP server answers, and what becomes of a delivery then.

use russh_sftp::client::error::Error as SftpError;

use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::ssh::answers;
use crate::ftp::wording::Wording;

/// `SSH_MSG_USERAUTH_FAILURE`: SSH has one code for all refused logins.
pub(super) const USERAUTH_FAILURE: u32 = 51;
/// `SSH_MSG_CHANNEL_FAILURE`
pub(super) const CHANNEL_FAILURE: u32 = 100;

/// `SSH_MSG_DISCONNECT`
pub(super) const DISCONNECT: u32 = 1;

/// The codes of `SSH_FXP_STATUS` that are told apart; those from 9 on are of later versions of SFTP than the one that is spoken, and
/// servers send them all the same.
pub(super) const NO_SUCH_FILE: u32 = 2;
const PERMISSION_DENIED: u32 = 3;
const FAILURE: u32 = 4;
const BAD_MESSAGE: u32 = 5;
const NO_CONNECTION: u32 = 6;
const CONNECTION_LOST: u32 = 7;
pub(super) const OP_UNSUPPORTED: u32 = 8;
pub(super) const NO_SUCH_PATH: u32 = 10;
const FILE_ALREADY_EXISTS: u32 = 11;
const WRITE_PROTECT: u32 = 12;
const NO_MEDIA: u32 = 13;
const NO_SPACE_ON_FILESYSTEM: u32 = 14;
const QUOTA_EXCEEDED: u32 = 15;
const LOCK_CONFLICT: u32 = 17;
const NOT_A_DIRECTORY: u32 = 19;
const INVALID_FILENAME: u32 = 20;
const LINK_LOOP: u32 = 21;
const FILE_IS_A_DIRECTORY: u32 = 24;
const BYTE_RANGE_LOCK_CONFLICT: u32 = 25;
const BYTE_RANGE_LOCK_REFUSED: u32 = 26;
const DELETE_PENDING: u32 = 27;

/// The status in an answer, if it is one.
pub(super) fn code(error: &SftpError) -> Option<u32> {
    match error {
        SftpError::Status(status) => Some(answers::code_in(&status.error_message).unwrap_or(status.status_code as u32)),
        _ => None,
    }
}

/// Whether an answer says that there is no such file.
pub(super) fn is_absent(error: &SftpError) -> bool {
    matches!(code(error), Some(NO_SUCH_FILE | NO_SUCH_PATH))
}

/// The failure that an answer is.
pub(super) fn failure(stage: Stage, error: &SftpError) -> Failure {
    let Some(code) = code(error) else {
        // A library that could not go on: what the server sent is not shown.
        return Failure::transport(stage, Broken);
    };
    let meaning = meaning(stage, code);
    match code {
        NO_CONNECTION | CONNECTION_LOST => Failure::broken(stage, ErrorKind::Refused { code, meaning }, true),
        // Somebody has the file open just now.
        LOCK_CONFLICT | BYTE_RANGE_LOCK_CONFLICT | BYTE_RANGE_LOCK_REFUSED | DELETE_PENDING => {
            Failure::refused(stage, code, meaning, true)
        }
        _ => Failure::refused(stage, code, meaning, false),
    }
}

const fn meaning(stage: Stage, code: u32) -> Wording {
    match (code, stage) {
        (NO_SUCH_FILE | NO_SUCH_PATH, _) => {
            Wording::fixed("a folder or file is not there", "un dossier ou un fichier n'existe pas")
        }
        (PERMISSION_DENIED, Stage::Rename) => Wording::fixed(
            "not permitted. If the server allows no renaming at all, set temporary to direct",
            "non autorisé. Si le serveur ne permet aucun renommage, réglez temporary sur direct",
        ),
        (OP_UNSUPPORTED, Stage::Rename) => Wording::fixed(
            "it cannot rename: set temporary to direct",
            "il ne sait pas renommer : réglez temporary sur direct",
        ),
        (PERMISSION_DENIED, _) => Wording::fixed("not permitted", "non autorisé"),
        (OP_UNSUPPORTED, _) => Wording::fixed("the server cannot do this", "le serveur ne sait pas faire cela"),
        (BAD_MESSAGE, _) => Wording::fixed("the server does not understand", "le serveur ne comprend pas"),
        (NO_CONNECTION | CONNECTION_LOST, _) => {
            Wording::fixed("the server has lost its own connection", "le serveur a perdu sa propre connexion")
        }
        (FILE_ALREADY_EXISTS, Stage::Folder) => {
            Wording::fixed("a file has the name of the folder", "un fichier porte le nom du dossier")
        }
        (FILE_ALREADY_EXISTS, _) => Wording::fixed("the name is taken", "le nom est pris"),
        (WRITE_PROTECT | NO_MEDIA, _) => Wording::fixed("nothing can be written there", "rien ne peut y être écrit"),
        (NO_SPACE_ON_FILESYSTEM | QUOTA_EXCEEDED, _) => Wording::fixed(
            "there is no room left, or the quota is used up",
            "il n'y a plus de place, ou le quota est épuisé",
        ),
        (LOCK_CONFLICT | BYTE_RANGE_LOCK_CONFLICT | BYTE_RANGE_LOCK_REFUSED | DELETE_PENDING, _) => {
            Wording::fixed("the file is in use just now", "le fichier est utilisé en ce moment")
        }
        (NOT_A_DIRECTORY, _) => {
            Wording::fixed("what should be a folder is a file", "ce qui devrait être un dossier est un fichier")
        }
        (FILE_IS_A_DIRECTORY, _) => Wording::fixed("a folder has this name", "un dossier porte ce nom"),
        (INVALID_FILENAME, _) => Wording::fixed("not permitted under this name", "non autorisé sous ce nom"),
        (LINK_LOOP, _) => {
            Wording::fixed("its links on the server lead in circles", "ses liens sur le serveur tournent en rond")
        }
        (FAILURE, Stage::Transfer) => Wording::fixed(
            "the server cannot store the file; most often disk or quota are full",
            "le serveur ne peut pas enregistrer le fichier ; le plus souvent, le disque ou le quota est plein",
        ),
        (FAILURE, Stage::Folder) => Wording::fixed(
            "the server cannot make the folder; perhaps a file has its name, or disk or quota are full",
            "le serveur ne peut pas créer le dossier ; un fichier porte peut-être son nom, ou le disque ou le quota est plein",
        ),
        (FAILURE, Stage::Rename) => Wording::fixed(
            "the server cannot give the file its name; perhaps it is taken",
            "le serveur ne peut pas donner son nom au fichier ; il est peut-être pris",
        ),
        _ => Wording::fixed(
            "the server cannot do it, and gives no reason",
            "le serveur ne peut pas le faire, et ne dit pas pourquoi",
        ),
    }
}

/// The connection ended, or carried what is not SFTP.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the SFTP connection ended, or the server sent what is not SFTP")
    }
}

impl std::error::Error for Broken {}

#[cfg(test)]
mod tests {
    use qlower_core::Lang;

    use super::*;

    #[test]
    fn every_status_has_a_meaning_in_both_languages() {
        let mut told = std::collections::BTreeSet::new();
        for code in 0..=DELETE_PENDING + 1 {
            for stage in [Stage::Login, Stage::Folder, Stage::Transfer, Stage::Verify, Stage::Rename] {
                let meaning = meaning(stage, code);
                let (english, french) = (meaning.message(Lang::En).to_owned(), meaning.message(Lang::Fr).to_owned());
                assert!(!english.is_empty() && english != french, "{english}");
                told.insert((english, french));
            }
        }
        let french: std::collections::BTreeSet<_> = told.iter().map(|(_, french)| french).collect();
        assert!(told.len() > 18 && french.len() == told.len(), "each has a text of its own: {told:?}");
    }
}
