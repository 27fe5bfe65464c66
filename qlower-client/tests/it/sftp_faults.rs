//! SFTP deliveries whose server refuses or fails at a chosen moment: what is told, what is tried again, what is left.

use std::error::Error as _;

use qlower_client::ftp::{
    self, Destination, Error, ErrorKind, Existing, How, Outgoing, Receipt, Stage, Temporary, Variables,
};
use qlower_client::{Certainty, RetryPolicy};

use crate::sftp_script::{Fault, PASSWORD, Script, WORDS};

async fn deliver(destination: &Destination, content: &[u8]) -> Result<Receipt, Error> {
    let file = Outgoing::bytes("a.jpg", content.to_vec());
    ftp::deliver(destination, &[file], &Variables::from([("vin", "V1")])).await
}

fn whole(script: &Script) -> Vec<(String, Vec<u8>)> {
    script.files().into_iter().collect()
}

fn only(name: &str, content: &[u8]) -> Vec<(String, Vec<u8>)> {
    vec![(name.to_owned(), content.to_vec())]
}

#[tokio::test]
async fn every_status_has_its_meaning_and_leaves_the_connection_whole() {
    let full = "there is no room left, or the quota is used up";
    for (request, code, stage, meaning, retryable) in [
        ("open", 2, Stage::Transfer, "a folder or file is not there", false),
        ("open", 3, Stage::Transfer, "not permitted", false),
        ("open", 4, Stage::Transfer, "cannot store the file; most often disk or quota are full", false),
        ("open", 5, Stage::Transfer, "does not understand", false),
        ("open", 8, Stage::Transfer, "cannot do this", false),
        ("open", 10, Stage::Transfer, "a folder or file is not there", false),
        ("open", 11, Stage::Transfer, "the name is taken", false),
        ("open", 12, Stage::Transfer, "nothing can be written there", false),
        ("open", 14, Stage::Transfer, full, false),
        ("open", 17, Stage::Transfer, "the file is in use just now", true),
        ("open", 19, Stage::Transfer, "what should be a folder is a file", false),
        ("open", 20, Stage::Transfer, "not permitted under this name", false),
        ("open", 21, Stage::Transfer, "lead in circles", false),
        ("open", 24, Stage::Transfer, "a folder has this name", false),
        ("open", 27, Stage::Transfer, "the file is in use just now", true),
        // Of no version at all.
        ("open", 4_000_000_000, Stage::Transfer, "gives no reason", false),
        ("write", 14, Stage::Transfer, full, false),
        ("write", 15, Stage::Transfer, full, false),
        ("close", 15, Stage::Transfer, full, false),
        ("mkdir", 11, Stage::Folder, "a file has the name of the folder", false),
        ("mkdir", 3, Stage::Folder, "not permitted", false),
        ("mkdir", 4, Stage::Folder, "perhaps a file has its name", false),
        ("replace", 3, Stage::Rename, "set temporary to direct", false),
        ("replace", 4, Stage::Rename, "perhaps it is taken", false),
        ("replace", 15, Stage::Rename, full, false),
        ("replace", 26, Stage::Rename, "the file is in use just now", true),
    ] {
        let script = Script::start(true).await.fault(request, 1, Fault::Status(code));
        let destination = script.builder().directory("{vin}").retry(RetryPolicy::none()).build().unwrap();
        let error = deliver(&destination, b"image").await.unwrap_err();
        let told = format!("{request} {code}: {error:?} {error}");
        assert_eq!(script.fired(), 1, "{told}");
        assert_eq!((error.stage(), error.reply_code()), (Some(stage), Some(code)), "{told}");
        assert!(error.to_string().contains(meaning), "{told}");
        assert!(error.to_string().ends_with(&format!("(code {code})")), "{told}");
        assert_eq!(error.is_retryable(), retryable, "{told}");
        // What may be tried again keeps its temporary file until it is given up; that takes another connection.
        let connections = 1 + usize::from(retryable);
        assert_eq!((error.certainty(), script.connections()), (Certainty::NotProcessed, connections), "{told}");
        assert!(!script.names().iter().any(|name| name.ends_with(".part")), "{told}: {:?}", script.names());
        let shown = format!("{told} {:?}", error.source());
        assert!(!shown.contains(WORDS) && !shown.contains("sentinel"), "{shown}");
    }
}

