//! Regular expressions that accept what the check accepts.
//!
//! They keep to what every dialect knows: no look-around, no named classes.

/// The characters of Unicode's property `White_Space`, and NUL: the inside of a character class.
const SPACE: &str = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// A text without NUL.
pub(super) const TEXT: &str = r"^[^\u0000]*$";

/// A text with something in it besides white space, and without NUL.
pub(super) fn not_blank() -> String {
    format!(r"^[^\u0000]*[^\u0000{SPACE}][^\u0000]*$")
}

/// What every e-mail address has: something, an at sign, a domain with a dot.
pub(super) const EMAIL: &str = r"^[^\u0000]+@[^@\u0000]+\.[^@\u0000]+$";

/// What every absolute URL has: a scheme, and no white space.
pub(super) fn url() -> String {
    format!(r"^[^\u0000{SPACE}]+://[^\u0000{SPACE}]*$")
}

/// That many digits.
pub(super) fn digits(count: usize) -> String {
    format!("^[0-9]{{{count}}}$")
}

/// A year from 0001 to 9999.
const YEAR: &str = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)";

/// The year as a text of its own.
pub(super) fn year() -> String {
    format!("^{YEAR}$")
}

/// A day that exists.
fn day() -> String {
    const LONG: &str = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])";
    const SHORT: &str = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)";
    const FEBRUARY: &str = "02-(?:0[1-9]|1[0-9]|2[0-8])";
    // Multiples of four from 04 to 96, as the last two digits of a year or, before 00, as the first two.
    const FOURS: &str = "(?:0[48]|[2468][048]|[13579][26])";
    format!("(?:{YEAR}-(?:{LONG}|{SHORT}|{FEBRUARY})|(?:[0-9]{{2}}{FOURS}|{FOURS}00)-02-29)")
}

const HOUR: &str = "(?:[01][0-9]|2[0-3])";
const SIXTY: &str = "[0-5][0-9]";

fn offset() -> String {
    format!("(?:[Zz]|[+-]{HOUR}(?::?{SIXTY})?)?")
}

/// A date.
pub(super) fn date() -> String {
    format!("^{}$", day())
}

/// A date at midnight; of a fraction no more than nanoseconds are looked at.
pub(super) fn midnight() -> String {
    format!("^{}[Tt ]00:00(?::00(?:[.,](?:0{{1,8}}|0{{9}}[0-9]*))?)?{}$", day(), offset())
}

/// A date with or without time, with or without offset.
pub(super) fn date_time() -> String {
    format!("^{}(?:[Tt ]{HOUR}:{SIXTY}(?::{SIXTY}(?:[.,][0-9]+)?)?{})?$", day(), offset())
}

/// A plain decimal.
pub(super) const DECIMAL: &str = r"^-?[0-9]+(?:\.[0-9]+)?$";

/// At most 15 digits between the zeros at either end.
pub(super) const FIFTEEN_DIGITS: &str = r"^-?[0.]*(?:[0-9]\.?){0,15}[0.]*$";

/// A whole number from 0 to `most`, which may be written with a fraction of zeros.
pub(super) fn count(most: u32) -> String {
    format!(r"^(?:-?0+|0*(?:{}))(?:\.0+)?$", up_to(most))
}

/// A whole number from `-least` to `most`, which may be written with a fraction of zeros.
pub(super) fn integer(least: u32, most: u32) -> String {
    format!(r"^(?:0*(?:{})|-0*(?:{}))(?:\.0+)?$", up_to(most), up_to(least))
}

/// The numbers from 0 to a limit, without leading zeros but for the 0 itself.
fn up_to(limit: u32) -> String {
    let limit = limit.to_string();
    let mut ways = vec![format!("[0-9]{{1,{}}}", limit.len() - 1)];
    for (at, digit) in limit.char_indices() {
        // The same up to here, then a smaller digit, then any.
        let (Some(same), Some(below)) = (limit.get(..at), digit.to_digit(10).and_then(|digit| digit.checked_sub(1)))
        else {
            continue;
        };
        let least = u32::from(at == 0);
        let rest = limit.len() - at - 1;
        if below >= least {
            let smaller = if below == least { below.to_string() } else { format!("[{least}-{below}]") };
            let tail = match rest {
                0 => String::new(),
                1 => "[0-9]".to_owned(),
                _ => format!("[0-9]{{{rest}}}"),
            };
            ways.push(format!("{same}{smaller}{tail}"));
        }
    }
    ways.push(limit);
    ways.join("|")
}
