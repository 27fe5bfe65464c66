//! Webhooks: verified, signed and answered as the core does it.

mod event;
mod given;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::webhook::{self, Answer, BasicUser, Credentials, Reason, Refusal, SignatureHeader, Verifier};
use qlower_core::{Lang, WebhookSecret};

use crate::guard::guard;
use crate::webhook::given::{body_of, header_of, moment, secret_of, secrets_of, tolerance, users_of};

/// Bodies above this many bytes are verified while other threads of Python go on.
const LARGE: usize = 64 * 1024;

/// An explanation as plain data, and as text in English and in French.
type Explained<'py> = (Bound<'py, PyAny>, String, String);

/// All that was agreed with Qlower.
#[pyclass(frozen, module = "qlower._native", name = "WebhookVerifier")]
struct Handle(Verifier);

#[pymethods]
impl Handle {
    #[new]
    #[pyo3(signature = (secrets=None, api_keys=None, seconds=None))]
    fn new(
        py: Python<'_>,
        secrets: Option<&Bound<'_, PyAny>>,
        api_keys: Option<&Bound<'_, PyAny>>,
        seconds: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guard(py, || {
            let mut keys = match api_keys {
                Some(keys) => secrets_of(keys, "api_key")?,
                None => Vec::new(),
            }
            .into_iter();
            let verifier = match (secrets, keys.next()) {
                (None, Some(key)) => Verifier::keyed_by(key),
                (None, None) => {
                    let problem = "must be text or bytes, or a list of them";
                    return Err(crate::errors::config(py, "secrets", problem));
                }
                (Some(secrets), None) => Verifier::signed_by(secrets_of(secrets, "secrets")?),
                (Some(secrets), Some(key)) => Verifier::signed_by(secrets_of(secrets, "secrets")?).and_api_key(key),
            };
            let verifier = keys.fold(verifier, Verifier::and_api_key);
            Ok(Self(match seconds {
                Some(seconds) => verifier.tolerance(tolerance(seconds)?),
                None => verifier,
            }))
        })
    }

    /// Whether anything can be accepted at all.
    #[getter]
    fn is_usable(&self) -> bool {
        self.0.is_usable()
    }

    /// Time of the signature and index of its secret; `None` if the webhook is genuine by its key alone.
    #[pyo3(signature = (signature, api_key, body, now=None))]
    fn verify(
        &self,
        py: Python<'_>,
        signature: Option<&Bound<'_, PyAny>>,
        api_key: Option<&Bound<'_, PyAny>>,
        body: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<(i64, usize)>> {
        guard(py, || {
            let (signature, api_key) = (header_of(signature)?, api_key.map(|key| header_of(Some(key))).transpose()?);
            let (body, now) = (body_of(body)?, moment(now)?);
            let given = Credentials { signature: SignatureHeader::from(&*signature), api_key: api_key.as_deref() };
            let verified = unlocked(py, body.len(), || self.0.verify_at(&given, &body, now));
            let verified = verified.map_err(|refusal| refused(py, refusal))?;
            Ok(verified.map(|verified| (verified.timestamp(), verified.secret())))
        })
    }

    /// Why a webhook is refused: as plain data, and as text in English and in French.
    #[pyo3(signature = (signature, api_key, body, now=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        signature: Option<&Bound<'py, PyAny>>,
        api_key: Option<&Bound<'py, PyAny>>,
        body: &Bound<'py, PyAny>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Explained<'py>> {
        guard(py, || {
            let (signature, api_key) = (header_of(signature)?, api_key.map(|key| header_of(Some(key))).transpose()?);
            let (body, now) = (body_of(body)?, moment(now)?);
            let given = Credentials { signature: SignatureHeader::from(&*signature), api_key: api_key.as_deref() };
            let explanation = py.detach(|| webhook::explain_with(&self.0, &given, &body, now));
            let facts = serde_json::to_value(&explanation).unwrap_or_default();
            let facts = crate::value::to_python(py, &facts)?;
            Ok((facts, explanation.text(Lang::En), explanation.text(Lang::Fr)))
        })
    }
}

/// The users who may call by HTTP Basic.
#[pyclass(frozen, module = "qlower._native", name = "WebhookUsers")]
struct Users {
    users: Vec<BasicUser>,
    is_usable: bool,
}

#[pymethods]
impl Users {
    #[new]
    fn new(users: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(users.py(), || users_of(users).map(|(users, is_usable)| Self { users, is_usable }))
    }

