//! The course of a delivery over one connection or several: what is sent once, what is completed, what is told on the way.

use std::time::Duration;

use qlower_client::ftp::{self, ErrorKind, How, Outgoing, Stage, Temporary, Variables};
use qlower_client::{Certainty, RetryPolicy};

use crate::ftp_script::{Fault, Script, deliver, large, larger, part};

/// What of a larger file goes out by itself.
const HEAD: usize = 65_536;

#[tokio::test]
async fn a_file_arrives_under_its_name_and_is_compared() {
    let script = Script::start().await;
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!(script.files()["a.jpg"], b"image");
    assert_eq!(script.names(), ["a.jpg"], "nothing else is left");
    let file = &receipt.files[0];
    assert_eq!((file.certainty, file.how, file.verified), (Certainty::Processed, Some(How::Stored), true));
    assert_eq!((receipt.certainty, receipt.attempts, receipt.protection), (Certainty::Processed, 1, None));
    let stored = script.commands().into_iter().find(|line| line.starts_with("STOR")).unwrap();
    let (hash, token) = stored.strip_prefix("STOR .a.jpg.").unwrap().split_once('.').unwrap();
    assert_eq!((hash, token.len()), (&file.sha256[..8], "12345678.part".len()), "{stored}");
    assert_eq!(script.count("SIZE"), 2, "one question before, one after");
}

#[tokio::test]
async fn another_process_goes_on_where_one_was_killed_but_only_with_the_same_content() {
    let content = larger();
    let script = Script::start().await.fault("STOR", 2, Fault::CutAfter(500_000));
    let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
    let error = deliver(&once, &content).await.unwrap_err();
    assert_eq!((error.certainty(), error.stage(), script.fired()), (Certainty::NotProcessed, Some(Stage::Transfer), 1));
    assert_eq!(script.files()[&part(&script)].len(), HEAD + 500_000);

    let mut other = content.clone();
    other[0] ^= 1;
    let receipt = deliver(&once, &other).await.unwrap();
    assert_eq!(receipt.files[0].how, Some(How::Stored), "other content, from the beginning");
    assert!(script.files()["a.jpg"] == other);

    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: HEAD as u64 + 500_000 }));
    assert!(script.files()["a.jpg"] == content);
    assert_eq!(script.names(), ["a.jpg"]);
}

#[tokio::test]
async fn a_file_that_is_picked_up_at_once_has_been_delivered() {
    let script = Script::start().await.picked_up();
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!(
        (receipt.certainty, receipt.files[0].verified),
        (Certainty::Processed, true),
        "seen before the renaming"
    );
}

#[tokio::test]
async fn files_that_are_there_are_not_sent_again_and_the_error_tells_of_them() {
    let script = Script::start().await.fault("STOR", 3, Fault::Close);
    let files = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map(|name| Outgoing::bytes(name, name.as_bytes().to_vec()));
    let receipt = ftp::deliver(&script.destination(), &files, &Variables::default()).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts, script.count("STOR")), (1, 2, 5));

    let script = Script::start().await.fault("STOR", 3, Fault::Answer("553 no"));
    let error = ftp::deliver(&script.destination(), &files, &Variables::default()).await.unwrap_err();
    let known: Vec<_> = error.receipt().files.iter().map(|file| file.certainty).collect();
    let (there, not) = (Certainty::Processed, Certainty::NotProcessed);
    assert_eq!(known, [there, there, not, not]);
    assert_eq!((error.certainty(), error.path()), (not, Some("c.jpg")));
    let json = serde_json::to_value(error.receipt()).unwrap();
    assert_eq!(json["files"][2]["certainty"], "not_processed");
    assert_eq!(json["files"][0]["how"], "stored");
}

#[tokio::test]
async fn a_local_file_that_changes_while_it_is_sent_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let content = large();
    for temporary in [Temporary::Rename, Temporary::Direct] {
        std::fs::write(&path, &content).unwrap();
        let script = Script::start().await;
        let destination = script.builder().temporary(temporary).build().unwrap();
        let changed = path.clone();
        let options = ftp::DeliverOptions::default().progress(move |progress| {
            if progress.sent == 0 {
                std::fs::write(&changed, b"shorter").unwrap();
            }
        });
        let files = [Outgoing::file(&path)];
        let error = ftp::deliver_with(&destination, &files, &Variables::default(), &options).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File { path: named, .. } if *named == path), "{error:?}");
        assert_eq!((error.attempts(), error.certainty(), error.stage()), (1, Certainty::NotProcessed, None));
        assert!(script.names().is_empty(), "{:?}", script.names());
    }
}

