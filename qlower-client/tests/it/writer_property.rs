//! What holds for any sequence of pushes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qlower_client::core::model::Section;
use qlower_client::{Error, ErrorKind, FindingCode, References, check_text};
use serde_json::Value;
use tempfile::tempdir;

use crate::writer_items::*;

#[derive(Clone, Debug)]
struct Item {
    section: Section,
    id: usize,
    targets: (Option<usize>, Option<usize>),
    nested: Vec<usize>,
    broken: bool,
}

impl Item {
    fn json(&self) -> Value {
        let Self { section, id, targets: (first, second), nested, broken } = self;
        let (property_id, declarant_id) = (first.map(|id| format!("P{id}")), second.map(|id| format!("D{id}")));
        let mut item = match section {
            Section::Declarants => {
                let nested: Vec<String> = nested.iter().map(|id| format!("P{id}")).collect();
                declarant(&format!("D{id}"), &nested.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Section::Properties => property(&format!("P{id}"), declarant_id.as_deref()),
            Section::Documents => document(&format!("F{id}"), property_id.as_deref(), declarant_id.as_deref()),
            _ => {
                let target = property_id.unwrap_or_else(|| "P0".to_owned());
                serde_json::to_value(transaction(&format!("T{id}"), &target)).unwrap()
            }
        };
        if *broken {
            item["id"] = Value::Null;
        }
        item
    }
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let section = prop_oneof![
        1 => Just(Section::Declarants), 2 => Just(Section::Properties),
        4 => Just(Section::Transactions), 2 => Just(Section::Documents),
    ];
    let target = || proptest::option::weighted(0.8, 0..8_usize);
    let nested = proptest::collection::vec(0..8_usize, 0..2);
    let item = (section, 0..30_usize, (target(), target()), nested, proptest::bool::weighted(0.05));
    let item = item.prop_map(|(section, id, targets, nested, broken)| {
        let id = match section {
            Section::Declarants | Section::Properties => id % 8,
            _ => id,
        };
        Item { section, id, targets, nested, broken }
    });
    proptest::collection::vec(item, 0..60)
}

/// Writes all items, and says which were taken.
async fn write(
    items: &[Item],
    limits: (u64, u64),
    references: References,
) -> Result<(tempfile::TempDir, InFolder, Vec<Item>), Error> {
    let folder = tempdir().unwrap();
    let builder = builder().max_bytes(limits.0).max_items(limits.1).references(references);
    let mut writer = builder.folder(folder.path()).await?;
    let mut taken = Vec::new();
    for item in items {
        match push_value(&mut writer, item.section, &item.json()).await {
            Ok(()) => taken.push(item.clone()),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Item(_) | ErrorKind::Writer(_)), "{error}"),
        }
    }
    let written = writer.finish().await?;
    Ok((folder, written, taken))
}

/// Ids of properties and declarants in a payload, and those that items refer to.
fn references(text: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let payload: Value = serde_json::from_slice(text).unwrap();
    let (mut there, mut named) = (BTreeSet::new(), BTreeSet::new());
    let section = |key: &str| payload[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for owner in section("declarants") {
        there.extend(text(&owner["id"]));
        there.extend(owner["properties"].as_array().into_iter().flatten().filter_map(|item| text(&item["id"])));
    }
    for item in section("properties") {
        there.extend(text(&item["id"]));
        named.extend(text(&item["declarantId"]));
    }
    named.extend(section("transactions").iter().filter_map(|item| text(&item["id-prty"])));
    for item in section("documents") {
        named.extend(text(&item["propertyId"]));
        named.extend(text(&item["declarantId"]));
    }
    (there, named)
}

fn found(report: &qlower_client::Report) -> Vec<(FindingCode, String, Option<String>)> {
    let mut found: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| (finding.code(), finding.model().to_string(), finding.id().map(str::to_owned)))
        .collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn files_sum_up_to_what_was_pushed(items in items(), bytes in 700..6000_u64, count in 1..40_u64, deferred in any::<bool>()) {
        let policy = if deferred { References::Deferred } else { References::LoadedBefore };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (_folder, written, taken) = runtime.block_on(write(&items, (bytes, count), policy)).unwrap();

        // The items are those that were pushed, to the byte.
        let mut pushed: BTreeMap<Section, Vec<String>> = BTreeMap::new();
        for item in &taken {
            pushed.entry(item.section).or_default().push(item.json().to_string());
        }
        let mut all = joined(&written.receipts);
        if deferred {
            pushed.values_mut().chain(all.values_mut()).for_each(|items| items.sort());
        }
        prop_assert_eq!(&all, &pushed);

        let mut before = BTreeSet::new();
        let mut there_at_all = BTreeSet::new();
        for file in &written.receipts {
            there_at_all.extend(references(&std::fs::read(file.path()).unwrap()).0);
        }
        for file in &written.receipts {
            let text = std::fs::read(file.path()).unwrap();
            prop_assert!(file.size() <= bytes && file.size() == text.len() as u64);
            prop_assert!(sections(&text).values().map(Vec::len).sum::<usize>() as u64 <= count);
            // Each is a payload of its own.
            let checked = check_text(text.clone()).into_result().unwrap();
            prop_assert_eq!(checked.sha256(), file.sha256());
            prop_assert_eq!(checked.object_key(), file.path().file_name().unwrap().to_str().unwrap());
            let counts: u64 = checked.report().counts().values().map(|count| count.items).sum();
            prop_assert_eq!(counts, file.items());
            // What is referred to stands here, in an earlier file, or nowhere.
            let (there, named) = references(&text);
            before.extend(there);
            for target in named {
                prop_assert!(before.contains(&target) || !there_at_all.contains(&target), "{} comes too late", target);
            }
        }

        // The report is that of the whole.
        let mut whole = String::from(r#"{"inigPtynm":"acme","apiKey":"k","creDtTm":"2025-02-01T03:00:00+01:00","versionId":"2.0""#);
        for (section, items) in &pushed {
            whole.push_str(&format!(",\"{}\":[{}]", section.as_str(), items.join(",")));
        }
        let checked = check_text(whole + "}");
        prop_assert_eq!(found(&written.report), found(checked.report()));
        prop_assert_eq!(written.report.counts(), checked.report().counts());

        // Again it is the same.
        let (_again, again, _) = runtime.block_on(write(&items, (bytes, count), policy)).unwrap();
        let keys = |written: &InFolder| written.receipts.iter().map(|file| file.object_key()).collect::<Vec<_>>();
        prop_assert_eq!(keys(&again), keys(&written));
    }
}
