//! Where webhooks go, and what was agreed with their receiver.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::HeaderValue;
use qlower_core::WebhookSecret;
use qlower_core::webhook::{Edition, MIN_API_KEY_LENGTH};
use serde::Deserialize;
use url::{Host, Url};

use super::error::WebhookError;
use super::order::read_json;

/// Where webhooks go, and what was agreed with their receiver.
///
/// The address is of this machine alone: `http://`, and `localhost`, `127.0.0.0/8` or `[::1]`. Whether a target can be used is
/// seen when it is set.
///
/// # Example
/// ```
/// use qlower_client::sandbox::{Sandbox, WebhookTarget};
///
/// let target = WebhookTarget::new("http://127.0.0.1:8000/qlower").secret("whsec_new").secret("whsec_old");
/// let sandbox = Sandbox::builder().webhook(target).start_blocking()?;
///
/// let error = sandbox.set_webhook(WebhookTarget::new("https://example.com/")).unwrap_err();
/// assert_eq!(error.to_string(), "webhook/url: must be http:// on this machine, such as http://127.0.0.1:8000/");
/// # Ok::<(), qlower_client::sandbox::SandboxError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct WebhookTarget {
    url: String,
    secrets: Vec<WebhookSecret>,
    api_key: Option<WebhookSecret>,
    edition: Edition,
}

impl WebhookTarget {
    /// An address, without secrets or key.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), secrets: Vec::new(), api_key: None, edition: Edition::default() }
    }

    /// Adds a secret, with which each webhook is signed. With several, as while one is replaced, each gives a `v1` part.
    pub fn secret(mut self, secret: impl Into<WebhookSecret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Sets the key that goes in `X-API-KEY`: at least [`MIN_API_KEY_LENGTH`] characters. There is none by default.
    pub fn api_key(mut self, key: impl Into<WebhookSecret>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets the edition of the documentation after which events are written, the current one by default. In edition 2.1 times end
    /// in `Z`, and there are neither `is_subscription`, `coverage` nor `pdf_filename`.
    pub const fn edition(mut self, edition: Edition) -> Self {
        self.edition = edition;
        self
    }

    /// Reads one from JSON: `{"url": …, "secrets": […], "api_key": …, "edition": "2.1"}`, of which all but `url` may be
    /// absent.
    ///
    /// # Errors
    /// A [`WebhookError`] that names the place.
    ///
    /// ```
    /// use qlower_client::sandbox::WebhookTarget;
    ///
    /// assert!(WebhookTarget::from_json(r#"{"url": "http://localhost:8000/", "secrets": ["whsec_acme"]}"#).is_ok());
    /// ```
    pub fn from_json(text: &str) -> Result<Self, WebhookError> {
        read_json::<TargetJson>(text)?.try_into()
    }
}

impl fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookTarget")
            // A path or query may be a secret, too.
            .field("url", &Url::parse(&self.url).map(|url| url.origin().ascii_serialization()))
            .field("secrets", &self.secrets)
            .field("api_key", &self.api_key)
            .field("edition", &self.edition)
            .finish()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetJson {
    url: String,
    #[serde(default)]
    secrets: Vec<String>,
    api_key: Option<String>,
    edition: Option<String>,
}

impl TryFrom<TargetJson> for WebhookTarget {
    type Error = WebhookError;

    fn try_from(json: TargetJson) -> Result<Self, WebhookError> {
        let edition = json.edition.map(|name| {
            let known = [Edition::Current, Edition::V2_1];
            known.into_iter().find(|edition| edition.name() == name).ok_or_else(|| {
                WebhookError::new("webhook/edition", format!("must be one of {}", known.map(Edition::name).join(", ")))
            })
        });
        let target = json.secrets.into_iter().fold(Self::new(json.url), Self::secret);
        let target = json.api_key.into_iter().fold(target, Self::api_key);
        Ok(target.edition(edition.transpose()?.unwrap_or_default()))
    }
}

/// A target that can be used.
#[derive(Clone)]
pub(in crate::sandbox) struct Target {
    /// As it is shown.
    pub(super) url: String,
    pub(super) addresses: Vec<SocketAddr>,
    /// For the header `Host`.
    pub(super) host: HeaderValue,
    /// Path and query.
    pub(super) path: String,
    pub(super) secrets: Vec<WebhookSecret>,
    pub(super) api_key: Option<HeaderValue>,
    pub(super) edition: Edition,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("edition", &self.edition).finish_non_exhaustive()
    }
}

impl TryFrom<WebhookTarget> for Target {
    type Error = WebhookError;

    fn try_from(given: WebhookTarget) -> Result<Self, WebhookError> {
        let wrong =
            || WebhookError::new("webhook/url", "must be http:// on this machine, such as http://127.0.0.1:8000/");
        let url = Url::parse(&given.url).map_err(|_| wrong())?;
        if url.scheme() != "http" || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        let hosts = match url.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) if address.is_loopback() => vec![IpAddr::V6(address)],
            Some(Host::Domain("localhost")) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            _ => return Err(wrong()),
        };
        let port = url.port_or_known_default().ok_or_else(wrong)?;
        let named = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| named.to_owned(), |port| format!("{named}:{port}"));
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        if given.secrets.iter().any(|secret| secret.expose().is_empty()) {
            return Err(WebhookError::new("webhook/secrets", "one is empty: nothing signed by it would be accepted"));
        }
        Ok(Self {
            addresses: hosts.into_iter().map(|host| SocketAddr::new(host, port)).collect(),
            host: HeaderValue::try_from(host).map_err(|_| wrong())?,
            path,
            secrets: given.secrets,
            api_key: given.api_key.map(|key| api_key(&key)).transpose()?,
            edition: given.edition,
            url: url.into(),
        })
    }
}

fn api_key(key: &WebhookSecret) -> Result<HeaderValue, WebhookError> {
    let wrong = |problem: String| WebhookError::new("webhook/api_key", problem);
    let length = std::str::from_utf8(key.expose()).map_or(0, |text| text.chars().count());
    if length < MIN_API_KEY_LENGTH {
        return Err(wrong(format!("must have at least {MIN_API_KEY_LENGTH} characters")));
    }
    let mut value = HeaderValue::from_bytes(key.expose())
        .ok()
        .filter(|value| value.to_str().is_ok_and(|text| text == text.trim()))
        .ok_or_else(|| wrong("must be of visible ASCII characters".into()))?;
    value.set_sensitive(true);
    Ok(value)
}
