//! Numbers of JSON that are more than JavaScript's can be.

use qlower_core::value::Shortest;

/// JSON in which each number that a binary float cannot give back stands in quotes.
pub(super) fn quoted_unless_exact(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    let mut rest = json;
    loop {
        // Up to a string or a number.
        let at = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (between, token) = rest.split_at(at);
        out.push_str(between);
        if token.is_empty() {
            return out;
        }
        let (token, after) = if token.starts_with('"') { string(token) } else { number(token) };
        if token.starts_with('"') || is_exact(token) {
            out.push_str(token);
        } else {
            out.extend(["\"", token, "\""]);
        }
        rest = after;
    }
}

/// Whether a binary float is exactly what the number looks like when it is written the shortest way.
fn is_exact(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(|float| {
        float.is_finite()
            && Digits::of(number).is_some_and(|given| Some(given) == Digits::of(&Shortest(float).to_string()))
    })
}

fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    text.split_at(end.map_or(text.len(), |end| end + 2))
}

fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
    text.split_at(end.unwrap_or(text.len()))
}

/// The value of a number: its significant digits, and the power of ten of the point before them.
#[derive(PartialEq, Eq)]
struct Digits {
    negative: bool,
    digits: String,
    point: i64,
}

impl Digits {
    fn of(number: &str) -> Option<Self> {
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self { negative, digits: String::new(), point: 0 });
        }
        let zeros = i64::try_from(all.len() - significant.len()).ok()?;
        let whole = i64::try_from(whole.len()).ok()?;
        let point = exponent.parse::<i64>().ok()?.checked_add(whole)?.checked_sub(zeros)?;
        Some(Self { negative, digits: significant.trim_end_matches('0').to_owned(), point })
    }
}
