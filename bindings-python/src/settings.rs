//! A client's settings, as Python gives them.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use qlower_client::core::address::BaseUrl;
use qlower_client::{Client, ClientBuilder, Environment, RetryPolicy};

use crate::errors;
use crate::guard::guard;

/// The builder of a client with what is given; what is not comes from the environment, or is the default.
pub(crate) fn builder(given: &Bound<'_, PyDict>) -> PyResult<ClientBuilder> {
    let py = given.py();
    let set = Given(given);
    let environment = match set.text("environment")? {
        Some(text) => environment(py, &text, set.is("environment_insecure")?)?,
        None => Client::environment_from_env().map_err(|error| errors::client(py, &error))?,
    };
    let mut builder = Client::builder(environment);
    if let Some(partner) = set.text("partner")? {
        builder = builder.partner(partner);
    }
    if let Some(key) = set.text("api_key")? {
        builder = builder.api_key(key);
    }
    if let Some(limit) = set.seconds("timeout")? {
        builder = builder.timeout(limit);
    }
    if let Some(limit) = set.seconds("connect_timeout")? {
        builder = builder.connect_timeout(limit);
    }
    if let Some(policy) = set.any("retry")? {
        builder = builder.retry(retry(&policy)?);
    }
    if let Some(bundle) = set.any("ca_bundle")? {
        builder = match bundle.cast::<PyBytes>() {
            Ok(pem) => builder.ca_bundle(pem.as_bytes()),
            Err(_) => {
                let path: Option<PathBuf> = bundle.extract().ok();
                let problem = "must be the path of a file, or bytes with PEM text";
                builder.ca_bundle_file(path.ok_or_else(|| errors::config(py, "ca_bundle", problem))?)
            }
        };
    }
    if let Some(proxy) = set.text("proxy")? {
        builder = builder.proxy(proxy);
    }
    if let Some(program) = set.text("user_agent")? {
        builder = builder.user_agent(program);
    }
    if let Some(bytes) = set.number("max_body_bytes")? {
        builder = builder.max_body_bytes(bytes);
    }
    if let Some(bytes) = set.number("max_reply_bytes")? {
        builder = builder.max_reply_bytes(bytes);
    }
    uploads(&set, builder)?.env().map_err(|error| errors::client(py, &error))
}

/// What uploads need besides.
fn uploads(set: &Given<'_, '_>, mut builder: ClientBuilder) -> PyResult<ClientBuilder> {
    if let Some(region) = set.text("region")? {
        builder = builder.region(region);
    }
    if let Some(id) = set.text("access_key_id")? {
        builder = builder.access_key_id(id);
    }
    if let Some(secret) = set.text("secret_access_key")? {
        builder = builder.secret_access_key(secret);
    }
    if let Some(token) = set.text("session_token")? {
        builder = builder.session_token(token);
    }
    let insecure = set.is("s3_endpoint_insecure")?;
    match set.text("s3_endpoint")? {
        Some(url) if insecure => builder = builder.s3_endpoint_insecure(url),
        Some(url) => builder = builder.s3_endpoint(url),
        None if insecure => {
            return Err(errors::config(set.0.py(), "s3_endpoint_insecure", "there is no s3_endpoint"));
        }
        None => {}
    }
    if set.any("s3_path_style")?.is_some() {
        builder = builder.s3_path_style(set.is("s3_path_style")?);
    }
    if let Some(bytes) = set.number("s3_part_size")? {
        builder = builder.s3_part_size(bytes);
    }
    if let Some(bytes) = set.number("s3_multipart_threshold")? {
        builder = builder.s3_multipart_threshold(bytes);
    }
    if let Some(parts) = set.number("s3_concurrency")? {
        builder = builder.s3_concurrency(parts);
    }
    Ok(builder)
}

