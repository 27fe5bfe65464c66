//! Whether two items with the same id say the same: a hash of what an item says, whatever its notation.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::super::cross::{id_of, item};
use super::super::engine::Checker;
use super::super::index::{Kind, Parent};
use super::super::object::Frame;
use crate::codes::WireType;
use crate::model::{self, Associate, Declarant, Document, Model, Property, Transaction, Write};
use crate::scan::{Scanner, Stop, Token};

/// Memory that is used anew for each item.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    canonical: Vec<u8>,
    plain: Vec<u8>,
    pub(super) seen: HashSet<u64, FixedState>,
}

impl Checker<'_> {
    /// Hash of an item's content.
    pub(super) fn content(&self, kind: Kind, number: u32, scratch: &mut Scratch) -> u32 {
        let parent = self.index.items(kind).run(number).map(|run| run.parent);
        // The outermost object was closed last.
        if number == 0
            && matches!(parent, Some(Parent::Section(_)))
            && let Some(frame) = self.frames.last()
            && usual(self.scan.text(), table(kind), frame, &mut scratch.plain).is_some()
        {
            return hash(&scratch.plain);
        }
        let text = self.scan.text();
        let start = self.index.items(kind).start(number);
        let out = &mut scratch.canonical;
        out.clear();
        match (kind, parent) {
            (Kind::Declarant, _) => write(item::<Declarant>(text, start), out),
            (Kind::Associate, _) => write(item::<Associate>(text, start), out),
            (Kind::Transaction, _) => write(item::<Transaction>(text, start), out),
            (Kind::Property, parent) => {
                let mut property = item::<Property>(text, start);
                if let (Some(property), Some(Parent::Declarant(parent))) = (&mut property, parent)
                    && property.declarant_id.is_none()
                {
                    property.declarant_id = id_of(text, &self.index, Kind::Declarant, parent);
                }
                write(property, out);
            }
            (Kind::Document, parent) => {
                let mut document = item::<Document>(text, start);
                if let (Some(document), Some(Parent::Property(parent))) = (&mut document, parent)
                    && document.property_id.is_none()
                {
                    document.property_id = id_of(text, &self.index, Kind::Property, parent);
                }
                write(document, out);
            }
        }
        scratch.plain.clear();
        let mut copied = 0;
        // Canonical text is sound.
        _ = plain(&mut Scanner::new(&scratch.canonical, 0), table(kind), &mut scratch.plain, &mut copied);
        scratch.plain.extend_from_slice(scratch.canonical.get(copied..).unwrap_or_default());
        hash(&scratch.plain)
    }
}

/// Writes what an item says from what the check noted of its fields, just as the way through its model does; `None` if a value stands
/// in an unusual notation, or there is more than scalars.
fn usual(text: &[u8], model: &Model, frame: &Frame<'_>, out: &mut Vec<u8>) -> Option<()> {
    if frame.unknown {
        return None;
    }
    out.clear();
    let mut before = b'{';
    for (at, field) in model.fields.iter().enumerate() {
        let Some(slot) = frame.given(at) else {
            // An array has no slot, and null says as much as nothing.
            if matches!(field.kind, model::Kind::List(_) | model::Kind::Object(_)) && frame.seen >> at & 1 == 1 {
                return None;
            }
            continue;
        };
        out.push(std::mem::replace(&mut before, b','));
        out.extend_from_slice(field.quoted.as_bytes());
        out.push(b':');
        match (slot.text, field.kind) {
            (Some(given), kind) => {
                let given = given.unescaped()?;
                let usual = match kind {
                    model::Kind::Decimal | model::Kind::Integer => false,
                    model::Kind::Date => given.len() == 10,
                    model::Kind::Year => given.len() == 4,
                    model::Kind::Code(list) => list.wire == WireType::Text,
                    _ => true,
                };
                if !usual {
                    return None;
                }
                out.push(b'"');
                out.extend_from_slice(given);
                out.push(b'"');
            }
            (None, kind) => {
                let rest = text.get(slot.at..)?;
                let number = rest.get(..rest.iter().position(|byte| !is_number(*byte))?)?;
                match kind {
                    model::Kind::Decimal => {}
                    model::Kind::Integer if !number.contains(&b'.') => {}
                    model::Kind::Code(list) if list.wire == WireType::Integer && !number.contains(&b'.') => {}
                    _ => return None,
                }
                if number.iter().any(|byte| matches!(byte, b'e' | b'E')) {
                    return None;
                }
                out.extend_from_slice(shortest(number));
            }
        }
    }
    out.push(b'}');
    Some(())
}

const fn is_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Copies canonical text, its decimals in their shortest form.
fn plain(scan: &mut Scanner<'_>, model: &Model, out: &mut Vec<u8>, copied: &mut usize) -> Result<(), Stop> {
    if !matches!(scan.token()?, Token::Object) {
        return Ok(());
    }
    let mut first = true;
    while scan.next_member(first)? {
        first = false;
        let key = scan.string()?;
        scan.colon()?;
        let kind = model.fields.iter().find(|field| field.key.as_bytes() == &*key.bytes()).map(|field| field.kind);
        let at = scan.pos();
        match (kind, scan.token()?) {
            (Some(model::Kind::Decimal), Token::Number(number)) => {
                let short = shortest(number);
                out.extend_from_slice(scan.text().get(*copied..at).unwrap_or_default());
                out.extend_from_slice(short);
                *copied = at + number.len();
            }
            (Some(model::Kind::List(items)), Token::Array) => {
                let mut first = true;
                while scan.next_element(first)? {
                    first = false;
                    plain(scan, items, out, copied)?;
                }
            }
            (_, Token::Object) => scan.skip_rest(true)?,
            (_, Token::Array) => scan.skip_rest(false)?,
            _ => {}
        }
    }
    Ok(())
}

/// A decimal without what does not change its value.
fn shortest(number: &[u8]) -> &[u8] {
    if !number.contains(&b'.') {
        return if number == b"-0" { b"0" } else { number };
    }
    let end = number.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    let number = number.get(..end).unwrap_or_default();
    match number.strip_suffix(b".").unwrap_or(number) {
        b"-0" => b"0",
        number => number,
    }
}

fn write<T: Write>(item: Option<T>, out: &mut Vec<u8>) {
    if let Some(item) = item {
        item.write(out);
    }
}

const fn table(kind: Kind) -> &'static Model {
    match kind {
        Kind::Declarant => &Declarant::MODEL,
        Kind::Associate => &Associate::MODEL,
        Kind::Property => &Property::MODEL,
        Kind::Transaction => &Transaction::MODEL,
        Kind::Document => &Document::MODEL,
    }
}

fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(bytes);
    let hash = hasher.finish();
    (hash ^ hash >> 32) as u32
}
