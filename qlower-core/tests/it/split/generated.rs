//! What holds for every payload and every limit.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use qlower_core::model::AnyItem;
use qlower_core::split::Limit;
use qlower_core::{Checked, ModelName, Parts, Payload, SplitError, SplitOptions};
use serde_json::Value;

use super::{SECTIONS, checked, elements, members, text};
use crate::{check, valid};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn parts_add_up_to_the_whole(source in valid::payload(), limit in any::<Index>(), few in any::<bool>(), count in 1_u64..12, unknown in any::<bool>()) {
        let source = if unknown { with_unknown_fields(&source) } else { source };
        let whole = checked(&source);
        // Between hardly more than the header, where items are too large, and the whole.
        let header = 150 + 250 * usize::from(unknown);
        let size = header + limit.index(whole.bytes().len());
        let mut options = if few { SplitOptions::default().max_items(count) } else { SplitOptions::default().max_bytes(size) };
        // What was too large sets the limit, until it is as small as can be.
        let (mut size, mut count) = (size, count);
        let parts = loop {
            match whole.split(&options) {
                Ok(parts) => break parts,
                Err(error) => {
                    is_right(&whole, &error, &options)?;
                    (size, count) = if few { (size, error.size()) } else { (error.size() as usize, count) };
                    options = larger(&options, &error, error.size());
                }
            }
        };
        for part in &parts {
            let within = if few { part.items() <= count } else { part.checked().bytes().len() <= size };
            prop_assert!(within);
            let report = check(part.checked().bytes());
            prop_assert!(report.is_valid(), "{}", report);
            let counts = |report: &qlower_core::Report| report.counts().iter().map(|(model, count)| (*model, count.items)).filter(|(_, items)| *items > 0).collect::<Vec<_>>();
            prop_assert_eq!(counts(&report), counts(part.checked().report()));
            prop_assert_eq!(part.items(), counts(&report).iter().map(|(_, items)| items).sum::<u64>());
        }
        same_texts(&whole, &parts)?;
        kept_whole(&whole, &parts, &options)?;
        in_order(&parts)?;
        findings_and_pointers(&whole, &parts)?;
        let again = whole.split(&options).unwrap();
        prop_assert!(again.iter().zip(&parts).all(|(a, b)| a.checked().sha256() == b.checked().sha256()));
    }
}

/// Unknown fields in the header, in entries and in items, of which the check warns.
fn with_unknown_fields(text: &str) -> String {
    let text = text
        .replacen('{', "{\"x-head\" : [{\"id\": \"}\"}],", 1)
        .replace("\"client\":", "\"x-entry\": {\"a\":[]} ,\"client\":");
    text.replace("\"id\"", "\"x-item\":\"\",\"id\"")
}

fn larger(options: &SplitOptions, error: &SplitError, limit: u64) -> SplitOptions {
    match error.unit() {
        Limit::Bytes => options.clone().max_bytes(limit as usize),
        _ => options.clone().max_items(limit),
    }
}

/// What is refused is what stands at the pointer, and a part for it alone would be as large as it says.
fn is_right(whole: &Checked, error: &SplitError, options: &SplitOptions) -> Result<(), TestCaseError> {
    prop_assert!(error.size() > error.limit());
    let value: Value = serde_json::from_slice(whole.bytes()).unwrap();
    let item = value.pointer(error.pointer()).unwrap();
    match error.model() {
        ModelName::Payload => prop_assert_eq!(error.id(), None),
        ModelName::ClientEntry => prop_assert_eq!(error.id(), item["client"]["email"].as_str()),
        model => {
            prop_assert_eq!(error.id(), item["id"].as_str());
            prop_assert_eq!(error.pointer().rsplit('/').nth(1), Some(model.as_str()));
        }
    }
    // Exactly: this limit would do for it, and one less would not.
    if let Err(next) = whole.split(&larger(options, error, error.size())) {
        prop_assert_ne!(next.pointer(), error.pointer());
    }
    let before = whole.split(&larger(options, error, error.size() - 1)).unwrap_err();
    prop_assert_eq!((before.pointer(), before.size()), (error.pointer(), error.size()));
    Ok(())
}

