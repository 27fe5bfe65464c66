//! What is wrong with a path.

use std::fmt;

use crate::lang::Lang;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathCode {
    /// There is nothing in it.
    Empty,
    /// A segment is empty: two dots in a row, or one at either end.
    EmptySegment,
    /// A backslash stands before a letter, a digit, or nothing.
    Escape,
    /// White space stands at either end.
    WhiteSpace,
    /// It holds a control character.
    Control,
    /// It is JSON Pointer or JSONPath: `/data/power`, `$.data[0]`.
    OtherNotation,
    /// It is longer than 1,000 bytes.
    TooLong,
}

impl PathCode {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::EmptySegment,
        Self::Escape,
        Self::WhiteSpace,
        Self::Control,
        Self::OtherNotation,
        Self::TooLong,
    ];

    /// Its name, such as `empty_segment`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::EmptySegment => "empty_segment",
            Self::Escape => "escape",
            Self::WhiteSpace => "white_space",
            Self::Control => "control",
            Self::OtherNotation => "other_notation",
            Self::TooLong => "too_long",
        }
    }
}

/// A text that is no path: why, and where.
///
/// ```
/// use qlower_core::Lang;
/// use qlower_core::live::ValuePath;
///
/// let error = ValuePath::parse("data..value").unwrap_err();
/// assert_eq!(error.to_string(), "the path has an empty segment, at character 6");
/// assert_eq!(error.message(Lang::Fr), "le chemin a un segment vide, au caractère 6");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    code: PathCode,
    position: usize,
    suggestion: Option<Box<str>>,
}

impl PathError {
    pub(super) const fn new(code: PathCode, position: usize) -> Self {
        Self { code, position, suggestion: None }
    }

    pub(super) fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion: suggestion.map(Into::into), ..self }
    }

    /// What is wrong.
    #[must_use]
    pub const fn code(&self) -> PathCode {
        self.code
    }

    /// Where, in characters from 1.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The path that was probably meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// All of it as a sentence, for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let problem = match self.code {
            PathCode::Empty => return lang.pick("the path is empty", "le chemin est vide").to_owned(),
            PathCode::TooLong => {
                let text = lang.pick("the path is longer than 1,000 bytes", "le chemin dépasse 1 000 octets");
                return text.to_owned();
            }
            PathCode::EmptySegment => lang.pick("has an empty segment", "a un segment vide"),
            PathCode::Escape => lang.pick(
                "has a backslash that stands before no dot, bracket or backslash",
                "a une barre oblique inverse qui ne précède ni point, ni crochet, ni barre oblique inverse",
            ),
            PathCode::WhiteSpace => lang.pick("has white space at an end", "a un espace à une extrémité"),
            PathCode::Control => lang.pick("holds a control character", "contient un caractère de contrôle"),
            PathCode::OtherNotation => lang.pick(
                "is not written with dots, as in measurements.0.value",
                "n'est pas écrit avec des points, comme measurements.0.value",
            ),
        };
        let at = self.position;
        let mut text = match lang {
            Lang::En => format!("the path {problem}, at character {at}"),
            Lang::Fr => format!("le chemin {problem}, au caractère {at}"),
        };
        if let Some(suggestion) = &self.suggestion {
            text += &match lang {
                Lang::En => format!(": write {suggestion}"),
                Lang::Fr => format!(" : écrivez {suggestion}"),
            };
        }
        text
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for PathError {}
