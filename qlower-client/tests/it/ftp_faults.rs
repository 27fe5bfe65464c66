//! Deliveries whose server fails at a chosen moment: what is known afterwards is what is so.

use std::time::{Duration, Instant};

use qlower_client::ftp::{How, Stage, Temporary};
use qlower_client::{Certainty, RetryPolicy};

use crate::ftp_script::{Fault, Script, deliver, large, larger};

#[tokio::test]
async fn a_connection_that_breaks_anywhere_is_tried_again_and_nothing_is_there_twice() {
    for (command, times) in [
        ("GREETING", 1),
        ("USER", 1),
        ("PASS", 1),
        ("FEAT", 1),
        ("TYPE", 1),
        ("MKD", 1),
        ("SIZE", 1),
        ("SIZE", 2),
        ("EPSV", 1),
        ("STOR", 1),
        ("RNFR", 1),
        ("RNTO", 1),
    ] {
        for fault in [Fault::Close, Fault::Answer("421 too many connections"), Fault::DoAndClose] {
            if command == "GREETING" && matches!(fault, Fault::DoAndClose) {
                continue;
            }
            let told = format!("{command} {times}: {fault:?}");
            let script = Script::start().await.fault(command, times, fault);
            let destination = script.builder().directory("{vin}").build().unwrap();
            let receipt = deliver(&destination, b"image").await.unwrap_or_else(|error| panic!("{told}: {error:?}"));
            assert_eq!(script.fired(), 1, "{told}");
            assert_eq!((receipt.attempts, script.connections()), (2, 2), "{told}");
            assert_eq!(receipt.certainty, Certainty::Processed, "{told}");
            assert_eq!(
                script.files().into_iter().collect::<Vec<_>>(),
                [("V1/a.jpg".to_owned(), b"image".to_vec())],
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_stops_answering_is_left_in_time_at_every_stage() {
    for (command, times, stage) in [
        ("GREETING", 1, Stage::Connect),
        ("USER", 1, Stage::Login),
        ("PASS", 1, Stage::Login),
        ("FEAT", 1, Stage::Login),
        ("TYPE", 1, Stage::Login),
        ("MKD", 1, Stage::Folder),
        ("EPSV", 1, Stage::Transfer),
        ("STOR", 1, Stage::Transfer),
        ("SIZE", 1, Stage::Verify),
        ("RNFR", 1, Stage::Rename),
    ] {
        let script = Script::start().await.fault(command, times, Fault::Hang);
        let builder = script.builder().directory("{vin}").retry(RetryPolicy::none());
        let begun = Instant::now();
        let error = deliver(&builder.build().unwrap(), b"image").await.unwrap_err();
        assert_eq!(script.fired(), 1, "{command} {times}");
        assert!(error.is_timeout() && error.is_retryable(), "{command} {times}: {error:?}");
        assert_eq!(error.stage(), Some(stage), "{command} {times}: {error:?}");
        assert!(error.to_string().contains("700ms"), "{error}");
        let took = begun.elapsed();
        assert!(
            (Duration::from_millis(600)..Duration::from_millis(2500)).contains(&took),
            "{command} {times}: {took:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_takes_no_more_of_a_file_is_left_and_the_rest_follows() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::HangAfter(100_000));
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts), (1, 2));
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: 100_000 }));
    assert!(script.files()["a.jpg"] == content);
}

#[tokio::test]
async fn a_file_that_was_cut_is_continued_and_is_the_same() {
    let content = large();
    let script =
        Script::start().await.fault("STOR", 1, Fault::CutAfter(3_000_001)).fault("STOR", 2, Fault::CutAfter(1_234_567));
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts), (2, 3));
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: 4_234_568 }));
    assert!(script.files()["a.jpg"] == content, "not what was sent");
    assert_eq!(
        script.commands().iter().filter(|line| line.starts_with("REST")).collect::<Vec<_>>(),
        ["REST 3000001", "REST 4234568"]
    );
}

#[tokio::test]
async fn a_server_without_offsets_is_asked_to_append_where_nobody_else_writes() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::CutAfter(3_000_000)).always("REST", "502 not here");
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts, script.count("APPE")), (1, 2, 1));
    assert_eq!(receipt.files[0].how, Some(How::Resumed { from: 3_000_000 }));
    assert!(script.files()["a.jpg"] == content, "not what was sent");

    let content = larger();
    let script = Script::start().await.always("REST", "502 not here");
    let receipt = deliver(&script.destination(), &content).await.unwrap();
    assert_eq!((script.count("REST"), script.count("APPE"), receipt.attempts), (1, 0, 1), "others may find it by then");
    assert!(script.files()["a.jpg"] == content, "not what was sent");
}

