//! A JSON text written again, in the ways in which it may have been written first.

use crate::scan::{Scanner, Token};

/// Deeper nesting is no webhook's.
const MAX_DEPTH: usize = 32;

/// The keys of a Qlower event, each after those that stand before it in the same object.
const ORDER: [&str; 40] = [
    "event_type",
    "event_id",
    "order_id",
    "timestamp",
    "customer",
    "first_name",
    "last_name",
    "email",
    "phone",
    "order",
    "total_amount",
    "currency",
    "payment_date",
    "is_subscription",
    "products",
    "product_id",
    "product_name",
    "description",
    "quantity",
    "unit_price",
    "amount",
    "sub_items",
    "coverage",
    "year",
    "property",
    "external_id",
    "name",
    "custom_fields",
    "key",
    "label",
    "value",
    "invoice",
    "pdf_url",
    "pdf_filename",
    "number",
    "event",
    "payload",
    "type",
    "id",
    "state",
];
/// The keys whose numbers are amounts: written with a point, always.
const AMOUNTS: [&str; 3] = ["total_amount", "unit_price", "amount"];

/// A value of a text, its numbers and words as they are written.
#[derive(Debug)]
pub(super) enum Node<'t> {
    Word(&'t [u8]),
    Number(&'t [u8]),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Spaces between the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Compact,
    Spaced,
    Indented(usize),
}

/// Which characters are escaped that need not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    NotAscii,
    NotAsciiAndSlash,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) layout: Layout,
    pub(super) escapes: Escapes,
    /// Amounts as floating-point numbers are written: 315.0.
    pub(super) amounts: bool,
    /// Keys in the order in which Qlower writes them.
    pub(super) order: bool,
}

impl<'t> Node<'t> {
    /// Reads a whole text; `None` unless it is sound JSON.
    pub(super) fn read(text: &'t [u8]) -> Option<Self> {
        let mut scanner = Scanner::new(text, 0);
        scanner.skip_space();
        let node = Self::value(&mut scanner, 0)?;
        scanner.finish();
        scanner.faults.is_empty().then_some(node)
    }

    fn value(scanner: &mut Scanner<'t>, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut first = true;
        match scanner.token().ok()? {
            Token::Text(text) => Some(Self::Text(text.decode().into_owned())),
            Token::Number(text) => Some(Self::Number(text)),
            Token::Bool(true) => Some(Self::Word(b"true")),
            Token::Bool(false) => Some(Self::Word(b"false")),
            Token::Null => Some(Self::Word(b"null")),
            Token::Invalid => None,
            Token::Array => {
                let mut items = Vec::new();
                while scanner.next_element(first).ok()? {
                    items.push(Self::value(scanner, depth + 1)?);
                    first = false;
                }
                Some(Self::Array(items))
            }
            Token::Object => {
                let mut members = Vec::new();
                while scanner.next_member(first).ok()? {
                    let Token::Text(key) = scanner.token().ok()? else { return None };
                    scanner.colon().ok()?;
                    members.push((key.decode().into_owned(), Self::value(scanner, depth + 1)?));
                    first = false;
                }
                Some(Self::Object(members))
            }
        }
    }

    /// The member of an object.
    pub(super) fn get(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == wanted).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Writes it in a style.
    pub(super) fn write(&self, style: Style) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out, style, 0, false);
        out
    }

    fn write_to(&self, out: &mut Vec<u8>, style: Style, depth: usize, amount: bool) {
        match self {
            Self::Word(text) => out.extend_from_slice(text),
            Self::Number(text) if amount && style.amounts => out.extend(float(text)),
            Self::Number(text) => out.extend_from_slice(text),
            Self::Text(text) => string(text, out, style.escapes),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    between(out, style.layout, depth + 1, at == 0);
                    item.write_to(out, style, depth + 1, false);
                }
                end(out, style.layout, depth, items.is_empty());
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                let mut sorted: Vec<&(String, Self)> = members.iter().collect();
                if style.order {
                    sorted.sort_by_key(|(key, _)| rank(key));
                }
                for (at, (key, value)) in sorted.into_iter().enumerate() {
                    between(out, style.layout, depth + 1, at == 0);
                    string(key, out, style.escapes);
                    out.extend_from_slice(if style.layout == Layout::Compact { b":" } else { b": " });
                    value.write_to(out, style, depth + 1, AMOUNTS.contains(&key.as_str()));
                }
                end(out, style.layout, depth, members.is_empty());
                out.push(b'}');
            }
        }
    }

    /// Whether an amount stands in it that is not written as Qlower writes one.
    pub(super) fn has_rewritten_amount(&self) -> bool {
        self.any(&|key, value| matches!(value, Self::Number(text) if AMOUNTS.contains(&key) && float(text) != *text))
    }

    /// Whether known keys of an object stand in another order.
    pub(super) fn is_reordered(&self) -> bool {
        let reordered = |members: &[(String, Self)]| {
            !members.iter().filter_map(|(key, _)| ORDER.iter().position(|known| known == key)).is_sorted()
        };
        match self {
            Self::Object(members) => reordered(members) || members.iter().any(|(_, value)| value.is_reordered()),
            Self::Array(items) => items.iter().any(Self::is_reordered),
            _ => false,
        }
    }

    fn any(&self, test: &impl Fn(&str, &Self) -> bool) -> bool {
        match self {
            Self::Object(members) => members.iter().any(|(key, value)| test(key, value) || value.any(test)),
            Self::Array(items) => items.iter().any(|item| item.any(test)),
            _ => false,
        }
    }
}

fn rank(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

/// The number as a floating-point number is written: with a point, and no zeros at its end but one after it.
fn float(text: &[u8]) -> Vec<u8> {
    if text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return text.to_vec();
    }
    let mut text = text.to_vec();
    if !text.contains(&b'.') {
        text.extend_from_slice(b".0");
    }
    while text.ends_with(b"0") && !text.ends_with(b".0") {
        text.pop();
    }
    text
}

fn between(out: &mut Vec<u8>, layout: Layout, depth: usize, first: bool) {
    if !first {
        out.extend_from_slice(if layout == Layout::Spaced { b", " } else { b"," });
    }
    indent(out, layout, depth);
}

fn end(out: &mut Vec<u8>, layout: Layout, depth: usize, empty: bool) {
    if !empty {
        indent(out, layout, depth);
    }
}

fn indent(out: &mut Vec<u8>, layout: Layout, depth: usize) {
    if let Layout::Indented(width) = layout {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', width.saturating_mul(depth)));
    }
}

fn string(text: &str, out: &mut Vec<u8>, escapes: Escapes) {
    out.push(b'"');
    for char in text.chars() {
        let short: &[u8] = match char {
            '"' => b"\\\"",
            '\\' => b"\\\\",
            '\n' => b"\\n",
            '\r' => b"\\r",
            '\t' => b"\\t",
            '\u{8}' => b"\\b",
            '\u{c}' => b"\\f",
            '/' if escapes == Escapes::NotAsciiAndSlash => b"\\/",
            _ => b"",
        };
        if !short.is_empty() {
            out.extend_from_slice(short);
        } else if char < ' ' || (!char.is_ascii() && escapes != Escapes::None) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                out.extend(format!("\\u{unit:04x}").into_bytes());
            }
        } else {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    out.push(b'"');
}
