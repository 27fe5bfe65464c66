//! The settings that one table gives.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::MistakeCode;
use super::places::Mistakes;
use super::settings::{KEYS, Reads, VARIABLE};
use super::tree::{Entry, Node, TABLE, Value};

/// A setting, where it stands, and how it is read.
#[derive(Clone)]
pub(super) struct Given<'l> {
    pub(super) table: Rc<str>,
    pub(super) key: Rc<str>,
    pub(super) node: &'l Node,
    pub(super) reads: Reads,
    optional: bool,
}

impl Given<'_> {
    /// Whether it takes back what a level above gives.
    pub(super) const fn takes_back(&self) -> bool {
        self.optional && matches!(self.node.value, Value::Boolean(false))
    }
}

/// What a table gives, by group.
#[derive(Default)]
pub(super) struct Level<'l> {
    pub(super) table: String,
    pub(super) at: usize,
    pub(super) given: BTreeMap<Rc<str>, Given<'l>>,
    /// Mistakes that concern every destination to which it belongs.
    pub(super) broken: BTreeSet<usize>,
}

impl<'l> Level<'l> {
    /// Reads a table's keys, but not yet its values: one that a level below replaces does not matter. `also` are keys that may stand
    /// there besides, and are not for this.
    pub(super) fn read(
        table: &str,
        at: usize,
        entries: &'l [Entry],
        also: &[&'static str],
        mistakes: &mut Mistakes<'_>,
    ) -> Self {
        let mut level = Self { table: table.to_owned(), at, ..Self::default() };
        let table: Rc<str> = table.into();
        for entry in entries.iter().filter(|entry| !also.contains(&entry.key.as_str())) {
            match (entry.key.as_str(), &entry.node.value) {
                ("retry", Value::Table(below)) => {
                    for entry in below {
                        level.take(&table, &format!("retry.{}", entry.key), entry, also, mistakes);
                    }
                }
                ("variables", Value::Table(below)) => {
                    for entry in below {
                        level.variable(&table, entry, mistakes);
                    }
                }
                (key @ ("retry" | "variables"), other) => {
                    let problem = other.instead_of(TABLE);
                    let mistake = mistakes.add(entry.node.at, MistakeCode::WrongType, &table, Some(key), problem);
                    level.broken.insert(mistake);
                }
                (key, _) => level.take(&table, key, entry, also, mistakes),
            }
        }
        level
    }

    /// Whether a setting is given here.
    pub(super) fn gives(&self, group: &str) -> bool {
        self.given.contains_key(group)
    }

    fn take(&mut self, table: &Rc<str>, name: &str, entry: &'l Entry, also: &[&str], mistakes: &mut Mistakes<'_>) {
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            let known = KEYS.iter().map(|key| key.name).chain(["retry", "variables"]).chain(also.iter().copied());
            self.broken.insert(mistakes.unknown(entry.at, table, name, known));
            return;
        };
        let given = Given {
            table: Rc::clone(table),
            key: name.into(),
            node: &entry.node,
            reads: key.reads,
            optional: key.optional,
        };
        if let Some(first) = self.given.insert(key.group.into(), given) {
            let (en, fr) = ("stands beside", "figure à côté de");
            let problem =
                (format!("{en} {}: one of the two", first.key), format!("{fr} {} : l'un des deux", first.key));
            self.broken.insert(mistakes.add(entry.at, MistakeCode::Conflict, table, Some(name), problem));
        }
    }

    fn variable(&mut self, table: &Rc<str>, entry: &'l Entry, mistakes: &mut Mistakes<'_>) {
        let name = &entry.key;
        let key: Rc<str> = format!("variables.{name}").into();
        let letters = |c: char| c.is_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(letters) {
            let problem = (
                "a variable's name has letters, digits and underscores",
                "le nom d'une variable se compose de lettres, de chiffres et de tirets bas",
            );
            self.broken.insert(mistakes.add(entry.at, MistakeCode::InvalidValue, table, Some(&key), problem));
            return;
        }
        let given =
            Given { table: Rc::clone(table), key: Rc::clone(&key), node: &entry.node, reads: VARIABLE, optional: true };
        self.given.insert(key, given);
    }
}
