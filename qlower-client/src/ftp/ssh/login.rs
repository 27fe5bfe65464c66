//! Logging in by SSH: with the key, with the password, or with the password as the answer to the server's question.

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Response};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{Disconnect, MethodSet};

use crate::ftp::destination::Settings;
use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::secret::Secret;
use crate::ftp::ssh::key::Key;
use crate::ftp::ssh::ways::{Way, Ways};
use crate::ftp::ssh::{Client, Leave, status};
use crate::ftp::wording::Wording;

/// Questions that a server may ask in a row, such as an empty one at the end.
const ROUNDS: usize = 4;

/// Logs in, by as many ways in a row as the server wants.
pub(super) async fn login(
    handle: &mut Handle<Client>,
    leave: &Leave,
    settings: &Settings,
    key: Option<&Key>,
) -> Result<(), Failure> {
    let mut login = Login { handle, leave, user: &settings.user };
    let mut ways = Ways::new(key.is_some(), settings.password.is_some());
    while let Some(way) = ways.next() {
        let result = match (way, key, &settings.password) {
            (Way::Key, Some(key), _) => login.with_key(key).await?,
            (Way::Password, _, Some(password)) => login.with_password(password).await?,
            (Way::Questions, _, Some(password)) => login.with_questions(password).await?,
            // A way without what it needs is never the next.
            _ => break,
        };
        match result {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure { remaining_methods, partial_success: true } => ways.accepted(way, remaining_methods),
            AuthResult::Failure { remaining_methods, .. } => ways.refused(way, remaining_methods),
        }
    }
    Err(refused(ways.meaning()))
}

struct Login<'l> {
    handle: &'l mut Handle<Client>,
    leave: &'l Leave,
    user: &'l str,
}

impl Login<'_> {
    async fn with_key(&mut self, key: &Key) -> Result<AuthResult, Failure> {
        let key = key.shared();
        let mut hash = None;
        if key.algorithm().is_rsa() {
            let best = self.handle.best_supported_rsa_hash().await;
            // Of a server that does not tell, the hash that all know which know any but SHA-1.
            hash = best.map_err(|error| self.lost(error))?.flatten().or(Some(HashAlg::Sha256));
        }
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let result = self.handle.authenticate_publickey(self.user, key).await;
        self.answered(result)
    }

    async fn with_password(&mut self, password: &Secret) -> Result<AuthResult, Failure> {
        let result = self.handle.authenticate_password(self.user, password.expose()).await;
        self.answered(result)
    }

    /// Answers the one question whose answer is not shown with the password.
    async fn with_questions(&mut self, password: &Secret) -> Result<AuthResult, Failure> {
        let start = self.handle.authenticate_keyboard_interactive_start(self.user, None).await;
        let mut response = start.map_err(|error| self.lost(error))?;
        let mut told = false;
        for _ in 0..ROUNDS {
            let prompts = match response {
                Response::Success => return Ok(AuthResult::Success),
                Response::Failure { remaining_methods, partial_success } => {
                    return self.answered(Ok(AuthResult::Failure { remaining_methods, partial_success }));
                }
                Response::InfoRequest { prompts, .. } => prompts,
            };
            let answers = match prompts.as_slice() {
                [] => Vec::new(),
                [prompt] if !prompt.echo && !told => {
                    told = true;
                    vec![password.expose().to_owned()]
                }
                [prompt] if !prompt.echo => {
                    return Err(refused(Wording::fixed(
                        "user or password is wrong, or the server asks for more",
                        "l'utilisateur ou le mot de passe est faux, ou le serveur en demande davantage",
                    )));
                }
                _ => {
                    return Err(refused(Wording::fixed(
                        "the server asks for more than a password",
                        "le serveur demande plus qu'un mot de passe",
                    )));
                }
            };
            let next = self.handle.authenticate_keyboard_interactive_respond(answers).await;
            response = next.map_err(|error| self.lost(error))?;
        }
        Err(refused(Wording::fixed("the server asks too many questions", "le serveur pose trop de questions")))
    }

    /// An answer, unless it is the library's for a connection that ended.
    fn answered(&self, result: Result<AuthResult, russh::Error>) -> Result<AuthResult, Failure> {
        match result {
            Ok(AuthResult::Failure { remaining_methods, partial_success: false })
                if remaining_methods == MethodSet::empty() && self.handle.is_closed() =>
            {
                Err(self.lost(russh::Error::Disconnect))
            }
            result => result.map_err(|error| self.lost(error)),
        }
    }

    fn lost(&self, error: russh::Error) -> Failure {
        lost(self.leave.code(), error)
    }
}

/// The connection ended. A server that says so itself has its reason, most often that there were too many tries: another would be one
/// more.
fn lost(reason: Option<u32>, error: russh::Error) -> Failure {
    const CROWDED: [u32; 2] = [Disconnect::TooManyConnections as u32, Disconnect::ServiceNotAvailable as u32];
    let (meaning, retryable) = match reason {
        None => return Failure::transport(Stage::Login, error),
        Some(code) if CROWDED.contains(&code) => (
            Wording::fixed(
                "it has too many connections, or is about to stop",
                "il a trop de connexions, ou va s'arrêter",
            ),
            true,
        ),
        Some(_) => (
            Wording::fixed(
                "the server ended the connection; perhaps there were too many tries",
                "le serveur a mis fin à la connexion ; il y a peut-être eu trop d'essais",
            ),
            false,
        ),
    };
    Failure::broken(Stage::Login, ErrorKind::Refused { code: status::DISCONNECT, meaning }, retryable)
}

fn refused(meaning: Wording) -> Failure {
    Failure::broken(Stage::Login, ErrorKind::Refused { code: status::USERAUTH_FAILURE, meaning }, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_leaves_for_want_of_room_is_tried_again() {
        for (reason, retryable) in
            [(None, true), (Some(12), true), (Some(7), true), (Some(2), false), (Some(14), false)]
        {
            let failure = lost(reason, russh::Error::Disconnect);
            assert_eq!(
                (failure.retryable, failure.broken, failure.stage),
                (retryable, true, Stage::Login),
                "{reason:?}"
            );
            assert_eq!(matches!(failure.kind, ErrorKind::Transport(_)), reason.is_none(), "{reason:?}");
        }
    }
}
