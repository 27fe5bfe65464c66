//! A JSON text written again, in the ways in which it may have been written first.

use crate::webhook::fields::{Kind, Model};
use crate::webhook::node::Node;
use crate::webhook::{OrderEvent, OtherEvent};

/// The table of the objects that a field holds.
fn inner(kind: Kind) -> Option<&'static Model> {
    match kind {
        Kind::Object(model) | Kind::List(model) => Some(model),
        _ => None,
    }
}

/// Where the table of an object has a key: the order in which Qlower writes them. The event's type comes before all.
fn place(model: Option<&Model>, key: &str) -> Option<usize> {
    let place = |model: &Model| model.fields.iter().position(|field| field.key == key);
    place(model?).map(|place| place + 1).or_else(|| place(&OtherEvent::MODEL))
}

fn kind(model: Option<&Model>, key: &str) -> Option<Kind> {
    model?.fields.iter().find(|field| field.key == key).map(|field| field.kind)
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

/// Writes a body in a style.
pub(super) fn write(node: &Node<'_>, style: Style) -> Vec<u8> {
    let mut out = Vec::new();
    Writer { out: &mut out, style }.value(node, Some(&OrderEvent::MODEL), 0);
    out
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
}

impl Writer<'_> {
    fn value(&mut self, node: &Node<'_>, model: Option<&'static Model>, depth: usize) {
        match node {
            Node::Null => self.out.extend_from_slice(b"null"),
            Node::Boolean(value) => self.out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Node::Number(text) => self.out.extend_from_slice(text.as_bytes()),
            Node::Text { text, .. } => string(text, self.out, self.style.escapes),
            Node::Array(nodes) => {
                self.out.push(b'[');
                for (at, node) in nodes.iter().enumerate() {
                    self.before(at == 0, depth + 1);
                    self.value(node, model, depth + 1);
                }
                self.end(nodes.is_empty(), depth);
                self.out.push(b']');
            }
            Node::Object(members) => {
                self.out.push(b'{');
                let mut members: Vec<(&str, &Node<'_>)> = members.iter().map(|(key, node)| (&**key, node)).collect();
                if self.style.order {
                    members.sort_by_key(|(key, _)| place(model, key).unwrap_or(usize::MAX));
                }
                let is_empty = members.is_empty();
                for (at, (key, node)) in members.into_iter().enumerate() {
                    self.before(at == 0, depth + 1);
                    string(key, self.out, self.style.escapes);
                    self.out.extend_from_slice(if self.style.layout == Layout::Compact { b":" } else { b": " });
                    let kind = kind(model, key);
                    match (node, kind) {
                        (Node::Number(text), Some(Kind::Decimal)) if self.style.amounts => {
                            self.out.extend_from_slice(float(text).as_bytes());
                        }
                        _ => self.value(node, kind.and_then(inner), depth + 1),
                    }
                }
                self.end(is_empty, depth);
                self.out.push(b'}');
            }
        }
    }

    fn before(&mut self, first: bool, depth: usize) {
        if !first {
            self.out.extend_from_slice(if self.style.layout == Layout::Spaced { b", " } else { b"," });
        }
        self.indent(depth);
    }

    fn end(&mut self, empty: bool, depth: usize) {
        if !empty {
            self.indent(depth);
        }
    }

    fn indent(&mut self, depth: usize) {
        if let Layout::Indented(width) = self.style.layout {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', width.saturating_mul(depth)));
        }
    }
}

/// What tells that a body was written again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// Keys of an object stand in another order than Qlower writes.
    pub(super) order: bool,
    /// An amount is written in another way than Qlower writes one.
    pub(super) amounts: bool,
}

impl Traces {
    pub(super) fn of(node: &Node<'_>) -> Self {
        let mut traces = Self::default();
        traces.see(node, Some(&OrderEvent::MODEL));
        traces
    }

    fn see(&mut self, node: &Node<'_>, model: Option<&'static Model>) {
        match node {
            Node::Object(members) => {
                self.order |= !members.iter().filter_map(|(key, _)| place(model, key)).is_sorted();
                for (key, node) in members {
                    let kind = kind(model, key);
                    self.amounts |=
                        matches!((node, kind), (Node::Number(text), Some(Kind::Decimal)) if float(text) != *text);
                    self.see(node, kind.and_then(inner));
                }
            }
            Node::Array(nodes) => nodes.iter().for_each(|node| self.see(node, model)),
            _ => {}
        }
    }
}

/// The number as a floating-point number is written: with a point, and no zeros at its end but one after it.
fn float(text: &str) -> String {
    if text.contains(['e', 'E']) {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    if !text.contains('.') {
        text.push_str(".0");
    }
    while text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    text
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
