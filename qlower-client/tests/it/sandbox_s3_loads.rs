//! What becomes of a file that arrives on the sandbox's S3 side.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use qlower_client::sandbox::{Fault, ObjectState, Sandbox};
use qlower_core::ModelName;
use serde_json::{Value, json};

use super::sandbox_http::load;
use super::sandbox_payload::{merge, sections, transaction, transactions, with_header};
use super::sandbox_s3_support::{BUCKET, KEY, client, held, loads, put, send_parts, until};

const PARTNER: &str = Sandbox::DEFAULT_PARTNER;

#[tokio::test]
async fn a_faultless_file_is_loaded_and_moved_to_success() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let key = "loader-1738393200000-0a1b.json";
    put(&client, key, with_header(sections()).to_string()).await;
    let done = loads(&sandbox, 1).await.pop().unwrap();
    assert_eq!((&*done.partner, &*done.key, done.state), (PARTNER, key, ObjectState::Success));
    assert_eq!((done.success_count, done.failed_count), (7, 0));
    let reply: Value = serde_json::from_str(&done.reply).unwrap();
    assert_eq!((&reply["status"], &reply["total_count"]), (&json!("SUCCESS"), &json!(7)));

    let date = done.at.format("%Y-%m-%dT%H-%M-%S");
    assert_eq!(done.moved_to, format!("success/loader-1738393200000-0a1b-{date}.json"));
    let objects = sandbox.objects(PARTNER);
    assert_eq!(objects.len(), 1, "moved, not copied");
    assert_eq!((&objects[0].key, objects[0].state), (&done.moved_to, ObjectState::Success));
    assert_eq!((sandbox.loads(), sandbox.loaded(PARTNER).len()), (1, 7));

    let stem =
        client.list_objects_v2().bucket(BUCKET).prefix("success/loader-1738393200000-0a1b").send().await.unwrap();
    assert_eq!(stem.key_count(), Some(1));
}

#[tokio::test]
async fn a_file_with_failures_is_moved_to_failure() {
    let mut wrong = transaction("T2");
    wrong["amt"] = json!("a lot");
    let partial = transactions([transaction("T1"), wrong]).to_string();
    let mut stranger = transactions([transaction("T3")]);
    stranger["apiKey"] = json!("wrong");
    for (body, loaded, failed, status) in [
        (partial, 1, 1, "PARTIAL_SUCCESS"),
        (stranger.to_string(), 0, 0, "KO"),
        ("{".to_owned(), 0, 0, "KO"),
        (String::new(), 0, 0, "KO"),
    ] {
        let sandbox = Sandbox::start().await.unwrap();
        put(&client(&sandbox), KEY, body).await;
        let done = loads(&sandbox, 1).await.pop().unwrap();
        assert_eq!((done.state, done.success_count, done.failed_count), (ObjectState::Failure, loaded, failed));
        let reply: Value = serde_json::from_str(&done.reply).unwrap();
        assert_eq!(reply["status"], status);
        assert!(done.moved_to.starts_with("failure/loader-1-20"), "{}", done.moved_to);
        assert_eq!(sandbox.objects(PARTNER)[0].state, ObjectState::Failure);
        assert_eq!((sandbox.loaded(PARTNER).len() as u64, sandbox.loads()), (loaded, u64::from(status != "KO")));
    }
}

#[tokio::test]
async fn a_file_gives_what_the_same_bytes_give_by_rest() {
    let mut wrong = transaction("T2");
    wrong["amt"] = json!("a lot");
    let payload = transactions([transaction("T1"), wrong]);
    let [by_rest, by_s3] = [Sandbox::start().await.unwrap(), Sandbox::start().await.unwrap()];
    let (_, mut reply) = load(&by_rest, &payload);
    put(&client(&by_s3), KEY, payload.to_string()).await;
    let mut s3_reply: Value = serde_json::from_str(&loads(&by_s3, 1).await[0].reply).unwrap();
    for reply in [&mut reply, &mut s3_reply] {
        assert_eq!(reply["failed_count"], 1);
        reply["end_date"].take();
        reply["errors"][0]["created_at"].take();
    }
    assert_eq!(reply, s3_reply);
    assert_eq!(by_rest.loaded(PARTNER), by_s3.loaded(PARTNER));
}

