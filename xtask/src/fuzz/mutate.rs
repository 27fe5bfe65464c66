//! Changes to an input, of bytes and of JSON's structure.

use super::corpus::Corpus;
use crate::sample::Chance;

/// What is inserted, or put in a value's place.
const TOKENS: &[&str] = &[
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "[[]]",
    "{\"a\":1,\"a\":2}",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\u00e9\"",
    "\"é\"",
    "\"\\\\\"",
    "\"\\\"\"",
    "\"\\q\"",
    "\"\t\"",
    "\"",
    "\\",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "},{",
    "}{",
    "\n",
    "\u{feff}",
    "0",
    "-0",
    "-",
    "1e400",
    "1e-400",
    "00012",
    "1.",
    ".5",
    "5.0",
    "5e0",
    "0.1",
    "1234567.89",
    "-99999999999.99",
    "0.30000000000000004",
    "123456789012345678901234567890",
    "99999999999999999999",
    "NaN",
    "Infinity",
    "\"2024-02-30\"",
    "\"2024-02-29\"",
    "\"2024-01-31T00:00:00Z\"",
    "\"2024-01-31T10:00\"",
    "\"31/12/2024\"",
    "\"0000-01-01\"",
    "\"9999-12-31\"",
    "\"1 500,00\"",
    "\"1500.00\"",
    "\"O\"",
    "\"R\"",
    "\"FR\"",
    "\"DE\"",
    "\"12\"",
    "\"2.0\"",
    "\"1.0\"",
    "\"R\",\"type\":\"A\"",
    "\"a@b.fr\"",
    "\"https://a.fr/b\"",
    "\"http://\"",
    "\"P-000000\"",
    "\"D-000000\"",
    "\"id\":\"P-000000\"",
    "\"id\"",
    "\"apiKey\"",
    "\"api_key\":\"x\"",
    "\"clients\":[]",
    "\"declarants\":null",
    "\"transactions\"",
    "\"properties\"",
    "\"documents\"",
    "\"associates\"",
    "\"client\"",
    "\"id-prty\"",
    "\"amt\"",
    "\"declarantId\":\"D-000001\"",
    "\"errors\"",
    "\"status\"",
    "\"event_type\":\"ping\"",
    "\"event\":\"operation_removed\"",
    "\"2026-08-05T08:42:18.123456789Z\"",
    "\"EUR\"",
    "\"qlw_1\"",
    "79228162514264337593543950336",
    "9007199254740993",
    "<p>",
    "\u{2028}",
    "\0",
];

/// Changes something at one place.
pub(super) fn mutate(input: &mut Vec<u8>, corpus: &Corpus, chance: &mut Chance) {
    match chance.below(12) {
        0 => flip(input, chance),
        1 => {
            let at = chance.below(input.len());
            if let Some(byte) = input.get_mut(at) {
                *byte = u8::try_from(chance.below(256)).unwrap_or(0);
            }
        }
        2 => {
            let range = range(input, chance);
            input.drain(range);
        }
        3 => {
            let copy = input.get(range(input, chance)).unwrap_or_default().to_vec();
            insert(input, &copy, chance);
        }
        4 => {
            let other = corpus.pick(chance);
            let part = other.get(range(other, chance)).unwrap_or_default();
            insert(input, part, chance);
        }
        5 => insert(input, chance.pick(TOKENS, "null").as_bytes(), chance),
        6 => input.truncate(chance.below(input.len() + 1)),
        7 | 8 => {
            // Another value in a value's place.
            if let Some(value) = value(input, chance) {
                input.splice(value, chance.pick(TOKENS, "null").bytes());
            }
        }
        9 => {
            // A value of another place, which is mostly of another type.
            if let (Some(from), Some(to)) = (value(input, chance), value(input, chance)) {
                let copy = input.get(from).unwrap_or_default().to_vec();
                input.splice(to, copy);
            }
        }
        10 => nest(input, chance),
        _ => {
            // A member or element twice, or not at all.
            if let Some(part) = between_commas(input, chance) {
                let copy = input.get(part.clone()).unwrap_or_default().to_vec();
                if chance.below(2) == 0 {
                    input.splice(part.start..part.start, copy);
                } else {
                    input.drain(part);
                }
            }
        }
    }
}

fn flip(input: &mut [u8], chance: &mut Chance) {
    let at = chance.below(input.len());
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

/// A short part, seldom a long one.
fn range(input: &[u8], chance: &mut Chance) -> std::ops::Range<usize> {
    let start = chance.below(input.len());
    let most = if chance.below(4) == 0 { 4000 } else { 40 };
    start..(start + chance.below(most)).min(input.len())
}

fn insert(input: &mut Vec<u8>, part: &[u8], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    input.splice(at..at, part.iter().copied());
}

/// The scalar after some colon, as far as its bytes tell.
fn value(input: &[u8], chance: &mut Chance) -> Option<std::ops::Range<usize>> {
    let from = chance.below(input.len());
    let colon = from + input.get(from..)?.iter().position(|byte| *byte == b':')?;
    let space = input.get(colon + 1..)?.iter().take_while(|byte| **byte == b' ').count();
    let start = colon + 1 + space;
    let rest = input.get(start..)?;
    let length = match rest.first()? {
        b'"' => 2 + rest.get(1..)?.iter().position(|byte| *byte == b'"')?,
        _ => rest.iter().position(|byte| b",}]\n".contains(byte))?,
    };
    Some(start..start + length)
}

/// From a comma to the next one of the same depth.
fn between_commas(input: &[u8], chance: &mut Chance) -> Option<std::ops::Range<usize>> {
    let from = chance.below(input.len());
    let start = from + input.get(from..)?.iter().position(|byte| *byte == b',')?;
    let mut depth = 0_u32;
    for (at, byte) in input.iter().enumerate().skip(start + 1) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(start..at),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Many brackets at once.
fn nest(input: &mut Vec<u8>, chance: &mut Chance) {
    let depth = 1 << chance.below(13);
    let (open, close) = if chance.below(2) == 0 { ("[", "]") } else { ("{\"k\":", "}") };
    let inner = chance.pick(TOKENS, "null");
    let nested = open.repeat(depth) + inner + &close.repeat(depth);
    match value(input, chance) {
        Some(value) => _ = input.splice(value, nested.into_bytes()),
        None => insert(input, nested.as_bytes(), chance),
    }
}
