//! What only SFTP has: host keys, files of known hosts, private keys, questions at the login; and cuts of its one connection.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qlower_client::RetryPolicy;
use qlower_client::ftp::{self, Destination, DestinationBuilder, Error, How, Outgoing, Protocol, Stage, Variables};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::ftp_servers::{Place, content, place, servers, tree};

async fn send(destination: &Destination, name: &str, bytes: Vec<u8>) -> Result<ftp::Receipt, Error> {
    ftp::deliver(destination, &[Outgoing::bytes(name, bytes)], &Variables::default()).await
}

/// A builder for the place without any trust.
fn bare(place: &Place) -> DestinationBuilder {
    place.untrusted(place.main())
}

fn other_key() -> String {
    format!("SHA256:{}", "A".repeat(43))
}

/// Each SFTP server.
async fn everywhere(test: impl AsyncFn(&'static Place)) {
    for name in ["openssh", "openssh-interactive", "proftpd-sftp"] {
        if let Some(place) = place(name) {
            test(place).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_host_key_of_any_kind_is_trusted_by_its_fingerprint() {
    everywhere(async |place| {
        for key in &place.host_keys {
            let fingerprint = format!(" {}= ", key.fingerprint);
            let destination = bare(place).host_key(other_key()).host_key(fingerprint).build().unwrap();
            let protection =
                destination.check().await.unwrap_or_else(|error| panic!("{} {}: {error:?}", place.name, key.kind));
            assert!(protection.unwrap().contains(&key.fingerprint), "{} {}", place.name, key.kind);
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn another_host_key_ends_it_before_the_login_and_is_shown() {
    everywhere(async |place| {
        let destination = bare(place).host_key(other_key()).build().unwrap();
        let error = send(&destination, "a", vec![1]).await.unwrap_err();
        assert!(error.is_untrusted() && error.is_connect() && !error.is_retryable(), "{error:?}");
        assert_eq!((error.stage(), error.attempts()), (Some(Stage::Secure), 1));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(&place.host_keys[0].fingerprint), "{cause}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn files_of_known_hosts_are_read_as_openssh_reads_them() {
    everywhere(async |place| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        let (port, key) = (place.port, &place.host_keys[0].line);
        let check = async |text: String| {
            std::fs::write(&path, text).unwrap();
            match bare(place).known_hosts_file(&path).build() {
                Ok(destination) => destination.check().await.map(drop),
                Err(error) => Err(error),
            }
        };
        check(format!("# mine\n\n[127.0.0.1]:{port} {key} a comment\n")).await.unwrap();
        check(format!("127.0.0.1 {key}\n")).await.unwrap();
        check(format!("other.example,[127.0.0.*]:{port}\t{key}\r\n")).await.unwrap();
        // As OpenSSH hides names.
        std::fs::write(&path, format!("[127.0.0.1]:{port} {key}\n")).unwrap();
        let hidden = Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(&path).output().unwrap();
        assert!(hidden.status.success());
        let hashed = std::fs::read_to_string(&path).unwrap();
        assert!(hashed.starts_with("|1|"), "{hashed}");
        check(hashed).await.unwrap();

        let revoked = format!("[127.0.0.1]:{port} {key}\n@revoked * {key}\n");
        let error = check(revoked.clone()).await.unwrap_err();
        assert!(error.is_untrusted(), "{error:?}");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("revoked by line 2"), "{error:?}");
        // What is revoked is not saved by its fingerprint.
        std::fs::write(&path, revoked).unwrap();
        let both = bare(place).known_hosts_file(&path).host_key(&place.host_keys[0].fingerprint).build().unwrap();
        assert!(both.check().await.unwrap_err().is_untrusted());

        let error = check(format!("!*127.0.0.1*,* {key}\n[elsewhere]:{port} {key}\n")).await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains(&format!("no key for [127.0.0.1]:{port}")), "{error}");
        let error = check(format!("[127.0.0.1]:{port} ssh-ed25519 AAAA\n")).await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains("line 1"), "{error}");
        let error = check(format!("@cert-authority * {key}\n")).await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains("authority"), "{error}");
        // A key of this kind, but not this one.
        let stranger = servers().keys["stranger"].path.with_extension("pub");
        let stranger = std::fs::read_to_string(stranger).unwrap();
        let error = check(format!("[127.0.0.1]:{port} {stranger}")).await.unwrap_err();
        assert!(error.is_untrusted(), "{error:?}");
        if key.starts_with("ssh-ed25519") {
            assert!(std::error::Error::source(&error).unwrap().to_string().contains("line 1"), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn every_kind_of_private_key_logs_in() {
    let mut times = 0;
    let servers = servers();
    for name in ["openssh", "proftpd-sftp"] {
        let Some(place) = place(name) else { continue };
        let account = place.main();
        for (kind, key) in servers.keys.iter().filter(|(kind, _)| *kind != "stranger") {
            let builder = place.unknown(account).key_file(&key.path);
            let builder = if key.passphrase.is_empty() { builder } else { builder.key_passphrase(&key.passphrase) };
            let destination = builder.build().unwrap_or_else(|error| panic!("{kind}: {error:?}"));
            destination.check().await.unwrap_or_else(|error| panic!("{name} {kind}: {error:?}"));
            times += 1;
        }
        // A key that is not known there: alone, and before the password.
        let stranger = std::fs::read_to_string(&servers.keys["stranger"].path).unwrap();
        let error = place.unknown(account).key(&stranger).build().unwrap().check().await.unwrap_err();
        assert!(error.is_login() && error.to_string().contains("key"), "{error}");
        place
            .to(account)
            .key(format!("\n  {}", stranger.replace('\n', "\r\n  ")))
            .build()
            .unwrap()
            .check()
            .await
            .unwrap();
    }
    assert!(times == 12 || place("openssh").is_none(), "{times}");
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_key_that_does_not_open_is_told_before_connecting() {
    let servers = servers();
    let Some(place) = place("openssh") else { return };
    let build = |builder: DestinationBuilder| builder.build().unwrap_err().to_string();
    let read = |name: &str| std::fs::read_to_string(&servers.keys[name].path).unwrap();
    for kind in ["ed25519-passphrase", "rsa-passphrase-pem"] {
        let key = read(kind);
        assert_eq!(build(bare(place).key(&key)), "key_passphrase: not given, and the key is encrypted", "{kind}");
        let wrong = build(bare(place).key(&key).key_passphrase("sentinel-0815"));
        assert_eq!(wrong, "key_passphrase: does not open the key, or the key is damaged", "{kind}");
    }
    let public = std::fs::read_to_string(servers.keys["rsa"].path.with_extension("pub")).unwrap();
    assert_eq!(build(bare(place).key(public)), "key: the public key: the private one is needed");
    assert!(build(bare(place).key("nothing")).starts_with("key: not a private key"));
    let cut: String = read("ed25519").lines().take(3).collect::<Vec<_>>().join("\n");
    assert!(build(bare(place).key(cut)).starts_with("key: damaged"));
}

/// Passes bytes on in both directions, and does something once so many have gone to the server.
struct Proxy {
    address: SocketAddr,
    fired: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Then {
    Cut,
    /// Takes nothing more, and passes nothing on.
    Hang,
    /// Goes on, but passes no answer on.
    Deaf,
}

impl Proxy {
    /// Only connections from the first on that brings so many bytes are disturbed, `times` in all.
    async fn before(port: u16, after: usize, times: usize, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), fired: Arc::default(), open: Arc::default() };
        let (fired, open) = (Arc::clone(&proxy.fired), Arc::clone(&proxy.open));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (fired, open) = (Arc::clone(&fired), Arc::clone(&open));
                tokio::spawn(async move {
                    open.fetch_add(1, Ordering::SeqCst);
                    Self::pass(client, server, after, times, then, &fired).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    async fn pass(client: TcpStream, server: TcpStream, after: usize, times: usize, then: Then, fired: &AtomicUsize) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let deaf = Arc::new(AtomicBool::new(false));
        let muted = Arc::clone(&deaf);
        let back = tokio::spawn(async move {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                if !muted.load(Ordering::SeqCst) && to_client.write_all(&buffer[..read]).await.is_err() {
                    break;
                }
            }
        });
        let mut buffer = vec![0; 16 * 1024];
        let mut passed = 0;
        let mut disturbed = false;
        while let Ok(read) = from_client.read(&mut buffer).await {
            if read == 0 {
                break;
            }
            passed += read;
            if passed > after && !disturbed && fired.load(Ordering::SeqCst) < times {
                fired.fetch_add(1, Ordering::SeqCst);
                disturbed = true;
                deaf.store(true, Ordering::SeqCst);
                match then {
                    Then::Cut => break,
                    Then::Hang => tokio::time::sleep(Duration::from_secs(30)).await,
                    Then::Deaf => {}
                }
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        back.abort();
    }
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_connection_that_is_cut_in_the_middle_of_a_file_is_continued() {
    everywhere(async |place| {
        let account = place.main();
        let whole = content(24_000_000, 11);
        let proxy = Proxy::before(place.port, 8_000_000, 2, Then::Cut).await;
        let retry = RetryPolicy::default().max_attempts(3).base_delay(Duration::from_millis(300));
        let folder = format!("proxy/{}", place.name);
        let destination = place.to(account).port(proxy.address.port()).directory(&folder).retry(retry).build().unwrap();
        let receipt = send(&destination, "cut.jpg", whole.clone())
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", place.name));
        assert_eq!((proxy.fired.load(Ordering::SeqCst), receipt.attempts), (2, 3), "{}", place.name);
        let Some(How::Resumed { from }) = receipt.files[0].how else {
            panic!("{}: {:?}", place.name, receipt.files[0])
        };
        assert!((5_000_000..16_000_000).contains(&from), "{}: {from}", place.name);
        let there = tree(&account.root.join(folder));
        assert_eq!(there.keys().collect::<Vec<_>>(), ["cut.jpg"]);
        assert!(there["cut.jpg"] == whole, "{}", place.name);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn a_server_that_stops_answering_is_left_in_time() {
    everywhere(async |place| {
        for (after, then, stages) in [
            (0, Then::Hang, [Stage::Secure, Stage::Secure]),
            (0, Then::Deaf, [Stage::Secure, Stage::Secure]),
            (4_000_000, Then::Hang, [Stage::Transfer, Stage::Transfer]),
            (4_000_000, Then::Deaf, [Stage::Transfer, Stage::Transfer]),
        ] {
            let proxy = Proxy::before(place.port, after, 1, then).await;
            let destination = place
                .to(place.main())
                .port(proxy.address.port())
                .directory(format!("hang/{}", place.name))
                .connect_timeout(Duration::from_secs(2))
                .timeout(Duration::from_secs(2))
                .retry(RetryPolicy::none())
                .build()
                .unwrap();
            let began = Instant::now();
            let error = send(&destination, "hang.jpg", content(12_000_000, 12)).await.unwrap_err();
            assert!(error.is_timeout() && error.is_retryable(), "{}: {error:?}", place.name);
            assert!(stages.contains(&error.stage().unwrap()), "{}: {error:?}", place.name);
            assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
            assert_eq!(proxy.fired.load(Ordering::SeqCst), 1);
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn no_connection_is_left_of_a_delivery_that_ended_or_was_dropped() {
    everywhere(async |place| {
        let proxy = Proxy::before(place.port, usize::MAX, 0, Then::Cut).await;
        let directory = format!("dropped/{}", place.name);
        let destination = place.to(place.main()).port(proxy.address.port()).directory(directory).build().unwrap();
        send(&destination, "whole.jpg", content(100_000, 13)).await.unwrap();
        // Dropped once the server has taken something, however slow the machine is.
        let begun = Arc::new(tokio::sync::Notify::new());
        let told = Arc::clone(&begun);
        let options = ftp::DeliverOptions::default().progress(move |progress| {
            if progress.sent > 0 {
                told.notify_one();
            }
            std::thread::sleep(Duration::from_millis(90));
        });
        let (files, variables) = ([Outgoing::bytes("dropped.jpg", content(80_000_000, 13))], Variables::default());
        tokio::select! {
            biased;
            () = begun.notified() => {}
            result = ftp::deliver_with(&destination, &files, &variables, &options) => panic!("it was not dropped: {result:?}"),
        }
        for _ in 0..100 {
            if proxy.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{}: {} connections are left", place.name, proxy.open.load(Ordering::SeqCst));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn without_the_extension_a_file_is_replaced_all_the_same() {
    let Some(place) = place("openssh") else { return };
    let account = place.account("plain").unwrap();
    let destination = place.to(account).directory("replaced").build().unwrap();
    for seed in 1..4 {
        send(&destination, "same.jpg", content(4000, seed)).await.unwrap();
        let there = tree(&account.root.join("replaced"));
        assert_eq!(there.keys().collect::<Vec<_>>(), ["same.jpg"], "nothing is left aside");
        assert!(there["same.jpg"] == content(4000, seed));
    }
}

#[test]
fn an_sftp_server_without_a_known_key_is_no_destination() {
    let builder = || Destination::builder(Protocol::Sftp, "sftp.example").port(2222).user("dms").password("s3cr3t");
    let error = builder().build().unwrap_err();
    assert!(error.is_config() && error.to_string().starts_with("host_key: "), "{error}");
    assert!(error.to_string().contains("ssh-keyscan -p 2222 sftp.example"), "{error}");
    for wrong in ["", "SHA256:", "MD5:00:11", "ssh-ed25519 AAAA", "SHA256:short", "SHA512:AAAA"] {
        assert!(
            builder().host_key(wrong).build().unwrap_err().to_string().starts_with("host_key: not a fingerprint"),
            "{wrong}"
        );
    }
    builder().host_key(other_key()).build().unwrap();
    let error = Destination::builder(Protocol::Sftp, "h").user("u").host_key(other_key()).build().unwrap_err();
    assert_eq!(error.to_string(), "password: neither a password nor a key is given");
    let error = builder().known_hosts_file("/nowhere/known_hosts").build().unwrap_err();
    assert!(error.to_string().starts_with("known_hosts_file: "), "{error}");
}
