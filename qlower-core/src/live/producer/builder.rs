//! The settings of a producer, and what may be wrong with them.

use std::fmt;

use url::Url;

use super::{Origins, Producer};
use crate::lang::Lang;
use crate::live::access::{Access, AccessKind};
use crate::live::measurement::Form;
use crate::live::policy::DEFAULT_ORIGIN;
use crate::live::unit::Unit;

/// Settings with which a producer could be read by nobody, or by everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProducerError {
    /// A way of access has no secret, or an empty one, or one that cannot be sent.
    Access(AccessKind),
    /// A text is no origin: not scheme and host as a browser sends them.
    Origin {
        /// What was given.
        given: String,
        /// The origin that was probably meant.
        suggestion: Option<String>,
    },
    /// An empty list of origins was given: no page could read it. Leave the setting away for the default.
    NoOrigin,
    /// The unit is an empty text.
    Unit,
}

impl ProducerError {
    /// Its name: `access`, `origin`, `no_origin` or `unit`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Access(_) => "access",
            Self::Origin { .. } => "origin",
            Self::NoOrigin => "no_origin",
            Self::Unit => "unit",
        }
    }

    /// The text; `Display` is the English one.
    ///
    /// ```
    /// use qlower_core::Lang;
    /// use qlower_core::live::Producer;
    ///
    /// let error = Producer::builder().origin("https://quelia.fr/").build().unwrap_err();
    /// assert_eq!(error.message(Lang::En), r#""https://quelia.fr/" is no origin: write "https://quelia.fr""#);
    /// assert_eq!(error.message(Lang::Fr), r#""https://quelia.fr/" n'est pas une origine : écrivez "https://quelia.fr""#);
    /// ```
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Access(kind) => {
                let kind = kind.as_str();
                match lang {
                    Lang::En => {
                        format!("access by {kind}: there is no secret, or one that is empty or cannot be sent")
                    }
                    Lang::Fr => {
                        format!("accès par {kind} : le secret manque, ou il est vide ou ne peut pas être envoyé")
                    }
                }
            }
            Self::Origin { given, suggestion } => {
                let text = match lang {
                    Lang::En => format!("{given:?} is no origin"),
                    Lang::Fr => format!("{given:?} n'est pas une origine"),
                };
                match (suggestion, lang) {
                    (None, _) => text,
                    (Some(meant), Lang::En) => format!("{text}: write {meant:?}"),
                    (Some(meant), Lang::Fr) => format!("{text} : écrivez {meant:?}"),
                }
            }
            Self::NoOrigin => lang
                .pick(
                    "no origin was given: no page could read the producer",
                    "aucune origine n'est donnée : aucune page ne pourrait lire le producteur",
                )
                .to_owned(),
            Self::Unit => lang.pick("the unit is empty", "l'unité est vide").to_owned(),
        }
    }
}

impl fmt::Display for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for ProducerError {}

/// Chooses the settings of a [`Producer`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ProducerBuilder {
    access: Vec<Access>,
    origins: Option<Vec<String>>,
    any_origin: bool,
    form: Form,
    unit: Option<Unit>,
}

impl ProducerBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a way of access; one of several is enough. Without any, everybody may read.
    pub fn access(mut self, access: Access) -> Self {
        self.access.push(access);
        self
    }

    /// Adds a page whose scripts may read it, such as `https://carte.example`; the first one takes the place of the default,
    /// [`DEFAULT_ORIGIN`]. Servers that read it, as Quelia's may, need none.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.get_or_insert_default().push(origin.into());
        self
    }

    /// Sets all pages whose scripts may read it.
    pub fn origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Lets scripts of any page read it: `Access-Control-Allow-Origin: *`. That is for values that are public anyway.
    pub const fn any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }

    /// Sets the form of the document; [`Form::Simple`] by default, since that is what is recommended.
    pub const fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// Sets the unit in which the value is given out: measurements in another one are converted. Without it, each is given out as it
    /// was measured.
    pub fn unit(mut self, unit: impl Into<Unit>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Makes the producer.
    ///
    /// # Errors
    /// [`ProducerError`] for a secret that is empty, or a text that is no origin.
    pub fn build(self) -> Result<Producer, ProducerError> {
        if let Some(access) = self.access.iter().find(|access| !access.is_usable()) {
            return Err(ProducerError::Access(access.kind()));
        }
        if self.unit.as_ref().is_some_and(|unit| unit.as_str().is_empty()) {
            return Err(ProducerError::Unit);
        }
        let origins = self.origins.unwrap_or_else(|| vec![DEFAULT_ORIGIN.to_owned()]);
        for origin in &origins {
            check(origin)?;
        }
        let origins = match origins.as_slice() {
            _ if self.any_origin => Origins::Any,
            [] => return Err(ProducerError::NoOrigin),
            _ => Origins::Named(origins),
        };
        Ok(Producer { access: self.access, origins, form: self.form, unit: self.unit })
    }
}

/// An origin is compared byte for byte: so it has to be written as browsers send it.
fn check(given: &str) -> Result<(), ProducerError> {
    let is_host = given.contains('.') && !given.contains("://");
    let parsed = if is_host { Url::parse(&format!("https://{given}")) } else { Url::parse(given) };
    let web = parsed.ok().filter(|url| matches!(url.scheme(), "http" | "https") && !given.contains('*'));
    match web.map(|url| url.origin().ascii_serialization()) {
        Some(origin) if origin == given => Ok(()),
        suggestion => Err(ProducerError::Origin { given: given.to_owned(), suggestion }),
    }
}
