//! The operations of S3, on buckets in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use sha2::Digest;

use super::arrival::announce;
use super::body::{Expected, Pieces, receive};
use super::bucket::{About, Completion, Content, Object as Stored, Part as StoredPart, Upload};
use crate::sandbox::service::hex;
use crate::sandbox::state::Shared;

/// Parts are numbered from 1 to this.
const MAX_PARTS: i32 = 10_000;

/// What answers a request that the doorkeeper let in.
pub(super) struct Operations(pub(super) Arc<Shared>);

impl Operations {
    /// The partner whose bucket it is.
    fn partner(&self, bucket: &str) -> S3Result<&str> {
        let environment = qlower_core::Environment::Staging;
        let mut partners = self.0.settings.partners.keys();
        let found = partners.find(|partner| environment.bucket(partner).as_deref() == Ok(bucket));
        found.map(String::as_str).ok_or_else(|| s3_error!(NoSuchBucket))
    }

    fn object(&self, bucket: &str, key: &str) -> S3Result<Stored> {
        let partner = self.partner(bucket)?;
        let found = self.0.state().s3.bucket(partner).objects.get(key).cloned();
        found.ok_or_else(|| match self.0.settings.s3.permissions.list {
            true => s3_error!(NoSuchKey),
            // Whether a key exists is told only to those who may list.
            false => s3_error!(AccessDenied),
        })
    }
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request { input, headers, trailing_headers, .. } = req;
        let partner = self.partner(&input.bucket)?;
        let if_absent = if_absent(input.if_none_match.as_ref(), input.if_match.is_some())?;
        let settings = &self.0.settings.s3;
        let expected = Expected {
            limit: settings.max_object_bytes,
            length: input.content_length,
            md5: input.content_md5,
            headers: &headers,
            trailer: trailing_headers.as_ref(),
        };
        let received = receive(input.body, expected).await?;
        let etag = hex(&received.md5);
        let id = self.0.s3.next_id();
        let object = Stored {
            id,
            content: Arc::new(Content::new(vec![received.bytes])),
            etag: etag.clone(),
            about: About { content_type: input.content_type, metadata: input.metadata },
            modified: now(),
        };
        {
            let mut state = self.0.state();
            let length = usize::try_from(object.content.length()).unwrap_or(usize::MAX);
            state.s3.room(length, settings.max_stored_bytes)?;
            state.s3.bucket(partner).put(&input.key, object, if_absent)?;
        }
        announce(&self.0, partner, &input.key, id);
        let sums = received.checksum;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(etag)),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = req.input;
        let partner = self.partner(&input.bucket)?;
        let number = self.0.s3.next_id();
        let begun = now();
        let secret = format!("{number} {} {}", input.key, begun.timestamp_nanos_opt().unwrap_or_default());
        let upload_id = format!("{}.{number}_-", hex(&sha2::Sha256::digest(secret)));
        let upload = Upload {
            key: input.key.clone(),
            about: About { content_type: input.content_type, metadata: input.metadata },
            begun,
            parts: BTreeMap::new(),
        };
        {
            let mut state = self.0.state();
            state.s3.room(0, self.0.settings.s3.max_stored_bytes)?;
            state.s3.bucket(partner).uploads.insert(upload_id.clone(), upload);
        }
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload_id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let S3Request { input, headers, trailing_headers, .. } = req;
        let partner = self.partner(&input.bucket)?;
        if !(1..=MAX_PARTS).contains(&input.part_number) {
            return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
        }
        self.0.state().s3.bucket(partner).upload(&input.key, &input.upload_id)?;
        let settings = &self.0.settings.s3;
        let expected = Expected {
            limit: settings.max_object_bytes,
            length: input.content_length,
            md5: input.content_md5,
            headers: &headers,
            trailer: trailing_headers.as_ref(),
        };
        let received = receive(input.body, expected).await?;
        {
            let mut state = self.0.state();
            state.s3.room(received.bytes.len(), settings.max_stored_bytes)?;
            // It may have been given up in the meantime.
            let upload = state.s3.bucket(partner).upload(&input.key, &input.upload_id)?;
            let part = StoredPart { bytes: received.bytes, md5: received.md5, modified: now() };
            upload.parts.insert(input.part_number, part);
        }
        let sums = received.checksum;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(hex(&received.md5))),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = req.input;
        let partner = self.partner(&input.bucket)?;
        let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let parts = parts.into_iter().map(|part| {
            let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML))?;
            let etag = part.e_tag.ok_or_else(|| s3_error!(MalformedXML))?;
            Ok((number, etag.into_value()))
        });
        let completion = Completion {
            key: &input.key,
            upload_id: &input.upload_id,
            parts: parts.collect::<S3Result<Vec<_>>>()?,
            if_absent: if_absent(input.if_none_match.as_ref(), input.if_match.is_some())?,
            repeated: self.0.settings.s3.repeated_complete,
            max_bytes: self.0.settings.s3.max_object_bytes,
            now: now(),
        };
        let id = self.0.s3.next_id();
        let (etag, new) = self.0.state().s3.bucket(partner).complete(&completion, id)?;
        if new {
            announce(&self.0, partner, &input.key, id);
        }
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("https://{}.s3.amazonaws.com/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let partner = self.partner(&req.input.bucket)?;
        let mut state = self.0.state();
        let bucket = state.s3.bucket(partner);
        bucket.upload(&req.input.key, &req.input.upload_id)?;
        bucket.uploads.remove(&req.input.upload_id);
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.partner(&req.input.bucket)?;
        let bucket_region = Some(self.0.settings.s3.region.clone());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..Default::default() }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.object(&req.input.bucket, &req.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(object.content.length()).ok(),
            content_type: object.about.content_type,
            metadata: object.about.metadata,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(timestamp(object.modified)),
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let object = self.object(&req.input.bucket, &req.input.key)?;
        let whole = object.content.length();
        let range = req.input.range.map(|range| range.check(whole)).transpose()?;
        let content_range = range.as_ref().map(|range| format!("bytes {}-{}/{whole}", range.start, range.end - 1));
        let range = range.unwrap_or(0..whole);
        let length = i64::try_from(range.end - range.start).ok();
        let pieces = Pieces(object.content.stretch(range));
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::from(s3s::Body::http_body(pieces))),
            content_length: length,
            content_range,
            content_type: object.about.content_type,
            metadata: object.about.metadata,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(timestamp(object.modified)),
            server_side_encryption: Some(encryption()),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let partner = self.partner(&req.input.bucket)?;
        let mut state = self.0.state();
        super::list::objects(&state.s3.bucket(partner).objects, req.input).map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let partner = self.partner(&req.input.bucket)?;
        let mut state = self.0.state();
        super::list::uploads(&state.s3.bucket(partner).uploads, req.input).map(S3Response::new)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let partner = self.partner(&req.input.bucket)?;
        let mut state = self.0.state();
        let upload = state.s3.bucket(partner).upload(&req.input.key, &req.input.upload_id)?;
        Ok(S3Response::new(super::list::parts(upload, req.input)))
    }
}

/// Whether the write is only for a key that is free. Other conditions are unknown here, and refused rather than passed over.
fn if_absent(if_none_match: Option<&ETagCondition>, other: bool) -> S3Result<bool> {
    match if_none_match {
        _ if other => Err(s3_error!(NotImplemented)),
        None => Ok(false),
        Some(condition) if condition.is_any() => Ok(true),
        Some(_) => Err(s3_error!(NotImplemented)),
    }
}

fn encryption() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

pub(super) fn timestamp(at: DateTime<Utc>) -> Timestamp {
    SystemTime::from(at).into()
}
