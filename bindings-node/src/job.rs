//! Work in the background: promises for what the runtime does, and stopping it.

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;
use std::time::Duration;

use futures_util::FutureExt as _;
use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsDeferred};
use napi_derive::napi;
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::fault::{Fault, Outcome, catch, milliseconds, outcome, panicked};
use crate::under_way::UnderWay;

/// Most of the work is waiting; encoding and checking have threads of their own.
const MOST_THREADS: usize = 4;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The runtime of this process, started when it is first asked for. It is shared by all threads of Node, and never shut down:
/// its threads end with the process.
///
/// # Errors
/// If the system gives no threads.
pub(crate) fn runtime() -> Result<Handle, Fault> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle().clone());
    }
    let threads = available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    let started = Builder::new_multi_thread().worker_threads(threads).thread_name("qlower").enable_all().build();
    let started = started.map_err(|error| Fault::new("base", "no threads could be started").caused(Some(&error)))?;
    // Of two that were started at once, one is not needed, and has done nothing yet.
    Ok(RUNTIME.get_or_init(|| started).handle().clone())
}

/// With what JavaScript ends a job before it is done.
#[napi]
#[derive(Clone, Debug)]
pub struct Stop {
    told: Arc<watch::Sender<bool>>,
}

#[napi]
impl Stop {
    /// For one job, or for several.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self { told: Arc::new(watch::Sender::new(false)) }
    }

    /// Ends what it was given to. Nothing happens to what is done, or was ended before.
    #[napi]
    pub fn stop(&self) {
        self.told.send_replace(true);
    }
}

impl Stop {
    /// Whether it was told to end.
    fn is_told(&self) -> bool {
        *self.told.borrow()
    }

    /// Waits until it is told to end.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as this.
        let _ = self.told.subscribe().wait_for(|told| *told).await;
    }
}

/// How a job may end before it is done.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) stop: Option<Stop>,
    pub(crate) timeout: Option<Duration>,
}

impl Limits {
    /// From what entries are given: the time is in milliseconds.
    ///
    /// # Errors
    /// For a time that is none.
    pub(crate) fn new(stop: Option<&Stop>, timeout: Option<f64>) -> Result<Self, Fault> {
        let timeout = timeout.map(|limit| duration("timeout", limit)).transpose()?;
        Ok(Self { stop: stop.cloned(), timeout })
    }
}

/// Limits for a job that has to be started even if they are none, so that its promise tells so.
pub(crate) fn split(limits: Result<Limits, Fault>) -> (Limits, Result<(), Fault>) {
    match limits {
        Ok(limits) => (limits, Ok(())),
        Err(fault) => (Limits::default(), Err(fault)),
    }
}

/// A span of time in milliseconds; infinity is for ever.
///
/// # Errors
/// For a number that is none.
pub(crate) fn duration(setting: &str, limit: f64) -> Result<Duration, Fault> {
    if limit == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(limit / 1e3).map_err(|_| {
        Fault::setting(
            setting,
            "must be a number of milliseconds, 0 or more",
            "doit être un nombre de millisecondes, 0 ou plus",
        )
    })
}

/// A count, from a number of JavaScript. Infinity is as many as there can be.
///
/// # Errors
/// For a number that is none, or less than the least that has a meaning.
pub(crate) fn whole(setting: &str, number: f64, least: usize) -> Result<usize, Fault> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what does not fit is the nearest that does"
    )]
    let whole = number as usize;
    if number.is_nan() || number < 0.0 || (number.is_finite() && number.fract() != 0.0) || whole < least {
        let english = format!("must be a whole number, {least} or more");
        return Err(Fault::setting(setting, english, format!("doit être un nombre entier, {least} ou plus")));
    }
    Ok(whole)
}

/// Works where nothing else waits for its turn.
///
/// # Errors
/// What the work gives; that of its panic.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(match error.try_into_panic() {
            Ok(panic) => panicked(&*panic),
            Err(_) => Fault::new("base", "it was cancelled"),
        }),
    }
}

