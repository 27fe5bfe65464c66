//! A payload of just the items that failed.

use std::collections::HashSet;
use std::ops::Range;

use super::ItemError;
use super::tie::find;
use crate::model::{ClientEntry, Declarant, Document, ModelName, Payload, Property, Transaction};
use crate::split::{Place, Ranges};

/// `parts` are those in which everything failed, named or not.
pub(super) fn failed_only(errors: &[ItemError], parts: &[Place], payload: &Payload) -> Payload {
    if parts.contains(&Place::Whole) {
        return payload.clone();
    }
    let mut failed = Failed { items: HashSet::new(), clients: HashSet::new() };
    for part in parts {
        failed.part(part, payload);
    }
    for found in find(errors, payload).into_iter().flatten() {
        if found.clients.is_empty() {
            failed.items.insert((found.model, found.id));
        }
        failed.clients.extend(found.clients);
    }
    let flat = failed.sections(&payload.declarants, &payload.properties, &payload.transactions, &payload.documents);
    let clients = payload.clients.iter().enumerate().filter_map(|(at, entry)| {
        if failed.clients.contains(&at) {
            return Some(entry.clone());
        }
        let kept = failed.sections(&entry.declarants, &entry.properties, &entry.transactions, &entry.documents);
        (!kept.is_empty()).then(|| ClientEntry {
            client: entry.client.clone(),
            declarants: kept.declarants,
            properties: kept.properties,
            transactions: kept.transactions,
            documents: kept.documents,
            extra: entry.extra.clone(),
        })
    });
    Payload {
        partner: payload.partner.clone(),
        api_key: payload.api_key.clone(),
        created_at: payload.created_at.clone(),
        version: payload.version.clone(),
        declarants: flat.declarants,
        properties: flat.properties,
        transactions: flat.transactions,
        documents: flat.documents,
        clients: clients.collect(),
        extra: payload.extra.clone(),
    }
}

type Key<'p> = (ModelName, &'p str);

struct Failed<'p> {
    items: HashSet<Key<'p>>,
    clients: HashSet<usize>,
}

/// The sections of a payload or of an entry of `clients`.
#[derive(Default)]
struct Sections {
    declarants: Vec<Declarant>,
    properties: Vec<Property>,
    transactions: Vec<Transaction>,
    documents: Vec<Document>,
}

impl Sections {
    const fn is_empty(&self) -> bool {
        self.declarants.is_empty()
            && self.properties.is_empty()
            && self.transactions.is_empty()
            && self.documents.is_empty()
    }
}

impl<'p> Failed<'p> {
    fn part(&mut self, part: &Place, payload: &'p Payload) {
        match part {
            Place::Whole => {}
            Place::Flat(ranges) => {
                let Payload { declarants, properties, transactions, documents, .. } = payload;
                self.ranges(ranges, declarants, properties, transactions, documents);
            }
            Place::Clients { entries, cut: None } => self.clients.extend(entries.clone()),
            Place::Clients { entries, cut: Some(ranges) } => {
                self.clients.extend(entries.clone().skip(1));
                if let Some(entry) = payload.clients.get(entries.start) {
                    self.ranges(ranges, &entry.declarants, &entry.properties, &entry.transactions, &entry.documents);
                }
            }
        }
    }

    fn ranges(
        &mut self,
        [of_declarants, of_properties, of_transactions, of_documents]: &Ranges,
        declarants: &'p [Declarant],
        properties: &'p [Property],
        transactions: &'p [Transaction],
        documents: &'p [Document],
    ) {
        let declarants = declarants.iter().map(|item| (ModelName::Declarant, item.id.as_str()));
        let properties = properties.iter().map(|item| (ModelName::Property, item.id.as_str()));
        let transactions = transactions.iter().map(|item| (ModelName::Transaction, item.id.as_str()));
        let documents = documents.iter().map(|item| (ModelName::Document, item.id.as_str()));
        self.items.extend(among(declarants, of_declarants));
        self.items.extend(among(properties, of_properties));
        self.items.extend(among(transactions, of_transactions));
        self.items.extend(among(documents, of_documents));
    }

