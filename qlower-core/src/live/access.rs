//! Who may read a producer.

use std::fmt;

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::policy::KEY_HEADER;
use super::producer::Incoming;
use crate::secret::WebhookSecret;
use crate::webhook::{BasicUser, Reason, same, verify_basic};

/// The ways in which a reader shows that it may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessKind {
    /// It need not.
    None,
    /// A key in the query of the address: `?apikey=…`.
    Query,
    /// `Authorization: Bearer …`.
    Bearer,
    /// `X-API-Key: …`.
    ApiKey,
    /// User and password, `Authorization: Basic …`.
    Basic,
}

impl AccessKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Query, Self::Bearer, Self::ApiKey, Self::Basic];

    /// Its name, such as `api_key`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Query => "query",
            Self::Bearer => "bearer",
            Self::ApiKey => "api_key",
            Self::Basic => "basic",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One way in which a reader may show that it may read. Secrets are compared in a time that does not tell how much of one is right,
/// and never shown; several of them let an old one live on while readers change to the new one.
///
/// ```
/// use qlower_core::live::Access;
///
/// let access = Access::bearer(["t0ken-new", "t0ken-old"]);
/// assert_eq!(format!("{access:?}"), "Access { kind: Bearer, secrets: 2 }");
/// ```
#[derive(Clone)]
pub struct Access(Way);

#[derive(Clone)]
enum Way {
    Query { name: String, secrets: Vec<WebhookSecret> },
    Bearer(Vec<WebhookSecret>),
    ApiKey(Vec<WebhookSecret>),
    Basic(Vec<BasicUser>),
}

/// What a request showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    Nothing,
    Wrong,
    Right,
}

fn list<S: Into<WebhookSecret>>(secrets: impl IntoIterator<Item = S>) -> Vec<WebhookSecret> {
    secrets.into_iter().map(Into::into).collect()
}

impl Access {
    /// A key in the query, under this name: `apikey`. Addresses are written to logs and histories on the way, so a header is better
    /// where the reader can send one.
    pub fn query<S: Into<WebhookSecret>>(name: impl Into<String>, secrets: impl IntoIterator<Item = S>) -> Self {
        Self(Way::Query { name: name.into(), secrets: list(secrets) })
    }

