//! What is wrong with several refused items, as one report.

use std::collections::BTreeMap;

use super::ItemError;
use crate::check::{CheckOptions, Report};
use crate::model::Section;

/// Gathers what is wrong with the items of a section that an [`ItemChecker`](super::ItemChecker) refused, by the numbers that they
/// have for the caller.
///
/// # Example: two rows of a table
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::CheckOptions;
/// use qlower_core::check::{ItemChecker, Refused};
/// use qlower_core::model::Section;
///
/// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
/// let mut checker = ItemChecker::new("acme", &"k".into(), &"2025-02-01T08:00:00+01:00".into(), &options)?;
/// let mut refused = Refused::new(Section::Transactions, &options);
/// for (row, text) in [r#"{"id":"T1"}"#, r#"{"id":"T2"}"#].into_iter().enumerate() {
///     match checker.check_json(Section::Transactions, text.as_bytes()) {
///         Ok(sound) => sound.take(),
///         Err(error) => refused.add(row as u64, &error),
///     }
/// }
/// assert_eq!(refused.items(), 2);
/// let report = refused.into_report();
/// assert_eq!(report.findings().last().unwrap().pointer(), "/transactions/1/ref");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Refused {
    section: Section,
    max_findings: usize,
    items: u64,
    report: Report,
}

impl Refused {
    /// Nothing was refused yet. As many findings as the options allow are kept in detail, further ones are counted.
    #[must_use]
    pub const fn new(section: Section, options: &CheckOptions) -> Self {
        let report = Report { findings: Vec::new(), counts: BTreeMap::new(), by_code: BTreeMap::new(), complete: true };
        Self { section, max_findings: options.max_findings, items: 0, report }
    }

    /// Adds an item. Pointers into it begin with the section and this number.
    pub fn add(&mut self, number: u64, error: &ItemError) {
        let found = error.report();
        self.items += 1;
        self.report.complete &= found.complete;
        for (model, count) in &found.counts {
            let sum = self.report.counts.entry(*model).or_default();
            sum.items += count.items;
            sum.errors += count.errors;
            sum.warnings += count.warnings;
        }
        for (kind, count) in &found.by_code {
            *self.report.by_code.entry(*kind).or_default() += count;
        }
        let room = self.max_findings.saturating_sub(self.report.findings.len());
        for finding in found.findings.iter().take(room) {
            let mut finding = finding.clone();
            finding.pointer = self.renumbered(&finding.pointer, number);
            self.report.findings.push(finding);
        }
    }

    /// How many items were added.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.items
    }

    /// Everything that is wrong with them, in the order in which they were added.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.report
    }

    fn renumbered(&self, pointer: &str, number: u64) -> String {
        let section = self.section.as_str();
        let inner = pointer.strip_prefix('/').and_then(|rest| rest.strip_prefix(section));
        match inner.and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => {
                let rest = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
                format!("/{section}/{number}{rest}")
            }
            None => pointer.to_owned(),
        }
    }
}