pub(crate) fn retry(policy: &Bound<'_, PyAny>) -> PyResult<RetryPolicy> {
    let given = PyDict::new(policy.py());
    for name in ["max_attempts", "base_delay", "factor", "max_delay", "total"] {
        given.set_item(name, policy.getattr(name)?)?;
    }
    let set = Given(&given);
    let mut policy = RetryPolicy::default();
    if let Some(attempts) = set.number("max_attempts")? {
        policy = policy.max_attempts(attempts);
    }
    if let Some(delay) = set.seconds("base_delay")? {
        policy = policy.base_delay(delay);
    }
    if let Some(factor) = set.number("factor")? {
        policy = policy.factor(factor);
    }
    if let Some(delay) = set.seconds("max_delay")? {
        policy = policy.max_delay(delay);
    }
    if let Some(total) = set.seconds("total")? {
        policy = policy.total(total);
    }
    Ok(policy)
}

/// Settings by name. No message shows a value.
pub(crate) struct Given<'g, 'py>(pub(crate) &'g Bound<'py, PyDict>);

impl<'py> Given<'_, 'py> {
    pub(crate) fn any(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    pub(crate) fn text(&self, name: &str) -> PyResult<Option<String>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        value.extract().map(Some).map_err(|_| errors::config(self.0.py(), name, "must be text"))
    }

    pub(crate) fn number<T: TryFrom<u64>>(&self, name: &str) -> PyResult<Option<T>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        let number: Option<u64> = value.extract().ok();
        let number = number.and_then(|number| T::try_from(number).ok());
        let (english, french) = ("must be a whole number, 0 or more", "doit être un nombre entier, 0 ou plus");
        number.map(Some).ok_or_else(|| errors::setting(self.0.py(), name, english, french))
    }

    pub(crate) fn is(&self, name: &str) -> PyResult<bool> {
        let Some(value) = self.any(name)? else { return Ok(false) };
        value.extract().map_err(|_| errors::config(self.0.py(), name, "must be True or False"))
    }

    pub(crate) fn seconds(&self, name: &str) -> PyResult<Option<Duration>> {
        self.any(name)?.map(|value| seconds(&value, name)).transpose()
    }
}

/// A number of seconds, or a `timedelta`.
pub(crate) fn seconds(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    let number: Option<f64> = value.extract().ok();
    let number = match number {
        Some(number) => Some(number),
        None => value.call_method0("total_seconds").and_then(|seconds| seconds.extract()).ok(),
    };
    let duration = match number {
        Some(number) if number == f64::INFINITY => Some(Duration::MAX),
        Some(number) => Duration::try_from_secs_f64(number).ok(),
        None => None,
    };
    let english = "must be a number of seconds, 0 or more, or a timedelta";
    let french = "doit être un nombre de secondes, 0 ou plus, ou un timedelta";
    duration.ok_or_else(|| errors::setting(value.py(), name, english, french))
}

fn environment(py: Python<'_>, text: &str, insecure: bool) -> PyResult<Environment> {
    let environment = if insecure { BaseUrl::insecure(text).map(Environment::Custom) } else { text.parse() };
    environment.map_err(|error| errors::environment(py, &error))
}

/// The environment that a text names, in its canonical spelling, and the loader's URL.
#[pyfunction]
fn environment_of(py: Python<'_>, text: &str, insecure: bool) -> PyResult<(String, String)> {
    guard(py, || {
        let environment = environment(py, text, insecure)?;
        Ok((environment.to_string(), environment.loader_url().to_string()))
    })
}

/// The bucket of a partner in an environment.
#[pyfunction]
fn bucket_of(py: Python<'_>, text: &str, insecure: bool, partner: &str) -> PyResult<String> {
    guard(py, || {
        let bucket = environment(py, text, insecure)?.bucket(partner);
        bucket.map_err(|error| errors::config(py, "partner", &error.to_string()))
    })
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(environment_of, module)?)?;
    module.add_function(wrap_pyfunction!(bucket_of, module)?)
}
