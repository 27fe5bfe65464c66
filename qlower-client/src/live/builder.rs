//! Settings of a feed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use qlower_core::live::{
    INTERVAL_SECONDS, MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, STALE_AFTER_SECONDS, TIMEOUT_SECONDS, Unit, shown_url,
};

use super::feed::LiveFeed;
use super::poll::Poller;
use super::setting::{Place, peer};
use super::time::Time;
use super::{Auth, SettingError};
use crate::authorities::CaBundle;
use crate::http::ProxyUrl;

/// Settings of a [`LiveFeed`], each with a default; see [`LiveFeed::builder`].
///
/// Every setting is checked by [`build`](Self::build). `Debug` shows no secret, nor what stands in the URL's query.
///
/// # Example: bounds are checked
/// ```
/// use std::time::Duration;
///
/// use qlower_client::live::LiveFeed;
///
/// let error = LiveFeed::builder("https://api.example/power", "current_power")
///     .interval(Duration::from_millis(200))
///     .build()
///     .unwrap_err();
/// assert_eq!(error.to_string(), "interval: must be from 1 s to 60 s");
///
/// let error = LiveFeed::builder("http://api.example/power", "current_power").build().unwrap_err();
/// assert_eq!(error.setting(), "url");
/// ```
#[derive(Clone)]
#[must_use]
pub struct LiveFeedBuilder {
    place: Place,
    unit: Option<Unit>,
    show_in: Option<Unit>,
    interval: Duration,
    stale_after: Option<Duration>,
    pub(super) time: Time,
}

impl LiveFeedBuilder {
    pub(super) fn new(url: String, path: String) -> Self {
        Self {
            place: Place::new(url, path, Duration::from_secs(TIMEOUT_SECONDS)),
            unit: None,
            show_in: None,
            interval: Duration::from_secs(INTERVAL_SECONDS),
            stale_after: None,
            time: Time::default(),
        }
    }

    /// Sets the unit in which the producer gives the value. What the document itself says in `unit` beside the value counts more.
    ///
    /// Default: the document's, or none.
    pub fn unit(mut self, unit: impl Into<Unit>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Sets the unit in which watchers see the value; kW and MW are converted to each other.
    ///
    /// Default: the same as [`unit`](Self::unit).
    pub fn show_in(mut self, unit: impl Into<Unit>) -> Self {
        self.show_in = Some(unit.into());
        self
    }

    /// Sets the time from the start of a poll to the start of the next one, from 1 s to 60 s; a tenth more or less is drawn each time.
    ///
    /// Default 5 s, as agreed with producers.
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets the time limit of a poll, from looking up the host to the last byte of the reply, at most 60 s.
    ///
    /// Default 3 s, within which producers have to answer.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.place.timeout = timeout;
        self
    }

    /// Sets the age from which on a value is [`Stale`](super::State::Stale); it must be longer than the interval and the time limit
    /// together, as the value would turn stale between two polls.
    ///
    /// Default 60 s, or twice the interval and the time limit if that is longer.
    pub const fn stale_after(mut self, age: Duration) -> Self {
        self.stale_after = Some(age);
        self
    }

    /// Sets the credentials that the producer asks for.
    ///
    /// Default: none.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.place.auth = auth;
        self
    }

    /// Allows plain http, also to other machines: whoever is on the way sees the credentials, and can change the value.
    ///
    /// Default: http to this machine only, https to all others.
    pub const fn allow_http(mut self) -> Self {
        self.place.allow_http = true;
        self
    }

    /// Trusts the certificate authorities in this PEM text, and no others.
    ///
    /// Default: the authorities of the system, or of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.place.ca_bundle = Some(CaBundle::Pem(pem.into()));
        self
    }

    /// Like [`ca_bundle`](Self::ca_bundle), from a file that [`build`](Self::build) reads.
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

    /// Makes the feed. Nothing is asked yet.
    ///
    /// # Errors
    /// [`SettingError`] that names the setting: a URL that cannot be read, that is plain http to another machine, or that holds a
    /// password; a path that is none; an interval, a time limit or an age out of bounds; units that do not convert into each other;
    /// credentials that cannot be sent; a bundle or proxy that cannot be used.
    pub fn build(self) -> Result<LiveFeed, SettingError> {
        let url = self.place.url()?;
        if !self.place.may_be_read(&url) {
            let problem =
                "plain http would show value and credentials to whoever is on the way: use https, or allow_http";
            let french =
                "en http, la valeur et les identifiants seraient lisibles en chemin : utilisez https, ou allow_http";
            return Err(SettingError::new("url", problem).in_french(french));
        }
        let path = self.place.path()?;
        let bounds = Duration::from_secs(MIN_INTERVAL_SECONDS)..=Duration::from_secs(MAX_INTERVAL_SECONDS);
        if !bounds.contains(&self.interval) {
            let problem = format!("must be from {MIN_INTERVAL_SECONDS} s to {MAX_INTERVAL_SECONDS} s");
            let french = format!("doit être de {MIN_INTERVAL_SECONDS} s à {MAX_INTERVAL_SECONDS} s");
            return Err(SettingError::new("interval", problem).in_french(french));
        }
        if let (Some(unit), Some(show_in)) = (&self.unit, &self.show_in)
            && unit.convert(0.0, show_in).is_none()
        {
            return Err(SettingError::new("show_in", format!("{unit} cannot be converted to {show_in}"))
                .in_french(format!("{unit} ne se convertit pas en {show_in}")));
        }
        let needed = self.interval + self.place.timeout;
        let stale_after = match self.stale_after {
            None => Duration::from_secs(STALE_AFTER_SECONDS).max(needed * 2),
            Some(age) if age <= needed => {
                let problem = format!("must be longer than interval and timeout together, which are {needed:?}");
                let french = format!(
                    "doit dépasser la somme de interval et timeout, qui fait {} s",
                    needed.as_secs_f64().to_string().replace('.', ",")
                );
                return Err(SettingError::new("stale_after", problem).in_french(french));
            }
            Some(age) => age,
        };
        // A little sooner than the whole poll, so that it is known what there was no time for.
        let http = self.place.client(&url, self.place.timeout.mul_f64(0.9), |judge| judge)?;
        let poller = Poller {
            http,
            peer: peer(&url),
            url,
            path,
            auth: self.place.auth,
            timeout: self.place.timeout,
            unit: self.unit,
            show_in: self.show_in,
            time: self.time,
        };
        Ok(LiveFeed::new(poller, self.interval, stale_after))
    }
}

impl fmt::Debug for LiveFeedBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = self.place.proxy.as_deref().map(ProxyUrl::parse);
        f.debug_struct("LiveFeedBuilder")
            .field("url", &shown_url(&self.place.url))
            .field("path", &self.place.path)
            .field("unit", &self.unit)
            .field("show_in", &self.show_in)
            .field("interval", &self.interval)
            .field("timeout", &self.place.timeout)
            .field("stale_after", &self.stale_after)
            .field("auth", &self.place.auth)
            .field("allow_http", &self.place.allow_http)
            .field("ca_bundle", &self.place.ca_bundle.as_ref().map(CaBundle::origin))
            .field("proxy", &proxy)
            .finish()
    }
}
