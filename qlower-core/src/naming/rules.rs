//! A customer's rules.

use std::fmt;

use super::characters::Characters;
use super::code::NamingCode;
use super::error::NamingError;
use super::path;
use super::template::Template;

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The folder for all of it.
    Directory,
    /// Names of files; with an archive, of its entries.
    File,
    /// The archive's name.
    Archive,
    /// The side file's name.
    SideFile,
}

impl Rule {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Directory, Self::File, Self::Archive, Self::SideFile];

    /// `directory`, `file`, `archive` or `side_file`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File => "file",
            Self::Archive => "archive",
            Self::SideFile => "side_file",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A customer's rules for names.
///
/// By default files keep their names (`{name}`), where the login lands, without an archive or a side file.
///
/// ```
/// use qlower_core::naming::{NamingCode, Rule, Rules};
///
/// let rules = Rules::parse([(Rule::Directory, "incoming/{date}"), (Rule::File, "{vin}_{n:02}.jpg")]).unwrap();
/// assert_eq!(rules.file.to_string(), "{vin}_{n:02}.jpg");
///
/// let errors = Rules::parse([(Rule::Archive, "{vin"), (Rule::SideFile, "{n}.json")]).unwrap_err();
/// assert_eq!(errors[0].code(), NamingCode::UnclosedBrace);
/// assert_eq!((errors[1].rule(), errors[1].position()), (Some(Rule::SideFile), Some(1)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The folder for all of it; `None` for where the login lands. It is made if it is not there.
    pub directory: Option<Template>,
    /// Names of files; `{name}` by default. With an archive, names of its entries.
    pub file: Template,
    /// The name of a zip archive that holds all files; `None` for none.
    pub archive: Option<Template>,
    /// The name of a JSON file that tells of the delivery, and is sent last; `None` for none.
    pub side_file: Option<Template>,
    /// Which names the server takes; [`Characters::Windows`] by default.
    pub characters: Characters,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            directory: None,
            file: Template::name(),
            archive: None,
            side_file: None,
            characters: Characters::default(),
        }
    }
}

impl Rules {
    /// Reads templates; of a rule that comes twice, the last one counts.
    ///
    /// # Errors
    /// Everything that can be told from the templates alone: those that are none, files' words in a rule for the whole delivery, and
    /// text that is in no name. [`plan`](super::plan) finds the rest.
    pub fn parse<'t>(templates: impl IntoIterator<Item = (Rule, &'t str)>) -> Result<Self, Vec<NamingError>> {
        Self::default().with(templates)
    }

    /// The same rules, with other templates for some.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn with<'t>(mut self, templates: impl IntoIterator<Item = (Rule, &'t str)>) -> Result<Self, Vec<NamingError>> {
        let mut errors = Vec::new();
        for (rule, text) in templates {
            match Template::parse(text) {
                Ok(template) => self.set(rule, template),
                Err(error) => errors.push(error.in_rule(rule)),
            }
        }
        errors.extend(self.check());
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Sets which names the server takes.
    #[must_use]
    pub const fn characters(mut self, characters: Characters) -> Self {
        self.characters = characters;
        self
    }

    fn set(&mut self, rule: Rule, template: Template) {
        match rule {
            Rule::Directory => self.directory = Some(template),
            Rule::File => self.file = template,
            Rule::Archive => self.archive = Some(template),
            Rule::SideFile => self.side_file = Some(template),
        }
    }

    /// The rules that are there, with their templates.
    pub(super) fn templates(&self) -> impl Iterator<Item = (Rule, &Template)> {
        fn of(rule: Rule, template: Option<&Template>) -> Option<(Rule, &Template)> {
            template.map(|template| (rule, template))
        }
        [
            of(Rule::Directory, self.directory.as_ref()),
            of(Rule::File, Some(&self.file)),
            of(Rule::Archive, self.archive.as_ref()),
            of(Rule::SideFile, self.side_file.as_ref()),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether a template wants the hash of each file, which may take a while to compute.
    ///
    /// ```
    /// use qlower_core::naming::{Rule, Rules};
    ///
    /// assert!(!Rules::default().wants_hash());
    /// assert!(Rules::parse([(Rule::File, "{hash:12}.{ext}")]).unwrap().wants_hash());
    /// ```
    #[must_use]
    pub fn wants_hash(&self) -> bool {
        self.file.variables().any(|name| name == "hash")
    }

    /// What is wrong whatever the variables are.
    pub(super) fn check(&self) -> Vec<NamingError> {
        let mut errors = Vec::new();
        for (rule, template) in self.templates() {
            if rule != Rule::File {
                for (name, position) in template.places().filter(|(name, _)| super::plan::PER_FILE.contains(name)) {
                    errors.push(NamingError::new(NamingCode::PerFileVariable).in_rule(rule).at(position).named(name));
                }
            }
            errors.extend(path::faults_of_text(template, self.characters).map(|error| error.in_rule(rule)));
        }
        errors
    }
}
