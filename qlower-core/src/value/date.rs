//! Calendar dates: `YYYY-MM-DD`.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::entered::{Scalar, append_formatted};

/// A date packed so that order is kept and nothing is allocated: year, month, day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Packed(u32);

impl Packed {
    pub(crate) const fn new(year: u32, month: u32, day: u32) -> Self {
        Self(year << 9 | month << 5 | day)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

impl From<NaiveDate> for Packed {
    fn from(date: NaiveDate) -> Self {
        Self::new(u32::try_from(date.year()).unwrap_or(0), date.month(), date.day())
    }
}

/// What a text is, as a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Date(Packed),
    /// A date-time at midnight: the date is meant.
    Midnight(Packed),
    /// A date-time at another time of day.
    OtherTime,
    /// Right form, but no such day.
    NoSuchDay,
    Unreadable,
}

/// Two ASCII digits.
pub(crate) fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

fn real(year: u32, month: u32, day: u32) -> Option<Packed> {
    (year >= 1 && day >= 1 && day <= days_in(year, month)).then(|| Packed::new(year, month, day))
}

/// Reads a date, and what is nearly one.
#[inline]
pub(crate) fn read(text: &[u8]) -> Reading {
    if let &[c, e, y, r, b'-', m, o, b'-', d, a] = text
        && let (Some(century), Some(years), Some(month), Some(day)) = (two(c, e), two(y, r), two(m, o), two(d, a))
    {
        return real(century * 100 + years, month, day).map_or(Reading::NoSuchDay, Reading::Date);
    }
    read_with_time(text)
}

#[cold]
fn read_with_time(text: &[u8]) -> Reading {
    let Some((date, [b'T' | b't' | b' ', time @ ..])) = text.split_at_checked(10) else {
        return Reading::Unreadable;
    };
    let date = match read(date) {
        Reading::Date(date) => date,
        other => return other,
    };
    match super::timestamp::read_time(time) {
        Some((time, _)) if time.is_midnight() => Reading::Midnight(date),
        Some(_) => Reading::OtherTime,
        None => Reading::Unreadable,
    }
}

/// The ISO form of a date that was written in another common order: day first, or year first with other separators.
pub(crate) fn suggest(text: &str) -> Option<String> {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).collect();
    let (year, month, day) = match *parts.as_slice() {
        [y, m, d] if y.len() == 4 => (y, m, d),
        [d, m, y] if y.len() == 4 => (y, m, d),
        [all] if all.len() == 8 && all.is_ascii() => (all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        _ => return None,
    };
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    real(year, month, day).map(|_| format!("{year:04}-{month:02}-{day:02}"))
}

impl Scalar for NaiveDate {
    const WHAT: &'static str = "a date (YYYY-MM-DD)";
    const BARE: bool = false;

    fn read(text: &str) -> Option<Self> {
        match read(text.as_bytes()) {
            Reading::Date(Packed(bits)) => {
                Self::from_ymd_opt(i32::try_from(bits >> 9).ok()?, bits >> 5 & 15, bits & 31)
            }
            _ => None,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }

    fn append(&self, out: &mut Vec<u8>) {
        let Ok(year @ 0..=9999) = u32::try_from(self.year()) else { return append_formatted(self, out) };
        let (month, day) = (self.month(), self.day());
        let digit = |number: u32, place: u32| b'0' + u8::try_from(number / place % 10).unwrap_or(0);
        out.extend_from_slice(&[
            digit(year, 1000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            b'-',
            digit(month, 10),
            digit(month, 1),
            b'-',
            digit(day, 10),
            digit(day, 1),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_appended_as_it_is_written() {
        for (year, month, day) in [(2025, 1, 5), (1999, 12, 31), (1, 2, 3), (0, 1, 1), (-1, 1, 1), (12_345, 6, 7)] {
            let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let (mut appended, mut formatted) = (Vec::new(), Vec::new());
            date.append(&mut appended);
            append_formatted(&date, &mut formatted);
            assert_eq!(String::from_utf8(appended), String::from_utf8(formatted));
        }
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        for (text, expected) in [
            ("2024-02-29", Reading::Date(Packed::new(2024, 2, 29))),
            ("2023-02-29", Reading::NoSuchDay),
            ("1900-02-29", Reading::NoSuchDay),
            ("2000-02-29", Reading::Date(Packed::new(2000, 2, 29))),
            ("2024-04-31", Reading::NoSuchDay),
            ("2024-13-01", Reading::NoSuchDay),
            ("2024-00-10", Reading::NoSuchDay),
            ("0000-01-01", Reading::NoSuchDay),
            ("2024-1-01", Reading::Unreadable),
            ("24-01-01", Reading::Unreadable),
            ("", Reading::Unreadable),
            ("2024-01-01T00:00:00Z", Reading::Midnight(Packed::new(2024, 1, 1))),
            ("2024-01-01 00:00", Reading::Midnight(Packed::new(2024, 1, 1))),
            ("2024-01-01T00:00:00.000+01:00", Reading::Midnight(Packed::new(2024, 1, 1))),
            ("2024-01-01T00:00:01", Reading::OtherTime),
            ("2024-02-30T00:00:00", Reading::NoSuchDay),
            ("2024-01-01T", Reading::Unreadable),
            ("2024-01-01Tnoon", Reading::Unreadable),
        ] {
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_whole_calendar_agrees_with_chrono() {
        for year in [1, 1999, 2000, 2024, 2100, 9999] {
            for month in 0..=13 {
                for day in 0..=32 {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    let ours = matches!(read(text.as_bytes()), Reading::Date(_));
                    assert_eq!(ours, NaiveDate::from_ymd_opt(year, month, day).is_some(), "{text}");
                }
            }
        }
    }

    #[test]
    fn other_orders_are_suggested_in_iso_form() {
        assert_eq!(suggest("31/12/2024").as_deref(), Some("2024-12-31"));
        assert_eq!(suggest("2024/12/31").as_deref(), Some("2024-12-31"));
        assert_eq!(suggest("20241231").as_deref(), Some("2024-12-31"));
        assert_eq!(suggest("1.2.2024").as_deref(), Some("2024-02-01"));
        assert_eq!(suggest("31/02/2024"), None);
        assert_eq!(suggest("soon"), None);
    }
}
