//! The state of a running check: where it is, what it found, what it remembers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::index::{Index, Kind, Parent};
use super::object::Frame;
use super::params::{Detail, Params};
use super::suggest::Nearest;
use super::{CheckOptions, Count, Finding, FindingCode, Report, Severity, Strictness};
use crate::model::{Model, ModelName};
use crate::scan::{Fault, Scanner, Text};
use crate::value::date::Packed;

/// A part of the path to where the check is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

/// Findings, and their number beyond what is kept.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    pub(super) counts: BTreeMap<ModelName, Count>,
    pub(super) by_code: BTreeMap<(FindingCode, Severity), u64>,
    pub(super) policy: Policy,
}

/// What is reported, how much of it is kept, and as what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    limit: usize,
    strictness: Strictness,
    structure_only: bool,
}

impl Policy {
    pub(super) const fn of(options: &CheckOptions) -> Self {
        let CheckOptions { max_findings: limit, strictness, structure_only, .. } = *options;
        Self { limit, strictness, structure_only }
    }
}

impl Findings {
    pub(super) const fn new(policy: Policy) -> Self {
        Self { kept: Vec::new(), counts: BTreeMap::new(), by_code: BTreeMap::new(), policy }
    }

    /// Whether another finding would be kept, so that its details are worth their price.
    pub(super) const fn has_room(&self) -> bool {
        self.kept.len() < self.policy.limit
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.policy);
    }

    /// Counts a finding and, while there is room, keeps it. The pointer is made only then.
    pub(super) fn push(
        &mut self,
        code: FindingCode,
        model: ModelName,
        at: usize,
        params: Params,
        pointer: impl FnOnce() -> String,
    ) {
        if self.policy.structure_only && !code.is_structural() {
            return;
        }
        let severity = self.severity(code);
        self.count(code, severity, model, 1);
        if self.has_room() {
            self.kept.push(Finding { code, severity, model, id: None, pointer: pointer(), at, place: None, params });
        }
    }

    const fn severity(&self, code: FindingCode) -> Severity {
        match self.policy.strictness {
            Strictness::Normal => code.severity(),
            Strictness::Strict => Severity::Error,
        }
    }

    fn count(&mut self, code: FindingCode, severity: Severity, model: ModelName, number: u64) {
        *self.by_code.entry((code, severity)).or_default() += number;
        let count = self.counts.entry(model).or_default();
        match severity {
            Severity::Error => count.errors += number,
            Severity::Warning => count.warnings += number,
        }
    }

    /// Counts findings that are not kept.
    pub(super) fn add(&mut self, code: FindingCode, model: ModelName, number: u64) {
        if number > 0 {
            self.count(code, self.severity(code), model, number);
        }
    }

    /// Whether so many findings would be kept.
    pub(super) const fn is_room_for(&self, number: usize) -> bool {
        number < self.policy.limit
    }

    pub(super) fn has_errors(&self) -> bool {
        self.by_code.keys().any(|(_, severity)| *severity == Severity::Error)
    }

    pub(super) fn of_report(report: Report, policy: Policy) -> Self {
        let Report { findings: kept, counts, by_code, .. } = report;
        Self { kept, counts, by_code, policy }
    }

    /// Takes back every finding of a kind, which all are of one model.
    pub(super) fn forget(&mut self, code: FindingCode, model: ModelName) {
        self.kept.retain(|finding| finding.code != code);
        let severity = self.severity(code);
        let Some(number) = self.by_code.remove(&(code, severity)) else { return };
        let Some(count) = self.counts.get_mut(&model) else { return };
        match severity {
            Severity::Error => count.errors -= number.min(count.errors),
            Severity::Warning => count.warnings -= number.min(count.warnings),
        }
        if *count == Count::default() {
            self.counts.remove(&model);
        }
    }

    pub(super) fn into_report(self, complete: bool) -> Report {
        Report { findings: self.kept, counts: self.counts, by_code: self.by_code, complete }
    }

    /// Adds the findings of a later part of the text.
    pub(super) fn append(&mut self, part: Self) {
        let room = self.policy.limit.saturating_sub(self.kept.len());
        self.kept.extend(part.kept.into_iter().take(room));
        for (model, count) in part.counts {
            let own = self.counts.entry(model).or_default();
            own.errors += count.errors;
            own.warnings += count.warnings;
        }
        for (key, number) in part.by_code {
            *self.by_code.entry(key).or_default() += number;
        }
    }
}

