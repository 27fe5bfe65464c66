//! What is to be delivered.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use qlower_core::Checked;

/// A file that is to be delivered: one on this machine, bytes, or a checked payload.
///
/// ```
/// use qlower_client::ftp::Outgoing;
///
/// let image = Outgoing::file("photos/IMG_2041.jpg");
/// assert_eq!(image.name(), "IMG_2041.jpg");
/// let bytes = Outgoing::bytes("details.json", "{}").named("vehicle.json");
/// assert_eq!(bytes.name(), "vehicle.json");
/// ```
#[derive(Clone)]
pub struct Outgoing {
    content: Content,
    name: String,
    partner: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Content {
    File(PathBuf),
    Bytes(Bytes),
}

impl Outgoing {
    /// What a checked payload is called.
    pub const PAYLOAD_NAME: &'static str = "loader.json";

    /// A file on this machine; a symbolic link stands for what it leads to. It is read when it is sent, in pieces, so that its size does
    /// not matter, and must stay as it is until then: a file that changes meanwhile is an error.
    ///
    /// Its local name, for `{name}`, `{stem}` and `{ext}`, is the last part of the path. Where that is not Unicode, a template that uses
    /// one of them is an error, unless [`named`](Self::named) says how it is called.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { content: Content::File(path), name, partner: None }
    }

    /// Bytes, and what they are called.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Bytes(bytes.into()), name: name.into(), partner: None }
    }

    /// A checked payload, called `loader.json`. The template variable `{partner}` is its partner's id.
    ///
    /// What is delivered are the very bytes that were checked. The access key is among them: think of who reads the server.
    #[must_use]
    pub fn payload(checked: &Checked) -> Self {
        Self {
            content: Content::Bytes(checked.bytes().clone()),
            name: Self::PAYLOAD_NAME.to_owned(),
            partner: Some(checked.partner().to_owned()),
        }
    }

    /// The same, with another local name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same, of a partner: what the template variable `{partner}` stands for, as of a [`payload`](Self::payload).
    #[must_use]
    pub fn of_partner(mut self, partner: impl Into<String>) -> Self {
        self.partner = Some(partner.into());
        self
    }

    /// Its local name, from which `{name}`, `{stem}` and `{ext}` are made.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is on this machine; `None` for bytes.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) => Some(path),
            Content::Bytes(_) => None,
        }
    }

    pub(crate) const fn content(&self) -> &Content {
        &self.content
    }

    pub(crate) fn partner(&self) -> Option<&str> {
        self.partner.as_deref()
    }
}

impl From<&Checked> for Outgoing {
    fn from(checked: &Checked) -> Self {
        Self::payload(checked)
    }
}

impl From<PathBuf> for Outgoing {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}

impl From<&Path> for Outgoing {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        match &self.content {
            Content::File(path) => shown.field("path", path),
            Content::Bytes(bytes) => shown.field("bytes", &bytes.len()),
        };
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}
