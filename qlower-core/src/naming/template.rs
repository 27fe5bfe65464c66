//! Reading templates.

use std::fmt;
use std::str::FromStr;

use super::code::NamingCode;
use super::error::NamingError;

/// Bytes of the longest template.
pub(super) const LONGEST: usize = 4_096;

/// A template for names; its language is described in [the module](super).
///
/// ```
/// use qlower_core::naming::Template;
///
/// let template = Template::parse("{vin}_{n:02}.jpg")?;
/// assert_eq!(template.to_string(), "{vin}_{n:02}.jpg");
/// assert_eq!(template.variables().collect::<Vec<_>>(), ["vin", "n"]);
/// # Ok::<(), qlower_core::naming::NamingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a template. Positions are in characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text { text: String, position: usize },
    Variable { name: String, formats: Vec<Format>, position: usize },
}

/// What is made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pad(usize),
    Cut(usize),
    Lower,
    Upper,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The first place that cannot be read. Whether its variables are there is for [`plan`](super::plan()) to find out.
    pub fn parse(text: &str) -> Result<Self, NamingError> {
        if text.is_empty() {
            return Err(NamingError::new(NamingCode::EmptyTemplate));
        }
        if text.len() > LONGEST {
            return Err(NamingError::new(NamingCode::TemplateTooLong));
        }
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut plain_at = 1;
        let mut chars = text.char_indices().zip(1..).peekable();
        while let Some(((byte, c), position)) = chars.next() {
            let doubled = matches!(c, '{' | '}') && chars.peek().is_some_and(|((_, next), _)| *next == c);
            if !matches!(c, '{' | '}') {
                if plain.is_empty() {
                    plain_at = position;
                }
                plain.push(c);
                continue;
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text { text: std::mem::take(&mut plain), position: plain_at });
            }
            if doubled {
                chars.next();
                pieces.push(Piece::Text { text: c.into(), position });
            } else if c == '}' {
                return Err(NamingError::new(NamingCode::StrayBrace).at(position));
            } else {
                let inside = text.get(byte.saturating_add(1)..).unwrap_or_default();
                let inside = match inside.split_once('}') {
                    Some((inside, _)) if !inside.contains('{') => inside,
                    _ => return Err(NamingError::new(NamingCode::UnclosedBrace).at(position)),
                };
                pieces.push(variable(inside, position)?);
                chars.nth(inside.chars().count());
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text { text: plain, position: plain_at });
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// `{name}`.
    pub(super) fn name() -> Self {
        let piece = Piece::Variable { name: "name".to_owned(), formats: Vec::new(), position: 1 };
        Self { text: "{name}".to_owned(), pieces: vec![piece] }
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The variables in it, in their order; one that stands twice comes twice.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.places().map(|(name, _)| name)
    }

    /// The variables, and where they are.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, usize)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { name, position, .. } => Some((name.as_str(), *position)),
            Piece::Text { .. } => None,
        })
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Reads what stands between braces, of which the first is at a position.
fn variable(inside: &str, position: usize) -> Result<Piece, NamingError> {
    let mut parts = inside.split(':');
    let name = parts.next().unwrap_or_default();
    let is_name =
        name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if !is_name {
        return Err(NamingError::new(NamingCode::InvalidVariable).at(position).named(name));
    }
    // After the brace, the name and the colon.
    let mut at = position.saturating_add(name.chars().count()).saturating_add(2);
    let mut formats = Vec::new();
    for part in parts {
        let format = Format::parse(part);
        formats.push(format.ok_or_else(|| NamingError::new(NamingCode::InvalidFormat).at(at).named(part))?);
        at = at.saturating_add(part.chars().count()).saturating_add(1);
    }
    Ok(Piece::Variable { name: name.to_owned(), formats, position })
}

impl Format {
    /// No name has more bytes.
    const WIDEST: usize = 255;

    fn parse(text: &str) -> Option<Self> {
        match text {
            "lower" => return Some(Self::Lower),
            "upper" => return Some(Self::Upper),
            _ => {}
        }
        let number = |digits: &str| {
            let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten().filter(|number| (1..=Self::WIDEST).contains(number))
        };
        match text.strip_prefix('0') {
            Some(width) if !width.starts_with('0') => number(width).map(Self::Pad),
            Some(_) => None,
            None => number(text).map(Self::Cut),
        }
    }

    pub(super) fn apply(self, value: &str) -> String {
        match self {
            Self::Pad(width) => {
                let missing = width.saturating_sub(value.chars().count());
                format!("{}{value}", "0".repeat(missing))
            }
            Self::Cut(most) => value.chars().take(most).collect(),
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Template {
    type Err = NamingError;

    fn from_str(text: &str) -> Result<Self, NamingError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_strictly() {
        for (text, expected) in [
            ("02", Some(Format::Pad(2))),
            ("0255", Some(Format::Pad(255))),
            ("12", Some(Format::Cut(12))),
            ("255", Some(Format::Cut(255))),
            ("lower", Some(Format::Lower)),
            ("upper", Some(Format::Upper)),
        ] {
            assert_eq!(Format::parse(text), expected, "{text}");
        }
        for text in
            ["", "0", "00", "002", "0256", "256", "1000", "-1", "+1", "2x", "Lower", " 2", "٣", "99999999999999999999"]
        {
            assert_eq!(Format::parse(text), None, "{text}");
        }
    }

    #[test]
    fn formats_count_characters() {
        assert_eq!(Format::Pad(3).apply("é"), "00é");
        assert_eq!(Format::Pad(2).apply("100"), "100");
        assert_eq!(Format::Cut(2).apply("éàü"), "éà");
        assert_eq!(Format::Cut(9).apply("ab"), "ab");
        assert_eq!(Format::Upper.apply("straße"), "STRASSE");
    }
}