    /// A token in `Authorization: Bearer …`.
    pub fn bearer<S: Into<WebhookSecret>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self(Way::Bearer(list(secrets)))
    }

    /// A key in `X-API-Key`.
    pub fn api_key<S: Into<WebhookSecret>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self(Way::ApiKey(list(secrets)))
    }

    /// A user with a password, in `Authorization: Basic …`.
    pub fn basic(users: impl IntoIterator<Item = BasicUser>) -> Self {
        Self(Way::Basic(users.into_iter().collect()))
    }

    /// Which way it is.
    #[must_use]
    pub const fn kind(&self) -> AccessKind {
        match &self.0 {
            Way::Query { .. } => AccessKind::Query,
            Way::Bearer(_) => AccessKind::Bearer,
            Way::ApiKey(_) => AccessKind::ApiKey,
            Way::Basic(_) => AccessKind::Basic,
        }
    }

    /// Whether each of its secrets could be sent, and there is one: not if one is empty, nor the name of the query's key, nor with a
    /// colon in the name of a user, nor where a header cannot hold one.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let header = |secret: &WebhookSecret| {
            let bytes = secret.expose();
            !bytes.is_empty() && bytes.trim_ascii() == bytes && !bytes.iter().any(u8::is_ascii_control)
        };
        match &self.0 {
            Way::Query { name, secrets } => {
                !name.is_empty() && !secrets.is_empty() && secrets.iter().all(|secret| !secret.expose().is_empty())
            }
            Way::Bearer(secrets) => !secrets.is_empty() && secrets.iter().all(header),
            Way::ApiKey(secrets) => !secrets.is_empty() && secrets.iter().all(header),
            Way::Basic(users) => !users.is_empty() && users.iter().all(BasicUser::is_usable),
        }
    }

    /// The header that a browser has to be allowed to send.
    pub(super) const fn header(&self) -> Option<&'static str> {
        match &self.0 {
            Way::Query { .. } => None,
            Way::Bearer(_) | Way::Basic(_) => Some("Authorization"),
            Way::ApiKey(_) => Some(KEY_HEADER),
        }
    }

    /// What to ask for, in `WWW-Authenticate`.
    pub(super) const fn challenge(&self) -> &'static str {
        match &self.0 {
            Way::Query { .. } | Way::ApiKey(_) => "ApiKey realm=\"live\"",
            Way::Bearer(_) => "Bearer realm=\"live\"",
            Way::Basic(_) => "Basic realm=\"live\", charset=\"UTF-8\"",
        }
    }

    pub(super) fn shown(&self, request: &Incoming<'_>) -> Shown {
        match &self.0 {
            Way::Query { name, secrets } => queried(name, secrets, request.query),
            Way::Bearer(secrets) => match request.only("authorization") {
                Some(Ok(value)) => bearer(secrets, value),
                Some(Err(())) => Shown::Wrong,
                None => Shown::Nothing,
            },
            Way::ApiKey(secrets) => match request.only(KEY_HEADER) {
                Some(Ok(value)) => one_of(secrets, value.trim_ascii()),
                Some(Err(())) => Shown::Wrong,
                None => Shown::Nothing,
            },
            Way::Basic(users) => match request.only("authorization") {
                Some(Ok(value)) => match verify_basic(users, value) {
                    Ok(_) => Shown::Right,
                    Err(refusal) if refusal.reason() == Reason::Missing => Shown::Nothing,
                    Err(_) => Shown::Wrong,
                },
                Some(Err(())) => Shown::Wrong,
                None => Shown::Nothing,
            },
        }
    }
}

/// Looks at all of them, so that the time does not tell which one it is.
fn one_of(secrets: &[WebhookSecret], given: &[u8]) -> Shown {
    if given.is_empty() {
        return Shown::Nothing;
    }
    let mut found = false;
    for secret in secrets {
        found |= same(secret.expose(), given) && !secret.expose().is_empty();
    }
    if found { Shown::Right } else { Shown::Wrong }
}

fn bearer(secrets: &[WebhookSecret], value: &[u8]) -> Shown {
    let value = value.trim_ascii();
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        one_of(secrets, value.get(scheme.len()..).unwrap_or_default().trim_ascii())
    } else if value.is_empty() {
        Shown::Nothing
    } else {
        Shown::Wrong
    }
}

/// A key that stands twice is not taken: whoever is on the way may have looked at the other one.
fn queried(name: &str, secrets: &[WebhookSecret], query: &str) -> Shown {
    let mut given = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key) == name).then_some(value)
    });
    let (first, second) = (given.next(), given.next());
    match (first, second) {
        (None, _) => Shown::Nothing,
        (Some(_), Some(_)) => Shown::Wrong,
        (Some(value), None) => {
            // Some write a plus as it is, though it stands for a space in a query.
            let plain = Zeroizing::new(decoded(&value.replace('+', "%2B")));
            let form = Zeroizing::new(decoded(value));
            one_of(secrets, plain.as_bytes()).max(one_of(secrets, form.as_bytes()))
        }
    }
}

/// Decodes one part of a query.
fn decoded(part: &str) -> String {
    // Neither `&` nor `=` may be taken for more than a character here.
    let part = part.replace('=', "%3D");
    form_urlencoded::parse(part.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}

impl fmt::Debug for Access {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Access");
        out.field("kind", &self.kind());
        match &self.0 {
            Way::Query { name, secrets } => out.field("name", name).field("secrets", &secrets.len()),
            Way::Bearer(secrets) | Way::ApiKey(secrets) => out.field("secrets", &secrets.len()),
            Way::Basic(users) => out.field("users", &users.iter().map(BasicUser::name).collect::<Vec<_>>()),
        };
        out.finish()
    }
}
