//! A reading, watched by many with one poll; and an endpoint, examined.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::core::lang::UnknownLang;
use qlower_client::core::live::{ProbeReport, Unit, shown_url};
use qlower_client::live::{self, Auth, LiveFeed as Feed, Probe, SettingError, State, Watch};
use serde_json::{Value, json};
use tokio::sync::Mutex as Turn;

use super::given::{LiveAuth, unit};
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop};
use crate::names;
use crate::retry::time;

/// Settings of a feed, or of an examination. Times are in milliseconds.
#[napi(object, object_to_js = false)]
pub struct LiveSettings {
    /// The address.
    pub url: String,
    /// Where the value stands.
    pub path: String,
    /// Its unit.
    pub unit: Option<String>,
    /// By what one says who one is.
    pub auth: Option<LiveAuth>,
    /// Whether plain HTTP may go to any machine.
    pub allow_http: Option<bool>,
    /// The path of a PEM file, or what would be in it.
    pub ca_bundle: Option<Either<String, Uint8Array>>,
    /// The URL of a proxy.
    pub proxy: Option<String>,
    /// How long an answer may take.
    pub timeout: Option<f64>,
    /// The unit that values are shown in.
    pub show_in: Option<String>,
    /// From one poll to the next.
    pub interval: Option<f64>,
    /// When a value is stale.
    pub stale_after: Option<f64>,
    /// The site whose pages are to read it.
    pub origin: Option<String>,
}

/// What the TypeScript class `LiveFeed` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct LiveFeed {
    feed: Feed,
    url: String,
}

/// One who watches.
#[napi]
#[derive(Debug)]
pub struct LiveWatch {
    /// Who waits for the next state has it for so long.
    watch: Arc<Turn<Option<Watch>>>,
    /// Knows the state meanwhile.
    beside: Mutex<Option<Watch>>,
    closed: Stop,
}

/// What an examination found.
#[napi]
#[derive(Debug)]
pub struct LiveReport(ProbeReport);

/// A feed with settings.
#[napi]
pub fn open_live_feed(settings: LiveSettings) -> Outcome<LiveFeed> {
    guard(|| Ok(LiveFeed { url: shown_url(&settings.url), feed: settings.feed()? }))
}

/// Examines an endpoint.
#[napi(ts_return_type = "Promise<Outcome<LiveReport>>")]
pub fn live_probe<'e>(env: &'e Env, settings: LiveSettings, stop: Option<&Stop>) -> napi::Result<Object<'e>> {
    let (limits, refused) = job::split(Limits::new(stop, None));
    let probe = settings.probe();
    let examined = async move {
        refused?;
        Ok(probe?.run().await?)
    };
    job::start(env, limits, examined, |report| Ok(LiveReport(report)))
}

#[napi]
impl LiveFeed {
    /// The address, without secrets.
    #[napi]
    pub fn url(&self) -> Outcome<String> {
        guard(|| Ok(self.url.clone()))
    }

    /// Begins to watch.
    #[napi]
    pub fn watch(&self) -> Outcome<LiveWatch> {
        guard(|| {
            let runtime = job::runtime()?;
            let _entered = runtime.enter();
            Ok(LiveWatch {
                watch: Arc::new(Turn::new(Some(self.feed.watch()))),
                beside: Mutex::new(Some(self.feed.watch())),
                closed: Stop::new(),
            })
        })
    }
}

#[napi]
impl LiveWatch {
    /// What is known now, as a JSON object; `null` before the first poll has an outcome.
    #[napi]
    pub fn state(&self) -> Outcome<Option<String>> {
        guard(|| {
            let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(beside.as_ref().and_then(Watch::state).map(|state| written(&state)))
        })
    }

    /// Waits for the next state; `null` once it is closed.
    #[napi(ts_return_type = "Promise<Outcome<string | null>>")]
    pub fn next<'e>(&self, env: &'e Env, stop: Option<&Stop>, timeout: Option<f64>) -> napi::Result<Object<'e>> {
        let (watch, closed) = (Arc::clone(&self.watch), self.closed.clone());
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let next = async move {
            refused?;
            let mut watch = watch.lock().await;
            let Some(open) = watch.as_mut() else { return Ok(None) };
            tokio::select! {
                biased;
                () = closed.stopped() => *watch = None,
                state = open.next() => return Ok(Some(written(&state))),
            }
            Ok(None)
        };
        job::start(env, limits, next, Ok)
    }

    /// Ends it. Nothing happens to one that is closed.
    #[napi]
    pub fn close(&self) {
        self.closed.stop();
        drop(self.beside.lock().unwrap_or_else(PoisonError::into_inner).take());
        // Whoever waits has it, and lets go of it now that it is closed.
        if let Ok(mut watch) = self.watch.try_lock() {
            *watch = None;
        }
    }
}

