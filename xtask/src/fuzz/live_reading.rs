//! What holds for any path and any reply of a producer.

use std::collections::HashMap;

use qlower_core::Lang;
use qlower_core::live::{Found, ReadingCode, ReadingFault, Unit, ValuePath, read};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Takes the first line for a path, the rest for a reply.
///
/// # Errors
/// Says which property does not hold.
pub fn live_reading(input: &[u8]) -> Result<(), String> {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let (path, body) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let path = match ValuePath::parse(&String::from_utf8_lossy(path)) {
        Ok(path) => path,
        Err(error) => {
            if let Some(suggestion) = error.suggestion() {
                let again =
                    ValuePath::parse(suggestion).map_err(|error| format!("{suggestion:?} is no path: {error}"))?;
                same(&again)?;
            }
            return Ok(());
        }
    };
    same(&path)?;
    match read(body, &path) {
        Ok(found) => reading(&found, body, &path),
        Err(fault) => refused(&fault, body),
    }
}

/// Written and read again, a path is the same.
fn same(path: &ValuePath) -> Result<(), String> {
    let written = path.to_string();
    match ValuePath::parse(&written) {
        Ok(again) if again == *path => Ok(()),
        other => Err(format!("{path:?} is written as {written:?}, and read as {other:?}")),
    }
}

fn reading(found: &Found, body: &[u8], path: &ValuePath) -> Result<(), String> {
    let value = found.value;
    if !value.is_finite() || (value == 0.0 && value.is_sign_negative()) {
        return Err(format!("{value} is no value"));
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return Err("another parser does not take this for JSON".to_owned());
    }
    // Half a character in a key is more than it takes, and so is a depth that we take.
    if let Some(other) = walked(body, path)
        && other != value
    {
        return Err(format!("another parser finds {other} instead of {value}"));
    }
    for unit in Unit::KNOWN {
        if let Ok(converted) = found.value_in(&unit)
            && !converted.is_finite()
        {
            return Err(format!("{value} becomes {converted} {unit}"));
        }
    }
    Ok(())
}

/// What another parser finds at the path.
fn walked(body: &[u8], path: &ValuePath) -> Option<f64> {
    let mut raw: Box<RawValue> = serde_json::from_slice(body).ok()?;
    for segment in path.segments() {
        raw = if raw.get().starts_with('[') {
            let items: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).ok()?;
            items.into_iter().nth(segment.parse().ok()?)?
        } else {
            let mut members: HashMap<String, Box<RawValue>> = serde_json::from_str(raw.get()).ok()?;
            members.remove(segment)?
        };
    }
    raw.get().parse().ok()
}

fn refused(fault: &ReadingFault, body: &[u8]) -> Result<(), String> {
    for text in [fault.message(Lang::En), fault.message(Lang::Fr), format!("{fault:?}")] {
        if text.is_empty() || text.contains(char::is_control) || text.len() > 20_000 {
            return Err(format!("the message is none: {text:?}"));
        }
    }
    if let Some(path) = fault.suggestion() {
        let path = ValuePath::parse(path).map_err(|error| format!("{path:?} is suggested, and no path: {error}"))?;
        let leads = read(body, &path).map(drop).map_err(|fault| fault.code());
        // What the document says of itself may still stand against it.
        let allowed =
            [ReadingCode::NotFinite, ReadingCode::NotJson, ReadingCode::StatusNotOk, ReadingCode::DuplicateKey];
        if let Err(code) = leads
            && !allowed.contains(&code)
        {
            return Err(format!("{path} is suggested, and gives {}", code.as_str()));
        }
    }
    // Of a text that it skips, the other parser does not look at each byte.
    let text = std::str::from_utf8(body).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
    let is_json = text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    if is_json && matches!(fault.code(), ReadingCode::NotJson | ReadingCode::NotUtf8 | ReadingCode::Empty) {
        return Err(format!("another parser takes this for JSON: {fault}"));
    }
    Ok(())
}

/// Replies of the documented forms, and such with the usual mistakes.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let input = |path: &str, body: &str| format!("{path}\n{body}").into_bytes();
    let metadata =
        r#"{"status": "ok", "timestamp": "2024-01-15T10:30:00Z", "data": {"power": {"value": 42.5, "unit": "MW"}}}"#;
    let example = r#"{"status":"online","timestamp":1705314600,"data":{"production":{"currentPower":15.8,"peakPower":1e400,"n":[-0.0,null,"42,5"]}}}"#;
    vec![
        input("current_power", r#"{"current_power": 42.5}"#),
        input("data.power.value", metadata),
        input("data.production.currentPower", example),
        input("data.production.n.0", example),
        input("data.production.n.2", example),
        input("data.currentPower", example),
        input("data.power", metadata),
        input("site\\.a.\\$x\\\\", r#"{"site.a": {"$x\\": 1, "s\u00e9\ud83d\ude00": [[], {}]}}"#),
        input("$.m[0]['value']", r#"{"m": [{"value": 1}]}"#),
        input("/m/0/va~1lue", r#"{"m": [{"va/lue": 1}]}"#),
        input("m.1", "\u{feff}{\"m\": [NaN, -Infinity, true], \"m2\": 1}\r\n"),
        input("p", r#"{"p": 1, "p": 2, "unit": "kW", "status": "error"}"#),
        input("p", "<!doctype html><p>42.5</p>"),
        input("0.1", "[[1, 2, 3], [4]]"),
    ]
}
