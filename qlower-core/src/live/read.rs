//! A value read from a reply.

use chrono::{DateTime, FixedOffset};

use super::fault::{Inner, JsonKind, ReadingCode, ReadingFault};
use super::found::{Found, Remark};
use super::path::{self, ValuePath};
use super::policy::{BAD_STATUSES, MAX_DOCUMENT_BYTES};
use super::suggest;
use super::unit::Unit;
use crate::check::place;
use crate::scan::{Fault, MAX_DEPTH, Noted, Scanner, Stop, Token};
use crate::value::timestamp;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How many keys a fault tells.
const KEYS: usize = 20;

/// Reads the value at a path, and what stands beside it: `unit`, `timestamp` and `status`.
///
/// The whole reply has to be JSON, as a browser wants it, though a byte order mark is passed. A number in quotes is no number. A key
/// on the way that stands twice is a fault, since readers differ in which one they take; elsewhere it does not matter. A `status`
/// on the way whose word is one of [`BAD_STATUSES`] is a fault too, in whatever case it is written, and comes before a path that
/// leads nowhere. A `timestamp` is a date-time with its offset, or Unix time in seconds or milliseconds.
///
/// # Errors
/// [`ReadingFault`], which says where and what would help.
///
/// # Example: the form with metadata
/// ```
/// use qlower_core::live::{Unit, ValuePath, read};
///
/// let body = br#"{"status": "ok", "timestamp": "2024-01-15T10:30:00Z", "data": {"power": {"value": 42.5, "unit": "MW"}}}"#;
/// let found = read(body, &ValuePath::parse("data.power.value")?)?;
/// assert_eq!((found.value, found.unit), (42.5, Some(Unit::Megawatt)));
/// assert_eq!(found.timestamp.map(|moment| moment.timestamp()), Some(1_705_314_600));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(body: &[u8], path: &ValuePath) -> Result<Found, ReadingFault> {
    let document = Document::open(body)?;
    Walk::new(&document, path).run().unwrap_or_else(|Stop| Err(document.not_json(document.text.len())))
}

/// A text that is JSON, but for words such as `NaN`.
pub(super) struct Document<'t> {
    pub(super) text: &'t [u8],
    pub(super) start: usize,
    /// The first word that JSON does not have.
    strange: Option<usize>,
}

impl<'t> Document<'t> {
    pub(super) fn open(text: &'t [u8]) -> Result<Self, ReadingFault> {
        let whole = ReadingFault::new;
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(ReadingFault::too_large());
        }
        let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let rest = text.get(start..).unwrap_or_default().trim_ascii_start();
        match rest {
            [] => return Err(whole(ReadingCode::Empty)),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
                return Err(whole(ReadingCode::NotUtf8));
            }
            [b'<', ..] => return Err(whole(ReadingCode::Html)),
            _ => {}
        }
        let mut document = Self { text, start: text.len() - rest.len(), strange: None };
        if let Err(error) = std::str::from_utf8(text) {
            return Err(document.at(ReadingCode::NotUtf8, error.valid_up_to()));
        }
        if let Some(at) = too_deep(rest) {
            return Err(document.at(ReadingCode::TooDeep, document.start + at));
        }
        let mut scanner = Scanner::new(text, document.start);
        let skipped = scanner.skip();
        if skipped.is_ok() {
            scanner.finish();
        }
        let mut strange = None;
        for noted in &scanner.faults {
            match noted.fault {
                Fault::LoneSurrogate | Fault::DuplicateKey => {}
                // A NUL that is written as an escape is JSON.
                Fault::Nul if text.get(noted.at) == Some(&b'\\') => {}
                Fault::BadLiteral | Fault::BadNumber if is_not_finite(text, noted) => {
                    strange = strange.or(Some(noted.at));
                }
                _ => return Err(document.not_json(noted.at)),
            }
        }
        document.strange = strange;
        match skipped {
            Ok(()) => Ok(document),
            Err(Stop) => Err(document.not_json(scanner.pos())),
        }
    }

    fn at(&self, code: ReadingCode, offset: usize) -> ReadingFault {
        ReadingFault::new(code).with(|inner| inner.place = Some(place::of(self.text, offset)))
    }

    fn not_json(&self, offset: usize) -> ReadingFault {
        self.at(ReadingCode::NotJson, offset)
    }
}

