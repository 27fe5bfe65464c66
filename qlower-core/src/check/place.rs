//! Line and column, from byte offsets.

use super::Finding;

/// Gives each finding its line and its column in characters. The findings stand in the order of the text, so that one walk over
/// it does for all.
pub(super) fn assign(text: &[u8], findings: &mut [Finding]) {
    let mut walk = Walk::new(text);
    for finding in findings {
        finding.place = Some(walk.to(finding.at));
    }
}

/// Line and column of one byte offset.
pub(crate) fn of(text: &[u8], at: usize) -> (u64, u64) {
    Walk::new(text).to(at)
}

struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
    column: u64,
}

impl<'t> Walk<'t> {
    fn new(text: &'t [u8]) -> Self {
        let at = if text.starts_with(super::start::BYTE_ORDER_MARK) { super::start::BYTE_ORDER_MARK.len() } else { 0 };
        Self { text, at, line: 1, column: 1 }
    }

    fn to(&mut self, target: usize) -> (u64, u64) {
        let passed = self.text.get(self.at..target).unwrap_or_default();
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        let tail = match passed.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                self.column = 1;
                passed.get(last + 1..).unwrap_or_default()
            }
            None => passed,
        };
        self.line += breaks as u64;
        // Continuation bytes of UTF-8 belong to the character before.
        self.column += tail.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        self.at = self.at.max(target);
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_breaks() {
        let text = "éa\n😀b\n\nc".as_bytes();
        let mut walk = Walk::new(text);
        let places: Vec<_> =
            text.iter().enumerate().filter(|(_, b)| b.is_ascii_alphabetic()).map(|(at, _)| walk.to(at)).collect();
        assert_eq!(places, [(1, 2), (2, 2), (4, 1)]);
        assert_eq!(Walk::new(text).to(text.len()), (4, 2));
        assert_eq!(Walk::new(b"\xef\xbb\xbf{").to(3), (1, 1), "a byte order mark is no character");
        assert_eq!(Walk::new(b"").to(0), (1, 1));
    }
}