/// A delivery to a server that hangs, dropped once that has 300 000 bytes.
async fn dropped_in_the_middle(script: &Script, content: &[u8]) {
    let patient = script.builder().timeout(Duration::from_secs(60)).build().unwrap();
    let left_in_the_middle = async {
        while script.names().is_empty() || script.fired() == 0 || script.files()[&part(script)].len() < 300_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        result = deliver(&patient, content) => panic!("{result:?}"),
        () = left_in_the_middle => {}
    }
}

#[tokio::test]
async fn a_delivery_that_is_dropped_leaves_a_part_at_most_and_is_completed_by_the_next() {
    let content = larger();
    let script = Script::start().await.fault("STOR", 2, Fault::HangAfter(300_000));
    dropped_in_the_middle(&script, &content).await;
    assert_eq!(script.names(), [part(&script)]);
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: HEAD as u64 + 300_000 }));
    assert!(script.files()["a.jpg"] == content);
}

#[tokio::test]
async fn what_is_small_is_sent_again_and_no_other_delivery_is_disturbed() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::HangAfter(300_000));
    dropped_in_the_middle(&script, &content).await;
    let left = part(&script);
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((receipt.attempts, receipt.files[0].how), (1, Some(How::Stored)));
    assert!(script.files()["a.jpg"] == content);
    assert_eq!(script.files()[&left].len(), 300_000, "whoever it is may still be at it");
}

#[tokio::test]
async fn what_vanishes_from_under_its_temporary_name_is_sent_again() {
    for content in [large(), larger()] {
        let script = Script::start().await.with_file("a.jpg", b"older");
        let (clear, times) = (script.clone(), std::sync::atomic::AtomicUsize::new(0));
        let options = ftp::DeliverOptions::default().progress(move |progress| {
            if progress.sent == progress.size && times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
                clear.clear_up();
            }
        });
        let files = [Outgoing::bytes("a.jpg", content.clone())];
        let receipt = ftp::deliver_with(&script.destination(), &files, &Variables::default(), &options).await.unwrap();
        let heads = usize::from(content.len() > 16_777_216);
        assert_eq!((receipt.attempts, script.count("STOR")), (1, 2 + heads));
        assert_eq!((receipt.files[0].how, receipt.files[0].verified), (Some(How::Stored), true));
        assert!(script.files() == std::collections::BTreeMap::from([("a.jpg".to_owned(), content)]));
        assert!(!script.commands().contains(&"DELE a.jpg".to_owned()), "{:?}", script.commands());

        // Whoever clears up all the time gets an error; what was there stands.
        let script = Script::start().await.with_file("a.jpg", b"older");
        let clear = script.clone();
        let options = ftp::DeliverOptions::default().progress(move |progress| {
            if progress.sent == progress.size {
                clear.clear_up();
            }
        });
        let error =
            ftp::deliver_with(&script.destination(), &files, &Variables::default(), &options).await.unwrap_err();
        assert_eq!((error.stage(), error.certainty()), (Some(Stage::Rename), Certainty::NotProcessed));
        assert_eq!(script.files()["a.jpg"], b"older");
    }
}

#[tokio::test]
async fn progress_grows_from_attempt_to_attempt_and_ends_with_the_whole() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::CutAfter(3_000_000));
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let telling = std::sync::Arc::clone(&told);
    let options =
        ftp::DeliverOptions::default().progress(move |progress| telling.lock().unwrap().push(progress.clone()));
    let files = [Outgoing::bytes("a.jpg", content.clone()), Outgoing::bytes("b.jpg", b"b".to_vec())];
    ftp::deliver_with(&script.destination(), &files, &Variables::default(), &options).await.unwrap();
    assert_eq!(script.fired(), 1);
    let told = told.lock().unwrap();
    let of = |attempt, file| told.iter().filter(move |one| (one.attempt, one.file) == (attempt, file));
    assert_eq!(of(1, 1).next().map(|one| (one.sent, one.files)), Some((0, 2)));
    assert_eq!(of(2, 1).next().map(|one| one.sent), Some(3_000_000));
    assert_eq!(of(2, 1).next_back().map(|one| one.sent), Some(content.len() as u64));
    assert_eq!(of(2, 2).next_back().map(|one| (one.sent, one.size)), Some((1, 1)));
}
