//! A load that is given up.

use std::time::Duration;

use qlower_client::RetryPolicy;
use tokio::time::timeout;
use wiremock::ResponseTemplate;

use crate::raw::{Act, Event, Raw};
use crate::support::{builder, checked, client, large, requests, server};

#[tokio::test]
async fn giving_up_while_waiting_closes_the_connection_and_nothing_follows() {
    let server = Raw::start([Act::Silence]).await;
    let client = client(&server.url);
    let checked = checked();
    let given_up = timeout(Duration::from_millis(300), client.send(&checked)).await;
    assert!(given_up.is_err());
    server.saw(Event::PeerClosed).await;
    assert_eq!(server.fired(), ["silence"]);
    // Longer than all the waits between attempts.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((server.connections(), server.requests()), (1, 1));
}

#[tokio::test]
async fn giving_up_while_sending_leaves_the_payload_incomplete() {
    let server = Raw::start([Act::StopReading]).await;
    let client = client(&server.url);
    let large = large();
    assert!(timeout(Duration::from_millis(200), client.send(&large)).await.is_err());
    server.resume();
    server.saw(Event::PeerClosed).await;
    let log = server.log();
    assert!(log.iter().any(|event| matches!(event, Event::CutOff { body, of } if body < of)), "{log:?}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((server.connections(), server.requests()), (1, 0));
}

#[tokio::test]
async fn giving_up_between_attempts_ends_them() {
    let server = server(ResponseTemplate::new(503).insert_header("Retry-After", "1")).await;
    let client = builder(&server.uri()).retry(RetryPolicy::default()).build().unwrap();
    let checked = checked();
    assert!(timeout(Duration::from_millis(300), client.send(&checked)).await.is_err());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn no_task_is_left_when_client_and_load_are_gone() {
    let server = Raw::start([Act::Silence]).await;
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    {
        let client = client(&server.url);
        let checked = checked();
        assert!(timeout(Duration::from_millis(300), client.send(&checked)).await.is_err());
        assert!(tokio::runtime::Handle::current().metrics().num_alive_tasks() > before, "the connections have tasks");
    }
    server.saw(Event::PeerClosed).await;
    let gone = async {
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), gone).await.expect("tasks are left");
}
