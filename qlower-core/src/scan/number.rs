//! Numbers, kept as text.

use super::{Fault, Scanner, Token, is_word};

impl<'t> Scanner<'t> {
    #[inline]
    pub(super) fn number(&mut self) -> Token<'t> {
        let rest = self.text.get(self.pos..).unwrap_or_default();
        let length = grammar(rest);
        if length == 0 || rest.get(length).copied().is_some_and(is_word) {
            return self.bad_number(rest);
        }
        self.pos += length;
        Token::Number(rest.get(..length).unwrap_or_default())
    }

    #[cold]
    fn bad_number(&mut self, rest: &[u8]) -> Token<'t> {
        self.note(Fault::BadNumber, self.pos);
        self.pos += rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
        Token::Invalid
    }
}

/// Whether a text is one JSON number.
pub(crate) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && grammar(text) == text.len()
}

/// Length of the JSON number at the start of the text; 0 if there is none.
#[inline]
fn grammar(text: &[u8]) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len())
    };
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = if text.get(sign) == Some(&b'0') { 1 } else { digits(sign) };
    if whole == 0 {
        return 0;
    }
    let mut end = sign + whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == 0 {
            return 0;
        }
        end += 1 + fraction;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent == 0 {
            return 0;
        }
        end += 1 + sign + exponent;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_json() {
        for good in ["0", "-0", "12", "0.5", "-1.25e+10", "1E5", "1e400", "10"] {
            let mut scanner = Scanner::new(good.as_bytes(), 0);
            assert!(matches!(scanner.number(), Token::Number(text) if text == good.as_bytes()), "{good}");
            assert!(serde_json::from_str::<Box<serde_json::value::RawValue>>(good).is_ok(), "{good}");
        }
        for bad in
            ["-", "00012", "01", "1.", "1.e5", "1e", "1e+", "1x", "0x10", "1_000", "1.2.3", "--1", "-Infinity", "1-2"]
        {
            let mut scanner = Scanner::new(bad.as_bytes(), 0);
            assert!(matches!(scanner.number(), Token::Invalid), "{bad}");
            assert_eq!(scanner.pos(), bad.len(), "{bad} is passed whole");
            assert_eq!(scanner.faults.len(), 1);
        }
    }
}
