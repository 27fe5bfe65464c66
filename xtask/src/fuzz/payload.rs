//! What holds for the check of any bytes.

use std::collections::BTreeSet;

use qlower_core::{CheckOptions, Finding, FindingCode, Lang, Payload, Report, Strictness, check};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::corpus::KEY;
use crate::sample::TODAY;

/// Checks bytes as a payload, and everything that follows from the report.
///
/// # Errors
/// Says which property does not hold.
pub fn payload(text: &[u8]) -> Result<(), String> {
    let options = CheckOptions::on(TODAY);
    let report = check(text, &options);
    counts(&report)?;
    places(&report, text)?;
    well_formed(&report, text)?;
    secret(&report, text)?;
    round_trip(&report, text)?;
    if check(text, &options.clone().threads(2)) != report {
        return Err("two threads give another report".to_owned());
    }
    let strict = check(text, &options.clone().strictness(Strictness::Strict));
    if strict.is_valid() != (report.is_valid() && report.warning_count() == 0) {
        return Err("strict is not: no errors and no warnings".to_owned());
    }
    let few = check(text, &options.max_findings(1));
    if (few.error_count(), few.warning_count()) != (report.error_count(), report.warning_count()) {
        return Err("the counts depend on how many findings are kept".to_owned());
    }
    Ok(())
}

fn counts(report: &Report) -> Result<(), String> {
    let json: Value = serde_json::from_str(&report.to_json()).map_err(|error| format!("the report's JSON: {error}"))?;
    let listed = json.get("findings").and_then(Value::as_array).map(Vec::len);
    if listed != Some(report.findings().len()) {
        return Err(format!("the report's JSON lists {listed:?} findings"));
    }
    let errors = report.errors().count() as u64;
    if report.omitted() == 0 && errors != report.error_count() {
        return Err(format!("{errors} errors are listed, {} counted", report.error_count()));
    }
    let by_code: u64 = report.by_code().map(|(_, _, count)| count).sum();
    if by_code != report.error_count() + report.warning_count() {
        return Err("the counts by code and by model differ".to_owned());
    }
    if !report.is_complete() && report.is_valid() {
        return Err("valid without being complete".to_owned());
    }
    Ok(())
}

/// Lines and columns lie in the text, in its order; pointers lead to something or to where it is missing.
fn places(report: &Report, text: &[u8]) -> Result<(), String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let widths: Vec<usize> = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.iter().filter(|byte| **byte & 0xc0 != 0x80).count())
        .collect();
    let mut before = (0, 0);
    for finding in report.findings() {
        let (Some(line), Some(column)) = (finding.line(), finding.column()) else {
            return Err(format!("no place: {finding:?}"));
        };
        let width = usize::try_from(line).ok().and_then(|line| widths.get(line.checked_sub(1)?));
        // One behind the end is where something is missing.
        if column == 0 || width.is_none_or(|width| column > *width as u64 + 1) {
            return Err(format!("{line}:{column} is not in the text: {finding:?}"));
        }
        if (line, column) < before {
            return Err(format!("{line}:{column} comes after {before:?}"));
        }
        before = (line, column);
        if !(finding.pointer().is_empty() || finding.pointer().starts_with('/')) {
            return Err(format!("no pointer: {finding:?}"));
        }
        if finding.message(Lang::En).contains('{') && !finding.message(Lang::En).contains('"') {
            return Err(format!("a placeholder is left: {finding}"));
        }
    }
    let parsed: Option<Value> = serde_json::from_slice(text).ok();
    let Some(value) = parsed else { return Ok(()) };
    if report.findings().iter().any(|finding| finding.code() == FindingCode::DuplicateKey) {
        return Ok(());
    }
    for finding in report.findings() {
        let missing = matches!(finding.code(), FindingCode::MissingField | FindingCode::DocumentWithoutOwner);
        let pointer = finding.pointer();
        let pointer = if missing || finding.code() == FindingCode::BothLayouts {
            pointer.rsplit_once('/').map_or(pointer, |(parent, _)| parent)
        } else {
            pointer
        };
        if value.pointer(pointer).is_none() {
            return Err(format!("nothing is at the pointer: {finding:?}"));
        }
    }
    Ok(())
}

