//! Listings, page by page.

use std::collections::BTreeMap;

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::bucket::{Object as Stored, Upload};
use super::operations::timestamp;
use crate::sandbox::service::hex;

/// How many entries a page has at most.
const PAGE: i32 = 1000;

fn page(asked: Option<i32>) -> S3Result<usize> {
    usize::try_from(asked.unwrap_or(PAGE).min(PAGE)).map_err(|_| s3_error!(InvalidArgument))
}

pub(super) fn objects(objects: &BTreeMap<String, Stored>, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let limit = page(input.max_keys)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
    let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
    let mut contents = Vec::new();
    let mut folders: Vec<String> = Vec::new();
    let mut last = String::new();
    let mut is_truncated = false;
    for (key, object) in objects.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix)) {
        let rest = key.get(prefix.len()..).unwrap_or_default();
        let folder = delimiter.as_ref().and_then(|delimiter| {
            rest.find(delimiter.as_str()).and_then(|at| key.get(..prefix.len() + at + delimiter.len()))
        });
        let entry = folder.unwrap_or(key);
        if *entry <= *after || folders.last().is_some_and(|known| known == entry) {
            continue;
        }
        if contents.len() + folders.len() >= limit {
            is_truncated = true;
            break;
        }
        last = entry.to_owned();
        match folder {
            Some(folder) => folders.push(folder.to_owned()),
            None => contents.push(Object {
                key: Some(key.clone()),
                size: i64::try_from(object.content.length()).ok(),
                e_tag: Some(ETag::Strong(object.etag.clone())),
                last_modified: Some(timestamp(object.modified)),
                storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                ..Default::default()
            }),
        }
    }
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix,
        delimiter: input.delimiter,
        max_keys: input.max_keys.or(Some(PAGE)),
        key_count: i32::try_from(contents.len() + folders.len()).ok(),
        continuation_token: input.continuation_token,
        start_after: input.start_after,
        is_truncated: Some(is_truncated),
        next_continuation_token: is_truncated.then_some(last),
        contents: Some(contents),
        common_prefixes: Some(folders.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect()),
        ..Default::default()
    })
}

pub(super) fn uploads(
    uploads: &BTreeMap<String, Upload>,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    let limit = page(input.max_uploads)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let mut found: Vec<_> = uploads.iter().filter(|(_, upload)| upload.key.starts_with(&prefix)).collect();
    found.sort_by(|(id, one), (other_id, other)| (&one.key, one.begun, id).cmp(&(&other.key, other.begun, other_id)));
    if let Some(marker) = &input.key_marker {
        let id = input.upload_id_marker.as_ref();
        let seen = found.iter().position(|(upload_id, upload)| upload.key == *marker && Some(*upload_id) == id);
        match seen {
            Some(at) => drop(found.drain(..=at)),
            None => found.retain(|(_, upload)| upload.key > *marker),
        }
    }
    let is_truncated = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| is_truncated);
    Ok(ListMultipartUploadsOutput {
        next_key_marker: last.map(|(_, upload)| upload.key.clone()),
        next_upload_id_marker: last.map(|(id, _)| (*id).clone()),
        bucket: Some(input.bucket),
        prefix: input.prefix,
        key_marker: input.key_marker,
        upload_id_marker: input.upload_id_marker,
        max_uploads: input.max_uploads.or(Some(PAGE)),
        is_truncated: Some(is_truncated),
        uploads: Some(
            found
                .into_iter()
                .map(|(id, upload)| MultipartUpload {
                    key: Some(upload.key.clone()),
                    upload_id: Some(id.clone()),
                    initiated: Some(timestamp(upload.begun)),
                    ..Default::default()
                })
                .collect(),
        ),
        ..Default::default()
    })
}

pub(super) fn parts(upload: &Upload, input: ListPartsInput) -> ListPartsOutput {
    let limit = page(input.max_parts).unwrap_or_default();
    let after = input.part_number_marker.unwrap_or_default();
    let mut found: Vec<_> = upload.parts.iter().filter(|(number, _)| **number > after).collect();
    let is_truncated = found.len() > limit;
    found.truncate(limit);
    ListPartsOutput {
        next_part_number_marker: found.last().map(|(number, _)| **number),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: input.part_number_marker,
        max_parts: input.max_parts.or(Some(PAGE)),
        is_truncated: Some(is_truncated),
        parts: Some(
            found
                .into_iter()
                .map(|(number, part)| Part {
                    part_number: Some(*number),
                    size: i64::try_from(part.bytes.len()).ok(),
                    e_tag: Some(ETag::Strong(hex(&part.md5))),
                    last_modified: Some(timestamp(part.modified)),
                    ..Default::default()
                })
                .collect(),
        ),
        ..Default::default()
    }
}
