//! Where Qlower is: environments, the loader's URL, bucket names.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset};
use url::{Host, Url};

const LOADER_PATH: &str = "/api/third_party/loader";

/// Which Qlower a client talks to.
///
/// # Example: from a setting's text
/// ```
/// use qlower_core::Environment;
///
/// let staging: Environment = "staging".parse()?;
/// assert_eq!(staging.loader_url().as_str(), "https://stg.api.qlower.com/api/third_party/loader");
///
/// let own: Environment = "http://127.0.0.1:8080".parse()?;
/// assert_eq!(own.loader_url().as_str(), "http://127.0.0.1:8080/api/third_party/loader");
///
/// assert!("http://example.com".parse::<Environment>().is_err(), "plain http leaves the machine");
/// # Ok::<(), qlower_core::address::InvalidEnvironment>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// `https://prod.api.qlower.com`: what is loaded here is real and stays.
    Production,
    /// `https://stg.api.qlower.com`: for trials.
    Staging,
    /// Another server that speaks the same protocol, such as a sandbox or a gateway of one's own.
    Custom(BaseUrl),
}

impl Environment {
    /// An environment at one's own URL; see [`BaseUrl::new`] for what is refused.
    ///
    /// # Errors
    /// [`InvalidEnvironment`] if the text is no http(s) URL, holds credentials, a query or a fragment,
    /// or is plain `http://` to anything but this machine.
    pub fn custom(url: &str) -> Result<Self, InvalidEnvironment> {
        BaseUrl::new(url).map(Self::Custom)
    }

    /// Full URL of the loader endpoint (`POST`).
    #[must_use]
    pub fn loader_url(&self) -> Url {
        let mut url = self.base();
        let path = format!("{}{LOADER_PATH}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// The part of a bucket's name that stands for this environment: `prod` or `stg`.
    ///
    /// An own URL has the bucket names of staging: it is never production.
    #[must_use]
    pub const fn short_name(&self) -> &'static str {
        match self {
            Self::Production => "prod",
            Self::Staging | Self::Custom(_) => "stg",
        }
    }

    /// Name of the S3 bucket of a partner: `ql-loader-{prod|stg}-{partner}`.
    ///
    /// # Errors
    /// [`InvalidBucket`] if the result breaks S3's naming rules: 3 to 63 of `a-z 0-9 -`, without a hyphen at
    /// either end.
    ///
    /// ```
    /// use qlower_core::Environment;
    ///
    /// assert_eq!(Environment::Staging.bucket("acme").as_deref(), Ok("ql-loader-stg-acme"));
    /// assert!(Environment::Staging.bucket("Acme & fils").is_err());
    /// ```
    pub fn bucket(&self, partner: &str) -> Result<String, InvalidBucket> {
        let bucket = format!("ql-loader-{}-{partner}", self.short_name());
        let valid = !partner.is_empty()
            && bucket.len() <= 63
            && !bucket.ends_with('-')
            && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if valid { Ok(bucket) } else { Err(InvalidBucket { partner: partner.to_owned(), bucket }) }
    }

    fn base(&self) -> Url {
        match self {
            Self::Production => fixed("https://prod.api.qlower.com"),
            Self::Staging => fixed("https://stg.api.qlower.com"),
            Self::Custom(base) => base.0.clone(),
        }
    }
}

#[expect(clippy::expect_used, reason = "the argument is one of two literals above, both parsed by a test")]
fn fixed(url: &'static str) -> Url {
    Url::parse(url).expect("a literal URL")
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str("production"),
            Self::Staging => f.write_str("staging"),
            Self::Custom(base) => f.write_str(base.as_str()),
        }
    }
}

impl FromStr for Environment {
    type Err = InvalidEnvironment;

    /// Reads `production`/`prod`, `staging`/`stg` (any case) or a URL.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "production" | "prod" => Ok(Self::Production),
            "staging" | "stg" => Ok(Self::Staging),
            _ => Self::custom(text),
        }
    }
}

/// Key of the S3 object that holds a payload: `loader-{created_at in Unix milliseconds}-{hash}.json`, where `hash` is the first
/// 32 hexadecimal digits of the payload's SHA-256.
///
/// The payload alone decides it. So the same payload never gets a second object, and another one never the same.
///
/// ```
/// use qlower_core::address::object_key;
///
/// let created_at = "2025-02-01T08:00:00+01:00".parse()?;
/// assert_eq!(object_key(&created_at, &[0xab; 32]), "loader-1738393200000-abababababababababababababababab.json");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn object_key(created_at: &DateTime<FixedOffset>, sha256: &[u8; 32]) -> String {
    let hash: String = sha256.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("loader-{}-{hash}.json", created_at.timestamp_millis().max(0))
}

