//! A small FTP server on this machine, which does what a test wants at the moment it wants.
//!
//! It keeps files in memory. A fault is armed for the n-th time that a command comes; [`Script::fired`] counts those that happened.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::RetryPolicy;
use qlower_client::ftp::{self, Destination, DestinationBuilder, Error, Outgoing, Protocol, Receipt, Variables};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

pub(crate) const PASSWORD: &str = "pw-s3cr3t-0815-sentinel";

/// What happens instead of the usual.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This answer, and nothing is done.
    Answer(&'static str),
    /// The connection is closed, and nothing is done.
    Close,
    /// It is done, and the connection is closed without an answer.
    DoAndClose,
    /// It is done, and no answer ever comes.
    DoAndHang,
    /// Nothing is done or answered any more.
    Hang,
    /// Of a transfer so many bytes are taken, then both connections are closed.
    CutAfter(usize),
    /// Of a transfer so many bytes are taken, then the data connection is closed, and this answered.
    EndAfter(usize, &'static str),
    /// Of a transfer so many bytes are taken, then nothing happens any more.
    HangAfter(usize),
    /// Of a transfer so many bytes are taken, then this is answered while the data connection stays open.
    ObjectAfter(usize, &'static str),
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    folders: BTreeSet<String>,
    commands: Vec<String>,
    /// Command, how many more of them pass before, and what happens then.
    armed: Vec<(&'static str, usize, Fault)>,
    always: Vec<(&'static str, &'static str)>,
    fired: usize,
    connections: usize,
    /// Those that are open, and the most that ever were at once.
    open: usize,
    most: usize,
    /// Files vanish once they have their name, as where somebody picks them up.
    picked_up: bool,
}

#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Script {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let server = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    server.opened();
                    let (state, home) = (Arc::clone(&server.state), String::new());
                    Connection { server, home, from: None, offset: 0, data: None }.serve(stream).await;
                    state.lock().unwrap().open -= 1;
                });
            }
        });
        script
    }

    /// Arms a fault for the n-th time (from 1) that a command comes from now on; `GREETING` is the connection itself.
    pub(crate) fn fault(self, command: &'static str, nth: usize, fault: Fault) -> Self {
        self.state.lock().unwrap().armed.push((command, nth - 1, fault));
        self
    }

    /// Answers a command like this every time.
    pub(crate) fn always(self, command: &'static str, answer: &'static str) -> Self {
        self.state.lock().unwrap().always.push((command, answer));
        self
    }

    pub(crate) fn with_file(self, path: &str, content: &[u8]) -> Self {
        self.state.lock().unwrap().files.insert(path.to_owned(), content.to_vec());
        self
    }

    pub(crate) fn picked_up(self) -> Self {
        self.state.lock().unwrap().picked_up = true;
        self
    }

    /// Temporary files vanish, as where another delivery takes them or somebody clears up.
    pub(crate) fn clear_up(&self) {
        self.state.lock().unwrap().files.retain(|name, _| !name.ends_with(".part"));
    }

    /// How many of the armed faults have happened.
    pub(crate) fn fired(&self) -> usize {
        self.state.lock().unwrap().fired
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    fn opened(&self) {
        let mut state = self.state.lock().unwrap();
        state.connections += 1;
        state.open += 1;
        state.most = state.most.max(state.open);
    }

    /// How many connections were open at once at most.
    pub(crate) fn most(&self) -> usize {
        self.state.lock().unwrap().most
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.state.lock().unwrap().files.clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().commands.clone()
    }

    /// How often a command came.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.commands().iter().filter(|line| line.split(' ').next() == Some(command)).count()
    }

    /// Three attempts, hardly any wait, and time limits that tests can wait for.
    pub(crate) fn builder(&self) -> DestinationBuilder {
        let retry = RetryPolicy::default()
            .max_attempts(3)
            .base_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2));
        Destination::builder(Protocol::Ftp, "127.0.0.1")
            .port(self.address.port())
            .user("dms")
            .password(PASSWORD)
            .connect_timeout(Duration::from_millis(700))
            .timeout(Duration::from_millis(700))
            .retry(retry)
    }

    pub(crate) fn destination(&self) -> Destination {
        self.builder().build().unwrap()
    }

    fn due(&self, command: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        let mut found = None;
        for (n, (_, left, _)) in state.armed.iter_mut().enumerate().filter(|(_, (armed, ..))| *armed == command) {
            if *left == 0 && found.is_none() {
                found = Some(n);
            }
            *left = left.saturating_sub(1);
        }
        let found = found?;
        state.fired += 1;
        Some(state.armed.remove(found).2)
    }
}

