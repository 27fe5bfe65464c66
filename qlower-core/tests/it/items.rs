//! Items given one by one meet the rules of a whole payload.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use qlower_core::check::{ItemChecker, ItemError};
use qlower_core::model::{Item, Section};
use qlower_core::{
    ApiKey, CheckOptions, Finding, FindingCode, ModelName, Payload, Property, Report, Strictness, Transaction,
};
use serde_json::{Value, json};

use crate::{options, valid};

const HEADER: &str = r#"{"inigPtynm":"acme","apiKey":"k","creDtTm":"2025-02-01T08:00:00+01:00","versionId":"2.0""#;

fn checker() -> ItemChecker {
    with(&options())
}

fn with(options: &CheckOptions) -> ItemChecker {
    ItemChecker::new("acme", &ApiKey::from("k"), &"2025-02-01T08:00:00+01:00".into(), options).unwrap()
}

/// Gives an item, and takes it.
fn give(checker: &mut ItemChecker, section: Section, item: &Value) -> Result<(), ItemError> {
    let text = item.to_string();
    checker.check_json(section, text.as_bytes()).map(|sound| {
        assert_eq!(sound.text(), text.as_bytes());
        sound.take();
    })
}

fn whole(sections: &BTreeMap<Section, Vec<String>>) -> String {
    let mut text = HEADER.to_owned();
    for (section, items) in sections.iter().filter(|(_, items)| !items.is_empty()) {
        text.push_str(&format!(",\"{}\":[{}]", section.as_str(), items.join(",")));
    }
    text + "}"
}

/// What each finding is and of which item, sorted.
fn told<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
    let mut told: Vec<_> =
        findings.into_iter().map(|f| format!("{} {} {} {:?}", f.severity(), f.code(), f.model(), f.id())).collect();
    told.sort();
    told
}

fn same(report: &Report, whole: &Report) -> Result<(), TestCaseError> {
    prop_assert_eq!(told(report.findings()), told(whole.findings()), "{}\n{}", report, whole);
    prop_assert_eq!(report.counts(), whole.counts());
    prop_assert_eq!(report.by_code().collect::<Vec<_>>(), whole.by_code().collect::<Vec<_>>());
    prop_assert_eq!(report.is_valid(), whole.is_valid());
    Ok(())
}

/// What can be wrong with the items of a payload.
#[derive(Clone, Debug)]
enum Damage {
    /// A value becomes another one.
    Replace(Index, Index),
    /// An item is given once more.
    Again(Index),
    /// An item is given once more with another value.
    Changed(Index, Index, Index),
    /// An item does not come.
    Missing(Index),
    /// Two items change places, of whatever sections.
    Swap(Index, Index),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<Index>;
    let one = prop_oneof![
        (index(), index()).prop_map(|(at, with)| Damage::Replace(at, with)),
        index().prop_map(Damage::Again),
        (index(), index(), index()).prop_map(|(item, at, with)| Damage::Changed(item, at, with)),
        index().prop_map(Damage::Missing),
        (index(), index()).prop_map(|(a, b)| Damage::Swap(a, b)),
    ];
    proptest::collection::vec(one, 0..8)
}

/// The items of a payload with what is wrong with them, in the order in which they are given.
fn items(text: &str, damage: &[Damage]) -> Vec<(Section, Value)> {
    let payload: Value = serde_json::from_str(text).unwrap();
    let mut items = Vec::new();
    for section in Section::ALL {
        for item in payload[section.as_str()].as_array().into_iter().flatten() {
            items.push((section, item.clone()));
        }
    }
    for damage in damage {
        if items.is_empty() {
            break;
        }
        match damage {
            Damage::Replace(at, with) => {
                let item = at.index(items.len());
                replace(&mut items[item].1, at, with);
            }
            Damage::Again(item) => items.push(item.get(&items).clone()),
            Damage::Changed(item, at, with) => {
                let (section, mut item) = item.get(&items).clone();
                replace(&mut item, at, with);
                items.push((section, item));
            }
            Damage::Missing(item) => _ = items.remove(item.index(items.len())),
            Damage::Swap(a, b) => {
                let (a, b) = (a.index(items.len()), b.index(items.len()));
                items.swap(a, b);
            }
        }
    }
    items
}

