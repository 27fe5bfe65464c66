//! Replies of FTP servers, and what they mean.

use crate::ftp::error::{ErrorKind, Stage};
use crate::ftp::failure::Failure;
use crate::ftp::wording::Wording;

/// More than any server says at once; lists of features have hundreds of bytes.
pub(crate) const MAX: usize = 64 * 1024;

/// What a server answered.
pub(crate) struct Reply {
    pub(crate) code: u32,
    /// All its lines. They are looked at, and never shown: they may repeat what was sent.
    pub(crate) text: String,
}

/// Why bytes are no reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// They do not begin with a code of three digits.
    NoCode,
    /// They go on and on.
    TooLong,
}

impl Reply {
    /// Takes the first reply out of what has come; `None` if it has not come as a whole.
    pub(crate) fn take(buffer: &mut Vec<u8>) -> Result<Option<Self>, Unreadable> {
        let mut end = 0;
        let mut opened = None;
        for line in buffer.split_inclusive(|byte| *byte == b'\n') {
            if line.last() != Some(&b'\n') {
                break;
            }
            end += line.len();
            let (code, rest) = match line {
                [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] => {
                    let digit = |byte: &u8| u32::from(byte - b'0');
                    (Some(digit(a) * 100 + digit(b) * 10 + digit(c)), rest)
                }
                other => (None, other),
            };
            match (opened, code, rest.first()) {
                (None, None, _) => return Err(Unreadable::NoCode),
                (None, Some(code), Some(b'-')) => opened = Some(code),
                (None, Some(code), Some(b' ' | b'\r' | b'\n')) => return Ok(Some(Self::cut(buffer, end, code))),
                (None, Some(_), _) => return Err(Unreadable::NoCode),
                (Some(open), Some(code), Some(b' ' | b'\r' | b'\n')) if open == code => {
                    return Ok(Some(Self::cut(buffer, end, code)));
                }
                (Some(_), ..) => {}
            }
        }
        if buffer.len() > MAX { Err(Unreadable::TooLong) } else { Ok(None) }
    }

    fn cut(buffer: &mut Vec<u8>, end: usize, code: u32) -> Self {
        let rest = buffer.split_off(end.min(buffer.len()));
        let text = String::from_utf8_lossy(buffer).into_owned();
        *buffer = rest;
        Self { code, text }
    }

