//! What rules across items need to remember: hashed ids and where items start, never the items.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::model::ModelName;

/// The models whose items have ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Declarant,
    Associate,
    Property,
    Transaction,
    Document,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Declarant, Self::Associate, Self::Property, Self::Transaction, Self::Document];

    pub(super) const fn of(model: ModelName) -> Option<Self> {
        Some(match model {
            ModelName::Declarant => Self::Declarant,
            ModelName::Associate => Self::Associate,
            ModelName::Property => Self::Property,
            ModelName::Transaction => Self::Transaction,
            ModelName::Document => Self::Document,
            ModelName::Payload | ModelName::ClientEntry | ModelName::ClientAccount => return None,
        })
    }

    pub(super) const fn model(self) -> ModelName {
        match self {
            Self::Declarant => ModelName::Declarant,
            Self::Associate => ModelName::Associate,
            Self::Property => ModelName::Property,
            Self::Transaction => ModelName::Transaction,
            Self::Document => ModelName::Document,
        }
    }
}

/// In what an array of items stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// The root (0), or the n-th entry of `clients`, counted from 1.
    Section(u32),
    Declarant(u32),
    Property(u32),
}

/// Items of one array: they are numbered from `first` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) parent: Parent,
}

/// The items of one model, numbered in the order of the text: 12 bytes each.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// Hash of the id; 0 for an item without one.
    hashes: Vec<u64>,
    /// Low half of the byte offset at which the item starts.
    starts: Vec<u32>,
    /// Number of the first item of each further 4 GiB.
    wraps: Vec<u32>,
    pub(super) runs: Vec<Run>,
}

impl Items {
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.hashes.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn push(&mut self, start: usize) -> u32 {
        let number = self.len();
        let high = start >> 32;
        while self.wraps.len() < high {
            self.wraps.push(number);
        }
        self.hashes.push(0);
        self.starts.push(start as u32);
        number
    }

    #[inline]
    pub(super) fn set_hash(&mut self, number: u32, hash: u64) {
        if let Some(slot) = self.hashes.get_mut(number as usize) {
            *slot = hash;
        }
    }

    /// Hash of an item's id; 0 if it has none.
    pub(super) fn hash_of(&self, number: u32) -> u64 {
        self.hashes.get(number as usize).copied().unwrap_or(0)
    }

    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    pub(super) fn start(&self, number: u32) -> usize {
        let high = self.wraps.partition_point(|first| *first <= number);
        high << 32 | self.starts.get(number as usize).copied().unwrap_or(0) as usize
    }

    pub(super) fn run(&self, number: u32) -> Option<Run> {
        let at = self.runs.partition_point(|run| run.first <= number);
        self.runs.get(at.checked_sub(1)?).copied()
    }

    fn clear(&mut self) {
        self.hashes.clear();
        self.starts.clear();
        self.wraps.clear();
        self.runs.clear();
    }

    /// Appends the items of a later part of the text.
    pub(super) fn append(&mut self, part: &Self) {
        for number in 0..part.len() {
            let own = self.push(part.start(number));
            self.set_hash(own, part.hashes.get(number as usize).copied().unwrap_or(0));
        }
    }
}

/// Ids that are referred to, each with a number, and whether their item was seen: some 20 bytes each.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Numbers, found by their key.
    table: HashTable<u32>,
    keys: Vec<u64>,
    defined: Vec<bool>,
    /// Of declarants only, and only up to the last one that has one.
    sirens: Vec<u32>,
}