#[tokio::test]
async fn loads_wait_while_they_are_held_and_keep_their_order() {
    let sandbox = held();
    let client = client(&sandbox);
    for (key, id) in [("2.json", "T1"), ("1.json", "T2"), ("3", "T3")] {
        put(&client, key, transactions([transaction(id)]).to_string()).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(sandbox.objects(PARTNER).iter().all(|object| object.state == ObjectState::Pending));
    assert_eq!((sandbox.s3_loads().len(), sandbox.loads()), (0, 0));

    sandbox.hold_s3_loads(false);
    let keys: Vec<_> = loads(&sandbox, 3).await.into_iter().map(|load| load.key).collect();
    assert_eq!(keys, ["2.json", "1.json", "3"]);
    let ids: Vec<_> = sandbox.loaded(PARTNER).items().map(|item| item.id().to_owned()).collect();
    assert_eq!(ids, ["T1", "T2", "T3"]);
    assert!(sandbox.s3_loads()[2].moved_to.starts_with("success/3-20"), "a key without an extension");
    assert!(!sandbox.s3_loads()[2].moved_to.ends_with('.'));
}

#[tokio::test]
async fn an_object_that_comes_again_is_loaded_again_and_creates_nothing() {
    let sandbox = Sandbox::builder().s3_load_delay(Duration::ZERO).start_blocking().unwrap();
    let client = client(&sandbox);
    let payload = transactions([transaction("T1")]).to_string();
    for times in 1..=3 {
        put(&client, KEY, payload.clone()).await;
        assert_eq!(loads(&sandbox, times).await[times - 1].success_count, 1);
    }
    assert_eq!((sandbox.loads(), sandbox.loaded(PARTNER).count(ModelName::Transaction)), (3, 1));
    assert_eq!(sandbox.commits(PARTNER)[KEY], 3);
    assert_eq!(sandbox.objects(PARTNER).len(), 3, "each has a name of its own");
}

#[tokio::test]
async fn what_is_overwritten_before_its_load_is_loaded_once() {
    let sandbox = held();
    let client = client(&sandbox);
    put(&client, KEY, transactions([transaction("T1")]).to_string()).await;
    put(&client, KEY, transactions([transaction("T2")]).to_string()).await;
    put(&client, "last", transactions([transaction("T3")]).to_string()).await;
    sandbox.hold_s3_loads(false);
    loads(&sandbox, 2).await;
    let ids: Vec<_> = sandbox.loaded(PARTNER).items().map(|item| item.id().to_owned()).collect();
    assert_eq!((ids, sandbox.loads()), (vec!["T2".to_owned(), "T3".to_owned()], 2));
}

#[tokio::test]
async fn what_is_overwritten_during_its_load_is_not_taken_for_loaded() {
    let sandbox = held();
    let client = client(&sandbox);
    let many: Vec<Value> = (0..60_000).map(|number| transaction(&format!("T{number}"))).collect();
    put(&client, KEY, with_header(json!({ "transactions": many })).to_string()).await;
    sandbox.hold_s3_loads(false);
    // The check of so many items takes longer than this; if not, the first file was loaded, and all holds just as well.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = transactions([transaction("second")]).to_string();
    put(&client, KEY, second.clone()).await;
    until(|| sandbox.objects(PARTNER).iter().all(|object| object.state == ObjectState::Success)).await;
    assert!(sandbox.loaded(PARTNER).get(ModelName::Transaction, "second").is_some());
    let last = sandbox.s3_loads().pop().unwrap();
    assert_eq!((last.success_count, sandbox.object_bytes(PARTNER, &last.moved_to)), (1, Some(second.into_bytes())));
}

#[tokio::test]
async fn a_file_of_parts_is_loaded_when_it_is_complete() {
    let sandbox = Sandbox::builder().max_body_bytes(1000).start_blocking().unwrap();
    let client = client(&sandbox);
    let mut payload = transactions([transaction("T1")]).to_string().into_bytes();
    let end = payload.len() - 1;
    payload.splice(end..end, std::iter::repeat_n(b' ', super::sandbox_s3_support::PART));
    let (first, second) = payload.split_at(super::sandbox_s3_support::PART);
    let (id, parts) = send_parts(&client, KEY, &[first.to_vec(), second.to_vec()]).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(sandbox.s3_loads(), []);
    let complete = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id).multipart_upload(parts);
    complete.clone().send().await.unwrap();
    assert_eq!(loads(&sandbox, 1).await[0].state, ObjectState::Success, "the limit of REST does not apply");
    complete.send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!((sandbox.s3_loads().len(), sandbox.commits(PARTNER)[KEY]), (1, 1), "repeated, not committed again");
}

#[tokio::test]
async fn a_payload_of_another_partner_fails() {
    let sandbox = Sandbox::builder().partner("one", "k1").partner("two", "k2").start_blocking().unwrap();
    let client = client(&sandbox);
    let mut payload = transactions([transaction("T1")]);
    merge(&mut payload, json!({ "inigPtynm": "two", "apiKey": "k2" }));
    let put = |bucket: &'static str| {
        client.put_object().bucket(bucket).key(KEY).body(payload.to_string().into_bytes().into())
    };
    put("ql-loader-stg-one").send().await.unwrap();
    let done = loads(&sandbox, 1).await.pop().unwrap();
    assert_eq!((&*done.partner, done.state), ("one", ObjectState::Failure));
    assert!(sandbox.loaded("one").is_empty() && sandbox.loaded("two").is_empty());
    put("ql-loader-stg-two").send().await.unwrap();
    assert_eq!(loads(&sandbox, 2).await[1].state, ObjectState::Success);
    assert_eq!(sandbox.loaded("two").len(), 1);
}