#[tokio::test]
async fn where_files_cannot_be_continued_they_are_sent_anew() {
    let content = large();
    for refusing in ["REST", "STOR"] {
        let script = Script::start().await.fault("STOR", 1, Fault::CutAfter(3_000_000));
        let script = match refusing {
            "REST" => script.always("REST", "502 not here").always("APPE", "550 nor here"),
            _ => script.fault("STOR", 2, Fault::Answer("451 Append/Restart not permitted, try again")),
        };
        let receipt = deliver(&script.destination(), &content).await.unwrap();
        assert_eq!(receipt.attempts, 2, "{refusing}: not a connection more than the cut needs");
        assert_eq!(receipt.files[0].how, Some(How::Stored), "{refusing}");
        assert!(script.files()["a.jpg"] == content, "{refusing}");
        assert_eq!(script.count("DELE"), 1, "{refusing}: servers may not let files be overwritten");
    }
}

#[tokio::test]
async fn after_a_lost_reply_to_the_transfer_nothing_is_sent_twice() {
    for fault in [Fault::DoAndClose, Fault::DoAndHang] {
        let script = Script::start().await.fault("STOR", 1, fault);
        let receipt = deliver(&script.destination(), b"image").await.unwrap();
        assert_eq!((script.fired(), receipt.attempts, script.count("STOR")), (1, 2, 1));
        assert_eq!(receipt.files[0].how, Some(How::Resumed { from: 5 }));
        assert_eq!(script.files()["a.jpg"], b"image");
    }
}

