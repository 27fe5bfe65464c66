//! Walking over every item of a payload, wherever it stands.

use super::{Associate, ClientEntry, Declarant, Document, ModelName, Payload, Property, Transaction};

/// An item and where it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemRef<'p> {
    /// Which model it is of.
    pub model: ModelName,
    /// The partner's id of the item.
    pub id: &'p str,
    /// JSON Pointer to the item in the payload's wire form.
    pub pointer: String,
    /// Index of the entry of `clients` in which it stands; `None` in the flat layout.
    pub client: Option<usize>,
    /// The item.
    pub item: AnyItem<'p>,
}

/// An item of any model that has an id.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum AnyItem<'p> {
    /// A declarant.
    Declarant(&'p Declarant),
    /// An associate, and the declarant in which it stands.
    Associate(&'p Associate, &'p Declarant),
    /// A property, and the declarant in which it stands.
    Property(&'p Property, Option<&'p Declarant>),
    /// A transaction.
    Transaction(&'p Transaction),
    /// A document, and the property in which it stands.
    Document(&'p Document, Option<&'p Property>),
}

/// All items of a payload, in document order. Made by [`Payload::items`].
#[derive(Clone, Debug)]
pub struct Items<'p>(std::vec::IntoIter<ItemRef<'p>>);

impl<'p> Iterator for Items<'p> {
    type Item = ItemRef<'p>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Items<'_> {}

impl Payload {
    /// Every item with an id: declarants, associates, properties, transactions and documents, in both layouts.
    ///
    /// ```
    /// use qlower_core::{Declarant, Payload, Property};
    ///
    /// let home = Property { id: "P1".into(), ..Property::default() };
    /// let owner = Declarant { id: "D1".into(), properties: vec![home], ..Declarant::default() };
    /// let payload = Payload { declarants: vec![owner], ..Payload::default() };
    /// let places: Vec<String> = payload.items().map(|item| item.pointer).collect();
    /// assert_eq!(places, ["/declarants/0", "/declarants/0/properties/0"]);
    /// ```
    #[must_use]
    pub fn items(&self) -> Items<'_> {
        let mut walk = Walk { found: Vec::new(), client: None };
        walk.sections("", &self.declarants, &self.properties, &self.transactions, &self.documents);
        for (at, entry) in self.clients.iter().enumerate() {
            walk.client = Some(at);
            let ClientEntry { declarants, properties, transactions, documents, .. } = entry;
            walk.sections(&format!("/clients/{at}"), declarants, properties, transactions, documents);
        }
        Items(walk.found.into_iter())
    }
}

struct Walk<'p> {
    found: Vec<ItemRef<'p>>,
    client: Option<usize>,
}

impl<'p> Walk<'p> {
    fn sections(
        &mut self,
        base: &str,
        declarants: &'p [Declarant],
        properties: &'p [Property],
        transactions: &'p [Transaction],
        documents: &'p [Document],
    ) {
        for (at, declarant) in declarants.iter().enumerate() {
            let pointer = self.push(base, ModelName::Declarant, at, &declarant.id, AnyItem::Declarant(declarant));
            self.properties(&pointer, &declarant.properties, Some(declarant));
            for (at, associate) in declarant.associates.iter().enumerate() {
                self.push(&pointer, ModelName::Associate, at, &associate.id, AnyItem::Associate(associate, declarant));
            }
        }
        self.properties(base, properties, None);
        for (at, transaction) in transactions.iter().enumerate() {
            self.push(base, ModelName::Transaction, at, &transaction.id, AnyItem::Transaction(transaction));
        }
        self.documents(base, documents, None);
    }

    fn properties(&mut self, base: &str, properties: &'p [Property], declarant: Option<&'p Declarant>) {
        for (at, property) in properties.iter().enumerate() {
            let pointer =
                self.push(base, ModelName::Property, at, &property.id, AnyItem::Property(property, declarant));
            self.documents(&pointer, &property.documents, Some(property));
        }
    }

    fn documents(&mut self, base: &str, documents: &'p [Document], property: Option<&'p Property>) {
        for (at, document) in documents.iter().enumerate() {
            self.push(base, ModelName::Document, at, &document.id, AnyItem::Document(document, property));
        }
    }

    fn push(&mut self, base: &str, model: ModelName, at: usize, id: &'p str, item: AnyItem<'p>) -> String {
        let pointer = format!("{base}/{model}/{at}");
        self.found.push(ItemRef { model, id, pointer: pointer.clone(), client: self.client, item });
        pointer
    }
}
