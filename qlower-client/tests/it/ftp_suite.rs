//! The same deliveries to every server and by every protocol; what stands on the server's disk is compared byte by byte.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use qlower_client::ftp::{
    self, DeliverOptions, Destination, DestinationBuilder, Error, ErrorKind, Existing, How, Outgoing, Stage, Temporary,
    Variables,
};
use qlower_client::{Certainty, RetryPolicy};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::ftp_servers::{Place, content, names, place, tree};

macro_rules! suite {
    (@one $module:ident $place:literal $tests:tt) => {
        mod $module {
            suite!(@tests $place $tests);
        }
    };
    (@tests $place:literal [$($test:ident)*]) => {
        $(
            #[tokio::test]
            #[ignore = "needs the FTP servers: ./test.sh tests"]
            async fn $test() {
                if let Some(place) = super::place($place) {
                    super::$test(place).await;
                }
            }
        )*
    };
    ([$($module:ident = $place:literal),* $(,)?] $tests:tt) => {
        $(suite!(@one $module $place $tests);)*
    };
}

suite! {
    [
        pyftpdlib_ftp = "pyftpdlib-ftp",
        pyftpdlib_ftps = "pyftpdlib-ftps",
        pyftpdlib_ftps_implicit = "pyftpdlib-ftps-implicit",
        pyftpdlib_passive_lies = "pyftpdlib-passive-lies",
        pyftpdlib_no_resume = "pyftpdlib-no-resume",
        pyftpdlib_no_size = "pyftpdlib-no-size",
        vsftpd = "vsftpd",
        proftpd = "proftpd",
        proftpd_strict = "proftpd-strict",
        proftpd_sftp = "proftpd-sftp",
        pure_ftpd = "pure-ftpd",
        openssh = "openssh",
        openssh_interactive = "openssh-interactive",
    ]
    [
        files_stand_in_their_folders
        an_archive_and_a_side_file_hold_what_was_sent
        a_payload_arrives_as_its_bytes
        a_file_is_replaced_kept_or_refused
        a_delivery_that_was_cut_goes_on_where_it_ended
        a_large_file_arrives
        two_hundred_files_go_over_one_connection
        a_wrong_password_is_told_once_and_shown_nowhere
        a_full_quota_leaves_nothing_under_the_name
        a_refused_renaming_names_the_setting_that_helps
        two_deliveries_into_one_new_folder_do_not_disturb_each_other
        a_connection_is_checked_without_a_trace
    ]
}

/// A folder of its own on the server for each test.
struct Room {
    place: &'static Place,
    name: &'static str,
    folder: PathBuf,
}

impl Room {
    fn new(place: &'static Place, name: &'static str) -> Self {
        let folder = place.main().root.join(name).join(&place.name);
        Self { place, name, folder }
    }

    fn builder(&self) -> DestinationBuilder {
        self.place.to(self.place.main()).directory(format!("{}/{}", self.name, self.place.name))
    }

    fn destination(&self) -> Destination {
        self.builder().build().unwrap()
    }

    fn there(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.folder)
    }
}

fn none() -> Variables {
    Variables::default()
}

async fn files_stand_in_their_folders(place: &'static Place) {
    let room = Room::new(place, "folders");
    let files = [("front.jpg", 100_000), ("Seite links é ñ 日本.jpg", 5), ("empty.json", 0), ("a b  c.txt", 70_000)];
    let outgoing: Vec<_> = files.iter().map(|(name, size)| Outgoing::bytes(*name, content(*size, 1))).collect();
    let destination =
        room.builder().directory(format!("folders/{}/{{vin}}/Bilder é", room.place.name)).build().unwrap();
    let receipt = ftp::deliver(&destination, &outgoing, &Variables::from([("vin", "WVWZZZ")])).await.unwrap();
    let wanted = files.iter().map(|(name, size)| (format!("WVWZZZ/Bilder é/{name}"), content(*size, 1)));
    assert_eq!(room.there(), wanted.collect());
    assert_eq!((receipt.certainty, receipt.attempts, receipt.files.len()), (Certainty::Processed, 1, 4));
    assert_eq!(receipt.protection.is_some(), !matches!(destination.protocol(), ftp::Protocol::Ftp));
    for (file, (_, size)) in receipt.files.iter().zip(files) {
        assert_eq!((file.size, file.how), (size as u64, Some(How::Stored)));
        assert_eq!(file.verified, room.place.name != "pyftpdlib-no-size", "{}", file.path);
    }
}

