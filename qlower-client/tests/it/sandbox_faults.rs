//! Every scripted fault: that it fired, what the client sees of it, and whether the load was treated.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests: a missing value is a failed test"
)]

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use qlower_client::sandbox::{Fault, Outcome, RetryAfter, Sandbox};
use serde_json::{Value, json};

use super::sandbox_http::{PATH, Response, connect, exchange, failure, load, post, request};
use super::sandbox_payload::{transaction, transactions};

fn payload() -> Value {
    transactions([transaction("T1")])
}

fn scripted(fault: Fault) -> Sandbox {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.fail_next(fault.clone());
    assert_eq!((sandbox.fired(), sandbox.pending_faults()), (vec![], vec![fault]));
    sandbox
}

/// The fault has fired, once; it did or did not treat the load; and the next load goes well.
#[track_caller]
fn assert_fired(sandbox: &Sandbox, fault: &Fault, treated: bool) {
    assert_eq!(sandbox.fired(), std::slice::from_ref(fault));
    assert_eq!(sandbox.pending_faults(), []);
    assert_eq!(fault.processes(), treated);
    let record = sandbox.requests().pop().unwrap();
    assert_eq!(record.outcome, Outcome::Faulted(fault.clone()));
    assert_eq!((record.processed, record.partner.as_deref()), (treated, Some(Sandbox::DEFAULT_PARTNER)));
    assert_eq!(sandbox.loads(), u64::from(treated));
    assert_eq!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).len(), usize::from(treated));
    assert_eq!(load(sandbox, &payload()).1["status"], "SUCCESS");
    assert_eq!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).len(), 1);
}

/// Lets a fault that answers fire, and gives the answer.
fn answered(fault: Fault) -> Response {
    let sandbox = scripted(fault.clone());
    let response = post(&sandbox, payload().to_string()).unwrap();
    assert_fired(&sandbox, &fault, false);
    response
}

#[test]
fn a_time_out_never_answers_and_holds_up_nobody_else() {
    let sandbox = scripted(Fault::Timeout);
    let mut stream = connect(&sandbox);
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = exchange(&mut stream, &request("POST", PATH, "", payload().to_string().as_bytes())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert_fired(&sandbox, &Fault::Timeout, false);
    drop(stream);
}

#[test]
fn a_timed_out_connection_is_freed_when_the_client_goes() {
    let sandbox = Sandbox::builder().max_connections(1).start_blocking().unwrap();
    sandbox.fail_next(Fault::Timeout);
    let mut stream = connect(&sandbox);
    stream.write_all(&request("POST", PATH, "", payload().to_string().as_bytes())).unwrap();
    while sandbox.fired().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(stream);
    assert_eq!(load(&sandbox, &payload()).1["status"], "SUCCESS", "the only place is free again");
}

#[test]
fn resets_are_seen_as_resets() {
    for (fault, treated) in [(Fault::ResetBeforeProcessing, false), (Fault::ResetAfterProcessing, true)] {
        let sandbox = scripted(fault.clone());
        assert_eq!(failure(&sandbox, &payload()), ErrorKind::ConnectionReset);
        assert_fired(&sandbox, &fault, treated);
    }
}

#[test]
fn a_close_is_an_orderly_end_without_an_answer() {
    let sandbox = scripted(Fault::CloseBeforeProcessing);
    let mut stream = connect(&sandbox);
    stream.write_all(&request("POST", PATH, "", payload().to_string().as_bytes())).unwrap();
    assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
    assert_fired(&sandbox, &Fault::CloseBeforeProcessing, false);
}

#[test]
fn a_truncated_body_is_shorter_than_announced() {
    let sandbox = scripted(Fault::TruncatedBody);
    let mut stream = connect(&sandbox);
    stream.write_all(&request("POST", PATH, "", payload().to_string().as_bytes())).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"), "{head}");
    let announced: usize = head.rsplit(": ").next().unwrap().parse().unwrap();
    assert_eq!(body.len(), announced / 2);
    assert!(body.starts_with("{\"status\":\"SUCCESS\""), "{body}");
    assert_fired(&sandbox, &Fault::TruncatedBody, true);
}

#[test]
fn too_many_requests_asks_for_patience_in_either_form() {
    let fault = |retry_after| Fault::TooManyRequests { retry_after };
    let response = answered(fault(RetryAfter::Seconds(3)));
    assert_eq!((response.status, response.header("retry-after")), (429, Some("3")));
    let at = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).unwrap();
    let response = answered(fault(RetryAfter::HttpDate(at)));
    assert_eq!((response.status, response.header("retry-after")), (429, Some("Thu, 01 Jan 2026 00:00:00 GMT")));
    let response = answered(fault(RetryAfter::None));
    assert_eq!((response.status, response.header("retry-after")), (429, None));
}

