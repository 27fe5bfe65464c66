//! The names of a delivery, before anything is connected.

use std::fmt;

use chrono::{DateTime, Utc};
use qlower_core::naming::{Names, Rules, Source, Variables};
use serde::Serialize;

use crate::ftp::error::ErrorKind;
use crate::ftp::local::{self, Alive, Measured};
use crate::ftp::outgoing::{Content, Outgoing};

/// The names that a delivery would have. As JSON: `directory`, `archive`, `files` and `side_file`; `Display` gives a line for each.
///
/// ```
/// use qlower_client::core::naming::Variables;
/// use qlower_client::ftp::{Destination, Outgoing, Protocol};
///
/// let destination = Destination::builder(Protocol::Ftps, "ftp.garage-nord.example")
///     .user("dms")
///     .password("secret")
///     .directory("alice")
///     .archive("{vin}.zip")
///     .file("{vin:lower}_{n:02}.{ext}")
///     .build()?;
/// let images = [Outgoing::file("IMG_2041.jpg"), Outgoing::file("IMG_2042.jpg")];
///
/// let plan = destination.plan(&images, &Variables::from([("vin", "VF1AA000123456789")]))?;
/// assert_eq!(plan.archive(), Some("alice/VF1AA000123456789.zip"));
/// assert_eq!(plan.files()[1], "vf1aa000123456789_02.jpg");
///
/// let error = destination.plan(&images, &Variables::new()).unwrap_err();
/// assert!(error.is_naming());
/// # Ok::<(), qlower_client::ftp::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Plan {
    names: Names,
    /// When it was made, of which `{date}` and `{time}` tell.
    #[serde(skip)]
    at: DateTime<Utc>,
}

impl Plan {
    /// Makes the names of a delivery. This may block: files are read if a template wants their hash.
    pub(crate) fn make(
        rules: &Rules,
        files: &[Outgoing],
        variables: &Variables,
        at: DateTime<Utc>,
    ) -> Result<Self, ErrorKind> {
        Self::make_while(rules, files, variables, at, &Alive::default()).map(|(plan, _)| plan)
    }

    /// The same, until nobody waits any more; and what is known of the files that were read for it.
    pub(crate) fn make_while(
        rules: &Rules,
        files: &[Outgoing],
        variables: &Variables,
        at: DateTime<Utc>,
        alive: &Alive,
    ) -> Result<(Self, Vec<Option<Measured>>), ErrorKind> {
        let measure = |file: &Outgoing| match file.content() {
            Content::File(path) if rules.wants_hash() => local::measure(path, alive).map(Some),
            Content::File(_) | Content::Bytes(_) => Ok(None),
        };
        let measured = files.iter().map(measure).collect::<Result<Vec<_>, ErrorKind>>()?;
        let hash = |(file, measured): (&Outgoing, &Option<Measured>)| match file.content() {
            Content::Bytes(bytes) if rules.wants_hash() => Some(local::hex(&local::sha256(bytes))),
            Content::Bytes(_) | Content::File(_) => measured.map(|measured| local::hex(&measured.sha256)),
        };
        let hashes: Vec<_> = files.iter().zip(&measured).map(hash).collect();
        let sources: Vec<_> = files
            .iter()
            .zip(&hashes)
            .map(|(file, hash)| Source::new(file.name()).partner(file.partner()).sha256(hash.as_deref()))
            .collect();
        let names = qlower_core::naming::plan(rules, &sources, variables, at.naive_utc());
        Ok((Self { names: names.map_err(ErrorKind::Naming)?, at }, measured))
    }

    /// The names.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The folder for all of it; `None` for where the login lands.
    #[must_use]
    pub fn directory(&self) -> Option<&str> {
        self.names.directory.as_deref()
    }

    /// The archive, with its folders; `None` if there is none.
    #[must_use]
    pub fn archive(&self) -> Option<&str> {
        self.names.archive.as_deref()
    }

    /// The files, in the order of the delivery: with their folders, as seen from where the login lands; or the archive's entries.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.names.files
    }

    /// The side file, with its folders; `None` if there is none.
    #[must_use]
    pub fn side_file(&self) -> Option<&str> {
        self.names.side_file.as_deref()
    }

    /// A name as seen from the delivery's folder.
    pub(crate) fn in_directory<'n>(&self, name: &'n str) -> &'n str {
        let inner = self.directory().and_then(|directory| name.strip_prefix(directory)?.strip_prefix('/'));
        inner.unwrap_or(name)
    }

    pub(crate) const fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}
