//! A string of the text, not yet decoded.

use std::borrow::Cow;

use super::string::{unit, unit_after_escape};

/// What stands between the quotes, and where the opening quote is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    pub(crate) at: usize,
    raw: &'t [u8],
    escaped: bool,
}

impl<'t> Text<'t> {
    pub(super) const fn plain(at: usize, raw: &'t [u8]) -> Self {
        Self { at, raw, escaped: false }
    }

    pub(super) const fn escaped(at: usize, raw: &'t [u8]) -> Self {
        Self { at, raw, escaped: true }
    }

    /// The text's bytes, if they stand in the source as they are.
    #[inline]
    pub(crate) fn bytes(&self) -> Cow<'t, [u8]> {
        if self.escaped { Cow::Owned(self.decode().into_owned().into_bytes()) } else { Cow::Borrowed(self.raw) }
    }

    /// What stands in the source, if that is the text itself.
    #[inline]
    pub(crate) const fn unescaped(&self) -> Option<&'t [u8]> {
        if self.escaped { None } else { Some(self.raw) }
    }

    /// The text. Where it is faulty, the replacement character stands in.
    pub(crate) fn decode(&self) -> Cow<'t, str> {
        if self.escaped {
            Cow::Owned(unescape(&String::from_utf8_lossy(self.raw)))
        } else {
            String::from_utf8_lossy(self.raw)
        }
    }

    /// Whether it holds nothing but white space.
    #[inline]
    pub(crate) fn is_blank(&self) -> bool {
        match self.raw.first() {
            Some(b'!'..=b'[' | b']'..=b'~') => false,
            None => true,
            Some(_) => self.decode().trim().is_empty(),
        }
    }
}

fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let simple = match chars.next() {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('u') => None,
            other => other,
        };
        rest = chars.as_str();
        match simple {
            Some(char) => out.push(char),
            None => rest = unescape_unit(rest, &mut out),
        }
    }
    out.push_str(rest);
    out
}

/// Decodes the digits after `\u`, with the second half of a pair, and gives what follows.
fn unescape_unit<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let Some(first) = unit(rest.as_bytes()) else {
        out.push(char::REPLACEMENT_CHARACTER);
        return rest;
    };
    let rest = rest.get(4..).unwrap_or_default();
    let second = unit_after_escape(rest.as_bytes()).filter(|second| (0xdc00..0xe000).contains(second));
    match (first, second) {
        (0xd800..0xdc00, Some(second)) => {
            out.extend(char::decode_utf16([first, second]).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
            rest.get(6..).unwrap_or_default()
        }
        _ => {
            out.push(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER));
            rest
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::scan::{Fault, Scanner};

    fn faults(json: &[u8]) -> Vec<(Fault, usize)> {
        let mut scanner = Scanner::new(json, 0);
        let _ = scanner.string();
        scanner.faults.iter().map(|noted| (noted.fault, noted.at)).collect()
    }

    #[test]
    fn each_fault_of_a_string_is_noted_with_its_place() {
        assert_eq!(faults(br#""all good \u00e9 \ud83d\ude00""#), []);
        assert_eq!(faults(b"\"a\0b\""), [(Fault::Nul, 2)]);
        assert_eq!(faults(br#""ab\u0000""#), [(Fault::Nul, 3)]);
        assert_eq!(faults(b"\"a\nb\""), [(Fault::ControlCharacter, 2)]);
        assert_eq!(faults(br#""\ud800x""#), [(Fault::LoneSurrogate, 1)]);
        assert_eq!(faults(br#""x\udc00""#), [(Fault::LoneSurrogate, 2)]);
        assert_eq!(faults(br#""\ud800\u0041""#), [(Fault::LoneSurrogate, 1)]);
        assert_eq!(faults(br#""\x""#), [(Fault::BadEscape, 1)]);
        assert_eq!(faults(br#""\u12g4""#), [(Fault::BadEscape, 1)]);
        assert_eq!(faults(b"\"abcdefgh\xff\""), [(Fault::InvalidUtf8, 9)]);
        assert_eq!(faults(b"\"never closed"), [(Fault::UnexpectedEnd, 13)]);
        assert_eq!(faults(b"\"cut after \\"), [(Fault::UnexpectedEnd, 12)]);
    }

    proptest! {
        #[test]
        fn decoding_undoes_any_encoding(text in any::<String>(), escape_all in any::<bool>()) {
            let json = if escape_all {
                let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                format!("\"{units}\"")
            } else {
                serde_json::to_string(&text).unwrap()
            };
            let mut scanner = Scanner::new(json.as_bytes(), 0);
            let token = scanner.string().unwrap();
            prop_assert_eq!(&*token.decode(), &*text);
            prop_assert_eq!(&*token.bytes(), text.as_bytes());
            prop_assert_eq!(token.is_blank(), text.trim().is_empty());
            prop_assert_eq!(scanner.pos(), json.len());
        }

        #[test]
        fn any_bytes_are_scanned_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut json = vec![b'"'];
            json.extend(bytes);
            let mut scanner = Scanner::new(&json, 0);
            if let Ok(token) = scanner.string() {
                let _ = token.decode();
                prop_assert!(scanner.pos() <= json.len());
            }
        }
    }
}
