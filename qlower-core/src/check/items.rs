//! The check of items that are given one by one, for payloads that never stand in memory as a whole.

mod across;
mod content;
mod judge;
mod known;
mod refused;

use std::fmt;

use chrono::{DateTime, FixedOffset};
use zeroize::Zeroizing;

use self::known::{Known, News};
pub use self::refused::Refused;
use super::engine::{Findings, Policy, Spare};
use super::{CheckOptions, FindingCode, Report, ValidationError};
use crate::model::{Item, ModelName, Payload, Section};
use crate::secret::ApiKey;
use crate::value::date::Packed;
use crate::value::{Timestamp, timestamp};

/// Checks the items of a payload one by one, in any order, and remembers of them only hashes of their ids and contents.
///
/// An item meets the rules that [`check`](super::check()) applies to it, and at the end the report says of all items that were
/// taken what `check` says of one payload that holds them, with these differences:
///
/// * An item with an error is refused and forgotten, so that it can be corrected and given again.
/// * The pointer of a finding is `/transactions/7` for what is about the eighth transaction that was taken, in whatever
///   order the sections were given, and there is neither line nor column. The findings stand in the order in which they came
///   up; those about references that stayed without a target come last.
/// * A finding about a repeated id says that an item was given before, not which.
/// * Ids are compared by a hash of 64 bits, and the contents of items with the same id by 32 bits. Two of ten million different
///   ids are taken for the same once in some 370 000 such runs.
///
/// It takes some 15 bytes of memory for each item, 17 at most; in the layout with `clients`, as much only for the hash of each
/// id, and in addition some 19 for each different id that is referred to before it is given, 24 for each property with a SIRET
/// whose declarant is not known yet. What [`CheckOptions::max_findings`] allows to keep comes on top.
///
/// # Example: a mistake is told at once
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::check::ItemChecker;
/// use qlower_core::model::Section;
/// use qlower_core::{CheckOptions, FindingCode};
///
/// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
/// let mut checker = ItemChecker::new("acme", &"k".into(), &"2025-02-01T08:00:00+01:00".into(), &options)?;
///
/// let wrong = br#"{"id":"T1","reqdExctnDt":"31/01/2025","id-prty":"P1","amt":850.0,"ref":"Loyer"}"#;
/// let refused = checker.check_json(Section::Transactions, wrong).unwrap_err();
/// assert_eq!(refused.report().findings()[0].suggestion(), Some("2025-01-31"));
///
/// let right = br#"{"id":"T1","reqdExctnDt":"2025-01-31","id-prty":"P1","amt":850.0,"ref":"Loyer"}"#;
/// checker.check_json(Section::Transactions, right)?.take();
///
/// let report = checker.finish();
/// assert!(report.is_valid());
/// assert_eq!(report.findings()[0].code(), FindingCode::UnknownReference);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ItemChecker {
    today: Packed,
    policy: Policy,
    head: Zeroizing<Vec<u8>>,
    created_at: DateTime<FixedOffset>,
    /// Of all items that were taken.
    total: Findings,
    /// Items of each section that were taken.
    taken: [u64; 5],
    clients: Option<bool>,
    known: Known,
    /// The number of the file in which items stand that are taken now.
    file: u32,
    /// What is reused for each item.
    spare: Option<Spare>,
    canonical: Vec<u8>,
    scratch: content::Scratch,
    news: News,
}

/// An item without an error that was not taken yet. Dropped, it is forgotten.
#[must_use = "an item that is not taken is forgotten"]
pub struct Sound<'c> {
    checker: &'c mut ItemChecker,
    section: Section,
    /// `None` for a typed item, whose canonical form the checker holds.
    given: Option<&'c [u8]>,
    found: Findings,
}

impl ItemChecker {
    /// Starts with the header of the payload, which is checked too.
    ///
    /// # Errors
    /// [`ValidationError`] if the header has an error.
    pub fn new(
        partner: &str,
        api_key: &ApiKey,
        created_at: &Timestamp,
        options: &CheckOptions,
    ) -> Result<Self, ValidationError> {
        let payload = Payload {
            partner: partner.to_owned(),
            api_key: api_key.clone(),
            created_at: created_at.clone(),
            ..Payload::default()
        };
        let mut head = Zeroizing::new(payload.to_json());
        let mut report = super::check(&head, options);
        for finding in &mut report.findings {
            finding.place = None;
        }
        let policy = Policy::of(options);
        let mut total = Findings::of_report(report, policy);
        total.forget(FindingCode::EmptyPayload, ModelName::Payload);
        if total.has_errors() {
            return Err(ValidationError::new(total.into_report(true)));
        }
        head.pop();
        let text = created_at.to_string();
        Ok(Self {
            today: options.today.into(),
            policy,
            created_at: timestamp::read(text.as_bytes()).map(|reading| reading.instant).unwrap_or_default(),
            head,
            total,
            taken: [0; 5],
            clients: None,
            known: Known::default(),
            file: 0,
            spare: None,
            canonical: Vec::new(),
            scratch: content::Scratch::default(),
            news: News::default(),
        })
    }

