//! Passing over a value without recursion.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::{Fault, Scanner, Stop, Token};

/// Deeper nesting is a fault. The payload itself needs eight levels.
pub(crate) const MAX_DEPTH: usize = 128;

/// So deep that reading on would only feed an attack.
const HARD_DEPTH: usize = 1 << 20;

impl Scanner<'_> {
    /// Passes one value, and notes its faults.
    pub(crate) fn skip(&mut self) -> Result<(), Stop> {
        match self.token()? {
            Token::Object => self.skip_rest(true),
            Token::Array => self.skip_rest(false),
            _ => Ok(()),
        }
    }

    /// Passes one value of a text that was found sound: it looks for no fault between tokens.
    pub(crate) fn pass(&mut self) -> Result<(), Stop> {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                b'"' => _ = self.string()?,
                b'{' | b'[' => {
                    open += 1;
                    self.pos += 1;
                }
                b'}' | b']' if open > 0 => {
                    open -= 1;
                    self.pos += 1;
                }
                byte if super::is_word(byte) => {
                    while super::is_word(self.peek()) {
                        self.pos += 1;
                    }
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if open > 0 => {
                    self.pos += 1;
                    continue;
                }
                _ => return Err(self.stop(Fault::ExpectedValue)),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// Passes the rest of a container whose opening was taken.
    pub(crate) fn skip_rest(&mut self, object: bool) -> Result<(), Stop> {
        // The keys of each open object; none for an array.
        let mut open: Vec<Option<HashSet<u64, FixedState>>> = vec![object.then(HashSet::default)];
        let mut first = true;
        while let Some(level) = open.last_mut() {
            let more = match level {
                Some(keys) => self.next_member(first)? && self.skip_key(keys)?,
                None => self.next_element(first)?,
            };
            if !more {
                open.pop();
                first = false;
                continue;
            }
            let container = match self.token()? {
                Token::Object => Some(HashSet::default()),
                Token::Array => None,
                _ => {
                    first = false;
                    continue;
                }
            };
            open.push(container);
            first = true;
            if open.len() == MAX_DEPTH {
                self.note(Fault::TooDeep, self.pos - 1);
            } else if open.len() > HARD_DEPTH {
                return Err(Stop);
            }
        }
        Ok(())
    }

    fn skip_key(&mut self, keys: &mut HashSet<u64, FixedState>) -> Result<bool, Stop> {
        let key = self.string()?;
        if !keys.insert(FixedState::default().hash_one(&*key.bytes())) {
            self.note(Fault::DuplicateKey, key.at);
        }
        self.colon()?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn skip(json: &[u8]) -> (Result<(), Stop>, Vec<Fault>) {
        let mut scanner = Scanner::new(json, 0);
        scanner.skip_space();
        let result = scanner.skip();
        if result.is_ok() {
            scanner.finish();
        }
        (result, scanner.faults.iter().map(|noted| noted.fault).collect())
    }

    #[test]
    fn faults_between_tokens_are_passed_where_the_meaning_is_clear() {
        assert_eq!(skip(br#"{"a":1,"b":[1,2,{"c":null}]}"#), (Ok(()), vec![]));
        assert_eq!(skip(br#"{"a":1 "b":2}"#), (Ok(()), vec![Fault::MissingComma]));
        assert_eq!(skip(br#"{"a":1,}"#), (Ok(()), vec![Fault::TrailingComma]));
        assert_eq!(skip(br#"[1 2,]"#), (Ok(()), vec![Fault::MissingComma, Fault::TrailingComma]));
        assert_eq!(
            skip(br#"{"a":None,"a":00012}"#),
            (Ok(()), vec![Fault::BadLiteral, Fault::DuplicateKey, Fault::BadNumber])
        );
        assert_eq!(skip(br#"{"a":1} x"#), (Ok(()), vec![Fault::AfterEnd]));
        assert_eq!(skip(br#"{"a":tr"#), (Err(Stop), vec![Fault::UnexpectedEnd]));
        assert_eq!(skip(br#"{"a":[1,"#), (Err(Stop), vec![Fault::UnexpectedEnd]));
        assert_eq!(skip(br#"{'a':1}"#), (Err(Stop), vec![Fault::ExpectedKey]));
        assert_eq!(skip(br#"{"a" 1}"#), (Err(Stop), vec![Fault::ExpectedColon]));
        assert_eq!(skip(br#"{"a":1]"#), (Err(Stop), vec![Fault::ExpectedCommaOrBrace]));
    }

    #[test]
    fn depth_is_bounded_by_a_fault_and_costs_no_stack() {
        for depth in [10_000, 3_000_000] {
            let json = "[".repeat(depth) + &"]".repeat(depth);
            let (result, faults) = skip(json.as_bytes());
            assert_eq!(faults, [Fault::TooDeep]);
            assert_eq!(result.is_ok(), depth < HARD_DEPTH);
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "[^\0]*".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::hash_map("[a-e\\\\\"é]{0,3}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn pass(json: &[u8]) -> Result<usize, Stop> {
        let mut scanner = Scanner::new(json, 0);
        scanner.pass().map(|()| scanner.pos())
    }

    #[test]
    fn a_pass_ends_with_its_value_or_stops() {
        for (json, end) in [("[1,\"]\"],2", 7), ("-1.5e3 ", 6), ("true]", 4), ("\"a\\\"\"}", 5), ("{} {}", 2)] {
            assert_eq!(pass(json.as_bytes()), Ok(end), "{json}");
        }
        for json in ["", "[", "[1", "\"", ",", "]", " 1", "[\0]"] {
            assert_eq!(pass(json.as_bytes()), Err(Stop), "{json}");
        }
    }

    proptest! {
        #[test]
        fn sound_values_are_passed_as_they_are_skipped(value in json(), pretty in any::<bool>()) {
            let mut text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
            let end = text.len();
            text.extend(b" ,[1]}");
            prop_assert_eq!(pass(&text), Ok(end));
        }

        #[test]
        fn a_clean_pass_means_that_another_parser_agrees(value in json(), at in any::<prop::sample::Index>(), byte in any::<u8>(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
            prop_assert_eq!(skip(&text), (Ok(()), vec![]).clone());
            // One byte changed: both parsers must come to the same verdict. What only this scanner refuses is named.
            let mut changed = text;
            let at = at.index(changed.len());
            changed[at] = byte;
            let (result, faults) = skip(&changed);
            let ours = result.is_ok() && faults.iter().all(|fault| matches!(fault, Fault::DuplicateKey | Fault::Nul));
            let theirs = serde_json::from_slice::<Box<serde_json::value::RawValue>>(&changed).is_ok();
            let raw_nul = changed.contains(&0);
            let surrogate = faults.contains(&Fault::LoneSurrogate);
            prop_assert!(ours == theirs || raw_nul || surrogate, "{:?} {:?}", String::from_utf8_lossy(&changed), faults);
        }
    }
}
