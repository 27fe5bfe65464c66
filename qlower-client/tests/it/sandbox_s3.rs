//! The operations of the sandbox's S3 side, asked by the official client.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use qlower_client::sandbox::{ObjectState, RepeatedComplete, S3Operation, S3Outcome, Sandbox};
use sha2::{Digest, Sha256};

use super::sandbox_s3_support::{BUCKET, KEY, PART, builder, client, config, held, put, refusal, send_parts};

#[tokio::test]
async fn an_object_is_kept_as_it_was_put() {
    let sandbox = held();
    let client = client(&sandbox);
    let put = client.put_object().bucket(BUCKET).key(KEY).content_type("application/json");
    let put = put.metadata("origin", "test").body(ByteStream::from_static(b"{}")).send().await.unwrap();
    // MD5 of `{}`.
    assert_eq!(put.e_tag(), Some("\"99914b932bd37a50b983c5e7c90ae93b\""));

    let objects = sandbox.objects(Sandbox::DEFAULT_PARTNER);
    let [object] = &*objects else { panic!("{objects:?}") };
    assert_eq!((&*object.key, object.size, object.state), (KEY, 2, ObjectState::Pending));
    assert_eq!(object.etag, "99914b932bd37a50b983c5e7c90ae93b");
    assert_eq!(object.sha256, hex(&Sha256::digest(b"{}")));
    assert_eq!(object.content_type.as_deref(), Some("application/json"));
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"{}");
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, "other"), None);

    let head = client.head_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some(2), Some("application/json")));
    assert_eq!((head.e_tag(), head.metadata().unwrap()["origin"].as_str()), (put.e_tag(), "test"));
    assert!(head.last_modified().is_some());
    let got = client.get_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"{}");

    assert_eq!(refusal(client.head_object().bucket(BUCKET).key("other").send().await).0, 404);
    let missing = client.get_object().bucket(BUCKET).key("other").send().await;
    assert_eq!(refusal(missing), (404, "NoSuchKey".into()));
    client.head_bucket().bucket(BUCKET).send().await.unwrap();
}

#[tokio::test]
async fn a_conditional_put_overwrites_nothing() {
    let sandbox = held();
    let client = client(&sandbox);
    let conditional = |body: &'static [u8]| {
        client.put_object().bucket(BUCKET).key(KEY).if_none_match("*").body(ByteStream::from_static(body)).send()
    };
    conditional(b"1").await.unwrap();
    assert_eq!(refusal(conditional(b"2").await), (412, "PreconditionFailed".into()));
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"1");
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 1);
    put(&client, KEY, *b"3").await;
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"3");
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 2);

    let other = client.put_object().bucket(BUCKET).key(KEY).if_none_match("\"etag\"").send().await;
    assert_eq!(refusal(other), (501, "NotImplemented".into()));
    let other = client.put_object().bucket(BUCKET).key(KEY).if_match("\"etag\"").send().await;
    assert_eq!(refusal(other), (501, "NotImplemented".into()));
    let conditions: Vec<_> = sandbox.s3_requests().into_iter().map(|record| record.conditional).collect();
    assert_eq!(conditions, [true, true, false, true, false]);
}