    /// Checks an item in its canonical form.
    ///
    /// # Errors
    /// [`ItemError`] if it has an error: then it is forgotten.
    pub fn check(&mut self, item: &impl Item) -> Result<Sound<'_>, ItemError> {
        self.check_as(item)
    }

    fn check_as<T: Item>(&mut self, item: &T) -> Result<Sound<'_>, ItemError> {
        let mut canonical = std::mem::take(&mut self.canonical);
        canonical.clear();
        item.write_to(&mut canonical);
        let judged = self.judge(T::SECTION, &canonical);
        self.canonical = canonical;
        let found = judged?;
        Ok(Sound { checker: self, section: T::SECTION, given: None, found })
    }

    /// Checks an item that is given as JSON text, with the wire's keys.
    ///
    /// # Errors
    /// [`ItemError`] if it has an error, or is not exactly one JSON object: then it is forgotten.
    pub fn check_json<'c>(&'c mut self, section: Section, text: &'c [u8]) -> Result<Sound<'c>, ItemError> {
        let text = trim(text);
        let found = self.judge(section, text)?;
        Ok(Sound { checker: self, section, given: Some(text), found })
    }

    /// Says that what is taken from now on stands in a next file, for [`Sound::awaited_since`].
    pub const fn next_file(&mut self) {
        self.file = self.file.saturating_add(1);
    }

    /// The number of the file in which what is taken now stands, from 0.
    #[must_use]
    pub const fn file(&self) -> u32 {
        self.file
    }

    /// The payload's JSON up to its first section: the opening brace and the header, without a comma after it. It holds the
    /// access key.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// When the payload was made, as the header says.
    #[must_use]
    pub const fn created_at(&self) -> &DateTime<FixedOffset> {
        &self.created_at
    }

    /// How many items of a section were taken.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "the array has an element a variant")]
    pub const fn taken(&self, section: Section) -> u64 {
        self.taken[section as usize]
    }

    /// Bytes of memory that hold what is known of the items.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.known.bytes()
    }

    /// Ends the check: references that are still without a target get their finding.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.resolve();
        if self.taken.iter().all(|items| *items == 0) {
            self.total.push(
                FindingCode::EmptyPayload,
                ModelName::Payload,
                0,
                super::params::Params::default(),
                String::new,
            );
        }
        self.total.into_report(true)
    }
}

impl Sound<'_> {
    /// The JSON text that is to be sent: for a typed item its canonical form, else what was given, without white space around it.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        match self.given {
            Some(text) => text,
            None => &self.checker.canonical,
        }
    }

    /// The array in which it stands.
    #[must_use]
    pub const fn section(&self) -> Section {
        self.section
    }

    /// How many items with an id it is, nested ones included.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.checker.news.items
    }

    /// Whether it refers to an item that was not taken yet, or to one that itself waits.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.checker.news.waits
    }

    /// The number of the file in which the first item stands that refers to this one or to something in it, and was taken
    /// before; `None` if there is none.
    #[must_use]
    pub const fn awaited_since(&self) -> Option<u32> {
        self.checker.news.awaited_since
    }

    /// Says that it, and what is taken after it, stands in a next file; see [`ItemChecker::next_file`].
    pub const fn next_file(&mut self) {
        self.checker.next_file();
    }

    /// The number of the file in which it will stand.
    #[must_use]
    pub const fn file(&self) -> u32 {
        self.checker.file
    }

    /// Its warnings.
    #[must_use]
    pub fn findings(&self) -> &[super::Finding] {
        &self.found.kept
    }

    /// Takes the item: it is remembered, and its warnings go into the report.
    pub fn take(self) {
        let Self { checker, section, found, .. } = self;
        checker.remember(section, found);
    }
}

impl fmt::Debug for ItemChecker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemChecker").field("taken", &self.taken).field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound")
            .field("section", &self.section)
            .field("bytes", &self.text().len())
            .finish_non_exhaustive()
    }
}

/// An item that was refused, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError {
    model: ModelName,
    report: Box<Report>,
}

impl ItemError {
    /// The model of the item.
    #[must_use]
    pub const fn model(&self) -> ModelName {
        self.model
    }

    /// The partner's id of the item, where one could be read.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.report.findings.iter().find(|finding| finding.model == self.model).and_then(|finding| finding.id())
    }

    /// What was found. Its pointers are those that the item would have had.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (errors, first) = (self.report.error_count(), self.report.first_message());
        write!(f, "the item of {} ", self.model)?;
        if let Some(id) = self.id() {
            write!(f, "with id {:?} ", super::params::shorten(id))?;
        }
        write!(f, "has {errors} error{} and was not taken; first: {first}", if errors == 1 { "" } else { "s" })
    }
}

impl std::error::Error for ItemError {}

/// Without JSON's white space at either end.
fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}
