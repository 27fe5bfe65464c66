//! What the writer takes and makes.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll};

use qlower_client::core::model::Section;
use qlower_client::error::WriterError;
use qlower_client::{ErrorKind, FindingCode, Payload, PayloadWriter, References, check_text};
use serde_json::json;
use tempfile::tempdir;

use crate::writer_items::*;

#[tokio::test]
async fn a_document_is_the_canonical_payload() {
    let payload = Payload::builder()
        .partner("acme")
        .api_key(KEY)
        .created_at("2025-02-01T03:00:00+01:00")
        .properties([serde_json::from_value(property("P1", Some("D1"))).unwrap()])
        .declarants([serde_json::from_value(declarant("D1", &["P2"])).unwrap()])
        .transactions([transaction("T1", "P1"), transaction("T2", "P2")])
        .documents([serde_json::from_value(document("F1", Some("P1"), None)).unwrap()])
        .build()
        .unwrap();
    let mut writer = builder().stream(Vec::new()).unwrap();
    // The order is another one than that of the wire.
    writer.extend(&payload.documents).await.unwrap();
    writer.extend(&payload.transactions).await.unwrap();
    writer.extend(payload.properties.clone()).await.unwrap();
    writer.extend(payload.declarants.clone()).await.unwrap();
    assert_eq!(writer.pushed(Section::Transactions), 2);
    let written = writer.finish().await.unwrap();
    assert_eq!(String::from_utf8(written.output).unwrap(), String::from_utf8(payload.to_json()).unwrap());
    let checked = check_text(payload.to_json()).into_result().unwrap();
    assert_eq!(written.receipts[0].sha256, *checked.sha256());
    assert_eq!((written.receipts[0].size, written.receipts[0].items), (checked.bytes().len() as u64, 6));
    assert_eq!(written.report.counts(), checked.report().counts());
}

#[tokio::test]
async fn an_empty_payload_is_a_document_and_no_file() {
    let written = builder().stream(Vec::new()).unwrap().finish().await.unwrap();
    assert_eq!(written.report.findings()[0].code(), FindingCode::EmptyPayload);
    assert!(check_text(written.output).into_result().is_ok());
    let folder = tempdir().unwrap();
    let written = builder().folder(folder.path()).await.unwrap().finish().await.unwrap();
    assert!(written.receipts.is_empty() && written.output.files().is_empty());
    assert_eq!(names(folder.path()), ["batch.json"]);
}

#[tokio::test]
async fn a_refused_item_can_be_corrected() {
    let mut writer = builder().stream(Vec::new()).unwrap();
    let mut wrong = transaction("T1", "P1");
    wrong.date = "31/01/2025".into();
    let error = failed(writer.push(&wrong).await);
    assert!(error.is_validation());
    let ErrorKind::Item(refused) = error.kind() else { panic!("{error}") };
    assert_eq!(refused.report().findings()[0].suggestion(), Some("2025-01-31"));
    writer.push(transaction("T1", "P1")).await.unwrap();
    let written = writer.finish().await.unwrap();
    assert_eq!(sections(&written.output)[&Section::Transactions].len(), 1);
}

#[tokio::test]
async fn raw_items_are_written_as_they_stand() {
    let raw = "{ \"ref\" : \"Loyer\\u00e9\",\n\"id\":\"T1\", \"reqdExctnDt\":\"2025-01-31\",\"id-prty\":\"P1\",\"amt\":8.50e2 , \"note\":[ 1 ]}";
    let mut writer = builder().stream(Vec::new()).unwrap();
    writer.push_json(Section::Transactions, format!("\r\n {raw}\t").as_bytes()).await.unwrap();
    let written = writer.finish().await.unwrap();
    assert_eq!(sections(&written.output)[&Section::Transactions], [raw]);
}

#[tokio::test]
async fn the_layouts_do_not_mix() {
    let folder = tempdir().unwrap();
    let mut writer = builder().folder(folder.path()).await.unwrap();
    let entry = json!({
        "client": {"email": "a@example.com", "firstName": "A", "lastName": "B"},
        "properties": [property("P1", None)], "transactions": [transaction("T1", "P1")],
    });
    push_value(&mut writer, Section::Clients, &entry).await.unwrap();
    let error = failed(writer.push(transaction("T1", "P1")).await);
    let ErrorKind::Item(refused) = error.kind() else { panic!("{error}") };
    assert_eq!(refused.report().findings()[0].code(), FindingCode::BothLayouts);
    let written = writer.finish().await.unwrap();
    assert_eq!(joined(&written.receipts)[&Section::Clients], [entry.to_string()]);
    assert_eq!(written.receipts[0].items(), 2);
}

