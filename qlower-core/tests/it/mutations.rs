//! Every field of every model, spoiled in every way: each mutation gets exactly the findings it deserves.

use qlower_core::codes::CodeList;
use qlower_core::model::{Field, Kind, MODELS, Model, ModelName};
use qlower_core::{FindingCode, Payload};
use serde_json::{Value, json};

use crate::{check, found, options};

/// What stands in a place of the payload until the text is written.
const MARK: &str = "the value under test";

/// A payload in which every field of every model is given, and nothing refers to an item under test: what they name are items of
/// their own (`D9`, `P9`).
fn full() -> Value {
    let document = |id: &str| json!({"id": id, "fileName": "Bail", "fileType": "42", "year": "2025", "fileLink": "https://example.com/bail.pdf", "declarantId": "D9"});
    let mut property = json!({
        "id": "P1", "remove": "", "type": "A", "description": "T2", "furnished": "O", "managed": "D", "bldgNb": "1", "streetName": "rue A",
        "streetName2": "Bât. B", "townName": "Lyon", "postCode": "69003", "ctry": "FR", "lastName": "Durand", "firstName": "Anne",
        "telNumber": "0600000000", "email": "anne@example.com", "constructionDate": "1990-01-01", "acquisitionDate": "2010-02-02",
        "nbrRooms": 3, "area": 45.5, "terrArea": 1, "gardArea": 2, "nbrFloors": -1, "nbrPark": 0, "tvaOption": "N", "netReevaluation": 1.5,
        "debActDate": "2011-01-01", "taxRegime": 5, "workCompDate": "2012-01-01", "costPrice": 100000, "completionStatus": "OLD",
        "startConstrDate": "1985-01-01", "dismemberedProperty": "N", "agencyFee": 10, "notaryFee": 20.25,
    });
    let mut nested = property.clone();
    nested["id"] = "P2".into();
    nested["declarantId"] = "D1".into();
    nested["documents"] = json!([document("F2")]);
    nested["documents"][0]["propertyId"] = "P2".into();
    property["declarantId"] = "D9".into();
    property["siretId"] = "73282932000074".into();
    property["documents"] = json!([]);
    let mut plain = property.clone();
    plain["id"] = "P9".into();
    let mut at_section = document("F1");
    at_section["propertyId"] = "P9".into();
    let declarant = json!({
        "id": "D1", "sirenId": "732829320", "nicId": "00012", "legalStatusId": "6540", "taxRegimeAggregation": "IR", "taxCategoryId": "4",
        "taxRegimeId": "3", "corporateName": "SCI A", "debActDate": "2020-01-01", "address": "1 rue A", "townName": "Lyon", "postCode": "69003",
        "ogaSiretId": "73282932000074", "ogaName": "OGA", "ogaId": "1", "ogaNumber": "2",
        "properties": [nested],
        "associates": [{"id": "A1", "civility": "M", "firstName": "Jean", "lastName": "Roy", "address": "2 rue B", "townName": "Lyon", "ctry": "FR",
            "email": "jean@example.com", "manager": "N"}],
    });
    let other = json!({"id": "D9", "legalStatusId": "6540", "corporateName": "SCI B", "address": "1 rue A", "townName": "Lyon", "postCode": "69003"});
    json!({
        "inigPtynm": "acme", "apiKey": "k", "creDtTm": "2026-11-20T08:30:00+01:00", "versionId": "2.0",
        "declarants": [declarant, other],
        "properties": [property, plain],
        "transactions": [{"id": "T1", "reqdExctnDt": "2026-10-05", "id-prty": "P9", "id-tenant": "L1", "amt": 850.5, "ccy": "EUR", "purpose": "LOYER", "ref": "Loyer"}],
        "documents": [at_section],
    })
}

/// The same for the other layout.
fn full_clients() -> Value {
    let mut payload = full();
    let mut entry = json!({"client": {"email": "jean@example.com", "firstName": "Jean", "lastName": "Dupont", "phoneNumber": "06"}});
    for section in ["declarants", "properties", "transactions", "documents"] {
        entry[section] = payload.as_object_mut().unwrap().remove(section).unwrap();
    }
    payload["clients"] = json!([entry]);
    payload
}

