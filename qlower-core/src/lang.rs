//! The two languages in which end users read findings and labels.

use std::fmt;
use std::str::FromStr;

/// Language of what an end user reads: findings, labels of codes, rendered reports.
///
/// ```
/// use qlower_core::Lang;
///
/// assert_eq!("fr".parse::<Lang>(), Ok(Lang::Fr));
/// assert_eq!(Lang::default(), Lang::En);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lang {
    /// English, the default.
    #[default]
    En,
    /// French.
    Fr,
}

impl Lang {
    /// The two-letter tag, `en` or `fr`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// Picks the text of this language.
    #[must_use]
    pub(crate) const fn pick<T: Copy>(self, en: T, fr: T) -> T {
        match self {
            Self::En => en,
            Self::Fr => fr,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A language tag that is neither English nor French.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {0:?}: use \"en\" or \"fr\"")]
pub struct UnknownLang(String);

impl FromStr for Lang {
    type Err = UnknownLang;

    /// Reads `en`, `fr`, or a longer tag that starts with one of them (`fr-FR`, `en_GB`).
    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") {
            Ok(Self::En)
        } else if primary.eq_ignore_ascii_case("fr") {
            Ok(Self::Fr)
        } else {
            Err(UnknownLang(tag.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regional_tags_are_read_and_others_refused() {
        assert_eq!("fr-FR".parse(), Ok(Lang::Fr));
        assert_eq!("EN_us".parse(), Ok(Lang::En));
        assert!("de".parse::<Lang>().is_err());
        assert!("".parse::<Lang>().is_err());
    }
}