#[tokio::test]
async fn the_limit_in_bytes_holds_exactly() {
    let one = |folder| async move {
        let mut writer = builder().folder(folder).await.unwrap();
        writer.push(long(1, "P1", 300)).await.unwrap();
        writer.push(long(2, "P1", 300)).await.unwrap();
        writer.finish().await.unwrap().receipts[0].size()
    };
    let size = one(tempdir().unwrap().path().to_owned()).await;
    for (limit, files) in [(size, vec![2]), (size - 1, vec![1, 1])] {
        let folder = tempdir().unwrap();
        let mut writer = builder().max_bytes(limit).folder(folder.path()).await.unwrap();
        writer.push(long(1, "P1", 300)).await.unwrap();
        writer.push(long(2, "P1", 300)).await.unwrap();
        let written = writer.finish().await.unwrap();
        assert_eq!(written.receipts.iter().map(|file| file.items()).collect::<Vec<_>>(), files);
        assert!(written.receipts.iter().all(|file| file.size() <= limit));
        assert!(written.receipts.iter().all(|file| file.path().metadata().unwrap().len() == file.size()));
    }
    // One item that alone exceeds it is told, and the others are written.
    let folder = tempdir().unwrap();
    let mut writer = builder().max_bytes(600).folder(folder.path()).await.unwrap();
    writer.push(long(1, "P1", 10)).await.unwrap();
    let error = failed(writer.push(long(2, "P1", 700)).await);
    let ErrorKind::Writer(WriterError::ItemTooLarge { section, size, limit: 600 }) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(*section, Section::Transactions);
    assert!(*size > 800 && error.to_string().contains("raise the limit"), "{error}");
    writer.push(long(2, "P1", 10)).await.unwrap();
    let written = writer.finish().await.unwrap();
    assert_eq!(joined(&written.receipts)[&Section::Transactions].len(), 2);
}

#[tokio::test]
async fn one_document_does_not_roll_over() {
    let mut writer = builder().max_items(2).stream(Vec::new()).unwrap();
    writer.extend([transaction("T1", "P1"), transaction("T2", "P1")]).await.unwrap();
    let error = failed(writer.push(transaction("T3", "P1")).await);
    assert!(matches!(error.kind(), ErrorKind::Writer(WriterError::DocumentFull { pushed: 2, .. })), "{error}");
    assert_eq!(sections(&writer.finish().await.unwrap().output)[&Section::Transactions].len(), 2);
}

