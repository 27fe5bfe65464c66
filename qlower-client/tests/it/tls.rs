//! TLS against a server with an authority of its own.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is a failed test"
)]

use std::sync::{Arc, LazyLock};

use qlower_client::error::Stage;
use qlower_client::{Certainty, ErrorKind, RetryPolicy};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::raw::{answer, read_head};
use crate::support::{SUCCESS, builder, chain, checked};

static AUTHORITY: LazyLock<(String, Issuer<'static, KeyPair>)> = LazyLock::new(|| {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "an agency's own authority");
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), Issuer::new(params, key))
});

pub(crate) fn authority_pem() -> &'static str {
    &AUTHORITY.0
}

pub(crate) struct Secure {
    pub(crate) url: String,
    /// Connections, and requests that were read.
    seen: Arc<std::sync::Mutex<(usize, usize)>>,
    task: tokio::task::JoinHandle<()>,
}

impl Secure {
    /// A server whose certificate is for `name`, and which answers every request with a success.
    pub(crate) async fn start(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &AUTHORITY.1).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let seen = Arc::<std::sync::Mutex<(usize, usize)>>::default();
        let count = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.lock().unwrap().0 += 1;
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let Some((_, length, mut body)) = read_head(&mut stream).await else { continue };
                while body.len() < length && stream.read_buf(&mut body).await.unwrap() > 0 {}
                count.lock().unwrap().1 += 1;
                stream.write_all(answer("200 OK", SUCCESS).as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        Self { url, seen, task }
    }

    pub(crate) fn seen(&self) -> (usize, usize) {
        *self.seen.lock().unwrap()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn an_authority_in_the_bundle_is_trusted() {
    let server = Secure::start("127.0.0.1").await;
    let file = std::env::temp_dir().join(format!("qlower-authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority_pem()).unwrap();
    let by_file = builder(&server.url).ca_bundle_file(&file).build().unwrap().send(&checked()).await;
    std::fs::remove_file(&file).unwrap();
    by_file.unwrap();
    let receipt = builder(&server.url).ca_bundle(authority_pem()).build().unwrap().send(&checked()).await.unwrap();
    assert_eq!((receipt.attempts(), receipt.certainty()), (1, Certainty::Processed));
    assert_eq!(server.seen(), (2, 2));
}

#[tokio::test]
async fn an_unknown_authority_is_refused_once_and_for_all() {
    let server = Secure::start("127.0.0.1").await;
    let other = KeyPair::generate().unwrap();
    let other = CertificateParams::new(["other".to_owned()]).unwrap().self_signed(&other).unwrap().pem();
    let error = builder(&server.url).ca_bundle(other).build().unwrap().send(&checked()).await.unwrap_err();
    refused(&error);
    assert_eq!(server.seen(), (1, 0), "tried once, and nothing was sent");
    assert!(chain(&error).last().unwrap().contains("invalid peer certificate: UnknownIssuer"), "{:?}", chain(&error));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_once_and_for_all() {
    let server = Secure::start("qlower.example").await;
    let error = builder(&server.url).ca_bundle(authority_pem()).build().unwrap().send(&checked()).await.unwrap_err();
    refused(&error);
    assert_eq!(server.seen(), (1, 0));
}

fn refused(error: &qlower_client::Error) {
    let ErrorKind::Transport(inner) = error.kind() else { panic!("{error:?}") };
    assert_eq!((inner.stage(), error.certainty(), error.attempts()), (Stage::Tls, Certainty::NotProcessed, 1));
    assert!(error.is_connect() && !error.is_retryable());
    assert!(chain(error)[0].starts_with("no secure connection to 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_processed_nothing_and_is_tried_again() {
    let plain = crate::support::server(crate::support::success()).await;
    let url = plain.uri().replace("http://", "https://");
    let error = builder(&url).ca_bundle(authority_pem()).build().unwrap().send(&checked()).await.unwrap_err();
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 3));
    assert!(error.is_connect() && error.is_retryable());
    assert_eq!(crate::support::requests(&plain).await.len(), 0);
    chain(&error);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_bounded_by_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let client = builder(&url)
        .ca_bundle(authority_pem())
        .connect_timeout(std::time::Duration::from_millis(150))
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert!(error.duration() < std::time::Duration::from_secs(5), "{error:?}");
    assert!(error.is_timeout() && error.is_connect());
    assert_eq!(error.certainty(), Certainty::NotProcessed);
}
