//! The parameters from which a finding's text is made.

use std::borrow::Cow;

use crate::codes::CodeList;
use crate::lang::Lang;
use crate::scan::Fault;

/// How much of a value a message repeats, in characters.
const SHOWN: usize = 60;

/// What the placeholders of a template stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Params {
    pub(crate) field: Option<Cow<'static, str>>,
    pub(crate) value: Option<Box<str>>,
    pub(crate) other: Option<Box<str>>,
    pub(crate) suggestion: Option<Box<str>>,
    #[serde(with = "super::stored::list")]
    pub(crate) accepted: Option<&'static CodeList>,
    pub(crate) types: Option<(JsonType, JsonType)>,
    pub(crate) detail: Option<Detail>,
}

/// A JSON type, as expected or found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum JsonType {
    Object,
    Array,
    Text,
    Number,
    Boolean,
    Null,
}

impl JsonType {
    const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Object => lang.pick("an object", "un objet"),
            Self::Array => lang.pick("an array", "un tableau"),
            Self::Text => lang.pick("a string", "une chaîne"),
            Self::Number => lang.pick("a number", "un nombre"),
            Self::Boolean => lang.pick("a boolean", "un booléen"),
            Self::Null => lang.pick("null", "null"),
        }
    }
}

/// What exactly is wrong, where one code covers several cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Detail {
    Syntax(Fault),
    NotA(NotA),
    NotNegative,
    Signed,
    /// Another item, of which no more is known.
    Earlier,
    /// The same under another client.
    EarlierClient,
}

/// What was given instead of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum NotA {
    Empty,
    Null,
    Array,
    Scalar,
    Markup,
    Utf16,
    Archive,
    NotJson,
    OtherObject,
}

impl Detail {
    const fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::NotNegative => lang.pick("0 and 2147483647", "0 et 2147483647"),
            Self::Signed => lang.pick("-2147483648 and 2147483647", "-2147483648 et 2147483647"),
            Self::Earlier => lang.pick("an item given before", "un élément donné auparavant"),
            Self::EarlierClient => lang.pick("an entry given before", "amont"),
            Self::NotA(not) => match not {
                NotA::Empty => lang.pick("the text is empty", "le texte est vide"),
                NotA::Null => lang.pick("it is null", "c'est null"),
                NotA::Array => lang.pick(
                    "it is an array, a payload is an object",
                    "c'est un tableau, alors qu'un chargement est un objet",
                ),
                NotA::Scalar => lang.pick(
                    "it is a single value, a payload is an object",
                    "c'est une valeur isolée, alors qu'un chargement est un objet",
                ),
                NotA::Markup => lang.pick("it is HTML or XML", "c'est du HTML ou du XML"),
                NotA::Utf16 => {
                    lang.pick("it is UTF-16 or UTF-32, not UTF-8", "c'est de l'UTF-16 ou de l'UTF-32 et non de l'UTF-8")
                }
                NotA::Archive => lang.pick("it is a compressed file", "c'est un fichier compressé"),
                NotA::NotJson => lang.pick("it is not JSON", "ce n'est pas du JSON"),
                NotA::OtherObject => {
                    lang.pick("the object has none of a payload's keys", "l'objet n'a aucune des clés d'un chargement")
                }
            },
            Self::Syntax(fault) => match fault {
                Fault::ExpectedKey => lang.pick(
                    "a key in double quotes is expected here",
                    "une clé entre guillemets doubles est attendue ici",
                ),
                Fault::ExpectedColon => lang.pick("':' is expected after the key", "« : » est attendu après la clé"),
                Fault::ExpectedValue => lang.pick("a value is expected here", "une valeur est attendue ici"),
                Fault::ExpectedCommaOrBrace => {
                    lang.pick("',' or '}' is expected here", "« , » ou « } » est attendu ici")
                }
                Fault::ExpectedCommaOrBracket => {
                    lang.pick("',' or ']' is expected here", "« , » ou « ] » est attendu ici")
                }
                Fault::MissingComma => lang.pick("a comma is missing before this", "il manque une virgule avant ceci"),
                Fault::TrailingComma => lang
                    .pick("there is a comma before the closing bracket", "il y a une virgule avant le crochet fermant"),
                Fault::AfterEnd => {
                    lang.pick("there is text after the end of the payload", "il y a du texte après la fin du fichier")
                }
                Fault::BadNumber => {
                    lang.pick("this is not a number as JSON writes it", "ce n'est pas un nombre au format JSON")
                }
                Fault::BadLiteral => {
                    lang.pick("this word is neither true, false nor null", "ce mot n'est ni true, ni false, ni null")
                }
                Fault::BadEscape => {
                    lang.pick("this escape does not exist", "cette séquence d'échappement n'existe pas")
                }
                Fault::ControlCharacter => lang.pick(
                    "a control character (such as a line break) stands inside a string",
                    "un caractère de contrôle (comme un saut de ligne) figure dans une chaîne",
                ),
                Fault::UnexpectedEnd
                | Fault::LoneSurrogate
                | Fault::Nul
                | Fault::InvalidUtf8
                | Fault::DuplicateKey
                | Fault::TooDeep => "",
            },
        }
    }
}

impl Params {
    pub(crate) fn field(field: &'static str) -> Self {
        Self { field: Some(Cow::Borrowed(field)), ..Self::default() }
    }

    pub(crate) fn value(mut self, value: &str) -> Self {
        self.value = Some(value.into());
        self
    }

    pub(crate) fn other(mut self, other: &str) -> Self {
        self.other = Some(other.into());
        self
    }

    pub(crate) fn suggestion(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    pub(crate) const fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(crate) fn fill(&self, template: &str, lang: Lang) -> String {
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            match name {
                "field" => out.push_str(&shorten(self.field.as_deref().unwrap_or_default())),
                "value" => out.push_str(&quote(self.value.as_deref().unwrap_or_default(), lang)),
                "other" => match (&self.other, self.detail) {
                    (Some(other), _) => out.push_str(&shorten(other)),
                    (None, detail) => out.push_str(detail.map_or("", |detail| detail.text(lang))),
                },
                "expected" => out.push_str(self.types.map_or("", |(expected, _)| expected.name(lang))),
                "found" => out.push_str(self.types.map_or("", |(_, found)| found.name(lang))),
                "detail" => out.push_str(self.detail.map_or("", |detail| detail.text(lang))),
                _ => {}
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The start of a text, without characters that would disturb a terminal or a log.
pub(crate) fn shorten(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).map(printable).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

pub(crate) fn printable(char: char) -> char {
    // Direction marks could make a message read backwards.
    let reorders = matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if char.is_control() || reorders { '\u{fffd}' } else { char }
}

fn quote(text: &str, lang: Lang) -> String {
    let short = shorten(text);
    match lang {
        Lang::En => format!("\"{short}\""),
        Lang::Fr => format!("« {short} »"),
    }
}
