//! Logins of SFTP: several ways in a row, questions, and servers that end the connection over them.

use qlower_client::ftp::{self, Destination, Outgoing, Stage, Variables};
use russh::MethodKind::{KeyboardInteractive as Questions, Password, PublicKey as Key};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};

use crate::ftp_servers::{Place, content, place, servers};
use crate::sftp_script::{Fault, PASSWORD, Script, WORDS};

fn key() -> String {
    let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[9; 32])), "").unwrap();
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

#[tokio::test]
async fn several_ways_in_a_row_are_gone_as_the_server_wants_them() {
    for (wanted, tried) in [
        (&[Key][..], &["key"][..]),
        (&[Password], &["password"]),
        (&[Key, Password], &["key", "password"]),
        (&[Password, Key], &["password", "key"]),
        (&[Key, Questions], &["key", "answer", "questions"]),
        (&[Questions, Key], &["answer", "questions", "key"]),
    ] {
        let script = Script::start(true).await.wants(wanted);
        script
            .builder()
            .key(key())
            .build()
            .unwrap()
            .check()
            .await
            .unwrap_or_else(|error| panic!("{wanted:?}: {error:?}"));
        // Ways that the server does not take just then may be tried in between; its answer to them is no refusal.
        let seen: Vec<_> = script.tried().into_iter().collect();
        let mut left = seen.iter();
        assert!(tried.iter().all(|way| left.any(|seen| seen == way)), "{wanted:?}: {seen:?}");
        assert_eq!(script.connections(), 1);
    }
}

#[tokio::test]
async fn what_is_missing_is_told() {
    for (wanted, with_key, meaning) in [
        (&[Key, Password, Questions][..], true, "key and password are accepted, and the server wants more than that"),
        (&[Password, Key], false, "the password is accepted, and the server wants a key as well"),
        (&[Password, Questions], false, "the password is accepted, and the server wants more than that"),
        (&[Key], false, "the server takes no passwords, but keys"),
    ] {
        let script = Script::start(true).await.wants(wanted);
        let builder = if with_key { script.builder().key(key()) } else { script.builder() };
        let error = builder.build().unwrap().check().await.unwrap_err();
        assert!(error.is_login() && !error.is_retryable(), "{wanted:?}: {error:?}");
        assert!(error.to_string().contains(meaning), "{wanted:?}: {error}");
        assert!(!script.tried().contains(&"answer".to_owned()), "the password is not given to another question");
    }
}

