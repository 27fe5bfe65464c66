//! The text as a whole: is it a payload at all, and what is in its header.

use super::engine::{Checker, Findings};
use super::index::Parent;
use super::object::Frame;
use super::params::{Detail, NotA, Params};
use super::{CheckOptions, FindingCode, Report};
use crate::model::{ModelName, Payload};
use crate::scan::{Scanner, Stop, Token};

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn check(text: &[u8], options: &CheckOptions) -> Report {
    let mut checker = Checker::new(text, options);
    let mut start = 0;
    if text.starts_with(BYTE_ORDER_MARK) {
        start = BYTE_ORDER_MARK.len();
        checker.report_here(FindingCode::ByteOrderMark, ModelName::Payload, 0, Params::default());
    }
    let space = text.iter().skip(start).take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
    start += space;
    if let Some(not) = not_a_payload(text.get(start..).unwrap_or_default()) {
        return checker.refuse(not, start);
    }
    checker.scan = Scanner::new(text, start);
    let result = checker.root(start);
    let complete = result.is_ok();
    match result {
        Ok(()) => {
            checker.scan.finish();
            checker.drain(None);
        }
        // What was read up to here still gets the rules across items.
        Err(Stop) => checker.drain(None),
    }
    if let Some(report) = checker.other_document(start) {
        return report;
    }
    checker.across_items(complete);
    checker.into_report(complete)
}

/// What the text is instead, as far as its first bytes tell.
fn not_a_payload(text: &[u8]) -> Option<NotA> {
    Some(match text {
        [] => NotA::Empty,
        [b'{', 0, ..] | [0, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => NotA::Utf16,
        [b'{', ..] => return None,
        [b'[', ..] => NotA::Array,
        [b'<', ..] => NotA::Markup,
        [b'P', b'K', ..] | [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [b'B', b'Z', b'h', ..] => NotA::Archive,
        _ => {
            let mut scanner = Scanner::new(text, 0);
            let token = scanner.token();
            scanner.finish();
            match token {
                Ok(Token::Null) if scanner.faults.is_empty() => NotA::Null,
                Ok(Token::Text(_) | Token::Number(_) | Token::Bool(_)) if scanner.faults.is_empty() => NotA::Scalar,
                _ => NotA::NotJson,
            }
        }
    })
}

impl Checker<'_> {
    fn root(&mut self, start: usize) -> Result<(), Stop> {
        self.scan.token()?;
        self.object(&Payload::MODEL, start, Parent::Section(0))
    }

    fn refuse(mut self, not: NotA, at: usize) -> Report {
        self.out.clear();
        self.report_here(FindingCode::NotAPayload, ModelName::Payload, at, Params::default().detail(Detail::NotA(not)));
        self.into_report(false)
    }

    /// One finding says it all if the object is something else, or of an edition with another shape.
    fn other_document(&mut self, start: usize) -> Option<Report> {
        const VERSION: usize = Payload::MODEL.position("versionId");
        let root = self.frames.last()?;
        let foreign = root.seen == 0 && root.unknown && root.start == start;
        let old = root.given(VERSION).filter(|version| version.text.is_some_and(|text| &*text.bytes() == b"1.0"));
        if !foreign && old.is_none() {
            return None;
        }
        let old = old.map(|version| version.at);
        let mut only = Findings::new(self.out.policy);
        match old {
            Some(at) => {
                let params = Params::field("versionId").value("1.0");
                only.push(FindingCode::UnsupportedVersion, ModelName::Payload, at, params, || "/versionId".to_owned());
            }
            None => {
                let params = Params::default().detail(Detail::NotA(NotA::OtherObject));
                only.push(FindingCode::NotAPayload, ModelName::Payload, start, params, String::new);
            }
        }
        let text = self.scan.text();
        let today = self.today;
        Some(Checker::at(text, 0, today, 1, only).into_report(false))
    }

    /// Rules of the root object.
    pub(super) fn finish_payload(&mut self, frame: &Frame<'_>) {
        const CLIENTS: usize = Payload::MODEL.position("clients");
        const SECTIONS: [usize; 4] = [
            Payload::MODEL.position("declarants"),
            Payload::MODEL.position("properties"),
            Payload::MODEL.position("transactions"),
            Payload::MODEL.position("documents"),
        ];
        if frame.seen >> CLIENTS & 1 == 1
            && let Some(section) = SECTIONS.into_iter().find(|section| frame.seen >> section & 1 == 1)
            && let Some(field) = Payload::FIELDS.get(section)
        {
            let place = super::cross::field(self.scan.text(), frame.start, field.key);
            let at = place.map_or(frame.start, |(at, _)| at);
            self.report(FindingCode::BothLayouts, ModelName::Payload, at, Params::field(field.key));
        }
        if super::index::Kind::ALL.iter().all(|kind| self.index.items(*kind).len() == 0) {
            self.report_here(FindingCode::EmptyPayload, ModelName::Payload, frame.start, Params::default());
        }
    }
}

/// A text in the header of a payload that passed the check.
pub(super) fn header(text: &[u8], key: &str) -> String {
    let start = text.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let value = super::cross::field(text, start, key).and_then(|(_, text)| text);
    value.map(|text| text.decode().into_owned()).unwrap_or_default()
}
