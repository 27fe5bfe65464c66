//! Cutting payloads into parts.

mod by_hand;
mod combine;
mod generated;

use qlower_core::{Checked, Part, Parts, SplitOptions};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use crate::options;

const HEADER: &str =
    r#""inigPtynm":"acme","apiKey":"k-s3cr3t-0815","creDtTm":"2026-11-20T08:30:00Z","versionId":"2.0""#;
const SECTIONS: [&str; 4] = ["declarants", "properties", "transactions", "documents"];

fn checked(text: &str) -> Checked {
    Checked::from_text(text.to_owned(), &options()).into_result().unwrap()
}

/// A payload of these members after the header.
fn payload(members: &str) -> Checked {
    checked(&format!("{{{HEADER},{members}}}"))
}

fn bytes(limit: usize) -> SplitOptions {
    SplitOptions::default().max_bytes(limit)
}

fn items(limit: u64) -> SplitOptions {
    SplitOptions::default().max_items(limit)
}

fn text(part: &Part) -> &str {
    std::str::from_utf8(part.checked().bytes()).unwrap()
}

/// What each part depends on, as one text: `0 1`.
fn needs(parts: &Parts) -> Vec<String> {
    let list = |part: &Part| part.depends_on().iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    parts.iter().map(list).collect()
}

type Members<'t> = BTreeMap<String, &'t RawValue>;

fn members(object: &str) -> Members<'_> {
    serde_json::from_str(object).unwrap()
}

/// The texts of an array's elements, as they stand.
fn elements(array: Option<&&RawValue>) -> Vec<String> {
    let elements: Vec<&RawValue> = array.map_or_else(Vec::new, |array| serde_json::from_str(array.get()).unwrap());
    elements.into_iter().map(|element| element.get().to_owned()).collect()
}

fn declarant(id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","legalStatusId":"6540","corporateName":"A","address":"b","townName":"c","postCode":"69003"{more}}}"#
    )
}

fn property(id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","description":"T2","streetName":"rue A","townName":"Lyon","postCode":"69003","ctry":"FR","lastName":"Durand","firstName":"Anne","email":"a@example.com","acquisitionDate":"2019-04-01","taxRegime":5{more}}}"#
    )
}

fn transaction(id: &str, property: &str) -> String {
    format!(r#"{{"id":"{id}","reqdExctnDt":"2026-10-05","id-prty":"{property}","amt":850.5,"ref":"Loyer"}}"#)
}

fn document(id: &str, owner: &str) -> String {
    format!(r#"{{"id":"{id}",{owner},"fileName":"a","year":"2025","fileLink":"https://example.com/a"}}"#)
}

fn client(email: &str, sections: &str) -> String {
    format!(r#"{{"client":{{"email":"{email}","firstName":"A","lastName":"B"}}{sections}}}"#)
}
