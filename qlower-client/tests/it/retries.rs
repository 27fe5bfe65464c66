//! What is tried again, how often, and what is then certain.

use std::time::{Duration, Instant, SystemTime};

use qlower_client::{Certainty, RetryPolicy};
use wiremock::ResponseTemplate;

use crate::support::{builder, chain, checked, client, json, quick, requests, server, server_in_turn, success};

#[tokio::test]
async fn only_the_named_statuses_are_tried_again() {
    use Certainty::{NotProcessed, Unknown};

    for (status, retried, certainty) in [
        (300, false, Unknown),
        (301, false, Unknown),
        (302, false, Unknown),
        (303, false, Unknown),
        (304, false, Unknown),
        (307, false, NotProcessed),
        (308, false, NotProcessed),
        (400, false, NotProcessed),
        (401, false, NotProcessed),
        (402, false, NotProcessed),
        (403, false, NotProcessed),
        (404, false, NotProcessed),
        (405, false, NotProcessed),
        (408, true, NotProcessed),
        (409, false, NotProcessed),
        (410, false, NotProcessed),
        (413, false, NotProcessed),
        (415, false, NotProcessed),
        (418, false, NotProcessed),
        (421, false, NotProcessed),
        (422, false, NotProcessed),
        (423, false, NotProcessed),
        (425, true, NotProcessed),
        (426, false, NotProcessed),
        (429, true, NotProcessed),
        (451, false, NotProcessed),
        (499, false, NotProcessed),
        (500, true, Unknown),
        (501, false, Unknown),
        (502, true, Unknown),
        (503, true, Unknown),
        (504, true, Unknown),
        (505, false, Unknown),
        (507, false, Unknown),
        (599, false, Unknown),
    ] {
        let server = server(ResponseTemplate::new(status)).await;
        let error = client(&server.uri()).send(&checked()).await.unwrap_err();
        let expected = if retried { 3 } else { 1 };
        assert_eq!(requests(&server).await.len(), expected, "{status}");
        assert_eq!(error.attempts() as usize, expected, "{status}");
        assert_eq!((error.status(), error.certainty()), (Some(status), certainty));
        assert_eq!(error.is_retryable(), retried, "{status}");
        assert_eq!(error.to_string().contains("; 3 attempts were made"), retried, "{error}");
        chain(&error);
    }
}

#[tokio::test]
async fn a_success_after_failures_tells_of_them() {
    for (first, earlier) in [(429, false), (503, true)] {
        let server = server_in_turn(vec![ResponseTemplate::new(first), ResponseTemplate::new(408), success()]).await;
        let receipt = client(&server.uri()).send(&checked()).await.unwrap();
        assert_eq!((receipt.attempts(), receipt.certainty()), (3, Certainty::Processed));
        assert_eq!(receipt.earlier_attempt_may_have_been_processed(), earlier, "{first}");

        let requests = requests(&server).await;
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.body == checked().bytes()[..]));
    }
}