impl Refs {
    /// Number of an id, whether seen or not.
    pub(super) fn number(&mut self, key: u64) -> u32 {
        let Self { table, keys, defined, .. } = self;
        let key_of = |number: &u32| keys.get(*number as usize).copied().unwrap_or(0);
        match table.entry(key, |number| key_of(number) == key, key_of) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let number = u32::try_from(keys.len()).unwrap_or(u32::MAX);
                place.insert(number);
                keys.push(key);
                defined.push(false);
                number
            }
        }
    }

    pub(super) fn define(&mut self, key: u64, siren: u32) {
        let number = self.number(key) as usize;
        if let Some(defined) = self.defined.get_mut(number) {
            *defined = true;
        }
        if siren != 0 {
            self.sirens.resize(self.sirens.len().max(number + 1), 0);
        }
        if let Some(known) = self.sirens.get_mut(number) {
            *known = siren;
        }
    }

    #[inline]
    pub(super) fn knows(&self, key: u64) -> bool {
        let number = self.table.find(key, |number| self.key(*number) == key);
        number.is_some_and(|number| self.is_defined(*number))
    }

    /// Refers to an id: `None` if its item was seen, else its number.
    pub(super) fn refer(&mut self, key: u64) -> Option<u32> {
        let number = self.number(key);
        if self.is_defined(number) { None } else { Some(number) }
    }

    pub(super) fn is_defined(&self, number: u32) -> bool {
        self.defined.get(number as usize).copied().unwrap_or(false)
    }

    pub(super) fn siren(&self, number: u32) -> u32 {
        self.sirens.get(number as usize).copied().unwrap_or(0)
    }

    /// The SIREN that goes with an id; 0 if there is none.
    pub(super) fn siren_of(&self, key: u64) -> u32 {
        self.table.find(key, |number| self.key(*number) == key).map_or(0, |number| self.siren(*number))
    }

    fn clear(&mut self) {
        // Emptying a table costs its size.
        if !self.keys.is_empty() {
            self.table.clear();
            self.keys.clear();
            self.defined.clear();
            self.sirens.clear();
        }
    }

    pub(super) fn key(&self, number: u32) -> u64 {
        self.keys.get(number as usize).copied().unwrap_or(0)
    }
}

/// A reference to an item that was not seen yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) item: u32,
    pub(super) target: u32,
}

/// A property at section level whose SIRET awaits its declarant's SIREN.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingSiret {
    pub(super) property: u32,
    pub(super) declarant: u32,
    pub(super) siren: u32,
}

/// All that is remembered.
#[derive(Debug, Default)]
pub(super) struct Index {
    items: [Items; 5],
    pub(super) declarants: Refs,
    pub(super) properties: Refs,
    pub(super) transaction_property: Vec<Pending>,
    pub(super) document_property: Vec<Pending>,
    pub(super) document_declarant: Vec<Pending>,
    pub(super) property_declarant: Vec<Pending>,
    pub(super) sirets: Vec<PendingSiret>,
}

impl Index {
    #[expect(clippy::indexing_slicing, reason = "the array has an element a variant")]
    pub(super) const fn items(&self, kind: Kind) -> &Items {
        &self.items[kind as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "the array has an element a variant")]
    pub(super) const fn items_mut(&mut self, kind: Kind) -> &mut Items {
        &mut self.items[kind as usize]
    }

    /// Forgets everything, and keeps the memory for the next text.
    pub(super) fn clear(&mut self) {
        self.items.iter_mut().for_each(Items::clear);
        self.declarants.clear();
        self.properties.clear();
        self.transaction_property.clear();
        self.document_property.clear();
        self.document_declarant.clear();
        self.property_declarant.clear();
        self.sirets.clear();
    }

    /// JSON Pointer of an item.
    pub(super) fn pointer(&self, kind: Kind, number: u32) -> String {
        let Some(run) = self.items(kind).run(number) else { return String::new() };
        let mut pointer = match run.parent {
            Parent::Section(0) => String::new(),
            Parent::Section(entry) => format!("/clients/{}", entry - 1),
            Parent::Declarant(parent) => self.pointer(Kind::Declarant, parent),
            Parent::Property(parent) => self.pointer(Kind::Property, parent),
        };
        pointer.push('/');
        pointer.push_str(kind.model().as_str());
        pointer.push('/');
        pointer.push_str(&(number - run.first).to_string());
        pointer
    }

    /// The entry of `clients` in which an item stands, counted from 1; 0 in the flat layout.
    pub(super) fn scope(&self, kind: Kind, number: u32) -> u32 {
        match self.items(kind).run(number).map(|run| run.parent) {
            None => 0,
            Some(Parent::Section(entry)) => entry,
            Some(Parent::Declarant(parent)) => self.scope(Kind::Declarant, parent),
            Some(Parent::Property(parent)) => self.scope(Kind::Property, parent),
        }
    }
}

/// Hash of an id, never 0. It decides which items are looked at again, not what is found: equal hashes are compared as texts. Only a
/// reference is taken on the hash's word.
#[inline]
pub(super) fn hash(id: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(id);
    hasher.finish().max(1)
}

/// The same within one entry of `clients`.
#[inline]
pub(super) const fn scoped(hash: u64, scope: u32) -> u64 {
    hash ^ (scope as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
