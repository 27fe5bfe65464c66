//! Which names a server takes.

use std::fmt;
use std::str::FromStr;

use super::code::NamingCode;
use crate::lang::Lang;

/// Which names the server takes. Whatever is chosen, control characters, backslashes, and spaces at a name's ends are errors.
///
/// ```
/// use qlower_core::naming::Characters;
///
/// assert_eq!("any".parse::<Characters>(), Ok(Characters::Any));
/// assert_eq!(Characters::default().as_str(), "windows");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Characters {
    /// What every system takes: `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`, the latter not in front; and nothing that
    /// [`Windows`](Self::Windows) refuses.
    Portable,
    /// The printable characters of ASCII: for servers that know no other.
    Ascii,
    /// What Windows takes: all but `<`, `>`, `:`, `"`, `|`, `?` and `*`; no dot at the end, no name of a device (`CON`, `nul.txt`), and
    /// no two names that differ in capitals only. The default: customers' servers often are Windows, or hand their files to one.
    #[default]
    Windows,
    /// All of Unicode: for servers on Linux.
    Any,
}

impl Characters {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Portable, Self::Ascii, Self::Windows, Self::Any];

    /// `portable`, `ascii`, `windows` or `any`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Ascii => "ascii",
            Self::Windows => "windows",
            Self::Any => "any",
        }
    }

    /// Whether the rules of Windows hold.
    pub(super) const fn as_windows(self) -> bool {
        matches!(self, Self::Portable | Self::Windows)
    }

    /// What is wrong with a character, `/` aside.
    pub(super) fn refuses(self, c: char) -> Option<NamingCode> {
        match c {
            '\u{fffd}' => return Some(NamingCode::BrokenText),
            '\\' => return Some(NamingCode::Backslash),
            c if c.is_control() || is_invisible(c) => return Some(NamingCode::ControlCharacter),
            _ => {}
        }
        let takes = match self {
            Self::Portable => c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
            Self::Ascii => c.is_ascii(),
            Self::Windows => !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*'),
            Self::Any => true,
        };
        (!takes).then_some(NamingCode::ForbiddenCharacter)
    }

    /// The form by which names are compared.
    pub(super) fn fold(self, path: &str) -> String {
        if self.as_windows() {
            path.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
        } else {
            path.to_owned()
        }
    }
}

/// Ends of lines, and what turns the direction of writing or has no width: a name with it would not be what it looks like.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

impl fmt::Display for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no set of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCharacters(String);

impl UnknownCharacters {
    /// The text; `Display` is the English one.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let word = format!("{:?}", self.0);
        match lang {
            Lang::En => {
                format!("unknown set of characters {word}: use \"portable\", \"ascii\", \"windows\" or \"any\"")
            }
            Lang::Fr => format!(
                "jeu de caractères inconnu : « {} » ; utilisez « portable », « ascii », « windows » ou « any »",
                word.trim_matches('"')
            ),
        }
    }
}

impl fmt::Display for UnknownCharacters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for UnknownCharacters {}

impl FromStr for Characters {
    type Err = UnknownCharacters;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .find(|characters| characters.as_str() == word)
            .copied()
            .ok_or_else(|| UnknownCharacters(word.chars().take(64).collect()))
    }
}
