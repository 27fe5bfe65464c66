//! The sentence of a fault, in both languages.

use super::{Inner, JsonKind, ReadingCode};
use crate::lang::Lang;

pub(super) fn message(fault: &Inner, lang: Lang) -> String {
    let place = || match (fault.place, lang) {
        (Some((line, column)), Lang::En) => format!(", at line {line}, column {column}"),
        (Some((line, column)), Lang::Fr) => format!(", à la ligne {line}, colonne {column}"),
        (None, _) => String::new(),
    };
    match fault.code {
        ReadingCode::Empty => lang.pick("the reply is empty", "la réponse est vide").to_owned(),
        ReadingCode::Html => {
            lang.pick("the reply is a page, and not JSON", "la réponse est une page, et non du JSON").to_owned()
        }
        ReadingCode::NotUtf8 => {
            lang.pick("the reply is not UTF-8", "la réponse n'est pas en UTF-8").to_owned() + &place()
        }
        ReadingCode::NotJson => {
            let text =
                lang.pick("the reply is not JSON, or was cut off", "la réponse n'est pas du JSON, ou a été coupée");
            text.to_owned() + &place()
        }
        ReadingCode::TooDeep => {
            lang.pick("the reply is nested too deep", "la réponse est trop imbriquée").to_owned() + &place()
        }
        ReadingCode::TooLarge => lang.pick("the reply is larger than 1 MiB", "la réponse dépasse 1 Mio").to_owned(),
        ReadingCode::DuplicateKey => {
            let at = &fault.at;
            match lang {
                Lang::En => format!("{at} stands there twice{}", place()),
                Lang::Fr => format!("{at} y figure deux fois{}", place()),
            }
        }
        ReadingCode::PathMissing => missing(fault, lang) + &suggested(fault, lang),
        ReadingCode::NotANumber => not_a_number(fault, lang) + &suggested(fault, lang),
        ReadingCode::NotFinite => {
            let at = &fault.at;
            match lang {
                Lang::En => format!("{at} is not a finite number"),
                Lang::Fr => format!("{at} n'est pas un nombre fini"),
            }
        }
        ReadingCode::StatusNotOk => {
            let (at, status) = (&fault.at, fault.status.unwrap_or_default());
            match lang {
                Lang::En => format!("{at} is \"{status}\", so the value is not to be trusted"),
                Lang::Fr => format!("{at} vaut « {status} » : la valeur n'est pas fiable"),
            }
        }
        ReadingCode::UnitMismatch => {
            let (given, wanted) =
                fault.units.as_ref().map_or(("", ""), |(given, wanted)| (given.as_str(), wanted.as_str()));
            let given = super::super::suggest::shown(given);
            match lang {
                Lang::En => format!("the value is in {given}, which cannot be converted to {wanted}"),
                Lang::Fr => format!("la valeur est en {given}, ce qui ne se convertit pas en {wanted}"),
            }
        }
    }
}

fn missing(fault: &Inner, lang: Lang) -> String {
    let at = match (&*fault.at, lang) {
        ("", Lang::En) => "the document",
        ("", Lang::Fr) => "le document",
        (at, _) => at,
    };
    let missing = fault.missing.as_deref().unwrap_or_default();
    match fault.found {
        Some(JsonKind::Array) => match (fault.count, lang) {
            (0, Lang::En) => format!("{at} is an empty array, and has no {missing}"),
            (0, Lang::Fr) => format!("{at} est un tableau vide, sans {missing}"),
            (count, Lang::En) => format!("{at} is an array of {count}, counted from 0, and has no {missing}"),
            (count, Lang::Fr) => format!("{at} est un tableau de {count}, numéroté à partir de 0, sans {missing}"),
        },
        Some(JsonKind::Object) if fault.keys.is_empty() => match lang {
            Lang::En => format!("{at} has no {missing}, and nothing else"),
            Lang::Fr => format!("{at} n'a pas de {missing}, et rien d'autre"),
        },
        Some(JsonKind::Object) => {
            let keys = fault.keys.join(", ");
            let more = fault.count.saturating_sub(fault.keys.len());
            match (more, lang) {
                (0, Lang::En) => format!("{at} has no {missing}, but {keys}"),
                (0, Lang::Fr) => format!("{at} n'a pas de {missing}, mais {keys}"),
                (more, Lang::En) => format!("{at} has no {missing}, but {keys} and {more} more"),
                (more, Lang::Fr) => format!("{at} n'a pas de {missing}, mais {keys} et {more} de plus"),
            }
        }
        found => {
            let what = found.map_or("", |kind| kind.text(lang));
            match lang {
                Lang::En => format!("{at} is {what}, and has no {missing}"),
                Lang::Fr => format!("{at} est {what}, sans {missing}"),
            }
        }
    }
}

fn not_a_number(fault: &Inner, lang: Lang) -> String {
    let at = &fault.at;
    let what = fault.found.map_or("", |kind| kind.text(lang));
    match (fault.found, lang) {
        (Some(JsonKind::NumericString), Lang::En) => {
            format!("{at} is a text that holds a number: write it without quotes, with a decimal point")
        }
        (Some(JsonKind::NumericString), Lang::Fr) => {
            format!("{at} est un texte qui contient un nombre : écrivez-le sans guillemets, avec un point décimal")
        }
        (_, Lang::En) => format!("{at} is {what}, and not a number"),
        (_, Lang::Fr) => format!("{at} est {what}, et non un nombre"),
    }
}

fn suggested(fault: &Inner, lang: Lang) -> String {
    match (&fault.suggestion, lang) {
        (None, _) => String::new(),
        (Some(path), Lang::En) => format!("; {path} leads to a number"),
        (Some(path), Lang::Fr) => format!(" ; {path} mène à un nombre"),
    }
}

impl JsonKind {
    /// What it is, for people: `an object`.
    const fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Object => lang.pick("an object", "un objet"),
            Self::Array => lang.pick("an array", "un tableau"),
            Self::String | Self::NumericString => lang.pick("a text", "un texte"),
            Self::Number => lang.pick("a number", "un nombre"),
            Self::Boolean => lang.pick("true or false", "vrai ou faux"),
            Self::Null => lang.pick("null", "null"),
        }
    }
}
