//! Who may do what.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use crate::sandbox::state::Shared;

/// Knows one key pair, and what it may do.
pub(super) struct Doorkeeper(pub(super) Arc<Shared>);

#[async_trait::async_trait]
impl S3Auth for Doorkeeper {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let settings = &self.0.settings.s3;
        if access_key != settings.access_key_id {
            return Err(s3_error!(InvalidAccessKeyId));
        }
        Ok(SecretKey::from(settings.secret_access_key.expose()))
    }
}

#[async_trait::async_trait]
impl S3Access for Doorkeeper {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let may = self.0.settings.s3.permissions;
        let allowed = match cx.s3_op().name() {
            "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => may.put,
            "AbortMultipartUpload" => may.abort,
            "HeadObject" => may.head,
            "GetObject" => may.get,
            "ListObjectsV2" | "ListMultipartUploads" | "ListParts" | "HeadBucket" => may.list,
            _ => false,
        };
        if allowed && cx.credentials().is_some() { Ok(()) } else { Err(s3_error!(AccessDenied)) }
    }
}
