//! A code list as plain data.

use std::borrow::Cow;
use std::fmt;

use crate::lang::Lang;
use crate::value::number::read_integer;

/// The JSON type in which a list's codes are written. Both types are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WireType {
    /// A JSON string: `"11"`.
    Text,
    /// A JSON number: `11`.
    Integer,
}

/// One row of a [`CodeList`].
///
/// ```
/// use qlower_core::codes::Currency;
///
/// let entry = Currency::LIST.find("GBP").expect("a known code");
/// assert_eq!((entry.fr, entry.en, entry.retired), ("Livre sterling", "Pound sterling", false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CodeEntry {
    /// The value's name in programs, in upper camel case.
    pub name: &'static str,
    /// The code as it stands on the wire, as text.
    pub code: &'static str,
    /// The French label.
    pub fr: &'static str,
    /// The English label.
    pub en: &'static str,
    /// Whether Qlower has withdrawn the code. It is still accepted, and the check warns of it.
    pub retired: bool,
    /// Everyday spellings that [`CodeList::suggest`] understands.
    pub(super) also: &'static [&'static str],
}

impl CodeEntry {
    /// The label in one language.
    ///
    /// ```
    /// use qlower_core::codes::YesNo;
    /// use qlower_core::Lang;
    ///
    /// let entry = YesNo::LIST.find("O").expect("a known code");
    /// assert_eq!(entry.label(Lang::En), "Yes");
    /// assert_eq!(entry.label(Lang::Fr), "Oui");
    /// ```
    #[must_use]
    pub fn label(&self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.fr)
    }
}

/// A closed list of codes: its names, its wire type and its rows.
///
/// Reached through the enum (`PropertyTaxRegime::LIST`), through [`list`](super::list) or through
/// [`LISTS`](super::LISTS).
///
/// ```
/// use qlower_core::codes::{PropertyTaxRegime, WireType};
///
/// let list = PropertyTaxRegime::LIST;
/// assert_eq!(list.wire, WireType::Integer);
/// assert_eq!(list.find("43").map(|entry| entry.fr), Some("BIC Réel / location meublée LMP"));
/// assert!(list.find("34").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CodeList {
    /// The list's name: its wire key where one field alone takes these codes, else a word of its own (`yesNo`).
    pub name: &'static str,
    /// The enum's name in programs, in upper camel case.
    pub type_name: &'static str,
    /// The enum's description for people, in Markdown.
    pub doc: &'static str,
    /// Every wire key whose value is a code of this list.
    pub keys: &'static [&'static str],
    /// The JSON type to write.
    pub wire: WireType,
    /// The code that counts when the field is not given, where the format documents one.
    ///
    /// It is information, not behaviour: an absent field is sent as absent. `taxRegime` documents `7` and is required
    /// all the same, so there the code has to be written.
    pub when_absent: Option<&'static str>,
    /// The rows, retired ones included, each code once.
    pub entries: &'static [CodeEntry],
    /// `pack` of every row's code, side by side so that a search stays within a few cache lines.
    pub(super) packed: &'static [u32],
}

impl CodeList {
    /// The row of a code, spelled exactly as on the wire; `None` for any other text.
    ///
    /// Takes no memory and compares small integers, so it may stand in a hot loop.
    ///
    /// ```
    /// use qlower_core::codes::Management;
    ///
    /// assert!(Management::LIST.find("STRP").is_some());
    /// assert!(Management::LIST.find("strp").is_none());
    /// ```
    #[inline]
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&'static CodeEntry> {
        self.find_bytes(code.as_bytes())
    }

    #[inline]
    pub(crate) fn find_bytes(&self, code: &[u8]) -> Option<&'static CodeEntry> {
        self.entries.get(self.position(code)?)
    }

    /// The rows that are not retired: what to offer for choice.
    ///
    /// ```
    /// use qlower_core::codes::DeclarantTaxRegime;
    ///
    /// let offered: Vec<&str> = DeclarantTaxRegime::LIST.active().map(|entry| entry.code).collect();
    /// assert_eq!(offered, ["3", "4", "10", "11", "12"]);
    /// ```
    pub fn active(&self) -> impl Iterator<Item = &'static CodeEntry> + use<> {
        self.entries.iter().filter(|entry| !entry.retired)
    }

    /// See [`Code::wire_integer`](super::Code::wire_integer).
    pub(crate) fn wire_integer(&self, code: &str) -> Option<i64> {
        let digits = code.strip_prefix('-').unwrap_or(code);
        let plain = digits.starts_with(|first: char| matches!(first, '1'..='9')) || code == "0";
        (self.wire == WireType::Integer && plain).then(|| code.parse().ok()).flatten()
    }

    /// The code that a JSON number means: 5.0 is the number 5, while "5.0" is no code.
    pub(crate) fn code_of_number<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.find(text).is_some() {
            return Cow::Borrowed(text);
        }
        let whole = read_integer(text.as_bytes(), true).map(|number| number.to_string());
        whole.filter(|code| self.find(code).is_some()).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Where a code stands among the rows.
    #[inline]
    pub(super) fn position(&self, code: &[u8]) -> Option<usize> {
        let wanted = pack(code)?;
        let at = self.packed.iter().position(|&packed| packed == wanted)?;
        // A trailing NUL packs like nothing at all.
        (self.entries.get(at)?.code.len() == code.len()).then_some(at)
    }
}

impl fmt::Debug for CodeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeList")
            .field("name", &self.name)
            .field("wire", &self.wire)
            .field("codes", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// The bytes of a code as one integer; `None` for what is longer than any code.
#[inline]
const fn pack(code: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(match *code {
        [] => [0; 4],
        [a] => [a, 0, 0, 0],
        [a, b] => [a, b, 0, 0],
        [a, b, c] => [a, b, c, 0],
        [a, b, c, d] => [a, b, c, d],
        _ => return None,
    }))
}

/// Packs the codes of a table while it is compiled; a code that is too long does not build.
#[expect(clippy::panic, reason = "met by the compiler alone, as a build error")]
pub(super) const fn pack_all<const N: usize>(mut entries: &[CodeEntry]) -> [u32; N] {
    let mut all = [0; N];
    let mut slots = all.as_mut_slice();
    while let ([entry, rest @ ..], [slot, free @ ..]) = (entries, slots) {
        match pack(entry.code.as_bytes()) {
            Some(packed) => *slot = packed,
            None => panic!("a code is longer than four bytes"),
        }
        entries = rest;
        slots = free;
    }
    all
}
