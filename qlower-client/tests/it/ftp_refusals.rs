//! What servers refuse, do not know or do in their own way, and what is told of it.

use std::error::Error as _;

use qlower_client::ftp::{self, Error, ErrorKind, Existing, How, Outgoing, Stage, Temporary, Variables};
use qlower_client::{Certainty, RetryPolicy};

use crate::ftp_script::{Fault, PASSWORD, Script, deliver, large};

#[tokio::test]
async fn a_full_disk_or_quota_is_told_and_not_tried_again() {
    let content = large();
    for fault in [
        Fault::EndAfter(200_000, "552 Quota exceeded"),
        Fault::EndAfter(200_000, "452 no room"),
        Fault::ObjectAfter(200_000, "552 Quota exceeded"),
        Fault::Answer("550 Disk full"),
    ] {
        let script = Script::start().await.fault("STOR", 1, fault.clone());
        let error = deliver(&script.destination(), &content).await.unwrap_err();
        assert_eq!((script.fired(), error.attempts()), (1, 1), "{fault:?}");
        assert!(error.to_string().contains("no room left, or the quota is used up (code "), "{fault:?}: {error}");
        assert_eq!((error.stage(), error.is_retryable()), (Some(Stage::Transfer), false));
        assert_eq!(error.certainty(), Certainty::NotProcessed);
    }
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_a_lasting_one_is_not() {
    for (command, answer, attempts) in [
        ("PASS", "530 no", 1),
        ("PASS", "530 Sorry, the maximum number of clients (1) from your host are already connected.", 2),
        ("PASS", "421 too many", 2),
        ("STOR", "425 no data connection", 2),
        ("STOR", "450 busy", 2),
        ("STOR", "451 error", 2),
        ("STOR", "553 not this name", 1),
        ("RNTO", "550 no", 1),
        ("RNFR", "451 error", 2),
    ] {
        let script = Script::start().await.fault(command, 1, Fault::Answer(answer));
        let script = if answer.starts_with("550") { script.always("RNTO", answer) } else { script };
        let result = deliver(&script.destination(), b"image").await;
        assert_eq!(script.fired(), 1);
        let made = result.as_ref().map_or_else(Error::attempts, |receipt| receipt.attempts);
        assert_eq!((made, result.is_err()), (attempts, attempts == 1), "{command} {answer}: {result:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_rename_is_told_of_and_nothing_is_left_there() {
    let script = Script::start().await.always("RNFR", "502 no renaming here");
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((error.stage(), error.attempts(), error.reply_code()), (Some(Stage::Rename), 1, Some(502)));
    assert!(error.to_string().contains("set temporary to direct"), "{error}");
    assert_eq!(error.path(), Some("a.jpg"));
    assert!(script.names().is_empty(), "{:?}", script.names());

    let direct = script.builder().temporary(Temporary::Direct).build().unwrap();
    let receipt = deliver(&direct, b"image").await.unwrap();
    assert!(receipt.files[0].verified);
    assert_eq!(script.names(), ["a.jpg"]);
}

#[tokio::test]
async fn a_server_that_replaces_nothing_has_the_old_file_removed_first() {
    let script = Script::start().await.with_file("a.jpg", b"older").fault("RNTO", 1, Fault::Answer("550 File exists"));
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((script.fired(), receipt.attempts), (1, 1));
    assert_eq!(script.files().into_iter().collect::<Vec<_>>(), [("a.jpg".to_owned(), b"image".to_vec())]);
}

#[tokio::test]
async fn a_file_of_the_name_is_replaced_kept_or_refused() {
    for existing in [Existing::Replace, Existing::Keep, Existing::Refuse] {
        for temporary in [Temporary::Rename, Temporary::Direct] {
            let script = Script::start().await.with_file("a.jpg", b"older");
            let destination = script.builder().existing(existing).temporary(temporary).build().unwrap();
            let result = deliver(&destination, b"image").await;
            let stands = script.files()["a.jpg"].clone();
            match existing {
                Existing::Replace => assert!(result.is_ok() && stands == b"image"),
                Existing::Keep => {
                    assert_eq!(result.unwrap().files[0].how, Some(How::Kept));
                    assert_eq!((stands, script.count("STOR")), (b"older".to_vec(), 0));
                }
                _ => {
                    let error = result.unwrap_err();
                    assert!(matches!(error.kind(), ErrorKind::Exists) && !error.is_retryable(), "{error:?}");
                    assert_eq!((stands, script.count("STOR")), (b"older".to_vec(), 0));
                }
            }
        }
    }
    // Where that cannot be seen, nothing is put at stake.
    let script = Script::start().await.with_file("a.jpg", b"older").always("SIZE", "502 what?");
    let destination = script.builder().existing(Existing::Keep).build().unwrap();
    let error = deliver(&destination, b"image").await.unwrap_err();
    assert_eq!((error.stage(), error.reply_code(), script.count("STOR")), (Some(Stage::Verify), Some(502), 0));
}

#[tokio::test]
async fn a_server_that_tells_no_sizes_gets_its_files_which_are_then_not_verified() {
    let script = Script::start().await.always("SIZE", "500 what?");
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((receipt.certainty, receipt.files[0].verified), (Certainty::Processed, false));
    assert_eq!(script.names(), ["a.jpg"]);
    // A lost reply to the renaming: sending again is all there is, and does no harm.
    let script = Script::start().await.always("SIZE", "500 what?").fault("RNTO", 1, Fault::DoAndClose);
    let receipt = deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!(
        (script.fired(), receipt.certainty, script.names()),
        (1, Certainty::Processed, vec!["a.jpg".to_owned()])
    );
}

#[tokio::test]
async fn data_go_to_the_host_of_the_control_connection_whatever_the_server_says() {
    // The script's PASV names 192.0.2.1, where nobody is.
    for answer in ["500 EPSV not understood", "522 use PASV", "229 nothing useful"] {
        let script = Script::start().await.always("EPSV", answer);
        let files = ["a.jpg", "b.jpg"].map(|name| Outgoing::bytes(name, b"image".to_vec()));
        ftp::deliver(&script.destination(), &files, &Variables::default()).await.unwrap();
        assert_eq!((script.count("EPSV"), script.count("PASV")), (1, 2), "{answer}: asked once");
        assert_eq!(script.names(), ["a.jpg", "b.jpg"]);
    }
    // A gateway that opens no port for EPSV.
    let script = Script::start().await.fault("EPSV", 1, Fault::Answer("229 go on (|||1|)"));
    deliver(&script.destination(), b"image").await.unwrap();
    assert_eq!((script.fired(), script.count("PASV")), (1, 1));
    // Neither works.
    let script = Script::start().await.always("EPSV", "229 (|||1|)").always("PASV", "227 (127,0,0,1,0,1)");
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((error.stage(), error.attempts(), error.is_retryable()), (Some(Stage::Transfer), 3, true));
    assert!(error.source().unwrap().to_string().contains("passive ports cannot be reached"));
}

#[tokio::test]
async fn folders_are_made_once_and_those_that_are_there_are_no_failure() {
    let script = Script::start().await;
    let destination = script.builder().directory("in/{vin}").build().unwrap();
    let files = ["a.jpg", "b.jpg"].map(|name| Outgoing::bytes(name, b"image".to_vec()));
    let variables = Variables::from([("vin", "V1")]);
    ftp::deliver(&destination, &files, &variables).await.unwrap();
    assert_eq!(script.names(), ["in/V1/a.jpg", "in/V1/b.jpg"]);
    assert_eq!(script.count("MKD"), 2);
    ftp::deliver(&destination, &files, &variables).await.unwrap();
    assert_eq!(script.names(), ["in/V1/a.jpg", "in/V1/b.jpg"], "the folder of the login was found again");

    let script = Script::start().await.always("MKD", "550 Permission denied");
    let destination = script.builder().directory("in/{vin}").build().unwrap();
    let error = ftp::deliver(&destination, &files, &variables).await.unwrap_err();
    assert_eq!((error.stage(), error.path(), error.attempts()), (Some(Stage::Folder), Some("in"), 1));
}

#[tokio::test]
async fn what_is_no_ftp_server_is_told_so() {
    for greeting in ["SSH-2.0-OpenSSH_9.2", "HTTP/1.1 400 Bad Request", "+OK POP3 ready"] {
        let script = Script::start().await.fault("GREETING", 1, Fault::Answer(greeting));
        let once = script.builder().retry(RetryPolicy::none()).build().unwrap();
        let error = once.check().await.unwrap_err();
        assert_eq!((script.fired(), error.stage(), error.is_connect()), (1, Some(Stage::Connect), true));
        assert!(error.source().unwrap().to_string().contains("not an FTP server"), "{error:?}");
    }
}

#[tokio::test]
async fn no_secret_and_no_word_of_the_server_is_shown() {
    let script = Script::start().await.fault("PASS", 1, Fault::Answer("530 pw-s3cr3t-0815-sentinel is wrong, dms"));
    let destination = script.destination();
    let error = deliver(&destination, b"image").await.unwrap_err();
    assert!(error.is_login() && error.attempts() == 1, "{error:?}");
    assert_eq!(script.fired(), 1);
    let shown = format!("{error} {error:?} {:?} {destination:?} {:?}", error.source(), script.builder());
    assert!(!shown.contains(PASSWORD) && !shown.contains("sentinel"), "{shown}");
    assert!(script.commands().contains(&format!("PASS {PASSWORD}")), "it was sent");
    assert_eq!(
        error.to_string(),
        format!(
            "127.0.0.1:{} refused the login: the user or the password is wrong, or the user may not log in this way (code 530)",
            script.address.port()
        )
    );
}

#[tokio::test]
async fn a_server_that_asks_to_wait_for_ever_is_not_waited_for() {
    let answer = |waits: usize| &*format!("{}200 ok", "150 wait\r\n".repeat(waits)).leak();
    let script = Script::start().await.always("TYPE", answer(16));
    deliver(&script.destination(), b"image").await.unwrap();
    let script = Script::start().await.always("TYPE", answer(17));
    let error = deliver(&script.destination(), b"image").await.unwrap_err();
    assert_eq!((error.stage(), error.reply_code(), error.attempts()), (Some(Stage::Login), Some(150), 1), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_does_not_come_back_to_its_folder_is_given_up() {
    let script = Script::start().await;
    let destination = script.builder().directory("in/{vin}").build().unwrap();
    deliver(&destination, b"image").await.unwrap();
    let script = script.fault("CWD", 2, Fault::Answer("550 no way back"));
    let error = deliver(&destination, b"newer").await.unwrap_err();
    assert_eq!((script.fired(), error.stage(), error.certainty()), (1, Some(Stage::Folder), Certainty::NotProcessed));
    assert_eq!(script.names(), ["in/V1/a.jpg"], "nothing in another folder");
    assert_eq!(script.files()["in/V1/a.jpg"], b"image");
}

#[tokio::test]
async fn an_empty_password_is_said_too() {
    let script = Script::start().await;
    let error = script.builder().password("").build().unwrap().check().await.unwrap_err();
    assert!(error.is_login(), "{error:?}");
    assert!(script.commands().contains(&"PASS ".to_owned()), "{:?}", script.commands());
}
