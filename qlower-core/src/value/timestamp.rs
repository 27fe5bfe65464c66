//! Date-times in the forms of ISO 8601 that the wire knows.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, Timelike};

use super::date::{self, two};
use super::entered::Scalar;
use super::paris;

/// A time of day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    nano: u32,
}

impl Time {
    pub(crate) const fn is_midnight(self) -> bool {
        self.hour == 0 && self.minute == 0 && self.second == 0 && self.nano == 0
    }
}

/// A date-time as it was written.
pub(crate) struct Reading {
    pub(crate) instant: DateTime<FixedOffset>,
    pub(crate) has_time: bool,
    pub(crate) has_offset: bool,
}

/// Reads `YYYY-MM-DD`, with `Thh:mm[:ss[.fraction]]` and an offset (`Z`, `±hh`, `±hhmm`, `±hh:mm`) or without.
pub(crate) fn read(text: &[u8]) -> Option<Reading> {
    let (day, rest) = text.split_at_checked(10)?;
    let date::Reading::Date(packed) = date::read(day) else { return None };
    let bits = packed.bits();
    let day = NaiveDate::from_ymd_opt(i32::try_from(bits >> 9).ok()?, bits >> 5 & 15, bits & 31)?;
    let ((time, offset), has_time) = match rest {
        [] => ((NaiveTime::MIN, None), false),
        [b'T' | b't' | b' ', rest @ ..] => {
            let (time, offset) = read_time(rest)?;
            let clock = NaiveTime::from_hms_nano_opt(time.hour, time.minute, time.second, time.nano)?;
            ((clock, offset), true)
        }
        _ => return None,
    };
    let local = day.and_time(time);
    let instant = match offset {
        Some(seconds) => local.and_local_timezone(FixedOffset::east_opt(seconds)?).single()?,
        None => paris::instant(local)?,
    };
    Some(Reading { instant, has_time, has_offset: offset.is_some() })
}

/// Reads a time of day and its offset in seconds.
pub(crate) fn read_time(text: &[u8]) -> Option<(Time, Option<i32>)> {
    let &[h, o, b':', m, n, ref rest @ ..] = text else { return None };
    let (hour, minute) = (two(h, o)?, two(m, n)?);
    let (second, nano, rest) = match rest {
        &[b':', s, e, ref rest @ ..] => {
            let (nano, rest) = fraction(rest)?;
            (two(s, e)?, nano, rest)
        }
        rest => (0, 0, rest),
    };
    let offset = match *rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign, h, o] => Some(signed(sign, two(h, o)?, 0)?),
        [sign, h, o, b':', m, n] | [sign, h, o, m, n] => Some(signed(sign, two(h, o)?, two(m, n)?)?),
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then_some((Time { hour, minute, second, nano }, offset))
}

fn signed(sign: u8, hours: u32, minutes: u32) -> Option<i32> {
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// Up to nanoseconds; digits beyond are dropped.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.' | b',', digits)) = text.split_first() else { return Some((0, text)) };
    let end = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let nano =
        digits.iter().chain(std::iter::repeat(&b'0')).take(9).fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    Some((nano, rest))
}

impl Scalar for DateTime<FixedOffset> {
    const WHAT: &'static str = "a date-time (ISO 8601)";
    const BARE: bool = false;

    fn read(text: &str) -> Option<Self> {
        read(text.as_bytes()).map(|reading| reading.instant)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = if self.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::AutoSi };
        f.write_str(&self.to_rfc3339_opts(precision, false))
    }
}

#[cfg(test)]
mod tests {
    use crate::value::Timestamp;

    #[test]
    fn every_documented_form_is_read_and_written_with_its_offset() {
        for (text, expected) in [
            ("2024-01-15T10:30:00+01:00", "2024-01-15T10:30:00+01:00"),
            ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00+00:00"),
            ("2024-01-15T10:30:00.125Z", "2024-01-15T10:30:00.125+00:00"),
            ("2024-01-15T10:30-0330", "2024-01-15T10:30:00-03:30"),
            ("2024-01-15 10:30:00", "2024-01-15T10:30:00+01:00"),
            ("2024-07-15T10:30:00", "2024-07-15T10:30:00+02:00"),
            ("2020-10-10", "2020-10-10T00:00:00+02:00"),
            ("2024-03-31T02:30:00", "2024-03-31T03:30:00+02:00"),
            ("2024-10-27T02:30:00", "2024-10-27T02:30:00+02:00"),
            ("2024-10-27T03:00:00", "2024-10-27T03:00:00+01:00"),
        ] {
            let stamp = Timestamp::from(text);
            assert!(stamp.value().is_some(), "{text}");
            assert_eq!(stamp.to_string(), expected, "{text}");
            assert_eq!(Timestamp::from(expected), stamp, "written and read again: {text}");
        }
    }

    #[test]
    fn what_is_no_date_time_stays_text() {
        for text in [
            "",
            "2024",
            "2024-01-15T",
            "2024-01-15T25:00:00",
            "2024-01-15T10:60",
            "2024-02-30T10:00:00",
            "10:30",
            "2024-01-15T10:30:00+25:00",
            "2024-01-15T10:30:00.Z",
            "2024-01-15X10:30:00",
        ] {
            assert_eq!(Timestamp::from(text).invalid_text(), Some(text));
        }
    }
}
