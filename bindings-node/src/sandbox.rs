//! The stand-in for Qlower, as `Sandbox` of the package holds it.

mod faults;
mod given;
mod loaded;
mod records;
mod settings;
mod webhooks;

use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Buffer, Object};
use napi_derive::napi;
use qlower_client::sandbox::{Sandbox as Server, SandboxError};
use serde_json::json;

use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop};

use loaded::SandboxLoaded;

/// What a sandbox knows and can do when nothing was chosen, as a JSON object.
#[napi]
pub fn sandbox_defaults() -> String {
    json!({
        "partner": Server::DEFAULT_PARTNER,
        "apiKey": Server::DEFAULT_API_KEY,
        "region": Server::DEFAULT_REGION,
        "accessKeyId": Server::DEFAULT_ACCESS_KEY_ID,
        "secretAccessKey": Server::DEFAULT_SECRET_ACCESS_KEY,
    })
    .to_string()
}

/// A running sandbox, until it is stopped. What it tells is JSON.
#[napi]
#[derive(Debug)]
pub struct Sandbox {
    server: Mutex<Option<Arc<Server>>>,
}

#[napi]
impl Sandbox {
    /// Starts one with settings, given as a JSON object.
    #[napi(ts_return_type = "Promise<Outcome<Sandbox>>")]
    pub fn start<'e>(
        env: &'e Env,
        settings: String,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let limits = Limits::new(stop, timeout);
        let (limits, refused) = limits.map_or_else(|fault| (Limits::default(), Some(fault)), |limits| (limits, None));
        let work = async move {
            match refused {
                Some(fault) => Err(fault),
                None => blocking(move || Self::run(&settings)).await,
            }
        };
        job::start(env, limits, work, Ok)
    }

    /// Stops it. What another job is asking of it just now is still answered.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn stop<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let server = self.take();
        let work = blocking(move || {
            drop(server);
            Ok(())
        });
        job::start(env, Limits::default(), work, Ok)
    }

    /// Base URL of the REST side.
    #[napi]
    pub fn url(&self) -> Outcome<String> {
        self.with(|server| Ok(server.url().to_owned()))
    }

    /// Base URL of the S3 side.
    #[napi]
    pub fn s3_endpoint(&self) -> Outcome<String> {
        self.with(|server| Ok(server.s3_endpoint()))
    }

    /// How many loads were treated.
    #[napi]
    pub fn loads(&self) -> Outcome<f64> {
        self.with(|server| Ok(number(server.loads())))
    }

    /// What a partner has loaded so far.
    #[napi]
    pub fn loaded(&self, partner: String) -> Outcome<SandboxLoaded> {
        self.with(|server| Ok(SandboxLoaded::new(server.loaded(&partner))))
    }

    /// The requests so far.
    #[napi]
    pub fn requests(&self) -> Outcome<String> {
        self.with(|server| Ok(records::requests(&server.requests())))
    }

    /// Forgets everything.
    #[napi]
    pub fn reset(&self) -> Outcome<()> {
        self.with(|server| {
            server.reset();
            Ok(())
        })
    }

    /// Scripts a fault, given as a JSON object, so many times; a number that is none is refused.
    #[napi]
    pub fn fail_next(&self, fault: String, times: f64) -> Outcome<()> {
        self.with(|server| {
            let (fault, times) = (faults::rest(&fault)?, given::times(times)?);
            server.fail_next_n(fault, times);
            Ok(())
        })
    }

    /// The faults that have fired.
    #[napi]
    pub fn fired(&self) -> Outcome<String> {
        self.with(|server| Ok(faults::list(&server.fired(), faults::rest_json)))
    }

    /// The faults that have not fired yet.
    #[napi]
    pub fn pending_faults(&self) -> Outcome<String> {
        self.with(|server| Ok(faults::list(&server.pending_faults(), faults::rest_json)))
    }

    /// Scripts a fault of the S3 side, for any operation that it concerns, or for one alone.
    #[napi]
    pub fn fail_next_s3(&self, fault: String, times: f64, on: Option<String>) -> Outcome<()> {
        self.with(|server| {
            let (fault, times) = (faults::s3(&fault)?, given::times(times)?);
            match on {
                None => server.fail_next_s3_n(fault, times),
                Some(name) => {
                    let operation = faults::operation(&name)?;
                    (0..times).for_each(|_| server.fail_next_s3_on(operation, fault.clone()));
                }
            }
            Ok(())
        })
    }

    /// The faults of the S3 side that have fired.
    #[napi]
    pub fn fired_s3(&self) -> Outcome<String> {
        self.with(|server| Ok(faults::list(&server.fired_s3(), faults::s3_json)))
    }

    /// The faults of the S3 side that have not fired yet.
    #[napi]
    pub fn pending_s3_faults(&self) -> Outcome<String> {
        self.with(|server| Ok(faults::list(&server.pending_s3_faults(), faults::s3_json)))
    }

    /// The objects of a partner's bucket.
    #[napi(ts_return_type = "Promise<Outcome<string>>")]
    pub fn objects<'e>(&self, env: &'e Env, partner: String) -> napi::Result<Object<'e>> {
        self.background(env, move |server| Ok(records::objects(&server.objects(&partner))), Ok)
    }

    /// The bytes of one object.
    #[napi(ts_return_type = "Promise<Outcome<Buffer | null>>")]
    pub fn object_bytes<'e>(&self, env: &'e Env, partner: String, key: String) -> napi::Result<Object<'e>> {
        let work = move |server: &Server| Ok(server.object_bytes(&partner, &key));
        self.background(env, work, |bytes| Ok(bytes.map(Buffer::from)))
    }

    /// How many times each key was stored.
    #[napi]
    pub fn commits(&self, partner: String) -> Outcome<String> {
        self.with(|server| Ok(json!(server.commits(&partner)).to_string()))
    }

    /// The uploads in parts that are neither complete nor given up.
    #[napi]
    pub fn open_multipart_uploads(&self, partner: String) -> Outcome<String> {
        self.with(|server| Ok(records::open_uploads(&server.open_multipart_uploads(&partner))))
    }

    /// The loads of files that had arrived.
    #[napi]
    pub fn s3_loads(&self) -> Outcome<String> {
        self.with(|server| Ok(records::s3_loads(&server.s3_loads())))
    }

    /// The requests to the S3 side.
    #[napi]
    pub fn s3_requests(&self) -> Outcome<String> {
        self.with(|server| Ok(records::s3_requests(&server.s3_requests())))
    }

    /// Makes loads of files wait, or lets them go.
    #[napi]
    pub fn hold_s3_loads(&self, hold: bool) -> Outcome<()> {
        self.with(|server| {
            server.hold_s3_loads(hold);
            Ok(())
        })
    }

    /// Closes the port of the S3 side.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn vanish_s3<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let work = |server: &Server| {
            server.vanish_s3();
            Ok(())
        };
        self.background(env, work, Ok)
    }

    /// Opens it again.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn restore_s3<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        self.background(env, |server| server.restore_s3().map_err(|error| gone(&error)), Ok)
    }
}

