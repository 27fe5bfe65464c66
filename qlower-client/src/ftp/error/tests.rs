//! Every failure has its sentence in both languages, and names what it must.

use std::io;

use super::*;
use crate::ftp::failure::Failure;
use crate::ftp::wording::Told;
use crate::ftp::{Destination, DestinationBuilder, Protocol};

const PEER: &str = "ftp.garage-nord.example:2121";
const PATH: &str = "in/VF1/front.jpg";
const SECRET: &str = "s3nt1nel-pass";

/// Words that stand in English texts alone.
const ENGLISH: [&str; 14] =
    ["the", "is", "not", "and", "cannot", "was", "were", "which", "with", "within", "while", "broke", "it", "or"];

/// Both texts, after they were found to be two, of one line each, and without a word of the other language.
#[track_caller]
fn both(message: impl Fn(Lang) -> String, named: &[&str]) -> [String; 2] {
    let texts = [message(Lang::En), message(Lang::Fr)];
    for text in &texts {
        assert!(!text.trim().is_empty() && !text.contains(char::is_control), "{text:?}");
        assert!(named.iter().all(|name| text.contains(name)), "{text:?} does not name {named:?}");
        assert!(!text.contains(SECRET), "{text}");
    }
    let words = |text: &str| -> Vec<String> { text.split([' ', ',', ';', ':']).map(str::to_owned).collect() };
    assert_ne!(texts[0], texts[1]);
    assert!(!words(&texts[1]).iter().any(|word| ENGLISH.contains(&word.as_str())), "English: {}", texts[1]);
    texts
}

fn failed(stage: Stage, kind: ErrorKind) -> Error {
    Error::on_the_way(Failure::broken(stage, kind, true).of(PATH), PEER, Receipt::nothing())
}

#[test]
fn every_kind_at_every_stage_is_told_in_both_languages() {
    for stage in Stage::ALL {
        let path: &[&str] = if stage.is_connecting() || stage == Stage::Login { &[PEER] } else { &[PEER, PATH] };
        let refused = ErrorKind::Refused { code: 550, meaning: Wording::fixed("no", "non") };
        both(|lang| failed(stage, ErrorKind::Transport(SECRET.into())).message(lang), path);
        let late = both(|lang| failed(stage, ErrorKind::Timeout(Duration::from_millis(1500))).message(lang), path);
        assert!(late[0].contains("1.5s") && late[1].contains("1,5 s"), "{late:?}");
        let refused = failed(stage, refused);
        both(|lang| refused.message(lang), &[path, &["(code 550)"]].concat());
        both(|lang| failed(stage, ErrorKind::Untrusted(SECRET.into())).message(lang), &[PEER]);
    }
    let at = |kind| failed(Stage::Transfer, kind);
    both(|lang| at(ErrorKind::SizeDiffers { sent: 17, there: 16 }).message(lang), &[PEER, PATH, "17", "16"]);
    both(|lang| at(ErrorKind::Exists).message(lang), &[PEER, PATH]);
    let reuse = both(|lang| at(ErrorKind::SessionReuse).message(lang), &[PEER, "vsftpd", "NoSessionReuseRequired"]);
    assert!(reuse.iter().all(|text| text.contains("require_ssl_reuse=NO")));
    let file = || ErrorKind::File { path: "a/b.jpg".into(), source: io::ErrorKind::NotFound.into() };
    both(|lang| at(file()).message(lang), &["a/b.jpg"]);
    assert_eq!(Error::config("port", ("0", "zéro")).message(Lang::Fr), "port : zéro");
    let broken_off = Error::local(ErrorKind::Transport(SECRET.into()));
    assert_eq!(broken_off.message(Lang::En), "the delivery broke off");
}

#[test]
fn what_is_known_besides_is_told_too() {
    let mut receipt = Receipt::nothing();
    (receipt.attempts, receipt.certainty) = (3, Certainty::Unknown);
    let error = Error::on_the_way(Failure::timeout(Stage::Rename, Duration::from_secs(30)).of(PATH), PEER, receipt);
    let [english, french] = both(|lang| error.message(lang), &[PEER, PATH]);
    assert_eq!(english, error.to_string());
    assert!(english.ends_with("; 3 attempts were made; it is not known whether the file stands there"), "{english}");
    assert!(french.ends_with(" ; 3 tentatives ont été faites ; on ignore si le fichier est arrivé"), "{french}");
}

#[test]
fn causes_are_told_in_french_as_far_as_they_are_known() {
    let told = |cause: Box<dyn StdError + Send + Sync>| {
        let error = failed(Stage::Connect, ErrorKind::Transport(cause));
        both(|lang| error.message_with_causes(lang), &[PEER])
    };
    for kind in [
        io::ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::NetworkUnreachable,
        io::ErrorKind::TimedOut,
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::StorageFull,
    ] {
        let [english, french] = told(Box::new(io::Error::from(kind)));
        assert!(french.starts_with(&format!("pas de connexion à {PEER} : ")), "{french}");
        assert!(english.starts_with(&format!("no connection to {PEER}: ")), "{english}");
    }
    let [_, french] = told(Box::new(io::Error::new(io::ErrorKind::InvalidData, Told::fixed("a", "b"))));
    assert!(french.ends_with(" : b"), "{french}");
    // What nobody knows is left as it is.
    let error = failed(Stage::Connect, ErrorKind::Transport("odd".into()));
    assert_eq!(error.message_with_causes(Lang::Fr), format!("pas de connexion à {PEER} : odd"));
}

