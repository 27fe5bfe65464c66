//! Deliveries to FTP servers of other makers: sessions of TLS, cuts, identities, quotas.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qlower_client::ftp::{
    self, DeliverOptions, Destination, ErrorKind, How, Outgoing, Protocol, Stage, Temporary, Variables,
};
use qlower_client::{Certainty, RetryPolicy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::ftp_servers::{Place, content, ftp_places, place};

/// Places whose certificate is good, which tell sizes, and want no session that they do not keep.
fn usual() -> impl Iterator<Item = &'static Place> {
    let peculiar = [
        "pyftpdlib-expired",
        "pyftpdlib-other-host",
        "pyftpdlib-no-size",
        "pyftpdlib-forgets",
        "pyftpdlib-forgets-tls13",
    ];
    ftp_places().filter(move |place| !peculiar.contains(&&*place.name))
}

fn folder() -> Variables {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let text = format!("e{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Variables::from([("folder", text.as_str())])
}

fn at(root: &Path, receipt: &ftp::Receipt, n: usize) -> PathBuf {
    root.join(&receipt.files[n].path)
}

/// What is sent to the control port goes through, until it is cut.
struct Gate {
    port: u16,
    cut: watch::Sender<usize>,
    accepted: Arc<AtomicUsize>,
    /// Connections that were cut.
    closed: Arc<AtomicUsize>,
}

impl Gate {
    async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (cut, watched) = watch::channel(0);
        let accepted = Arc::new(AtomicUsize::new(0));
        let closed = Arc::new(AtomicUsize::new(0));
        let here = listener.local_addr().unwrap().port();
        let gate = Self { port: here, cut, accepted: Arc::clone(&accepted), closed: Arc::clone(&closed) };
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut watched = watched.clone();
                watched.mark_unchanged();
                accepted.fetch_add(1, Ordering::SeqCst);
                let closed = Arc::clone(&closed);
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = watched.changed() => {
                            drop((near, far));
                            closed.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        gate
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn hundreds_of_files_go_over_one_connection_everywhere() {
    for place in usual() {
        let destination = place.quick("main").directory("{folder}").build().unwrap();
        let files: Vec<_> =
            (0..300).map(|n| Outgoing::bytes(format!("{n}.jpg"), content(100 + n * 37, n as u64))).collect();
        let begun = std::time::Instant::now();
        let receipt = ftp::deliver(&destination, &files, &folder()).await;
        let receipt = receipt.unwrap_or_else(|error| panic!("{}: {error:?}, {:?}", place.name, error.source()));
        println!("{}: {:?}, {:?}, {} attempts", place.name, begun.elapsed(), receipt.protection, receipt.attempts);
        assert_eq!(receipt.attempts, 1, "{}", place.name);
        // proftpd gives no further sessions of TLS 1.3 than two.
        let expected = match &*place.name {
            name if name.starts_with("proftpd") => Some("TLS 1.2"),
            "pyftpdlib-tls12" => Some("TLS 1.2"),
            _ => Some("TLS 1.3").filter(|_| place.protocol != "ftp"),
        };
        assert_eq!(receipt.protection.as_deref(), expected, "{}", place.name);
        for n in 0..300 {
            let there = std::fs::read(at(&place.main().root, &receipt, n)).unwrap();
            assert!(there == content(100 + n * 37, n as u64), "{}: {n}", place.name);
            assert!(receipt.files[n].verified);
        }
    }
}

/// How often the connection is cut, and how much more the server then has than when it was made.
const CUTS: usize = 2;
const PIECE: u64 = 100_000;

fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..30_000 {
        if is() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("there never was {what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_file_that_is_cut_twice_is_the_same_everywhere() {
    let content = content(60_000_000, 7);
    for place in usual() {
        let gate = Gate::before(place.port).await;
        let root = place.main().root.clone();
        let destination = place.quick("main").port(gate.port).directory("{folder}").build().unwrap();
        let variables = folder();
        // Once the server has some of it, the control connection breaks; so twice. Until then it goes out slowly.
        let cuts = Arc::new(AtomicUsize::new(0));
        let (cutting, slow) = (Arc::clone(&cuts), Arc::clone(&gate.closed));
        let (cut, accepted) = (gate.cut.clone(), Arc::clone(&gate.accepted));
        let folder = root.join(format!("{variables:?}").split('"').nth(3).unwrap());
        let largest = move || {
            let sizes = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            sizes.filter_map(|file| Some(file.metadata().ok()?.len())).max().unwrap_or(0)
        };
        let watching = tokio::task::spawn_blocking(move || {
            let mut before = 0;
            for _ in 0..CUTS {
                until("another connection", || accepted.load(Ordering::SeqCst) > before);
                let enough = largest() + PIECE;
                until("enough of the file", || largest() >= enough);
                before = accepted.load(Ordering::SeqCst);
                cutting.fetch_add(1, Ordering::SeqCst);
                cut.send_modify(|n| *n += 1);
            }
        });
        // Longer than progress is kept back, so that it is told of each piece. Once the connection is cut it is to be noticed.
        let options = DeliverOptions::default().progress(move |progress| {
            let made = slow.load(Ordering::SeqCst);
            if made < CUTS && progress.attempt as usize > made {
                std::thread::sleep(Duration::from_millis(110));
            }
        });
        let files = [Outgoing::bytes("a.jpg", content.clone())];
        let receipt = ftp::deliver_with(&destination, &files, &variables, &options).await;
        let receipt = receipt.unwrap_or_else(|error| panic!("{}: {error:?}, {:?}", place.name, error.source()));
        watching.await.unwrap();
        assert!(std::fs::read(at(&root, &receipt, 0)).unwrap() == content, "{}: not what was sent", place.name);
        let names = std::fs::read_dir(at(&root, &receipt, 0).parent().unwrap()).unwrap().count();
        assert_eq!(names, 1, "{}: nothing else is left", place.name);
        assert_eq!((cuts.load(Ordering::SeqCst), receipt.attempts), (CUTS, 3), "{}", place.name);
        match receipt.files[0].how {
            Some(How::Resumed { from }) => assert!(place.resumes && from >= PIECE, "{}: {from}", place.name),
            how => assert!(!place.resumes && how == Some(How::Stored), "{}: {how:?}", place.name),
        }
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_server_that_wants_sessions_continued_and_keeps_none_is_told_of_with_the_setting() {
    // TLS 1.2 is tried as well where it is spoken; where it is not, it would be the same again.
    for (name, attempts) in [("pyftpdlib-forgets", 2), ("pyftpdlib-forgets-tls13", 3)] {
        let place = place(name).unwrap();
        let files = ["a.jpg", "b.jpg"].map(|name| Outgoing::bytes(name, content(50_000, 1)));
        let destination = place.quick("main").directory("{folder}").build().unwrap();
        let error = ftp::deliver(&destination, &files, &folder()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::SessionReuse), "{name}: {error:?} {:?}", error.source());
        assert_eq!((error.stage(), error.certainty()), (Some(Stage::Transfer), Certainty::NotProcessed), "{name}");
        assert_eq!((error.attempts(), error.is_retryable()), (attempts, false), "{name}: {error:?}");
        assert!(error.to_string().contains("vsftpd: require_ssl_reuse=NO"), "{error}");
        // A login alone needs no session.
        destination.check().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_server_that_cannot_prove_who_it_is_gets_no_password() {
    let file = [Outgoing::bytes("a.jpg", b"image".to_vec())];
    for (name, cause) in [("pyftpdlib-expired", "expired"), ("pyftpdlib-other-host", "not valid for name")] {
        let destination = place(name).unwrap().quick("main").build().unwrap();
        let error = ftp::deliver(&destination, &file, &Variables::default()).await.unwrap_err();
        assert!(error.is_untrusted() && error.is_connect() && !error.is_retryable(), "{error:?}");
        assert_eq!((error.attempts(), error.stage()), (1, Some(Stage::Secure)));
        assert!(error.source().unwrap().to_string().contains(cause), "{:?}", error.source());
    }
    // Of an authority that this machine does not know, or the bundle does not have.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    for (protocol, name) in [(Protocol::Ftps, "vsftpd"), (Protocol::FtpsImplicit, "pyftpdlib-ftps-implicit")] {
        let Some(place) = place(name) else { continue };
        for bundle in [None, Some(&other)] {
            let builder = Destination::builder(protocol, "localhost").port(place.port).user("dms").password("x");
            let builder = if let Some(pem) = bundle { builder.ca_bundle(pem) } else { builder };
            let error = builder.build().unwrap().check().await.unwrap_err();
            assert!(error.is_untrusted(), "{name}: {error:?} {:?}", error.source());
        }
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_connection_can_be_tested_and_tells_its_protection() {
    for place in usual() {
        let protection = place.quick("main").build().unwrap().check().await.unwrap();
        match &*place.protocol {
            "ftp" => assert_eq!(protection, None, "{}", place.name),
            _ if place.name == "pyftpdlib-tls12" => assert_eq!(protection.as_deref(), Some("TLS 1.2")),
            _ => assert_eq!(protection.as_deref(), Some("TLS 1.3"), "{}", place.name),
        }
        let wrong = place.quick("main").password("wrong-sentinel").build().unwrap();
        let error = wrong.check().await.unwrap_err();
        assert!(error.is_login() && !error.is_retryable(), "{}: {error:?}", place.name);
        assert!(!format!("{error} {error:?} {wrong:?}").contains("sentinel"));
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn plain_and_protected_do_not_fall_into_each_other() {
    // A server without TLS is not spoken to without it.
    let plain = place("pyftpdlib-ftp").unwrap();
    let ftps = Destination::builder(Protocol::Ftps, "127.0.0.1").port(plain.port).user("dms").password("x");
    let error = ftps.build().unwrap().check().await.unwrap_err();
    assert_eq!((error.stage(), error.is_retryable()), (Some(Stage::Secure), false), "{error:?}");
    assert!(error.to_string().contains("it offers no TLS"), "{error}");
    // One that wants TLS refuses the login without it.
    if let Some(vsftpd) = place("vsftpd") {
        let destination = Destination::builder(Protocol::Ftp, "127.0.0.1").port(vsftpd.port).user("dms").password("x");
        let error = destination.build().unwrap().check().await.unwrap_err();
        assert!(error.is_login(), "{error:?}");
    }
    // Explicit spoken to implicit, and the reverse.
    let limit = Duration::from_secs(2);
    for (protocol, name) in [(Protocol::Ftps, "pyftpdlib-ftps-implicit"), (Protocol::FtpsImplicit, "pyftpdlib-ftps")] {
        let builder = Destination::builder(protocol, "127.0.0.1")
            .port(place(name).unwrap().port)
            .user("dms")
            .connect_timeout(limit);
        let error = builder.build().unwrap().check().await.unwrap_err();
        assert!(error.is_connect(), "{name}: {error:?}");
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_quota_that_is_used_up_is_told_everywhere() {
    let large = content(4_000_000, 3);
    for place in usual() {
        for temporary in [Temporary::Rename, Temporary::Direct] {
            let destination = place.quick("quota").directory("{folder}").temporary(temporary).build().unwrap();
            let files = [Outgoing::bytes("a.jpg", large.clone())];
            let error = ftp::deliver(&destination, &files, &folder()).await.unwrap_err();
            println!("{} {temporary}: {error}", place.name);
            assert_eq!(error.certainty(), Certainty::NotProcessed, "{}: {error:?}", place.name);
            assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{}: {error:?}", place.name);
            assert!(error.attempts() == 1 || error.reply_code() != Some(552), "{}: {error:?}", place.name);
        }
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn peculiar_servers_are_coped_with() {
    let file = [Outgoing::bytes("a.jpg", b"image".to_vec())];
    // An address for data where nobody is, no EPSV.
    let lies = place("pyftpdlib-passive-lies").unwrap().quick("main").build().unwrap();
    assert!(ftp::deliver(&lies, &file, &Variables::default()).await.unwrap().files[0].verified);
    // No sizes.
    let silent = place("pyftpdlib-no-size").unwrap().quick("main").build().unwrap();
    let receipt = ftp::deliver(&silent, &file, &Variables::default()).await.unwrap();
    assert_eq!((receipt.certainty, receipt.files[0].verified), (Certainty::Processed, false));
    // No renaming.
    let plain = place("pyftpdlib-ftps").unwrap();
    // Others deliver there too: this is a folder of its own.
    let own = || plain.quick("no-rename").directory("peculiar");
    let error = ftp::deliver(&own().build().unwrap(), &file, &Variables::default()).await.unwrap_err();
    assert_eq!((error.stage(), error.attempts()), (Some(Stage::Rename), 1), "{error:?}");
    assert!(error.to_string().contains("set temporary to direct"), "{error}");
    assert_eq!(std::fs::read_dir(plain.account("no-rename").unwrap().root.join("peculiar")).unwrap().count(), 0);
    let direct = own().temporary(Temporary::Direct).build().unwrap();
    assert!(ftp::deliver(&direct, &file, &Variables::default()).await.unwrap().files[0].verified);
    // One that hangs in the middle: found out by the time limit, and the time-out told.
    let hangs = plain.quick("hangs").timeout(Duration::from_millis(800)).retry(RetryPolicy::none()).build().unwrap();
    let large = [Outgoing::bytes("a.jpg", content(24_000_000, 5))];
    let error = ftp::deliver(&hangs, &large, &Variables::default()).await.unwrap_err();
    assert!(error.is_timeout() && error.stage() == Some(Stage::Transfer), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn names_with_accents_and_blanks_and_files_of_no_byte_arrive() {
    for place in usual() {
        let destination = place.quick("main").directory("{folder}/Garage du Nord").build().unwrap();
        let files = ["Zoé n° 1.jpg", "-l", "a  b", "{x}", "100%"].map(|name| Outgoing::bytes(name, Vec::new()));
        let variables = folder();
        let receipt = ftp::deliver(&destination, &files, &variables).await;
        let receipt = receipt.unwrap_or_else(|error| panic!("{}: {error:?}", place.name));
        for n in 0..files.len() {
            let there = at(&place.main().root, &receipt, n);
            assert_eq!(std::fs::read(&there).ok(), Some(Vec::new()), "{}: {}", place.name, there.display());
        }
        // Once more: all of it is replaced.
        let again = ftp::deliver(&destination, &files, &variables).await;
        again.unwrap_or_else(|error| panic!("{}: {error:?}", place.name));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn what_is_dropped_leaves_a_part_and_what_is_told_grows() {
    let Some(place) = place("proftpd") else { return };
    let destination = place.quick("main").directory("{folder}").build().unwrap();
    let variables = folder();
    let big = content(24_000_000, 9);
    let files = [Outgoing::bytes("a.jpg", big.clone())];
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let options = DeliverOptions::default().progress(move |progress| tell.send(progress.sent).unwrap());
    tokio::select! {
        result = ftp::deliver_with(&destination, &files, &variables, &options) => panic!("{result:?}"),
        () = async { while told.recv().await.unwrap() < 200_000 {} } => {}
    }
    let receipt = ftp::deliver(&destination, &files, &variables).await.unwrap();
    assert!(matches!(receipt.files[0].how, Some(How::Resumed { .. })), "{receipt:?}");
    assert!(std::fs::read(at(&place.main().root, &receipt, 0)).unwrap() == big);
}