/// An item inside another one that awaits a comparison with its parent.
#[derive(Clone, Debug)]
pub(super) struct Child<'t> {
    pub(super) number: u32,
    pub(super) id: Option<Text<'t>>,
    /// The parent that it names itself.
    pub(super) names: Option<Text<'t>>,
    pub(super) siret: Option<Text<'t>>,
}

/// What a check can take over from another one, so that many small texts cost no allocation.
pub(super) struct Spare {
    path: Vec<Step>,
    pub(super) index: Box<Index>,
    order: Box<[[u8; 48]; 8]>,
    frames: Vec<Frame<'static>>,
    nearest: Nearest,
}

impl Default for Spare {
    fn default() -> Self {
        let mut order = Box::new([[0; 48]; 8]);
        for row in order.iter_mut() {
            for (next, at) in row.iter_mut().zip(0_u8..) {
                *next = at;
            }
        }
        Self { path: Vec::new(), index: Box::default(), order, frames: Vec::new(), nearest: Nearest::default() }
    }
}

/// A running check.
pub(super) struct Checker<'t> {
    pub(super) scan: Scanner<'t>,
    pub(super) today: Packed,
    pub(super) threads: usize,
    pub(super) path: Vec<Step>,
    /// The model of the innermost open object, for faults of the text.
    pub(super) model: ModelName,
    pub(super) out: Findings,
    pub(super) index: Box<Index>,
    /// Entry of `clients`, counted from 1; 0 at the root.
    pub(super) scope: u32,
    /// Which field followed which in the last object of a model.
    pub(super) order: Box<[[u8; 48]; 8]>,
    pub(super) frames: Vec<Frame<'t>>,
    pub(super) nearest: Nearest,
    pub(super) properties: Vec<Child<'t>>,
    pub(super) documents: Vec<Child<'t>>,
    /// References of a part of the text are resolved against what was known before it.
    pub(super) known: Option<&'t super::index::Refs>,
}

impl<'t> Checker<'t> {
    pub(super) fn new(text: &'t [u8], options: &CheckOptions) -> Self {
        Self::at(text, 0, options.today.into(), options.threads.get(), Findings::new(Policy::of(options)))
    }

    pub(super) fn at(text: &'t [u8], pos: usize, today: Packed, threads: usize, out: Findings) -> Self {
        Self { threads, ..Self::resume(text, pos, today, out, Spare::default()) }
    }

    /// A check of another text with the memory of an earlier one.
    pub(super) fn resume(text: &'t [u8], pos: usize, today: Packed, out: Findings, spare: Spare) -> Self {
        let Spare { path, index, order, frames, nearest } = spare;
        Self {
            scan: Scanner::new(text, pos),
            today,
            threads: 1,
            path,
            model: ModelName::Payload,
            out,
            index,
            scope: 0,
            order,
            frames,
            nearest,
            properties: Vec::new(),
            documents: Vec::new(),
            known: None,
        }
    }

    /// What was found, and the memory for the next text. What the index holds stays in it.
    pub(super) fn into_spare(self) -> (Findings, Spare) {
        let Self { out, mut path, index, order, frames, nearest, .. } = self;
        path.clear();
        // Collecting in place keeps the allocation.
        let frames = frames.into_iter().map(Frame::recycle).collect();
        (out, Spare { path, index, order, frames, nearest })
    }

