//! Strings: found eight bytes at a time, looked at closely only where something is unusual.

use super::{Fault, Scanner, Stop, Text};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks the high bit of the first byte that is a quote, a backslash, a control character or not ASCII. Bytes after the
/// first marked one may be marked wrongly.
#[inline]
const fn marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let zero = (quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero | control | word) & HIGH
}

impl<'t> Scanner<'t> {
    /// Takes the string whose opening quote is at the position.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Text<'t>, Stop> {
        let at = self.pos;
        let mut end = at + 1;
        while let Some(word) = self.text.get(end..end + 8).and_then(|bytes| bytes.try_into().ok()) {
            let marks = marks(u64::from_le_bytes(word));
            if marks == 0 {
                end += 8;
                continue;
            }
            end += marks.trailing_zeros() as usize / 8;
            if self.text.get(end) == Some(&b'"') {
                self.pos = end + 1;
                return Ok(Text::plain(at, self.text.get(at + 1..end).unwrap_or_default()));
            }
            break;
        }
        self.unusual_string(at, end)
    }

    /// The rest of a string, byte by byte, from its first unusual one or near the end of the text.
    fn unusual_string(&mut self, at: usize, mut end: usize) -> Result<Text<'t>, Stop> {
        let (mut escaped, mut high, mut control) = (false, false, false);
        loop {
            match self.text.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 1;
                }
                Some(0x80..) => high = true,
                Some(..=0x1f) => control = true,
                Some(_) => {}
                None => {
                    self.pos = self.text.len();
                    return Err(self.stop(Fault::UnexpectedEnd));
                }
            }
            end += 1;
        }
        self.pos = end + 1;
        let raw = self.text.get(at + 1..end).unwrap_or_default();
        if high && let Err(error) = std::str::from_utf8(raw) {
            self.note(Fault::InvalidUtf8, at + 1 + error.valid_up_to());
        }
        if control && let Some(offset) = raw.iter().position(|b| *b < 0x20) {
            let fault = if raw.get(offset) == Some(&0) { Fault::Nul } else { Fault::ControlCharacter };
            self.note(fault, at + 1 + offset);
        }
        if escaped {
            self.inspect_escapes(at + 1, raw);
            return Ok(Text::escaped(at, raw));
        }
        Ok(Text::plain(at, raw))
    }

    #[cold]
    fn inspect_escapes(&mut self, base: usize, raw: &[u8]) {
        let mut at = 0;
        while let Some(offset) = raw.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\\')) {
            at += offset;
            let (length, fault) = match raw.get(at + 1) {
                Some(b'u') => {
                    unit(raw.get(at + 2..).unwrap_or_default()).map_or((2, Some(Fault::BadEscape)), |unit| match unit {
                        0 => (6, Some(Fault::Nul)),
                        0xd800..=0xdbff => match raw.get(at + 6..).and_then(unit_after_escape) {
                            Some(0xdc00..=0xdfff) => (12, None),
                            _ => (6, Some(Fault::LoneSurrogate)),
                        },
                        0xdc00..=0xdfff => (6, Some(Fault::LoneSurrogate)),
                        _ => (6, None),
                    })
                }
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, None),
                _ => (2, Some(Fault::BadEscape)),
            };
            if let Some(fault) = fault {
                self.note(fault, base + at);
            }
            at += length;
        }
    }
}

/// The UTF-16 unit of four hexadecimal digits.
pub(super) fn unit(digits: &[u8]) -> Option<u16> {
    let digits = digits.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

pub(super) fn unit_after_escape(text: &[u8]) -> Option<u16> {
    text.strip_prefix(b"\\u").and_then(unit)
}