#[tokio::test]
async fn one_uncertain_attempt_leaves_the_whole_uncertain() {
    let refusal = json(400, r#"{"status": "KO", "type": "ValueError", "message": "non"}"#);
    let server = server_in_turn(vec![ResponseTemplate::new(504), refusal]).await;
    let error = client(&server.uri()).send(&checked()).await.unwrap_err();
    assert_eq!((error.attempts(), error.status()), (2, Some(400)));
    assert_eq!(error.certainty(), Certainty::Unknown);
    assert!(!error.is_retryable() && error.is_rejected());
    assert_eq!(
        error.to_string(),
        "HTTP 400 ValueError: non; 2 attempts were made; the payload may have been processed"
    );
}

#[tokio::test]
async fn none_means_one_attempt() {
    let server = server(ResponseTemplate::new(503)).await;
    let client = builder(&server.uri()).retry(RetryPolicy::none()).build().unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
    assert!(error.is_retryable(), "by the caller");
}

#[tokio::test]
async fn retry_after_in_seconds_is_kept() {
    let mut loads = tokio::task::JoinSet::new();
    for status in [408, 425, 429, 500, 503] {
        loads.spawn(async move {
            let first = ResponseTemplate::new(status).insert_header("Retry-After", "1");
            let server = server_in_turn(vec![first, success()]).await;
            let receipt = client(&server.uri()).send(&checked()).await.unwrap();
            assert_eq!((receipt.attempts(), requests(&server).await.len()), (2, 2));
            assert!(receipt.duration() >= Duration::from_secs(1), "{status}: {receipt:?}");
        });
    }
    loads.join_all().await;
}

#[tokio::test]
async fn retry_after_as_a_date_is_kept() {
    let date = SystemTime::now() + Duration::from_secs(2);
    let first = ResponseTemplate::new(429).insert_header("Retry-After", httpdate::fmt_http_date(date));
    let server = server_in_turn(vec![first, success()]).await;
    client(&server.uri()).send(&checked()).await.unwrap();
    assert_eq!(requests(&server).await.len(), 2);
    // The date has whole seconds.
    assert!(SystemTime::now() + Duration::from_secs(1) >= date);
}

#[tokio::test]
async fn a_retry_after_that_is_over_or_unreadable_does_not_delay() {
    let past = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(3600));
    for value in [past.as_str(), "0", "soon", "-1", ""] {
        let first = ResponseTemplate::new(503).insert_header("Retry-After", value);
        let server = server_in_turn(vec![first, success()]).await;
        let start = Instant::now();
        client(&server.uri()).send(&checked()).await.unwrap();
        assert!(start.elapsed() < Duration::from_millis(900), "{value:?}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_total_time_ends_the_retrying_and_is_named() {
    let far = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(86_400));
    for (value, seconds) in [("3600", 3600..=3600), (far.as_str(), 86_390..=86_400)] {
        let server = server(ResponseTemplate::new(429).insert_header("Retry-After", value)).await;
        let (client, checked) = (client(&server.uri()), checked());
        let error = tokio::time::timeout(Duration::from_secs(5), client.send(&checked)).await.unwrap().unwrap_err();
        assert_eq!((requests(&server).await.len(), error.attempts()), (1, 1));
        assert!(seconds.contains(&error.retry_after().unwrap().as_secs()), "{error:?}");
        assert!(error.is_retryable(), "after that time");
    }
    let server = server(ResponseTemplate::new(429).insert_header("Retry-After", "3600")).await;
    let error = client(&server.uri()).send(&checked()).await.unwrap_err();
    assert_eq!(chain(&error), ["HTTP 429 without a readable body; the server asks to wait 3600 s before another try"]);
}

#[tokio::test]
async fn retry_after_does_not_make_a_refusal_retryable() {
    let server = server(ResponseTemplate::new(400).insert_header("Retry-After", "0")).await;
    let error = client(&server.uri()).send(&checked()).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn the_total_time_bounds_the_attempts() {
    let server = server(ResponseTemplate::new(503).set_delay(Duration::from_millis(120))).await;
    let policy = quick().max_attempts(1000).total(Duration::from_millis(600));
    let client = builder(&server.uri()).retry(policy).build().unwrap();
    let start = Instant::now();
    let error = client.send(&checked()).await.unwrap_err();
    let attempts = requests(&server).await.len();
    assert!((2..=6).contains(&attempts), "{attempts}");
    assert_eq!(error.attempts() as usize, attempts);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(error.status(), Some(503));
}

#[tokio::test]
async fn waits_grow_between_attempts() {
    let server = server(ResponseTemplate::new(503)).await;
    // The first wait is at most 1 ms, the fourth at most 1 s: with growth, some long wait is all but sure within 12
    // loads.
    let policy = RetryPolicy::default().max_attempts(5).base_delay(Duration::from_millis(1)).factor(10);
    let client = builder(&server.uri()).retry(policy).build().unwrap();
    let mut loads = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let client = client.clone();
        loads.spawn(async move { client.send(&checked()).await.unwrap_err().duration() });
    }
    let durations = loads.join_all().await;
    assert!(durations.iter().any(|duration| *duration > Duration::from_millis(150)), "{durations:?}");
    assert!(durations.iter().any(|duration| *duration < Duration::from_millis(950)), "{durations:?}");
}
