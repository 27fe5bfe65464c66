//! A body as a tree in which numbers keep their text, and a key may stand twice.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::fields::{Kind, Model};
use super::invalid::{EventProblem, InvalidEvent, Wanted};
use crate::scan::{Fault, MAX_DEPTH, Noted, Scanner, Stop, Token};
use crate::value::{Scalar, decimal};

/// So deep that what holds the tree can still be read by parsers that stop at [`MAX_DEPTH`].
const DEEPEST: usize = MAX_DEPTH - 2;

/// Where something stands, from the root.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'a> {
    Root,
    Key(&'a At<'a>, &'static str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(outer, key) => outer.pointer() + "/" + key,
            Self::Index(outer, at) => outer.pointer() + "/" + &at.to_string(),
        }
    }

    #[cold]
    pub(super) fn is(&self, problem: EventProblem) -> InvalidEvent {
        InvalidEvent::new(self.pointer(), problem)
    }

    #[cold]
    pub(super) fn is_not(&self, wanted: Wanted) -> InvalidEvent {
        self.is(EventProblem::WrongType { wanted })
    }
}

#[derive(Debug)]
pub(super) enum Node<'t> {
    Null,
    Boolean(bool),
    Number(&'t str),
    Text {
        text: Cow<'t, str>,
        /// Half a character, or a NUL, was in it.
        broken: bool,
    },
    Array(Vec<Node<'t>>),
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl<'t> Node<'t> {
    /// Reads a body; a byte order mark does not stand in the way.
    pub(super) fn read(body: &'t [u8]) -> Result<Self, InvalidEvent> {
        let whole = InvalidEvent::whole;
        if let Err(error) = std::str::from_utf8(body) {
            return Err(whole(EventProblem::NotUtf8 { offset: error.valid_up_to() }));
        }
        if let Some(offset) = body.iter().position(|byte| *byte == 0) {
            return Err(whole(EventProblem::NotJson { offset }));
        }
        let start = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut scanner = Scanner::new(body, start);
        scanner.skip_space();
        if scanner.pos() >= body.len() {
            return Err(whole(EventProblem::Empty));
        }
        let node = value(&mut scanner, 0);
        if node.is_ok() {
            scanner.finish();
        }
        match (node, scanner.faults.iter().find(|noted| stops(noted))) {
            (_, Some(Noted { fault: Fault::TooDeep, .. })) => Err(whole(EventProblem::TooDeep)),
            (_, Some(noted)) => Err(whole(EventProblem::NotJson { offset: noted.at })),
            (Err(Stop), None) => Err(whole(EventProblem::NotJson { offset: scanner.pos() })),
            (Ok(node), None) => Ok(node),
        }
    }

    /// A member of an object; absent and `null` are the same.
    ///
    /// # Errors
    /// If this is no object, or the key stands there twice.
    pub(super) fn member(&self, key: &'static str, at: &At<'_>) -> Result<Option<&Self>, InvalidEvent> {
        let Self::Object(members) = self else { return Err(at.is_not(Wanted::Object)) };
        let mut found = members.iter().filter(|(name, _)| name == key);
        let first = found.next();
        if found.next().is_some() {
            return Err(At::Key(at, key).is(EventProblem::Duplicate));
        }
        Ok(first.map(|(_, node)| node).filter(|node| !matches!(node, Node::Null)))
    }

    /// The text of a text, a number or a truth value.
    pub(super) fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text { text, .. } => Some(Cow::Borrowed(text)),
            Self::Number(text) => Some(Cow::Borrowed(text)),
            Self::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// As a value. Of a key that stands twice the last one counts; a number that no binary float keeps is a text.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Bool(*value),
            Self::Number(text) => number(text),
            Self::Text { text, .. } => Value::String(text.clone().into_owned()),
            Self::Array(nodes) => nodes.iter().map(Self::to_value).collect(),
            Self::Object(members) => Value::Object(map(members)),
        }
    }

    /// The members of an object that its table does not know.
    pub(super) fn rest(&self, model: &Model) -> Map<String, Value> {
        let Self::Object(members) = self else { return Map::new() };
        let known =
            |name: &str| model.fields.iter().any(|field| field.key == name && !matches!(field.kind, Kind::Rest));
        let rest = members.iter().filter(|(key, _)| !known(key));
        rest.map(|(key, node)| (key.clone().into_owned(), node.to_value())).collect()
    }

    /// The members of an object as a map.
    pub(super) fn to_map(&self) -> Option<Map<String, Value>> {
        match self {
            Self::Object(members) => Some(map(members)),
            _ => None,
        }
    }
}

