//! A small SFTP server on this machine, which does what a test wants at the moment it wants.
//!
//! It keeps files in memory. A fault is armed for the n-th time that a request comes; [`Script::fired`] counts those that happened.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what is not as expected is a failed test"
)]

mod connection;
mod packet;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use qlower_client::RetryPolicy;
use qlower_client::ftp::{Destination, DestinationBuilder, Protocol};
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{HashAlg, PrivateKey};
use russh::server::{self, Msg};
use russh::{Channel, MethodKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use self::connection::Connection;
use self::packet::{Request, framed, status, text};

pub(crate) const PASSWORD: &str = "pw-s3cr3t-0815-sentinel";

/// What the server says of everything, and nobody may see.
pub(crate) const WORDS: &str = "sentinel words of the server";

/// What happens instead of the usual.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This status, and nothing is done.
    Status(u32),
    /// This status without the texts that belong to it, and nothing is done.
    Bare(u32),
    /// What is not SFTP.
    Garbage,
    /// The connection is cut, and nothing is done.
    Close,
    /// It is done, and the connection is cut without an answer.
    DoAndClose,
    /// It is done, and no answer ever comes.
    DoAndHang,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    folders: BTreeSet<String>,
    asked: Vec<String>,
    /// Request, how many more of them pass before, and what happens then.
    armed: Vec<(&'static str, usize, Fault)>,
    fired: usize,
    connections: usize,
    /// What was tried at logins, such as `password` and `answer: …`.
    tried: Vec<String>,
}

/// What a login takes.
#[derive(Clone)]
struct Login {
    /// In a row.
    wanted: Vec<MethodKind>,
    /// Of keyboard-interactive: question and whether its answer is shown, those of a round together.
    rounds: Vec<Vec<(&'static str, bool)>>,
    /// How many passwords and keys may be wrong.
    tries: usize,
}

#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    fingerprint: String,
    state: Arc<Mutex<State>>,
    login: Arc<Mutex<Login>>,
    /// Whether a file can be replaced in one step.
    replaces: bool,
}

impl Script {
    pub(crate) async fn start(replaces: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[7; 32])), "").unwrap();
        let login = Login { wanted: vec![MethodKind::Password], rounds: vec![vec![("Password: ", false)]], tries: 10 };
        let script = Self {
            address: listener.local_addr().unwrap(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            state: Arc::default(),
            login: Arc::new(Mutex::new(login)),
            replaces,
        };
        let server = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream, key.clone()));
            }
        });
        script
    }

    /// Arms a fault for the n-th time (from 1) that a request comes from now on: `open`, `write`, `close`, `stat`, `remove`, `mkdir`,
    /// `rename` or `replace`; `login` is each try to log in, `session` and `subsystem` what comes after it.
    pub(crate) fn fault(self, request: &'static str, nth: usize, fault: Fault) -> Self {
        self.state().armed.push((request, nth - 1, fault));
        self
    }

    /// Wants these ways of logging in, in a row.
    pub(crate) fn wants(self, wanted: &[MethodKind]) -> Self {
        self.login.lock().unwrap().wanted = wanted.to_vec();
        self
    }

    /// Asks these questions.
    pub(crate) fn asks(self, rounds: &[&[(&'static str, bool)]]) -> Self {
        self.login.lock().unwrap().rounds = rounds.iter().map(|round| round.to_vec()).collect();
        self
    }

    /// Ends the connection after so many wrong tries.
    pub(crate) fn tries(self, tries: usize) -> Self {
        self.login.lock().unwrap().tries = tries;
        self
    }

    pub(crate) fn with_file(self, path: &str, content: &[u8]) -> Self {
        self.state().files.insert(path.to_owned(), content.to_vec());
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// How many of the armed faults have happened.
    pub(crate) fn fired(&self) -> usize {
        self.state().fired
    }

    pub(crate) fn connections(&self) -> usize {
        self.state().connections
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().files.clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    pub(crate) fn tried(&self) -> Vec<String> {
        self.state().tried.clone()
    }

    /// How often a request came.
    pub(crate) fn count(&self, request: &str) -> usize {
        self.asked().iter().filter(|line| line.split(' ').next() == Some(request)).count()
    }

    /// Three attempts, hardly any wait, and time limits that tests can wait for.
    pub(crate) fn builder(&self) -> DestinationBuilder {
        let retry = RetryPolicy::default()
            .max_attempts(3)
            .base_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2));
        Destination::builder(Protocol::Sftp, "127.0.0.1")
            .port(self.address.port())
            .user("dms")
            .password(PASSWORD)
            .host_key(&self.fingerprint)
            .connect_timeout(Duration::from_secs(20))
            .timeout(Duration::from_secs(3))
            .retry(retry)
    }

    pub(crate) fn destination(&self) -> Destination {
        self.builder().build().unwrap()
    }

    fn due(&self, request: &str) -> Option<Fault> {
        let mut state = self.state();
        let mut found = None;
        for (n, (_, left, _)) in state.armed.iter_mut().enumerate().filter(|(_, (armed, ..))| *armed == request) {
            if *left == 0 && found.is_none() {
                found = Some(n);
            }
            *left = left.saturating_sub(1);
        }
        let found = found?;
        state.fired += 1;
        Some(state.armed.remove(found).2)
    }

    async fn serve(self, mut stream: TcpStream, key: PrivateKey) {
        self.state().connections += 1;
        let login = self.login.lock().unwrap().clone();
        let config = server::Config {
            methods: login.wanted.get(..1).unwrap().into(),
            auth_rejection_time: Duration::ZERO,
            max_auth_attempts: login.tries,
            keys: vec![key],
            ..server::Config::default()
        };
        let (mut near, far) = tokio::io::duplex(256 * 1024);
        let cut = Arc::new(Notify::new());
        let connection =
            Connection { script: self, login, step: 0, round: 0, good: true, channel: None, cut: Arc::clone(&cut) };
        let session = async {
            if let Ok(running) = server::run_stream(Arc::new(config), far, connection).await {
                let _ = running.await;
            }
        };
        let passing = async {
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut stream, &mut near) => {}
                () = cut.notified() => {}
            }
            drop((stream, near));
        };
        tokio::join!(session, passing);
    }

    /// Answers requests, one after the other.
    async fn answer(self, channel: Channel<Msg>, cut: Arc<Notify>) {
        let mut stream = channel.into_stream();
        while let Ok(length) = stream.read_u32().await {
            let mut packet = vec![0; length as usize];
            if stream.read_exact(&mut packet).await.is_err() {
                return;
            }
            let mut request = Request(&packet);
            let kind = request.byte();
            if kind == 1 {
                let mut version = vec![2, 0, 0, 0, 3];
                if self.replaces {
                    version.extend(text("posix-rename@openssh.com"));
                    version.extend(text("1"));
                }
                let _ = stream.write_all(&framed(&version)).await;
                continue;
            }
            let id = request.number();
            let (name, paths) = request.read(kind);
            self.state().asked.push(format!("{name} {}", paths.join(" ")));
            let fault = self.due(name);
            let answer = match fault {
                Some(Fault::Status(code)) => status(id, code),
                Some(Fault::Bare(code)) => status(id, code).get(..9).unwrap().to_vec(),
                Some(Fault::Garbage) => vec![250, 1, 2, 3],
                Some(Fault::Close) => return cut.notify_one(),
                _ => self.done(id, name, &paths, &mut request),
            };
            match fault {
                Some(Fault::DoAndClose) => return cut.notify_one(),
                Some(Fault::DoAndHang) => std::future::pending().await,
                _ => {}
            }
            if stream.write_all(&framed(&answer)).await.is_err() {
                return;
            }
        }
    }

    /// Does what is asked, and gives the answer.
    fn done(&self, id: u32, name: &str, paths: &[String], request: &mut Request<'_>) -> Vec<u8> {
        let mut state = self.state();
        let path = paths[0].clone();
        let is = |good: bool, code: u32| status(id, if good { 0 } else { code });
        match name {
            "open" => {
                // SSH_FXF_CREAT and SSH_FXF_TRUNC
                let flags = request.number();
                if flags & 8 == 0 && !state.files.contains_key(&path) {
                    return status(id, 2);
                }
                if flags & 0x10 != 0 || !state.files.contains_key(&path) {
                    state.files.insert(path.clone(), Vec::new());
                }
                let mut handle = vec![102];
                handle.extend(id.to_be_bytes());
                handle.extend(text(&path));
                handle
            }
            "write" => {
                let offset = (u64::from(request.number()) << 32 | u64::from(request.number())) as usize;
                let data = request.bytes();
                let file = state.files.get_mut(&path).unwrap();
                file.resize(file.len().max(offset + data.len()), 0);
                file.get_mut(offset..offset + data.len()).unwrap().copy_from_slice(&data);
                status(id, 0)
            }
            "close" => status(id, 0),
            "stat" => {
                let size = state.files.get(&path).map(Vec::len);
                if size.is_none() && !state.folders.contains(&path) {
                    return status(id, 2);
                }
                let mut attributes = vec![105];
                attributes.extend(id.to_be_bytes());
                // SSH_FILEXFER_ATTR_SIZE and SSH_FILEXFER_ATTR_PERMISSIONS
                attributes.extend(5_u32.to_be_bytes());
                attributes.extend((size.unwrap_or(0) as u64).to_be_bytes());
                attributes.extend(if size.is_some() { 0o100_644_u32 } else { 0o040_755 }.to_be_bytes());
                attributes
            }
            "remove" => is(state.files.remove(&path).is_some(), 2),
            "mkdir" => is(!state.files.contains_key(&path) && state.folders.insert(path), 4),
            "rename" | "replace" => {
                if name == "rename" && state.files.contains_key(&paths[1]) {
                    return status(id, 4);
                }
                let Some(content) = state.files.remove(&path) else { return status(id, 2) };
                state.files.insert(paths[1].clone(), content);
                status(id, 0)
            }
            _ => status(id, 8),
        }
    }
}