    /// Reports something about a field of the open object, or about the object itself.
    #[cold]
    pub(super) fn report(&mut self, code: FindingCode, model: ModelName, at: usize, params: Params) {
        let Self { out, path, .. } = self;
        let field = params.field.clone();
        out.push(code, model, at, params, || pointer(path, field.as_deref()));
    }

    /// Reports something about the place where the path stands.
    #[cold]
    pub(super) fn report_here(&mut self, code: FindingCode, model: ModelName, at: usize, params: Params) {
        let Self { out, path, .. } = self;
        out.push(code, model, at, params, || pointer(path, None));
    }

    /// Reports what the scanner noted.
    #[inline]
    pub(super) fn drain(&mut self, field: Option<&str>) {
        if !self.scan.faults.is_empty() {
            self.report_faults(field);
        }
    }

    #[cold]
    fn report_faults(&mut self, field: Option<&str>) {
        for noted in std::mem::take(&mut self.scan.faults) {
            let code = match noted.fault {
                Fault::UnexpectedEnd => FindingCode::TruncatedJson,
                Fault::InvalidUtf8 => FindingCode::InvalidUtf8,
                Fault::LoneSurrogate => FindingCode::LoneSurrogate,
                Fault::Nul => FindingCode::NulCharacter,
                Fault::DuplicateKey => FindingCode::DuplicateKey,
                Fault::TooDeep => FindingCode::NestedTooDeep,
                _ => FindingCode::MalformedJson,
            };
            let mut params = Params::default().detail(Detail::Syntax(noted.fault));
            params.field = match noted.fault {
                Fault::DuplicateKey => Scanner::new(self.scan.text(), noted.at)
                    .string()
                    .ok()
                    .map(|key| Cow::Owned(key.decode().into_owned())),
                _ => field.map(|field| Cow::Owned(field.to_owned())),
            };
            let Self { out, path, model, .. } = self;
            out.push(code, *model, noted.at, params, || pointer(path, field));
        }
    }

    /// Reports something about a field of an item that was passed before.
    #[cold]
    pub(super) fn report_item(
        &mut self,
        code: FindingCode,
        (kind, number): (Kind, u32),
        id: Option<&str>,
        at: usize,
        params: Params,
    ) {
        let Self { out, index, .. } = self;
        let before = out.kept.len();
        let field = params.field.clone().unwrap_or_default();
        out.push(code, kind.model(), at, params, || format!("{}/{field}", index.pointer(kind, number)));
        if let Some(finding) = out.kept.get_mut(before) {
            finding.id = id.map(Into::into);
        }
    }

    /// Numbers the items of an array from here on.
    pub(super) fn start_run(&mut self, model: &'static Model, parent: Parent) {
        if let Some(kind) = Kind::of(model.name) {
            let items = self.index.items_mut(kind);
            let first = items.len();
            items.runs.push(super::index::Run { first, parent });
        }
    }

    pub(super) fn into_report(mut self, complete: bool) -> Report {
        for kind in Kind::ALL {
            let items = u64::from(self.index.items(kind).len());
            if items > 0 {
                self.out.counts.entry(kind.model()).or_default().items = items;
            }
        }
        let mut findings = std::mem::take(&mut self.out.kept);
        findings.sort_by_key(|finding| finding.at);
        super::place::assign(self.scan.text(), &mut findings);
        Report { findings, counts: self.out.counts, by_code: self.out.by_code, complete }
    }
}

/// JSON Pointer of a path and one more key.
pub(super) fn pointer(path: &[Step], key: Option<&str>) -> String {
    let mut out = String::new();
    for step in path {
        _ = match step {
            Step::Key(key) => write!(out, "/{key}"),
            Step::Index(at) => write!(out, "/{at}"),
        };
    }
    if let Some(key) = key {
        out.push('/');
        for char in key.chars() {
            match char {
                '~' => out.push_str("~0"),
                '/' => out.push_str("~1"),
                char => out.push(char),
            }
        }
    }
    out
}
