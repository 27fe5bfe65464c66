//! Disks that fail, writers that are dropped or killed: nothing half is taken for whole.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::task::{Context, Poll};
use std::time::Duration;

use qlower_client::error::WriterError;
use qlower_client::{Batch, Error, ErrorKind};
use tempfile::tempdir;
use tokio::io::AsyncWrite;

use crate::writer_items::*;

fn io_kind(error: &Error) -> io::ErrorKind {
    match error.kind() {
        ErrorKind::File(file) => {
            assert!(std::error::Error::source(error).is_some());
            file.io_kind()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_told() {
    let place = tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = failed(builder().folder(file.join("inside")).await);
    assert!(matches!(io_kind(&error), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists), "{error}");
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test]
async fn a_folder_that_vanishes_is_told() {
    let place = tempdir().unwrap();
    let folder = place.path().join("batch");
    let mut writer = builder().folder(&folder).await.unwrap();
    writer.push(transaction("T1", "P1")).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let error = failed(writer.finish().await);
    assert_eq!(io_kind(&error), io::ErrorKind::NotFound, "{error}");
    assert!(names(place.path()).is_empty());
}

#[tokio::test]
async fn a_spool_folder_that_vanishes_ends_the_writer() {
    let (folder, spool) = (tempdir().unwrap(), tempdir().unwrap());
    let mut writer = builder().spool_dir(spool.path().join("gone")).folder(folder.path()).await.unwrap();
    let mut result = Ok(());
    for number in 0..5000 {
        result = writer.push(long(number, "P1", 1000)).await;
        if result.is_err() {
            break;
        }
    }
    let error = failed(result);
    assert_eq!(io_kind(&error), io::ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("gone"), "{error}");
    for _ in 0..2 {
        let error = failed(writer.push(transaction("T", "P1")).await);
        assert!(matches!(error.kind(), ErrorKind::Writer(WriterError::Broken)), "{error}");
    }
    assert!(matches!(failed(writer.finish().await).kind(), ErrorKind::Writer(WriterError::Broken)));
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_no_half_batch() {
    let folder = tempdir().unwrap();
    let expected = {
        let folder = tempdir().unwrap();
        let mut writer = builder().max_items(1).folder(folder.path()).await.unwrap();
        writer.extend(["T1", "T2", "T3"].map(|id| transaction(id, "P1"))).await.unwrap();
        writer.finish().await.unwrap()
    };
    let mut writer = builder().max_items(1).folder(folder.path()).await.unwrap();
    writer.extend(["T1", "T2", "T3"].map(|id| transaction(id, "P1"))).await.unwrap();
    // A folder stands where the last file should.
    let obstacle = expected.receipts[2].object_key();
    std::fs::create_dir(folder.path().join(&obstacle)).unwrap();
    let error = failed(writer.finish().await);
    assert!(matches!(error.kind(), ErrorKind::File(_)), "{error}");
    assert_eq!(names(folder.path()), [obstacle], "those before it are gone");
    assert!(failed(Batch::open(folder.path()).await).is_unfinished_batch());
}

/// Takes so many bytes, and then fails.
#[derive(Debug)]
struct Fails(usize);

impl AsyncWrite for Fails {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Poll::Ready(if taken > 0 { Ok(taken) } else { Err(io::ErrorKind::StorageFull.into()) })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_stream_that_fails_is_told() {
    for room in [0, 1, 100] {
        let mut writer = builder().stream(Fails(room)).unwrap();
        writer.push(transaction("T1", "P1")).await.unwrap();
        let error = failed(writer.finish().await);
        assert_eq!(io_kind(&error), io::ErrorKind::StorageFull);
        assert!(error.to_string().contains("make room"), "{error}");
    }
    let mut writer = builder().stream(Fails(1000)).unwrap();
    writer.push(transaction("T1", "P1")).await.unwrap();
    writer.finish().await.unwrap();
}

async fn is_cleared(folder: &Path) {
    for _ in 0..500 {
        if names(folder).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("left behind: {:?}", names(folder));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_writer_leaves_nothing() {
    for (pushed, discard) in [(0, false), (1, false), (500, false), (3000, false), (3000, true), (3500, true)] {
        let folder = tempdir().unwrap();
        let mut writer = builder().max_bytes(1 << 20).folder(folder.path()).await.unwrap();
        writer
            .push_json(qlower_client::core::model::Section::Properties, property("P1", None).to_string().as_bytes())
            .await
            .unwrap();
        for number in 0..pushed {
            writer.push(long(number, "P1", 1000)).await.unwrap();
        }
        if pushed == 3500 {
            assert!(!names(folder.path()).is_empty(), "there is something to be cleared");
        }
        if discard {
            writer.discard().await;
            assert!(names(folder.path()).len() <= 1, "one file may be on its way: {:?}", names(folder.path()));
        } else {
            drop(writer);
        }
        is_cleared(folder.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_is_dropped_half_way_harms_nothing() {
    let folder = tempdir().unwrap();
    // Every item needs a file of its own, which has to wait for the one before to be on the disk.
    let mut writer = builder().max_items(1).folder(folder.path()).await.unwrap();
    let section = qlower_client::core::model::Section::Properties;
    writer.push_json(section, property("P1", None).to_string().as_bytes()).await.unwrap();
    let (mut taken, mut dropped) = (0, 0);
    for number in 0..300 {
        let item = long(number, "P1", 1000);
        let before = writer.pushed(qlower_client::core::model::Section::Transactions);
        let done = {
            let mut push = Box::pin(writer.push(&item));
            let waker = std::task::Waker::noop();
            match push.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Ready(result) => {
                    result.unwrap();
                    true
                }
                Poll::Pending => false,
            }
        };
        taken += usize::from(writer.pushed(qlower_client::core::model::Section::Transactions) > before);
        if !done {
            dropped += 1;
            // Pushed again, it is either new or the same item again.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(dropped > 0, "some had to wait");
    let written = writer.finish().await.unwrap();
    assert_eq!(joined(&written.receipts)[&qlower_client::core::model::Section::Transactions].len(), taken);
    written.output.verify().await.unwrap();
}

const FOLDER: &str = "QLOWER_TEST_FOLDER";

async fn write_some(folder: &Path) -> Result<InFolder, Error> {
    let mut writer = builder().max_bytes(1 << 20).spool_dir(folder.parent().unwrap()).folder(folder).await?;
    for number in 0..8000 {
        writer.push(long(number, if number % 2 == 0 { "P1" } else { "P2" }, 1000)).await?;
        if number == 4000 {
            let section = qlower_client::core::model::Section::Properties;
            writer.push_json(section, property("P1", None).to_string().as_bytes()).await?;
        }
    }
    writer.finish().await
}

/// This program again, to run a part of a test.
fn child(test: &str, folder: &Path, shell: Option<&str>) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut command = match shell {
        Some(before) => {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(own);
            command
        }
        None => Command::new(own),
    };
    command.args(["--exact", &format!("writer_faults::{test}"), "--nocapture"]);
    command.env(FOLDER, folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_writes() {
    // Not a test but a part of one, which runs it in a process of its own.
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    write_some(Path::new(&folder)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_has_no_room() {
    // Not a test but a part of one, which runs it in a process of its own.
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let error = failed(write_some(Path::new(&folder)).await);
    assert!(matches!(io_kind(&error), io::ErrorKind::FileTooLarge | io::ErrorKind::StorageFull), "{error:?}");
    assert!(error.to_string().contains("make room"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_without_room_is_told() {
    // Units of 512 or 1024 bytes: enough for a piece of a temporary file, or not even that.
    for blocks in [1, 300, 1500] {
        let place = tempdir().unwrap();
        let folder = place.path().join("batch");
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}");
        let output = child("child_has_no_room", &folder, Some(&limit)).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        is_cleared(&folder).await;
        assert_eq!(names(place.path()), ["batch"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_killed_writer_leaves_nothing_that_counts() {
    let place = tempdir().unwrap();
    let whole = place.path().join("whole");
    let expected = write_some(&whole).await.unwrap();
    let started = std::time::Instant::now();
    assert!(child("child_writes", &place.path().join("timed"), None).output().unwrap().status.success());
    let takes = started.elapsed();
    let (mut unfinished, mut finished) = (0, 0);
    for round in 0..24 {
        let folder = place.path().join(format!("round{round}"));
        let mut writer = child("child_writes", &folder, None).spawn().unwrap();
        std::thread::sleep(takes * round / 22);
        // SIGKILL, which no destructor survives.
        writer.kill().unwrap();
        writer.wait().unwrap();
        match Batch::open(&folder).await {
            Ok(batch) => {
                finished += 1;
                batch.verify().await.unwrap();
                assert_eq!(batch.files().len(), expected.receipts.len());
            }
            Err(error) => {
                assert!(error.is_unfinished_batch(), "{error}");
                unfinished += 1;
                let again = write_some(&folder).await.unwrap();
                let keys =
                    |files: &[qlower_client::PayloadFile]| files.iter().map(|f| f.object_key()).collect::<Vec<_>>();
                assert_eq!(keys(&again.receipts), keys(&expected.receipts));
                assert_eq!(names(&folder).len(), expected.receipts.len() + 1, "nothing of the killed one is left");
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert!(unfinished >= 5, "{unfinished} were killed half way, {finished} were finished");
}