async fn an_archive_and_a_side_file_hold_what_was_sent(place: &'static Place) {
    let room = Room::new(place, "archive");
    let destination =
        room.builder().archive("{vin}.zip").file("vin_{n:02}.{ext}").side_file("{vin}.json").build().unwrap();
    let outgoing = [Outgoing::bytes("x.jpg", content(90_000, 2)), Outgoing::bytes("y.json", &b"{\"a\": 1}"[..])];
    let details = serde_json::json!({"uploaded_by": "Zoé"});
    let options = DeliverOptions::default().details(details.as_object().cloned().unwrap());
    let variables = Variables::from([("vin", "V1")]);
    let receipt = ftp::deliver_with(&destination, &outgoing, &variables, &options).await.unwrap();
    let there = room.there();
    assert_eq!(there.keys().collect::<Vec<_>>(), ["V1.json", "V1.zip"]);
    let mut archive = zip::ZipArchive::new(Cursor::new(&there["V1.zip"])).unwrap();
    let mut entries = BTreeMap::new();
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.insert(entry.name().unwrap().into_owned(), bytes);
    }
    assert_eq!(
        entries,
        BTreeMap::from([
            ("vin_01.jpg".to_owned(), content(90_000, 2)),
            ("vin_02.json".to_owned(), b"{\"a\": 1}".to_vec())
        ])
    );
    let side: serde_json::Value = serde_json::from_slice(&there["V1.json"]).unwrap();
    assert_eq!(side["details"], details);
    assert_eq!(side["files"][0]["name"], "vin_01.jpg");
    let hash = receipt.files.iter().find(|file| file.path.ends_with("V1.zip")).unwrap().sha256.clone();
    let digest: String = Sha256::digest(&there["V1.zip"]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, digest);
    assert!(receipt.files.last().unwrap().path.ends_with("V1.json"), "it comes last");
}

async fn a_payload_arrives_as_its_bytes(place: &'static Place) {
    let room = Room::new(place, "payload");
    let checked = crate::support::checked();
    let destination = room.builder().file("{partner}-{hash:8}.json").build().unwrap();
    ftp::deliver(&destination, &[Outgoing::payload(&checked)], &none()).await.unwrap();
    let there = room.there();
    assert_eq!(there.values().collect::<Vec<_>>(), [checked.bytes()]);
}

async fn a_file_is_replaced_kept_or_refused(place: &'static Place) {
    let room = Room::new(place, "existing");
    let send = async |existing, seed, size| {
        let destination = room.builder().existing(existing).retry(RetryPolicy::none()).build().unwrap();
        ftp::deliver(&destination, &[Outgoing::bytes("a.jpg", content(size, seed))], &none()).await
    };
    let there = || room.there().into_iter().collect::<Vec<_>>();
    send(Existing::Replace, 1, 3000).await.unwrap();
    let receipt = send(Existing::Replace, 2, 2000).await.unwrap();
    assert_eq!(receipt.files[0].how, Some(How::Stored));
    let second = [("a.jpg".to_owned(), content(2000, 2))];
    assert_eq!(there(), second);
    // A server that tells no size cannot say what is there: then nothing is done.
    if room.place.name == "pyftpdlib-no-size" {
        for existing in [Existing::Keep, Existing::Refuse] {
            let error = send(existing, 3, 1000).await.unwrap_err();
            assert_eq!((error.stage(), error.certainty()), (Some(Stage::Verify), Certainty::NotProcessed));
            assert_eq!(there(), second);
        }
        return;
    }
    let receipt = send(Existing::Keep, 3, 1000).await.unwrap();
    assert_eq!(receipt.files[0].how, Some(How::Kept));
    assert_eq!(there(), second);
    let error = send(Existing::Refuse, 3, 1000).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exists), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!(there(), second);
}

