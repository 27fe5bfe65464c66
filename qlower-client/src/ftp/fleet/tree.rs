//! A fleet's file as a tree whose every key and value knows its place, whether it was TOML or JSON.

use serde_json::value::RawValue;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::Format;
use crate::ftp::wording::Wording;

/// A value. It has no `Debug`: a text may be a password.
pub(super) struct Node {
    /// Its place, in bytes.
    pub(super) at: usize,
    pub(super) value: Value,
}

pub(super) enum Value {
    Text(Zeroizing<String>),
    /// A number, by its text.
    Number(String),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// A date, or `null`.
    Other,
}

impl Value {
    /// What it is, for people, in English and French.
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => ("a text", "un texte"),
            Self::Number(_) => ("a number", "un nombre"),
            Self::Boolean(_) => ("true or false", "true ou false"),
            Self::List(_) => ("a list", "une liste"),
            Self::Table(_) => TABLE,
            Self::Other => ("a date or null", "une date ou null"),
        }
    }
}

/// A kind of value, in English and French.
pub(super) type Kind = (&'static str, &'static str);

pub(super) const TABLE: Kind = ("a table", "une table");

impl Value {
    /// That something else was wanted.
    pub(super) fn instead_of(&self, (en, fr): Kind) -> Wording {
        let (is, est) = self.kind();
        (format!("must be {en}, and is {is}"), format!("doit être {fr}, et c'est {est}")).into()
    }
}

pub(super) struct Entry {
    pub(super) key: String,
    /// The key's place, in bytes; that of the value in JSON, which does not tell.
    pub(super) at: usize,
    pub(super) node: Node,
}

/// What keeps a text from being a tree, and where, in bytes.
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) wording: Wording,
}

/// Reads a whole text.
pub(super) fn read(text: &str, format: Format) -> Result<Vec<Entry>, Vec<Fault>> {
    match format {
        Format::Toml => toml(text),
        Format::Json => json::read(text),
    }
}

fn toml(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(entries(table.into_inner()));
    }
    let fault = |error: toml::de::Error| Fault {
        at: error.span().map_or(0, |span| span.start),
        // Its `Display` has the line in it, and a password may be there.
        wording: (format!("not TOML: {}", error.message()), format!("pas du TOML : {}", error.message())).into(),
    };
    Err(errors.into_iter().map(fault).collect())
}

fn entries(table: DeTable<'_>) -> Vec<Entry> {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<_>)| Entry {
        at: key.span().start,
        key: std::borrow::Cow::into_owned(key.into_inner()),
        node: node(value),
    };
    let mut entries: Vec<Entry> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn node(value: toml::Spanned<DeValue<'_>>) -> Node {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(Zeroizing::new(text.into_owned())),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Float(number) => Value::Number(number.to_string()),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Array(items) => Value::List(items.into_iter().map(node).collect()),
        DeValue::Table(table) => Value::Table(entries(table)),
        DeValue::Datetime(_) => Value::Other,
    };
    Node { at, value }
}

mod json {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

    use super::{Entry, Fault, Node, RawValue, Value, Wording, Zeroizing};

    const NOT_JSON: Wording = Wording::fixed("not JSON", "pas du JSON");

    /// As deep as TOML goes; a fleet's file has five levels.
    const DEEPEST: usize = 80;

    /// The members of an object in order, each value as it is written.
    struct Members<'t>(Vec<(String, &'t RawValue)>);

    impl<'de> Deserialize<'de> for Members<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Collects;

            impl<'de> Visitor<'de> for Collects {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(member) = map.next_entry()? {
                        members.push(member);
                    }
                    Ok(Members(members))
                }
            }

            deserializer.deserialize_map(Collects)
        }
    }

    pub(super) fn read(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Once through the whole, for a place if it is not JSON.
        let whole = serde_json::from_str::<&RawValue>(body).map_err(|error| {
            let at = offset(body, error.line(), error.column()) + (text.len() - body.len());
            vec![Fault { at, wording: NOT_JSON }]
        })?;
        let mut faults = Vec::new();
        let node = node(text, whole, 0, &mut faults);
        match node.value {
            _ if !faults.is_empty() => Err(faults),
            Value::Table(entries) => Ok(entries),
            _ => Err(vec![Fault { at: node.at, wording: Wording::fixed("not an object", "pas un objet") }]),
        }
    }

    fn node(text: &str, raw: &RawValue, depth: usize, faults: &mut Vec<Fault>) -> Node {
        let written = raw.get();
        let at = (written.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let mut fault = |wording| {
            faults.push(Fault { at, wording });
            Value::Other
        };
        let value = match written.as_bytes().first() {
            Some(b'{' | b'[') if depth >= DEEPEST => {
                fault(Wording::fixed("nested too deep", "imbrication trop profonde"))
            }
            Some(b'{') => match serde_json::from_str::<Members<'_>>(written) {
                Ok(Members(members)) => Value::Table(table(text, members, depth, faults)),
                Err(_) => fault(NOT_JSON),
            },
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(written) {
                Ok(items) => Value::List(items.into_iter().map(|item| node(text, item, depth + 1, faults)).collect()),
                Err(_) => fault(NOT_JSON),
            },
            Some(b'"') => match serde_json::from_str::<String>(written) {
                Ok(text) => Value::Text(Zeroizing::new(text)),
                Err(_) => fault(Wording::fixed("not a text of JSON", "pas un texte JSON")),
            },
            Some(b't') => Value::Boolean(true),
            Some(b'f') => Value::Boolean(false),
            Some(b'n') | None => Value::Other,
            Some(_) => Value::Number(written.to_owned()),
        };
        Node { at, value }
    }

    fn table(text: &str, members: Vec<(String, &RawValue)>, depth: usize, faults: &mut Vec<Fault>) -> Vec<Entry> {
        let mut known = std::collections::BTreeSet::new();
        let mut entries = Vec::new();
        for (key, raw) in members {
            let node = node(text, raw, depth + 1, faults);
            if !known.insert(key.clone()) {
                let twice =
                    Wording::fixed("this key stands twice in its object", "cette clé figure deux fois dans son objet");
                faults.push(Fault { at: node.at, wording: twice });
            }
            entries.push(Entry { key, at: node.at, node });
        }
        entries
    }

    /// The byte of a line (from 1) and column (bytes, from 1, 0 for the end of the line before).
    fn offset(text: &str, line: usize, column: usize) -> usize {
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        (before + column.saturating_sub(1)).min(text.len())
    }
}
