//! What all code enums have in common.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::list::{CodeEntry, CodeList};
use crate::lang::Lang;

/// What every code enum can do; for code that is generic over the list.
///
/// The enums offer the same methods without importing the trait.
///
/// # Example: a choice box for any list
///
/// ```
/// use qlower_core::codes::{Code, Currency};
/// use qlower_core::Lang;
///
/// fn choices<C: Code>(lang: Lang) -> Vec<(String, &'static str)> {
///     C::ALL
///         .iter()
///         .filter(|value| !value.is_retired())
///         .filter_map(|value| Some((value.to_string(), value.label(lang)?)))
///         .collect()
/// }
///
/// assert_eq!(choices::<Currency>(Lang::Fr)[0], ("EUR".to_owned(), "Euro"));
/// ```
pub trait Code:
    Clone
    + Default
    + DeserializeOwned
    + Eq
    + for<'a> From<&'a str>
    + From<String>
    + FromStr<Err = UnknownCode>
    + Hash
    + Send
    + Serialize
    + Sync
    + fmt::Debug
    + fmt::Display
    + 'static
{
    /// The list behind the enum.
    const LIST: &'static CodeList;

    /// The known values, retired ones included, in the order of [`CodeList::entries`].
    const ALL: &'static [Self];

    /// The code as it stands on the wire, as text. Empty when no code was given.
    fn code(&self) -> &str;

    /// Takes a code as it was read, known or not. Nothing is trimmed or corrected.
    fn from_code(code: &str) -> Self;

    /// The known value of a code; `None` when the list does not have it.
    #[inline]
    #[must_use]
    fn known(code: &str) -> Option<Self> {
        Self::ALL.get(Self::LIST.position(code.as_bytes())?).cloned()
    }

    /// Asks by name for a code that this edition may not know.
    ///
    /// A code that the list does know gives its ordinary value, so that equal codes are equal values.
    #[must_use]
    fn other(code: &str) -> Self {
        Self::from_code(code)
    }

    /// The row of the list; `None` for a code that it does not know.
    #[must_use]
    fn entry(&self) -> Option<&'static CodeEntry> {
        Self::LIST.find(self.code())
    }

    /// The label in one language; `None` for a code that the list does not know.
    #[must_use]
    fn label(&self, lang: Lang) -> Option<&'static str> {
        self.entry().map(|entry| entry.label(lang))
    }

    /// Whether the list has this code, retired or not.
    #[must_use]
    fn is_known(&self) -> bool {
        self.entry().is_some()
    }

    /// Whether Qlower has withdrawn this code. It is still accepted.
    #[must_use]
    fn is_retired(&self) -> bool {
        self.entry().is_some_and(|entry| entry.retired)
    }

    /// The number to write where the list's wire type is [`WireType::Integer`](super::WireType::Integer); `None` means: write text.
    ///
    /// That is the case for the other lists, and for a text like `05` that a number would not give back.
    ///
    /// ```
    /// use qlower_core::codes::{Code, DocumentType, PropertyTaxRegime};
    ///
    /// assert_eq!(PropertyTaxRegime::LmnpReal.wire_integer(), Some(5));
    /// assert_eq!(PropertyTaxRegime::from("05").wire_integer(), None);
    /// assert_eq!(DocumentType::NotarialDeed.wire_integer(), None);
    /// ```
    #[must_use]
    fn wire_integer(&self) -> Option<i64> {
        Self::LIST.wire_integer(self.code())
    }
}

/// The text of a code that the list of `C` does not know, kept as it was given.
///
/// Only reading and `other` make one, and it fits its own enum alone, so that no known code can hide in it.
///
/// ```
/// use qlower_core::codes::Currency;
///
/// match Currency::other("CHF") {
///     Currency::Other(code) => assert_eq!(code.as_str(), "CHF"),
///     known => panic!("{known} is in the list"),
/// }
/// assert_eq!(Currency::other("EUR"), Currency::Eur);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OtherCode<C> {
    text: Box<str>,
    list: PhantomData<fn() -> C>,
}

impl<C> OtherCode<C> {
    /// The caller has made sure that the list does not know the code.
    pub(super) fn new(code: &str) -> Self {
        Self { text: code.into(), list: PhantomData }
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<C> fmt::Debug for OtherCode<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<C> fmt::Display for OtherCode<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text, f)
    }
}

/// A text that was parsed strictly and is no code of its list.
///
/// ```
/// use qlower_core::codes::Currency;
///
/// let error = "EURO".parse::<Currency>().unwrap_err();
/// assert_eq!(error.list, Currency::LIST);
/// assert_eq!(
///     error.to_string(),
///     r#""EURO" is not a code of ccy: accepted are "EUR", "USD", "GBP"; did you mean "EUR"?"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a code of {}: accepted are {}{}", Shortened(code), list.name, Accepted(list), Hint(list, code))]
#[non_exhaustive]
pub struct UnknownCode {
    /// The list that was asked.
    pub list: &'static CodeList,
    /// The text that was given, whole. `Display` shows its beginning.
    pub code: Box<str>,
}

impl UnknownCode {
    pub(super) fn new(list: &'static CodeList, code: &str) -> Self {
        Self { list, code: code.into() }
    }
}

struct Shortened<'a>(&'a str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        match self.0.char_indices().nth(SHOWN).and_then(|(end, _)| self.0.get(..end)) {
            Some(start) => write!(f, "{:?}", format!("{start}…")),
            None => write!(f, "{:?}", self.0),
        }
    }
}

struct Accepted<'a>(&'a CodeList);

impl fmt::Display for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, entry) in self.0.active().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{:?}", entry.code)?;
        }
        Ok(())
    }
}

struct Hint<'a>(&'a CodeList, &'a str);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.suggest(self.1) {
            Some(entry) => write!(f, "; did you mean {:?}?", entry.code),
            None => Ok(()),
        }
    }
}
