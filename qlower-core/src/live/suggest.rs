//! Which path was probably meant.

use super::path;
use super::read::Document;
use crate::scan::{Scanner, Stop, Token};

/// So many numbers of a document are looked at.
const NUMBERS: usize = 200;
/// Longest text of a key that is shown, in characters.
const SHOWN: usize = 60;

/// The path to a number of the document that comes nearest to a path that leads to none.
pub(super) fn instead(document: &Document<'_>, wanted: &[&str]) -> Option<String> {
    let numbers = numbers(document);
    let best = numbers.iter().filter_map(|keys| Some((rank(keys, wanted)?, keys)));
    let best = best.min_by_key(|(rank, _)| *rank).map(|(_, keys)| keys);
    // The only number there is.
    let only = || numbers.first().filter(|_| numbers.len() == 1);
    let keys: Vec<&str> = best.or_else(only)?.iter().map(String::as_str).collect();
    super::ValuePath::of(keys).map(|path| path.to_string())
}

/// How near a path is: in which way, and how much of the way is the same. `None` if it has nothing to do with the wanted one.
fn rank(keys: &[String], wanted: &[&str]) -> Option<(u8, usize)> {
    let folded: Vec<String> = keys.iter().map(|key| fold(key)).collect();
    let meant: Vec<String> = wanted.iter().map(|key| fold(key)).collect();
    let (last, meant_last) = (folded.last()?, meant.last()?);
    let way = if folded == meant {
        0
    } else if folded.starts_with(&meant) && folded.len() == meant.len() + 1 && last == "value" {
        1
    } else if last == meant_last && !meant_last.is_empty() && last.parse::<usize>().is_err() {
        2
    } else if strsim::damerau_levenshtein(last, meant_last) <= meant_last.chars().count() / 4 {
        3
    } else {
        return None;
    };
    let same = folded.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    Some((way, usize::MAX - same))
}

/// Without case and punctuation, and no longer than anyone misspells.
fn fold(key: &str) -> String {
    // Of a number, all of it counts.
    if key.parse::<f64>().is_ok() {
        return key.to_owned();
    }
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

/// The ways to the first numbers of a document.
fn numbers(document: &Document<'_>) -> Vec<Vec<String>> {
    let mut scanner = Scanner::new(document.text, document.start);
    let (mut way, mut out) = (Vec::new(), Vec::new());
    // A document that was opened is sound.
    _ = collect(&mut scanner, &mut way, &mut out);
    out
}

/// The depth of a document that was opened is bounded.
fn collect(scanner: &mut Scanner<'_>, way: &mut Vec<String>, out: &mut Vec<Vec<String>>) -> Result<(), Stop> {
    match scanner.token()? {
        Token::Number(_) => out.push(way.clone()),
        Token::Object => {
            let mut first = true;
            while out.len() < NUMBERS && scanner.next_member(std::mem::take(&mut first))? {
                way.push(scanner.string()?.decode().into_owned());
                scanner.colon()?;
                collect(scanner, way, out)?;
                way.pop();
            }
        }
        Token::Array => {
            let mut count = 0_usize;
            while out.len() < NUMBERS && scanner.next_element(count == 0)? {
                way.push(count.to_string());
                collect(scanner, way, out)?;
                way.pop();
                count += 1;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A key as it stands in a path, on one line, cut where it is very long.
pub(super) fn shown(key: &str) -> String {
    let mut out = String::new();
    // A text takes every write.
    _ = path::write(&mut out, &[key]);
    let mut chars = out.chars();
    let mut short: String = chars.by_ref().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}