#[napi]
impl LiveReport {
    /// The core's own JSON.
    #[napi]
    pub fn json(&self) -> Outcome<String> {
        guard(|| Ok(self.0.to_json()))
    }

    /// As a table.
    #[napi]
    pub fn text(&self, lang: String) -> Outcome<String> {
        guard(|| {
            let lang: Lang = lang.parse().map_err(|error: UnknownLang| Fault::config("lang", error))?;
            Ok(self.0.text(lang))
        })
    }
}

/// A state as JSON, with its texts.
fn written(state: &State) -> String {
    let mut json = json!(state);
    if let Value::Object(members) = &mut json {
        members.insert("text".into(), state.text(Lang::En).into());
        members.insert("text_fr".into(), state.text(Lang::Fr).into());
    }
    json.to_string()
}

impl From<SettingError> for Fault {
    fn from(error: SettingError) -> Self {
        let mut facts = serde_json::Map::new();
        facts.insert("setting".into(), names::setting(error.setting()).into());
        facts.insert("messageFr".into(), names::message(&error.message(Lang::Fr)).into());
        Self::with("config", names::message(&error.to_string()), facts).caused(error.source())
    }
}

impl LiveSettings {
    fn unit(&self) -> Result<Option<Unit>, Fault> {
        self.unit.as_deref().map(|name| unit("unit", name)).transpose()
    }

    fn auth(&self) -> Result<Auth, Fault> {
        self.auth.as_ref().map_or_else(|| Ok(Auth::none()), LiveAuth::auth)
    }

    fn feed(self) -> Result<Feed, Fault> {
        let mut builder = Feed::builder(&self.url, &self.path).auth(self.auth()?);
        if let Some(unit) = self.unit()? {
            builder = builder.unit(unit);
        }
        if let Some(name) = &self.show_in {
            builder = builder.show_in(unit("showIn", name)?);
        }
        if let Some(interval) = time("interval", self.interval)? {
            builder = builder.interval(interval);
        }
        if let Some(limit) = time("timeout", self.timeout)? {
            builder = builder.timeout(limit);
        }
        if let Some(age) = time("staleAfter", self.stale_after)? {
            builder = builder.stale_after(age);
        }
        if self.allow_http == Some(true) {
            builder = builder.allow_http();
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(proxy);
        }
        match &self.ca_bundle {
            Some(Either::A(path)) => builder = builder.ca_bundle_file(path),
            Some(Either::B(pem)) => builder = builder.ca_bundle(pem.to_vec()),
            None => {}
        }
        Ok(builder.build()?)
    }

    fn probe(self) -> Result<Probe, Fault> {
        let mut probe = live::probe(&self.url, &self.path).auth(self.auth()?);
        if let Some(unit) = self.unit()? {
            probe = probe.unit(unit);
        }
        if let Some(limit) = time("timeout", self.timeout)? {
            probe = probe.timeout(limit);
        }
        if self.allow_http == Some(true) {
            probe = probe.allow_http();
        }
        if let Some(origin) = self.origin {
            probe = probe.origin(origin);
        }
        if let Some(proxy) = self.proxy {
            probe = probe.proxy(proxy);
        }
        match &self.ca_bundle {
            Some(Either::A(path)) => probe = probe.ca_bundle_file(path),
            Some(Either::B(pem)) => probe = probe.ca_bundle(pem.to_vec()),
            None => {}
        }
        Ok(probe)
    }
}

impl LiveAuth {
    fn auth(&self) -> Result<Auth, Fault> {
        let secret = self.secrets.first().map(|secret| secret.to_vec()).unwrap_or_default();
        let secret = String::from_utf8(secret).map_err(|_| Fault::config("auth", "a secret is no UTF-8"))?;
        let name = self.name.clone().unwrap_or_default();
        match self.kind.as_str() {
            "query" => Ok(Auth::query(name, secret)),
            "bearer" => Ok(Auth::bearer(secret)),
            "apiKey" => Ok(Auth::api_key(secret)),
            "basic" => Ok(Auth::basic(name, secret)),
            _ => Err(Fault::new("internal", "an unknown way of access")),
        }
    }
}