#[tokio::test]
async fn parts_become_an_object_once_they_are_complete() {
    let sandbox = held();
    let client = client(&sandbox);
    let parts = [vec![b'a'; PART], vec![b'b'; PART + 1], vec![b'c'; 10]];
    let whole = parts.concat();
    let (id, completed) = send_parts(&client, KEY, &parts).await;
    assert!(sandbox.objects(Sandbox::DEFAULT_PARTNER).is_empty(), "not yet");
    let open = sandbox.open_multipart_uploads(Sandbox::DEFAULT_PARTNER);
    assert_eq!((open.len(), &*open[0].key, &open[0].upload_id), (1, KEY, &id));
    assert_eq!(open[0].parts, [(1, PART as u64), (2, PART as u64 + 1), (3, 10)]);

    let listed = client.list_parts().bucket(BUCKET).key(KEY).upload_id(&id).max_parts(2).send().await.unwrap();
    assert_eq!((listed.parts().len(), listed.is_truncated()), (2, Some(true)));
    let rest = client.list_parts().bucket(BUCKET).key(KEY).upload_id(&id);
    let rest = rest.part_number_marker(listed.next_part_number_marker().unwrap()).send().await.unwrap();
    assert_eq!((rest.parts()[0].part_number(), rest.parts()[0].size()), (Some(3), Some(10)));
    let uploads = client.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert_eq!((uploads.uploads().len(), uploads.uploads()[0].upload_id()), (1, Some(&*id)));

    let complete = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id);
    let complete = complete.multipart_upload(completed).if_none_match("*").send().await.unwrap();
    // MD5 of the three MD5s, computed apart.
    assert_eq!(complete.e_tag(), Some("\"70099f99f206a09d50cab43d5c57469e-3\""));
    assert!(sandbox.open_multipart_uploads(Sandbox::DEFAULT_PARTNER).is_empty());
    let object = sandbox.objects(Sandbox::DEFAULT_PARTNER).pop().unwrap();
    assert_eq!((object.size, object.sha256), (whole.len() as u64, hex(&Sha256::digest(&whole))));
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 1);

    let got = client.get_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == whole);
    let range = format!("bytes={}-{}", PART - 2, PART + 1);
    let got = client.get_object().bucket(BUCKET).key(KEY).range(range).send().await.unwrap();
    assert_eq!(got.content_range(), Some(&*format!("bytes {}-{}/{}", PART - 2, PART + 1, whole.len())));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"aabb");
    let log: Vec<_> = sandbox.s3_requests().into_iter().map(|record| (record.operation, record.part_number)).collect();
    use S3Operation as Op;
    assert_eq!(
        log,
        [
            (Op::CreateMultipartUpload, None),
            (Op::UploadPart, Some(1)),
            (Op::UploadPart, Some(2)),
            (Op::UploadPart, Some(3)),
            (Op::ListParts, None),
            (Op::ListParts, None),
            (Op::ListMultipartUploads, None),
            (Op::CompleteMultipartUpload, None),
            (Op::GetObject, None),
            (Op::GetObject, None)
        ]
    );
    let record = &sandbox.s3_requests()[2];
    assert_eq!((&*record.bucket, &*record.key, &record.outcome), (BUCKET, KEY, &S3Outcome::Answered(200)));
    assert_eq!(record.body_length, PART as u64 + 1);
}

async fn complete(client: &Client, id: &str, parts: CompletedMultipartUpload) -> (u16, String) {
    let complete = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(id);
    refusal(complete.multipart_upload(parts).send().await)
}

