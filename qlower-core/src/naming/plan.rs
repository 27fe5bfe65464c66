//! The names of a whole delivery.

mod values;

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDateTime;
use icu_normalizer::ComposingNormalizerBorrowed;
use serde::Serialize;

use super::characters::Characters;
use super::code::NamingCode;
use super::collision;
use super::error::{Detail, NamingError};
use super::path::{LONGEST_PATH, faults_of_segment};
use super::rules::{Rule, Rules};
use super::source::Source;
use super::template::{Piece, Template};
use super::variables::Variables;
use values::{Delivery, Missing, PER_DELIVERY};

pub(super) use values::PER_FILE;

/// The names of a delivery: whole paths, as seen from where the login lands. With an archive, `files` are the names of its entries.
///
/// As JSON: `directory`, `archive`, `files` and `side_file`. `Display` gives a line for each name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Names {
    /// The folder for all of it.
    pub directory: Option<String>,
    /// The archive.
    pub archive: Option<String>,
    /// The files, in the order of the sources.
    pub files: Vec<String>,
    /// The side file.
    pub side_file: Option<String>,
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = if self.archive.is_some() { "  " } else { "" };
        let mut first = true;
        let mut line = |indent: &str, name: &str| {
            let end = if std::mem::take(&mut first) { "" } else { "\n" };
            write!(f, "{end}{indent}{name}")
        };
        self.archive.iter().try_for_each(|name| line("", name))?;
        self.files.iter().try_for_each(|name| line(indent, name))?;
        self.side_file.iter().try_for_each(|name| line("", name))
    }
}

/// Makes the names of a delivery; `at` is when it is made, in UTC. The same input gives the same names.
///
/// # Errors
/// Everything that is wrong: with the rules, the variables, and the names that they make. What is wrong with a variable of the whole
/// delivery is told once, not for each file.
///
/// ```
/// use chrono::NaiveDateTime;
/// use qlower_core::naming::{NamingCode, Rules, Rule, Source, Variables, plan};
///
/// let rules = Rules::parse([(Rule::File, "{stem}.{ext}")]).unwrap();
/// let sources = [Source::new("a.jpg"), Source::new("b"), Source::new("A.JPG")];
/// let errors = plan(&rules, &sources, &Variables::new(), NaiveDateTime::default()).unwrap_err();
///
/// assert_eq!(errors[0].code(), NamingCode::EmptyValue);
/// assert_eq!(errors[0].to_string(), "rule file, file 2 (\"b\"), character 8: the file has no ending, and so {ext} is empty");
/// assert_eq!(errors[1].code(), NamingCode::DuplicateName, "Windows takes both for one");
/// ```
pub fn plan(
    rules: &Rules,
    sources: &[Source<'_>],
    variables: &Variables,
    at: NaiveDateTime,
) -> Result<Names, Vec<NamingError>> {
    let mut planning = Planning { rules, delivery: Delivery::new(sources, variables, at), errors: Vec::new() };
    planning.of_variables();
    if sources.is_empty() {
        planning.errors.push(NamingError::new(NamingCode::NoFile));
    }
    let directory = rules.directory.as_ref().map(|template| planning.one(Rule::Directory, template));
    let parent = directory.as_ref().and_then(Option::as_deref);
    let archive = rules.archive.as_ref().map(|template| planning.one(Rule::Archive, template));
    let side_file = rules.side_file.as_ref().map(|template| planning.one(Rule::SideFile, template));
    let files = planning.files(sources);

    let in_directory = |name: String| match parent {
        Some(parent) => format!("{parent}/{name}"),
        None => name,
    };
    let archive = archive.flatten().map(in_directory);
    let side_file = side_file.flatten().map(in_directory);
    let in_archive = rules.archive.is_some();
    let files: Vec<_> = files.into_iter().map(|name| if in_archive { name } else { name.map(in_directory) }).collect();

    let mut errors = planning.errors;
    let too_long = |name: &str| NamingError::new(NamingCode::PathTooLong).named(name);
    for (rule, name) in [(Rule::Archive, &archive), (Rule::SideFile, &side_file)] {
        let long = name.iter().filter(|name| name.len() > LONGEST_PATH);
        errors.extend(long.map(|name| too_long(name).in_rule(rule)));
    }
    for ((index, source), name) in sources.iter().enumerate().zip(&files) {
        let long = name.iter().filter(|name| name.len() > LONGEST_PATH);
        errors.extend(long.map(|name| too_long(name).in_rule(Rule::File).of_file(index, source.last())));
    }
    collision::find(
        rules.characters,
        sources,
        archive.as_deref(),
        in_archive,
        &files,
        side_file.as_deref(),
        &mut errors,
    );
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Names { directory: directory.flatten(), archive, files: files.into_iter().flatten().collect(), side_file })
}