/// Starts something, and gives the promise of what comes of it: a value, or a fault. It is never rejected. It ends with the
/// environment of Node that it is started for.
///
/// `convert` makes of the output what JavaScript gets, in its thread. A job that is stopped, or whose time is up, is dropped where
/// it stands; that gives a fault of the kind `stopped` or `timeout`, which do not know what the other side has seen of it.
///
/// # Errors
/// If Node cannot make a promise.
pub(crate) fn start<'e, F, O, T, C>(env: &'e Env, limits: Limits, future: F, convert: C) -> napi::Result<Object<'e>>
where
    F: Future<Output = Result<O, Fault>> + Send + 'static,
    O: Send + 'static,
    T: ToNapiValue + 'static,
    C: FnOnce(O) -> Result<T, Fault> + Send + 'static,
{
    start_with(env, limits, future, move |_, output| convert(output))
}

/// The same, for what needs the environment to be converted.
///
/// # Errors
/// As of [`start`].
pub(crate) fn start_with<'e, F, O, T, C>(
    env: &'e Env,
    limits: Limits,
    future: F,
    convert: C,
) -> napi::Result<Object<'e>>
where
    F: Future<Output = Result<O, Fault>> + Send + 'static,
    O: Send + 'static,
    T: ToNapiValue + 'static,
    C: FnOnce(Env, O) -> Result<T, Fault> + Send + 'static,
{
    let under_way = UnderWay::of(env)?;
    let (deferred, promise) = env.create_deferred()?;
    settle(&under_way, deferred, limits, future, convert);
    Ok(promise)
}

type Resolver<T> = Box<dyn FnOnce(Env) -> napi::Result<Outcome<T>>>;

fn settle<F, O, T, C>(
    under_way: &Arc<UnderWay>,
    deferred: JsDeferred<Outcome<T>, Resolver<T>>,
    limits: Limits,
    future: F,
    convert: C,
) where
    F: Future<Output = Result<O, Fault>> + Send + 'static,
    O: Send + 'static,
    T: ToNapiValue + 'static,
    C: FnOnce(Env, O) -> Result<T, Fault> + Send + 'static,
{
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(fault) => return deferred.resolve(Box::new(move |_| Ok(Outcome::B(fault)))),
    };
    let ends = Arc::clone(under_way);
    under_way.begin(|number| {
        let task = runtime.spawn(async move {
            let output = AssertUnwindSafe(limited(limits, future)).catch_unwind().await;
            let output = output.unwrap_or_else(|panic| Err(panicked(&*panic)));
            ends.done(number);
            deferred.resolve(Box::new(move |env| {
                let converted = output.and_then(|output| catch(|| convert(env, output)));
                Ok(outcome(converted))
            }));
        });
        task.abort_handle()
    });
}

async fn limited<O>(limits: Limits, future: impl Future<Output = Result<O, Fault>>) -> Result<O, Fault> {
    if limits.stop.as_ref().is_some_and(Stop::is_told) {
        return Err(Fault::new("stopped", "it was stopped before it began"));
    }
    let stopped = async {
        match &limits.stop {
            Some(stop) => stop.stopped().await,
            None => std::future::pending().await,
        }
    };
    let expired = async {
        match limits.timeout {
            Some(limit) => {
                // Longer than a timer can wait is for ever.
                tokio::time::sleep(limit.min(Duration::from_secs(86_400 * 365))).await;
                limit
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stopped => Err(ended("stopped", "it was stopped".to_owned(), Map::new())),
        output = future => output,
        limit = expired => {
            let mut facts = Map::new();
            facts.insert("limit".into(), milliseconds(limit).into());
            facts.insert("isRetryable".into(), true.into());
            Err(ended("timeout", format!("it took longer than {} ms", milliseconds(limit)), facts))
        }
    }
}

/// For what was dropped where it stood: what the other side has seen of it is not known.
fn ended(kind: &'static str, message: String, mut facts: Map<String, Value>) -> Fault {
    facts.insert("certainty".into(), "unknown".into());
    Fault::with(kind, message, facts)
}
