//! Logins of the scripted SFTP server.

use std::borrow::Cow;
use std::sync::Arc;

use russh::server::{self, Auth, ChannelOpenHandle, Msg, Response, VerifiedPublicKey};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::sync::Notify;

use super::{Login, PASSWORD, Script, WORDS};

/// A connection, up to the subsystem of file transfer.
pub(super) struct Connection {
    pub(super) script: Script,
    pub(super) login: Login,
    /// How many of the wanted ways have been accepted.
    pub(super) step: usize,
    /// Which questions come next, and whether all answers were right.
    pub(super) round: usize,
    pub(super) good: bool,
    pub(super) channel: Option<Channel<Msg>>,
    pub(super) cut: Arc<Notify>,
}

impl Connection {
    fn judge(&mut self, way: MethodKind, good: bool, told: String) -> Result<Auth, russh::Error> {
        self.script.state().tried.push(told);
        if self.script.due("login").is_some() {
            self.cut.notify_one();
            return Err(russh::Error::Disconnect);
        }
        let good = good && self.login.wanted.get(self.step) == Some(&way);
        self.step += usize::from(good);
        Ok(match self.login.wanted.get(self.step) {
            None => Auth::Accept,
            Some(next) => {
                let methods: MethodSet = [*next].as_slice().into();
                Auth::Reject { proceed_with_methods: Some(methods), partial_success: good }
            }
        })
    }
}

impl server::Handler for Connection {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, Self::Error> {
        self.judge(MethodKind::Password, password == PASSWORD, "password".to_owned())
    }

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.judge(MethodKind::PublicKey, true, "key".to_owned())
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if self.login.wanted.get(self.step) != Some(&MethodKind::KeyboardInteractive) {
            return self.judge(MethodKind::KeyboardInteractive, false, "questions".to_owned());
        }
        if let Some(response) = response {
            for answer in response {
                self.good &= answer == PASSWORD.as_bytes();
                self.script.state().tried.push("answer".to_owned());
            }
        }
        match self.login.rounds.get(self.round) {
            Some(prompts) => {
                self.round += 1;
                let prompts: Vec<(Cow<'static, str>, bool)> =
                    prompts.iter().map(|(prompt, echo)| (Cow::Borrowed(*prompt), *echo)).collect();
                Ok(Auth::Partial { name: WORDS.into(), instructions: WORDS.into(), prompts: prompts.into() })
            }
            None => self.judge(MethodKind::KeyboardInteractive, self.good, "questions".to_owned()),
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut server::Session,
    ) -> Result<(), Self::Error> {
        if self.script.due("session").is_none() {
            self.channel = Some(channel);
            reply.accept().await;
        }
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        if self.script.due("subsystem").is_some() {
            return session.channel_failure(channel);
        }
        session.channel_success(channel)?;
        tokio::spawn(self.script.clone().answer(self.channel.take().unwrap(), Arc::clone(&self.cut)));
        Ok(())
    }
}
