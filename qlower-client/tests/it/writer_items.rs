//! Items and helpers of the writer's tests.

use std::collections::BTreeMap;
use std::path::Path;

use qlower_client::core::model::Section;
use qlower_client::writer::{Folder, PayloadWriterBuilder, Written};
use qlower_client::{Batch, Error, PayloadFile, PayloadWriter, Transaction};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(crate) const KEY: &str = "writer-k3y-s3cr3t";

pub(crate) type InFolder = Written<PayloadFile, Batch>;

pub(crate) fn builder() -> PayloadWriterBuilder {
    PayloadWriter::builder("acme", KEY, "2025-02-01T03:00:00+01:00")
}

pub(crate) fn transaction(id: &str, property: &str) -> Transaction {
    Transaction::builder()
        .id(id)
        .date("2025-01-31")
        .property_id(property)
        .amount("850.00")
        .reference("Loyer")
        .build()
        .unwrap()
}

/// A transaction of about so many bytes.
pub(crate) fn long(number: usize, property: &str, bytes: usize) -> Transaction {
    let mut long = transaction(&format!("T{number}"), property);
    long.reference = format!("{number} {}", "x".repeat(bytes));
    long
}

pub(crate) fn property(id: &str, declarant: Option<&str>) -> Value {
    let mut property = json!({
        "id": id, "description": "d", "streetName": "rue", "townName": "Lyon", "postCode": "69003", "ctry": "FR",
        "lastName": "N", "firstName": "P", "email": "a@example.com", "acquisitionDate": "2020-01-01", "taxRegime": 1,
    });
    if let Some(declarant) = declarant {
        property["declarantId"] = declarant.into();
    }
    property
}

pub(crate) fn declarant(id: &str, properties: &[&str]) -> Value {
    json!({
        "id": id, "legalStatusId": "6540", "corporateName": "X", "address": "1 rue", "townName": "Lyon", "postCode": "69003",
        "properties": properties.iter().map(|id| property(id, None)).collect::<Vec<_>>(),
    })
}

pub(crate) fn document(id: &str, property: Option<&str>, declarant: Option<&str>) -> Value {
    let mut document = json!({"id": id, "fileName": "f", "year": "2024", "fileLink": "https://example.com/f.pdf"});
    for (key, target) in [("propertyId", property), ("declarantId", declarant)] {
        if let Some(target) = target {
            document[key] = target.into();
        }
    }
    document
}

/// The items of a payload by section, exactly as they stand in the text.
pub(crate) fn sections(text: &[u8]) -> BTreeMap<Section, Vec<String>> {
    let root: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(text).unwrap();
    let mut sections = BTreeMap::new();
    for section in Section::ALL {
        if let Some(items) = root.get(section.as_str()) {
            let items: Vec<Box<RawValue>> = serde_json::from_str(items.get()).unwrap();
            sections.insert(section, items.iter().map(|item| item.get().to_owned()).collect());
        }
    }
    sections
}

/// The items of all files, joined.
pub(crate) fn joined(files: &[PayloadFile]) -> BTreeMap<Section, Vec<String>> {
    let mut all: BTreeMap<Section, Vec<String>> = BTreeMap::new();
    for file in files {
        for (section, items) in sections(&std::fs::read(file.path()).unwrap()) {
            all.entry(section).or_default().extend(items);
        }
    }
    all
}

/// Names in a folder, sorted, without the lock.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != ".qlower.lock");
    names.sort();
    names
}

/// The error that writing has to end with.
pub(crate) fn failed<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("this had to fail"),
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains(KEY));
            error
        }
    }
}

pub(crate) async fn push_value(
    writer: &mut PayloadWriter<Folder>,
    section: Section,
    item: &Value,
) -> Result<(), Error> {
    writer.push_json(section, item.to_string().as_bytes()).await
}