    /// Whether more is to come before the command is done.
    pub(crate) const fn is_preliminary(&self) -> bool {
        matches!(self.code, 100..=199)
    }

    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    fn says(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    /// The failure that a refusal is.
    pub(crate) fn refused(&self, stage: Stage) -> Failure {
        if stage == Stage::Transfer && (self.code == 522 || (self.code == 425 && self.says(&["reuse"]))) {
            return Failure { perhaps_done: false, ..Failure::broken(stage, ErrorKind::SessionReuse, false) };
        }
        let (meaning, retryable) = self.meaning(stage);
        let failure = Failure::refused(stage, self.code, meaning, retryable);
        // After 421 the server closes the connection.
        Failure { broken: self.code == 421, ..failure }
    }

    fn meaning(&self, stage: Stage) -> (Wording, bool) {
        let full = self.says(&["quota", "no space", "disk full", "insufficient"]);
        let crowded = self.says(&["too many", "maximum number", "connection limit"]);
        match (self.code, stage) {
            (421, _) => (
                Wording::fixed(
                    "it has too many connections, or is about to stop",
                    "il a trop de connexions, ou va s'arrêter",
                ),
                true,
            ),
            (530 | 430, Stage::Login) if crowded => (
                Wording::fixed(
                    "too many connections of this user or address",
                    "trop de connexions de cet utilisateur ou de cette adresse",
                ),
                true,
            ),
            (530 | 430, Stage::Login) => (
                Wording::fixed(
                    "the user or the password is wrong, or the user may not log in this way",
                    "l'utilisateur ou le mot de passe est faux, ou l'utilisateur ne peut pas se connecter ainsi",
                ),
                false,
            ),
            (530, _) => (Wording::fixed("only after a login", "seulement après identification"), false),
            (331, _) => (
                Wording::fixed(
                    "it wants a password, and none is set",
                    "il demande un mot de passe, et aucun n'est réglé",
                ),
                false,
            ),
            (332 | 532, _) => (
                Wording::fixed(
                    "it wants an account besides user and password, which is not supported",
                    "il demande un compte en plus de l'utilisateur et du mot de passe, ce qui n'est pas géré",
                ),
                false,
            ),
            (425, _) => {
                (Wording::fixed("no data connection came about", "la connexion de données n'a pas abouti"), true)
            }
            (426, _) => (Wording::fixed("the data connection broke", "la connexion de données s'est coupée"), true),
            (452 | 552, _) => (
                Wording::fixed(
                    "there is no room left, or the quota is used up",
                    "il n'y a plus de place, ou le quota est épuisé",
                ),
                false,
            ),
            (450 | 550..=553, _) if full => (
                Wording::fixed(
                    "there is no room left, or the quota is used up",
                    "il n'y a plus de place, ou le quota est épuisé",
                ),
                false,
            ),
            (450, _) => (Wording::fixed("the file is in use just now", "le fichier est utilisé en ce moment"), true),
            (451, _) => (Wording::fixed("a fault at the server", "une panne du serveur"), true),
            (550, Stage::Folder) => (Wording::fixed("not permitted", "non autorisé"), false),
            (550 | 553, Stage::Rename) => (
                Wording::fixed(
                    "not permitted. If the server allows no renaming at all, set temporary to direct",
                    "non autorisé. Si le serveur ne permet aucun renommage, réglez temporary sur direct",
                ),
                false,
            ),
            (550, _) => (
                Wording::fixed("not permitted, or the folder is not there", "non autorisé, ou le dossier n'existe pas"),
                false,
            ),
            (553, _) => (Wording::fixed("not permitted under this name", "non autorisé sous ce nom"), false),
            (534 | 536, _) | (431, Stage::Secure) => (
                Wording::fixed(
                    "it does not protect connections in this way",
                    "il ne protège pas les connexions de cette façon",
                ),
                false,
            ),
            (500..=504, Stage::Secure) => (Wording::fixed("it offers no TLS", "il ne propose pas TLS"), false),
            (500..=504, Stage::Rename) => (
                Wording::fixed(
                    "it cannot rename: set temporary to direct",
                    "il ne sait pas renommer : réglez temporary sur direct",
                ),
                false,
            ),
            (500..=504, _) => (
                Wording::fixed(
                    "it does not know the command, or not in this form",
                    "il ne connaît pas la commande, ou pas sous cette forme",
                ),
                false,
            ),
            (521 | 522, _) => (
                Wording::fixed(
                    "data connections are wanted with another protection",
                    "il veut une autre protection des connexions de données",
                ),
                false,
            ),
            (400..=499, _) => (Wording::fixed("a passing fault", "une panne passagère"), true),
            (500..=599, _) => (Wording::fixed("a lasting fault", "une panne durable"), false),
            _ => (
                Wording::fixed(
                    "an answer that does not belong to the question",
                    "une réponse qui ne correspond pas à la question",
                ),
                false,
            ),
        }
    }

    /// The bytes that `SIZE` tells.
    pub(crate) fn size(&self) -> Option<u64> {
        self.text.get(3..)?.trim().parse().ok()
    }

    /// The port in an answer to `EPSV`: `229 … (|||6446|)`, whatever the delimiter.
    pub(crate) fn extended_port(&self) -> Option<u16> {
        let (_, inside) = self.text.split_once('(')?;
        let (inside, _) = inside.split_once(')')?;
        let delimiter = inside.chars().next()?;
        let mut parts = inside.split(delimiter);
        let port = parts.nth(3)?.parse().ok()?;
        (port != 0).then_some(port)
    }

    /// The port in an answer to `PASV`: `227 … (h1,h2,h3,h4,p1,p2)`, also without parentheses. The host is not taken over.
    pub(crate) fn classic_port(&self) -> Option<u16> {
        let text = self.text.get(3..)?;
        let numbers =
            text.split(|c: char| !c.is_ascii_digit() && c != ',').find(|part| part.matches(',').count() == 5)?;
        let bytes: Vec<u8> = numbers.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [.., high, low] = bytes.as_slice() else { return None };
        let port = u16::from_be_bytes([*high, *low]);
        (port != 0).then_some(port)
    }

    /// The folder in an answer to `PWD`: quoted, with quotation marks in it doubled.
    pub(crate) fn folder(&self) -> Option<String> {
        let (_, rest) = self.text.split_once('"')?;
        let mut folder = String::new();
        let mut characters = rest.chars().peekable();
        while let Some(c) = characters.next() {
            if c == '"' && characters.next_if_eq(&'"').is_none() {
                return Some(folder).filter(|folder| !folder.contains(['\r', '\n', '\0']));
            }
            folder.push(c);
        }
        None
    }

    /// Whether the list of features has one.
    pub(crate) fn has_feature(&self, name: &str) -> bool {
        self.text.lines().any(|line| line.trim().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        let mut buffer = text.as_bytes().to_vec();
        let reply = Reply::take(&mut buffer).unwrap().unwrap();
        assert!(buffer.is_empty(), "{text:?} leaves something");
        reply
    }

    #[test]
    fn a_reply_ends_with_its_own_code_and_a_blank() {
        let mut buffer = b"211-Features:\r\n SIZE\r\n220 not the end\r\n211-nor this\r\n211 End\r\n226 next".to_vec();
        let first = Reply::take(&mut buffer).unwrap().unwrap();
        assert_eq!((first.code, first.has_feature("size"), first.has_feature("end")), (211, true, false));
        assert_eq!(buffer, b"226 next", "what follows is left");
        assert!(Reply::take(&mut buffer).unwrap().is_none());
        buffer.extend(b"\n");
        assert_eq!(Reply::take(&mut buffer).unwrap().unwrap().code, 226);
        assert_eq!(reply("200\r\n").code, 200);
        assert_eq!(reply("230-\n230 \n").code, 230);
    }

    #[test]
    fn what_is_no_reply_is_told_so_and_bounded() {
        for wrong in
            ["HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH\r\n", "\r\n", "20 x\r\n", "2000 x\r\n", "999 x\r\n"]
        {
            assert_eq!(Reply::take(&mut wrong.as_bytes().to_vec()).err(), Some(Unreadable::NoCode), "{wrong:?}");
        }
        let mut endless = b"220-".to_vec();
        endless.resize(MAX + 1, b'x');
        assert_eq!(Reply::take(&mut endless).err(), Some(Unreadable::TooLong));
    }

    #[test]
    fn ports_are_found_in_the_forms_that_servers_write() {
        assert_eq!(reply("229 Entering Extended Passive Mode (|||6446|)\r\n").extended_port(), Some(6446));
        assert_eq!(reply("229 ok (!!!6446!)\r\n").extended_port(), Some(6446));
        for wrong in ["229 ok (|||0|)\r\n", "229 ok (|||70000|)\r\n", "229 ok ()\r\n", "229 ok\r\n", "229 (|||1\r\n"] {
            assert_eq!(reply(wrong).extended_port(), None, "{wrong:?}");
        }
        assert_eq!(reply("227 Entering Passive Mode (10,0,0,1,25,46)\r\n").classic_port(), Some(6446));
        assert_eq!(reply("227 =10,0,0,1,25,46\r\n").classic_port(), Some(6446));
        for wrong in ["227 (10,0,0,1,25)\r\n", "227 (10,0,0,1,256,1)\r\n", "227 (0,0,0,0,0,0)\r\n", "227 no\r\n"] {
            assert_eq!(reply(wrong).classic_port(), None, "{wrong:?}");
        }
    }

    #[test]
    fn folders_and_sizes_are_read() {
        assert_eq!(reply("257 \"/a \"\"b\"\"\" is here\r\n").folder().as_deref(), Some("/a \"b\""));
        assert_eq!(reply("257 nothing quoted\r\n").folder(), None);
        assert_eq!(reply("257 \"open\r\n").folder(), None);
        assert_eq!(reply("213 1048576\r\n").size(), Some(1_048_576));
        assert_eq!(reply("213 -1\r\n").size(), None);
        assert_eq!(reply("213 many\r\n").size(), None);
    }

    #[test]
    fn what_may_pass_is_told_from_what_stays() {
        for (text, stage, retryable) in [
            ("421 Too many connections\r\n", Stage::Connect, true),
            ("530 Login incorrect.\r\n", Stage::Login, false),
            (
                "530 Sorry, the maximum number of clients (3) for this user are already connected.\r\n",
                Stage::Login,
                true,
            ),
            ("450 busy\r\n", Stage::Transfer, true),
            ("450 Quota exceeded\r\n", Stage::Transfer, false),
            ("451 local error\r\n", Stage::Transfer, true),
            ("452 no room\r\n", Stage::Transfer, false),
            ("552 quota\r\n", Stage::Transfer, false),
            ("550 no\r\n", Stage::Rename, false),
            ("226 ok\r\n", Stage::Rename, false),
        ] {
            let failure = reply(text).refused(stage);
            assert_eq!(failure.retryable, retryable, "{text:?}");
            assert_eq!(failure.broken, text.starts_with("421"), "{text:?}");
            let ErrorKind::Refused { code, .. } = failure.kind else { panic!("{text:?}") };
            assert!(text.starts_with(&code.to_string()));
        }
        assert!(matches!(reply("522 reuse\r\n").refused(Stage::Transfer).kind, ErrorKind::SessionReuse));
    }
}
