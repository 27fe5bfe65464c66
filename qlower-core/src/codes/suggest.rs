//! Guessing which code a text was meant to be.

use super::list::{CodeEntry, CodeList};

/// No label or spelling is longer; anything beyond is not worth folding.
const LONGEST: usize = 256;

impl CodeList {
    /// The code that somebody probably meant; `None` when nothing fits.
    ///
    /// Understood are a code in another case, with spaces around or inside it or with leading zeros; a French or
    /// English label without regard to case, accents and spaces; and a few everyday spellings. Labels and spellings
    /// never lead to a retired code. A suggestion is for people to read: nothing in this crate replaces a value by it.
    ///
    /// ```
    /// use qlower_core::codes::{Currency, DeclarantTaxRegime, PropertyTaxRegime, YesNo};
    ///
    /// let code = |entry: Option<&'static qlower_core::codes::CodeEntry>| entry.map(|entry| entry.code);
    /// assert_eq!(code(Currency::LIST.suggest("€")), Some("EUR"));
    /// assert_eq!(code(PropertyTaxRegime::LIST.suggest(" 05 ")), Some("5"));
    /// assert_eq!(code(DeclarantTaxRegime::LIST.suggest("reel NORMAL")), Some("3"));
    /// assert_eq!(code(YesNo::LIST.suggest("true")), Some("O"));
    /// assert_eq!(code(YesNo::LIST.suggest("perhaps")), None);
    /// ```
    #[must_use]
    pub fn suggest(&self, given: &str) -> Option<&'static CodeEntry> {
        if given.len() > LONGEST {
            return None;
        }
        let given = fold(given);
        let code = without_leading_zeros(&given);
        let by_code = self.entries.iter().find(|entry| entry.code.eq_ignore_ascii_case(code));
        by_code.or_else(|| {
            self.active()
                .find(|entry| [entry.fr, entry.en].iter().chain(entry.also).any(|spelling| fold(spelling) == given))
        })
    }
}

fn without_leading_zeros(folded: &str) -> &str {
    if !folded.is_empty() && folded.bytes().all(|byte| byte.is_ascii_digit()) {
        let rest = folded.trim_start_matches('0');
        if rest.is_empty() { "0" } else { rest }
    } else {
        folded
    }
}

/// Lower case, without accents, spaces and typographic apostrophes.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ä' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ò' | 'ó' | 'ô' | 'ö' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ÿ' => folded.push('y'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            '’' => folded.push('\''),
            // Accents that stand beside their letter.
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;
    use crate::codes::*;

    fn suggested(list: &CodeList, given: &str) -> Option<&'static str> {
        list.suggest(given).map(|entry| entry.code)
    }

    #[test]
    fn suggestions_hit_what_was_meant() {
        for (list, given, meant) in [
            (Currency::LIST, "eur", "EUR"),
            (Currency::LIST, "EURO", "EUR"),
            (Currency::LIST, "€", "EUR"),
            (Currency::LIST, "$", "USD"),
            (PropertyTaxRegime::LIST, "05", "5"),
            (PropertyTaxRegime::LIST, " 0044\u{a0}", "44"),
            (PropertyTaxRegime::LIST, "sbp - tres social neuf 5,5 %", "92"),
            (PropertyTaxRegime::LIST, "SCI à l’IS", "36"),
            (PropertyTaxRegime::LIST, "Re\u{301}gimes e\u{301}tranger", "42"),
            (PropertyKind::LIST, " A ", "A"),
            (PropertyKind::LIST, "cl", "CL"),
            (PropertyKind::LIST, "APPARTEMENT", "A"),
            (YesNo::LIST, "oui", "O"),
            (YesNo::LIST, "true", "O"),
            (YesNo::LIST, "YES", "O"),
            (YesNo::LIST, "0", "N"),
            (DeclarantTaxRegime::LIST, "Réel normal", "3"),
            (DeclarantTaxRegime::LIST, "REEL SIMPLIFIE", "4"),
            (DeclarantTaxRegime::LIST, "09", "9"),
            (DocumentType::LIST, "acte notarie", "42"),
            (Removal::LIST, "r", "R"),
            (Removal::LIST, " ", ""),
            (Civility::LIST, "Mme.", "MME"),
            (VatOption::LIST, "10 %", "10"),
        ] {
            assert_eq!(suggested(list, given), Some(meant), "{given:?} in {}", list.name);
        }
    }

    #[test]
    fn suggestions_do_not_guess() {
        for (list, given) in [
            (Currency::LIST, ""),
            (Currency::LIST, "CHF"),
            (PropertyTaxRegime::LIST, "34"),
            (PropertyTaxRegime::LIST, "0"),
            (PropertyTaxRegime::LIST, "-5"),
            (PropertyTaxRegime::LIST, "LMNPX"),
            (YesNo::LIST, "perhaps"),
            // Its label alone would lead to a code that is no longer to be used.
            (DeclarantTaxRegime::LIST, "Régime réel normal"),
            // Erasing is never guessed from a word.
            (Removal::LIST, "00"),
            (Removal::LIST, "oui"),
            (Removal::LIST, "true"),
            (Removal::LIST, "remove"),
        ] {
            assert_eq!(suggested(list, given), None, "{given:?} in {}", list.name);
        }
    }

    #[test]
    fn folding_leaves_plain_letters() {
        assert_eq!(fold(" ÀÂÄ Ç ÉÈÊË ÎÏ ÔÖ ÙÛÜ Ÿ Œ Æ ’\t"), "aaaceeeeiioouuuyoeae'");
    }
}
