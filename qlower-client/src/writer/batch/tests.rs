use std::fs;

use serde_json::json;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::PayloadWriter;

/// A batch of three files.
async fn batch() -> (TempDir, Batch) {
    let folder = tempdir().unwrap();
    let builder = PayloadWriter::builder("acme", "k", "2025-02-01T03:00:00+01:00").max_items(1);
    let mut writer = builder.folder(folder.path()).await.unwrap();
    for number in 0..3 {
        let item =
            json!({"id": format!("T{number}"), "reqdExctnDt": "2025-01-31", "id-prty": "P", "amt": 1, "ref": "x"});
        writer.push_json(qlower_core::model::Section::Transactions, item.to_string().as_bytes()).await.unwrap();
    }
    let written = writer.finish().await.unwrap();
    (folder, written.output)
}

fn pending(batch: &Batch) -> Vec<String> {
    batch.pending().map(PayloadFile::object_key).collect()
}

#[tokio::test]
async fn what_is_recorded_stays_recorded() {
    let (folder, mut batch) = batch().await;
    let files = batch.files().to_vec();
    batch.record(&files[1], json!({"etag": "\"1\""})).await.unwrap();
    assert_eq!(pending(&batch), [files[0].object_key(), files[2].object_key()]);
    let mut again = Batch::open(folder.path()).await.unwrap();
    assert_eq!(again.receipt(&files[1]), Some(&json!({"etag": "\"1\""})));
    assert_eq!(again.receipt(&files[0]), None);
    again.record(&files[0], json!(null)).await.unwrap();
    again.record(&files[1], json!(2)).await.unwrap();
    let again = Batch::open(folder.path()).await.unwrap();
    assert_eq!(
        again.uploaded().map(PayloadFile::object_key).collect::<Vec<_>>(),
        [files[0].object_key(), files[1].object_key()]
    );
    assert_eq!(again.receipt(&files[1]), Some(&json!(2)), "the last word counts");
}

#[tokio::test]
async fn a_line_that_was_cut_off_says_nothing_and_harms_nothing() {
    let (folder, mut batch) = batch().await;
    let files = batch.files().to_vec();
    batch.record(&files[0], json!({"key": "a"})).await.unwrap();
    let place = folder.path().join(UPLOADS);
    let first = fs::read(&place).unwrap();
    batch.record(&files[1], json!({"key": "b"})).await.unwrap();
    let both = fs::read(&place).unwrap();
    for cut in first.len()..both.len() {
        fs::write(&place, &both[..cut]).unwrap();
        let mut batch = Batch::open(folder.path()).await.unwrap();
        assert_eq!(pending(&batch), [files[1].object_key(), files[2].object_key()], "cut at {cut}");
        batch.record(&files[2], json!(3)).await.unwrap();
        let batch = Batch::open(folder.path()).await.unwrap();
        assert_eq!(pending(&batch), [files[1].object_key()]);
    }
}

#[tokio::test]
async fn what_was_uploaded_may_be_gone() {
    let (folder, mut batch) = batch().await;
    let files = batch.files().to_vec();
    batch.record(&files[0], json!(null)).await.unwrap();
    fs::remove_file(files[0].path()).unwrap();
    let batch = Batch::open(folder.path()).await.unwrap();
    batch.verify().await.unwrap();
    fs::remove_file(files[1].path()).unwrap();
    assert!(Batch::open(folder.path()).await.unwrap_err().to_string().contains("is missing"));
    batch.remove().await.unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".qlower.lock"]);
}