/// Another parser comes to the same verdict on the text as JSON.
fn well_formed(report: &Report, text: &[u8]) -> Result<(), String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let theirs = std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let has = |codes: &[FindingCode]| report.by_code().any(|(code, _, _)| codes.contains(&code));
    let malformed = has(&[FindingCode::MalformedJson, FindingCode::TruncatedJson, FindingCode::InvalidUtf8]);
    if theirs && malformed {
        return Err(format!("another parser takes this as JSON: {report}"));
    }
    // These stand alone, or hide what else is wrong; a NUL as such is no JSON either.
    let hidden = has(&[FindingCode::NotAPayload, FindingCode::UnsupportedVersion]) || text.contains(&0);
    if !theirs && !malformed && !hidden {
        return Err(format!("another parser does not take this as JSON: {report}"));
    }
    // A field that is ignored may hold 1e400: JSON, though no float takes it.
    let unreadable = |error: serde_json::Error| !error.to_string().starts_with("number out of range");
    if report.is_valid() && serde_json::from_slice::<Value>(text).is_err_and(unreadable) {
        return Err("valid, but another parser cannot read it".to_owned());
    }
    Ok(())
}

/// The access key of a generated payload stands in no report.
fn secret(report: &Report, text: &[u8]) -> Result<(), String> {
    let mut renderings = Vec::new();
    for lang in [Lang::En, Lang::Fr] {
        let render = report.render().source("payload.json", text).lang(lang);
        renderings.push(render.clone().finish().to_string());
        renderings.push(render.colors(true).per_group(100).finish().to_string());
    }
    renderings.extend([report.to_json(), format!("{report:?}"), report.to_string()]);
    let occurs = text.windows(KEY.len()).filter(|window| *window == KEY.as_bytes()).count();
    let compact = [&b"\"apiKey\":\""[..], KEY.as_bytes(), b"\""].concat();
    let pretty = [&b"\"apiKey\": \""[..], KEY.as_bytes(), b"\""].concat();
    let is_key = [compact, pretty].iter().any(|key| text.windows(key.len()).any(|window| window == key));
    // Where a mutation put the same text elsewhere too, it need not be a secret there.
    if occurs == 1
        && is_key
        && let Some(shown) = renderings.iter().find(|rendering| rendering.contains(KEY))
    {
        return Err(format!("the access key is shown: {shown}"));
    }
    Ok(())
}

/// What can be read is written so that it reads the same, and earns the same errors.
fn round_trip(report: &Report, text: &[u8]) -> Result<(), String> {
    let read = match Payload::from_json(text) {
        Ok(read) => read,
        Err(_) if report.is_valid() => return Err("valid, but it cannot be read".to_owned()),
        Err(_) => return Ok(()),
    };
    let written = read.to_json();
    let again = Payload::from_json(&written).map_err(|error| format!("what was written cannot be read: {error}"))?;
    if again != read {
        return Err(format!("reading and writing changes it: {}", written.escape_ascii()));
    }
    if again.to_json() != written {
        return Err("writing is not stable".to_owned());
    }
    let typed = check(&written, &CheckOptions::on(TODAY));
    if errors(&typed) != errors(report) {
        return Err(format!(
            "the canonical form has other errors: {:?} instead of {:?}",
            errors(&typed),
            errors(report)
        ));
    }
    Ok(())
}

/// The kinds of errors. Their number may differ: an account that is missing is written as one with blank fields.
fn errors(report: &Report) -> BTreeSet<FindingCode> {
    report.errors().map(Finding::code).collect()
}
