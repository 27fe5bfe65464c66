//! The other bodies that may have been signed.

use std::ops::ControlFlow;

use super::cause::CauseCode;
use super::header::bytes_of_base64;
use super::rewrite::{Escapes, Layout, Style, Traces, write};
use crate::webhook::node::{At, Node};

/// A larger body is not parsed.
const MOST_PARSED: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const LAYOUTS: [Layout; 4] = [Layout::Compact, Layout::Spaced, Layout::Indented(2), Layout::Indented(4)];
const ESCAPES: [Escapes; 3] = [Escapes::None, Escapes::NotAscii, Escapes::NotAsciiAndSlash];

/// What takes a body and what was done to the one that came; it breaks off once it is the right one.
pub(super) type Try<'f> = dyn FnMut(&[u8], &[CauseCode]) -> ControlFlow<()> + 'f;

/// Gives each body that may have been signed, the simple ones first.
pub(super) fn each(body: &[u8], attempt: &mut Try<'_>) -> ControlFlow<()> {
    ends(body, attempt)?;
    if body.len() > MOST_PARSED {
        return ControlFlow::Continue(());
    }
    if let Some(text) = transcoded(body) {
        attempt(&text, &[CauseCode::BodyTranscoded])?;
    }
    if let Some(bytes) = bytes_of_base64(body.trim_ascii()) {
        attempt(&bytes, &[CauseCode::BodyBase64])?;
    }
    if let Some(bytes) = bytes_of_python(body) {
        attempt(&bytes, &[CauseCode::BodyWrapped])?;
    }
    let Ok(node) = Node::read(body) else { return ControlFlow::Continue(()) };
    if let Some(inner) = wrapped(&node) {
        attempt(&inner, &[CauseCode::BodyWrapped])?;
        if let Some(bytes) = bytes_of_base64(&inner) {
            attempt(&bytes, &[CauseCode::BodyWrapped, CauseCode::BodyBase64])?;
        }
    }
    rewritten(&node, body, attempt)
}

fn ends(body: &[u8], attempt: &mut Try<'_>) -> ControlFlow<()> {
    const ENDS: &[CauseCode] = &[CauseCode::LineEndsChanged];
    match body.strip_prefix(BYTE_ORDER_MARK) {
        Some(bare) => attempt(bare, &[CauseCode::ByteOrderMark])?,
        None => attempt(&[BYTE_ORDER_MARK, body].concat(), &[CauseCode::ByteOrderMark])?,
    }
    for end in [b"\n".as_slice(), b"\r\n"] {
        attempt(&[body, end].concat(), ENDS)?;
    }
    let bare = body.trim_ascii();
    if bare.len() < body.len() {
        attempt(bare, ENDS)?;
        for bare in [body.strip_suffix(b"\n"), body.strip_suffix(b"\r\n")].into_iter().flatten() {
            attempt(bare, ENDS)?;
        }
    }
    if body.contains(&b'\n') {
        let lines: Vec<&[u8]> =
            body.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        attempt(&lines.join(b"\n".as_slice()), ENDS)?;
        attempt(&lines.join(b"\r\n".as_slice()), ENDS)?;
    }
    ControlFlow::Continue(())
}

/// What the bytes 80 to 9f stand for in Windows-1252; in Latin-1 they stand for nothing that a text has.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-16 or Windows-1252 as UTF-8; or what was UTF-8, was taken for Windows-1252, and was encoded once more.
fn transcoded(body: &[u8]) -> Option<Vec<u8>> {
    if let [0xff, 0xfe, rest @ ..] | rest @ [b'{', 0, ..] = body {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        return String::from_utf16(&units).ok().map(String::into_bytes);
    }
    match std::str::from_utf8(body) {
        Ok(text) if text.is_ascii() => None,
        Ok(text) => text.chars().map(byte_of_windows).collect(),
        Err(_) => Some(body.iter().map(|byte| char_of_windows(*byte)).collect::<String>().into_bytes()),
    }
}