/// Base URL of an environment that is neither production nor staging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Takes `https://…`, and `http://…` only to this machine (loopback).
    ///
    /// # Errors
    /// [`InvalidEnvironment`], which says what is wrong; the text itself is not repeated where it holds
    /// credentials.
    pub fn new(url: &str) -> Result<Self, InvalidEnvironment> {
        let base = Self::insecure(url)?;
        let loopback = match base.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if base.0.scheme() == "http" && !loopback {
            return Err(InvalidEnvironment::PlainHttp(base.0.host_str().unwrap_or_default().to_owned()));
        }
        Ok(base)
    }

    /// Like [`BaseUrl::new`], and takes plain `http://` to any host: the key then travels unprotected.
    ///
    /// # Errors
    /// [`InvalidEnvironment`], but for plain http.
    pub fn insecure(url: &str) -> Result<Self, InvalidEnvironment> {
        let parsed = Url::parse(url).map_err(|_| InvalidEnvironment::NotAUrl)?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host().is_none() {
            return Err(InvalidEnvironment::NotAUrl);
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(InvalidEnvironment::Credentials);
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(InvalidEnvironment::QueryOrFragment);
        }
        Ok(Self(parsed))
    }

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Why a text names no environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEnvironment {
    /// Neither a known name nor an http(s) URL.
    #[error("not an environment: use \"production\", \"staging\" or an https:// URL")]
    NotAUrl,
    /// A user name or password stands in the URL.
    #[error("the URL of an environment must not hold a user name or password")]
    Credentials,
    /// The URL has a query or a fragment.
    #[error("the URL of an environment must end before '?' and '#'")]
    QueryOrFragment,
    /// Plain http to another machine.
    #[error("plain http:// to {0:?} would send the access key unprotected: use https://")]
    PlainHttp(String),
}

/// A partner's id that makes no valid S3 bucket name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "partner {partner:?} makes the bucket name {bucket:?}, which S3 does not allow: \
     3 to 63 lower-case letters, digits and hyphens, no hyphen at either end"
)]
pub struct InvalidBucket {
    /// The partner's id as given.
    pub partner: String,
    /// The name that would result.
    pub bucket: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fixed_addresses_parse() {
        for (environment, url) in [
            (Environment::Production, "https://prod.api.qlower.com/api/third_party/loader"),
            (Environment::Staging, "https://stg.api.qlower.com/api/third_party/loader"),
        ] {
            assert_eq!(environment.loader_url().as_str(), url);
            assert_eq!(environment.to_string().parse(), Ok(environment));
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for ok in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:9", "https://example.com/x/"] {
            assert!(Environment::custom(ok).is_ok(), "{ok}");
        }
        for bad in [
            "http://example.com",
            "http://10.0.0.1",
            "ftp://example.com",
            "example.com",
            "",
            "http://localhost.example.com",
        ] {
            assert!(Environment::custom(bad).is_err(), "{bad}");
        }
        assert!(BaseUrl::insecure("http://example.com").is_ok());
    }

    #[test]
    fn an_error_never_repeats_a_password() {
        let error = Environment::custom("https://me:hunter2@example.com").unwrap_err();
        assert_eq!(error, InvalidEnvironment::Credentials);
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_path_before_the_endpoint_is_kept() {
        let own = Environment::custom("https://gw.example.com/qlower/").unwrap();
        assert_eq!(own.loader_url().as_str(), "https://gw.example.com/qlower/api/third_party/loader");
    }

    #[test]
    fn bucket_names_obey_s3() {
        assert_eq!(Environment::Production.bucket("acme-2").unwrap(), "ql-loader-prod-acme-2");
        for bad in ["", "Acme", "a_b", "a.b", "acme-", "é", &"a".repeat(60)] {
            let error = Environment::Production.bucket(bad).unwrap_err();
            assert_eq!(error.partner, bad);
            assert!(error.to_string().contains("ql-loader-prod-"));
        }
        assert!(Environment::Production.bucket(&"a".repeat(48)).is_ok());
    }
}
