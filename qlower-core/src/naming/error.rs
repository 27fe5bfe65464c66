//! What is wrong with a template or a name, and where.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::code::NamingCode;
use super::rules::Rule;
use crate::lang::Lang;

/// What is wrong with a template, or with a name that it makes. Nothing was connected.
///
/// As JSON: `code`, `rule`, `file` (from 0), `position` (from 1), `name`, `suggestion`, `message` and `message_fr`.
///
/// ```
/// use qlower_core::Lang;
/// use qlower_core::naming::{NamingCode, Template};
///
/// let error = Template::parse("{vin}_{n:2x}.jpg").unwrap_err();
/// assert_eq!(error.code(), NamingCode::InvalidFormat);
/// assert_eq!(error.position(), Some(10), "in characters, from 1");
/// assert_eq!(error.message(Lang::Fr), "caractère 10 : « 2x » n'est pas un format : 02, 12, lower ou upper");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamingError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) code: NamingCode,
    pub(super) rule: Option<Rule>,
    pub(super) file: Option<usize>,
    /// The file's local name.
    pub(super) local: Option<String>,
    pub(super) position: Option<usize>,
    pub(super) name: Option<String>,
    pub(super) suggestion: Option<String>,
    pub(super) detail: Detail,
}

/// What a message needs besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    None,
    /// Names that would do.
    Known(Vec<String>),
    /// The character that is not taken.
    Character(char),
    /// How many there are.
    Count(usize),
    /// What else has the name.
    With {
        other: Bearer,
        count: usize,
    },
}

/// Who has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Bearer {
    File(usize),
    Archive,
    SideFile,
}

impl NamingError {
    pub(super) fn new(code: NamingCode) -> Self {
        Self(Box::new(Inner {
            code,
            rule: None,
            file: None,
            local: None,
            position: None,
            name: None,
            suggestion: None,
            detail: Detail::None,
        }))
    }

    pub(super) fn in_rule(mut self, rule: Rule) -> Self {
        self.0.rule = Some(rule);
        self
    }

    pub(super) fn of_file(mut self, file: usize, local: &str) -> Self {
        self.0.file = Some(file);
        self.0.local = Some(local.to_owned());
        self
    }

    pub(super) fn at(mut self, position: usize) -> Self {
        self.0.position = Some(position);
        self
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.0.name = Some(name.to_owned());
        self
    }

    pub(super) fn suggesting(mut self, suggestion: Option<&str>) -> Self {
        self.0.suggestion = suggestion.map(str::to_owned);
        self
    }

    pub(super) fn with(mut self, detail: Detail) -> Self {
        self.0.detail = detail;
        self
    }

    /// What kind of fault it is.
    #[must_use]
    pub fn code(&self) -> NamingCode {
        self.0.code
    }

    /// The rule it is about; `None` for a template on its own, a variable, or a delivery of nothing.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        self.0.rule
    }

    /// The file whose name it is, from 0 in the order of the delivery; `None` if it is about none or all of them. In a message files
    /// are counted from 1, as `{n}` does.
    #[must_use]
    pub fn file(&self) -> Option<usize> {
        self.0.file
    }

    /// Where in the template, in characters from 1; `None` if it is about the whole name.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.0.position
    }

    /// What it is about: a variable, a format, a segment or a whole name, as it stands.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The variable that was probably meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// What is wrong and where, for people to read. What is long is cut, what cannot be shown is escaped.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        super::message::message(&self.0, lang)
    }

    /// The error as one JSON object, the same from every language.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for NamingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for NamingError {}

impl Serialize for NamingError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("NamingError", 8)?;
        object.serialize_field("code", self.code().as_str())?;
        object.serialize_field("rule", &self.rule().map(Rule::as_str))?;
        object.serialize_field("file", &self.file())?;
        object.serialize_field("position", &self.position())?;
        object.serialize_field("name", &self.name())?;
        object.serialize_field("suggestion", &self.suggestion())?;
        object.serialize_field("message", &self.message(Lang::En))?;
        object.serialize_field("message_fr", &self.message(Lang::Fr))?;
        object.end()
    }
}
