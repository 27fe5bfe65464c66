//! Settings of a sandbox, from the options of `Sandbox.start`.

use chrono::NaiveDate;
use qlower_client::sandbox::{RepeatedComplete, S3Permissions, Sandbox as Server, SandboxBuilder};
use serde_json::Value;

use super::given::{flag, object, text, texts, time, whole};
use crate::fault::Fault;

/// What is absent or null stays at its default.
///
/// # Errors
/// A fault that names the setting.
pub(super) fn builder(settings: &str) -> Result<SandboxBuilder, Fault> {
    let mut builder = Server::builder();
    let (mut access_key_id, mut secret_access_key) = (None, None);
    for (name, value) in &object(settings)? {
        if value.is_null() {
            continue;
        }
        let name = name.as_str();
        builder = match name {
            "partners" => partners(builder, value)?,
            "maxBodyBytes" => builder.max_body_bytes(whole(name, value)?),
            "maxConnections" => builder.max_connections(whole(name, value)?),
            "readTimeout" => builder.read_timeout(time(name, value)?),
            "today" => builder.today(day(value)?),
            "webhook" => builder.webhook(super::webhooks::target(&value.to_string())?),
            "webhookSpeed" => builder.webhook_speed(value.as_f64().unwrap_or(f64::NAN)),
            "webhookTimeout" => builder.webhook_timeout(time(name, value)?),
            "webhookSeed" => builder.webhook_seed(whole(name, value)?),
            "s3AccessKeyId" => {
                access_key_id = Some(text(name, value)?);
                builder
            }
            "s3SecretAccessKey" => {
                secret_access_key = Some(text(name, value)?);
                builder
            }
            "s3Region" => builder.s3_region(text(name, value)?),
            "s3Permissions" => builder.s3_permissions(permissions(&texts(name, value)?)?),
            "s3RepeatedComplete" => builder.s3_repeated_complete(repeated_complete(&text(name, value)?)?),
            "s3LoadDelay" => builder.s3_load_delay(time(name, value)?),
            "s3HoldLoads" => builder.s3_hold_loads(flag(name, value)?),
            "s3MaxObjectBytes" => builder.s3_max_object_bytes(whole(name, value)?),
            "s3MaxStoredBytes" => builder.s3_max_stored_bytes(whole(name, value)?),
            _ => return Err(Fault::config(name, "there is no such setting of a sandbox")),
        };
    }
    Ok(match (access_key_id, secret_access_key) {
        (None, None) => builder,
        (id, secret) => builder.s3_credentials(
            id.unwrap_or_else(|| Server::DEFAULT_ACCESS_KEY_ID.into()),
            secret.unwrap_or_else(|| Server::DEFAULT_SECRET_ACCESS_KEY.into()),
        ),
    })
}

fn partners(builder: SandboxBuilder, value: &Value) -> Result<SandboxBuilder, Fault> {
    let wrong = || Fault::config("partners", "must be an object of access keys");
    // As pairs, which keep their order.
    value.as_array().ok_or_else(wrong)?.iter().try_fold(builder, |builder, pair| {
        let Some([id, key]) = pair.as_array().map(Vec::as_slice) else { return Err(wrong()) };
        Ok(builder.partner(text("partners", id)?, text("partners", key)?))
    })
}

fn day(value: &Value) -> Result<NaiveDate, Fault> {
    let day = value.as_str().and_then(|text| text.parse().ok());
    day.ok_or_else(|| Fault::config("today", "must be a date such as 2025-01-31"))
}

fn permissions(allowed: &[String]) -> Result<S3Permissions, Fault> {
    S3Permissions::only(allowed.iter().map(String::as_str)).map_err(|name| {
        Fault::config("s3Permissions", format!("{name:?} is none of {}", S3Permissions::NAMES.join(", ")))
    })
}

fn repeated_complete(name: &str) -> Result<RepeatedComplete, Fault> {
    RepeatedComplete::named(name).ok_or_else(|| {
        Fault::config("s3RepeatedComplete", format!("must be one of {}", RepeatedComplete::NAMES.join(", ")))
    })
}
