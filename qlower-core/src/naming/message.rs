//! The texts of faults, in English and French.

use super::code::NamingCode as Code;
use super::error::{Bearer, Detail, Inner};
use super::path::{LONGEST_PATH, LONGEST_SEGMENT};
use super::template::LONGEST;
use crate::lang::Lang;

/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// Place and text.
pub(super) fn message(error: &Inner, lang: Lang) -> String {
    let mut places = Vec::new();
    if let Some(rule) = error.rule {
        places.push(format!("{} {rule}", lang.pick("rule", "règle")));
    }
    if let Some(file) = error.file {
        let local = error.local.as_deref().map(|local| format!(" ({})", quoted(local, lang))).unwrap_or_default();
        places.push(format!("{} {}{local}", lang.pick("file", "fichier"), file.saturating_add(1)));
    }
    if let Some(position) = error.position {
        places.push(format!("{} {position}", lang.pick("character", "caractère")));
    }
    let text = text(error, lang);
    if places.is_empty() { text } else { format!("{}{}{text}", places.join(", "), lang.pick(": ", " : ")) }
}

fn text(error: &Inner, lang: Lang) -> String {
    let name = error.name.as_deref().map(|name| quoted(name, lang)).unwrap_or_default();
    match error.code {
        Code::EmptyTemplate => lang.pick("the template is empty", "le modèle est vide").to_owned(),
        Code::TemplateTooLong => match lang {
            Lang::En => format!("the template has more than {LONGEST} bytes"),
            Lang::Fr => format!("le modèle fait plus de {LONGEST} octets"),
        },
        Code::UnclosedBrace => lang
            .pick("this { has no }; a brace is written {{", "cette { n'a pas de } ; une accolade s'écrit {{")
            .to_owned(),
        Code::StrayBrace => lang
            .pick("this } has no {; a brace is written }}", "cette } n'a pas de { ; une accolade s'écrit }}")
            .to_owned(),
        Code::InvalidVariable => match lang {
            Lang::En => format!("{name} is no variable's name: a letter, then letters, digits, \"_\" and \"-\""),
            Lang::Fr => {
                format!("{name} n'est pas un nom de variable : une lettre, puis lettres, chiffres, « _ » et « - »")
            }
        },
        Code::InvalidFormat => match lang {
            Lang::En => format!("{name} is no format: 02, 12, lower or upper"),
            Lang::Fr => format!("{name} n'est pas un format : 02, 12, lower ou upper"),
        },
        Code::UnknownVariable => unknown(error, &name, lang),
        Code::PerFileVariable => match lang {
            Lang::En => format!("{name} differs from file to file, and this name is one for all of them"),
            Lang::Fr => format!("{name} diffère d'un fichier à l'autre, et ce nom vaut pour tous"),
        },
        Code::ReservedVariable => match lang {
            Lang::En => format!("a variable cannot be called {name}: that is a word of each file"),
            Lang::Fr => format!("une variable ne peut pas s'appeler {name} : ce mot est celui de chaque fichier"),
        },
        Code::EmptyValue => empty(error, &name, lang),
        Code::UnknownValue => unknown_value(error, &name, lang),
        Code::BrokenText => match lang {
            Lang::En => format!("{name} holds U+FFFD: a text that was not UTF-8 was read as if it were"),
            Lang::Fr => {
                format!("{name} contient U+FFFD : un texte qui n'était pas en UTF-8 a été lu comme s'il l'était")
            }
        },
        Code::SlashInValue => match lang {
            Lang::En => format!("the value of {name} has a \"/\" in it: folders are made by the template alone"),
            Lang::Fr => format!("la valeur de {name} contient « / » : seul le modèle crée des dossiers"),
        },
        Code::Backslash => match lang {
            Lang::En => format!("{name} has a backslash in it: folders are separated by \"/\""),
            Lang::Fr => format!("{name} contient une barre oblique inverse : les dossiers sont séparés par « / »"),
        },
        Code::ControlCharacter => character(error, &name, lang, "a control character", "un caractère de contrôle"),
        Code::ForbiddenCharacter => character(
            error,
            &name,
            lang,
            "a character that the server may not take",
            "un caractère que le serveur peut refuser",
        ),
        Code::AbsolutePath => lang
            .pick(
                "a name begins where the login lands: leave out the first \"/\"",
                "un nom part de là où arrive la connexion : omettre le premier « / »",
            )
            .to_owned(),
        Code::EmptySegment => lang
            .pick(
                "there is nothing between two \"/\", or after the last",
                "il n'y a rien entre deux « / », ou après le dernier",
            )
            .to_owned(),
        Code::DotSegment => match lang {
            Lang::En => format!("{name} is no name, but leads to another folder"),
            Lang::Fr => format!("{name} n'est pas un nom, mais mène à un autre dossier"),
        },
        Code::HomeFolder => match lang {
            Lang::En => format!("{name} begins with \"~\", which servers take for a home folder"),
            Lang::Fr => format!("{name} commence par « ~ », que des serveurs prennent pour un dossier personnel"),
        },
        Code::LeadingHyphen => match lang {
            Lang::En => format!("{name} begins with \"-\", which programs take for an option"),
            Lang::Fr => format!("{name} commence par « - », que des programmes prennent pour une option"),
        },
        Code::EdgeSpace => match lang {
            Lang::En => format!("{name} begins or ends with a space, which servers cut off"),
            Lang::Fr => format!("{name} commence ou finit par une espace, que des serveurs suppriment"),
        },
        Code::TrailingDot => match lang {
            Lang::En => format!("{name} ends with a dot, which Windows cuts off"),
            Lang::Fr => format!("{name} finit par un point, que Windows supprime"),
        },
        Code::ReservedName => match lang {
            Lang::En => format!("{name} is the name of a device of Windows"),
            Lang::Fr => format!("{name} est le nom d'un périphérique de Windows"),
        },
        Code::SegmentTooLong => too_long(error, &name, lang),
        Code::PathTooLong => match lang {
            Lang::En => format!("with {name} the whole name has more than {LONGEST_PATH} bytes"),
            Lang::Fr => format!("avec {name} le nom entier fait plus de {LONGEST_PATH} octets"),
        },
        Code::DuplicateName => shared(error, &name, lang),
        Code::FolderAndFile => folder(error, &name, lang),
        Code::NoFile => lang.pick("there is no file to deliver", "il n'y a aucun fichier à livrer").to_owned(),
    }
}