/// A name under way: its text, and which place of the template gave what.
struct Rendered {
    text: String,
    spans: Vec<Span>,
}

struct Span {
    start: usize,
    position: usize,
    is_text: bool,
}

impl Rendered {
    /// Where in the template something comes from.
    fn position(&self, offset: usize) -> usize {
        let Some(span) = self.spans.iter().rev().find(|span| span.start <= offset) else { return 1 };
        let into = self.text.get(span.start..offset).filter(|_| span.is_text);
        span.position.saturating_add(into.map_or(0, |text| text.chars().count()))
    }
}

struct Planning<'p> {
    rules: &'p Rules,
    delivery: Delivery<'p>,
    errors: Vec<NamingError>,
}

impl Planning<'_> {
    fn characters(&self) -> Characters {
        self.rules.characters
    }

    /// Faults of the caller's variables, and of templates whatever the files are.
    fn of_variables(&mut self) {
        let reserved = self.delivery.variables.iter().filter(|(name, _)| PER_FILE.contains(name));
        self.errors.extend(reserved.map(|(name, _)| NamingError::new(NamingCode::ReservedVariable).named(name)));
        self.errors.extend(self.rules.check());
        for (rule, template) in self.rules.templates() {
            for (name, position) in template.places() {
                let known =
                    PER_FILE.contains(&name) || !matches!(self.delivery.value(name, None), Err(Missing::NoVariable));
                if !known {
                    let error = NamingError::new(NamingCode::UnknownVariable).in_rule(rule).at(position).named(name);
                    self.errors.push(self.explain(error, rule, name));
                }
            }
        }
    }

    /// Says what would do instead of an unknown variable.
    fn explain(&self, error: NamingError, rule: Rule, name: &str) -> NamingError {
        let own = self.delivery.variables.iter().map(|(name, _)| name).filter(|name| !PER_FILE.contains(name));
        let per_file = PER_FILE.iter().copied().filter(|_| rule == Rule::File);
        let known: Vec<&str> = own.chain(per_file).chain(PER_DELIVERY).collect();
        let folded = fold(name);
        // Longer than any name could be misspelled.
        let near = |known: &&str| strsim::damerau_levenshtein(&fold(known), &folded);
        let nearest = known.iter().copied().filter(|_| name.len() <= 64).min_by_key(near);
        let nearest = nearest.filter(|known| near(known) <= folded.chars().count() / 3);
        error.suggesting(nearest).with(Detail::Known(known.into_iter().take(24).map(str::to_owned).collect()))
    }

    /// Whether a rule can be followed at all.
    fn is_sound(&self, rule: Rule) -> bool {
        self.errors.iter().all(|error| error.rule() != Some(rule))
    }

    /// A name for the whole delivery.
    fn one(&mut self, rule: Rule, template: &Template) -> Option<String> {
        if !self.is_sound(rule) {
            return None;
        }
        let mut errors = Vec::new();
        let name = self.name(template, None, &mut errors);
        self.errors.extend(errors.into_iter().map(|error| error.in_rule(rule)));
        name
    }

    /// The names of the files.
    fn files(&mut self, sources: &[Source<'_>]) -> Vec<Option<String>> {
        if !self.is_sound(Rule::File) {
            return vec![None; sources.len()];
        }
        let (mut all, mut general) = (Vec::new(), Vec::new());
        let mut names = Vec::with_capacity(sources.len());
        for file in sources.iter().enumerate() {
            let mut errors = Vec::new();
            names.push(self.name(&self.rules.file, Some(file), &mut errors));
            // What is about no single file is told by the first one.
            errors.retain(|error| error.file().is_some() || !general.contains(error));
            general.extend(errors.iter().filter(|error| error.file().is_none()).cloned());
            all.extend(errors);
        }
        self.errors.extend(all.into_iter().map(|error| error.in_rule(Rule::File)));
        names
    }

    fn name(
        &self,
        template: &Template,
        file: Option<(usize, &Source<'_>)>,
        errors: &mut Vec<NamingError>,
    ) -> Option<String> {
        let before = errors.len();
        let rendered = self.render(template, file, errors);
        if errors.len() == before {
            self.of_segments(&rendered, template, file, errors);
        }
        (errors.len() == before).then(|| composed(&rendered.text).into_owned())
    }

    fn render(
        &self,
        template: &Template,
        file: Option<(usize, &Source<'_>)>,
        errors: &mut Vec<NamingError>,
    ) -> Rendered {
        let mut rendered = Rendered { text: String::new(), spans: Vec::new() };
        for piece in template.pieces() {
            let (value, position, is_text) = match piece {
                Piece::Text { text, position } => (Cow::from(text), *position, true),
                Piece::Variable { name, formats, position } => {
                    let place = |error: NamingError| {
                        let error = error.at(*position).named(name);
                        match file {
                            Some((index, source)) if self.delivery.differs(name, Some(source)) => {
                                error.of_file(index, source.last())
                            }
                            _ => error,
                        }
                    };
                    let value = match self.delivery.value(name, file) {
                        Ok(value) => formats.iter().fold(beginning(value), |value, format| format.apply(&value).into()),
                        Err(missing) => {
                            let error = NamingError::new(NamingCode::UnknownValue);
                            let several = matches!(missing, Missing::Several);
                            errors.push(place(if several { error.with(Detail::Count(2)) } else { error }));
                            continue;
                        }
                    };
                    if let Some(error) = fault_of_value(&value, self.characters()) {
                        errors.push(place(error));
                        continue;
                    }
                    (value, *position, false)
                }
            };
            if rendered.text.len().saturating_add(value.len()) > LONGEST_PATH {
                let error = NamingError::new(NamingCode::PathTooLong).named(&value);
                errors.push(match file {
                    Some((index, source)) => error.of_file(index, source.last()),
                    None => error,
                });
                break;
            }
            rendered.spans.push(Span { start: rendered.text.len(), position, is_text });
            rendered.text.push_str(&value);
        }
        rendered
    }

    fn of_segments(
        &self,
        rendered: &Rendered,
        template: &Template,
        file: Option<(usize, &Source<'_>)>,
        errors: &mut Vec<NamingError>,
    ) {
        let differs = template.variables().any(|name| self.delivery.differs(name, file.map(|(_, source)| source)));
        let mut start = 0_usize;
        for segment in rendered.text.split('/') {
            for (code, detail) in faults_of_segment(&composed(segment), start == 0, self.characters()) {
                let error = NamingError::new(code).at(rendered.position(start)).named(segment).with(detail);
                errors.push(match file {
                    Some((index, source)) if differs => error.of_file(index, source.last()),
                    _ => error,
                });
            }
            start = start.saturating_add(segment.len()).saturating_add(1);
        }
    }
}

/// As much of a value as can be of interest: a template may use a long one often.
fn beginning(value: Cow<'_, str>) -> Cow<'_, str> {
    match value.char_indices().nth(LONGEST_PATH.saturating_add(1)) {
        Some((end, _)) => value.get(..end).unwrap_or_default().to_owned().into(),
        None => value,
    }
}

/// What is wrong with a value.
fn fault_of_value(value: &str, characters: Characters) -> Option<NamingError> {
    if value.is_empty() {
        return Some(NamingError::new(NamingCode::EmptyValue));
    }
    value.chars().find_map(|c| {
        let code = if c == '/' { NamingCode::SlashInValue } else { characters.refuses(c)? };
        Some(NamingError::new(code).with(Detail::Character(c)))
    })
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Unicode's composed form.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}