/// More than the buffers between two sockets hold.
pub(crate) fn large() -> Vec<u8> {
    (0..12_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// So large that another delivery goes on with what one has left. Of such a file the first 64 KiB go out by themselves.
pub(crate) fn larger() -> Vec<u8> {
    (0..17_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Delivers one file by the name of `a.jpg`.
pub(crate) async fn deliver(destination: &Destination, content: &[u8]) -> Result<Receipt, Error> {
    let file = Outgoing::bytes("a.jpg", content.to_vec());
    ftp::deliver(destination, &[file], &Variables::from([("vin", "V1")])).await
}

/// The one file that is on its way.
pub(crate) fn part(script: &Script) -> String {
    let part = script.names().into_iter().find(|name| name.ends_with(".part"));
    part.unwrap_or_else(|| panic!("no .part among {:?}", script.names()))
}

struct Connection {
    server: Script,
    home: String,
    from: Option<String>,
    offset: usize,
    data: Option<TcpListener>,
}

/// For ever, as far as a test is concerned.
async fn hang() {
    sleep(Duration::from_secs(600)).await;
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut greeting = "220 ready".to_owned();
        match self.server.due("GREETING") {
            Some(Fault::Answer(answer)) => greeting = answer.to_owned(),
            Some(Fault::Close) => return,
            Some(_) => return hang().await,
            None => {}
        }
        if write.write_all(format!("{greeting}\r\n").as_bytes()).await.is_err() {
            return;
        }
        while let Ok(Some(line)) = lines.next_line().await {
            let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
            self.server.state.lock().unwrap().commands.push(line.clone());
            let fault = self.server.due(command);
            let answer = match fault {
                Some(Fault::Answer(answer)) => answer.to_owned(),
                Some(Fault::Close) => return,
                Some(Fault::Hang) => return hang().await,
                Some(Fault::DoAndClose) => {
                    self.command(command, argument, None, &mut write).await;
                    return;
                }
                Some(Fault::DoAndHang) => {
                    self.command(command, argument, None, &mut write).await;
                    return hang().await;
                }
                fault => match self.command(command, argument, fault, &mut write).await {
                    Some(answer) => answer,
                    None => return,
                },
            };
            if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || command == "QUIT" {
                return;
            }
        }
    }

    /// Does what is asked, and gives the answer; `None` closes the connection.
    async fn command(
        &mut self,
        command: &str,
        argument: &str,
        fault: Option<Fault>,
        write: &mut (impl AsyncWriteExt + Unpin),
    ) -> Option<String> {
        let path = format!("{}{argument}", self.home);
        let state = Arc::clone(&self.server.state);
        if let Some((_, answer)) = state.lock().unwrap().always.iter().find(|(known, _)| *known == command) {
            return Some((*answer).to_owned());
        }
        let known = |answer: &str| Some(answer.to_owned());
        match command {
            "USER" => known("331 password, please"),
            "PASS" if argument == PASSWORD => known("230 welcome"),
            "PASS" => Some(format!("530 {argument} is wrong")),
            "FEAT" => known("211-Features:\r\n SIZE\r\n UTF8\r\n REST STREAM\r\n211 End"),
            "OPTS" | "TYPE" => known("200 ok"),
            "PWD" => known("257 \"/\" is where you are"),
            "CWD" if argument == "/" => {
                self.home.clear();
                known("250 ok")
            }
            "CWD" if state.lock().unwrap().folders.contains(&path) => {
                self.home = format!("{path}/");
                known("250 ok")
            }
            "MKD" if state.lock().unwrap().folders.insert(path.clone()) => known("257 made"),
            "SIZE" => match state.lock().unwrap().files.get(&path) {
                Some(content) => Some(format!("213 {}", content.len())),
                None => known("550 no such file"),
            },
            "EPSV" | "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                self.data = Some(listener);
                if command == "EPSV" {
                    return Some(format!("229 go on (|||{port}|)"));
                }
                // An address where nobody is.
                Some(format!("227 go on (192,0,2,1,{},{})", port / 256, port % 256))
            }
            "REST" => {
                self.offset = argument.parse().unwrap();
                known("350 go on")
            }
            "APPE" => {
                self.offset = state.lock().unwrap().files.get(&path).map_or(0, Vec::len);
                self.store(path, fault, write).await
            }
            "STOR" => self.store(path, fault, write).await,
            "RNFR" if state.lock().unwrap().files.contains_key(&path) => {
                self.from = Some(path);
                known("350 to what?")
            }
            "RNTO" => {
                let mut state = state.lock().unwrap();
                let content = state.files.remove(&self.from.take().unwrap()).unwrap();
                if !state.picked_up {
                    state.files.insert(path, content);
                }
                known("250 renamed")
            }
            "DELE" if state.lock().unwrap().files.remove(&path).is_some() => known("250 gone"),
            "QUIT" => known("221 bye"),
            _ => known("550 no"),
        }
    }

    async fn store(
        &mut self,
        path: String,
        fault: Option<Fault>,
        write: &mut (impl AsyncWriteExt + Unpin),
    ) -> Option<String> {
        let offset = std::mem::take(&mut self.offset);
        let mut content = self.server.state.lock().unwrap().files.get(&path).cloned().unwrap_or_default();
        content.truncate(offset);
        assert_eq!(content.len(), offset, "a hole would be left");
        let mut data = {
            write.write_all(b"150 go on\r\n").await.ok()?;
            self.data.take().unwrap().accept().await.ok()?.0
        };
        let most = match fault {
            Some(
                Fault::CutAfter(most) | Fault::EndAfter(most, _) | Fault::HangAfter(most) | Fault::ObjectAfter(most, _),
            ) => most,
            _ => usize::MAX,
        };
        let mut taken = 0;
        let mut chunk = vec![0; 4096];
        while taken < most {
            let room = (most - taken).min(chunk.len());
            let read = data.read(chunk.get_mut(..room)?).await.ok()?;
            if read == 0 {
                break;
            }
            content.extend_from_slice(chunk.get(..read)?);
            taken += read;
        }
        self.server.state.lock().unwrap().files.insert(path, content);
        match fault {
            Some(Fault::CutAfter(_)) => None,
            Some(Fault::EndAfter(_, answer)) => Some(answer.to_owned()),
            Some(Fault::HangAfter(_)) => {
                hang().await;
                None
            }
            Some(Fault::ObjectAfter(_, answer)) => {
                write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
                hang().await;
                None
            }
            _ => Some("226 stored".to_owned()),
        }
    }
}
