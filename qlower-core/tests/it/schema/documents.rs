//! Valid payloads, and changes to them.

use serde_json::{Map, Value, json};

fn payload(sections: &Value) -> Value {
    let mut payload = json!({
        "inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2026-01-05T08:00:00+01:00", "versionId": "2.0",
    });
    payload.as_object_mut().unwrap().extend(sections.as_object().unwrap().clone());
    payload
}

fn declarant() -> Value {
    json!({
        "id": "D1", "sirenId": "732829320", "nicId": "00074", "legalStatusId": "6540", "taxRegimeAggregation": "IR",
        "taxCategoryId": "4", "taxRegimeId": "4", "corporateName": "SCI du Parc", "debActDate": "2019-02-28",
        "address": "3 rue du Parc", "townName": "Lyon", "postCode": "69006", "ogaSiretId": "73282932000074",
        "ogaName": "OGA", "ogaId": "1", "ogaNumber": "2", "properties": [], "associates": [],
    })
}

fn associate() -> Value {
    json!({
        "id": "A1", "civility": "MME", "firstName": "Zoé", "lastName": "Blanc", "address": "1 quai", "townName": "Brest",
        "ctry": "FR", "email": "zoe@exemple.fr", "manager": "O",
    })
}

fn property() -> Value {
    json!({
        "id": "P1", "declarantId": "D1", "remove": "", "type": "A", "description": "T2", "furnished": "O", "managed": "A",
        "bldgNb": "3", "streetName": "rue du Parc", "streetName2": "bât. B", "townName": "Lyon", "postCode": "69006",
        "ctry": "FR", "lastName": "Blanc", "firstName": "Zoé", "telNumber": "0600000000", "email": "zoe@exemple.fr",
        "constructionDate": "1990-01-01", "acquisitionDate": "2015-06-30", "nbrRooms": 2, "area": 41.5, "terrArea": 0,
        "gardArea": 12.25, "nbrFloors": -1, "nbrPark": 1, "siretId": "73282932000074", "tvaOption": "N",
        "netReevaluation": 250000.5, "debActDate": "2016-01-01", "taxRegime": 5, "workCompDate": "2016-01-01",
        "costPrice": 199999.99, "completionStatus": "OLD", "startConstrDate": "1988-01-01", "dismemberedProperty": "N",
        "agencyFee": 5000, "notaryFee": 8000.0, "documents": [],
    })
}

fn transaction() -> Value {
    json!({
        "id": "T1", "reqdExctnDt": "2025-12-05", "id-prty": "P1", "id-tenant": "L1", "amt": -850.5, "ccy": "EUR",
        "purpose": "LOYER", "ref": "Loyer",
    })
}

fn document() -> Value {
    json!({
        "id": "F1", "propertyId": "P1", "declarantId": "D1", "fileName": "Acte", "fileType": "42", "year": "2015",
        "fileLink": "https://exemple.fr/acte.pdf",
    })
}

fn client() -> Value {
    json!({"email": "jean@exemple.fr", "firstName": "Jean", "lastName": "Dupont", "phoneNumber": "0600000000"})
}

fn with(mut item: Value, changes: Value) -> Value {
    let members: Map<String, Value> = changes.as_object().unwrap().clone();
    item.as_object_mut().unwrap().extend(members);
    item
}

fn without(mut item: Value, key: &str) -> Value {
    item.as_object_mut().unwrap().remove(key);
    item
}

