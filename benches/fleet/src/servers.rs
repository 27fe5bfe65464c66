//! The servers that `tools/ftp_servers.py` has started.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::AnyError;

#[derive(Deserialize)]
pub(crate) struct Servers {
    pub(crate) ca: PathBuf,
    places: Vec<Place>,
    pub(crate) fleet: Vec<Account>,
    stats: PathBuf,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) root: PathBuf,
    pub(crate) quota: Option<usize>,
}

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) accounts: BTreeMap<String, Account>,
}

/// Connections of a place, as the server counts them.
#[derive(Deserialize)]
pub(crate) struct Seen {
    pub(crate) peak: usize,
    pub(crate) total: usize,
}

impl Servers {
    pub(crate) fn read() -> Result<Self, AnyError> {
        let path = std::env::var_os("QLOWER_TEST_FTP").ok_or("no servers: start it by tools/ftp_servers.py")?;
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.name == name)
    }

    pub(crate) fn place(&self, name: &str) -> Result<&Place, AnyError> {
        self.find(name).ok_or_else(|| format!("no place {name}").into())
    }

    pub(crate) fn seen(&self) -> Result<BTreeMap<String, Seen>, AnyError> {
        Ok(serde_json::from_slice(&std::fs::read(&self.stats)?)?)
    }
}
