//! Settings of a sandbox, from the keywords of `qlower.Sandbox`.

use std::time::Duration;

use chrono::NaiveDate;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::sandbox::{RepeatedComplete, S3Permissions, Sandbox as Server, SandboxBuilder};

/// What is absent or `None` stays at its default.
///
/// # Errors
/// `ValueError` that names the setting; `TypeError` for a value of another type.
pub(super) fn builder(py: Python<'_>, settings: &Bound<'_, PyDict>) -> PyResult<SandboxBuilder> {
    let mut builder = Server::builder();
    let (mut access_key_id, mut secret_access_key) = (None, None);
    for (name, value) in settings.iter() {
        if value.is_none() {
            continue;
        }
        let name: String = name.extract()?;
        builder = match name.as_str() {
            "partners" => {
                let partners: Vec<(String, String)> = value.extract()?;
                partners.into_iter().fold(builder, |builder, (id, key)| builder.partner(id, key))
            }
            "max_body_bytes" => builder.max_body_bytes(value.extract()?),
            "max_connections" => builder.max_connections(value.extract()?),
            "read_timeout" => builder.read_timeout(seconds(&name, value.extract()?)?),
            "today" => {
                let text: String = value.extract()?;
                let day: NaiveDate =
                    text.parse().map_err(|_| PyValueError::new_err("today: expected a date such as 2025-01-31"))?;
                builder.today(day)
            }
            "webhook" => builder.webhook(super::webhooks::target(value.extract()?)?),
            "webhook_speed" => builder.webhook_speed(value.extract()?),
            "webhook_timeout" => builder.webhook_timeout(seconds(&name, value.extract()?)?),
            "webhook_seed" => builder.webhook_seed(value.extract()?),
            "s3_access_key_id" => {
                access_key_id = Some(value.extract::<String>()?);
                builder
            }
            "s3_secret_access_key" => {
                secret_access_key = Some(value.extract::<String>()?);
                builder
            }
            "s3_region" => builder.s3_region(value.extract::<String>()?),
            "s3_permissions" => builder.s3_permissions(permissions(value.extract()?)?),
            "s3_repeated_complete" => builder.s3_repeated_complete(repeated_complete(value.extract()?)?),
            "s3_load_delay" => builder.s3_load_delay(seconds(&name, value.extract()?)?),
            "s3_hold_loads" => builder.s3_hold_loads(value.extract()?),
            "s3_max_object_bytes" => builder.s3_max_object_bytes(value.extract()?),
            "s3_max_stored_bytes" => builder.s3_max_stored_bytes(value.extract()?),
            _ => return Err(pyo3::exceptions::PyTypeError::new_err(format!("no setting {name:?}"))),
        };
    }
    py.check_signals()?;
    Ok(match (access_key_id, secret_access_key) {
        (None, None) => builder,
        (id, secret) => builder.s3_credentials(
            id.unwrap_or_else(|| Server::DEFAULT_ACCESS_KEY_ID.into()),
            secret.unwrap_or_else(|| Server::DEFAULT_SECRET_ACCESS_KEY.into()),
        ),
    })
}

/// A span of time in seconds; infinity is for ever.
pub(super) fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    if seconds == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{name}: expected seconds, from 0 on")))
}

fn permissions(allowed: Vec<String>) -> PyResult<S3Permissions> {
    S3Permissions::only(allowed.iter().map(String::as_str)).map_err(|name| {
        let known = S3Permissions::NAMES.join(", ");
        PyValueError::new_err(format!("s3_permissions: {name:?} is none of {known}"))
    })
}

fn repeated_complete(name: &str) -> PyResult<RepeatedComplete> {
    RepeatedComplete::named(name).ok_or_else(|| {
        let known = RepeatedComplete::NAMES.join(", ");
        PyValueError::new_err(format!("s3_repeated_complete: expected one of {known}"))
    })
}
