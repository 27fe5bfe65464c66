//! Packets of SFTP, as the scripted server reads and writes them.

use super::WORDS;

pub(super) fn framed(packet: &[u8]) -> Vec<u8> {
    let mut framed = (packet.len() as u32).to_be_bytes().to_vec();
    framed.extend(packet);
    framed
}

pub(super) fn text(text: &str) -> Vec<u8> {
    framed(text.as_bytes())
}

pub(super) fn status(id: u32, code: u32) -> Vec<u8> {
    let mut status = vec![101];
    status.extend(id.to_be_bytes());
    status.extend(code.to_be_bytes());
    status.extend(text(WORDS));
    status.extend(text("en"));
    status
}

/// What is left of a request.
pub(super) struct Request<'p>(pub(super) &'p [u8]);

impl Request<'_> {
    fn take(&mut self, length: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub(super) fn number(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    pub(super) fn bytes(&mut self) -> Vec<u8> {
        let length = self.number() as usize;
        self.take(length)
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    /// Its name, and the paths that it begins with.
    pub(super) fn read(&mut self, kind: u8) -> (&'static str, Vec<String>) {
        let name = match kind {
            3 => "open",
            4 => "close",
            6 => "write",
            13 => "remove",
            14 => "mkdir",
            17 => "stat",
            18 => return ("rename", vec![self.text(), self.text()]),
            200 => {
                assert_eq!(self.text(), "posix-rename@openssh.com");
                return ("replace", vec![self.text(), self.text()]);
            }
            other => panic!("request {other}"),
        };
        (name, vec![self.text()])
    }
}