#[tokio::test]
async fn after_a_lost_reply_to_the_renaming_the_server_is_asked() {
    for (fault, renamed) in [(Fault::DoAndClose, 1), (Fault::DoAndHang, 1), (Fault::Close, 2), (Fault::Hang, 2)] {
        let script = Script::start().await.with_file("a.jpg", b"older").fault("RNTO", 1, fault.clone());
        let receipt = deliver(&script.destination(), b"image").await.unwrap();
        assert_eq!((script.fired(), receipt.attempts), (1, 2), "{fault:?}");
        assert_eq!((script.count("STOR"), script.count("RNTO")), (1, renamed), "{fault:?}");
        assert_eq!(receipt.files[0].certainty, Certainty::Processed, "{fault:?}");
        assert!(receipt.files[0].verified, "{fault:?}");
        assert_eq!(
            script.files().into_iter().collect::<Vec<_>>(),
            [("a.jpg".to_owned(), b"image".to_vec())],
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn what_is_left_open_without_another_try_is_looked_at_once_more() {
    for (fault, stands) in [(Fault::DoAndClose, true), (Fault::Close, false)] {
        let script = Script::start().await.fault("RNTO", 1, fault);
        let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
        let result = deliver(&once, b"image").await;
        assert_eq!((script.fired(), script.connections(), script.count("STOR")), (1, 2, 1));
        match result {
            Ok(receipt) => assert!(stands && receipt.files[0].certainty == Certainty::Processed),
            Err(error) => assert!(!stands && error.certainty() == Certainty::NotProcessed, "{error:?}"),
        }
    }
    // Nobody answers when it looks.
    let script = Script::start().await.fault("RNTO", 1, Fault::DoAndClose).fault("GREETING", 2, Fault::Close);
    let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
    let error = deliver(&once, b"image").await.unwrap_err();
    assert_eq!((script.fired(), error.certainty()), (2, Certainty::Unknown));
    assert!(error.to_string().ends_with("; it is not known whether the file stands there"), "{error}");
    assert_eq!(error.receipt().files[0].certainty, Certainty::Unknown);
}

#[tokio::test]
async fn after_the_renaming_a_file_stands_there_even_if_its_size_is_not_told_any_more() {
    // The size of the temporary file is the first that is asked for, that of the file itself the second.
    for temporary in [Temporary::Rename, Temporary::Direct] {
        let nth = if temporary == Temporary::Rename { 2 } else { 1 };
        for fault in [Fault::Close, Fault::Hang] {
            for retry in [RetryPolicy::none(), RetryPolicy::default().max_attempts(2)] {
                let script = Script::start().await.fault("SIZE", nth, fault.clone());
                let destination = script.builder().temporary(temporary).retry(retry).build().unwrap();
                let receipt = deliver(&destination, b"image").await.unwrap();
                assert_eq!((script.fired(), receipt.certainty), (1, Certainty::Processed), "{temporary} {fault:?}");
                assert_eq!((script.count("STOR"), script.count("DELE")), (1, 0), "{temporary} {fault:?}");
            }
        }
        // Nobody answers when it looks.
        let script = Script::start().await.fault("SIZE", nth, Fault::Close).fault("GREETING", 2, Fault::Close);
        let once = script.builder().temporary(temporary).retry(RetryPolicy::none()).build().unwrap();
        let error = deliver(&once, b"image").await.unwrap_err();
        assert_eq!((script.fired(), error.certainty()), (2, Certainty::Unknown), "{temporary}");
        assert_eq!(script.files()["a.jpg"], b"image");
    }
}

#[tokio::test]
async fn a_file_is_not_removed_for_one_that_cannot_be_renamed() {
    let script = Script::start().await.with_file("a.jpg", b"older").always("RNFR", "550 no such file");
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((error.stage(), error.reply_code()), (Some(Stage::Rename), Some(550)));
    assert_eq!(script.files().into_iter().collect::<Vec<_>>(), [("a.jpg".to_owned(), b"older".to_vec())]);
}

#[tokio::test]
async fn a_delivery_that_is_given_up_clears_away_what_nobody_else_would_find() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::CutAfter(700_000));
    let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
    let error = deliver(&once, &content).await.unwrap_err();
    assert_eq!((script.fired(), error.certainty(), script.connections()), (1, Certainty::NotProcessed, 2));
    assert!(script.names().is_empty(), "{:?}", script.names());

    // A refusal leaves the connection, and nothing for another one to do.
    let script = Script::start().await.fault("STOR", 1, Fault::EndAfter(700_000, "552 quota"));
    let error = deliver(&script.destination(), &content).await.unwrap_err();
    assert_eq!((script.fired(), error.certainty(), script.connections()), (1, Certainty::NotProcessed, 1));
    assert!(script.names().is_empty(), "{:?}", script.names());
}

#[tokio::test]
async fn a_data_connection_that_is_closed_early_and_called_a_success_is_found_out() {
    let content = large();
    // The server says that all is well, after a part that fits the buffers and after one that does not.
    for (size, after) in [(20_000, 10_000), (content.len(), 1_000_000)] {
        let content = &content[..size];
        let script = Script::start().await.fault("STOR", 1, Fault::EndAfter(after, "226 stored"));
        let receipt = deliver(&script.destination(), content).await.unwrap();
        assert_eq!((script.fired(), receipt.attempts), (1, 2), "{size}");
        assert_eq!(receipt.files[0].how, Some(How::Resumed { from: after as u64 }), "{size}");
        assert!(script.files()["a.jpg"] == content, "{size}");

        let script = Script::start().await.fault("STOR", 1, Fault::EndAfter(after, "226 stored"));
        let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
        let error = deliver(&once, content).await.unwrap_err();
        assert_eq!((script.fired(), error.certainty()), (1, Certainty::NotProcessed), "{size}: {error:?}");
        assert!(!script.names().contains(&"a.jpg".to_owned()), "half a file must not get the name");
    }
}

#[tokio::test]
async fn direct_files_are_continued_too_and_half_of_one_is_removed() {
    let content = large();
    let script = Script::start().await.fault("STOR", 1, Fault::CutAfter(700_000));
    let direct = script.builder().temporary(Temporary::Direct);
    let receipt = deliver(&direct.clone().build().unwrap(), &content).await.unwrap();
    assert_eq!((script.fired(), receipt.files[0].how), (1, Some(How::Resumed { from: 700_000 })));
    assert!(script.files()["a.jpg"] == content);

    // Given up in the middle: removed on the same connection, or on one of its own.
    for (fault, connections) in [(Fault::EndAfter(700_000, "552 quota"), 1), (Fault::CutAfter(700_000), 2)] {
        let script = Script::start().await.fault("STOR", 1, fault.clone());
        let direct = script.builder().temporary(Temporary::Direct).retry(RetryPolicy::none()).build().unwrap();
        let error = deliver(&direct, &content).await.unwrap_err();
        assert_eq!((script.fired(), error.certainty()), (1, Certainty::NotProcessed), "{fault:?}");
        assert!(script.names().is_empty(), "{fault:?}");
        assert_eq!(script.connections(), connections, "{fault:?}");
    }

    // What was there before is not ours to remove.
    for (command, answer) in [("STOR", "553 no"), ("EPSV", "421 bye")] {
        let script = Script::start().await.with_file("a.jpg", b"older").fault(command, 1, Fault::Answer(answer));
        let direct = script.builder().temporary(Temporary::Direct).retry(RetryPolicy::none()).build().unwrap();
        deliver(&direct, &content).await.unwrap_err();
        assert_eq!((script.fired(), &*script.files()["a.jpg"]), (1, &b"older"[..]), "{command}");
    }

    // The reply was lost, and it stands there.
    let script = Script::start().await.fault("STOR", 1, Fault::DoAndClose);
    let direct = script.builder().temporary(Temporary::Direct).retry(RetryPolicy::none()).build().unwrap();
    let receipt = deliver(&direct, b"image").await.unwrap();
    assert_eq!((script.fired(), receipt.certainty), (1, Certainty::Processed));
}
