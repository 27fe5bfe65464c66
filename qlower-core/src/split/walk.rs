//! Walking through items: how many there are, what they are called, and what they refer to.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::layout::section;
use crate::model::{Associate, Document, Model, ModelName, Property};
use crate::scan::{Scanner, Stop, Token};

/// What an item is to other items. Ids are hashed, with their model and account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It has this id.
    Is(u64),
    /// It refers to the item with this id.
    Needs(u64),
}

/// Items of each model.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally([u64; ModelName::ALL.len()]);

impl Tally {
    fn count(&mut self, model: ModelName) {
        if let Some(count) = self.0.get_mut(model as usize) {
            *count += 1;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ModelName, u64)> {
        ModelName::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

/// Walks over items, and notes what it sees.
pub(super) struct Walk<'t> {
    pub(super) scan: Scanner<'t>,
    /// Ids are the account's own; 0 in the flat layout.
    pub(super) account: u64,
    /// Whether the ids of all models are noted, and not only of those that are referred to.
    all_ids: bool,
    pub(super) tally: Tally,
    pub(super) links: Vec<Link>,
}

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t [u8], all_ids: bool) -> Self {
        Self { scan: Scanner::new(text, 0), account: 0, all_ids, tally: Tally::default(), links: Vec::new() }
    }

    /// Forgets what was noted.
    pub(super) fn clear(&mut self) {
        self.tally = Tally::default();
        self.links.clear();
    }

    /// Notes all items in the array at the position.
    pub(super) fn list(&mut self, model: &'static Model) -> Result<(), Stop> {
        // Inside an item, null stands for an empty array.
        let Token::Array = self.scan.token()? else { return Ok(()) };
        let mut first = true;
        while self.scan.next_element(first)? {
            first = false;
            self.item(model)?;
        }
        Ok(())
    }

    /// Notes the item at the position, and what is nested in it.
    pub(super) fn item(&mut self, model: &'static Model) -> Result<(), Stop> {
        let Token::Object = self.scan.token()? else { return Err(Stop) };
        self.tally.count(model.name);
        let mut first = true;
        while self.scan.next_member(first)? {
            first = false;
            let key = self.scan.string()?.bytes();
            self.scan.colon()?;
            match (model.name, &*key) {
                (ModelName::Declarant | ModelName::Property, b"id") => self.link(model.name, Link::Is)?,
                (_, b"id") if self.all_ids => self.link(model.name, Link::Is)?,
                (ModelName::Transaction, b"id-prty") | (ModelName::Document, b"propertyId") => {
                    self.link(ModelName::Property, Link::Needs)?;
                }
                (ModelName::Property | ModelName::Document, b"declarantId") => {
                    self.link(ModelName::Declarant, Link::Needs)?;
                }
                (ModelName::Declarant, b"properties") => self.list(&Property::MODEL)?,
                (ModelName::Declarant, b"associates") => self.list(&Associate::MODEL)?,
                (ModelName::Property, b"documents") => self.list(&Document::MODEL)?,
                _ => self.scan.pass()?,
            }
        }
        Ok(())
    }

    fn link(&mut self, model: ModelName, link: fn(u64) -> Link) -> Result<(), Stop> {
        if let Token::Text(id) = self.scan.token()?
            && !id.is_blank()
        {
            self.links.push(link(key(model, self.account, &id.bytes())));
        }
        Ok(())
    }
}

/// Hash of an id. Two ids with one hash would make a part wait for another one that it does not need, or no longer wait for the
/// one it needs; the check takes references on the hash's word as well.
pub(super) fn key(model: ModelName, account: u64, id: &[u8]) -> u64 {
    FixedState::default().hash_one((model, account, id))
}

/// Number of the section and index of the item of which a pointer such as `/transactions/3/amt` speaks, and the rest of it.
pub(super) fn item_of(pointer: &str) -> Option<(usize, usize, &str)> {
    let (list, rest) = pointer.strip_prefix('/')?.split_once('/')?;
    let (index, rest) = index(rest)?;
    Some((section(list.as_bytes())?, index, rest))
}

/// The index at the start of a pointer's text, and what follows with its slash.
pub(super) fn index(text: &str) -> Option<(usize, &str)> {
    let (digits, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { Some((digits.parse().ok()?, rest)) } else { None }
}