#[tokio::test]
async fn files_at_the_count_limit_are_numbered_by_their_content() {
    let folder = tempdir().unwrap();
    let mut writer = builder().max_items(10).folder(folder.path()).await.unwrap();
    for number in 0..95 {
        writer.push(transaction(&format!("T{number}"), "P1")).await.unwrap();
    }
    let written = writer.finish().await.unwrap();
    // Those without a target have waited, and are in the order in which they came.
    assert_eq!(written.receipts.len(), 10);
    let ids: Vec<String> =
        joined(&written.receipts)[&Section::Transactions].iter().map(|item| item[..12].to_owned()).collect();
    assert_eq!(ids[94], r#"{"id":"T94","#[..12]);
    let mut expected: Vec<String> = written.receipts.iter().map(|file| file.object_key()).collect();
    expected.push("batch.json".to_owned());
    expected.sort();
    assert_eq!(names(folder.path()), expected);
    let distinct: BTreeSet<_> = expected.iter().collect();
    assert_eq!(distinct.len(), 11);
}

#[tokio::test]
async fn what_waits_comes_after_its_target() {
    let folder = tempdir().unwrap();
    let mut writer = builder().max_items(1).folder(folder.path()).await.unwrap();
    writer.push(transaction("T1", "P1")).await.unwrap();
    push_value(&mut writer, Section::Documents, &document("F1", Some("P1"), Some("D1"))).await.unwrap();
    push_value(&mut writer, Section::Properties, &property("P1", Some("D1"))).await.unwrap();
    // The property is there, but waits itself.
    writer.push(transaction("T2", "P1")).await.unwrap();
    push_value(&mut writer, Section::Declarants, &declarant("D1", &["P2"])).await.unwrap();
    writer.push(transaction("T3", "P2")).await.unwrap();
    writer.push(transaction("T4", "P9")).await.unwrap();
    let written = writer.finish().await.unwrap();
    let order: Vec<String> = written
        .receipts
        .iter()
        .flat_map(|file| sections(&std::fs::read(file.path()).unwrap()).into_values().flatten().collect::<Vec<_>>())
        .map(|item| serde_json::from_str::<serde_json::Value>(&item).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(order, ["D1", "T3", "P1", "T1", "T2", "T4", "F1"]);
    let found: Vec<_> = written.report.findings().iter().map(|f| (f.code(), f.id().unwrap_or_default())).collect();
    assert_eq!(found, [(FindingCode::UnknownReference, "T4")]);
}

#[tokio::test]
async fn what_was_loaded_before_does_not_wait() {
    let folder = tempdir().unwrap();
    let mut writer = builder().max_items(2).references(References::LoadedBefore).folder(folder.path()).await.unwrap();
    writer.push(transaction("T1", "P1")).await.unwrap();
    // In the same file it is no mistake.
    push_value(&mut writer, Section::Properties, &property("P1", None)).await.unwrap();
    writer.push(transaction("T2", "P2")).await.unwrap();
    writer.push(transaction("T3", "P1")).await.unwrap();
    let late = || property("P2", None);
    let error = failed(push_value(&mut writer, Section::Properties, &late()).await);
    assert!(
        matches!(error.kind(), ErrorKind::Writer(WriterError::TargetTooLate { section: Section::Properties })),
        "{error}"
    );
    writer.push(transaction("T4", "P1")).await.unwrap();
    assert!(push_value(&mut writer, Section::Properties, &late()).await.is_err(), "it stays too late");
    let written = writer.finish().await.unwrap();
    assert_eq!(joined(&written.receipts)[&Section::Transactions].len(), 4);
    assert_eq!(written.receipts.len(), 3);
    assert_eq!(written.report.warning_count(), 1);
}

/// More than memory holds, through temporary files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_megabytes_come_out_as_they_went_in() {
    const ITEMS: usize = 6000;
    let (folder, spool) = (tempdir().unwrap(), tempdir().unwrap());
    let mut writer = builder().max_bytes(3 << 20).spool_dir(spool.path()).folder(folder.path()).await.unwrap();
    push_value(&mut writer, Section::Properties, &property("P1", None)).await.unwrap();
    for number in 0..ITEMS {
        // Every third waits for a property that comes last.
        let target = if number % 3 == 0 { "P2" } else { "P1" };
        writer.push(long(number, target, 2000)).await.unwrap();
    }
    push_value(&mut writer, Section::Properties, &property("P2", None)).await.unwrap();
    let written = writer.finish().await.unwrap();
    assert_eq!(written.report.warning_count(), 0);
    assert_eq!(written.receipts.len(), 4, "{:?}", written.receipts);
    assert!(written.receipts.iter().rev().skip(1).all(|file| file.size() > (3 << 20) - 3000 && file.size() <= 3 << 20));
    let items = joined(&written.receipts);
    let expected = |waits: bool| (0..ITEMS).filter(move |n| (n % 3 == 0) == waits);
    let order: Vec<usize> = expected(false).chain(expected(true)).collect();
    let transactions = &items[&Section::Transactions];
    assert_eq!(transactions.len(), ITEMS);
    for (item, number) in transactions.iter().zip(order) {
        let target = if number % 3 == 0 { "P2" } else { "P1" };
        assert_eq!(*item, serde_json::to_string(&long(number, target, 2000)).unwrap().replace("850.0,", "850.00,"));
    }
    written.output.verify().await.unwrap();
    assert!(names(spool.path()).is_empty());
}

struct Counted(usize);

impl futures_core::Stream for Counted {
    type Item = qlower_client::Transaction;

    /// Is ready every other time.
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        if self.0 % 2 == 1 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready((self.0 < 40).then(|| transaction(&format!("T{}", self.0), "P1")))
    }
}

#[tokio::test]
async fn a_stream_of_items_is_taken_to_its_end() {
    let mut writer = builder().stream(Vec::new()).unwrap();
    writer.extend_stream(Counted(0)).await.unwrap();
    assert_eq!(writer.pushed(Section::Transactions), 19);
}

#[tokio::test]
async fn an_iterator_goes_on_after_a_refusal() {
    let mut writer = builder().stream(Vec::new()).unwrap();
    let mut items = ["T1", "", "T2"].map(|id| transaction(id, "P1")).into_iter();
    assert!(writer.extend(&mut items).await.is_err());
    writer.extend(&mut items).await.unwrap();
    assert_eq!(writer.pushed(Section::Transactions), 2);
}

#[tokio::test]
async fn the_present_time_is_taken_by_name_only() {
    let before = chrono_millis();
    let written = PayloadWriter::created_now("acme", KEY).stream(Vec::new()).unwrap().finish().await.unwrap();
    let text: serde_json::Value = serde_json::from_slice(&written.output).unwrap();
    let stamp = check_text(written.output).into_result().unwrap().created_at().timestamp_millis();
    assert!((before..=chrono_millis()).contains(&stamp), "{}", text["creDtTm"]);
}

fn chrono_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_header_with_an_error_starts_nothing() {
    let folder = tempdir().unwrap();
    let error = failed(PayloadWriter::builder("", KEY, "yesterday").folder(folder.path().join("new")).await);
    assert!(error.is_validation() && error.to_string().contains("2 errors"), "{error}");
    assert!(names(folder.path()).is_empty(), "not even the folder was made");
}

#[test]
fn pushing_can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let mut writer = builder().stream(Vec::new()).unwrap();
    is_send(writer.push(transaction("T1", "P1")));
    is_send(writer.finish());
}
