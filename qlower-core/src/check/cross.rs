//! Rules across items, once all have been seen: duplicates, references without a target.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::FindingCode;
use super::engine::Checker;
use super::index::{Index, Kind, Parent, Pending};
use super::params::Params;
use crate::model::{Associate, Declarant, Document, Property, Read, Transaction};
use crate::scan::{Scanner, Text, Token};

/// Place and text of a field of the object that starts at an offset.
pub(crate) fn field<'t>(text: &'t [u8], start: usize, key: &str) -> Option<(usize, Option<Text<'t>>)> {
    let mut scan = Scanner::new(text, start);
    let Ok(Token::Object) = scan.token() else { return None };
    let mut first = true;
    while scan.next_member(first).ok()? {
        first = false;
        let found = scan.string().ok()?;
        scan.colon().ok()?;
        if &*found.bytes() == key.as_bytes() {
            let at = scan.pos();
            return Some(match scan.token() {
                Ok(Token::Text(text)) => (at, Some(text)),
                _ => (at, None),
            });
        }
        scan.skip().ok()?;
    }
    None
}

impl Checker<'_> {
    /// References are judged only if the text was read to its end: what is missing may stand in the rest.
    pub(super) fn across_items(&mut self, complete: bool) {
        for kind in Kind::ALL {
            self.duplicates(kind);
        }
        self.sirets();
        if !complete {
            return;
        }
        let pending = std::mem::take(&mut self.index.transaction_property);
        self.unresolved(Kind::Transaction, "id-prty", &pending, |index| &index.properties);
        let pending = std::mem::take(&mut self.index.document_property);
        self.unresolved(Kind::Document, "propertyId", &pending, |index| &index.properties);
        let pending = std::mem::take(&mut self.index.document_declarant);
        self.unresolved(Kind::Document, "declarantId", &pending, |index| &index.declarants);
        let pending = std::mem::take(&mut self.index.property_declarant);
        self.unresolved(Kind::Property, "declarantId", &pending, |index| &index.declarants);
    }

    fn unresolved(
        &mut self,
        kind: Kind,
        key: &'static str,
        pending: &[Pending],
        refs: fn(&Index) -> &super::index::Refs,
    ) {
        for reference in pending {
            if refs(&self.index).is_defined(reference.target) {
                continue;
            }
            if !self.out.has_room() {
                self.report_item(FindingCode::UnknownReference, (kind, reference.item), None, 0, Params::default());
                continue;
            }
            let text = self.scan.text();
            let start = self.index.items(kind).start(reference.item);
            let id = field(text, start, "id").and_then(|(_, id)| id).map(|id| id.decode().into_owned());
            let (at, target) = field(text, start, key).unwrap_or((start, None));
            let params = Params::field(key).decoded(target.as_ref());
            self.report_item(FindingCode::UnknownReference, (kind, reference.item), id.as_deref(), at, params);
        }
    }

    fn sirets(&mut self) {
        for pending in std::mem::take(&mut self.index.sirets) {
            let siren = self.index.declarants.siren(pending.declarant);
            if siren == 0 || siren == pending.siren {
                continue;
            }
            let text = self.scan.text();
            let start = self.index.items(Kind::Property).start(pending.property);
            let id = field(text, start, "id").and_then(|(_, id)| id).map(|id| id.decode().into_owned());
            let (at, siret) = field(text, start, "siretId").unwrap_or((start, None));
            let params = Params::field("siretId").decoded(siret.as_ref()).other(&format!("{siren:09}"));
            self.report_item(
                FindingCode::SiretOfOtherCompany,
                (Kind::Property, pending.property),
                id.as_deref(),
                at,
                params,
            );
        }
    }

    pub(super) fn duplicates(&mut self, kind: Kind) {
        let suspects = suspects(self.index.items(kind).hashes());
        for group in suspects.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let text = self.scan.text();
            // Equal hashes are nearly always equal ids; of each, the first item and the first of each client.
            let mut firsts: HashMap<String, (u32, HashMap<u32, u32, FixedState>), FixedState> = HashMap::default();
            for (_, number) in group {
                let start = self.index.items(kind).start(*number);
                let Some((at, Some(id))) = field(text, start, "id") else { continue };
                let id = id.decode();
                let scope = self.index.scope(kind, *number);
                let Some((first, by_scope)) = firsts.get_mut(&*id) else {
                    firsts.insert(id.into_owned(), (*number, HashMap::from_iter([(scope, *number)])));
                    continue;
                };
                let (code, earlier) = match by_scope.get(&scope) {
                    Some(earlier) if same_content(text, &self.index, kind, *earlier, *number) => {
                        (FindingCode::ExactDuplicate, *earlier)
                    }
                    Some(earlier) => (FindingCode::DuplicateId, *earlier),
                    None => {
                        by_scope.insert(scope, *number);
                        (FindingCode::IdInTwoClients, *first)
                    }
                };
                let params = Params::field("id").value(&id).other(&self.index.pointer(kind, earlier));
                self.report_item(code, (kind, *number), Some(&id), at, params);
            }
        }
    }
}