#[cfg(feature = "ftp")]
#[test]
fn certificates_are_told_in_french() {
    use rustls::CertificateError as Certificate;

    for (problem, told) in [
        (Certificate::Expired, "a expiré"),
        (Certificate::NotValidYet, "n'est pas encore valable"),
        (Certificate::NotValidForName, "d'autres hôtes"),
        (Certificate::UnknownIssuer, "autorité de confiance"),
        (Certificate::Revoked, "révoqué"),
        (Certificate::BadSignature, "pas digne de confiance"),
    ] {
        let error = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::InvalidCertificate(problem));
        let error = failed(Stage::Secure, ErrorKind::Untrusted(Box::new(error)));
        let french = error.message_with_causes(Lang::Fr);
        assert!(
            french.starts_with(&format!("{PEER} n'a pas prouvé son identité : ")) && french.contains(told),
            "{french}"
        );
    }
}

#[cfg(feature = "ftp")]
#[test]
fn every_reply_of_ftp_has_a_meaning_in_both_languages() {
    for code in 100..700 {
        for words in ["", "disk full", "too many", "session reuse", SECRET] {
            for stage in Stage::ALL {
                let reply = crate::ftp::reply::Reply { code, text: format!("{code} {words}\r\n") };
                let error = Error::on_the_way(reply.refused(stage).of(PATH), PEER, Receipt::nothing());
                let texts = both(|lang| error.message(lang), &[PEER]);
                if let Some(code) = error.reply_code() {
                    assert!(texts.iter().all(|text| text.ends_with(&format!("(code {code})"))), "{texts:?}");
                }
            }
        }
    }
}

/// Each way in which settings cannot be used: the setting, and what is set.
#[test]
fn every_refusal_of_the_builder_is_told_in_both_languages() {
    type Change = fn(DestinationBuilder) -> DestinationBuilder;
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let cases: [(&str, Protocol, Change); 14] = [
        ("port", Protocol::Ftps, |it| it.port(0)),
        ("user", Protocol::Ftps, |it| it.user("")),
        ("user", Protocol::Ftps, |it| it.user("a\r\nb")),
        ("password", Protocol::Ftps, |it| it.password(format!("{SECRET}\n"))),
        ("timeout", Protocol::Ftps, |it| it.timeout(Duration::ZERO)),
        ("connect_timeout", Protocol::Ftps, |it| it.connect_timeout(Duration::ZERO)),
        ("protocol", Protocol::Ftp, |it| it),
        ("key", Protocol::Ftps, |it| it.key(SECRET)),
        ("ca_bundle", Protocol::Ftps, |it| it.ca_bundle(SECRET)),
        ("ca_bundle", Protocol::Ftps, |it| it.ca_bundle_file("not-there.pem")),
        ("key_passphrase", Protocol::Sftp, |it| it.key_passphrase(SECRET)),
        ("host_key", Protocol::Sftp, |it| it.password(SECRET)),
        ("host_key", Protocol::Sftp, |it| it.password(SECRET).host_key(SECRET)),
        ("key", Protocol::Sftp, |it| it.key(SECRET)),
    ];
    let builder = |protocol| Destination::builder(protocol, "ftp.garage-nord.example").user("dms");
    for (setting, protocol, change) in cases {
        let error = change(builder(protocol)).build().unwrap_err();
        both(|lang| error.message_with_causes(lang), &[setting]);
        assert!(matches!(error.kind(), ErrorKind::Config { setting: named, .. } if *named == setting), "{error}");
    }
    let more = [
        Destination::builder(Protocol::Ftps, "ftp.example").build(),
        Destination::builder(Protocol::Ftps, "").user("dms").build(),
        Destination::builder(Protocol::Ftps, "ftp://a/b").user("dms").build(),
        builder(Protocol::Sftp).build(),
        builder(Protocol::Ftps).ca_bundle_file(&empty).build(),
        builder(Protocol::Sftp).password("p").known_hosts_file(&empty).build(),
        builder(Protocol::Sftp).key("ssh-ed25519 AAAA").build(),
        builder(Protocol::Ftps).archive("{vin.zip").build(),
    ];
    for error in more {
        both(|lang| error.as_ref().unwrap_err().message_with_causes(lang), &[]);
    }
}

#[test]
fn a_result_costs_one_pointer() {
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}

#[test]
fn it_crosses_threads_and_fits_every_error_box() {
    fn usable<T: StdError + Send + Sync + 'static>() {}
    usable::<Error>();
}