#[tokio::test]
async fn a_status_without_its_texts_is_understood() {
    for (code, meaning) in [(3, "not permitted"), (15, "the quota is used up")] {
        let script = Script::start(true).await.fault("open", 1, Fault::Bare(code));
        let error = deliver(&script.destination(), b"image").await.unwrap_err();
        assert_eq!((script.fired(), error.reply_code(), error.attempts()), (1, Some(code), 1), "{error:?}");
        assert!(error.to_string().contains(meaning), "{error}");
    }
    // Nothing stands there: no failure at all.
    let script = Script::start(true).await.fault("stat", 1, Fault::Bare(10));
    deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((script.fired(), whole(&script)), (1, only("a.jpg", b"image")));
}

#[tokio::test]
async fn a_lost_connection_of_the_servers_own_and_what_is_no_sftp_are_tried_again() {
    for fault in [Fault::Status(6), Fault::Status(7), Fault::Garbage] {
        let script = Script::start(true).await.fault("open", 1, fault.clone());
        let receipt = deliver(&script.destination(), b"image").await.unwrap();
        assert_eq!((script.fired(), receipt.attempts, script.connections()), (1, 2, 2), "{fault:?}");
        assert_eq!(whole(&script), only("a.jpg", b"image"));
    }
    let script = Script::start(true).await.fault("open", 1, Fault::Garbage);
    let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
    let error = deliver(&once, b"image").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Transport(_)) && error.is_retryable(), "{error:?}");
    assert!(error.source().unwrap().to_string().contains("not SFTP"), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_anywhere_is_tried_again_and_nothing_is_there_twice() {
    for (replaces, request, times) in [
        (true, "mkdir", 1),
        (true, "stat", 1),
        (true, "open", 1),
        (true, "write", 1),
        (true, "close", 1),
        (true, "stat", 2),
        (true, "replace", 1),
        (false, "rename", 1),
        (false, "remove", 1),
    ] {
        for fault in [Fault::Close, Fault::DoAndClose] {
            let told = format!("{request} {times}: {fault:?}");
            let script = Script::start(replaces).await.fault(request, times, fault);
            let destination = script.builder().directory("{vin}").build().unwrap();
            let receipt = deliver(&destination, b"image").await.unwrap_or_else(|error| panic!("{told}: {error:?}"));
            assert_eq!(script.fired(), 1, "{told}");
            assert_eq!((receipt.attempts, script.connections()), (2, 2), "{told}");
            assert_eq!((receipt.certainty, receipt.files[0].verified), (Certainty::Processed, true), "{told}");
            assert_eq!(whole(&script), only("V1/a.jpg", b"image"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_server_that_stops_answering_is_left_in_time() {
    for (request, times, stage) in [
        ("stat", 1, Stage::Verify),
        ("open", 1, Stage::Transfer),
        ("write", 1, Stage::Transfer),
        ("close", 1, Stage::Transfer),
        ("replace", 1, Stage::Rename),
    ] {
        let script = Script::start(true).await.fault(request, times, Fault::DoAndHang).fault("stat", 3, Fault::Close);
        let once = script.builder().timeout(std::time::Duration::from_secs(2)).retry(RetryPolicy::none());
        let result = deliver(&once.build().unwrap(), b"image").await;
        match result {
            // It was renamed, and that was seen afterwards.
            Ok(_) => assert_eq!((request, whole(&script)), ("replace", only("a.jpg", b"image"))),
            Err(error) => {
                assert!(error.is_timeout() && error.is_retryable(), "{request}: {error:?}");
                assert_eq!(error.stage(), Some(stage), "{request}: {error:?}");
            }
        }
        assert!(script.fired() >= 1, "{request}");
    }
}

#[tokio::test]
async fn a_file_is_replaced_at_once_where_the_server_can_and_kept_where_it_is_to_be() {
    let script = Script::start(true).await.with_file("a.jpg", b"older");
    deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((whole(&script), script.count("replace"), script.count("rename")), (only("a.jpg", b"image"), 1, 0));
    assert_eq!(script.count("remove"), 0, "nothing is looked for that cannot be there");
    // Somebody else was quicker between the look and the renaming.
    let script = Script::start(true).await.with_file("a.jpg", b"older").fault("stat", 1, Fault::Status(2));
    let destination = script.builder().existing(Existing::Refuse).build().unwrap();
    let error = deliver(&destination, b"image").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exists), "{error:?}");
    assert_eq!((script.fired(), whole(&script)), (1, only("a.jpg", b"older")));
    // One that has the extension, and does not do it after all.
    let script = Script::start(true).await.with_file("a.jpg", b"older").fault("replace", 1, Fault::Status(8));
    deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((script.fired(), whole(&script)), (1, only("a.jpg", b"image")));
}

/// Where nothing is replaced in one step: the renaming is refused, the older file steps aside, the new one gets the name.
const STEP_ASIDE: usize = 2;
const TAKE_NAME: usize = 3;
/// So often it is tried, since another delivery to this name may be at it.
const EXCHANGES: usize = 4;
const ASIDE: &str = ".a.jpg.old.part";

#[tokio::test]
async fn a_process_that_ends_while_a_file_is_replaced_leaves_what_the_next_delivery_completes() {
    for content in [&b"image"[..], b"another image"] {
        for killed in [true, false] {
            let fault = if killed { Fault::DoAndHang } else { Fault::DoAndClose };
            let script = Script::start(false).await.with_file("a.jpg", b"older").fault("rename", STEP_ASIDE, fault);
            let once = script.builder().timeout(std::time::Duration::from_secs(60)).retry(RetryPolicy::none());
            let once = once.build().unwrap();
            if killed {
                // Dropped, as by a process that ends, once the older file stands aside.
                let aside = async {
                    while !script.files().contains_key(ASIDE) {
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    }
                };
                tokio::select! {
                    result = deliver(&once, b"image") => panic!("it was not cut: {result:?}"),
                    () = aside => {}
                }
            } else {
                let error = deliver(&once, b"image").await.unwrap_err();
                assert_eq!((error.stage(), error.certainty()), (Some(Stage::Rename), Certainty::NotProcessed));
            }
            let left = script.names();
            // A delivery that is killed cannot remove its own temporary file.
            assert_eq!((script.fired(), left.len()), (1, if killed { 2 } else { 1 }), "{left:?}");
            assert!(left.iter().all(|name| name.starts_with(".a.jpg.") && name.ends_with(".part")), "{left:?}");
            assert_eq!(script.files()[ASIDE], b"older", "it is not lost");

            let receipt = deliver(&script.destination(), content).await.unwrap();
            assert_eq!((receipt.certainty, receipt.attempts), (Certainty::Processed, 1));
            assert_eq!(script.files()["a.jpg"], content);
            assert!(!script.names().contains(&ASIDE.to_owned()), "{:?}", script.names());
            assert_eq!(script.names().len(), if killed { 2 } else { 1 }, "{:?}", script.names());
        }
    }
}

#[tokio::test]
async fn a_replacement_that_is_cut_is_completed_by_the_next_attempt() {
    for (times, fault) in [
        (STEP_ASIDE, Fault::Close),
        (STEP_ASIDE, Fault::DoAndClose),
        (TAKE_NAME, Fault::Close),
        (TAKE_NAME, Fault::DoAndClose),
    ] {
        let script = Script::start(false).await.with_file("a.jpg", b"older").fault("rename", times, fault.clone());
        let receipt = deliver(&script.destination(), b"image").await.unwrap();
        assert_eq!((script.fired(), receipt.attempts), (1, 2), "{times} {fault:?}");
        assert_eq!(receipt.certainty, Certainty::Processed);
        assert_eq!(script.files()["a.jpg"], b"image");
        if (times, matches!(fault, Fault::DoAndClose)) == (TAKE_NAME, true) {
            // All was done but for clearing up: that is left to the next delivery to this name.
            assert_eq!(script.names(), [ASIDE, "a.jpg"]);
            deliver(&script.destination(), b"newer image").await.unwrap();
        }
        assert_eq!(script.names(), ["a.jpg"], "{times} {fault:?}");
    }
}

#[tokio::test]
async fn a_replacement_that_is_refused_in_the_middle_puts_the_older_file_back() {
    let script = Script::start(false).await.with_file("a.jpg", b"older").fault("rename", TAKE_NAME, Fault::Status(15));
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((script.fired(), error.reply_code(), error.stage()), (1, Some(15), Some(Stage::Rename)), "{error:?}");
    assert_eq!((whole(&script), error.attempts()), (only("a.jpg", b"older"), 1));
    // One that lets nothing step aside.
    let mut script = Script::start(false).await.with_file("a.jpg", b"older");
    for times in 0..EXCHANGES {
        script = script.fault("rename", STEP_ASIDE + times, Fault::Status(3));
    }
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((script.fired(), error.reply_code()), (EXCHANGES, Some(3)), "{error:?}");
    assert_eq!(whole(&script), only("a.jpg", b"older"));
    // That what stood aside cannot be removed is no failure of the delivery.
    let script = Script::start(false).await.with_file("a.jpg", b"older").fault("remove", 2, Fault::Status(3));
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((script.fired(), receipt.certainty), (1, Certainty::Processed));
    assert_eq!(script.files()["a.jpg"], b"image");
}

#[tokio::test]
async fn the_names_aside_are_in_the_same_folder_and_not_too_long() {
    let long = format!("{}é.jpg", "x".repeat(244));
    let script = Script::start(false).await.with_file(&format!("V1/{long}"), b"older");
    let destination = script.builder().directory("{vin}").build().unwrap();
    let files = [Outgoing::bytes(&long, b"image".to_vec())];
    ftp::deliver(&destination, &files, &Variables::from([("vin", "V1")])).await.unwrap();
    assert_eq!(whole(&script), only(&format!("V1/{long}"), b"image"));
    let aside = script.asked().into_iter().find(|line| line.starts_with("rename V1/x")).unwrap();
    let aside = aside.rsplit('/').next().unwrap();
    assert!(aside.starts_with(".xxx") && aside.ends_with("x.old.part"), "{aside}");
    assert!(aside.len() <= 255, "{}", aside.len());
}

#[tokio::test]
async fn all_of_a_large_file_arrives_whatever_pieces_the_answers_come_in() {
    let content: Vec<u8> = (0..5_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let script = Script::start(true).await.fault("write", 120, Fault::Close);
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts), (1, 2));
    // 119 pieces stand there; of the 64 that may be on the way at once, none is sure.
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: (119 - 64) * 32 * 1024 }));
    assert!(script.files()["a.jpg"] == content);
    assert!(script.tried().iter().all(|way| way == "password") && !script.tried().contains(&PASSWORD.to_owned()));
}

