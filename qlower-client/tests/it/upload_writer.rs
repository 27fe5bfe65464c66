//! Writers that upload, and uploads of batches.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::sandbox::{S3Fault, S3Operation, Sandbox, SandboxBuilder};
use qlower_client::writer::PayloadWriterBuilder;
use qlower_client::{
    Batch, Certainty, Client, ErrorKind, ModelName, PayloadWriter, RetryPolicy, S3Sink, Transaction, UploadStatus,
};

use crate::support::quick;

fn sandbox() -> SandboxBuilder {
    Sandbox::builder().partner("acme", "k-1").s3_hold_loads(true)
}

fn client(sandbox: &Sandbox) -> Client {
    Client::builder(sandbox.environment())
        .s3_endpoint(sandbox.s3_endpoint())
        .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
        .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
        .s3_part_size(5 * 1024 * 1024)
        .s3_multipart_threshold(6_000_000)
        .retry(quick())
        .build()
        .unwrap()
}

fn writer() -> PayloadWriterBuilder {
    PayloadWriter::builder("acme", "k-1", "2025-02-01T02:00:00+01:00")
}

fn rent(number: usize) -> Transaction {
    wide_rent(number, 5)
}

/// A transaction of so many bytes at least.
fn wide_rent(number: usize, size: usize) -> Transaction {
    Transaction::builder()
        .id(format!("T{number}"))
        .date("2025-01-31")
        .property_id("P1")
        .amount("850.00")
        .reference("x".repeat(size))
        .build()
        .unwrap()
}

async fn batch(folder: &Path, files: usize) -> Batch {
    let mut writer = writer().max_items(10).folder(folder).await.unwrap();
    for number in 0..files * 10 {
        writer.push(rent(number)).await.unwrap();
    }
    writer.finish().await.unwrap().output
}

