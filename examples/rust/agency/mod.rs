//! The agency's export, file by file, as models of the SDK.
//!
//! Each file has a module with a row, whose fields are the columns under the names that the export gives them, and one
//! function that makes a model of a row. Three rules hold in all of them:
//!
//! * Where the export writes a value otherwise than Qlower, the cell is converted; see [`cells`].
//! * What cannot be converted is handed over as it stood. Nothing is guessed, and one bad cell hides no other: the check
//!   finds them all.
//! * Only what is no table (a missing file or column, a row that is too short, bytes that are not UTF-8) stops the reading.

mod associes;
mod cells;
mod documents;
mod ecritures;
mod lots;
mod mandants;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, Trim};
use qlower_client::{Associate, Declarant, Document, Property, Transaction};
use serde::de::DeserializeOwned;

/// Where the five files of an export are.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub(crate) mandants: PathBuf,
    pub(crate) associes: PathBuf,
    pub(crate) lots: PathBuf,
    pub(crate) ecritures: PathBuf,
    pub(crate) documents: PathBuf,
}

/// What an export holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Books {
    /// With their associates in them.
    pub(crate) declarants: Vec<Declarant>,
    /// Each names its declarant, and so need not stand inside it.
    pub(crate) properties: Vec<Property>,
    pub(crate) transactions: Vec<Transaction>,
    /// Each names its property or its declarant.
    pub(crate) documents: Vec<Document>,
}

impl Export {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            mandants: folder.join("mandants.csv"),
            associes: folder.join("associes.csv"),
            lots: folder.join("lots.csv"),
            ecritures: folder.join("ecritures.csv"),
            documents: folder.join("documents.csv"),
        }
    }

    /// Reads the five files.
    ///
    /// # Errors
    /// If a file is no table of the expected columns, or an associate belongs to a client that is not there.
    pub(crate) fn read(&self) -> Result<Books, Box<dyn Error>> {
        let mut associates = by_client(read(&self.associes)?);
        let mut declarants: Vec<Declarant> = read(&self.mandants)?.into_iter().map(mandants::declarant).collect();
        for declarant in &mut declarants {
            declarant.associates = associates.remove(&declarant.id).unwrap_or_default();
        }
        // The payload has no place for an associate outside a declarant, so the check would never see this one.
        if let Some((client, orphans)) = associates.first_key_value() {
            let ids: Vec<&str> = orphans.iter().map(|associate| associate.id.as_str()).collect();
            let (ids, verb) = (ids.join(", "), if ids.len() == 1 { "belongs" } else { "belong" });
            let (file, clients) = (name(&self.associes), name(&self.mandants));
            return Err(format!("{file}: {ids} {verb} to {client:?}, which {clients} does not hold").into());
        }
        Ok(Books {
            declarants,
            properties: read(&self.lots)?.into_iter().map(lots::property).collect(),
            transactions: read(&self.ecritures)?.into_iter().map(ecritures::transaction).collect(),
            documents: read(&self.documents)?.into_iter().map(documents::document).collect(),
        })
    }
}

/// Reads the rows of a file: semicolons, column names on the first line, spaces around a cell dropped.
fn read<Row: DeserializeOwned>(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let named = |error: csv::Error| format!("{}: {error}", name(path));
    let mut reader = ReaderBuilder::new().delimiter(b';').trim(Trim::All).from_path(path).map_err(named)?;
    Ok(reader.deserialize().collect::<Result<_, _>>().map_err(named)?)
}

fn by_client(rows: Vec<associes::Row>) -> BTreeMap<String, Vec<Associate>> {
    let mut associates: BTreeMap<String, Vec<Associate>> = BTreeMap::new();
    for row in rows {
        associates.entry(row.code_mandant.clone()).or_default().push(associes::associate(row));
    }
    associates
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}

#[cfg(test)]
mod tests;