fn char_of_windows(byte: u8) -> char {
    let special = usize::from(byte).checked_sub(0x80).and_then(|at| WINDOWS.get(at));
    special.copied().unwrap_or(char::from(byte))
}

fn byte_of_windows(char: char) -> Option<u8> {
    let special = WINDOWS.iter().position(|known| *known == char).and_then(|at| u8::try_from(at + 0x80).ok());
    special.or_else(|| u8::try_from(u32::from(char)).ok())
}

/// What Python writes for bytes: `b'…'`.
fn bytes_of_python(body: &[u8]) -> Option<Vec<u8>> {
    let text = body.trim_ascii().strip_prefix(b"b")?;
    let (quote, _) = text.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    let mut rest = text.strip_prefix(&[*quote])?.strip_suffix(&[*quote])?;
    let mut out = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let (byte, length) = match (first, after) {
            (b'\\', [b'x', digits @ ..]) => {
                (u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()?, 4)
            }
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b't', ..]) => (b'\t', 2),
            (b'\\', [other, ..]) => (*other, 2),
            _ => (*first, 1),
        };
        out.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    Some(out)
}

/// What stands inside a JSON string, the event of a gateway, or a buffer of Node.
fn wrapped(node: &Node<'_>) -> Option<Vec<u8>> {
    let inner = ["body", "rawBody", "data"].into_iter().find_map(|key| node.member(key, &At::Root).ok().flatten());
    match inner.unwrap_or(node) {
        Node::Text { text, .. } => Some(text.as_bytes().to_vec()),
        Node::Array(items) => {
            let byte = |item: &Node<'_>| match item {
                Node::Number(text) => text.parse::<u8>().ok(),
                _ => None,
            };
            items.iter().map(byte).collect()
        }
        _ => None,
    }
}

fn rewritten(node: &Node<'_>, body: &[u8], attempt: &mut Try<'_>) -> ControlFlow<()> {
    let traces = Traces::of(node);
    for order in [false, true].into_iter().take(1 + usize::from(traces.order)) {
        for amounts in [false, true].into_iter().take(1 + usize::from(traces.amounts)) {
            for (layout, escapes) in LAYOUTS.iter().flat_map(|layout| ESCAPES.map(|escapes| (*layout, escapes))) {
                let plain = Style { layout, escapes, amounts: false, order: false };
                let written = write(node, Style { amounts, order, ..plain });
                let codes: Vec<CauseCode> = [
                    (write(node, plain) != body, CauseCode::BodyReserialized),
                    (amounts, CauseCode::NumbersRewritten),
                    (order, CauseCode::KeysReordered),
                ]
                .into_iter()
                .filter_map(|(was, code)| was.then_some(code))
                .collect();
                attempt(&written, &codes)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// What is wrong with a body to the eye, without any proof.
pub(super) fn looks(body: &[u8]) -> Vec<CauseCode> {
    const COMPRESSED: [&[u8]; 3] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x9c"];
    let bare = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    if bare.is_empty() {
        return vec![CauseCode::BodyEmpty];
    }
    if COMPRESSED.iter().any(|magic| body.starts_with(magic)) {
        return vec![CauseCode::BodyCompressed];
    }
    let replaced = String::from_utf8_lossy(body).contains(char::REPLACEMENT_CHARACTER);
    let mut codes: Vec<CauseCode> = replaced.then_some(CauseCode::BodyTranscoded).into_iter().collect();
    if body.len() > MOST_PARSED {
        return codes;
    }
    match Node::read(body) {
        Err(_) if codes.is_empty() => codes.push(CauseCode::NotJson),
        Err(_) => {}
        Ok(node) => {
            let traces = Traces::of(&node);
            if traces.order {
                codes.push(CauseCode::KeysReordered);
            }
            if traces.amounts {
                codes.push(CauseCode::NumbersRewritten);
            }
        }
    }
    codes
}
