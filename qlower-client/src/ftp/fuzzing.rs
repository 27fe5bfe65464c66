//! Doors for the fuzzing of what reads foreign bytes, and is not public. No part of the interface.

use qlower_core::Lang;
use russh::keys::PublicKey;

use crate::ftp::error::{Error, Stage};
use crate::ftp::receipt::Receipt;
use crate::ftp::reply::{Reply, Unreadable};
use crate::ftp::ssh::known_hosts::{KnownHosts, Problem, Standing};

/// What the client makes of an FTP server's reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// The code.
    pub code: u32,
    /// Characters of the whole reply.
    pub length: usize,
    /// Of an answer to `SIZE`.
    pub size: Option<u64>,
    /// Of an answer to `EPSV`.
    pub extended_port: Option<u16>,
    /// Of an answer to `PASV`.
    pub classic_port: Option<u16>,
    /// Of an answer to `PWD`.
    pub folder: Option<String>,
    /// Of an answer to `FEAT`.
    pub has_utf8: bool,
    /// What users are told if it is a refusal, at each stage in both languages, and its `Debug`.
    pub told: Vec<String>,
}

/// Reads replies from pieces of a connection, until the end or the first fault, which is named.
#[must_use]
pub fn replies<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> (Vec<Understood>, Option<&'static str>) {
    let (mut all, mut come) = (Vec::new(), Vec::new());
    for piece in pieces {
        come.extend_from_slice(piece);
        loop {
            match Reply::take(&mut come) {
                Ok(Some(reply)) => all.push(understood(&reply)),
                Ok(None) => break,
                Err(Unreadable::NoCode) => return (all, Some("no code")),
                Err(Unreadable::TooLong) => return (all, Some("too long")),
            }
        }
    }
    (all, None)
}

fn understood(reply: &Reply) -> Understood {
    let mut told = Vec::new();
    for stage in Stage::ALL {
        let error = Error::on_the_way(reply.refused(stage), "ftp.example:21", Receipt::nothing());
        told.extend([Lang::En, Lang::Fr].map(|lang| error.message_with_causes(lang)));
        told.push(format!("{error:?}"));
    }
    Understood {
        code: reply.code,
        length: reply.text.chars().count(),
        size: reply.size(),
        extended_port: reply.extended_port(),
        classic_port: reply.classic_port(),
        folder: reply.folder(),
        has_utf8: reply.has_feature("UTF8"),
        told,
    }
}

/// The line, if there is one, and the text in English and French.
pub type Objection = (Option<usize>, [String; 2]);

/// What a file of known hosts says of a key, with the line if it is about one; or why it is of no use, in both languages.
///
/// # Errors
/// Why it is of no use.
pub fn known_hosts(text: &str, host: &str, port: u16, key: &str) -> Result<(&'static str, Option<usize>), Objection> {
    let Ok(key) = PublicKey::from_openssh(key) else { return Ok(("no key was given", None)) };
    match KnownHosts::read(text, host, port) {
        Ok(known) => Ok(match known.standing(&key) {
            Standing::Known => ("known", None),
            Standing::Revoked { line } => ("revoked", Some(line)),
            Standing::Changed { line } => ("changed", Some(line)),
            Standing::Unknown => ("unknown", None),
        }),
        Err(problem) => {
            let line = match problem {
                Problem::Line { line } | Problem::Authority { line } => Some(line),
                Problem::NoKey { .. } => None,
            };
            Err((line, [Lang::En, Lang::Fr].map(|lang| problem.message(lang))))
        }
    }
}
