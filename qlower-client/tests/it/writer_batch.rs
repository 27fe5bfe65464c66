//! Folders of finished files, before and after a crash.

use std::fs;
use std::path::Path;

use qlower_client::error::BatchError;
use qlower_client::{Batch, Error, ErrorKind};
use tempfile::tempdir;

use crate::writer_items::*;

async fn write(folder: &Path) -> Result<InFolder, Error> {
    let mut writer = builder().max_items(3).folder(folder).await?;
    for number in 0..10 {
        writer.push(transaction(&format!("T{number}"), "P1")).await?;
    }
    writer.finish().await
}

fn problem(error: &Error) -> &BatchError {
    match error.kind() {
        ErrorKind::Batch(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_finished_batch_is_opened_as_it_was_written() {
    let folder = tempdir().unwrap();
    let written = write(folder.path()).await.unwrap();
    let batch = Batch::open(folder.path()).await.unwrap();
    let told = |batch: &Batch| {
        batch
            .files()
            .iter()
            .map(|file| format!("{file:?} {} {} {}", file.partner(), file.created_at(), file.items()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&batch), told(&written.output));
    assert_eq!((batch.pending().count(), batch.uploaded().count()), (4, 0));
    batch.verify().await.unwrap();
    let manifest = fs::read_to_string(folder.path().join("batch.json")).unwrap();
    assert!(!manifest.contains(KEY) && !format!("{batch:?}").contains(KEY));
    assert!(fs::read_to_string(batch.files()[0].path()).unwrap().contains(KEY), "the payload does hold it");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    write(folder.path()).await.unwrap();
    for name in names(folder.path()) {
        let mode = fs::metadata(folder.path().join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn without_a_manifest_nothing_counts() {
    let folder = tempdir().unwrap();
    let written = write(folder.path()).await.unwrap();
    fs::remove_file(folder.path().join("batch.json")).unwrap();
    fs::write(folder.path().join(".qlower-abc.part"), "half").unwrap();
    let error = failed(Batch::open(folder.path()).await);
    assert!(error.is_unfinished_batch() && error.to_string().contains("write it again"), "{error}");
    // Other items: what was left is gone.
    let mut writer = builder().folder(folder.path()).await.unwrap();
    writer.push(transaction("X", "P1")).await.unwrap();
    let again = writer.finish().await.unwrap();
    assert_eq!(names(folder.path()), ["batch.json".to_owned(), again.receipts[0].object_key()]);
    assert!(written.receipts.iter().all(|file| !file.path().exists()));
}

#[tokio::test]
async fn what_is_there_is_not_touched() {
    let folder = tempdir().unwrap();
    let written = write(folder.path()).await.unwrap();
    let before = names(folder.path());
    let error = failed(builder().folder(folder.path()).await);
    assert!(error.is_finished_batch(), "{error}");
    assert_eq!(names(folder.path()), before);
    written.output.remove().await.unwrap();
    assert!(names(folder.path()).is_empty());

    fs::write(folder.path().join("accounts.xlsx"), "").unwrap();
    fs::create_dir(folder.path().join("loader-1-00000000000000000000000000000000.json")).unwrap();
    fs::write(folder.path().join(".qlower-abc.part"), "half").unwrap();
    let error = failed(builder().folder(folder.path()).await);
    let BatchError::ForeignFiles { names: foreign, .. } = problem(&error) else { panic!("{error}") };
    assert_eq!(*foreign, ["accounts.xlsx", "loader-1-00000000000000000000000000000000.json"]);
    assert_eq!(names(folder.path()).len(), 3, "nothing was removed");
}

#[tokio::test]
async fn two_writers_do_not_share_a_folder() {
    let folder = tempdir().unwrap();
    let first = builder().folder(folder.path()).await.unwrap();
    let error = failed(builder().folder(folder.path()).await);
    assert!(matches!(problem(&error), BatchError::InUse { .. }), "{error}");
    first.discard().await;
    write(folder.path()).await.unwrap();
}

#[tokio::test]
async fn damage_is_named() {
    type Damage = fn(&Path, &Batch);
    let damage: [(&str, Damage); 6] = [
        ("is missing", |_, batch| fs::remove_file(batch.files()[1].path()).unwrap()),
        ("bytes instead of", |_, batch| fs::write(batch.files()[1].path(), "{}").unwrap()),
        ("cannot be read", |folder, _| fs::write(folder.join("batch.json"), "{\"format\":1,\"fil").unwrap()),
        ("of format 7", |folder, _| fs::write(folder.join("batch.json"), "{\"format\":7,\"files\":[]}").unwrap()),
        ("wrong name", |folder, batch| edit(folder, &batch.files()[0].object_key(), "../../etc/passwd")),
        ("wrong hash", |folder, batch| edit(folder, &batch.files()[0].sha256_hex(), "é")),
    ];
    for (told, damage) in damage {
        let folder = tempdir().unwrap();
        let written = write(folder.path()).await.unwrap();
        damage(folder.path(), &written.output);
        let error = failed(Batch::open(folder.path()).await);
        assert!(matches!(problem(&error), BatchError::Damaged { .. }) && error.to_string().contains(told), "{error}");
    }
    // The same size, but other bytes.
    let folder = tempdir().unwrap();
    let written = write(folder.path()).await.unwrap();
    let victim = written.receipts[2].path();
    let changed = fs::read_to_string(victim).unwrap().replace("Loyer", "loyer");
    fs::write(victim, changed).unwrap();
    let batch = Batch::open(folder.path()).await.unwrap();
    let error = failed(batch.verify().await);
    assert!(error.to_string().contains(&written.receipts[2].object_key()), "{error}");
}

fn edit(folder: &Path, from: &str, to: &str) {
    let manifest = fs::read_to_string(folder.join("batch.json")).unwrap();
    assert!(manifest.contains(from));
    fs::write(folder.join("batch.json"), manifest.replace(from, to)).unwrap();
}