/// Hash and number of all items whose hash occurs more than once, sorted; and of a few others.
///
/// A bitmap finds the few candidates in one walk, so that nothing has to be sorted or copied whole.
fn suspects(hashes: &[u64]) -> Vec<(u64, u32)> {
    let bits = (hashes.len() * 8).next_power_of_two().max(64);
    let mask = bits as u64 - 1;
    let mut once = vec![0_u64; bits / 64];
    let mut twice = vec![0_u64; bits / 64];
    let mut any = false;
    let place = |hash: u64| {
        let bit = hash & mask;
        let word = (bit / 64) as usize;
        (word, 1_u64 << (bit % 64))
    };
    for hash in hashes.iter().filter(|hash| **hash != 0) {
        let (word, bit) = place(*hash);
        if let (Some(first), Some(second)) = (once.get_mut(word), twice.get_mut(word)) {
            any |= *first & bit != 0;
            *second |= *first & bit;
            *first |= bit;
        }
    }
    if !any {
        return Vec::new();
    }
    drop(once);
    let mut suspects: Vec<(u64, u32)> = hashes
        .iter()
        .zip(0_u32..)
        .filter(|(hash, _)| {
            let (word, bit) = place(**hash);
            **hash != 0 && twice.get(word).is_some_and(|marks| marks & bit != 0)
        })
        .map(|(hash, number)| (*hash, number))
        .collect();
    suspects.sort_unstable();
    suspects
}

/// Whether two items say the same, whatever the order of their keys, white space or the notation of numbers.
fn same_content(text: &[u8], index: &Index, kind: Kind, first: u32, second: u32) -> bool {
    let read = |number: u32| (index.items(kind).start(number), index.items(kind).run(number).map(|run| run.parent));
    let ((a, a_parent), (b, b_parent)) = (read(first), read(second));
    match kind {
        Kind::Declarant => same::<Declarant>(text, a, b),
        Kind::Associate => same::<Associate>(text, a, b),
        Kind::Transaction => same::<Transaction>(text, a, b),
        Kind::Property => {
            let mut items = [item::<Property>(text, a), item::<Property>(text, b)];
            for (item, parent) in items.iter_mut().zip([a_parent, b_parent]) {
                if let (Some(item), Some(Parent::Declarant(parent))) = (item, parent) {
                    item.declarant_id =
                        item.declarant_id.take().or_else(|| id_of(text, index, Kind::Declarant, parent));
                }
            }
            let [first, second] = items;
            first == second
        }
        Kind::Document => {
            let mut items = [item::<Document>(text, a), item::<Document>(text, b)];
            for (item, parent) in items.iter_mut().zip([a_parent, b_parent]) {
                if let (Some(item), Some(Parent::Property(parent))) = (item, parent) {
                    item.property_id = item.property_id.take().or_else(|| id_of(text, index, Kind::Property, parent));
                }
            }
            let [first, second] = items;
            first == second
        }
    }
}

pub(super) fn item<T: Read>(text: &[u8], start: usize) -> Option<T> {
    T::read(&mut crate::model::Reader::new(text, start)).ok()
}

fn same<T: Read + PartialEq>(text: &[u8], a: usize, b: usize) -> bool {
    item::<T>(text, a) == item::<T>(text, b)
}

pub(super) fn id_of(text: &[u8], index: &Index, kind: Kind, number: u32) -> Option<String> {
    field(text, index.items(kind).start(number), "id").and_then(|(_, id)| id).map(|id| id.decode().into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_repeated_hash_is_a_suspect(hashes in proptest::collection::vec(0_u64..2000, 0..1500)) {
            let spread: Vec<u64> = hashes.iter().map(|hash| hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
            let found = suspects(&spread);
            let mut numbers: HashMap<u64, Vec<u32>> = HashMap::new();
            for (hash, number) in spread.iter().zip(0..) {
                if *hash != 0 {
                    numbers.entry(*hash).or_default().push(number);
                }
            }
            for (hash, numbers) in numbers.into_iter().filter(|(_, numbers)| numbers.len() > 1) {
                let ours: Vec<u32> = found.iter().filter(|(known, _)| *known == hash).map(|(_, number)| *number).collect();
                prop_assert_eq!(ours, numbers);
            }
        }
    }
}
