//! A text in both languages.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use qlower_core::Lang;

/// A part of a message, in English and in French; `Display` is the English one.
///
/// ```
/// use qlower_client::core::Lang;
/// use qlower_client::ftp::{Destination, ErrorKind, Protocol};
///
/// let error = Destination::builder(Protocol::Sftp, "ftp.garage-nord.example").port(0).build().unwrap_err();
/// let ErrorKind::Config { setting, problem } = error.kind() else { panic!("{error}") };
/// assert_eq!((*setting, problem.message(Lang::En)), ("port", "0 is no port"));
/// assert_eq!(problem.message(Lang::Fr), "0 n'est pas un port");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Wording {
    en: Cow<'static, str>,
    fr: Cow<'static, str>,
}

impl Wording {
    pub(crate) const fn fixed(en: &'static str, fr: &'static str) -> Self {
        Self { en: Cow::Borrowed(en), fr: Cow::Borrowed(fr) }
    }

    /// The text.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            _ => &self.en,
        }
    }
}

impl From<(&'static str, &'static str)> for Wording {
    fn from((en, fr): (&'static str, &'static str)) -> Self {
        Self::fixed(en, fr)
    }
}

impl From<(String, String)> for Wording {
    fn from((en, fr): (String, String)) -> Self {
        Self { en: en.into(), fr: fr.into() }
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// Shows the English text.
impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.en, f)
    }
}

/// A cause that is told by the SDK, to stand below an error of the system or of a library.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) Wording);

impl Told {
    pub(crate) const fn fixed(en: &'static str, fr: &'static str) -> Self {
        Self(Wording::fixed(en, fr))
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told {}

/// One of two, by the language.
pub(crate) fn pick<T>(lang: Lang, en: T, fr: T) -> T {
    match lang {
        Lang::Fr => fr,
        _ => en,
    }
}

/// A name in a line of text: cut where it is long, and with what cannot be seen escaped.
pub(crate) fn visible(name: &str) -> String {
    const SHOWN: usize = 120;

    let mut shown = String::new();
    for c in name.chars().take(SHOWN) {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            shown.extend(c.escape_default())
        } else {
            shown.push(c)
        }
    }
    if name.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// A word, quoted; what cannot be seen is escaped.
pub(crate) fn quoted(word: &str, lang: Lang) -> String {
    let english = format!("{word:?}");
    let inside = english.get(1..english.len().saturating_sub(1)).unwrap_or_default();
    pick(lang, english.clone(), format!("« {} »", inside.replace("\\\"", "\"")))
}

/// A time limit: `1.5s`, `1,5 s`.
pub(crate) fn limit(limit: Duration, lang: Lang) -> String {
    let english = format!("{limit:?}");
    let number = english.trim_end_matches(char::is_alphabetic);
    match lang {
        Lang::Fr => format!("{} {}", number.replace('.', ","), english.get(number.len()..).unwrap_or_default()),
        _ => english,
    }
}