/// Small payloads: together they have every field once.
pub(super) fn single() -> Vec<Value> {
    let bare = json!({"id": "P1", "description": "T2", "streetName": "rue", "townName": "Lyon", "postCode": "69006",
        "ctry": "FR", "lastName": "B", "firstName": "Z", "email": "z@exemple.fr", "acquisitionDate": "2015-06-30", "taxRegime": 5});
    let owner = json!({"id": "D1", "legalStatusId": "6540", "corporateName": "SCI", "address": "a", "townName": "t", "postCode": "69006"});
    vec![
        payload(&json!({"declarants": [], "properties": [], "transactions": [], "documents": []})),
        payload(&json!({"declarants": [declarant()]})),
        payload(&json!({"declarants": [with(owner.clone(), json!({"associates": [associate()]}))]})),
        payload(&json!({"declarants": [with(owner, json!({"properties": [bare.clone()]}))]})),
        payload(&json!({"properties": [property()]})),
        payload(
            &json!({"properties": [with(bare, json!({"documents": [without(without(document(), "declarantId"), "propertyId")]}))]}),
        ),
        payload(&json!({"transactions": [transaction()]})),
        payload(&json!({"documents": [document()]})),
        payload(&json!({"documents": [without(document(), "declarantId")]})),
        payload(&json!({"documents": [without(document(), "propertyId")]})),
        payload(&json!({"clients": []})),
        payload(
            &json!({"clients": [{"client": client(), "declarants": [], "properties": [], "transactions": [], "documents": []}]}),
        ),
        payload(&json!({"clients": [{"client": client(), "documents": [without(document(), "propertyId")]}]})),
    ]
}

/// Both layouts with everything in them.
pub(super) fn full() -> Vec<Value> {
    let inner = with(property(), json!({"id": "P2", "documents": [with(document(), json!({"propertyId": "P2"}))]}));
    let sections = json!({
        "declarants": [with(declarant(), json!({"properties": [inner], "associates": [associate()]}))],
        "properties": [property()],
        "transactions": [transaction(), with(transaction(), json!({"id": "T2"}))],
        "documents": [with(document(), json!({"id": "F2"}))],
    });
    let entry = with(json!({"client": client()}), sections.clone());
    vec![payload(&sections), payload(&json!({"clients": [entry]}))]
}

/// Payloads whose only error lies between two places.
pub(super) fn comparisons() -> Vec<Value> {
    let inner = with(property(), json!({"declarantId": "D2"}));
    vec![
        payload(&json!({"transactions": [transaction(), with(transaction(), json!({"amt": 1}))]})),
        payload(&json!({"declarants": [with(declarant(), json!({"properties": [inner]}))]})),
    ]
}

/// A change to a document.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Replace(String, Value),
    Remove(String),
    Add(String, &'static str, Value),
}

impl Change {
    /// Does nothing where an earlier change took the place away.
    pub(super) fn apply(&self, document: &mut Value) {
        match self {
            Self::Replace(pointer, value) => {
                if let Some(place) = document.pointer_mut(pointer) {
                    *place = value.clone();
                }
            }
            Self::Remove(pointer) => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                match document.pointer_mut(parent) {
                    Some(Value::Object(members)) => _ = members.remove(key),
                    Some(Value::Array(items)) => {
                        let at: usize = key.parse().unwrap();
                        if at < items.len() {
                            items.remove(at);
                        }
                    }
                    _ => {}
                }
            }
            Self::Add(pointer, key, value) => {
                if let Some(Value::Object(members)) = document.pointer_mut(pointer) {
                    members.insert((*key).to_owned(), value.clone());
                }
            }
        }
    }
}

/// Calls with the pointer of everything in a value, itself included.
pub(super) fn pointers(value: &Value, pointer: &str, each: &mut impl FnMut(&str, &Value)) {
    each(pointer, value);
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                pointers(member, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), each);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointers(item, &format!("{pointer}/{at}"), each);
            }
        }
        _ => {}
    }
}

/// Every place takes every value, everything is dropped once, every object gets fields more.
pub(super) fn changes(document: &Value, values: &[Value]) -> Vec<Change> {
    let mut all = Vec::new();
    pointers(document, "", &mut |pointer, found| {
        all.extend(values.iter().map(|value| Change::Replace(pointer.to_owned(), value.clone())));
        if !pointer.is_empty() {
            all.push(Change::Remove(pointer.to_owned()));
        }
        if found.is_object() {
            let keys = ["note", "clients", "declarants", "documents", "associates", "propertyId", "nul\0nul"];
            let values = [Value::Null, json!([]), json!({"deep": ["a\0b"]}), json!({"a\0b": 1}), json!("text")];
            all.extend(
                keys.into_iter()
                    .flat_map(|key| values.clone().map(|value| Change::Add(pointer.to_owned(), key, value))),
            );
        }
    });
    all
}
