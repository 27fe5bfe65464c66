//! The French sentence in which an item's error is wrapped.

/// What `Champ '…' dans … '…' invalide : …` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sentence<'s> {
    pub(super) field: &'s str,
    pub(super) model: Option<&'s str>,
    pub(super) id: Option<&'s str>,
    pub(super) reason: Option<&'s str>,
}

/// Takes the sentence apart; `None` if it is another one. `id` is the item's id where it is known: an id may itself hold quotes.
pub(super) fn read<'s>(sentence: &'s str, id: Option<&str>) -> Option<Sentence<'s>> {
    let rest = word(sentence.trim_start(), "champ")?;
    let (field, rest) =
        quoted(rest.trim_start(), |after| word(after, "dans").or_else(|| word(after, "invalide")).is_some())?;
    let field = Some(field.trim()).filter(|field| !field.is_empty())?;
    let (mut model, mut named) = (None, None);
    let mut rest = rest.trim_start();
    if let Some(after) = word(rest, "dans") {
        let after = after.trim_start();
        let (name, after) = after.split_at_checked(after.find(char::is_whitespace).unwrap_or(after.len()))?;
        model = Some(name).filter(|name| !name.is_empty());
        rest = after.trim_start();
        let known = id.and_then(|id| quoted_exactly(rest, id));
        if let Some((id, after)) = known.or_else(|| quoted(rest, |after| word(after, "invalide").is_some())) {
            named = Some(id.trim()).filter(|id| !id.is_empty());
            rest = after.trim_start();
        }
    }
    let reason = word(rest, "invalide").map(str::trim_start).and_then(|rest| rest.strip_prefix(':')).map(str::trim);
    Some(Sentence { field, model, id: named, reason: reason.filter(|reason| !reason.is_empty()) })
}

fn word<'s>(text: &'s str, word: &str) -> Option<&'s str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    (start.eq_ignore_ascii_case(word) && !rest.starts_with(char::is_alphanumeric)).then_some(rest)
}

/// The closing quote of the quote with which a text opens, and what follows the opening one.
fn open(text: &str) -> Option<(char, &str)> {
    let mut rest = text.chars();
    let close = match rest.next()? {
        quote @ ('\'' | '"' | '`' | '’') => quote,
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    Some((close, rest.as_str()))
}

/// A quoted text up to the first closing quote behind which `goes_on` holds, and the rest.
fn quoted(text: &str, goes_on: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let (close, text) = open(text)?;
    text.match_indices(close).find_map(|(at, quote)| {
        let rest = text.get(at + quote.len()..)?;
        goes_on(rest.trim_start()).then_some((text.get(..at)?, rest))
    })
}

fn quoted_exactly<'s>(text: &'s str, content: &str) -> Option<(&'s str, &'s str)> {
    let (close, text) = open(text)?;
    let rest = text.strip_prefix(content)?.strip_prefix(close)?;
    Some((text.get(..content.len())?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(sentence: &str) -> Option<[Option<&str>; 4]> {
        read(sentence, None).map(|s| [Some(s.field), s.model, s.id, s.reason])
    }

    #[test]
    fn the_published_form_is_taken_apart() {
        assert_eq!(
            parts("Champ 'amt' dans transactions 'T-1' invalide : Field required"),
            Some([Some("amt"), Some("transactions"), Some("T-1"), Some("Field required")])
        );
    }

    #[test]
    fn near_forms_are_understood() {
        for sentence in [
            " champ \"year\" dans documents \"D 7\" invalide\u{a0}: Not a year ",
            "Champ « year » dans documents « D 7 » invalide: Not a year",
            "Champ ‘year’ dans documents ‘D 7’ invalide\u{202f}:Not a year",
        ] {
            assert_eq!(
                parts(sentence),
                Some([Some("year"), Some("documents"), Some("D 7"), Some("Not a year")]),
                "{sentence}"
            );
        }
        assert_eq!(parts("Champ 'year' invalide : x"), Some([Some("year"), None, None, Some("x")]));
        assert_eq!(parts("Champ 'year' dans documents"), Some([Some("year"), Some("documents"), None, None]));
        assert_eq!(
            parts("Champ 'year' dans documents 'D' invalide :"),
            Some([Some("year"), Some("documents"), Some("D"), None])
        );
    }

    #[test]
    fn an_id_with_quotes_is_no_trap() {
        let id = "l'été' invalide : rien";
        let sentence = format!("Champ 'ref' dans transactions '{id}' invalide : Field required");
        let read = read(&sentence, Some(id)).unwrap();
        assert_eq!((read.id, read.reason), (Some(id), Some("Field required")));
        let guessed = parts("Champ 'ref' dans transactions 'l'été' invalide : Field required").unwrap();
        assert_eq!((guessed[2], guessed[3]), (Some("l'été"), Some("Field required")));
    }

    #[test]
    fn other_sentences_give_nothing() {
        for sentence in [
            "",
            "Champ",
            "Champ 'amt",
            "Champ amt dans x",
            "Champs 'amt' dans x",
            "Champ '' dans x 'y' invalide : z",
            "Bien inconnu",
            "é",
        ] {
            assert_eq!(parts(sentence), None, "{sentence}");
        }
    }
}
