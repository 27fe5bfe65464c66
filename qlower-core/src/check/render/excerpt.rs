//! The part of a source line around a place.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::mask;
use crate::check::params::printable;
use crate::scan::{Scanner, Token};
use crate::secret::MASK;

/// How many bytes of a line are shown before and after the place.
const BEFORE: usize = 60;
const AFTER: usize = 80;

/// A text whose lines may be shown: it knows where its secrets are.
pub(super) struct Source<'t> {
    text: &'t [u8],
    secrets: Vec<Range<usize>>,
}

/// A line, or a part of it, with the position of what is meant in it, in terminal columns.
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) indent: usize,
    pub(super) width: usize,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, secrets: mask::secrets(text) }
    }

    pub(super) fn excerpt(&self, at: usize) -> Excerpt {
        let at = at.min(self.text.len());
        let start = at.saturating_sub(BEFORE);
        let before = self.text.get(start..at).unwrap_or_default();
        let (start, cut_before) = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => (start + last + 1, false),
            None => (self.character(start), start > 0 && self.text.get(start - 1) != Some(&b'\n')),
        };
        let limit = self.text.len().min(at + AFTER);
        let after = self.text.get(at..limit).unwrap_or_default();
        let (end, cut_after) = match after.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(first) => (at + first, false),
            None => (self.character(limit), limit < self.text.len()),
        };
        let meant = at..self.token_end(at).min(end);
        let mut excerpt = Excerpt { text: String::new(), indent: 0, width: 0 };
        if cut_before {
            excerpt.push('…', 0..0, &meant);
            excerpt.indent = 1;
        }
        let mut here = start;
        while here < end {
            if let Some(secret) = self.secret_at(here) {
                for char in MASK.chars() {
                    excerpt.push(char, secret.clone(), &meant);
                }
                here = secret.end;
                continue;
            }
            let (char, length) = self.char_at(here, end);
            excerpt.push(printable(char), here..here + length, &meant);
            here += length;
        }
        if cut_after {
            excerpt.text.push('…');
        }
        excerpt.width = excerpt.width.max(1);
        excerpt
    }

    fn secret_at(&self, at: usize) -> Option<&Range<usize>> {
        let next = self.secrets.partition_point(|secret| secret.start <= at);
        self.secrets.get(next.checked_sub(1)?).filter(|secret| secret.contains(&at))
    }

    /// The start of the character in which an offset lies, or the next one's.
    fn character(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
            at += 1;
        }
        at
    }

    fn char_at(&self, at: usize, end: usize) -> (char, usize) {
        let bytes = self.text.get(at..end.min(at + 4)).unwrap_or_default();
        let chunk = bytes.utf8_chunks().next();
        match chunk.and_then(|chunk| chunk.valid().chars().next()) {
            Some(char) => (char, char.len_utf8()),
            None => (char::REPLACEMENT_CHARACTER, 1),
        }
    }

    /// End of the scalar at an offset; of anything else only the first byte is meant.
    fn token_end(&self, at: usize) -> usize {
        let mut scan = Scanner::new(self.text, at);
        match scan.token() {
            Ok(Token::Text(_) | Token::Number(_) | Token::Bool(_) | Token::Null | Token::Invalid) => scan.pos(),
            _ => at + 1,
        }
    }
}

impl Excerpt {
    fn push(&mut self, char: char, bytes: Range<usize>, meant: &Range<usize>) {
        let width = char.width().unwrap_or(1);
        self.text.push(char);
        if bytes.end <= meant.start && bytes.end > 0 {
            self.indent += width;
        } else if bytes.start < meant.end && bytes.end > meant.start {
            self.width += width;
        }
    }
}
