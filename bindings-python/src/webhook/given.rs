//! What the caller gives. No message shows a value: there are secrets among them.

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMapping, PyMemoryView, PyString};
use qlower_client::webhook::{self, BasicUser};
use qlower_core::WebhookSecret;

use crate::buffer::{self, Need};
use crate::errors;
use crate::settings::seconds;

/// The bytes of a body: of `bytes`, `bytearray`, `memoryview`, and of whatever else has a buffer.
///
/// # Errors
/// `TypeError` for text, and for what was read already.
pub(super) fn body_of(body: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if body.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "body: expected the raw bytes of the request, not str: what was signed is bytes, and text that is encoded anew \
             may have others",
        ));
    }
    if let Some(bytes) = buffer::text(body, Need::Once)? {
        return Ok(bytes);
    }
    let viewed = match PyMemoryView::from(body) {
        Ok(view) => buffer::text(view.as_any(), Need::Once)?,
        Err(_) => None,
    };
    viewed.ok_or_else(|| {
        let given = type_name(body);
        PyTypeError::new_err(format!(
            "body: expected the raw bytes of the request, not {given}: a body that was read and written again has another \
             signature"
        ))
    })
}

/// The value of a header; empty if there was none.
pub(super) fn header_of(header: Option<&Bound<'_, PyAny>>) -> PyResult<Bytes> {
    let Some(header) = header else { return Ok(Bytes::new()) };
    buffer::text(header, Need::Once)?
        .ok_or_else(|| PyTypeError::new_err(format!("header: expected str, bytes or None, not {}", type_name(header))))
}

/// One secret, or several.
pub(super) fn secrets_of(secrets: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<WebhookSecret>> {
    if is_one(secrets) {
        return Ok(vec![secret_of(secrets, name)?]);
    }
    let wrong = || errors::config(secrets.py(), name, "must be text or bytes, or a list of them");
    let list = secrets.try_iter().map_err(|_| wrong())?;
    list.map(|secret| secret_of(&secret?, name)).collect()
}

fn is_one(secret: &Bound<'_, PyAny>) -> bool {
    secret.is_instance_of::<PyString>() || secret.is_instance_of::<PyBytes>() || secret.is_instance_of::<PyByteArray>()
}

/// # Errors
/// `ConfigError` that names the parameter.
pub(super) fn secret_of(secret: &Bound<'_, PyAny>, name: &str) -> PyResult<WebhookSecret> {
    if let Ok(text) = secret.cast::<PyString>() {
        // The error of an unpaired surrogate would show the whole secret.
        let text = text.to_str().map_err(|_| errors::config(secret.py(), name, "is no text that can be encoded"))?;
        return Ok(WebhookSecret::from(text));
    }
    if is_one(secret) {
        return Ok(WebhookSecret::from(secret.extract::<Vec<u8>>()?));
    }
    Err(errors::config(secret.py(), name, "must be text or bytes"))
}

/// Names with passwords, of a mapping or of pairs, and whether anybody can be let in at all.
pub(super) fn users_of(users: &Bound<'_, PyAny>) -> PyResult<(Vec<BasicUser>, bool)> {
    let wrong = || errors::config(users.py(), "users", "must be names with their passwords, as a mapping or as pairs");
    let pairs = match users.cast::<PyMapping>() {
        Ok(users) => users.items()?.into_any(),
        Err(_) => users.clone(),
    };
    let pairs = pairs.try_iter().map_err(|_| wrong())?;
    let mut is_usable = false;
    let users = pairs.map(|pair| {
        let (name, password): (String, Bound<'_, PyAny>) = pair?.extract().map_err(|_| wrong())?;
        let password = secret_of(&password, "users")?;
        is_usable |= !password.expose().is_empty();
        Ok(BasicUser::new(name, password))
    });
    let users = users.collect::<PyResult<_>>()?;
    Ok((users, is_usable))
}

/// Unix seconds; this machine's time if none is given.
pub(super) fn moment(now: Option<&Bound<'_, PyAny>>) -> PyResult<i64> {
    let Some(now) = now else { return Ok(webhook::now()) };
    if let Ok(seconds) = now.extract::<i64>() {
        return Ok(seconds);
    }
    let seconds: Option<f64> = now.extract().ok().filter(|seconds: &f64| seconds.is_finite());
    // What lies beyond 64 bits becomes their end, which is as far away as anything.
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and fractions of seconds do not count")]
    let whole = seconds.map(|seconds| seconds.floor() as i64);
    whole.ok_or_else(|| PyTypeError::new_err(format!("now: expected Unix seconds, not {}", type_name(now))))
}

/// Whole seconds, of a number or a `timedelta`.
pub(super) fn tolerance(given: &Bound<'_, PyAny>) -> PyResult<u64> {
    seconds(given, "tolerance").map(|tolerance| tolerance.as_secs())
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "that".to_owned(), |name| name.to_string())
}