#[test]
fn an_internal_error_has_the_documented_shape() {
    let response = answered(Fault::InternalServerError);
    assert_eq!(response.status, 500);
    let body = response.json();
    assert_eq!((&body["status"], &body["type"]), (&json!("KO"), &json!("InternalServerError")));
    assert!(body["message"].is_string() && body["error"].is_string());
}

#[test]
fn a_proxys_answers_are_html_or_nothing() {
    let response = answered(Fault::BadGateway);
    assert_eq!((response.status, response.header("content-type")), (502, Some("text/html")));
    assert!(response.text().starts_with("<html>") && response.text().contains("502 Bad Gateway"));
    let response = answered(Fault::ServiceUnavailable);
    assert_eq!((response.status, response.text()), (503, ""));
}

#[test]
fn any_status_can_be_had() {
    for status in [204, 301, 403, 425, 504, 599, 799] {
        let response = answered(Fault::Status(status));
        assert_eq!((response.status, response.text()), (status, ""));
    }
}

#[test]
fn a_slow_load_is_treated_at_once_and_answered_late() {
    let fault = Fault::Slow { delay: Duration::from_secs(3) };
    let sandbox = scripted(fault.clone());
    let started = Instant::now();
    let mut stream = connect(&sandbox);
    stream.write_all(&request("POST", PATH, "", payload().to_string().as_bytes())).unwrap();
    while sandbox.loads() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(started.elapsed() < Duration::from_secs(3), "treated before the delay is over");
    let response = super::sandbox_http::receive(&mut stream, false).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(3));
    assert_eq!((response.status, &response.json()["status"]), (200, &json!("SUCCESS")));
    assert_fired(&sandbox, &fault, true);
}

#[test]
fn a_load_that_is_too_slow_for_its_client_was_treated_all_the_same() {
    let fault = Fault::Slow { delay: Duration::from_secs(3600) };
    let sandbox = scripted(fault.clone());
    let mut stream = connect(&sandbox);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    exchange(&mut stream, &request("POST", PATH, "", payload().to_string().as_bytes())).unwrap_err();
    assert_fired(&sandbox, &fault, true);
}

#[test]
fn faults_fire_in_order_one_for_each_load() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.fail_next_n(Fault::Status(504), 2);
    sandbox.fail_next(Fault::ResetAfterProcessing);
    sandbox.fail_next_n(Fault::BadGateway, 0);
    assert_eq!(sandbox.pending_faults(), [Fault::Status(504), Fault::Status(504), Fault::ResetAfterProcessing]);
    assert_eq!(post(&sandbox, "{}").unwrap().status, 504, "a fault comes before any judgement of the payload");
    assert_eq!(sandbox.fired().len(), 1);
    assert_eq!(post(&sandbox, payload().to_string()).unwrap().status, 504);
    assert_eq!(failure(&sandbox, &payload()), ErrorKind::ConnectionReset);
    assert_eq!(sandbox.fired(), [Fault::Status(504), Fault::Status(504), Fault::ResetAfterProcessing]);
    assert_eq!(load(&sandbox, &payload()).0, 200);
}

#[test]
fn requests_that_are_no_loads_leave_a_fault_waiting() {
    let sandbox = Sandbox::builder().max_body_bytes(2000).start_blocking().unwrap();
    sandbox.fail_next(Fault::BadGateway);
    for (method, path, body, status) in
        [("GET", PATH, vec![], 405), ("POST", "/other", vec![], 404), ("POST", PATH, vec![b' '; 2001], 413)]
    {
        assert_eq!(exchange(&mut connect(&sandbox), &request(method, path, "", &body)).unwrap().status, status);
    }
    assert_eq!((sandbox.fired().len(), sandbox.pending_faults().len()), (0, 1));
    assert_eq!(post(&sandbox, payload().to_string()).unwrap().status, 502);
    assert_eq!((sandbox.fired().len(), sandbox.pending_faults().len()), (1, 0));
}

#[test]
fn a_fault_that_treats_still_refuses_what_is_wrong() {
    let fault = Fault::Slow { delay: Duration::ZERO };
    let sandbox = scripted(fault.clone());
    let response = post(&sandbox, "{}").unwrap();
    assert_eq!((response.status, &response.json()["type"]), (400, &json!("KeyError")));
    assert_eq!(sandbox.fired(), [fault]);
    assert!(!sandbox.requests()[0].processed);
}