/// Of one object, or of the pieces of one entry: its other members, and the texts of its items.
#[derive(Debug, PartialEq)]
struct Content {
    frame: BTreeMap<String, String>,
    sections: [Vec<String>; 4],
}

fn content(object: &str) -> Content {
    let mut members = members(object);
    let sections = SECTIONS.map(|key| elements(members.remove(key).as_ref()));
    members.remove("clients");
    Content { frame: members.into_iter().map(|(key, raw)| (key, raw.get().to_owned())).collect(), sections }
}

/// The concatenation of the parts' sections is the whole's, byte for byte, and so are the other members of each part.
fn same_texts(whole: &Checked, parts: &Parts) -> Result<(), TestCaseError> {
    let source = std::str::from_utf8(whole.bytes()).unwrap();
    let mut root = content(source);
    let mut entries: Vec<Content> =
        elements(members(source).get("clients")).iter().map(|entry| content(entry)).collect();
    let (root_frame, entry_frames) =
        (root.frame.clone(), entries.iter().map(|entry| entry.frame.clone()).collect::<Vec<_>>());
    let drop = |from: &mut Content, piece: Content| {
        for (rest, taken) in from.sections.iter_mut().zip(piece.sections) {
            prop_assert!(rest.starts_with(&taken));
            rest.drain(..taken.len());
        }
        Ok(())
    };
    let mut entry_of_part = 0;
    for (number, part) in parts.iter().enumerate() {
        prop_assert_eq!(part.number(), number);
        let piece = content(text(part));
        prop_assert_eq!(&piece.frame, &root_frame);
        drop(&mut root, piece)?;
        for (at, entry) in elements(members(text(part)).get("clients")).iter().enumerate() {
            // The same entry as the last of the part before, if that has items left.
            let goes_on = at == 0 && number > 0 && entries[entry_of_part].sections.iter().any(|rest| !rest.is_empty());
            if !goes_on && (at, number) != (0, 0) {
                prop_assert!(entries[entry_of_part].sections.iter().all(Vec::is_empty), "an entry is left unfinished");
                entry_of_part += 1;
            }
            let piece = content(entry);
            prop_assert_eq!(&piece.frame, &entry_frames[entry_of_part]);
            drop(&mut entries[entry_of_part], piece)?;
        }
    }
    prop_assert!(root.sections.iter().all(Vec::is_empty));
    prop_assert!(entries.iter().all(|entry| entry.sections.iter().all(Vec::is_empty)));
    prop_assert!(entries.is_empty() || entry_of_part + 1 == entries.len());
    Ok(())
}

/// An entry that a part could take stands in one part, as it is in the text.
fn kept_whole(whole: &Checked, parts: &Parts, options: &SplitOptions) -> Result<(), TestCaseError> {
    let entries = elements(members(std::str::from_utf8(whole.bytes()).unwrap()).get("clients"));
    let (head, _) = text(parts.get(0).unwrap()).split_once(",\"clients\":[").unwrap_or_default();
    let taken: Vec<String> = parts.iter().flat_map(|part| elements(members(text(part)).get("clients"))).collect();
    for entry in entries.into_iter().filter(|entry| !taken.contains(entry)) {
        let alone = checked(&format!("{head},\"clients\":[{entry}]}}")).split(options);
        prop_assert!(alone.is_ok_and(|parts| !text(parts.get(0).unwrap()).contains(&entry)));
    }
    Ok(())
}

type Id = (Option<String>, ModelName, String);

