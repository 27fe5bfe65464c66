//! What is remembered of the items that were taken, and what one more adds to it.

use super::super::engine::Findings;
use super::super::index::Kind;
use super::super::table::Table;

/// A field that refers to another item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    TransactionProperty,
    DocumentProperty,
    DocumentDeclarant,
    PropertyDeclarant,
}

impl Link {
    pub(super) const ALL: [Self; 4] =
        [Self::TransactionProperty, Self::DocumentProperty, Self::DocumentDeclarant, Self::PropertyDeclarant];

    pub(super) const fn from(self) -> Kind {
        match self {
            Self::TransactionProperty => Kind::Transaction,
            Self::DocumentProperty | Self::DocumentDeclarant => Kind::Document,
            Self::PropertyDeclarant => Kind::Property,
        }
    }

    pub(super) const fn to(self) -> Kind {
        match self {
            Self::TransactionProperty | Self::DocumentProperty => Kind::Property,
            Self::DocumentDeclarant | Self::PropertyDeclarant => Kind::Declarant,
        }
    }

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::TransactionProperty => "id-prty",
            Self::DocumentProperty => "propertyId",
            Self::DocumentDeclarant | Self::PropertyDeclarant => "declarantId",
        }
    }
}

/// References to an item that had not been given when they were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Awaited {
    pub(super) count: u32,
    /// The file of the first of them.
    pub(super) since: u32,
}

/// A reference without a target, as the report would tell it.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) link: Link,
    pub(super) target: u64,
    pub(super) pointer: Box<str>,
    pub(super) id: Option<Box<str>>,
    pub(super) value: Box<str>,
}

/// A property whose SIRET awaits the SIREN of its declarant.
#[derive(Debug)]
pub(super) struct OpenSiret {
    pub(super) declarant: u64,
    pub(super) siren: u32,
    /// Pointer, id and SIRET, if the report has room for them.
    pub(super) detail: Option<Box<(String, Option<String>, String)>>,
}

/// Of all items that were taken.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By model, then by the id's hash: the content's hash, which is 0 throughout in the layout with `clients`.
    items: [Table<u32>; 5],
    awaited: [Table<Awaited>; 4],
    /// SIREN of the declarants that have one.
    pub(super) sirens: Table<u32>,
    /// Properties that wait for their declarant.
    pub(super) waiting: Table<()>,
    pub(super) open: Vec<Open>,
    pub(super) sirets: Vec<OpenSiret>,
}

#[expect(clippy::indexing_slicing, reason = "the arrays have an element a variant")]
impl Known {
    pub(super) const fn items(&self, kind: Kind) -> &Table<u32> {
        &self.items[kind as usize]
    }

    pub(super) const fn items_mut(&mut self, kind: Kind) -> &mut Table<u32> {
        &mut self.items[kind as usize]
    }

    pub(super) const fn awaited(&self, link: Link) -> &Table<Awaited> {
        &self.awaited[link as usize]
    }

    pub(super) const fn awaited_mut(&mut self, link: Link) -> &mut Table<Awaited> {
        &mut self.awaited[link as usize]
    }
}

impl Known {
    pub(super) fn bytes(&self) -> usize {
        let items: usize = self.items.iter().map(Table::bytes).sum();
        let awaited: usize = self.awaited.iter().map(Table::bytes).sum();
        let details = self.open.capacity() * size_of::<Open>() + self.sirets.capacity() * size_of::<OpenSiret>();
        items + awaited + self.sirens.bytes() + self.waiting.bytes() + details
    }
}

/// What an item adds to what is known, once it is taken.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Hashes of id and content.
    pub(super) ids: Vec<(Kind, u64, u32)>,
    pub(super) references: Vec<(Link, u64)>,
    pub(super) open: Vec<Open>,
    pub(super) sirets: Vec<OpenSiret>,
    pub(super) siren: Option<(u64, u32)>,
    /// The property that waits.
    pub(super) waiting: Option<u64>,
    pub(super) counts: [u64; 5],
    pub(super) items: u64,
    pub(super) waits: bool,
    pub(super) awaited_since: Option<u32>,
}

impl News {
    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.references.clear();
        self.open.clear();
        self.sirets.clear();
        (self.siren, self.waiting, self.awaited_since) = (None, None, None);
        (self.counts, self.items, self.waits) = ([0; 5], 0, false);
    }

    /// Adds the number of items to findings.
    pub(super) fn count_into(&self, findings: &mut Findings) {
        for (kind, count) in Kind::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0) {
            findings.counts.entry(kind.model()).or_default().items += count;
        }
    }
}
