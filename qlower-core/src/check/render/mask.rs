//! Where a text holds an access key, be it ever so malformed.

use std::ops::Range;

use crate::scan::{Scanner, Token};
use crate::secret::names_a_secret;

/// Of so many different keys repetitions are looked for: each costs a walk over the text.
const REPEATED: usize = 16;

/// Spans of the values of everything that looks like an access key, and of their repetitions.
pub(super) fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = keys(text).filter_map(|after| value(text, after)).collect();
    spans.extend(root_values(text));
    let mut known: Vec<Vec<u8>> = spans
        .iter()
        .filter_map(|span| text.get(span.clone()))
        .filter(|secret| (4..=4096).contains(&secret.len()))
        .map(<[u8]>::to_vec)
        .collect();
    known.sort();
    known.dedup();
    known.truncate(REPEATED);
    for secret in known {
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| find(rest, &secret)) {
            spans.push(at + found..at + found + secret.len());
            at += found + secret.len();
        }
    }
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    // Overlapping ones become one, so that the span of a place is found by its start.
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let first = part.first()?;
    let mut at = 0;
    loop {
        at += text.get(at..)?.iter().position(|byte| byte == first)?;
        if text.get(at..)?.starts_with(part) {
            return Some(at);
        }
        at += 1;
    }
}

/// Offsets after each `apiKey`, in any case and with any separator.
fn keys(text: &[u8]) -> impl Iterator<Item = usize> {
    text.iter().enumerate().filter(|(_, byte)| **byte | 0x20 == b'a').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let (api, rest) = rest.split_at_checked(3)?;
        let rest = if matches!(rest.first(), Some(b'_' | b'-' | b' ' | b'.')) { rest.get(1..)? } else { rest };
        let (key, rest) = rest.split_at_checked(3)?;
        (api.eq_ignore_ascii_case(b"api") && key.eq_ignore_ascii_case(b"key")).then(|| text.len() - rest.len())
    })
}

/// The value after a key, without its quotes; of a container, all up to the line's end.
fn value(text: &[u8], mut at: usize) -> Option<Range<usize>> {
    if matches!(text.get(at), Some(b'"' | b'\'')) {
        at += 1;
    }
    at += spaces(text, at);
    if !matches!(text.get(at), Some(b':' | b'=')) {
        return None;
    }
    at += 1;
    at += spaces(text, at);
    let rest = text.get(at..)?;
    match *rest.first()? {
        quote @ (b'"' | b'\'') => {
            let mut end = 1;
            while let Some(byte) = rest.get(end) {
                match byte {
                    b'\\' => end += 1,
                    b'\n' => break,
                    byte if *byte == quote => break,
                    _ => {}
                }
                end += 1;
            }
            Some(at + 1..at + end.min(rest.len()))
        }
        b'[' | b'{' => Some(at + 1..at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())),
        _ => Some(
            at..at
                + rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))
                    .unwrap_or(rest.len()),
        ),
    }
}

fn spaces(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Values of keys of the root object that say `apiKey` once their escapes are decoded.
fn root_values(text: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let start = text.iter().position(|byte| *byte == b'{').unwrap_or(text.len());
    let mut scan = Scanner::new(text, start);
    let mut walk = || -> Result<(), crate::scan::Stop> {
        let Token::Object = scan.token()? else { return Ok(()) };
        let mut first = true;
        while scan.next_member(first)? {
            first = false;
            let key = scan.string()?;
            scan.colon()?;
            let from = scan.pos();
            scan.skip()?;
            if names_a_secret(&key.decode()) {
                let quoted = usize::from(text.get(from) == Some(&b'"'));
                spans.push(from + quoted..scan.pos() - quoted);
            }
        }
        Ok(())
    };
    // What lies behind a fault is found by its spelling alone.
    let _ = walk();
    spans
}
