//! Settings of a client.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use qlower_core::{ApiKey, Environment, SplitOptions};

use crate::authorities::CaBundle;
use crate::client::{Client, Parts};
use crate::error::{ConfigError, Error};
use crate::failure::Route;
use crate::http::{ProxyUrl, Setup};
use crate::retry::RetryPolicy;

const MIB: usize = 1024 * 1024;

/// Settings of a [`Client`], each with a default; see [`Client::builder`].
///
/// Every setting is checked by [`build`](Self::build). `Debug` shows no secret.
///
/// # Example: behind a proxy that opens TLS
/// ```
/// use std::time::Duration;
///
/// use qlower_client::{Client, Environment};
///
/// let error = Client::builder(Environment::Staging)
///     .proxy("http://agence:s3cr3t@proxy.example:3128")
///     .ca_bundle_file("/does/not/exist.pem")
///     .timeout(Duration::from_secs(300))
///     .build()
///     .unwrap_err();
/// assert!(error.is_config());
/// assert_eq!(error.to_string(), "ca_bundle: /does/not/exist.pem cannot be read");
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    environment: Environment,
    partner: Option<String>,
    api_key: Option<ApiKey>,
    timeout: Duration,
    connect_timeout: Duration,
    retry: RetryPolicy,
    ca_bundle: Option<CaBundle>,
    proxy: Option<String>,
    user_agent: Option<String>,
    max_body_bytes: usize,
    max_reply_bytes: usize,
    #[cfg(feature = "s3")]
    pub(crate) s3: crate::s3::Settings,
}

impl ClientBuilder {
    pub(crate) fn new(environment: Environment) -> Self {
        Self {
            environment,
            partner: None,
            api_key: None,
            timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            ca_bundle: None,
            proxy: None,
            user_agent: None,
            max_body_bytes: SplitOptions::DEFAULT_MAX_BYTES,
            max_reply_bytes: 32 * MIB,
            #[cfg(feature = "s3")]
            s3: crate::s3::Settings::default(),
        }
    }

    /// Names the partner whose payloads this client sends; others are refused before anything leaves.
    ///
    /// Default: none named, so any payload is sent. The payload itself carries the partner's id and the access key.
    pub fn partner(mut self, partner: impl Into<String>) -> Self {
        self.partner = Some(partner.into());
        self
    }

    /// Names the access key of the payloads that this client sends; others are refused before anything leaves.
    ///
    /// Default: none named, so any payload is sent. It guards against the key of another environment or partner.
    pub fn api_key(mut self, api_key: impl Into<ApiKey>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets the time limit of one attempt, from connecting to the end of the reply.
    ///
    /// Default 120 s: Qlower treats the payload while the caller waits, and does not document how long that may take.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time limit for connecting: name, TCP, proxy and TLS.
    ///
    /// Default 10 s: a connection takes well under a second, even a lost packet or two included.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets when to try again; see [`RetryPolicy`] for the defaults.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts the certificate authorities in this PEM text, and no others.
    ///
    /// Default: the authorities of the system, or of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    /// Certificates are always verified; there is no setting against it.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_bundle = Some(CaBundle::Pem(pem.into()));
        self
    }