fn keys(sandbox: &Sandbox) -> Vec<String> {
    let commits = sandbox.commits("acme");
    assert!(commits.values().all(|times| *times == 1), "{commits:?}");
    commits.into_keys().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_uploaded_as_they_fill() {
    let sandbox = Sandbox::builder().partner("acme", "k-1").s3_load_delay(Duration::ZERO).start().await.unwrap();
    let client = client(&sandbox);
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = S3Sink::from(&client).on_file({
        let told = Arc::clone(&told);
        move |receipt| told.lock().unwrap().push(receipt.key().to_owned())
    });
    let mut writer = writer().max_items(100).references(qlower_client::References::LoadedBefore).s3(sink).unwrap();
    for number in 0..250 {
        writer.push(rent(number)).await.unwrap();
    }
    assert!(!writer.receipts().is_empty(), "what is full has left");
    let written = writer.finish().await.unwrap();
    let receipts = &written.receipts;
    assert_eq!(receipts.len(), 3);
    let uploaded: Vec<_> = receipts.iter().map(|receipt| receipt.key().to_owned()).collect();
    assert_eq!(*told.lock().unwrap(), uploaded);
    for receipt in receipts {
        assert_eq!((receipt.certainty(), receipt.attempts()), (Certainty::Processed, 1));
        let status = client.wait_for(receipt, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(status, UploadStatus::Success { .. }), "{status}");
    }
    assert_eq!(sandbox.loaded("acme").count(ModelName::Transaction), 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_dropped_aborts_its_upload() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3_on(S3Operation::UploadPart, S3Fault::Timeout);
    let mut writer = writer()
        .max_bytes(7_000_000)
        .references(qlower_client::References::LoadedBefore)
        .s3(&client(&sandbox))
        .unwrap();
    for number in 0..80 {
        writer.push(wide_rent(number, 100_000)).await.unwrap();
    }
    for _ in 0..200 {
        if !sandbox.fired_s3().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(sandbox.fired_s3(), [S3Fault::Timeout]);
    assert_eq!(sandbox.open_multipart_uploads("acme").len(), 1);
    drop(writer);
    for _ in 0..200 {
        if sandbox.open_multipart_uploads("acme").is_empty() {
            assert!(sandbox.objects("acme").is_empty());
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the upload is still open");
}

#[tokio::test]
async fn a_failed_file_ends_the_writer_and_what_was_uploaded_is_known() {
    let sandbox = sandbox().start().await.unwrap();
    let mut writer =
        writer().max_items(10).references(qlower_client::References::LoadedBefore).s3(&client(&sandbox)).unwrap();
    let mut failure = None;
    for number in 0..100 {
        if number == 25 {
            sandbox.fail_next_s3(S3Fault::AccessDenied);
        }
        if let Err(error) = writer.push(rent(number)).await {
            failure = Some(error);
            break;
        }
    }
    assert_eq!(sandbox.fired_s3(), [S3Fault::AccessDenied]);
    let error = failure.unwrap();
    assert!(matches!(error.kind(), ErrorKind::Store(_)), "{error:?}");
    assert_eq!(error.certainty(), Certainty::NotProcessed);
    let known: Vec<_> = writer.receipts().iter().map(|receipt| receipt.key().to_owned()).collect();
    assert_eq!(known.len(), keys(&sandbox).len());
    assert!(keys(&sandbox).iter().all(|key| known.contains(key)));
    let ended = writer.push(rent(100)).await.unwrap_err();
    assert!(matches!(ended.kind(), ErrorKind::Writer(_)), "{ended:?}");
}

#[tokio::test]
async fn a_batch_goes_on_where_it_was_cut_off() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut batch = batch(folder.path(), 4).await;
    assert_eq!(batch.files().len(), 4);
    let once = Client::builder(sandbox.environment())
        .s3_endpoint(sandbox.s3_endpoint())
        .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
        .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    once.upload(&batch.files()[0]).await.unwrap();
    sandbox.fail_next_s3(S3Fault::LostPutReply);
    let error = once.upload_batch(&mut batch).await.unwrap_err();
    assert_eq!(sandbox.fired_s3(), [S3Fault::LostPutReply]);
    assert_eq!(error.certainty(), Certainty::Unknown);
    assert_eq!((batch.uploaded().count(), batch.pending().count()), (1, 3), "the lost one is not noted");

    let mut batch = Batch::open(folder.path()).await.unwrap();
    let receipts = client(&sandbox).upload_batch(&mut batch).await.unwrap();
    let there: Vec<bool> = receipts.iter().map(|receipt| receipt.already_there()).collect();
    assert_eq!(there, [true, false, false]);
    assert_eq!(keys(&sandbox).len(), 4);

    let mut batch = Batch::open(folder.path()).await.unwrap();
    assert_eq!(batch.pending().count(), 0);
    assert_eq!(batch.receipt(&batch.files()[3]).unwrap()["certainty"], "processed");
    assert!(client(&sandbox).upload_batch(&mut batch).await.unwrap().is_empty());
    assert_eq!(keys(&sandbox).len(), 4);
}

#[tokio::test]
async fn a_file_that_was_changed_is_not_uploaded() {
    for size in [5, 1_000_000] {
        let sandbox = sandbox().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer().folder(folder.path()).await.unwrap();
        for number in 0..7 {
            writer.push(wide_rent(number, size)).await.unwrap();
        }
        let batch = writer.finish().await.unwrap().output;
        let file = &batch.files()[0];
        let changed = std::fs::read_to_string(file.path()).unwrap().replace("850.00", "950.00");
        std::fs::write(file.path(), changed).unwrap();
        let error = client(&sandbox).upload(file).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File(_)), "{error:?}");
        assert_eq!(error.certainty(), Certainty::NotProcessed);
        std::fs::write(file.path(), "{}").unwrap();
        let error = client(&sandbox).upload(file).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File(_)), "{error:?}");
        std::fs::remove_file(file.path()).unwrap();
        let error = client(&sandbox).upload(file).await.unwrap_err();
        assert!(error.to_string().contains("could not open"), "{error}");
        assert_eq!(keys(&sandbox), Vec::<String>::new());
        assert_eq!(sandbox.open_multipart_uploads("acme"), []);
    }
}

#[tokio::test]
async fn a_writer_of_another_partner_is_refused_at_once() {
    let sandbox = sandbox().start().await.unwrap();
    let other = PayloadWriter::builder("Acme & fils", "k-1", "2025-02-01T02:00:00+01:00");
    let error = other.s3(&client(&sandbox)).unwrap_err();
    assert!(error.is_config() && error.to_string().contains("Acme & fils"), "{error}");
}