/// What is referred to is in the same part or in one that is needed, and nothing else is needed.
fn in_order(parts: &Parts) -> Result<(), TestCaseError> {
    let payloads: Vec<Payload> = parts.iter().map(|part| part.checked().payload().unwrap()).collect();
    let mut owners: BTreeMap<Id, usize> = BTreeMap::new();
    let mut accounts: BTreeMap<String, usize> = BTreeMap::new();
    for (number, payload) in payloads.iter().enumerate() {
        let account =
            |client: Option<usize>| client.map(|at| payload.clients[at].client.email.to_string().to_lowercase());
        for item in payload.items() {
            let before = owners.insert((account(item.client), item.model, item.id.to_owned()), number);
            prop_assert!(before.is_none(), "an item is in two parts");
        }
    }
    let mut last_of_section = [0; 4];
    for ((number, payload), part) in payloads.iter().enumerate().zip(parts) {
        let mut expected = BTreeSet::new();
        for entry in &payload.clients {
            let email = entry.client.email.to_string().to_lowercase();
            expected.insert(*accounts.entry(email).or_insert(number));
        }
        for item in payload.items() {
            let account = item.client.map(|at| payload.clients[at].client.email.to_string().to_lowercase());
            let owner =
                |model, id: Option<&String>| id.and_then(|id| owners.get(&(account.clone(), model, id.clone())));
            let owners = match item.item {
                AnyItem::Property(property, _) => [None, owner(ModelName::Declarant, property.declarant_id.as_ref())],
                AnyItem::Transaction(transaction) => [owner(ModelName::Property, Some(&transaction.property_id)), None],
                AnyItem::Document(document, _) => [
                    owner(ModelName::Property, document.property_id.as_ref()),
                    owner(ModelName::Declarant, document.declarant_id.as_ref()),
                ],
                _ => [None, None],
            };
            for owner in owners.into_iter().flatten() {
                // What is nested goes with what it is nested in, whatever else it names.
                let nested = matches!(item.item, AnyItem::Document(_, Some(_)));
                prop_assert!(*owner <= number || nested, "{} comes before what it belongs to", item.pointer);
                expected.insert(*owner);
            }
        }
        expected.retain(|owner| *owner < number);
        prop_assert_eq!(part.depends_on().iter().copied().collect::<BTreeSet<_>>(), expected);
        prop_assert!(part.depends_on().is_sorted_by(|a, b| a < b));
        for (section, key) in SECTIONS.iter().enumerate() {
            if members(text(part)).contains_key(*key) {
                last_of_section[section] = number;
                prop_assert!(last_of_section[section + 1..].iter().all(|later| *later == 0 || *later >= number));
            }
        }
    }
    Ok(())
}

/// Every finding of the whole goes with what it is about, and every pointer into a part leads back to the same value.
fn findings_and_pointers(whole: &Checked, parts: &Parts) -> Result<(), TestCaseError> {
    let value: Value = serde_json::from_slice(whole.bytes()).unwrap();
    let mut found = BTreeSet::new();
    for part in parts {
        let own: Value = serde_json::from_slice(part.checked().bytes()).unwrap();
        for item in part.checked().payload().unwrap().items() {
            let back = part.pointer_in_whole(&item.pointer).unwrap();
            prop_assert_eq!(own.pointer(&item.pointer), value.pointer(&back));
            prop_assert_eq!(part.pointer_in_whole(&format!("{}/id", item.pointer)), Some(format!("{back}/id")));
        }
        for finding in part.checked().report().findings() {
            let back = part.pointer_in_whole(finding.pointer()).unwrap();
            prop_assert_eq!(own.pointer(finding.pointer()).is_some(), true);
            found.insert((finding.code().as_str(), back, finding.id().map(str::to_owned)));
        }
        let lists: &[&str] = if own.get("clients").is_some() { &["clients"] } else { &SECTIONS };
        for list in lists {
            let beyond = own.get(list).and_then(Value::as_array).map_or(0, Vec::len);
            if parts.len() > 1 {
                prop_assert_eq!(part.pointer_in_whole(&format!("/{list}/{beyond}")), None);
            }
        }
    }
    let report = whole.report();
    let expected: BTreeSet<_> = report
        .findings()
        .iter()
        .map(|f| (f.code().as_str(), f.pointer().to_owned(), f.id().map(str::to_owned)))
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}