fn map(members: &[(Cow<'_, str>, Node<'_>)]) -> Map<String, Value> {
    members.iter().map(|(key, node)| (key.clone().into_owned(), node.to_value())).collect()
}

/// Whether a fault makes the text no JSON. Half a character and an escaped NUL are of no harm to the rest.
const fn stops(noted: &Noted) -> bool {
    !matches!(noted.fault, Fault::LoneSurrogate | Fault::Nul | Fault::DuplicateKey)
}

fn value<'t>(scanner: &mut Scanner<'t>, depth: usize) -> Result<Node<'t>, Stop> {
    let before = scanner.faults.len();
    let start = scanner.pos();
    let token = scanner.token()?;
    let broken = scanner.faults.len() > before;
    if broken && scanner.faults.iter().skip(before).any(stops) {
        return Err(Stop);
    }
    let is_container = matches!(token, Token::Object | Token::Array);
    if is_container && depth >= DEEPEST {
        scanner.faults.push(Noted { fault: Fault::TooDeep, at: start });
        return Err(Stop);
    }
    Ok(match token {
        Token::Null | Token::Invalid => Node::Null,
        Token::Bool(value) => Node::Boolean(value),
        Token::Number(text) => Node::Number(std::str::from_utf8(text).map_err(|_| Stop)?),
        Token::Text(text) => Node::Text { text: text.decode(), broken },
        Token::Array => {
            let mut nodes = Vec::new();
            while scanner.next_element(nodes.is_empty())? {
                go_on(scanner)?;
                nodes.push(value(scanner, depth + 1)?);
            }
            Node::Array(nodes)
        }
        Token::Object => {
            let mut members = Vec::new();
            while scanner.next_member(members.is_empty())? {
                go_on(scanner)?;
                let key = scanner.string()?.decode();
                scanner.colon()?;
                members.push((key, value(scanner, depth + 1)?));
            }
            Node::Object(members)
        }
    })
}

/// Stops at a fault between two tokens, such as a missing comma.
fn go_on(scanner: &Scanner<'_>) -> Result<(), Stop> {
    if scanner.faults.last().is_some_and(stops) { Err(Stop) } else { Ok(()) }
}

/// A number where a binary float keeps each of its digits, else its text.
fn number(text: &str) -> Value {
    let whole = text.parse::<i64>().ok().filter(|whole| whole.unsigned_abs() <= super::kind::MAX_WHOLE);
    let exact = || {
        let float = text.parse::<f64>().ok()?;
        (Digits::of(text)? == Digits::of(&format!("{float:e}"))?).then(|| Number::from_f64(float)).flatten()
    };
    whole.filter(|_| text != "-0").map(Number::from).or_else(exact).map_or_else(|| text.into(), Value::Number)
}

/// A decimal number of any size: its digits without zeros at either end, and the power of ten behind them.
#[derive(PartialEq)]
struct Digits {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('-');
        let (mantissa, exponent) = bare.unwrap_or(text).split_once(['e', 'E']).unwrap_or((bare.unwrap_or(text), "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent = exponent.parse::<i64>().ok()?.checked_add(zeros as i64)?.checked_sub(fraction.len() as i64)?;
        let exponent = if digits.is_empty() { 0 } else { exponent };
        Some(Self { negative: bare.is_some(), digits: digits.to_owned(), exponent })
    }
}

/// Reads a decimal from the text of a number, or from a quoted plain decimal.
pub(super) fn exact(node: &Node<'_>, wanted: Wanted, at: &At<'_>) -> Result<rust_decimal::Decimal, InvalidEvent> {
    let (text, decimal) = match node {
        Node::Number(text) => (*text, rust_decimal::Decimal::read_number(text)),
        Node::Text { text, .. } => (&**text, rust_decimal::Decimal::read(text)),
        _ => return Err(at.is_not(wanted)),
    };
    let is_bare = matches!(node, Node::Number(_));
    decimal.ok_or_else(|| match decimal::read(text.as_bytes(), is_bare) {
        decimal::Reading::Unreadable => at.is_not(wanted),
        _ => at.is(EventProblem::OutOfRange),
    })
}
