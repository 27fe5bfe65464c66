//! A header read leniently: what it says once a usual mistake is undone.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::cause::CauseCode;
use crate::webhook::policy::SIGNATURE_HEADER;

/// So many times and codes of one header are tried.
const MOST_TRIED: usize = 4;
/// A shorter part of a code is not compared: it would tell a forger how close a guess comes.
const LEAST_PREFIX: usize = 16;
const DIGITS: usize = 64;

/// A header, taken apart.
pub(super) struct Loose {
    /// What had to be undone.
    pub(super) undone: Vec<CauseCode>,
    /// Each `t`, as it is written.
    pub(super) times: Vec<Vec<u8>>,
    /// Each `v1`.
    pub(super) codes: Vec<Code>,
}

/// What stands in a `v1`.
pub(super) enum Code {
    /// Hexadecimal digits in lower case: all of them, or the first ones.
    Hex(Vec<u8>),
    /// 32 bytes, written in base64.
    Base64(Vec<u8>),
    /// Something else, that can be no code.
    Other,
}

impl Code {
    fn read(text: &[u8]) -> Self {
        let digits = text.to_ascii_lowercase();
        if digits.iter().all(u8::is_ascii_hexdigit) && digits.len() <= DIGITS {
            return Self::Hex(digits);
        }
        bytes_of_base64(text).filter(|bytes| bytes.len() == DIGITS / 2).map_or(Self::Other, Self::Base64)
    }

    /// What is wrong with it to the eye.
    pub(super) fn fault(&self) -> Option<CauseCode> {
        match self {
            Self::Hex(digits) if digits.len() == DIGITS => None,
            // The digits of MD5 and SHA-1.
            Self::Hex(digits) if matches!(digits.len(), 32 | 40) => Some(CauseCode::OtherScheme),
            Self::Hex(_) => Some(CauseCode::SignatureTruncated),
            Self::Base64(_) => Some(CauseCode::SignatureNotHex),
            Self::Other => Some(CauseCode::OtherScheme),
        }
    }

    /// What is wrong with one that belongs to the webhook.
    pub(super) fn fault_of_right(&self) -> Option<CauseCode> {
        match self {
            Self::Hex(digits) if digits.len() < DIGITS => Some(CauseCode::SignatureTruncated),
            other => other.fault(),
        }
    }

    /// What can be compared with the digits, or the bytes, of a right one.
    pub(super) fn comparable(&self) -> Option<(&[u8], bool)> {
        match self {
            Self::Hex(digits) if digits.len() >= LEAST_PREFIX => Some((digits, true)),
            Self::Base64(bytes) => Some((bytes, false)),
            _ => None,
        }
    }
}

/// Bytes that are written in base64, of either alphabet, padded or not.
pub(super) fn bytes_of_base64(text: &[u8]) -> Option<Vec<u8>> {
    let unpadded = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let text = text.get(..unpadded)?;
    let decode = |engine: &GeneralPurpose| engine.decode(text).ok();
    decode(&STANDARD_NO_PAD).or_else(|| decode(&URL_SAFE_NO_PAD)).filter(|bytes| !bytes.is_empty())
}

impl Loose {
    /// Reads a header, and undoes what is wrong with its value as a whole.
    pub(super) fn read(header: &[u8]) -> Self {
        let mut undone = Vec::new();
        let mut text = header.trim_ascii().to_vec();
        // A name inside quotes, or quotes after a name.
        for _ in 0..2 {
            undo(&mut text, &mut undone, CauseCode::HeaderQuoted, unquoted);
            undo(&mut text, &mut undone, CauseCode::HeaderNameIncluded, without_name);
        }
        undo(&mut text, &mut undone, CauseCode::HeaderEncoded, decoded);
        let (mut times, mut codes) = (Vec::new(), Vec::new());
        for part in text.split(|byte| *byte == b',') {
            let Some(equals) = part.iter().position(|byte| *byte == b'=') else { continue };
            let (name, value) = part.split_at(equals);
            let mut value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
            match name.trim_ascii() {
                b"t" => {
                    undo(&mut value, &mut undone, CauseCode::HeaderQuoted, unquoted);
                    times.push(value);
                }
                b"v1" => {
                    undo(&mut value, &mut undone, CauseCode::HeaderQuoted, unquoted);
                    codes.push(Code::read(&value));
                }
                _ => {}
            }
        }
        if times.len() > 1 {
            undone.push(CauseCode::HeaderRepeated);
        }
        times.truncate(MOST_TRIED);
        codes.truncate(MOST_TRIED);
        Self { undone, times, codes }
    }
}

fn undo(text: &mut Vec<u8>, undone: &mut Vec<CauseCode>, code: CauseCode, undo: impl FnOnce(&[u8]) -> Option<Vec<u8>>) {
    if let Some(better) = undo(text) {
        *text = better;
        if !undone.contains(&code) {
            undone.push(code);
        }
    }
}

/// Without quotation marks or brackets around it, and without the `b` before those of Python's bytes; `None` if there are none.
pub(super) fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text.trim_ascii();
    let mut changed = false;
    while let Some(inner) = inside(rest) {
        (rest, changed) = (inner.trim_ascii(), true);
    }
    changed.then(|| rest.to_vec())
}

fn inside(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"b").filter(|rest| rest.starts_with(b"'") || rest.starts_with(b"\"")).unwrap_or(text);
    [(b"\"", b"\""), (b"'", b"'"), (b"`", b"`"), (b"[", b"]")]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
}

fn without_name(text: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = text.split_at_checked(SIGNATURE_HEADER.len())?;
    let rest = rest.trim_ascii();
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii();
    let value = rest.strip_prefix(b":").or(rest.strip_prefix(b"="))?;
    let value = value.trim_ascii();
    // Of the quotation marks around both, the last one may have gone already.
    let open = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).filter(|_| unquoted(value).is_none());
    name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes()).then(|| open.unwrap_or(value).to_vec())
}

/// With what a URL escapes, and with commas in place of other separators; `None` if nothing changes.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let decoded = percent_decoded(text).unwrap_or_else(|| text.to_vec());
    let decoded = if decoded.contains(&b',') {
        decoded
    } else {
        decoded
            .iter()
            .map(|byte| if matches!(byte, b';' | b'&' | b'|' | b' ' | b'\n') { b',' } else { *byte })
            .collect()
    };
    (decoded != text).then_some(decoded)
}

/// `None` if there is no `%` and two digits.
pub(super) fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut rest, mut changed) = (text, false);
    while let Some((first, after)) = rest.split_first() {
        let byte = match (first, after.split_at_checked(2)) {
            (b'%', Some((digits, _))) => byte_of_hex(digits),
            _ => None,
        };
        (rest, changed) = match byte {
            Some(_) => (after.get(2..).unwrap_or_default(), true),
            None => (after, changed),
        };
        out.push(byte.unwrap_or(*first));
    }
    changed.then_some(out)
}

fn byte_of_hex(digits: &[u8]) -> Option<u8> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}
