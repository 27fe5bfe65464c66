//! What a producer asks of those who read it.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use qlower_core::live::{AccessKind, KEY_HEADER};
use qlower_core::secret::MASK;
use reqwest::RequestBuilder;
use url::Url;
use zeroize::Zeroizing;

use super::SettingError;

/// The credentials that a producer asks for.
///
/// They go to the origin of the feed's URL and nowhere else: not to another host, port or scheme to which it redirects. `Debug` shows
/// no secret.
///
/// # Example: what is shown
/// ```
/// use qlower_client::live::Auth;
///
/// assert_eq!(format!("{:?}", Auth::basic("map", "s3cr3t")), "Auth(basic, ***)");
/// assert_eq!(format!("{:?}", Auth::query("apikey", "s3cr3t")), "Auth(query apikey, ***)");
/// ```
#[derive(Clone, Default)]
pub struct Auth(Kind);

const HEADER: &str = "header";

type Secret = Zeroizing<String>;

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Query {
        name: String,
        value: Secret,
    },
    Header {
        word: &'static str,
        name: String,
        value: Secret,
    },
    Basic {
        user: String,
        password: Secret,
    },
}

impl Auth {
    /// No credentials: the default.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A parameter of the URL's query, such as `apikey`. Give it here rather than in the URL: a query tends to be written to logs.
    #[must_use]
    pub fn query(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self(Kind::Query { name: name.into(), value: Zeroizing::new(value.into()) })
    }

    /// `Authorization: Bearer …`
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        let (token, mut value) = (Zeroizing::new(token.into()), Zeroizing::new(String::new()));
        if !token.trim().is_empty() {
            *value = format!("Bearer {}", *token);
        }
        Self(Kind::Header { word: AccessKind::Bearer.as_str(), name: AUTHORIZATION.as_str().to_owned(), value })
    }

    /// `X-API-Key: …`
    #[must_use]
    pub fn api_key(key: impl Into<String>) -> Self {
        Self(Kind::Header {
            word: AccessKind::ApiKey.as_str(),
            name: KEY_HEADER.to_owned(),
            value: Zeroizing::new(key.into()),
        })
    }

    /// A header of another name.
    #[must_use]
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self(Kind::Header { word: HEADER, name: name.into(), value: Zeroizing::new(value.into()) })
    }

    /// HTTP Basic: a user and a password, in UTF-8.
    #[must_use]
    pub fn basic(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self(Kind::Basic { user: user.into(), password: Zeroizing::new(password.into()) })
    }

    /// How the producer asks for them: `none`, `query`, `bearer`, `api_key`, `header` or `basic`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.0 {
            Kind::None => AccessKind::None.as_str(),
            Kind::Query { .. } => AccessKind::Query.as_str(),
            Kind::Header { word, .. } => word,
            Kind::Basic { .. } => AccessKind::Basic.as_str(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self.0, Kind::None)
    }

    /// The header in which they stand, if they stand in one.
    pub(super) fn header_name(&self) -> Option<HeaderName> {
        match &self.0 {
            Kind::None | Kind::Query { .. } => None,
            Kind::Header { name, .. } => name.parse().ok(),
            Kind::Basic { .. } => Some(AUTHORIZATION),
        }
    }

    /// Whether they can be sent, to this URL.
    pub(super) fn check(&self, url: &Url) -> Result<(), SettingError> {
        let refused = |en: &str, fr: &str| Err(SettingError::new("auth", en).in_french(fr));
        match &self.0 {
            Kind::None => Ok(()),
            Kind::Query { name, value } if name.is_empty() || value.is_empty() => refused(
                "the parameter of the query needs a name and a value",
                "le paramètre de la requête a besoin d'un nom et d'une valeur",
            ),
            Kind::Query { name, .. } if url.query_pairs().any(|(key, _)| key == name.as_str()) => refused(
                "the URL has this parameter already: give the key in one place",
                "l'URL a déjà ce paramètre : donnez la clé à un seul endroit",
            ),
            Kind::Query { .. } => Ok(()),
            Kind::Header { word: HEADER, name, .. } if !may_be_named(name) => refused(
                "not the name of a header that credentials may stand in",
                "pas le nom d'un en-tête où peuvent figurer des identifiants",
            ),
            Kind::Header { value, .. } if value.trim().is_empty() => {
                refused("the key or token is empty", "la clé ou le jeton est vide")
            }
            Kind::Header { value, .. } if header_value(value).is_none() => refused(
                "a key or token in a header must be visible ASCII characters, without a line break",
                "dans un en-tête, la clé ou le jeton se compose de caractères ASCII visibles, sans saut de ligne",
            ),
            Kind::Header { .. } => Ok(()),
            Kind::Basic { user, .. } if user.contains(':') => refused(
                "a user name for HTTP Basic has no colon",
                "un nom d'utilisateur pour HTTP Basic n'a pas de deux-points",
            ),
            Kind::Basic { user, password } if user.is_empty() && password.is_empty() => refused(
                "HTTP Basic needs a user name or a password",
                "HTTP Basic a besoin d'un nom d'utilisateur ou d'un mot de passe",
            ),
            Kind::Basic { user, password }
                if [user, &**password].iter().any(|text| text.contains(char::is_control)) =>
            {
                refused(
                    "a user name or password for HTTP Basic has no control characters",
                    "un nom d'utilisateur ou un mot de passe pour HTTP Basic n'a pas de caractères de contrôle",
                )
            }
            Kind::Basic { .. } => Ok(()),
        }
    }

    /// The URL with them, if they stand in the query. One that comes from a redirection may have them already.
    pub(super) fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if let Kind::Query { name, value } = &self.0
            && url.query_pairs().all(|(key, _)| key != name.as_str())
        {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    /// The request with them, if they stand in a header.
    pub(super) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.0 {
            Kind::None | Kind::Query { .. } => request,
            Kind::Header { name, value, .. } => match (name.parse::<HeaderName>(), header_value(value)) {
                (Ok(name), Some(value)) => request.header(name, value),
                _ => request,
            },
            Kind::Basic { user, password } => request.basic_auth(user, Some(&**password)),
        }
    }
}

/// Names that belong to HTTP itself are not for credentials.
fn may_be_named(name: &str) -> bool {
    const OURS: [&str; 11] = [
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "origin",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    name.parse::<HeaderName>().is_ok_and(|name| !OURS.contains(&name.as_str()))
}

fn header_value(value: &str) -> Option<HeaderValue> {
    let visible = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let mut value = HeaderValue::from_str(value).ok().filter(|_| visible)?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::None => f.write_str("Auth(none)"),
            Kind::Query { name, .. } => write!(f, "Auth(query {name}, {MASK})"),
            Kind::Header { word: HEADER, name, .. } => write!(f, "Auth(header {name}, {MASK})"),
            _ => write!(f, "Auth({}, {MASK})", self.kind()),
        }
    }
}