#[tokio::test]
async fn an_upload_that_does_not_add_up_is_not_completed() {
    let sandbox = held();
    let client = client(&sandbox);
    let (id, good) = send_parts(&client, KEY, &[vec![b'a'; PART - 1], vec![b'b'; 10]]).await;
    let list = |parts: Vec<CompletedPart>| CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let [first, second] = good.parts() else { panic!("{good:?}") };
    let (first, second) = (first.clone(), second.clone());
    let other = CompletedPart::builder().part_number(2).e_tag(first.e_tag().unwrap()).build();
    let absent = CompletedPart::builder().part_number(3).e_tag(first.e_tag().unwrap()).build();
    for (parts, status, code) in [
        (good.clone(), 400, "EntityTooSmall"),
        (list(vec![second.clone(), first.clone()]), 400, "InvalidPartOrder"),
        (list(vec![second.clone(), second.clone()]), 400, "InvalidPartOrder"),
        (list(vec![other]), 400, "InvalidPart"),
        (list(vec![absent]), 400, "InvalidPart"),
        (list(vec![]), 400, "MalformedXML"),
    ] {
        assert_eq!(complete(&client, &id, parts).await, (status, code.into()));
    }
    assert_eq!(complete(&client, "unknown", good.clone()).await, (404, "NoSuchUpload".into()));
    let part = |number, id: &str| client.upload_part().bucket(BUCKET).key(KEY).upload_id(id).part_number(number).send();
    assert_eq!(refusal(part(1, "unknown").await), (404, "NoSuchUpload".into()));
    assert_eq!(refusal(part(10_001, &id).await), (400, "InvalidArgument".into()));
    let elsewhere = client.upload_part().bucket(BUCKET).key("other").upload_id(&id).part_number(1).send().await;
    assert_eq!(refusal(elsewhere), (404, "NoSuchUpload".into()));

    assert!(sandbox.commits(Sandbox::DEFAULT_PARTNER).is_empty());
    assert_eq!(sandbox.open_multipart_uploads(Sandbox::DEFAULT_PARTNER).len(), 1);
    let abort = || client.abort_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id).send();
    abort().await.unwrap();
    assert!(sandbox.open_multipart_uploads(Sandbox::DEFAULT_PARTNER).is_empty());
    assert_eq!(refusal(abort().await), (404, "NoSuchUpload".into()));
    assert_eq!(complete(&client, &id, good).await, (404, "NoSuchUpload".into()));
}

#[tokio::test]
async fn a_conditional_completion_overwrites_nothing_and_leaves_the_upload_open() {
    let sandbox = held();
    let client = client(&sandbox);
    let (id, parts) = send_parts(&client, KEY, &[b"new".to_vec()]).await;
    put(&client, KEY, *b"old").await;
    let conditional = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id);
    let conditional = conditional.multipart_upload(parts.clone()).if_none_match("*").send().await;
    assert_eq!(refusal(conditional), (412, "PreconditionFailed".into()));
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"old");
    assert_eq!(sandbox.open_multipart_uploads(Sandbox::DEFAULT_PARTNER).len(), 1);
    let plain = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id);
    plain.multipart_upload(parts).send().await.unwrap();
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"new");
}

#[tokio::test]
async fn what_a_repeated_completion_comes_to_can_be_chosen() {
    for (repeated, plain, conditional) in [
        (RepeatedComplete::Succeeds, None, None),
        (RepeatedComplete::PreconditionFailed, None, Some((412, "PreconditionFailed".to_owned()))),
        (
            RepeatedComplete::NoSuchUpload,
            Some((404, "NoSuchUpload".to_owned())),
            Some((404, "NoSuchUpload".to_owned())),
        ),
    ] {
        let sandbox = builder().s3_repeated_complete(repeated).start_blocking().unwrap();
        let client = client(&sandbox);
        let (id, parts) = send_parts(&client, KEY, &[b"1".to_vec()]).await;
        let complete = || {
            client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id).multipart_upload(parts.clone())
        };
        let first = complete().if_none_match("*").send().await.unwrap();
        for (again, refused) in
            [(complete().send().await, plain), (complete().if_none_match("*").send().await, conditional)]
        {
            match refused {
                None => assert_eq!(again.unwrap().e_tag(), first.e_tag()),
                Some(refused) => assert_eq!(refusal(again), refused),
            }
        }
        assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 1);
    }
}

