//! Data connections of FTPS by the TLS that a server speaks: sessions it gives or does not give, and those that it wants continued.

use std::error::Error as _;

use qlower_client::Certainty;
use qlower_client::ftp::{self, ErrorKind, Outgoing, Stage, Variables};
use tokio_rustls::rustls::SupportedProtocolVersion;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::ftps_script::{Demand, Kind, Script};

static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static NEWER: [&SupportedProtocolVersion; 1] = [&TLS13];
static OLDER: [&SupportedProtocolVersion; 1] = [&TLS12];

const USUAL: Kind =
    Kind { versions: &BOTH, tickets: 2, keeps: true, demand: Demand::Nothing, injected: "", another: false };

fn files() -> [Outgoing; 5] {
    [1, 2, 3, 4, 5].map(|n| Outgoing::bytes(format!("{n}.jpg"), vec![n; 40_000 * usize::from(n)]))
}

#[tokio::test]
async fn several_files_arrive_whatever_sessions_the_server_gives() {
    for (what, kind, protection) in [
        ("usual", USUAL, "TLS 1.3"),
        ("1.3 alone", Kind { versions: &NEWER, ..USUAL }, "TLS 1.3"),
        ("1.3 alone, no tickets", Kind { versions: &NEWER, tickets: 0, ..USUAL }, "TLS 1.3"),
        ("1.3 alone, none kept", Kind { versions: &NEWER, keeps: false, ..USUAL }, "TLS 1.3"),
        ("1.2 alone", Kind { versions: &OLDER, ..USUAL }, "TLS 1.2"),
        ("1.2 alone, none kept", Kind { versions: &OLDER, keeps: false, ..USUAL }, "TLS 1.2"),
    ] {
        let script = Script::start(kind.clone()).await;
        let destination = script.builder().build().unwrap();
        let receipt = ftp::deliver(&destination, &files(), &Variables::default()).await;
        let receipt = receipt.unwrap_or_else(|error| panic!("{what}: {error:?} {:?}", error.source()));
        assert_eq!((receipt.attempts, receipt.protection.as_deref()), (1, Some(protection)), "{what}");
        assert_eq!(script.connections(), 1, "{what}");
        let there: Vec<_> = script.files().into_iter().map(|(name, content)| (name, content.len())).collect();
        let wanted: Vec<_> = (1..=5).map(|n| (format!("{n}.jpg"), 40_000 * n)).collect();
        assert_eq!(there, wanted, "{what}");
        // Where sessions are given, they are continued; where they are not, that is seen too.
        let gives = kind.keeps && (kind.tickets > 0 || protection == "TLS 1.2");
        let expected = if gives { (5, 0) } else { (0, 5) };
        assert_eq!(script.data_connections(), expected, "{what}");
    }
}

#[tokio::test]
async fn sessions_that_are_wanted_are_continued_by_either_version() {
    for (what, kind, connections) in [
        ("usual", USUAL, 1),
        ("1.2 alone", Kind { versions: &OLDER, ..USUAL }, 1),
        // Two for the control connection, and none for those of data: from the third file on another control connection.
        ("1.3 alone", Kind { versions: &NEWER, ..USUAL }, 1),
        // None of TLS 1.3: then TLS 1.2.
        ("no tickets", Kind { tickets: 0, ..USUAL }, 2),
    ] {
        for demand in [
            Demand::Answers("522 SSL connection failed: session reuse required"),
            Demand::Answers("425 Unable to build data connection: session reuse required"),
            Demand::Closes("425 Unable to build data connection: Operation not permitted"),
        ] {
            let script = Script::start(Kind { demand, ..kind.clone() }).await;
            let destination = script.builder().build().unwrap();
            let receipt = ftp::deliver(&destination, &files(), &Variables::default()).await;
            let receipt = receipt.unwrap_or_else(|error| panic!("{what} {demand:?}: {error:?} {:?}", error.source()));
            assert_eq!((receipt.certainty, script.files().len()), (Certainty::Processed, 5), "{what} {demand:?}");
            assert_eq!(script.connections(), connections, "{what} {demand:?}");
            // It is remembered.
            ftp::deliver(&destination, &files(), &Variables::default()).await.unwrap();
            assert_eq!(script.connections(), connections + 1, "{what} {demand:?}");
        }
    }
}

#[tokio::test]
async fn sessions_that_are_wanted_and_not_to_be_had_are_told_of_with_the_setting() {
    for (what, versions, attempts) in [
        ("both", &BOTH[..], 2),
        // TLS 1.2 is asked for in between.
        ("1.3 alone", &NEWER, 3),
        ("1.2 alone", &OLDER, 1),
    ] {
        for demand in [
            Demand::Answers("522 SSL connection failed: session reuse required"),
            Demand::Answers("425 Unable to build data connection: session reuse required"),
            Demand::Closes("522 SSL connection failed: session reuse required"),
            Demand::Closes("425 Unable to build data connection: Operation not permitted"),
            Demand::BreaksOff("522 SSL connection failed: session reuse required"),
            Demand::BreaksOff("425 Unable to build data connection: Operation not permitted"),
        ] {
            let script = Script::start(Kind { versions, tickets: 0, keeps: false, demand, ..USUAL }).await;
            let error =
                ftp::deliver(&script.builder().build().unwrap(), &files(), &Variables::default()).await.unwrap_err();
            let told = format!("{what} {demand:?}: {error:?} {:?}", error.source());
            assert!(matches!(error.kind(), ErrorKind::SessionReuse), "{told}");
            assert_eq!((error.stage(), error.certainty()), (Some(Stage::Transfer), Certainty::NotProcessed), "{told}");
            assert_eq!((error.attempts(), error.is_retryable()), (attempts, false), "{told}");
            assert!(error.to_string().contains("require_ssl_reuse=NO"), "{told}");
            assert!(error.to_string().contains("NoSessionReuseRequired"), "{told}");
            assert_eq!(script.data_connections().0, 0, "{told}");
            assert!(script.data_connections().1 >= 1 && script.files().is_empty(), "{told}");
        }
    }
}

#[tokio::test]
async fn data_go_to_nobody_with_another_certificate() {
    for versions in [&NEWER, &OLDER] {
        let script = Script::start(Kind { versions, tickets: 0, keeps: false, another: true, ..USUAL }).await;
        let error =
            ftp::deliver(&script.builder().build().unwrap(), &files(), &Variables::default()).await.unwrap_err();
        assert!(error.is_untrusted() && !error.is_retryable(), "{error:?} {:?}", error.source());
        assert_eq!(
            (error.stage(), error.attempts(), error.certainty()),
            (Some(Stage::Transfer), 1, Certainty::NotProcessed)
        );
        assert!(script.files().is_empty());
    }
}

#[tokio::test]
async fn what_is_said_before_tls_does_not_count_as_said_under_it() {
    let script = Script::start(Kind { injected: "331 injected\r\n", ..USUAL }).await;
    let error = ftp::deliver(&script.builder().build().unwrap(), &files(), &Variables::default()).await.unwrap_err();
    assert!(error.is_untrusted() && !error.is_retryable(), "{error:?}");
    assert_eq!((error.stage(), error.attempts()), (Some(Stage::Secure), 1));
    assert!(error.source().unwrap().to_string().contains("between the agreement on TLS and its beginning"));
}