/// Drops a delivery once so many bytes of a file have gone out, as a process that ends does; how many there were.
async fn cut(destination: &Destination, file: Outgoing, after: u64) -> u64 {
    let (sent, gone) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
    let (seen, told) = (Arc::clone(&sent), Arc::clone(&gone));
    let options = DeliverOptions::default().progress(move |progress| {
        if progress.sent >= after {
            seen.store(progress.sent, Ordering::SeqCst);
            told.notify_one();
        }
        // Progress is told ten times a second; so there is little of the file in between.
        std::thread::sleep(Duration::from_millis(90));
    });
    let (files, variables) = ([file], none());
    tokio::select! {
        biased;
        () = gone.notified() => sent.load(Ordering::SeqCst),
        result = ftp::deliver_with(destination, &files, &variables, &options) => panic!("it was not cut: {result:?}"),
    }
}

async fn a_delivery_that_was_cut_goes_on_where_it_ended(place: &'static Place) {
    let room = Room::new(place, "cut");
    let destination = room.destination();
    let whole = content(80_000_000, 4);
    let sent = cut(&destination, Outgoing::bytes("big.jpg", whole.clone()), 4_000_000).await;
    assert!((4_000_000..80_000_000).contains(&sent), "{sent}");
    // The server notices that the connection is gone, and writes what it still had.
    let mut part = (String::new(), 0);
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = room.there().into_iter().next().map(|(name, bytes)| (name, bytes.len())).unwrap_or_default();
        if now == part && now.1 > 0 {
            break;
        }
        part = now;
    }
    let (name, size) = part;
    assert!(name.starts_with(".big.jpg.") && name.ends_with(".part"), "{name}");
    assert!(size > 0 && size < whole.len(), "the cut was in the middle: {size}");
    let receipt = ftp::deliver(&destination, &[Outgoing::bytes("big.jpg", whole.clone())], &none()).await.unwrap();
    let mut there = room.there();
    assert!(there.remove("big.jpg") == Some(whole), "not what was sent");
    // What nobody can go on with has a name that nobody else uses.
    let left = usize::from(receipt.files[0].how == Some(How::Stored));
    assert!(there.len() == left && there.keys().all(|name| name.ends_with(".part")), "{:?}", there.keys());
    match receipt.files[0].how {
        Some(How::Resumed { from }) => {
            assert!(room.place.resumes && from > 0 && from <= size as u64, "{from} of {size}")
        }
        // Without sizes nobody knows where to go on.
        how => assert!(!room.place.resumes || room.place.name == "pyftpdlib-no-size", "{how:?}"),
    }
}

async fn a_large_file_arrives(place: &'static Place) {
    let room = Room::new(place, "large");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    let whole = content(50_000_000, 5);
    std::fs::write(&path, &whole).unwrap();
    let receipt = ftp::deliver(&room.destination(), &[Outgoing::file(&path)], &none()).await.unwrap();
    assert!(room.there() == BTreeMap::from([("large.zip".to_owned(), whole)]), "{:?}", room.there().keys());
    assert_eq!(receipt.attempts, 1);
}

async fn two_hundred_files_go_over_one_connection(place: &'static Place) {
    let room = Room::new(place, "many");
    let destination = room.builder().file("vin_{n:03}.jpg").build().unwrap();
    let files: Vec<_> = (0..200).map(|n| Outgoing::bytes("x.jpg", content(3000 + n, n as u64))).collect();
    let receipt = ftp::deliver(&destination, &files, &none()).await.unwrap();
    assert_eq!((receipt.attempts, receipt.files.len()), (1, 200));
    let wanted = (0..200).map(|n| (format!("vin_{:03}.jpg", n + 1), content(3000 + n, n as u64)));
    assert!(room.there() == wanted.collect(), "{:?}", room.there().keys());
}

/// No form of an error shows a secret.
fn assert_silent(error: &Error, secret: &str) {
    let mut shown = format!("{error} {error:?} {error:#?} {}", serde_json::to_string(error.receipt()).unwrap());
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        shown += &format!(" {cause} {cause:?}");
        next = cause.source();
    }
    assert!(!shown.contains(secret), "{shown}");
}

