//! A pull scanner over JSON text that knows where it is and goes on after a fault.
//!
//! It differs from a general parser in what a check needs: every token has its place, numbers keep their text, duplicate keys
//! are seen, nothing is copied, a fault inside one token (a bad number, a lone surrogate) or between two (a missing comma) is
//! noted and passed, and nesting costs no stack.

mod number;
mod skip;
mod string;
mod text;

pub(crate) use number::is_number;
pub(crate) use skip::MAX_DEPTH;
pub(crate) use text::Text;

/// Reading cannot go on; what stopped it has been noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

/// What is wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) enum Fault {
    UnexpectedEnd,
    ExpectedKey,
    ExpectedColon,
    ExpectedValue,
    ExpectedCommaOrBrace,
    ExpectedCommaOrBracket,
    MissingComma,
    TrailingComma,
    AfterEnd,
    BadNumber,
    BadLiteral,
    BadEscape,
    ControlCharacter,
    LoneSurrogate,
    Nul,
    InvalidUtf8,
    DuplicateKey,
    TooDeep,
}

/// A fault and its byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) fault: Fault,
    pub(crate) at: usize,
}

/// The start of a value: scalars whole, containers just opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token<'t> {
    Text(Text<'t>),
    Number(&'t [u8]),
    Bool(bool),
    Null,
    Object,
    Array,
    /// A faulty scalar; it was noted and passed.
    Invalid,
}

/// The scanner.
pub(crate) struct Scanner<'t> {
    text: &'t [u8],
    pos: usize,
    pub(crate) faults: Vec<Noted>,
}

impl<'t> Scanner<'t> {
    pub(crate) const fn new(text: &'t [u8], pos: usize) -> Self {
        Self { text, pos, faults: Vec::new() }
    }

    #[inline]
    pub(crate) const fn pos(&self) -> usize {
        self.pos
    }

    pub(crate) const fn seek(&mut self, pos: usize) {
        self.pos = pos;
    }

    pub(crate) const fn text(&self) -> &'t [u8] {
        self.text
    }

    /// The byte at the position; 0 at the end of the text.
    #[inline]
    fn peek(&self) -> u8 {
        self.text.get(self.pos).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.pos += 1;
        }
    }

    #[cold]
    fn note(&mut self, fault: Fault, at: usize) {
        self.faults.push(Noted { fault, at });
    }

    /// Notes what stops the reading: the end of the text, if that is where it happened.
    #[cold]
    fn stop(&mut self, fault: Fault) -> Stop {
        let fault = if self.pos >= self.text.len() { Fault::UnexpectedEnd } else { fault };
        self.note(fault, self.pos.min(self.text.len()));
        Stop
    }

    /// Moves to the next key of an object; `false` after its closing brace.
    #[inline]
    pub(crate) fn next_member(&mut self, first: bool) -> Result<bool, Stop> {
        self.skip_space();
        match (self.peek(), first) {
            (b',', false) => {
                self.pos += 1;
                self.skip_space();
                match self.peek() {
                    b'"' => Ok(true),
                    b'}' => self.close_after_comma(),
                    _ => Err(self.stop(Fault::ExpectedKey)),
                }
            }
            (b'"', true) => Ok(true),
            (b'}', _) => {
                self.pos += 1;
                Ok(false)
            }
            (b'"', false) => {
                self.note(Fault::MissingComma, self.pos);
                Ok(true)
            }
            (_, true) => Err(self.stop(Fault::ExpectedKey)),
            (_, false) => Err(self.stop(Fault::ExpectedCommaOrBrace)),
        }
    }

    /// Moves to the next element of an array; `false` after its closing bracket.
    #[inline]
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, Stop> {
        self.skip_space();
        match (self.peek(), first) {
            (b',', false) => {
                self.pos += 1;
                self.skip_space();
                if self.peek() == b']' { self.close_after_comma() } else { Ok(true) }
            }
            (b']', _) => {
                self.pos += 1;
                Ok(false)
            }
            (_, true) => Ok(true),
            (b'{' | b'[' | b'"' | b'-' | b'0'..=b'9', false) => {
                self.note(Fault::MissingComma, self.pos);
                Ok(true)
            }
            (_, false) => Err(self.stop(Fault::ExpectedCommaOrBracket)),
        }
    }

    #[cold]
    fn close_after_comma(&mut self) -> Result<bool, Stop> {
        self.note(Fault::TrailingComma, self.pos);
        self.pos += 1;
        Ok(false)
    }

    /// Takes the key at the position if it is exactly this one, quotes included.
    #[inline]
    pub(crate) fn eat(&mut self, quoted: &str) -> bool {
        let end = self.pos + quoted.len();
        let same = self.text.get(self.pos..end) == Some(quoted.as_bytes());
        if same {
            self.pos = end;
        }
        same
    }

    /// Takes the colon after a key, and the space around it.
    #[inline]
    pub(crate) fn colon(&mut self) -> Result<(), Stop> {
        self.skip_space();
        if self.peek() != b':' {
            return Err(self.stop(Fault::ExpectedColon));
        }
        self.pos += 1;
        self.skip_space();
        Ok(())
    }

    /// Takes a scalar, or the opening of a container.
    #[inline]
    pub(crate) fn token(&mut self) -> Result<Token<'t>, Stop> {
        match self.peek() {
            b'"' => self.string().map(Token::Text),
            b'-' | b'0'..=b'9' => Ok(self.number()),
            b'{' => {
                self.pos += 1;
                Ok(Token::Object)
            }
            b'[' => {
                self.pos += 1;
                Ok(Token::Array)
            }
            _ => self.word(),
        }
    }

    /// `true`, `false`, `null`, or a bare word that is none of them.
    fn word(&mut self) -> Result<Token<'t>, Stop> {
        let start = self.pos;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if word.is_empty() {
            return Err(self.stop(Fault::ExpectedValue));
        }
        self.pos = start + length;
        let cut = length == rest.len()
            && [&b"true"[..], b"false", b"null"].iter().any(|known| known.starts_with(word) && *known != word);
        match word {
            b"null" => Ok(Token::Null),
            b"true" => Ok(Token::Bool(true)),
            b"false" => Ok(Token::Bool(false)),
            _ if cut => Err(self.stop(Fault::UnexpectedEnd)),
            _ => {
                self.note(Fault::BadLiteral, start);
                Ok(Token::Invalid)
            }
        }
    }

    /// Notes anything but white space after the root value.
    pub(crate) fn finish(&mut self) {
        self.skip_space();
        if self.pos < self.text.len() {
            self.note(Fault::AfterEnd, self.pos);
        }
    }
}

/// Bytes that run on in a number or a bare word.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_')
}