#[tokio::test]
async fn only_the_root_is_loaded_and_never_can_be_chosen() {
    let sandbox = Sandbox::builder().s3_load_delay(Duration::ZERO).start_blocking().unwrap();
    let caller = client(&sandbox);
    for key in ["success/1.json", "failure/2.json", "other/3.json"] {
        put(&caller, key, transactions([transaction(key)]).to_string()).await;
    }
    put(&caller, "last", transactions([transaction("T1")]).to_string()).await;
    assert_eq!(loads(&sandbox, 1).await[0].key, "last");
    let states: Vec<_> = sandbox.objects(PARTNER).into_iter().map(|object| object.state).collect();
    use ObjectState::{Elsewhere, Failure, Success};
    assert_eq!(states, [Failure, Elsewhere, Success, Success]);

    let never = Sandbox::builder().s3_load_delay(Duration::MAX).start_blocking().unwrap();
    put(&client(&never), KEY, "{").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((never.objects(PARTNER)[0].state, never.s3_loads().len()), (ObjectState::Pending, 0));
}

#[tokio::test]
async fn a_large_load_holds_up_nobody() {
    let sandbox = held();
    let client = client(&sandbox);
    let many: Vec<Value> = (0..60_000).map(|number| transaction(&format!("T{number}"))).collect();
    put(&client, KEY, with_header(json!({ "transactions": many })).to_string()).await;
    sandbox.hold_s3_loads(false);
    let mut answered = 0;
    while sandbox.s3_loads().is_empty() {
        client.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
        answered += 1;
    }
    assert!(answered > 3, "{answered} answers in the time of a large load");
    assert_eq!(sandbox.loaded(PARTNER).len(), 60_000);
}

#[tokio::test]
async fn a_reset_forgets_what_waits() {
    let sandbox = held();
    let client = client(&sandbox);
    put(&client, KEY, transactions([transaction("T1")]).to_string()).await;
    send_parts(&client, "parts", &[b"{}".to_vec()]).await;
    sandbox.fail_next_s3(qlower_client::sandbox::S3Fault::SlowDown);
    sandbox.reset();
    assert!(sandbox.objects(PARTNER).is_empty() && sandbox.open_multipart_uploads(PARTNER).is_empty());
    assert!(sandbox.commits(PARTNER).is_empty() && sandbox.s3_requests().is_empty());
    assert_eq!(sandbox.pending_s3_faults(), []);
    sandbox.hold_s3_loads(false);
    put(&client, "next", transactions([transaction("T2")]).to_string()).await;
    assert_eq!(loads(&sandbox, 1).await[0].key, "next");
    assert_eq!((sandbox.loads(), sandbox.loaded(PARTNER).len()), (1, 1));
}

#[tokio::test]
async fn dropping_closes_both_ports_whatever_waits() {
    for hold in [true, false] {
        let sandbox = Sandbox::builder().s3_hold_loads(hold).s3_load_delay(Duration::ZERO).start_blocking().unwrap();
        assert_ne!(sandbox.address(), sandbox.s3_address());
        assert!(sandbox.s3_address().ip().is_loopback());
        let many: Vec<Value> = (0..5000).map(|number| transaction(&format!("T{number}"))).collect();
        put(&client(&sandbox), KEY, with_header(json!({ "transactions": many })).to_string()).await;
        let addresses = [sandbox.address(), sandbox.s3_address()];
        let idle = TcpStream::connect(sandbox.s3_address()).unwrap();
        sandbox.stop().await;
        for address in addresses {
            assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
            drop(TcpListener::bind(address).expect("the port is free again"));
        }
        drop(idle);
    }
}

#[tokio::test]
async fn the_sides_have_faults_and_requests_of_their_own() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next(Fault::BadGateway);
    put(&client(&sandbox), KEY, transactions([transaction("T1")]).to_string()).await;
    loads(&sandbox, 1).await;
    assert_eq!((sandbox.requests().len(), sandbox.fired().len()), (0, 0));
    assert_eq!(super::sandbox_http::post(&sandbox, "{}").unwrap().status, 502);
    assert_eq!((sandbox.s3_requests().len(), sandbox.fired_s3().len()), (1, 0));
    until(|| sandbox.loaded(PARTNER).len() == 1).await;
}
