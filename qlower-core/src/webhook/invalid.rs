//! What keeps a body from being read as an event.

use std::fmt;

use crate::lang::Lang;

/// What is wanted at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wanted {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// A year of four digits.
    Year,
    /// `true` or `false`.
    Boolean,
    /// A date-time with its offset, ISO 8601.
    Instant,
    /// A currency, the three letters of ISO 4217.
    Currency,
}

impl Wanted {
    const fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Object => lang.pick("an object", "un objet"),
            Self::Array => lang.pick("an array", "un tableau"),
            Self::Text => lang.pick("a text", "un texte"),
            Self::Integer => lang.pick("a whole number", "un nombre entier"),
            Self::Decimal => lang.pick("a decimal number", "un nombre décimal"),
            Self::Year => lang.pick("a year of four digits", "une année de quatre chiffres"),
            Self::Boolean => lang.pick("true or false", "vrai ou faux"),
            Self::Instant => lang.pick("a date and time with its offset", "une date et heure avec son décalage"),
            Self::Currency => lang.pick("a currency of three letters", "une devise de trois lettres"),
        }
    }
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventProblem {
    /// There is nothing in it.
    Empty,
    /// It is not UTF-8.
    NotUtf8 {
        /// Where, in bytes from 0.
        offset: usize,
    },
    /// It is not JSON, or was cut off.
    NotJson {
        /// Where, in bytes from 0.
        offset: usize,
    },
    /// It is nested too deep.
    TooDeep,
    /// A field that has to be there is absent, or `null`.
    Missing,
    /// A text that identifies something is empty.
    Blank,
    /// A field stands twice, so that it is not clear which one counts.
    Duplicate,
    /// Something else stands there than what is wanted.
    WrongType {
        /// What is wanted.
        wanted: Wanted,
    },
    /// A number with more digits than are kept exactly.
    OutOfRange,
    /// A text that identifies something holds control characters, or half a character.
    BrokenText,
}

impl EventProblem {
    /// Its name, such as `wrong_type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NotJson { .. } => "not_json",
            Self::TooDeep => "too_deep",
            Self::Missing => "missing",
            Self::Blank => "blank",
            Self::Duplicate => "duplicate",
            Self::WrongType { .. } => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::BrokenText => "broken_text",
        }
    }

    /// What is wrong, for people: "is missing".
    #[must_use]
    pub fn message(self, lang: Lang) -> String {
        match self {
            Self::NotUtf8 { offset } => match lang {
                Lang::En => format!("is not UTF-8, at byte {offset}"),
                Lang::Fr => format!("n'est pas en UTF-8, à l'octet {offset}"),
            },
            Self::NotJson { offset } => match lang {
                Lang::En => format!("is not JSON, or was cut off, at byte {offset}"),
                Lang::Fr => format!("n'est pas du JSON, ou a été coupé, à l'octet {offset}"),
            },
            Self::WrongType { wanted } => match lang {
                Lang::En => format!("is not {}", wanted.text(lang)),
                Lang::Fr => format!("n'est pas {}", wanted.text(lang)),
            },
            Self::Empty | Self::Blank => lang.pick("is empty", "est vide").to_owned(),
            Self::TooDeep => lang.pick("is nested too deep", "est trop imbriqué").to_owned(),
            Self::Missing => lang.pick("is missing", "est absent").to_owned(),
            Self::Duplicate => lang.pick("stands there twice", "y figure deux fois").to_owned(),
            Self::OutOfRange => lang
                .pick("has more digits than can be kept exactly", "a plus de chiffres que l'on peut garder exactement")
                .to_owned(),
            Self::BrokenText => lang
                .pick(
                    "holds control characters, or half a character",
                    "contient des caractères de contrôle, ou un demi-caractère",
                )
                .to_owned(),
        }
    }
}

/// A body that cannot be read as an event: where, and why.
///
/// It shows nothing of what the body holds, so it may be logged. If the webhook is genuine, answer with a status of 5xx and
/// keep the body: it is an order that a customer paid.
///
/// ```
/// use qlower_core::Lang;
/// use qlower_core::webhook::{Event, EventProblem};
///
/// let invalid = Event::parse(br#"{"event_type": "order.created", "event_id": "evt_1"}"#).unwrap_err();
/// assert_eq!((invalid.pointer(), invalid.problem()), ("/order_id", EventProblem::Missing));
/// assert_eq!(invalid.to_string(), "the event cannot be read: /order_id is missing");
/// assert_eq!(invalid.message(Lang::Fr), "l'événement ne peut pas être lu : /order_id est absent");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InvalidEvent {
    pointer: Box<str>,
    problem: EventProblem,
}

impl InvalidEvent {
    pub(super) fn new(pointer: String, problem: EventProblem) -> Self {
        Self { pointer: pointer.into(), problem }
    }

    /// Of the body as a whole.
    pub(super) fn whole(problem: EventProblem) -> Self {
        Self::new(String::new(), problem)
    }

    /// The field, as a JSON Pointer: `/order/products/0/unit_price`. Empty for the body as a whole.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> EventProblem {
        self.problem
    }

    /// Both as a sentence, for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let problem = self.problem.message(lang);
        let what = match (&*self.pointer, lang) {
            ("", Lang::En) => "the body",
            ("", Lang::Fr) => "le corps",
            (pointer, _) => pointer,
        };
        match lang {
            Lang::En => format!("the event cannot be read: {what} {problem}"),
            Lang::Fr => format!("l'événement ne peut pas être lu : {what} {problem}"),
        }
    }
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for InvalidEvent {}