/// Where the nesting gets too deep, found without holding what is open.
fn too_deep(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth >= MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

/// Whether the fault is one of the words that other languages write for what is not finite.
fn is_not_finite(text: &[u8], noted: &Noted) -> bool {
    let rest = text.get(noted.at..).unwrap_or_default();
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default();
    [&b"nan"[..], b"inf", b"infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// A key that is looked for in an object.
struct Wanted<'k> {
    key: &'k str,
    at: Option<usize>,
    twice: Option<usize>,
}

impl<'k> Wanted<'k> {
    const fn new(key: &'k str) -> Self {
        Self { key, at: None, twice: None }
    }
}

struct Walk<'d, 't> {
    document: &'d Document<'t>,
    path: Vec<&'d str>,
    scanner: Scanner<'t>,
    unit: Option<Unit>,
    timestamp: Option<usize>,
    status: Option<String>,
    has_status: bool,
}

impl<'d, 't> Walk<'d, 't> {
    fn new(document: &'d Document<'t>, path: &'d ValuePath) -> Self {
        Self {
            document,
            path: path.segments().collect(),
            scanner: Scanner::new(document.text, document.start),
            unit: None,
            timestamp: None,
            status: None,
            has_status: false,
        }
    }

    /// `Stop` cannot occur in a text that was found sound.
    fn run(mut self) -> Result<Result<Found, ReadingFault>, Stop> {
        for depth in 0..self.path.len() {
            let led = match self.scanner.token()? {
                Token::Object => self.object(depth)?,
                Token::Array => self.array(depth)?,
                token => Err(self.missing(depth, kind(&token), Vec::new(), 0)),
            };
            match led {
                Ok(at) => self.scanner.seek(at),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        let token = self.scanner.token()?;
        Ok(self.number(token).and_then(|value| self.found(value)))
    }

    /// Where the value of a segment begins.
    fn object(&mut self, depth: usize) -> Result<Result<usize, ReadingFault>, Stop> {
        let segment = self.path.get(depth).copied().unwrap_or_default();
        let is_last = depth + 1 == self.path.len();
        let mut wanted = [segment, "status", "timestamp", "unit"].map(Wanted::new);
        let (mut keys, mut count) = (Vec::new(), 0);
        while self.scanner.next_member(count == 0)? {
            let key = self.scanner.string()?;
            let name = key.decode();
            self.scanner.colon()?;
            for wanted in wanted.iter_mut().filter(|wanted| *wanted.key == *name) {
                if wanted.at.replace(self.scanner.pos()).is_some() {
                    wanted.twice = Some(key.at);
                }
            }
            self.scanner.pass()?;
            if count < KEYS {
                keys.push(suggest::shown(&name));
            }
            count += 1;
        }
        let [segment, status, timestamp, unit] = wanted;
        let relevant = [&segment, &status, &timestamp].into_iter().chain(is_last.then_some(&unit));
        if let Some((wanted, at)) = relevant.filter_map(|wanted| Some((wanted, wanted.twice?))).next() {
            let fault = self.document.at(ReadingCode::DuplicateKey, at);
            return Ok(Err(fault.with(|inner| inner.at = self.written(depth, Some(wanted.key)))));
        }
        if let Some(at) = status.at
            && let Some(text) = self.text_at(at)?
        {
            let bad = BAD_STATUSES.into_iter().find(|bad| text.trim().to_lowercase() == *bad);
            if bad.is_some() {
                let fault = self.document.at(ReadingCode::StatusNotOk, at);
                let at = self.written(depth, Some("status"));
                return Ok(Err(fault.with(|inner| (inner.at, inner.status) = (at, bad))));
            }
            if !self.has_status {
                self.status = Some(text);
            }
        }
        self.has_status |= status.at.is_some();
        self.timestamp = timestamp.at.or(self.timestamp);
        if is_last && let Some(at) = unit.at {
            self.unit = self.text_at(at)?.map(|text| Unit::from_name(&text));
        }
        Ok(segment.at.ok_or_else(|| self.missing(depth, JsonKind::Object, keys, count)))
    }

    fn array(&mut self, depth: usize) -> Result<Result<usize, ReadingFault>, Stop> {
        let segment = self.path.get(depth).copied().unwrap_or_default();
        let is_index = segment == "0" || (!segment.starts_with('0') && segment.bytes().all(|b| b.is_ascii_digit()));
        let index = segment.parse::<usize>().ok().filter(|_| is_index);
        let mut count = 0;
        while self.scanner.next_element(count == 0)? {
            if Some(count) == index {
                return Ok(Ok(self.scanner.pos()));
            }
            self.scanner.pass()?;
            count += 1;
        }
        Ok(Err(self.missing(depth, JsonKind::Array, Vec::new(), count)))
    }

    fn text_at(&mut self, at: usize) -> Result<Option<String>, Stop> {
        self.scanner.seek(at);
        Ok(match self.scanner.token()? {
            Token::Text(text) => Some(text.decode().into_owned()),
            _ => None,
        })
    }

    fn number(&self, token: Token<'t>) -> Result<f64, ReadingFault> {
        let here = || self.written(self.path.len(), None);
        let number = match token {
            Token::Number(digits) => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<f64>().ok()),
            Token::Invalid => None,
            token => {
                let kind = kind(&token);
                let fault = ReadingFault::new(ReadingCode::NotANumber);
                return Err(fault.with(|inner| {
                    (inner.at, inner.found) = (here(), Some(kind));
                    inner.suggestion = suggest::instead(self.document, &self.path);
                }));
            }
        };
        match number.filter(|number| number.is_finite()) {
            // Zero has no sign.
            Some(number) => Ok(number + 0.0),
            None => Err(ReadingFault::new(ReadingCode::NotFinite).with(|inner| inner.at = here())),
        }
    }

    fn found(mut self, value: f64) -> Result<Found, ReadingFault> {
        if let Some(at) = self.document.strange {
            return Err(self.document.not_json(at));
        }
        let mut remarks = Vec::new();
        if self.document.text.starts_with(BYTE_ORDER_MARK) {
            remarks.push(Remark::ByteOrderMark);
        }
        let timestamp = match self.timestamp.map(|at| self.moment(at)) {
            Some(Err(remark)) => {
                remarks.push(remark);
                None
            }
            Some(Ok(moment)) => moment,
            None => None,
        };
        Ok(Found { value, unit: self.unit, timestamp, status: self.status, remarks })
    }

    /// The moment at a place; `None` for `null`.
    fn moment(&mut self, at: usize) -> Result<Option<DateTime<FixedOffset>>, Remark> {
        self.scanner.seek(at);
        let unreadable = Remark::UnreadableTimestamp;
        match self.scanner.token() {
            Ok(Token::Null) => Ok(None),
            Ok(Token::Text(text)) => {
                let reading = timestamp::read(text.decode().trim().as_bytes()).ok_or(unreadable)?;
                if reading.has_offset { Ok(Some(reading.instant)) } else { Err(Remark::TimestampWithoutOffset) }
            }
            Ok(Token::Number(digits)) => {
                let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
                number.and_then(unix).map(Some).ok_or(unreadable)
            }
            _ => Err(unreadable),
        }
    }

    fn missing(&self, depth: usize, found: JsonKind, keys: Vec<String>, count: usize) -> ReadingFault {
        ReadingFault::of(Inner {
            code: ReadingCode::PathMissing,
            at: self.written(depth, None),
            missing: self.path.get(depth).map(|segment| suggest::shown(segment)),
            keys,
            count,
            found: Some(found),
            place: None,
            suggestion: suggest::instead(self.document, &self.path),
            status: None,
            units: None,
        })
    }

    /// The path up to a depth, and a key behind it.
    fn written(&self, depth: usize, key: Option<&str>) -> String {
        let keys: Vec<&str> = self.path.iter().copied().take(depth).chain(key).collect();
        let mut out = String::new();
        // A text takes every write.
        _ = path::write(&mut out, &keys);
        out
    }
}

/// Unix time: in seconds from 1973 to 5138, in milliseconds of the same years.
fn unix(number: f64) -> Option<DateTime<FixedOffset>> {
    let milliseconds = match number.abs() {
        1e8..1e11 => number * 1000.0,
        1e11..1e14 => number,
        _ => return None,
    };
    // A float of this size is a whole number of milliseconds after rounding.
    #[expect(clippy::cast_possible_truncation, reason = "below 1e14")]
    DateTime::from_timestamp_millis(milliseconds.round() as i64).map(|moment| moment.fixed_offset())
}

pub(super) fn kind(token: &Token<'_>) -> JsonKind {
    match token {
        Token::Object => JsonKind::Object,
        Token::Array => JsonKind::Array,
        Token::Text(text) => {
            let text = text.decode();
            let number = text.trim().replace(',', ".");
            let is_number = number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
            if is_number && number.parse::<f64>().is_ok() { JsonKind::NumericString } else { JsonKind::String }
        }
        Token::Number(_) | Token::Invalid => JsonKind::Number,
        Token::Bool(_) => JsonKind::Boolean,
        Token::Null => JsonKind::Null,
    }
}