#[tokio::test]
async fn checksums_are_verified_in_the_head_and_in_the_trailer() {
    let sandbox = held();
    let checked = config(&sandbox).request_checksum_calculation(RequestChecksumCalculation::WhenSupported);
    let checked = Client::from_conf(checked.build());
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = checked.put_object().bucket(BUCKET).key(KEY).checksum_algorithm(algorithm.clone());
        let put = put.body(ByteStream::from_static(b"{}")).send().await.unwrap();
        let sums = [
            put.checksum_crc32(),
            put.checksum_crc32_c(),
            put.checksum_crc64_nvme(),
            put.checksum_sha1(),
            put.checksum_sha256(),
        ];
        assert_eq!(sums.iter().flatten().count(), 1, "{algorithm}: {put:?}");
    }
    assert_eq!(sandbox.object_bytes(Sandbox::DEFAULT_PARTNER, KEY).unwrap(), b"{}");

    let client = client(&sandbox);
    let put = || client.put_object().bucket(BUCKET).key("bad").body(ByteStream::from_static(b"{}"));
    for wrong in [
        put().content_md5("1B2M2Y8AsgTpgAmY7PhCfg=="),
        put().checksum_crc32("AAAAAA=="),
        put().checksum_sha256("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ] {
        assert_eq!(refusal(wrong.send().await), (400, "BadDigest".into()));
    }
    put().content_md5("mZFLkyvTelC5g8XnyQrpOw==").send().await.unwrap();
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)["bad"], 1, "only when it was right");
}

#[tokio::test]
async fn listings_come_by_prefix_by_folder_and_page_by_page() {
    let sandbox = held();
    let client = client(&sandbox);
    for key in ["a/1", "a/2", "b", "c/1", "c/d/2", "e"] {
        put(&client, key, *b"1").await;
    }
    let list = || client.list_objects_v2().bucket(BUCKET);
    let keys = |page: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output| {
        page.contents().iter().map(|object| object.key().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = list().send().await.unwrap();
    assert_eq!((keys(&all).join(" "), all.is_truncated()), ("a/1 a/2 b c/1 c/d/2 e".into(), Some(false)));
    assert_eq!(keys(&list().prefix("c/").send().await.unwrap()), ["c/1", "c/d/2"]);
    assert_eq!(keys(&list().start_after("b").send().await.unwrap()), ["c/1", "c/d/2", "e"]);
    assert!(keys(&list().prefix("x").send().await.unwrap()).is_empty());

    let mut pages = Vec::new();
    let mut token = None;
    loop {
        let page = list().delimiter("/").max_keys(2).set_continuation_token(token).send().await.unwrap();
        let folders = page.common_prefixes().iter().map(|folder| folder.prefix().unwrap().to_owned());
        pages.push(folders.chain(keys(&page)).collect::<Vec<_>>().join(" "));
        token = page.next_continuation_token().map(str::to_owned);
        assert_eq!(page.is_truncated(), Some(token.is_some()));
        if token.is_none() {
            break;
        }
    }
    assert_eq!(pages, ["a/ b", "c/ e"]);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let sandbox = builder().s3_max_object_bytes(PART + 10).s3_max_stored_bytes(12_000_000).start_blocking().unwrap();
    let client = client(&sandbox);
    let large = || ByteStream::from(vec![b'x'; PART + 11]);
    let put = client.put_object().bucket(BUCKET).key(KEY).body(large()).send().await;
    assert_eq!(refusal(put), (400, "EntityTooLarge".into()));
    let (id, _) = send_parts(&client, KEY, &[]).await;
    let part = client.upload_part().bucket(BUCKET).key(KEY).upload_id(&id).part_number(1).body(large()).send().await;
    assert_eq!(refusal(part), (400, "EntityTooLarge".into()));

    let (id, parts) = send_parts(&client, KEY, &[vec![b'x'; PART], vec![b'x'; 11]]).await;
    assert_eq!(complete(&client, &id, parts).await, (400, "EntityTooLarge".into()));
    client.abort_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id).send().await.unwrap();

    let put =
        |key: &'static str| client.put_object().bucket(BUCKET).key(key).body(ByteStream::from(vec![b'x'; PART])).send();
    put("1").await.unwrap();
    put("2").await.unwrap();
    assert_eq!(refusal(put("3").await), (403, "QuotaExceeded".into()));
    assert_eq!(sandbox.objects(Sandbox::DEFAULT_PARTNER).len(), 2);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
