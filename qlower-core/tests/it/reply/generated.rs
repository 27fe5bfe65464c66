//! The payload of just the failed items, for generated payloads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use qlower_core::model::AnyItem;
use qlower_core::reply::Reply;
use qlower_core::{CheckOptions, ClientEntry, Declarant, Document, ModelName, Payload, Property, Transaction};

use super::{associate, declarant, document, entry, payload, property, transaction};

/// A property: whether it names its declarant, and for each document whether it names its property.
type PropertyShape = (bool, Vec<bool>);

#[derive(Clone, Debug)]
struct Shape {
    /// Associates and properties of each declarant.
    declarants: Vec<(usize, Vec<PropertyShape>)>,
    properties: Vec<PropertyShape>,
    transactions: usize,
    documents: usize,
}

fn shape() -> impl Strategy<Value = Shape> {
    let property = || (any::<bool>(), prop::collection::vec(any::<bool>(), 0..3));
    let properties = || prop::collection::vec(property(), 0..3);
    (prop::collection::vec((0..3_usize, properties()), 0..4), properties(), 0..4_usize, 0..4_usize).prop_map(
        |(declarants, properties, transactions, documents)| Shape { declarants, properties, transactions, documents },
    )
}

#[derive(Default)]
struct Ids(usize);

impl Ids {
    fn next(&mut self, letter: &str) -> String {
        self.0 += 1;
        format!("{letter}{}", self.0)
    }

    fn property(&mut self, (names_owner, documents): &PropertyShape, owner: Option<&str>) -> Property {
        let id = self.next("P");
        let document = |names: &bool| Document { property_id: names.then(|| id.clone()), ..document(&self.next("F")) };
        let documents = documents.iter().map(document).collect();
        Property { declarant_id: owner.filter(|_| *names_owner).map(Into::into), documents, ..property(&id) }
    }

    fn entry(&mut self, shape: &Shape) -> ClientEntry {
        let email = format!("{}@example.org", self.next("c"));
        let declarants = shape.declarants.iter().map(|(associates, properties)| {
            let id = self.next("D");
            let associates = (0..*associates).map(|_| associate(&self.next("S"))).collect();
            let properties = properties.iter().map(|shape| self.property(shape, Some(&id))).collect();
            Declarant { associates, properties, ..declarant(&id) }
        });
        let declarants = declarants.collect();
        ClientEntry {
            declarants,
            properties: shape.properties.iter().map(|shape| self.property(shape, Some("earlier"))).collect(),
            transactions: (0..shape.transactions).map(|_| transaction(&self.next("T"))).collect::<Vec<Transaction>>(),
            documents: (0..shape.documents)
                .map(|_| Document { property_id: Some("earlier".into()), ..document(&self.next("F")) })
                .collect(),
            ..entry(&email)
        }
    }
}

fn flat(shape: &Shape) -> Payload {
    let ClientEntry { declarants, properties, transactions, documents, .. } = Ids::default().entry(shape);
    Payload { declarants, properties, transactions, documents, ..payload() }
}

fn by_client(shapes: &[Shape]) -> Payload {
    let mut ids = Ids::default();
    Payload { clients: shapes.iter().map(|shape| ids.entry(shape)).collect(), ..payload() }
}

/// Every item by model and id, with the client it stands under and the id of what it stands in or names.
fn owners(payload: &Payload) -> BTreeMap<(ModelName, String), (Option<String>, Option<String>)> {
    let owner = |item: AnyItem<'_>| match item {
        AnyItem::Property(property, declarant) => {
            declarant.map(|d| d.id.clone()).or_else(|| property.declarant_id.clone())
        }
        AnyItem::Document(document, property) => {
            property.map(|p| p.id.clone()).or_else(|| document.property_id.clone())
        }
        AnyItem::Associate(_, declarant) => Some(declarant.id.clone()),
        _ => None,
    };
    let client = |at: usize| payload.clients[at].client.email.to_string();
    payload
        .items()
        .map(|item| ((item.model, item.id.to_owned()), (item.client.map(client), owner(item.item))))
        .collect()
}

fn is_valid(payload: &Payload) -> Result<(), TestCaseError> {
    let today = NaiveDate::from_ymd_opt(2025, 12, 1).unwrap();
    let inspection = payload.check_with(&CheckOptions::on(today));
    prop_assert!(inspection.report().is_valid(), "{}", inspection.report());
    Ok(())
}

fn assert_just_the_failed(sent: &Payload, picks: &[bool]) -> Result<(), TestCaseError> {
    is_valid(sent)?;
    let failed: BTreeSet<_> = sent
        .items()
        .zip(picks.iter().cycle())
        .filter(|(_, failed)| **failed)
        .map(|(item, _)| (item.model, item.id.to_owned()))
        .collect();
    let errors: Vec<_> =
        failed.iter().map(|(model, id)| serde_json::json!({"model": model, "id": id, "error": "x"})).collect();
    let body =
        serde_json::json!({"status": "PARTIAL_SUCCESS", "failed_count": errors.len(), "errors": errors}).to_string();
    let mut reply = Reply::parse(body.as_bytes(), Some(&sent.api_key)).unwrap();
    reply.tie(sent);
    prop_assert_eq!(reply.untied().count(), 0);
    prop_assert_eq!(reply.unnamed_failures(), 0);

    let again = reply.failed_only(sent);
    is_valid(&again)?;
    let (before, after) = (owners(sent), owners(&again));
    prop_assert_eq!(after.len(), again.items().count(), "nothing goes twice");
    for key in &failed {
        prop_assert!(after.contains_key(key), "{:?} is missing", key);
    }
    for (key, place) in &after {
        prop_assert_eq!(before.get(key), Some(place), "{:?} has moved to another owner", key);
    }
    for item in again.items() {
        let has_failed = |model: ModelName, id: &str| failed.contains(&(model, id.to_owned()));
        let allowed = has_failed(item.model, item.id)
            || match item.item {
                AnyItem::Declarant(d) => {
                    d.properties.is_empty()
                        && !d.associates.is_empty()
                        && d.associates.iter().all(|a| has_failed(ModelName::Associate, &a.id))
                }
                AnyItem::Associate(_, d) | AnyItem::Property(_, Some(d)) => has_failed(ModelName::Declarant, &d.id),
                AnyItem::Document(_, Some(p)) => {
                    let declarant =
                        before.get(&(ModelName::Property, p.id.clone())).and_then(|(_, owner)| owner.clone());
                    has_failed(ModelName::Property, &p.id)
                        || declarant.is_some_and(|d| has_failed(ModelName::Declarant, &d))
                }
                _ => false,
            };
        prop_assert!(allowed, "{} {} did not fail", item.pointer, item.id);
    }
    Ok(())
}

proptest! {
    #[test]
    fn failed_items_of_a_flat_payload_go_alone(shape in shape(), picks in prop::collection::vec(prop::bool::weighted(0.3), 1..40)) {
        assert_just_the_failed(&flat(&shape), &picks)?;
    }

    #[test]
    fn failed_items_of_many_clients_go_alone(
        shapes in prop::collection::vec(shape(), 1..4),
        picks in prop::collection::vec(prop::bool::weighted(0.2), 1..60),
    ) {
        assert_just_the_failed(&by_client(&shapes), &picks)?;
    }
}