    /// Like [`ca_bundle`](Self::ca_bundle), from a file that [`build`](Self::build) reads.
    pub fn ca_bundle_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(CaBundle::File(path.into()));
        self
    }

    /// Sends through a proxy: `http://[user:password@]host:port`, or `https://…`. The credentials are kept secret.
    ///
    /// Default: the one that `HTTPS_PROXY` or `ALL_PROXY` names, unless `NO_PROXY` excepts the host. Plain http,
    /// which is for this machine, takes no proxy from the environment, as that would see the access key.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Appends the name of one's own program, such as `acme-erp/3.2`, to the `User-Agent` header.
    ///
    /// Default: the header names this crate and its version only.
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// Sets the size in bytes above which a payload is refused before anything leaves.
    ///
    /// Default 10 MiB: Qlower does not document its limit, and gateways commonly have this one. What is larger can be cut with
    /// [`Checked::split`](qlower_core::Checked::split), whose default is the same.
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets how many bytes of an answer are read, which bounds the memory.
    ///
    /// Default 32 MiB: room for some hundred thousand errors.
    pub const fn max_reply_bytes(mut self, bytes: usize) -> Self {
        self.max_reply_bytes = bytes;
        self
    }

    /// Fills [`partner`](Self::partner) and [`api_key`](Self::api_key), if they were not given, from the environment
    /// variables `QLOWER_PARTNER` and `QLOWER_API_KEY`; and with feature `s3`, the settings of uploads from the standard
    /// variables `AWS_*`. A variable that is absent or empty leaves the setting as it is.
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) if a variable is not Unicode.
    pub fn env(self) -> Result<Self, Error> {
        self.fill(|name| std::env::var_os(name))
    }

    pub(crate) fn fill(mut self, variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<Self, Error> {
        if self.partner.is_none() {
            self.partner = crate::env::text(PARTNER, &variable)?;
        }
        if self.api_key.is_none() {
            self.api_key = crate::env::text(API_KEY, &variable)?.map(ApiKey::from);
        }
        #[cfg(feature = "s3")]
        self.s3.fill(|name| crate::env::text(name, &variable))?;
        Ok(self)
    }

    /// Makes the client. Nothing is sent or connected yet.
    ///
    /// # Errors
    /// A [configuration error](Error::is_config) that names the setting: a time limit of zero, a bundle that cannot
    /// be read or holds no certificate, no certificate authorities on this machine, an unusable proxy or user agent.
    pub fn build(self) -> Result<Client, Error> {
        for (setting, limit) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout)] {
            if limit.is_zero() {
                return Err(Error::local(ConfigError::new(setting, "no time at all")));
            }
        }
        #[cfg(feature = "s3")]
        self.s3.check().map_err(Error::local)?;
        let mut user_agent = concat!("qlower-client/", env!("CARGO_PKG_VERSION")).to_owned();
        if let Some(program) = &self.user_agent {
            if program.trim().is_empty() || !program.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                return Err(Error::local(ConfigError::new("user_agent", "must be visible ASCII characters")));
            }
            user_agent = format!("{user_agent} {}", program.trim());
        }
        let target = self.environment.loader_url();
        let proxy = self.proxy.as_deref().map(ProxyUrl::parse).transpose().map_err(Error::local)?;
        let http = Setup {
            target: &target,
            connect_timeout: self.connect_timeout,
            user_agent: &user_agent,
            ca_bundle: self.ca_bundle.as_ref(),
            proxy: proxy.as_ref(),
        }
        .build()
        .map_err(Error::local)?;
        let route = Route::new(&target, proxy.is_some(), self.timeout, self.connect_timeout);
        Ok(Client::new(Parts {
            http,
            target,
            route,
            environment: self.environment,
            partner: self.partner,
            api_key: self.api_key,
            retry: self.retry,
            max_body_bytes: self.max_body_bytes,
            max_reply_bytes: self.max_reply_bytes,
            #[cfg(feature = "s3")]
            user_agent,
            #[cfg(feature = "s3")]
            ca_bundle: self.ca_bundle,
            #[cfg(feature = "s3")]
            proxy,
            #[cfg(feature = "s3")]
            s3: self.s3,
            #[cfg(feature = "s3")]
            store: tokio::sync::OnceCell::new(),
        }))
    }
}

pub(crate) const ENVIRONMENT: &str = "QLOWER_ENVIRONMENT";
const PARTNER: &str = "QLOWER_PARTNER";
const API_KEY: &str = "QLOWER_API_KEY";

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = self.proxy.as_deref().map(ProxyUrl::parse);
        let mut debug = f.debug_struct("ClientBuilder");
        #[cfg(feature = "s3")]
        debug.field("s3", &self.s3);
        debug
            .field("environment", &self.environment)
            .field("partner", &self.partner)
            .field("api_key", &self.api_key)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("ca_bundle", &self.ca_bundle.as_ref().map(CaBundle::origin))
            .field("proxy", &proxy)
            .field("user_agent", &self.user_agent)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("max_reply_bytes", &self.max_reply_bytes)
            .finish()
    }
}