fn replace(item: &mut Value, at: &Index, with: &Index) {
    let mut pointers = Vec::new();
    crate::property::leaves(item, String::new(), &mut pointers);
    let others = [
        Value::Null,
        "".into(),
        "x".into(),
        0.into(),
        5.into(),
        850.5.into(),
        "850.50".into(),
        "2999-01-01".into(),
        "1".into(),
        "2".into(),
        json!([1]),
        json!({"id": 1}),
        "73282932000074".into(),
        "9".into(),
    ];
    if !pointers.is_empty() {
        *item
            .pointer_mut({
                let at: &String = at.get(&pointers);
                at
            })
            .unwrap() = with.get(&others).clone();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_report_says_what_the_check_of_the_whole_says(text in valid::payload(), damage in damage()) {
        let mut checker = checker();
        let mut taken: BTreeMap<Section, Vec<String>> = BTreeMap::new();
        for (section, item) in items(&text, &damage) {
            let refused = give(&mut checker, section, &item).err();
            taken.entry(section).or_default().push(item.to_string());
            if let Some(refused) = refused {
                // One more item gives the errors that it was refused for, and no other.
                let report = crate::check(whole(&taken));
                prop_assert_eq!(told(refused.report().errors()), told(report.errors()), "{}", report);
                prop_assert_eq!(refused.model(), section.model());
                taken.get_mut(&section).unwrap().pop();
            }
        }
        for section in Section::ALL {
            prop_assert_eq!(checker.taken(section), taken.get(&section).map_or(0, Vec::len) as u64);
        }
        same(&checker.finish(), &crate::check(whole(&taken)))?;
    }

    #[test]
    fn typed_items_are_judged_as_in_a_typed_payload(text in valid::payload(), damage in damage()) {
        let mut sections: BTreeMap<Section, Vec<String>> = BTreeMap::new();
        for (section, item) in items(&text, &damage) {
            sections.entry(section).or_default().push(item.to_string());
        }
        // What cannot be read into models is another test's.
        let Ok(payload) = Payload::from_json(whole(&sections).as_bytes()) else { return Ok(()) };
        let mut checker = checker();
        let mut taken = Payload { partner: "acme".into(), api_key: "k".into(), created_at: "2025-02-01T08:00:00+01:00".into(), ..Payload::default() };
        fn push<T: Item + Clone>(checker: &mut ItemChecker, item: &T, taken: &mut Vec<T>) {
            if let Ok(sound) = checker.check(item) {
                sound.take();
                taken.push(item.clone());
            }
        }
        payload.documents.iter().for_each(|item| push(&mut checker, item, &mut taken.documents));
        payload.transactions.iter().for_each(|item| push(&mut checker, item, &mut taken.transactions));
        payload.properties.iter().for_each(|item| push(&mut checker, item, &mut taken.properties));
        payload.declarants.iter().for_each(|item| push(&mut checker, item, &mut taken.declarants));
        payload.clients.iter().for_each(|item| push(&mut checker, item, &mut taken.clients));
        same(&checker.finish(), taken.check_with(&options()).report())?;
    }

    #[test]
    fn any_bytes_are_refused_or_make_a_sound_payload(text in proptest::collection::vec(any::<u8>(), 0..40), braced in any::<bool>()) {
        let text = if braced { [b"{\"id\":", &*text].concat() } else { text };
        let mut checker = checker();
        let valid = checker.check_json(Section::Transactions, &text).is_ok();
        prop_assert!(!valid, "no such bytes are a transaction");
        prop_assert_eq!(checker.taken(Section::Transactions), 0);
    }
}

fn transaction(id: &str, property: &str) -> Transaction {
    Transaction::builder()
        .id(id)
        .date("2025-01-31")
        .property_id(property)
        .amount("850.00")
        .reference("Loyer")
        .build()
        .unwrap()
}

fn property(id: &str, declarant: Option<&str>) -> Value {
    let mut property = json!({
        "id": id, "description": "d", "streetName": "rue", "townName": "Lyon", "postCode": "69003", "ctry": "FR",
        "lastName": "N", "firstName": "P", "email": "a@example.com", "acquisitionDate": "2020-01-01", "taxRegime": 1,
    });
    if let Some(declarant) = declarant {
        property["declarantId"] = declarant.into();
    }
    property
}

fn declarant(id: &str) -> Value {
    json!({"id": id, "legalStatusId": "6540", "corporateName": "X", "address": "1 rue", "townName": "Lyon", "postCode": "69003"})
}

#[test]
fn the_notation_of_a_number_is_no_difference_in_content() {
    let mut checker = checker();
    checker.check(&transaction("T1", "P1")).unwrap().take();
    for amount in ["850.00", "850", "850.0", "8.5e2", "\"850.000\""] {
        let text = format!(r#"{{"ref":"Loyer", "id":"T1","reqdExctnDt":"2025-01-31","id-prty":"P1","amt":{amount}}}"#);
        let sound = checker.check_json(Section::Transactions, text.as_bytes()).unwrap();
        let codes: Vec<_> = sound.findings().iter().map(Finding::code).collect();
        assert_eq!(codes, [FindingCode::ExactDuplicate], "{amount}");
    }
    let mut other = transaction("T1", "P1");
    for (amount, refused) in [("850.0", false), ("850.01", true), ("8500", true), ("85", true), ("850", false)] {
        other.amount = amount.into();
        assert_eq!(checker.check(&other).is_err(), refused, "{amount}");
    }
}

#[test]
fn a_refused_item_leaves_nothing_behind() {
    let mut checker = checker();
    let mut wrong = transaction("T1", "P1");
    wrong.reference = String::new();
    let refused = checker.check(&wrong).unwrap_err();
    assert_eq!(refused.id(), Some("T1"));
    assert_eq!(refused.report().findings()[0].pointer(), "/transactions/0/ref");
    assert_eq!(
        refused.to_string(),
        "the item of transactions with id \"T1\" has 1 error and was not taken; first: The required field \"ref\" is missing or blank."
    );
    // Neither is one that is not taken.
    drop(checker.check(&transaction("T1", "P2")).unwrap());
    checker.check(&transaction("T1", "P1")).unwrap().take();
    let report = checker.finish();
    assert_eq!(told(report.findings()), [r#"warning unknown_reference transactions Some("T1")"#]);
    assert_eq!(report.findings()[0].pointer(), "/transactions/0/id-prty");
    assert_eq!(report.findings()[0].line(), None);
}

#[test]
fn pointers_count_the_items_that_were_taken() {
    let mut checker = checker();
    for number in 0..7 {
        checker.check(&transaction(&format!("T{number}"), "P1")).unwrap().take();
    }
    let mut zero = transaction("T7", "P1");
    zero.amount = 0.into();
    let sound = checker.check(&zero).unwrap();
    assert_eq!(sound.findings()[0].pointer(), "/transactions/7/amt");
    sound.take();
    let mut owner = declarant("D2");
    owner["properties"] = json!([property("P1", Some("D9")), property("P1", None)]);
    give(&mut checker, Section::Declarants, &declarant("D1")).unwrap();
    let refused = give(&mut checker, Section::Declarants, &owner).unwrap_err();
    let found: Vec<_> = refused.report().errors().map(|f| (f.code().as_str(), f.pointer().to_owned())).collect();
    assert_eq!(
        found,
        [
            ("declarant_mismatch", "/declarants/1/properties/0/declarantId".to_owned()),
            ("duplicate_id", "/declarants/1/properties/1/id".to_owned()),
        ]
    );
    assert!(refused.report().findings()[1].message(qlower_core::Lang::En).contains("/declarants/1/properties/0"));
}

#[test]
fn a_repeated_id_is_told_without_its_place() {
    let mut checker = checker();
    checker.check(&transaction("T1", "P1")).unwrap().take();
    let refused = checker.check(&transaction("T1", "P2")).unwrap_err();
    let message = |lang| refused.report().findings()[0].message(lang);
    assert!(message(qlower_core::Lang::En).contains("already used by an item given before, with"));
    assert!(message(qlower_core::Lang::Fr).contains("déjà utilisé par un élément donné auparavant avec"));
}

#[test]
fn it_is_known_what_waits_for_what() {
    let mut checker = checker();
    let waits = |checker: &mut ItemChecker, section, item: &Value| {
        let text = item.to_string();
        let sound = checker.check_json(section, text.as_bytes()).unwrap();
        let waits = (sound.waits(), sound.awaited_since());
        sound.take();
        waits
    };
    let pays = |id: &str, property: &str| serde_json::to_value(transaction(id, property)).unwrap();
    assert_eq!(waits(&mut checker, Section::Transactions, &pays("T1", "P1")), (true, None));
    checker.next_file();
    assert_eq!(waits(&mut checker, Section::Transactions, &pays("T2", "P1")), (true, None));
    assert_eq!(waits(&mut checker, Section::Properties, &property("P1", Some("D1"))), (true, Some(0)));
    // The property is there, but waits itself.
    assert_eq!(waits(&mut checker, Section::Transactions, &pays("T3", "P1")), (true, None));
    checker.next_file();
    assert_eq!(waits(&mut checker, Section::Declarants, &declarant("D1")), (false, Some(1)));
    assert_eq!(waits(&mut checker, Section::Properties, &property("P2", Some("D1"))), (false, None));
    assert_eq!(waits(&mut checker, Section::Transactions, &pays("T4", "P2")), (false, None));
    // What is there is awaited no more.
    assert_eq!(waits(&mut checker, Section::Properties, &property("P1", Some("D1"))), (false, None));
    let report = checker.finish();
    assert_eq!(told(report.findings()), [r#"warning exact_duplicate properties Some("P1")"#]);
}

#[test]
fn the_two_layouts_do_not_mix() {
    let mut checker = checker();
    checker.check(&transaction("T1", "P1")).unwrap().take();
    let entry = json!({"client": {"email": "a@example.com", "firstName": "A", "lastName": "B"}, "transactions": []});
    let refused = give(&mut checker, Section::Clients, &entry).unwrap_err();
    assert_eq!(told(refused.report().findings()), ["error both_layouts payload None"]);
}

#[test]
fn what_is_not_exactly_one_object_is_refused() {
    let good = r#"{"id":"T1","reqdExctnDt":"2025-01-31","id-prty":"P1","amt":1,"ref":"x"}"#;
    for bad in ["", " ", "null", "[]", "{", "1", "\u{feff}", "\"x\""].map(str::to_owned).into_iter().chain([
        format!("{good}{good}"),
        format!("{good},"),
        format!("[{good}]"),
        format!("\u{feff}{good}"),
        good.replace('}', ",}"),
        good.replace('}', ""),
    ]) {
        let mut checker = checker();
        assert!(checker.check_json(Section::Transactions, bad.as_bytes()).is_err(), "{bad}");
    }
    let spaced = format!(" \n{good}\r\n\t");
    assert_eq!(checker().check_json(Section::Transactions, spaced.as_bytes()).unwrap().text(), good.as_bytes());
}

#[test]
fn a_header_with_an_error_starts_nothing() {
    let error = ItemChecker::new("", &ApiKey::from("k"), &"yesterday".into(), &options()).unwrap_err();
    assert_eq!(
        told(error.report().findings()),
        ["error invalid_date_time payload None", "error missing_field payload None"]
    );
    let report = with(&options()).finish();
    assert_eq!(told(report.findings()), ["warning empty_payload payload None"]);
    let doubtful = ItemChecker::new("acme", &ApiKey::from("k"), &"2025-02-01T08:00".into(), &options()).unwrap();
    assert_eq!(doubtful.created_at().to_rfc3339(), "2025-02-01T08:00:00+01:00");
    assert_eq!(doubtful.finish().warning_count(), 1, "a typed date-time has an offset");
}

#[test]
fn strictness_and_limits_hold_over_all_items() {
    let options = options().strictness(Strictness::Strict).max_findings(3);
    let mut checker = with(&options);
    for number in 0..10 {
        checker.check(&transaction(&format!("T{number}"), &format!("P{number}"))).unwrap().take();
    }
    let report = checker.finish();
    assert_eq!((report.findings().len(), report.error_count(), report.omitted()), (3, 10, 7));
    assert!(report.into_result().is_err());
    let counted = with(&crate::options().max_findings(0));
    assert!(counted.finish().into_result().is_ok());
}

#[test]
fn nothing_of_the_key_is_printed() {
    let checker =
        ItemChecker::new("acme", &ApiKey::from("s3cr3t"), &"2025-02-01T08:00:00Z".into(), &options()).unwrap();
    assert!(!format!("{checker:?}").contains("s3cr3t"));
    let head = std::str::from_utf8(checker.head()).unwrap();
    assert_eq!(
        head,
        r#"{"inigPtynm":"acme","apiKey":"s3cr3t","creDtTm":"2025-02-01T08:00:00+00:00","versionId":"2.0""#
    );
}

#[test]
fn typed_models_are_taken_by_value_and_by_reference() {
    let mut checker = checker();
    let home: Property = serde_json::from_value(property("P1", None)).unwrap();
    assert_eq!(checker.check(&&home).unwrap().section(), Section::Properties);
    let sound = checker.check(&home).unwrap();
    assert_eq!(sound.items(), 1);
    assert_eq!(
        sound.text(),
        Payload { properties: vec![home.clone()], ..Payload::default() }
            .to_json()
            .split(|b| *b == b'[')
            .nth(1)
            .unwrap()
            .strip_suffix(b"]}")
            .unwrap()
    );
    assert_eq!(Section::Properties.model(), ModelName::Property);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Text in any notation, its canonical form and a re-ordered copy say the same.
    #[test]
    fn content_does_not_depend_on_the_notation(text in valid::payload()) {
        let payload = Payload::from_json(text.as_bytes()).unwrap();
        prop_assume!(payload.clients.is_empty());
        let (mut raw, mut typed) = (checker(), checker());
        let sections: BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        for section in Section::ALL {
            let Some(items) = sections.get(section.as_str()) else { continue };
            let items: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(items.get()).unwrap();
            for (at, item) in items.iter().enumerate() {
                let canonical = match section {
                    Section::Declarants => typed.check(&payload.declarants[at]),
                    Section::Properties => typed.check(&payload.properties[at]),
                    Section::Transactions => typed.check(&payload.transactions[at]),
                    _ => typed.check(&payload.documents[at]),
                }.unwrap();
                let again = canonical.text().to_vec();
                canonical.take();
                raw.check_json(section, item.get().as_bytes()).unwrap().take();
                // Whichever of the two was there first, the other one repeats it.
                for (checker, text) in [(&mut typed, item.get().as_bytes()), (&mut raw, &*again)] {
                    let sound = checker.check_json(section, text);
                    prop_assert!(sound.is_ok(), "{} {:?}", String::from_utf8_lossy(text), sound.unwrap_err().report().to_json());
                    prop_assert!(told(sound.unwrap().findings()).iter().all(|told| told.contains("exact_duplicate")));
                }
            }
        }
    }
}

#[test]
fn unknown_fields_and_nested_items_are_content_too() {
    let base = serde_json::to_value(transaction("T1", "P1")).unwrap();
    let mut noted = base.clone();
    noted["note"] = 1.into();
    let mut checker = checker();
    give(&mut checker, Section::Transactions, &noted).unwrap();
    assert!(give(&mut checker, Section::Transactions, &base).is_err());
    give(&mut checker, Section::Transactions, &noted).unwrap();
    noted["note"] = 2.into();
    assert!(give(&mut checker, Section::Transactions, &noted).is_err());

    let mut home = property("P1", None);
    give(&mut checker, Section::Properties, &home).unwrap();
    let document = json!({"id": "F1", "fileName": "f", "year": "2024", "fileLink": "https://example.com/f.pdf"});
    home["documents"] = json!([document]);
    assert!(give(&mut checker, Section::Properties, &home).is_err());
    home["documents"] = json!([]);
    give(&mut checker, Section::Properties, &home).unwrap();
}

#[test]
fn a_siret_is_compared_whichever_comes_first() {
    let (own, other) = ("73282932000074", "55210055400013");
    for first in [true, false] {
        let mut checker = checker();
        let mut owner = declarant("D1");
        owner["sirenId"] = "732829320".into();
        if first {
            give(&mut checker, Section::Declarants, &owner).unwrap();
        }
        for (id, siret) in [("P1", own), ("P2", other)] {
            let mut property = property(id, Some("D1"));
            property["siretId"] = siret.into();
            give(&mut checker, Section::Properties, &property).unwrap();
        }
        if !first {
            give(&mut checker, Section::Declarants, &owner).unwrap();
        }
        let report = checker.finish();
        assert_eq!(told(report.findings()), [r#"warning siret_of_other_company properties Some("P2")"#], "{first}");
        let finding = &report.findings()[0];
        assert_eq!(finding.pointer(), "/properties/1/siretId");
        assert!(finding.message(qlower_core::Lang::En).contains("732829320"));
    }
}

#[test]
fn refused_items_make_one_report_by_the_numbers_of_the_caller() {
    let mut checker = checker();
    let mut refused = qlower_core::check::Refused::new(Section::Transactions, &options().max_findings(3));
    for (row, amount) in [json!("850"), json!("eight"), json!("nine"), json!(null)].into_iter().enumerate() {
        let mut item = serde_json::to_value(transaction(&format!("T{row}"), "P1")).unwrap();
        item["amt"] = amount;
        if row == 2 {
            item["reqdExctnDt"] = "31/01/2025".into();
        }
        match checker.check_json(Section::Transactions, item.to_string().as_bytes()) {
            Ok(sound) => sound.take(),
            Err(error) => refused.add(10 + row as u64, &error),
        }
    }
    assert_eq!(refused.items(), 3);
    let report = refused.into_report();
    let pointers: Vec<_> = report.findings().iter().map(qlower_core::Finding::pointer).collect();
    assert_eq!(pointers.len(), 3, "{pointers:?}");
    assert!(pointers.contains(&"/transactions/11/amt") && pointers.contains(&"/transactions/12/amt"), "{pointers:?}");
    assert_eq!((report.error_count(), report.omitted(), report.is_valid()), (4, 1, false));
    assert_eq!(report.counts()[&ModelName::Transaction].items, 3);
    assert_eq!(report.by_code().map(|(_, _, count)| count).sum::<u64>(), 4);
}
