//! The report of a part, from that of the whole.

use std::collections::BTreeMap;

use super::place::{Place, holders};
use super::walk::Tally;
use crate::check::{Finding, FindingCode, Report, Severity};

/// Gives each part the findings about what is in it.
pub(super) fn reports<'t>(whole: &Report, places: &[Place], tallies: impl Iterator<Item = &'t Tally>) -> Vec<Report> {
    let mut reports: Vec<Report> = tallies.map(empty).collect();
    for finding in whole.findings() {
        let held = holders(places, finding.pointer());
        let parts = reports.get_mut(held.clone()).unwrap_or_default();
        for (report, place) in parts.iter_mut().zip(places.get(held).unwrap_or_default()) {
            if let Some(finding) = in_part(finding, place) {
                count(report, finding.code(), finding.severity(), &finding);
                report.findings.push(finding);
            }
        }
    }
    reports
}

fn empty(tally: &Tally) -> Report {
    let mut report = Report { findings: Vec::new(), counts: BTreeMap::new(), by_code: BTreeMap::new(), complete: true };
    for (model, items) in tally.iter() {
        report.counts.entry(model).or_default().items = items;
    }
    report
}

fn count(report: &mut Report, code: FindingCode, severity: Severity, finding: &Finding) {
    *report.by_code.entry((code, severity)).or_default() += 1;
    let count = report.counts.entry(finding.model()).or_default();
    match severity {
        Severity::Error => count.errors += 1,
        Severity::Warning => count.warnings += 1,
    }
}

fn in_part(finding: &Finding, place: &Place) -> Option<Finding> {
    let mut finding = finding.clone();
    finding.pointer = place.in_part(&finding.pointer)?;
    // Nobody wrote the part's text.
    finding.place = None;
    if matches!(finding.code, FindingCode::ExactDuplicate | FindingCode::IdInTwoClients)
        && let Some(other) = finding.params.other.as_deref().and_then(|other| place.in_part(other))
    {
        finding.params.other = Some(other.into());
    }
    Some(finding)
}