fn unknown(error: &Inner, name: &str, lang: Lang) -> String {
    let text = match lang {
        Lang::En => format!("there is no variable {name}"),
        Lang::Fr => format!("il n'y a pas de variable {name}"),
    };
    if let Some(suggestion) = &error.suggestion {
        let suggestion = quoted(suggestion, lang);
        return match lang {
            Lang::En => format!("{text}; did you mean {suggestion}?"),
            Lang::Fr => format!("{text} ; vouliez-vous dire {suggestion} ?"),
        };
    }
    let Detail::Known(known) = &error.detail else { return text };
    let known: Vec<String> = known.iter().map(|name| shown(name)).collect();
    match lang {
        Lang::En => format!("{text}; there are {}", known.join(", ")),
        Lang::Fr => format!("{text} ; il y a {}", known.join(", ")),
    }
}

fn empty(error: &Inner, name: &str, lang: Lang) -> String {
    match (error.name.as_deref(), lang) {
        (Some("ext"), Lang::En) => "the file has no ending, and so {ext} is empty".to_owned(),
        (Some("ext"), Lang::Fr) => "le fichier n'a pas d'extension, et {ext} est donc vide".to_owned(),
        (_, Lang::En) => format!("{name} is empty"),
        (_, Lang::Fr) => format!("{name} est vide"),
    }
}

fn unknown_value(error: &Inner, name: &str, lang: Lang) -> String {
    let of_several = matches!(error.detail, Detail::Count(_));
    match (of_several, lang) {
        (true, Lang::En) => format!("{name} is not one: the payloads are of several partners"),
        (true, Lang::Fr) => format!("{name} n'est pas unique : les fichiers sont de plusieurs partenaires"),
        (false, Lang::En) => format!("{name} is not known here"),
        (false, Lang::Fr) => format!("{name} n'est pas connu ici"),
    }
}

fn character(error: &Inner, name: &str, lang: Lang, en: &str, fr: &str) -> String {
    let Detail::Character(c) = error.detail else { return name.to_owned() };
    let code = format!("U+{:04X}", u32::from(c));
    let visible = if c.is_ascii_graphic() || c.is_alphanumeric() {
        format!("{} ({code})", quoted(c.encode_utf8(&mut [0; 4]), lang))
    } else {
        code
    };
    match lang {
        Lang::En => format!("{name} has {visible} in it, {en}"),
        Lang::Fr => format!("{name} contient {visible}, {fr}"),
    }
}

fn too_long(error: &Inner, name: &str, lang: Lang) -> String {
    let Detail::Count(bytes) = error.detail else { return name.to_owned() };
    match lang {
        Lang::En => format!("{name} has {bytes} bytes, and {LONGEST_SEGMENT} is the most"),
        Lang::Fr => format!("{name} fait {bytes} octets, et {LONGEST_SEGMENT} est le maximum"),
    }
}

fn shared(error: &Inner, name: &str, lang: Lang) -> String {
    let Detail::With { other, count } = error.detail else { return name.to_owned() };
    let other = match (other, lang) {
        // With more than two of them, a file is the first.
        (Bearer::File(file), Lang::Fr) if count > 2 => format!("du fichier {}", file.saturating_add(1)),
        _ => bearer(other, lang),
    };
    match (count, lang) {
        (0..=2, Lang::En) => format!("{other} is called {name} as well"),
        (0..=2, Lang::Fr) => format!("{other} s'appelle aussi {name}"),
        (_, Lang::En) => format!("{count} names, {other}'s among them, are {name}: {{n}} would tell files apart"),
        (_, Lang::Fr) => format!("{count} noms, dont celui {other}, sont {name} : {{n}} distinguerait les fichiers"),
    }
}

fn folder(error: &Inner, name: &str, lang: Lang) -> String {
    let Detail::With { other, .. } = error.detail else { return name.to_owned() };
    let other = bearer(other, lang);
    match lang {
        Lang::En => format!("{name} is a file, and a folder that {other} is in"),
        Lang::Fr => format!("{name} est un fichier, et un dossier qui contient {other}"),
    }
}

fn bearer(bearer: Bearer, lang: Lang) -> String {
    match bearer {
        Bearer::File(file) => format!("{} {}", lang.pick("file", "le fichier"), file.saturating_add(1)),
        Bearer::Archive => lang.pick("the archive", "l'archive").to_owned(),
        Bearer::SideFile => lang.pick("the side file", "le fichier d'accompagnement").to_owned(),
    }
}

fn quoted(text: &str, lang: Lang) -> String {
    let text = shown(text);
    match lang {
        Lang::En => format!("\"{text}\""),
        Lang::Fr => format!("« {text} »"),
    }
}

/// Cut where it is long, and what cannot be seen escaped.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    for c in chars.by_ref().take(SHOWN) {
        let visible = c == ' ' || !(c.is_control() || c.is_whitespace() || super::characters::is_invisible(c));
        if visible { out.push(c) } else { out.extend(c.escape_unicode()) }
    }
    if chars.next().is_some() {
        out.push('…');
    }
    out
}
