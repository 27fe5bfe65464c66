//! Settings that a feed and a probe share.

use std::sync::Arc;
use std::time::Duration;

use qlower_core::Lang;
use qlower_core::live::{MAX_INTERVAL_SECONDS, ValuePath};
use rustls::ClientConfig;
use rustls::client::Resumption;
use url::Url;

use super::{Auth, SettingError};
use crate::authorities::{CaBundle, Judge, judge, provider, refused};
use crate::http::{ProxyUrl, Setup, address, finish, is_loopback};

/// The longest time limit of a reply.
const MAX_TIMEOUT: Duration = Duration::from_secs(MAX_INTERVAL_SECONDS);

/// Enough for one host, and a proxy before it.
const SESSIONS: usize = 16;

/// What is read, and how it is reached, as it was given.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) path: String,
    pub(super) auth: Auth,
    pub(super) allow_http: bool,
    pub(super) timeout: Duration,
    pub(super) ca_bundle: Option<CaBundle>,
    pub(super) proxy: Option<String>,
}

impl Place {
    pub(super) fn new(url: String, path: String, timeout: Duration) -> Self {
        Self { url, path, auth: Auth::none(), allow_http: false, timeout, ca_bundle: None, proxy: None }
    }

    pub(super) fn path(&self) -> Result<ValuePath, SettingError> {
        ValuePath::parse(&self.path)
            .map_err(|error| SettingError::new("path", error.message(Lang::En)).in_french(error.message(Lang::Fr)))
    }

    /// The URL, if it is one that can be read at all.
    pub(super) fn url(&self) -> Result<Url, SettingError> {
        let refused = |en: &str, fr: &str| SettingError::new("url", en).in_french(fr);
        let mut url = Url::parse(self.url.trim())
            .map_err(|_| refused("not a URL: use https://host/path", "pas une URL : écrivez https://host/path"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(refused(
                "not a URL to read from: use https://host/path",
                "pas une URL à lire : écrivez https://host/path",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "give user and password as Auth::basic, not within the URL",
                "donnez utilisateur et mot de passe par Auth::basic, pas dans l'URL",
            ));
        }
        url.set_fragment(None);
        self.auth.check(&url)?;
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            return Err(SettingError::new("timeout", format!("must be more than 0 and at most {MAX_TIMEOUT:?}"))
                .in_french(format!("doit dépasser 0 et faire au plus {} s", MAX_TIMEOUT.as_secs())));
        }
        Ok(url)
    }

    /// Whether plain http may be used for it.
    pub(super) fn may_be_read(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.allow_http || is_loopback(url)
    }

    /// What asks there. Of it, only the authorities are shared with others: neither connections, sessions nor credentials.
    pub(super) fn client(
        &self,
        url: &Url,
        connect_timeout: Duration,
        watched: impl FnOnce(Judge) -> Judge,
    ) -> Result<reqwest::Client, SettingError> {
        let proxy = self.proxy.as_deref().map(ProxyUrl::parse).transpose()?;
        let setup = Setup {
            target: url,
            connect_timeout,
            user_agent: concat!("qlower-client/", env!("CARGO_PKG_VERSION")),
            ca_bundle: None,
            proxy: proxy.as_ref(),
        };
        // A connection serves one poll: until the next one, a server would often have closed it, just when it is used again. And
        // none stays open when nobody watches any more.
        let builder = setup.builder()?.pool_max_idle_per_host(0);
        if url.scheme() == "http" && self.ca_bundle.is_none() && !proxy.is_some_and(|proxy| proxy.has_tls()) {
            // A machine without authorities will do.
            return finish(builder);
        }
        let judge = watched(judge(self.ca_bundle.as_ref())?);
        finish(builder.tls_backend_preconfigured(tls(judge)?))
    }
}

fn tls(judge: Judge) -> Result<ClientConfig, SettingError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(("TLS cannot be set up", "TLS ne peut pas être préparé")).caused_by(error))?
        // It is the usual verification, with the authorities that were chosen.
        .dangerous()
        .with_custom_certificate_verifier(judge)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

pub(super) fn peer(url: &Url) -> Arc<str> {
    address(url).into()
}