#[tokio::test]
async fn questions_that_are_not_about_the_password_alone_get_no_answer() {
    for (rounds, meaning, answers) in [
        (&[&[("Password: ", false)][..]][..], None, 1),
        (&[&[("Password: ", false)], &[]], None, 1),
        (&[&[], &[("Password: ", false)]], None, 1),
        (&[&[("Password: ", false), ("Code: ", false)]], Some("the server asks for more than a password"), 0),
        (&[&[("Name: ", true)]], Some("the server asks for more than a password"), 0),
        (
            &[&[("Password: ", false)], &[("Code: ", false)]],
            Some("user or password is wrong, or the server asks for more"),
            1,
        ),
        (&[&[], &[], &[], &[], &[("Password: ", false)]], Some("the server asks too many questions"), 0),
    ] {
        let script = Script::start(true).await.wants(&[Questions]).asks(rounds);
        let result = script.destination().check().await;
        let told = format!("{rounds:?}: {result:?}");
        assert_eq!(script.tried().iter().filter(|line| *line == "answer").count(), answers, "{told}");
        match (result, meaning) {
            (Ok(_), None) => {}
            (Err(error), Some(meaning)) => {
                assert!(error.is_login() && !error.is_retryable() && error.attempts() == 1, "{told}");
                assert!(error.to_string().contains(meaning), "{told}: {error}");
                assert!(!format!("{error} {error:?}").contains(WORDS), "{told}");
            }
            _ => panic!("{told}"),
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_at_the_login_is_no_refusal() {
    let script = Script::start(true).await.fault("login", 1, Fault::Close);
    let file = [Outgoing::bytes("a.jpg", b"image".to_vec())];
    let receipt = ftp::deliver(&script.destination(), &file, &Variables::default()).await.unwrap();
    assert_eq!((script.fired(), receipt.attempts, script.tried().len()), (1, 2, 2));
    let script = Script::start(true).await.fault("login", 1, Fault::Close);
    let error = script.destination().check().await.unwrap_err();
    assert!(!error.is_login() && error.is_retryable(), "{error:?}");
    assert_eq!((script.fired(), error.stage()), (1, Some(Stage::Login)));
}

#[tokio::test]
async fn a_server_that_ends_the_connection_over_the_tries_is_not_tried_again() {
    // The key is one try, and then there is no other.
    let script = Script::start(true).await.tries(1);
    let file = [Outgoing::bytes("a.jpg", b"image".to_vec())];
    let destination = script.builder().key(key()).build().unwrap();
    let error = ftp::deliver(&destination, &file, &Variables::default()).await.unwrap_err();
    assert!(error.is_login() && !error.is_retryable(), "{error:?}");
    assert_eq!((error.attempts(), script.connections()), (1, 1));
    assert!(error.to_string().contains("perhaps there were too many tries"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_shown_nowhere() {
    for wanted in [&[Password][..], &[Questions]] {
        let script = Script::start(true).await.wants(wanted);
        let wrong = script.builder().password("wrong-sentinel").build().unwrap();
        let error = wrong.check().await.unwrap_err();
        assert!(error.is_login() && error.to_string().contains("user or password is wrong (code 51)"), "{error}");
        let shown = format!("{error} {error:?} {wrong:?}");
        assert!(!shown.contains("sentinel") && !shown.contains(PASSWORD), "{shown}");
    }
}

#[tokio::test]
async fn a_login_that_is_not_for_files_is_told_of() {
    for refused in ["session", "subsystem"] {
        let script = Script::start(true).await.fault(refused, 1, Fault::Close);
        let error = script.destination().check().await.unwrap_err();
        assert_eq!((script.fired(), error.stage(), error.is_retryable()), (1, Some(Stage::Login), false), "{error:?}");
        assert!(error.to_string().contains("the login is accepted, but not for SFTP"), "{refused}: {error}");
    }
}

/// A destination of a real server, with a key that opens its accounts or one that does not.
fn with(place: &Place, key: Option<&str>, password: Option<&str>) -> Destination {
    let account = place.main();
    let builder = place.unknown(account).directory(format!("steps/{}", place.name));
    let builder = if let Some(key) = key { builder.key_file(&servers().keys[key].path) } else { builder };
    if let Some(password) = password { builder.password(password) } else { builder }.build().unwrap()
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn openssh_that_wants_two_ways_in_a_row_gets_them() {
    for name in ["openssh-key-password", "openssh-password-key", "openssh-key-interactive"] {
        let Some(place) = place(name) else { continue };
        let password = place.main().password.as_str();
        for key in ["ed25519", "rsa", "ecdsa"] {
            let destination = with(place, Some(key), Some(password));
            let bytes = content(30_000, 3);
            let files = [Outgoing::bytes(format!("{key}.jpg"), bytes.clone())];
            ftp::deliver(&destination, &files, &Variables::default())
                .await
                .unwrap_or_else(|error| panic!("{name} {key}: {error:?}"));
            let there = place.main().root.join(format!("steps/{name}/{key}.jpg"));
            assert!(std::fs::read(there).unwrap() == bytes);
        }
        let refusal = async |key, password| {
            let error = with(place, key, password).check().await.unwrap_err();
            assert!(error.is_login() && !error.is_retryable(), "{name}: {error:?}");
            error.to_string()
        };
        let first_key = name.starts_with("openssh-key");
        let told = refusal(Some("stranger"), Some(password)).await;
        let wanted = if first_key { "the key is not accepted" } else { "the password is accepted, but the key is not" };
        assert!(told.contains(wanted), "{name}: {told}");
        let told = refusal(Some("ed25519"), Some("wrong-sentinel")).await;
        let wanted =
            if first_key { "the key is accepted, but the password is not" } else { "the password is not accepted" };
        assert!(told.contains(wanted) && !told.contains("sentinel"), "{name}: {told}");
        let told = refusal(Some("ed25519"), None).await;
        let wanted = if first_key { "wants the password as well" } else { "the server takes no keys" };
        assert!(told.contains(wanted), "{name}: {told}");
        let told = refusal(None, Some(password)).await;
        let wanted = if first_key { "the server takes no passwords, but keys" } else { "wants a key as well" };
        assert!(told.contains(wanted), "{name}: {told}");
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_password_after_a_refused_key_is_taken() {
    for name in ["openssh", "openssh-interactive", "proftpd-sftp"] {
        let Some(place) = place(name) else { continue };
        with(place, Some("stranger"), Some(&place.main().password)).check().await.unwrap();
        let error = with(place, Some("stranger"), Some("wrong-sentinel")).check().await.unwrap_err();
        assert!(
            error.is_login() && !error.is_retryable() && !error.to_string().contains("sentinel"),
            "{name}: {error}"
        );
    }
}
