//! Examining a producer before it is put on a map.

mod certificate;
mod cors;
mod document;
mod exam;

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;
use qlower_core::live::{DEFAULT_ORIGIN, ProbeReport, Unit};
use url::Url;

use super::setting::Place;
use super::{Auth, SettingError};
use crate::authorities::CaBundle;
use exam::Exam;

/// Examines a producer: the URL that answers with a JSON document, and the dotted path to the value in it.
///
/// It asks three times at most: for the document as a page would, for permission as a browser does before that (preflight), and for the
/// document without the credentials, if there are some. [`Probe::run`] says of each requirement whether it is met, and what to do.
///
/// # Example: what keeps a value off the map
/// ```no_run
/// use qlower_client::core::Lang;
/// use qlower_client::live::{Auth, probe};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let report = probe("https://scada.solaire-sud.example/realtime", "data.production.currentPower")
///     .unit("MW")
///     .auth(Auth::api_key(std::env::var("SCADA_KEY")?))
///     .run()
///     .await?;
/// print!("{}", report.text(Lang::Fr));
/// for examined in report.requirements().iter().filter(|examined| examined.met() == Some(false)) {
///     println!("{}: {}", examined.name(), examined.detail(Lang::Fr));
/// }
/// # Ok(())
/// # }
/// ```
pub fn probe(url: impl Into<String>, path: impl Into<String>) -> Probe {
    Probe { place: Place::new(url.into(), path.into(), DEFAULT_TIMEOUT), unit: None, origin: DEFAULT_ORIGIN.to_owned() }
}

/// Longer than a producer may take, so that the report can tell how long it takes.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of an examination; see [`probe`].
///
/// `Debug` shows no secret.
#[derive(Clone)]
#[must_use]
pub struct Probe {
    place: Place,
    unit: Option<Unit>,
    origin: String,
}

impl Probe {
    /// Sets the unit that was agreed for the value.
    ///
    /// Default: none, so that any will do.
    pub fn unit(mut self, unit: impl Into<Unit>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Sets the credentials that the producer asks for.
    ///
    /// Default: none.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.place.auth = auth;
        self
    }

    /// Accepts plain http, also of other machines. A page on https cannot read it.
    ///
    /// Default: http is reported as a requirement that is not met, and other machines than this one are not asked by it.
    pub const fn allow_http(mut self) -> Self {
        self.place.allow_http = true;
        self
    }

    /// Sets the origin of the page that is to read the value: scheme, host, and port unless it is the scheme's own.
    ///
    /// Default `https://quelia.fr`.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// Sets the time limit of each request, at most 60 s.
    ///
    /// Default 10 s: a producer has to answer within 3 s, and the report can say by how much it misses that.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.place.timeout = timeout;
        self
    }

    /// Trusts the certificate authorities in this PEM text, and no others. A browser knows only those of its system.
    ///
    /// Default: the authorities of the system, or of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.place.ca_bundle = Some(CaBundle::Pem(pem.into()));
        self
    }

    /// Like [`ca_bundle`](Self::ca_bundle), from a file that [`run`](Self::run) reads.
    pub fn ca_bundle_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.place.ca_bundle = Some(CaBundle::File(path.into()));
        self
    }

    /// Asks through a proxy: `http://[user:password@]host:port`, or `https://…`.
    ///
    /// Default: for https the one that `HTTPS_PROXY` or `ALL_PROXY` names, unless `NO_PROXY` excepts the host; for http none.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.place.proxy = Some(url.into());
        self
    }

    /// Examines the producer. Whatever it answers, or does not, is in the report.
    ///
    /// # Errors
    /// [`SettingError`] that names the setting which cannot be used: a URL, a path or an origin that is none, credentials that cannot
    /// be sent, a time limit out of bounds, a bundle or proxy that cannot be used.
    pub async fn run(self) -> Result<ProbeReport, SettingError> {
        let url = self.place.url()?;
        let path = self.place.path()?;
        let origin = self.page()?;
        Ok(Exam::new(self.place, url, path, self.unit, origin)?.run().await)
    }

    /// As a browser writes it.
    fn page(&self) -> Result<HeaderValue, SettingError> {
        let refused = || {
            SettingError::new("origin", "not the origin of a page, such as https://quelia.fr")
                .in_french("pas l'origine d'une page, comme https://quelia.fr")
        };
        let url = Url::parse(self.origin.trim()).map_err(|_| refused())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !bare {
            return Err(refused());
        }
        HeaderValue::from_str(&url.origin().ascii_serialization()).map_err(|_| refused())
    }
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe")
            .field("url", &qlower_core::live::shown_url(&self.place.url))
            .field("path", &self.place.path)
            .field("unit", &self.unit)
            .field("auth", &self.place.auth)
            .field("allow_http", &self.place.allow_http)
            .field("origin", &self.origin)
            .field("timeout", &self.place.timeout)
            .finish_non_exhaustive()
    }
}
