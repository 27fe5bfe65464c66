//! What each answer becomes.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::time::Duration;

use qlower_client::core::reply::{RejectionKind, ReplyProblem, Status};
use qlower_client::error::{ApiError, UnreadableReply};
use qlower_client::{Certainty, Error, ErrorKind, RetryPolicy};
use wiremock::ResponseTemplate;

use crate::support::{builder, chain, checked, json, payload, requests, server, success};

async fn receipt(answer: ResponseTemplate) -> qlower_client::Receipt {
    let server = server(answer).await;
    builder(&server.uri()).build().unwrap().send(&checked()).await.unwrap()
}

async fn failure(answer: ResponseTemplate) -> Error {
    let server = server(answer).await;
    let client = builder(&server.uri()).retry(RetryPolicy::none()).build().unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert_eq!((requests(&server).await.len(), error.attempts()), (1, 1));
    error
}

fn api(error: &Error) -> &ApiError {
    match error.kind() {
        ErrorKind::Api(error) => error,
        other => panic!("{other:?}"),
    }
}

fn unreadable(error: &Error) -> &UnreadableReply {
    match error.kind() {
        ErrorKind::UnreadableReply(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_success_is_a_receipt() {
    let receipt = receipt(success()).await;
    assert_eq!(receipt.certainty(), Certainty::Processed);
    assert_eq!(receipt.attempts(), 1);
    assert!(!receipt.earlier_attempt_may_have_been_processed());
    assert!(receipt.duration() > Duration::ZERO && receipt.duration() < Duration::from_secs(10));
    assert_eq!(receipt.payload_sha256(), checked().sha256_hex());
    assert_eq!(receipt.reply().status(), &Status::Success);
    assert_eq!(receipt.reply().success_count(), Some(2));
    assert_eq!(receipt.reply().errors(), []);

    let shown: serde_json::Value = serde_json::to_value(&receipt).unwrap();
    assert_eq!(shown["certainty"], "processed");
    assert_eq!(shown["attempts"], 1);
    assert_eq!(shown["earlier_attempt_may_have_been_processed"], false);
    assert_eq!(shown["payload_sha256"], checked().sha256_hex());
    assert_eq!(shown["duration_seconds"].as_f64(), Some(receipt.duration().as_secs_f64()));
    assert_eq!(shown["reply"]["status"], "SUCCESS");
    assert_eq!(receipt.into_reply().total_count(), Some(2));
}

#[tokio::test]
async fn a_partial_success_ties_its_errors_to_what_was_sent() {
    let body = r#"{"status": "PARTIAL_SUCCESS", "total_count": 2, "success_count": 1, "failed_count": 1,
        "errors": [{"model": "transactions", "id": "T2", "type": "ValidationError", "created_at": "2024-12-10T11:00:00Z",
            "error": "Champ 'amt' dans transactions 'T2' invalide : Field required"}]}"#;
    let receipt = receipt(json(200, body)).await;
    assert_eq!(receipt.certainty(), Certainty::Processed);
    assert_eq!(receipt.reply().status(), &Status::PartialSuccess);
    let error = &receipt.reply().errors()[0];
    assert_eq!((error.pointer(), error.reason()), (Some("/transactions/1/amt"), Some("Field required")));
    let again = receipt.reply().failed_only(&payload(2));
    assert_eq!(again.transactions, payload(2).transactions[1..]);
}

#[tokio::test]
async fn a_load_in_which_everything_failed_is_a_receipt_too() {
    let body = r#"{"status": "ERROR", "total_count": 2, "success_count": 0, "failed_count": 2, "errors": []}"#;
    let receipt = receipt(json(200, body)).await;
    assert_eq!(receipt.certainty(), Certainty::Processed);
    assert!(receipt.reply().all_failed());
}

#[tokio::test]
async fn an_unknown_status_and_missing_fields_are_read() {
    let receipt = receipt(json(200, r#"{"status": "QUEUED", "novelty": {"a": [1]}}"#)).await;
    assert_eq!(receipt.reply().status(), &Status::Other("QUEUED".to_owned()));
    assert_eq!(receipt.reply().raw(), br#"{"status": "QUEUED", "novelty": {"a": [1]}}"#);
}

#[tokio::test]
async fn another_2xx_with_a_reply_is_a_receipt() {
    assert_eq!(receipt(json(201, r#"{"status": "SUCCESS"}"#)).await.certainty(), Certainty::Processed);
}

#[tokio::test]
async fn a_200_that_is_no_reply_is_uncertain_and_not_tried_again() {
    for (body, problem) in [
        ("", ReplyProblem::Empty),
        ("<html><title>Hotel Wi-Fi</title></html>", ReplyProblem::NotJson),
        (r#"{"status": "SUCC"#, ReplyProblem::NotJson),
        ("[1]", ReplyProblem::OtherJson),
    ] {
        let error = failure(json(200, body)).await;
        assert_eq!(unreadable(&error).invalid().unwrap().problem(), problem);
        assert_eq!((error.certainty(), error.status()), (Certainty::Unknown, Some(200)));
        assert!(!error.is_retryable() && !error.is_rejected() && error.rejection().is_none());
        let layers = chain(&error);
        assert_eq!(layers[0], "the reply with status 200 cannot be read; the payload may have been processed");
        assert!(layers[1].starts_with("the answer is not a Qlower reply: "), "{layers:?}");
    }
    assert_eq!(failure(ResponseTemplate::new(204)).await.status(), Some(204));
}

#[tokio::test]
async fn a_400_of_each_type_is_a_rejection() {
    for (kind, expected) in [
        ("ValidationError", RejectionKind::ValidationError),
        ("WrongFormat", RejectionKind::WrongFormat),
        ("ValueError", RejectionKind::ValueError),
        ("KeyError", RejectionKind::KeyError),
        ("Novelty", RejectionKind::Other("Novelty".to_owned())),
    ] {
        let body = format!(
            r#"{{"status": "KO", "type": "{kind}", "message": "Clé absente", "errors": ["creDtTm", {{"n": 1}}]}}"#
        );
        let error = failure(json(400, &body)).await;
        assert!(error.is_rejected() && !error.is_retryable() && !error.is_server_error() && !error.is_too_large());
        assert_eq!((error.certainty(), error.status()), (Certainty::NotProcessed, Some(400)));
        let rejection = error.rejection().unwrap();
        assert_eq!((rejection.kind(), rejection.message()), (Some(&expected), Some("Clé absente")));
        assert_eq!(rejection.details(), Some(&serde_json::json!(["creDtTm", {"n": 1}])));
        assert_eq!(chain(&error), [format!("HTTP 400 {kind}: Clé absente")]);
        assert_eq!(api(&error).status(), 400);
    }
}

#[tokio::test]
async fn a_500_is_a_server_error_that_may_have_been_processed() {
    let error =
        failure(json(500, r#"{"status": "KO", "type": "InternalServerError", "message": "Oups", "error": "x"}"#)).await;
    assert!(error.is_server_error() && error.is_retryable() && !error.is_rejected());
    assert_eq!(error.certainty(), Certainty::Unknown);
    assert_eq!(error.rejection().unwrap().kind(), Some(&RejectionKind::InternalServerError));
    assert_eq!(chain(&error), ["HTTP 500 InternalServerError: Oups; the payload may have been processed"]);
}

#[tokio::test]
async fn pages_of_proxies_and_empty_bodies_are_typed_errors() {
    let page = ResponseTemplate::new(502).set_body_raw("<html><h1>Bad Gateway</h1><hr>nginx</html>", "text/html");
    let error = failure(page).await;
    assert_eq!(chain(&error), ["HTTP 502: Bad Gateway nginx; the payload may have been processed"]);

    let error = failure(ResponseTemplate::new(500)).await;
    assert_eq!((error.status(), error.rejection().unwrap().excerpt()), (Some(500), ""));
    assert_eq!(chain(&error), ["HTTP 500 without a readable body; the payload may have been processed"]);
}

#[tokio::test]
async fn statuses_with_a_remedy_name_it() {
    for (status, remedy) in [
        (401, "are the partner, the access key and the environment the right ones?"),
        (403, "are the partner, the access key and the environment the right ones?"),
        (404, "is the environment's URL the right one?"),
        (407, "the proxy wants a user name and a password"),
        (413, "cut it into parts (Checked::split), or upload it to S3"),
    ] {
        let error = failure(ResponseTemplate::new(status)).await;
        assert!(error.to_string().contains(remedy), "{error}");
        assert_eq!(error.is_too_large(), status == 413);
        assert!(error.is_rejected());
    }
}
