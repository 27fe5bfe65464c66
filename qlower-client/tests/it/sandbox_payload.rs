//! Payloads for the sandbox.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use qlower_client::sandbox::Sandbox;
use serde_json::{Value, json};

/// A header of the default partner, with more keys.
pub(crate) fn with_header(rest: Value) -> Value {
    let mut payload = json!({
        "inigPtynm": Sandbox::DEFAULT_PARTNER,
        "apiKey": Sandbox::DEFAULT_API_KEY,
        "creDtTm": "2025-02-01T08:00:00+01:00",
        "versionId": "2.0",
    });
    merge(&mut payload, rest);
    payload
}

/// Puts the keys of one object into another.
pub(crate) fn merge(into: &mut Value, from: Value) {
    let Value::Object(from) = from else { panic!("an object") };
    into.as_object_mut().unwrap().extend(from);
}

pub(crate) fn transactions<const N: usize>(items: [Value; N]) -> Value {
    with_header(json!({ "transactions": items.to_vec() }))
}

pub(crate) fn transaction(id: &str) -> Value {
    json!({ "id": id, "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.25, "ccy": "EUR", "purpose": "LOYER", "ref": "Loyer janvier" })
}

pub(crate) fn document(id: &str) -> Value {
    json!({ "id": id, "propertyId": "P1", "fileName": "Acte notarié", "fileType": "26", "year": "2024", "fileLink": "https://files.example.com/acte.pdf" })
}

pub(crate) fn associate(id: &str) -> Value {
    json!({ "id": id, "civility": "MME", "firstName": "Hélène", "lastName": "Roux", "email": "helene.roux@example.com", "manager": "O" })
}

pub(crate) fn property(id: &str, documents: Value) -> Value {
    json!({
        "id": id, "type": "A", "description": "T2 rue des Lilas", "furnished": "O", "managed": "A", "bldgNb": "7",
        "streetName": "rue des Lilas", "townName": "Nantes", "postCode": "44000", "ctry": "FR", "lastName": "Roux",
        "firstName": "Hélène", "telNumber": "0240000000", "email": "helene.roux@example.com", "constructionDate": "1998-06-01",
        "acquisitionDate": "2019-03-15", "nbrRooms": 2, "area": 41.5, "nbrFloors": -1, "taxRegime": 5, "costPrice": 182000.0,
        "documents": documents,
    })
}

pub(crate) fn declarant(id: &str, properties: Value, associates: Value) -> Value {
    json!({
        "id": id, "sirenId": "732829320", "nicId": "00074", "legalStatusId": "5426", "taxRegimeAggregation": "IS", "taxCategoryId": "3",
        "taxRegimeId": "3", "corporateName": "SCI des Lilas", "debActDate": "2019-04-01", "address": "7 rue des Lilas", "townName": "Nantes",
        "postCode": "44000", "properties": properties, "associates": associates,
    })
}

/// Every model, nested and in sections of its own: seven items.
pub(crate) fn sections() -> Value {
    json!({
        "declarants": [declarant("D1", json!([property("P1", json!([document("DOC1")]))]), json!([associate("A1")]))],
        "properties": [property("P2", json!([]))],
        "transactions": [transaction("T1")],
        "documents": [document("DOC2")],
    })
}

pub(crate) fn entry(email: &str, rest: Value) -> Value {
    let mut entry = json!({ "client": { "email": email, "firstName": "Hélène", "lastName": "Roux" } });
    merge(&mut entry, rest);
    entry
}

pub(crate) fn clients<const N: usize>(entries: [Value; N]) -> Value {
    with_header(json!({ "clients": entries.to_vec() }))
}
