//! A small FTPS server on this machine, whose TLS is what a test wants it to be.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::RetryPolicy;
use qlower_client::ftp::{Destination, DestinationBuilder, Protocol};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{HandshakeKind, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What a server does about data connections that continue no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    Nothing,
    /// It takes the file, and then answers so.
    Answers(&'static str),
    /// It closes the data connection after the handshake, and then answers so.
    Closes(&'static str),
    /// It breaks off the handshake, and answers so.
    BreaksOff(&'static str),
}

/// What the TLS of a server is like.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    /// How many sessions of TLS 1.3 each connection gets, and whether those of TLS 1.2 are kept.
    pub(crate) tickets: usize,
    pub(crate) keeps: bool,
    pub(crate) demand: Demand,
    /// What is said in plain text after TLS was agreed upon.
    pub(crate) injected: &'static str,
    /// Whether the data connections have another certificate, which nobody vouches for.
    pub(crate) another: bool,
}

#[derive(Clone)]
pub(crate) struct Script {
    address: SocketAddr,
    ca: String,
    control: TlsAcceptor,
    data: TlsAcceptor,
    demand: Demand,
    injected: &'static str,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    connections: Arc<AtomicUsize>,
    /// Data connections that continued a session, and those that did not.
    continued: Arc<AtomicUsize>,
    anew: Arc<AtomicUsize>,
}

impl Script {
    pub(crate) async fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let config = |der: Vec<u8>, key: &KeyPair| {
            let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_protocol_versions(kind.versions)
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![der.into()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
                .unwrap();
            config.send_tls13_tickets = kind.tickets;
            if !kind.keeps {
                config.session_storage = Arc::new(NoServerSessionStorage {});
            }
            TlsAcceptor::from(Arc::new(config))
        };
        let control = config(leaf.der().to_vec(), &key);
        let data = if kind.another {
            let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
            config(other.cert.der().to_vec(), &other.signing_key)
        } else {
            control.clone()
        };
        let script = Self {
            address: listener.local_addr().unwrap(),
            ca: issuer.pem(),
            control,
            data,
            demand: kind.demand,
            injected: kind.injected,
            files: Arc::default(),
            connections: Arc::default(),
            continued: Arc::default(),
            anew: Arc::default(),
        };
        let server = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.connections.fetch_add(1, Ordering::SeqCst);
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        script
    }

    pub(crate) fn builder(&self) -> DestinationBuilder {
        let retry = RetryPolicy::default()
            .max_attempts(4)
            .base_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2));
        Destination::builder(Protocol::Ftps, "127.0.0.1")
            .port(self.address.port())
            .user("dms")
            .password("x")
            .ca_bundle(&self.ca)
            .connect_timeout(Duration::from_secs(20))
            .timeout(Duration::from_secs(20))
            .retry(retry)
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many data connections continued a session, and how many did not.
    pub(crate) fn data_connections(&self) -> (usize, usize) {
        (self.continued.load(Ordering::SeqCst), self.anew.load(Ordering::SeqCst))
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        stream.write_all(b"220 ready\r\n").await.ok()?;
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n") {
            asked.push(stream.read_u8().await.ok()?);
        }
        assert_eq!(asked, b"AUTH TLS\r\n");
        stream.write_all(format!("234 go on\r\n{}", self.injected).as_bytes()).await.ok()?;
        let stream = self.control.accept(stream).await.ok()?;
        let (read, mut write) = tokio::io::split(stream);
        let mut lines = BufReader::new(read).lines();
        let (mut data, mut from) = (None, String::new());
        while let Ok(Some(line)) = lines.next_line().await {
            let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let answer = match command {
                "USER" => "331 password, please".to_owned(),
                "PASS" => "230 welcome".to_owned(),
                "PBSZ" | "PROT" | "TYPE" | "OPTS" => "200 ok".to_owned(),
                "EPSV" => {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    let port = listener.local_addr().unwrap().port();
                    data = Some(listener);
                    format!("229 go on (|||{port}|)")
                }
                "STOR" => {
                    write.write_all(b"150 go on\r\n").await.ok()?;
                    self.store(argument, data.take().unwrap().accept().await.unwrap().0).await
                }
                "SIZE" => match self.files().get(argument) {
                    Some(content) => format!("213 {}", content.len()),
                    None => "550 no such file".to_owned(),
                },
                "RNFR" => {
                    from = argument.to_owned();
                    "350 to what?".to_owned()
                }
                "RNTO" => {
                    let mut files = self.files.lock().unwrap();
                    let content = files.remove(&from).unwrap();
                    files.insert(argument.to_owned(), content);
                    "250 renamed".to_owned()
                }
                "DELE" if self.files.lock().unwrap().remove(argument).is_some() => "250 gone".to_owned(),
                "QUIT" => "221 bye".to_owned(),
                _ => "550 no".to_owned(),
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
            if command == "QUIT" {
                write.shutdown().await.ok()?;
                return Some(());
            }
        }
        None
    }

    async fn store(&self, path: &str, stream: TcpStream) -> String {
        if let Demand::BreaksOff(answer) = self.demand {
            self.anew.fetch_add(1, Ordering::SeqCst);
            drop(stream);
            return answer.to_owned();
        }
        let Ok(mut data) = self.data.accept(stream).await else { return "425 no handshake".to_owned() };
        let continues = continues(&data);
        (if continues { &self.continued } else { &self.anew }).fetch_add(1, Ordering::SeqCst);
        if let (Demand::Closes(answer), false) = (self.demand, continues) {
            let _ = data.shutdown().await;
            return answer.to_owned();
        }
        let mut content = Vec::new();
        if data.read_to_end(&mut content).await.is_err() {
            return "426 cut".to_owned();
        }
        let _ = data.shutdown().await;
        if let (Demand::Answers(answer), false) = (self.demand, continues) {
            return answer.to_owned();
        }
        self.files.lock().unwrap().insert(path.to_owned(), content);
        "226 stored".to_owned()
    }
}

fn continues(stream: &TlsStream<TcpStream>) -> bool {
    match stream.get_ref().1.handshake_kind() {
        Some(kind) => kind == HandshakeKind::Resumed,
        None => panic!("the handshake is not over"),
    }
}