impl Sandbox {
    fn run(settings: &str) -> Result<Self, Fault> {
        let server = settings::builder(settings)?.start_blocking().map_err(|error| gone(&error))?;
        Ok(Self { server: Mutex::new(Some(Arc::new(server))) })
    }

    fn server(&self) -> Result<Arc<Server>, Fault> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        server.ok_or_else(|| Fault::new("sandbox", "the sandbox is stopped"))
    }

    fn take(&self) -> Option<Arc<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Does something that takes no time.
    fn with<T>(&self, work: impl FnOnce(&Server) -> Result<T, Fault>) -> Outcome<T> {
        guard(|| work(&*self.server()?))
    }

    /// Does something that may take a while.
    fn background<'e, O, T>(
        &self,
        env: &'e Env,
        work: impl FnOnce(&Server) -> Result<O, Fault> + Send + 'static,
        convert: impl FnOnce(O) -> Result<T, Fault> + Send + 'static,
    ) -> napi::Result<Object<'e>>
    where
        O: Send + 'static,
        T: napi::bindgen_prelude::ToNapiValue + 'static,
    {
        let server = self.server();
        job::start(env, Limits::default(), blocking(move || work(&*server?)), convert)
    }
}

/// Whoever is last to hold the server waits for its thread. JavaScript's thread, which is told to forget this in the middle of
/// something else or when its worker is terminated, does not.
impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(server) = self.take() {
            // Without a thread to do it, it is done here.
            let _ = std::thread::Builder::new().name("qlower-sandbox-end".into()).spawn(move || drop(server));
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Fault::new("internal", error.to_string())),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 years of a load a microsecond")]
const fn number(count: u64) -> f64 {
    count as f64
}

fn gone(error: &SandboxError) -> Fault {
    if let Some(setting) = error.setting() {
        return webhooks::refused(setting);
    }
    Fault::new("sandbox", error.to_string()).caused(std::error::Error::source(error))
}