    /// The failed ones, in order. An id goes once: what goes along inside something else does not go on its own as well.
    fn sections(
        &self,
        declarants: &'p [Declarant],
        properties: &'p [Property],
        transactions: &'p [Transaction],
        documents: &'p [Document],
    ) -> Sections {
        let mut taken = Taken { failed: self, keys: HashSet::new() };
        let whole: Vec<bool> = declarants.iter().map(|declarant| taken.declarant(declarant)).collect();
        let loose = declarants.iter().zip(&whole).filter(|(_, whole)| !**whole).map(|(declarant, _)| declarant);
        let nested =
            loose.flat_map(|owner| owner.properties.iter().map(move |property| (property, Some(owner.id.as_str()))));
        let all_properties: Vec<_> = nested.chain(properties.iter().map(|property| (property, None))).collect();

        let mut kept = Sections::default();
        for (property, owner) in &all_properties {
            if taken.property(property) {
                let mut property = (*property).clone();
                set_if_absent(&mut property.declarant_id, *owner);
                kept.properties.push(property);
            }
        }
        for (declarant, whole) in declarants.iter().zip(whole) {
            if whole {
                kept.declarants.push(declarant.clone());
                continue;
            }
            let associates =
                declarant.associates.iter().filter(|associate| taken.takes(ModelName::Associate, &associate.id));
            let associates: Vec<_> = associates.cloned().collect();
            if !associates.is_empty() {
                kept.declarants.push(Declarant { properties: Vec::new(), associates, ..declarant.clone() });
            }
        }
        for transaction in transactions {
            if taken.takes(ModelName::Transaction, &transaction.id) {
                kept.transactions.push(transaction.clone());
            }
        }
        let nested = all_properties
            .iter()
            .flat_map(|(property, _)| property.documents.iter().map(|document| (document, Some(property.id.as_str()))));
        for (document, owner) in nested.chain(documents.iter().map(|document| (document, None))) {
            if taken.takes(ModelName::Document, &document.id) {
                let mut document = document.clone();
                set_if_absent(&mut document.property_id, owner);
                kept.documents.push(document);
            }
        }
        kept
    }
}

fn among<'p>(items: impl Iterator<Item = Key<'p>>, range: &Range<usize>) -> impl Iterator<Item = Key<'p>> {
    items.skip(range.start).take(range.len())
}

/// Which failed items have their place already.
struct Taken<'f, 'p> {
    failed: &'f Failed<'p>,
    keys: HashSet<Key<'p>>,
}

impl<'p> Taken<'_, 'p> {
    fn takes(&mut self, model: ModelName, id: &'p str) -> bool {
        self.failed.items.contains(&(model, id)) && self.keys.insert((model, id))
    }

    fn declarant(&mut self, declarant: &'p Declarant) -> bool {
        let takes = self.takes(ModelName::Declarant, &declarant.id);
        if takes {
            self.keys
                .extend(declarant.associates.iter().map(|associate| (ModelName::Associate, associate.id.as_str())));
            for property in &declarant.properties {
                self.keys.insert((ModelName::Property, &property.id));
                self.documents(property);
            }
        }
        takes
    }

    fn property(&mut self, property: &'p Property) -> bool {
        let takes = self.takes(ModelName::Property, &property.id);
        if takes {
            self.documents(property);
        }
        takes
    }

    fn documents(&mut self, property: &'p Property) {
        self.keys.extend(property.documents.iter().map(|document| (ModelName::Document, document.id.as_str())));
    }
}

fn set_if_absent(reference: &mut Option<String>, owner: Option<&str>) {
    let is_blank = |id: &str| id.trim().is_empty();
    if let Some(owner) = owner
        && !is_blank(owner)
        && reference.as_deref().is_none_or(is_blank)
    {
        *reference = Some(owner.to_owned());
    }
}
