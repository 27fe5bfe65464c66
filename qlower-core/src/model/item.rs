//! What can be given one by one.

use super::{ClientEntry, Declarant, Document, Model, ModelName, Property, Transaction, Write};

/// An array of the payload, whose items can be given one by one: those of the flat layout, and `clients`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `declarants`.
    Declarants,
    /// `properties`.
    Properties,
    /// `transactions`.
    Transactions,
    /// `documents`.
    Documents,
    /// `clients`: the other layout.
    Clients,
}

impl Section {
    /// All of them, in the order of the wire.
    pub const ALL: [Self; 5] = [Self::Declarants, Self::Properties, Self::Transactions, Self::Documents, Self::Clients];

    /// The model of its items.
    #[must_use]
    pub const fn model(self) -> ModelName {
        self.table().name
    }

    /// The wire key.
    ///
    /// ```
    /// use qlower_core::model::Section;
    ///
    /// assert_eq!(Section::Transactions.as_str(), "transactions");
    /// assert_eq!(Section::from_wire("clients"), Some(Section::Clients));
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.model().as_str()
    }

    /// The inverse of [`Section::as_str`].
    #[must_use]
    pub fn from_wire(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.as_str() == key)
    }

    pub(crate) const fn table(self) -> &'static Model {
        match self {
            Self::Declarants => &Declarant::MODEL,
            Self::Properties => &Property::MODEL,
            Self::Transactions => &Transaction::MODEL,
            Self::Documents => &Document::MODEL,
            Self::Clients => &ClientEntry::MODEL,
        }
    }
}

/// An item that stands in an array of the payload: [`Declarant`], [`Property`], [`Transaction`], [`Document`] or [`ClientEntry`], by
/// value or by reference.
pub trait Item: sealed::Sealed {
    /// The array in which it stands.
    const SECTION: Section;
}

mod sealed {
    pub trait Sealed {
        fn write_to(&self, out: &mut Vec<u8>);
    }
}
use sealed::Sealed;

macro_rules! items {
    ($($Type:ty = $section:ident),+ $(,)?) => { $(
        impl Sealed for $Type {
            fn write_to(&self, out: &mut Vec<u8>) {
                Write::write(self, out);
            }
        }
        impl Item for $Type {
            const SECTION: Section = Section::$section;
        }
    )+ };
}
items! {
    Declarant = Declarants,
    Property = Properties,
    Transaction = Transactions,
    Document = Documents,
    ClientEntry = Clients,
}

impl<T: Item> Sealed for &T {
    fn write_to(&self, out: &mut Vec<u8>) {
        (*self).write_to(out);
    }
}

impl<T: Item> Item for &T {
    const SECTION: Section = T::SECTION;
}