#[tokio::test]
async fn a_file_where_a_folder_should_be_is_told_of() {
    let script = Script::start(true).await.with_file("V1", b"a file");
    let destination = script.builder().directory("{vin}").build().unwrap();
    let error = deliver(&destination, b"image").await.unwrap_err();
    assert_eq!(
        (error.stage(), error.path(), error.reply_code()),
        (Some(Stage::Folder), Some("V1"), Some(4)),
        "{error:?}"
    );
    assert_eq!(whole(&script), only("V1", b"a file"));
}

#[tokio::test]
async fn a_local_file_that_changes_while_it_is_sent_leaves_nothing_and_no_second_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for temporary in [Temporary::Rename, Temporary::Direct] {
        std::fs::write(&path, vec![1; 6_000_000]).unwrap();
        let script = Script::start(true).await;
        let destination = script.builder().temporary(temporary).build().unwrap();
        let changed = path.clone();
        let options = ftp::DeliverOptions::default().progress(move |progress| {
            if progress.sent == 0 {
                std::fs::write(&changed, b"shorter").unwrap();
            }
        });
        let files = [Outgoing::file(&path)];
        let error = ftp::deliver_with(&destination, &files, &Variables::default(), &options).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File { .. }), "{error:?}");
        assert_eq!((error.certainty(), script.connections()), (Certainty::NotProcessed, 1), "{error:?}");
        assert!(script.names().is_empty(), "{:?}", script.names());
    }
}

#[tokio::test]
async fn a_direct_file_whose_last_answer_is_lost_is_looked_at() {
    for request in ["write", "close"] {
        let script = Script::start(true).await.fault(request, 1, Fault::DoAndClose);
        let direct = script.builder().temporary(Temporary::Direct).retry(RetryPolicy::none()).build().unwrap();
        let receipt = deliver(&direct, b"image").await.unwrap();
        assert_eq!(
            (script.fired(), receipt.certainty, script.count("open")),
            (1, Certainty::Processed, 1),
            "{request}"
        );
    }
}