/// Where items of each model stand, in both layouts.
fn sites(model: ModelName) -> Vec<(Value, String)> {
    let in_sections: &[&str] = match model {
        ModelName::Payload => return vec![(full(), String::new()), (full_clients(), String::new())],
        ModelName::ClientEntry => return vec![(full_clients(), "/clients/0".into())],
        ModelName::ClientAccount => return vec![(full_clients(), "/clients/0/client".into())],
        ModelName::Declarant => &["/declarants/0"],
        ModelName::Associate => &["/declarants/0/associates/0"],
        ModelName::Property => &["/declarants/0/properties/0", "/properties/0"],
        ModelName::Transaction => &["/transactions/0"],
        ModelName::Document => &["/declarants/0/properties/0/documents/0", "/documents/0"],
        other => panic!("{other:?} is new: give it a place"),
    };
    let flat = in_sections.iter().map(|site| (full(), (*site).to_owned()));
    flat.chain(in_sections.iter().map(|site| (full_clients(), format!("/clients/0{site}")))).collect()
}

/// Raw JSON, and the codes that it deserves in this field.
type Deserved = (String, Vec<FindingCode>);

fn deserved(field: &Field, valid: &Value) -> Vec<Deserved> {
    use FindingCode::*;
    if matches!(field.kind, Kind::Object(_) | Kind::List(_)) {
        return Vec::new();
    }
    let mut all: Vec<Deserved> = Vec::new();
    let mut add = |raw: &str, codes: &[FindingCode]| all.push((raw.to_owned(), codes.to_vec()));
    let wrong = &[WrongType][..];
    let blank = |otherwise: &'static [FindingCode]| if field.required { &[MissingField][..] } else { otherwise };

    add("null", blank(&[]));
    add("true", wrong);
    add("{}", wrong);
    add(r#"{"a":[{"b":"}"}]}"#, wrong);
    add("[]", wrong);
    add("[1,[2],{}]", wrong);
    add("nil", &[MalformedJson]);
    add("00012", &[MalformedJson]);
    add("-", &[MalformedJson]);
    add(&format!("{valid},\"{}\":{valid}", field.key), &[DuplicateKey]);
    let number_is_wrong = !matches!(field.kind, Kind::Decimal | Kind::Integer | Kind::Year | Kind::Code(_));
    if number_is_wrong {
        add("5", wrong);
        add("1e400", wrong);
    }
    let refers = matches!(field.key, "id" | "declarantId" | "propertyId" | "id-prty");
    if matches!(field.kind, Kind::Text | Kind::Secret) && !refers {
        add("\"é 😀 \\n \\\"\"", &[]);
        add("\"\\u0000\"", &[NulCharacter]);
        add("\"a\\ud800b\"", &[LoneSurrogate]);
        add("\"\\x\"", &[MalformedJson]);
    }
    match field.kind {
        Kind::Text | Kind::Secret => {
            add("\"\"", blank(&[]));
            add("\" \\t\"", blank(&[]));
        }
        Kind::Version => {
            add("\"\"", &[MissingField]);
            add("\"2.1\"", &[UnsupportedVersion]);
        }
        Kind::Timestamp => {
            add("\"\"", &[MissingField]);
            add("\"yesterday\"", &[InvalidDateTime]);
            add("\"2026-02-30T10:00:00Z\"", &[InvalidDateTime]);
            add("\"2026-11-20T08:30:00\"", &[DateTimeWithoutOffset]);
            add("\"2026-11-20\"", &[DateTimeWithoutTime]);
        }
        Kind::Date => {
            let day = valid.as_str().unwrap();
            add("\"\"", blank(&[InvalidDate]));
            add("\"01/02/2011\"", &[InvalidDate]);
            add("\"2011-02-29\"", &[NonexistentDate]);
            add(&format!("\"{day}T00:00:00\""), &[DateAtMidnight]);
            add(&format!("\"{day}T09:00:00Z\""), &[DateWithTime]);
            match field.key {
                "reqdExctnDt" => add("\"2026-11-22\"", &[FutureTransaction]),
                "acquisitionDate" => add("\"1989-12-31\"", &[AcquiredBeforeConstruction]),
                "workCompDate" => add("\"1984-12-31\"", &[CompletedBeforeStart]),
                // These two have to come before others.
                "constructionDate" | "startConstrDate" => add("\"1901-03-31\"", &[]),
                _ => add("\"2013-03-31\"", &[]),
            }
        }
        Kind::Year => {
            add("\"\"", blank(&[InvalidYear]));
            for raw in ["\"25\"", "25", "2025.5", "\"20255\"", "-1", "1e400"] {
                add(raw, &[InvalidYear]);
            }
            add("2024", &[]);
        }
        Kind::Decimal => {
            add("\"\"", blank(&[InvalidDecimal]));
            for raw in ["\"1 500,00\"", "\"x\"", "1e400", "\"1e2\"", "\"NaN\""] {
                add(raw, &[InvalidDecimal]);
            }
            for raw in ["1234567890.1234567", "\"0.1234567890123456\""] {
                add(raw, &[TooManyDigits]);
            }
            for raw in ["0.1", "-99999999999.99", "\"1500.00\"", "1e2"] {
                add(raw, &[]);
            }
            add("0", if field.key == "amt" { &[ZeroAmount] } else { &[] });
        }
        Kind::Integer => {
            add("\"\"", blank(&[InvalidInteger]));
            for raw in ["2.5", "\"two\"", "1e400", "\"1e2\""] {
                add(raw, &[InvalidInteger]);
            }
            let below = if field.key == "nbrFloors" { &[][..] } else { &[OutOfRange][..] };
            add("-1", below);
            add("\"-1\"", below);
            add("2147483648", &[OutOfRange]);
            add("\"2147483648\"", &[OutOfRange]);
            add("-2147483649", &[OutOfRange]);
            add("4", &[]);
        }
        Kind::Siren => {
            for raw in ["\"\"", "\"73282932\"", "\"7328293200\"", "\"73282932A\""] {
                add(raw, &[InvalidSiren]);
            }
            add("\"732829321\"", &[SirenChecksum]);
        }
        Kind::Nic => ["\"\"", "\"1234\"", "\"123456\"", "\"0001A\""].iter().for_each(|raw| add(raw, &[InvalidNic])),
        Kind::Siret => {
            for raw in ["\"\"", "\"7328293200007\"", "\"732829320000744\"", "\"732 829 320 00074\""] {
                add(raw, &[InvalidSiret]);
            }
            add("\"73282932000075\"", &[SiretChecksum]);
        }
        Kind::Email => {
            add("\"\"", blank(&[InvalidEmail]));
            add("\"anne\"", &[InvalidEmail]);
            add("\"a@b\"", &[InvalidEmail]);
        }
        Kind::Country => {
            add("\"\"", blank(&[]));
            add("\"BE\"", &[ForeignCountry]);
        }
        Kind::PostCode => {
            add("\"\"", blank(&[]));
            add("\"6900\"", &[PostCodeFormat]);
        }
        Kind::Url => {
            add("\"\"", blank(&[InvalidUrl]));
            add("\"bail.pdf\"", &[InvalidUrl]);
            add("\"http://example.com/a\"", &[InsecureLink]);
        }
        Kind::Code(list) => codes(field, list, &mut add),
        other => panic!("{other:?} is new: spoil it"),
    }
    all
}

fn codes(field: &Field, list: &CodeList, add: &mut dyn FnMut(&str, &[FindingCode])) {
    use FindingCode::*;
    if list.find("").is_none() {
        add("\"\"", if field.required { &[MissingField] } else { &[UnknownCode] });
    }
    for raw in ["\"@@\"", "999999", "5.5", "1e400", "\"5.0\""] {
        add(raw, &[UnknownCode]);
    }
    for entry in list.entries {
        let deserved = match (field.key, entry.code) {
            ("taxRegime", "7") | ("taxRegimeId", "12") => &[UndecidedTaxRegime][..],
            ("remove", "R") => &[ErasureRequested],
            _ if entry.retired => &[RetiredCode],
            _ => &[],
        };
        add(&format!("\"{}\"", entry.code), deserved);
        add(
            &format!("\"{} \"", entry.code),
            if field.required && entry.code.is_empty() { &[MissingField] } else { &[UnknownCode] },
        );
        if entry.code.parse::<u32>().is_ok() {
            add(entry.code, deserved);
            add(&format!("{}.0", entry.code), deserved);
        }
    }
}

/// Puts raw JSON in the place of a value.
fn with_raw(payload: &Value, site: &str, key: &str, raw: &str) -> String {
    let mut payload = payload.clone();
    payload.pointer_mut(site).unwrap()[key] = MARK.into();
    let text = payload.to_string();
    let mark = format!("\"{MARK}\"");
    assert_eq!(text.matches(&mark).count(), 1);
    text.replace(&mark, raw)
}

struct Tally {
    cases: usize,
    failures: String,
}

impl Tally {
    fn expect(&mut self, text: &str, expected: &[(FindingCode, String)], about: &str) {
        self.cases += 1;
        let mut wanted: Vec<_> = expected.iter().map(|(code, pointer)| (code.as_str(), pointer.clone())).collect();
        wanted.sort();
        let report = check(text);
        let got = found(&report);
        if got != wanted {
            self.failures += &format!("{about}\n  deserved {wanted:?}\n  got      {got:?}\n");
        }
        for finding in report.findings() {
            // An item names all its findings, unless its id is what is wrong, or it is no object at all.
            let has_id = finding.model() >= ModelName::Declarant;
            let nameless = expected.iter().any(|(_, pointer)| pointer.ends_with("/id") || pointer.ends_with("/0"));
            if finding.id().is_some() != has_id && !nameless {
                self.failures += &format!("{about}: a finding has the id {:?}\n", finding.id());
            }
        }
        let structural = expected.iter().any(|(code, _)| code.is_structural());
        match Payload::from_json(text.as_bytes()) {
            Err(_) if structural => {}
            Err(error) => self.failures += &format!("{about} cannot be read: {error}\n"),
            Ok(_) if structural => self.failures += &format!("{about} can be read\n"),
            Ok(payload) => {
                wanted.retain(|(code, _)| !matches!(*code, "date_time_without_offset" | "date_time_without_time"));
                let typed = found(payload.check_with(&options()).report());
                if typed != wanted {
                    self.failures += &format!("{about}, typed\n  deserved {wanted:?}\n  got      {typed:?}\n");
                }
            }
        }
    }
}

fn every_field(mut visit: impl FnMut(&'static Model, &Value, &str, &'static Field)) {
    for model in MODELS {
        for (payload, site) in sites(model.name) {
            for field in model.fields {
                visit(model, &payload, &site, field);
            }
        }
    }
}

#[test]
fn the_payloads_under_test_have_every_field_and_no_finding() {
    for payload in [full(), full_clients()] {
        assert_eq!(found(&check(payload.to_string())), []);
    }
    let mut missing = Vec::new();
    every_field(|model, payload, site, field| {
        if payload.pointer(&format!("{site}/{}", field.key)).is_none() {
            missing.push((model.name, field.key));
        }
    });
    missing.sort();
    missing.dedup();
    // The other layout's sections; what a document without propertyId, or a property whose declarant has a SIREN, cannot have.
    missing
        .retain(|(model, key)| !(*model == ModelName::Payload || (*model == ModelName::Property && *key == "siretId")));
    assert_eq!(missing, []);
}

#[test]
fn every_value_of_every_field_gets_what_it_deserves() {
    let mut tally = Tally { cases: 0, failures: String::new() };
    every_field(|model, payload, site, field| {
        let pointer = format!("{site}/{}", field.key);
        let Some(valid) =
            payload.pointer(&pointer).cloned().or_else(|| (field.key == "siretId").then(|| json!("73282932000074")))
        else {
            return;
        };
        for (raw, codes) in deserved(field, &valid) {
            let expected: Vec<_> = codes.iter().map(|code| (*code, pointer.clone())).collect();
            tally.expect(
                &with_raw(payload, site, field.key, &raw),
                &expected,
                &format!("{} {} = {raw}", model.name, field.key),
            );
        }
    });
    assert!(tally.failures.is_empty(), "{} cases\n{}", tally.cases, tally.failures);
    println!("{} cases", tally.cases);
    assert!(tally.cases > 3000, "{}", tally.cases);
}

#[test]
fn every_field_left_out_or_misspelled_gets_what_it_deserves() {
    let mut tally = Tally { cases: 0, failures: String::new() };
    every_field(|model, payload, site, field| {
        let pointer = format!("{site}/{}", field.key);
        if matches!(field.kind, Kind::List(_) | Kind::Object(_)) || payload.pointer(&pointer).is_none() {
            return;
        }
        let mut expected = Vec::new();
        if field.required {
            expected.push((FindingCode::MissingField, pointer.clone()));
        }
        let mut without = payload.clone();
        let value = without.pointer_mut(site).unwrap().as_object_mut().unwrap().remove(field.key).unwrap();
        tally.expect(&without.to_string(), &expected, &format!("{} without {}", model.name, field.key));

        let misspelled = format!("{}_", field.key.to_uppercase());
        without.pointer_mut(site).unwrap()[&misspelled] = value;
        expected.push((FindingCode::UnknownField, format!("{site}/{misspelled}")));
        let text = without.to_string();
        tally.expect(&text, &expected, &format!("{} with {misspelled}", model.name));
        let report = check(&text);
        let unknown = report.findings().iter().find(|finding| finding.code() == FindingCode::UnknownField).unwrap();
        assert_eq!(unknown.suggestion(), Some(field.key));
    });
    assert!(tally.failures.is_empty(), "{}", tally.failures);
    println!("{} cases", tally.cases);
    assert!(tally.cases > 250, "{}", tally.cases);
}

#[test]
fn every_list_of_the_wrong_type_gets_what_it_deserves() {
    let mut tally = Tally { cases: 0, failures: String::new() };
    every_field(|model, payload, site, field| {
        let nested = matches!(model.name, ModelName::Declarant | ModelName::Property);
        let Kind::List(_) = field.kind else { return };
        let pointer = format!("{site}/{}", field.key);
        // Nothing may refer into the list: it is empty to begin with.
        let mut payload = payload.clone();
        for list in ["/documents", "/transactions", "/clients/0/documents", "/clients/0/transactions"] {
            if let Some(list) = payload.pointer_mut(list) {
                *list = json!([]);
            }
        }
        let other_layout = model.name == ModelName::Payload && (field.key == "clients") == payload["clients"].is_null();
        for raw in ["null", "5", "\"x\"", "{}", "true", "{\"id\":\"D9\"}"] {
            if other_layout || (!nested && matches!(field.key, "declarants" | "properties" | "clients")) {
                continue;
            }
            let expected =
                if nested && raw == "null" { vec![] } else { vec![(FindingCode::WrongType, pointer.clone())] };
            tally.expect(
                &with_raw(&payload, site, field.key, raw),
                &expected,
                &format!("{} {} = {raw}", model.name, field.key),
            );
        }
        for raw in ["5", "null", "\"x\"", "[]"] {
            if other_layout || (!nested && matches!(field.key, "declarants" | "properties" | "clients")) {
                continue;
            }
            let expected = [(FindingCode::WrongType, format!("{pointer}/0"))];
            tally.expect(
                &with_raw(&payload, site, field.key, &format!("[{raw}]")),
                &expected,
                &format!("{} {} = [{raw}]", model.name, field.key),
            );
        }
    });
    assert!(tally.failures.is_empty(), "{}", tally.failures);
    assert!(tally.cases > 60, "{}", tally.cases);
}