    /// Whether anybody can be let in at all.
    #[getter]
    fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// The name of the user whom a header belongs to.
    fn verify(&self, py: Python<'_>, header: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        guard(py, || {
            let index =
                webhook::verify_basic(&self.users, &header_of(header)?).map_err(|refusal| refused(py, refusal))?;
            Ok(self.users.get(index).map(|user| user.name().to_owned()).unwrap_or_default())
        })
    }
}

/// Secrets at the end of an address.
#[pyclass(frozen, module = "qlower._native", name = "WebhookPaths")]
struct Paths(Vec<WebhookSecret>);

#[pymethods]
impl Paths {
    #[new]
    fn new(secrets: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(secrets.py(), || secrets_of(secrets, "path_secrets").map(Self))
    }

    /// Whether there is one, and all of them can stand in an address as they are.
    #[getter]
    fn is_usable(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(webhook::is_path_secret)
    }

    fn verify(&self, py: Python<'_>, path: &str) -> PyResult<usize> {
        guard(py, || webhook::verify_path(&self.0, path).map_err(|refusal| refused(py, refusal)))
    }
}

/// `qlower.webhook.sign`.
#[pyfunction]
#[pyo3(signature = (body, secret, now=None))]
fn webhook_sign(
    py: Python<'_>,
    body: &Bound<'_, PyAny>,
    secret: &Bound<'_, PyAny>,
    now: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    guard(py, || {
        let (body, secret, now) = (body_of(body)?, secret_of(secret, "secret")?, moment(now)?);
        Ok(unlocked(py, body.len(), || webhook::sign(&secret, &body, now)))
    })
}

/// Whether a `Content-Type` names JSON.
#[pyfunction]
fn webhook_is_json(py: Python<'_>, content_type: &Bound<'_, PyAny>) -> PyResult<bool> {
    guard(py, || Ok(webhook::is_json(&header_of(Some(content_type))?)))
}

fn unlocked<T: Send>(py: Python<'_>, size: usize, work: impl FnOnce() -> T + Send) -> T {
    if size > LARGE { py.detach(work) } else { work() }
}

fn refused(py: Python<'_>, refusal: Refusal) -> PyErr {
    let attributes = PyDict::new(py);
    let skew = match refusal.reason() {
        Reason::Expired { skew } => Some(skew),
        _ => None,
    };
    let set = || -> PyResult<()> {
        attributes.set_item("credential", refusal.credential().name())?;
        attributes.set_item("reason", refusal.reason().name())?;
        attributes.set_item("skew", skew)
    };
    match set() {
        Ok(()) => crate::errors::raise(py, "signature", &refusal.to_string(), Some(&attributes)),
        Err(error) => error,
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let answers = PyDict::new(module.py());
    for answer in Answer::ALL {
        answers.set_item(answer.name(), (answer.status(), answer.body()))?;
    }
    module.add("WEBHOOK_ANSWERS", answers)?;
    module.add("WEBHOOK_SIGNATURE_HEADER", webhook::SIGNATURE_HEADER)?;
    module.add("WEBHOOK_API_KEY_HEADER", webhook::API_KEY_HEADER)?;
    module.add("WEBHOOK_TOLERANCE", webhook::TOLERANCE_SECONDS)?;
    module.add("WEBHOOK_HANDLING_TIMEOUT", webhook::HANDLING_TIMEOUT_SECONDS)?;
    module.add("WEBHOOK_SENDER_TIMEOUT", webhook::SENDER_TIMEOUT_SECONDS)?;
    module.add("WEBHOOK_BODY_TIMEOUT", webhook::BODY_TIMEOUT_SECONDS)?;
    module.add("WEBHOOK_LEASE", webhook::LEASE_SECONDS)?;
    module.add("WEBHOOK_MAX_BODY", webhook::MAX_BODY_BYTES)?;
    module.add("WEBHOOK_MAX_CONCURRENCY", webhook::MAX_CONCURRENCY)?;
    module.add("WEBHOOK_MEMORY_CAPACITY", webhook::MEMORY_CAPACITY)?;
    module.add("WEBHOOK_RETENTION", webhook::RETENTION_SECONDS)?;
    event::register(module)?;
    module.add_class::<Handle>()?;
    module.add_class::<Users>()?;
    module.add_class::<Paths>()?;
    module.add_function(wrap_pyfunction!(webhook_is_json, module)?)?;
    module.add_function(wrap_pyfunction!(webhook_sign, module)?)
}
