//! The FTP, FTPS and SFTP servers of other makers, as `tools/ftp_servers.py` starts them.
//!
//! A test that needs one is `#[ignore = "needs the FTP servers: ./test.sh tests"]`. Asked for without them, it fails. What the tool
//! cannot start on this system, such as a server that needs root, is named on the standard error, and the rest of the test goes on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what is not as expected is a failed test"
)]
#![cfg_attr(not(feature = "sftp"), allow(dead_code, reason = "some of it is for SFTP alone"))]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use qlower_client::RetryPolicy;
use qlower_client::ftp::{Destination, DestinationBuilder};
use serde::Deserialize;

/// What runs beside the tests.
#[derive(Deserialize)]
pub(crate) struct Servers {
    ca: PathBuf,
    /// Private keys for SSH; all but `stranger` open the accounts.
    pub(crate) keys: BTreeMap<String, Key>,
    places: Vec<Place>,
    left_out: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Key {
    pub(crate) path: PathBuf,
    pub(crate) passphrase: String,
}

#[derive(Deserialize)]
pub(crate) struct HostKey {
    pub(crate) kind: String,
    pub(crate) fingerprint: String,
    pub(crate) line: String,
}

#[derive(Deserialize)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: String,
    /// The folder in which its files stand.
    pub(crate) root: PathBuf,
}

/// A port of a server.
#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) protocol: String,
    host: String,
    pub(crate) port: u16,
    pub(crate) resumes: bool,
    pub(crate) host_keys: Vec<HostKey>,
    accounts: BTreeMap<String, Account>,
}

/// What runs; a failed test where nothing does.
pub(crate) fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let path = std::env::var("QLOWER_TEST_FTP").unwrap_or_else(|_| {
            panic!(
                "QLOWER_TEST_FTP is not set: this test needs the FTP servers. ./test.sh tests starts them and runs it; CONTRIBUTING.md \
                 and the head of tools/ftp_servers.py tell how to do so by hand"
            )
        });
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    })
}

/// A port, or `None` if its server is left out on this system, which is said.
pub(crate) fn place(name: &str) -> Option<&'static Place> {
    let servers = servers();
    let found = servers.places.iter().find(|place| place.name == name);
    if found.is_none() {
        let server = servers.left_out.iter().find(|(server, _)| name.starts_with(server.as_str()));
        let (server, why) = server.unwrap_or_else(|| panic!("there is no place {name}"));
        left_out(server, why);
    }
    found
}

/// All places that speak FTP, protected or not. Servers that are left out are said to be.
pub(crate) fn ftp_places() -> impl Iterator<Item = &'static Place> {
    let servers = servers();
    for (server, why) in &servers.left_out {
        left_out(server, why);
    }
    servers.places.iter().filter(|place| !place.is_sftp())
}

/// Says so once in a process. Not by `eprintln!`: what that says in a test that passes is not shown.
fn left_out(server: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap().insert(server.to_owned()) {
        let _ = writeln!(std::io::stderr(), "warning: LEFT OUT: {server}: {why}");
    }
}

impl Place {
    pub(crate) fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// The account without peculiarities.
    pub(crate) fn main(&self) -> &Account {
        &self.accounts["main"]
    }

    pub(crate) fn is_sftp(&self) -> bool {
        self.protocol == "sftp"
    }

    /// To the place, with the password of an account; without what makes it trusted.
    pub(crate) fn untrusted(&self, account: &Account) -> DestinationBuilder {
        Destination::builder(self.protocol.parse().unwrap(), &self.host)
            .port(self.port)
            .user(&account.user)
            .password(&account.password)
    }

    /// To the place, with what makes it trusted, and the name of an account alone.
    pub(crate) fn unknown(&self, account: &Account) -> DestinationBuilder {
        let builder = Destination::builder(self.protocol.parse().unwrap(), &self.host).port(self.port);
        let builder = builder.user(&account.user);
        match self.protocol.as_str() {
            "ftp" => builder,
            "sftp" => builder.host_key(&self.host_keys[0].fingerprint),
            _ => builder.ca_bundle_file(&servers().ca),
        }
    }

    /// To the place, with what makes it trusted, and the password of an account.
    pub(crate) fn to(&self, account: &Account) -> DestinationBuilder {
        self.unknown(account).password(&account.password)
    }

    /// As [`to`](Self::to), with three attempts and hardly any wait.
    pub(crate) fn quick(&self, account: &str) -> DestinationBuilder {
        let retry = RetryPolicy::default()
            .max_attempts(3)
            .base_delay(Duration::from_millis(1))
            .max_delay(Duration::from_millis(2));
        self.to(&self.accounts[account]).retry(retry)
    }
}

/// The names of what stands in a folder, while others are at it: files may come and go, and are not opened.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// All files below a folder, by their path from there. Nobody else may be at it meanwhile.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Bytes without a pattern that compression or luck could hide.
pub(crate) fn content(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