async fn a_wrong_password_is_told_once_and_shown_nowhere(place: &'static Place) {
    let account = place.main();
    let wrong = "wrong-sentinel-4711";
    let destination = place.unknown(account).password(wrong).build().unwrap();
    let error = ftp::deliver(&destination, &[Outgoing::bytes("a", vec![1])], &none()).await.unwrap_err();
    assert!(error.is_login(), "{error:?}");
    assert!(!error.is_retryable());
    assert_eq!((error.attempts(), error.certainty()), (1, Certainty::NotProcessed));
    assert_silent(&error, wrong);
    assert!(destination.check().await.unwrap_err().is_login());
}

async fn a_full_quota_leaves_nothing_under_the_name(place: &'static Place) {
    let Some(account) = place.account("quota") else { panic!("no account with a quota") };
    // Each place of one server has the same account, and so the same quota.
    let name = format!("{}-too-large.jpg", place.name);
    let destination = place.to(account).retry(RetryPolicy::none()).build().unwrap();
    let error =
        ftp::deliver(&destination, &[Outgoing::bytes(&name, content(6_000_000, 7))], &none()).await.unwrap_err();
    let ErrorKind::Refused { code, .. } = error.kind() else { panic!("{error:?}") };
    let known: &[u32] = if place.is_sftp() { &[4] } else { &[451, 452, 552] };
    assert!(known.contains(code), "{error:?}");
    // vsftpd has no code of its own for it.
    assert_eq!(error.is_retryable(), *code == 451, "{error:?}");
    assert_eq!((error.stage(), error.certainty()), (Some(Stage::Transfer), Certainty::NotProcessed));
    assert!(!account.root.join(&name).exists());
    for left in std::fs::read_dir(&account.root).unwrap() {
        // The quota is for all tests of this server: nothing of this one may use it up.
        let left = left.unwrap();
        if left.file_name().to_str().unwrap().contains(&name) {
            std::fs::remove_file(left.path()).unwrap();
        }
    }
}

async fn a_refused_renaming_names_the_setting_that_helps(place: &'static Place) {
    let Some(account) = place.account("no-rename") else { return };
    let name = format!("{}.jpg", place.name);
    let file = [Outgoing::bytes(&name, content(5000, 8))];
    let error = ftp::deliver(&place.to(account).build().unwrap(), &file, &none()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error:?}");
    assert_eq!((error.stage(), error.certainty(), error.attempts()), (Some(Stage::Rename), Certainty::NotProcessed, 1));
    assert!(error.to_string().contains("temporary"), "{error}");
    let there = names(&account.root);
    assert!(there.iter().all(|found| !found.contains(&name)), "{there:?}");
    let destination = place.to(account).temporary(Temporary::Direct).build().unwrap();
    ftp::deliver(&destination, &file, &none()).await.unwrap();
    assert_eq!(std::fs::read(account.root.join(&name)).unwrap(), content(5000, 8));
}

async fn two_deliveries_into_one_new_folder_do_not_disturb_each_other(place: &'static Place) {
    let room = Room::new(place, "both");
    let destination = room.destination();
    let send = async |prefix: &str| {
        let files: Vec<_> =
            (0..20_u64).map(|n| Outgoing::bytes(format!("{prefix}{n}.jpg"), content(20_000, n))).collect();
        ftp::deliver(&destination, &files, &none()).await
    };
    let (one, two) = tokio::join!(send("a"), send("b"));
    assert_eq!((one.unwrap().attempts, two.unwrap().attempts), (1, 1));
    let wanted =
        ["a", "b"].iter().flat_map(|prefix| (0..20).map(move |n| (format!("{prefix}{n}.jpg"), content(20_000, n))));
    assert!(room.there() == wanted.collect(), "{:?}", room.there().keys());
}

async fn a_connection_is_checked_without_a_trace(place: &'static Place) {
    let room = Room::new(place, "checked");
    let protection = room.destination().check().await.unwrap();
    match room.destination().protocol() {
        ftp::Protocol::Ftp => assert_eq!(protection, None),
        ftp::Protocol::Sftp => {
            let protection = protection.unwrap();
            assert!(protection.starts_with("SSH, ") && protection.contains("SHA256:"), "{protection}");
        }
        _ => assert!(protection.unwrap().starts_with("TLS 1."), "not told"),
    }
    assert!(!room.folder.exists());
}
