//! What is wrong with a fleet's file.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use qlower_core::Lang;
use serde::Serialize;

use crate::ftp::wording::{Wording, pick, visible};

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MistakeCode {
    /// The text is not TOML, or not JSON; or a key stands twice.
    Syntax,
    /// There is no setting of this name.
    UnknownKey,
    /// The value is of another type.
    WrongType,
    /// The setting does not take this value.
    InvalidValue,
    /// A setting that is needed is not there: neither here nor at a level above.
    Missing,
    /// Two settings of one level exclude each other, or two destinations have one name.
    Conflict,
    /// A variable of the environment, or a file, that holds a secret or a key could not be read.
    Unreadable,
    /// A template for names is wrong.
    Template,
}

impl MistakeCode {
    /// `syntax`, `unknown_key`, `wrong_type`, `invalid_value`, `missing`, `conflict`, `unreadable` or `template`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown_key",
            Self::WrongType => "wrong_type",
            Self::InvalidValue => "invalid_value",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Unreadable => "unreadable",
            Self::Template => "template",
        }
    }
}

impl Serialize for MistakeCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One mistake of a fleet's file, with its place. No value is quoted that may be a secret.
///
/// `Display` is one line: `line 12, [customers.garage-nord] password_env: …`. As JSON: its fields, `message` and `message_fr`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// What kind it is.
    pub code: MistakeCode,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The table, such as `customers.garage-nord.users.alice`; empty for the file as a whole.
    pub table: String,
    /// The key in the table, if it is about one.
    pub key: Option<String>,
    /// The destinations that cannot be used because of it, in order; empty if it is about the file as a whole.
    pub destinations: Vec<String>,
    pub(super) wording: Wording,
}

impl Mistake {
    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        self.wording.message(lang)
    }

    /// Place and message in one line; `Display` is the English one.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text = format!("{} {}", pick(lang, "line", "ligne"), self.line);
        if !self.table.is_empty() {
            text += &format!(", [{}]", visible(&self.table));
        }
        if let Some(key) = &self.key {
            text += if self.table.is_empty() { ", " } else { " " };
            text += &visible(key);
        }
        text + pick(lang, ": ", " : ") + self.message(lang)
    }
}

impl Serialize for Mistake {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut object = serializer.serialize_struct("Mistake", 8)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("column", &self.column)?;
        object.serialize_field("table", &self.table)?;
        object.serialize_field("key", &self.key)?;
        object.serialize_field("message", self.message(Lang::En))?;
        object.serialize_field("message_fr", self.message(Lang::Fr))?;
        object.serialize_field("destinations", &self.destinations)?;
        object.end()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// Why a fleet's file cannot be used: all its mistakes at once, or why it could not be read.
///
/// `Display` is one line, and one more for each mistake. As JSON: `file`, `message`, `message_fr` and `mistakes`.
#[derive(Clone, Debug)]
pub struct FleetError {
    pub(super) file: Option<PathBuf>,
    pub(super) problem: Problem,
}

#[derive(Clone, Debug)]
pub(super) enum Problem {
    Unreadable(Arc<io::Error>),
    TooLarge,
    Mistakes(Vec<Mistake>),
}

impl FleetError {
    /// The mistakes, by line; none if the file could not be read.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        match &self.problem {
            Problem::Mistakes(mistakes) => mistakes,
            Problem::Unreadable(_) | Problem::TooLarge => &[],
        }
    }
}

impl FleetError {
    /// One line, and one more for each mistake; `Display` is the English text. Why a file cannot be read stands in `source()`.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let file = match &self.file {
            Some(file) => file.display().to_string(),
            None => pick(lang, "fleet", "flotte").to_owned(),
        };
        let mut text = file + pick(lang, ": ", " : ");
        match &self.problem {
            Problem::Unreadable(_) => text += pick(lang, "the file cannot be read", "le fichier ne peut pas être lu"),
            Problem::TooLarge => {
                let most = super::LARGEST / (1024 * 1024);
                text += &pick(
                    lang,
                    format!("the file is larger than {most} MiB"),
                    format!("le fichier fait plus de {most} Mio"),
                );
            }
            Problem::Mistakes(mistakes) => {
                let plural = if mistakes.len() == 1 { "" } else { "s" };
                text += &format!("{} {}{plural}", mistakes.len(), pick(lang, "mistake", "erreur"));
                for mistake in mistakes {
                    text += "\n  ";
                    text += &mistake.text(lang);
                }
            }
        }
        text
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl StdError for FleetError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.problem {
            Problem::Unreadable(error) => Some(error.as_ref()),
            Problem::TooLarge | Problem::Mistakes(_) => None,
        }
    }
}

impl Serialize for FleetError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut object = serializer.serialize_struct("FleetError", 4)?;
        object.serialize_field("file", &self.file.as_ref().map(|file| file.display().to_string()))?;
        object.serialize_field("message", &self.message(Lang::En))?;
        object.serialize_field("message_fr", &self.message(Lang::Fr))?;
        object.serialize_field("mistakes", self.mistakes())?;
        object.end()
    }
}
