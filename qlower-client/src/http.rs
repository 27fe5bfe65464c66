//! Setting up the HTTP client underneath: TLS, proxy, and what it must not do by itself.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, NoProxy, Proxy};
use url::{Host, Url};

use crate::authorities::{CaBundle, NO_PEM, NO_SYSTEM, NONE_IN_IT, refused};
use crate::config_error::ConfigError;

/// Common servers close an idle connection after 5 s or more. One that is given up sooner is never closed by the
/// other side at the moment when a payload is being written to it.
const IDLE: Duration = Duration::from_secs(4);

/// A proxy's URL, which may hold a password.
#[derive(Clone)]
pub(crate) struct ProxyUrl(Url);

impl ProxyUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let refused = || {
            ConfigError::new("proxy", "not a proxy: use http://[user:password@]host:port or https://…")
                .in_french("pas un proxy : écrivez http://[user:password@]host:port ou https://…")
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(refused());
        }
        Ok(Self(url))
    }

    #[cfg(feature = "live-feed")]
    pub(crate) fn has_tls(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Shows where the proxy is, not how to log in there.
impl std::fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), address(&self.0))
    }
}

/// Host and port, or the host alone if the port is the scheme's own.
pub(crate) fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

pub(crate) struct Setup<'s> {
    pub(crate) target: &'s Url,
    pub(crate) connect_timeout: Duration,
    pub(crate) user_agent: &'s str,
    pub(crate) ca_bundle: Option<&'s CaBundle>,
    pub(crate) proxy: Option<&'s ProxyUrl>,
}

impl Setup<'_> {
    #[cfg(feature = "rest")]
    pub(crate) fn build(&self) -> Result<reqwest::Client, ConfigError> {
        finish(self.builder()?)
    }

    /// For what needs further settings; then [`finish`].
    pub(crate) fn builder(&self) -> Result<reqwest::ClientBuilder, ConfigError> {
        let plain = self.target.scheme() == "http";
        // Features that another crate of the same program turns on must not change anything: backend and protocol are
        // named.
        let mut builder = reqwest::Client::builder()
            .tls_backend_rustls()
            .http1_only()
            .https_only(!plain)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_idle_timeout(IDLE)
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent);
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        {
            // A server may stop reading for a while: the time limits of the request are those that were set.
            builder = builder.tcp_user_timeout(None);
        }
        if let Some(proxy) = self.proxy {
            if plain && is_loopback(self.target) && !is_loopback(&proxy.0) {
                let problem = "plain http:// to this machine would go through another one, unprotected";
                let french = "une adresse http:// de cette machine passerait par une autre, sans protection";
                return Err(ConfigError::new("proxy", problem).in_french(french));
            }
            let unusable = || ConfigError::new("proxy", "cannot be used").in_french("inutilisable");
            let proxy = Proxy::all(proxy.0.clone()).map_err(|error| unusable().caused_by(error.without_url()))?;
            builder = builder.proxy(proxy.no_proxy(None::<NoProxy>));
        } else if plain {
            // A proxy named in the environment would see the access key.
            builder = builder.no_proxy();
        }
        if let Some(bundle) = self.ca_bundle {
            builder = builder.tls_certs_only(certificates(bundle)?);
        } else if plain && self.proxy.is_none_or(|proxy| proxy.0.scheme() == "http") {
            // No TLS, so a machine without authorities will do.
            builder = builder.tls_certs_only([]);
        }
        Ok(builder)
    }
}

pub(crate) fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ConfigError> {
    builder.build().map_err(|error| refused(NO_SYSTEM).caused_by(error.without_url()))
}

fn certificates(bundle: &CaBundle) -> Result<Vec<Certificate>, ConfigError> {
    let certificates =
        Certificate::from_pem_bundle(&bundle.pem()?).map_err(|error| refused(NO_PEM).caused_by(error.without_url()))?;
    if certificates.is_empty() {
        return Err(refused(NONE_IN_IT));
    }
    Ok(certificates)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The first error of a type in a chain of causes, also inside an `io::Error`, which hides what it was made of.
pub(crate) fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
