//! What all tests need.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is a failed test"
)]

use std::error::Error as StdError;
use std::time::Duration;

use qlower_client::{
    Check, Checked, Client, ClientBuilder, Environment, Payload, RetryPolicy, Transaction, check_text,
};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const KEY: &str = "k-s3cr3t-0815-sentinel";
pub(crate) const REFERENCE: &str = "Loyer-de-Zoé-sentinelle";
pub(crate) const PATH: &str = "/api/third_party/loader";

pub(crate) fn payload(transactions: usize) -> Payload {
    let transaction = |n: usize| {
        Transaction::builder()
            .id(format!("T{n}"))
            .date("2025-01-31")
            .property_id("P1")
            .amount("850.00")
            .reference(format!("{REFERENCE} {n}"))
            .build()
            .unwrap()
    };
    Payload::builder()
        .partner("acme")
        .api_key(KEY)
        .created_at("2025-02-01T08:00:00+01:00")
        .transactions((1..=transactions).map(transaction).collect::<Vec<_>>())
        .build()
        .unwrap()
}

/// A payload of two transactions.
pub(crate) fn checked() -> Checked {
    payload(2).check().into_result().unwrap()
}

/// A payload of several megabytes, most of it blank: more than the buffers between two sockets hold.
pub(crate) fn large() -> Checked {
    let mut text = payload(2).to_json();
    let end = text.len() - 1;
    text.splice(end..end, std::iter::repeat_n(b' ', 9_000_000));
    check_text(text).into_result().unwrap()
}

/// Three attempts, hardly any wait.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy::default().max_attempts(3).base_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(2))
}

pub(crate) fn builder(url: &str) -> ClientBuilder {
    Client::builder(Environment::custom(url).unwrap()).retry(quick()).timeout(Duration::from_secs(20))
}

pub(crate) fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

pub(crate) const SUCCESS: &str = r#"{"status": "SUCCESS", "total_count": 2, "success_count": 2, "failed_count": 0,
    "end_date": "2024-12-10T10:00:00", "errors": [], "combined_result": [{"model": "transactions", "item": {"success": 2, "error": 0}}]}"#;

pub(crate) fn success() -> ResponseTemplate {
    json(200, SUCCESS)
}

pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "application/json")
}

/// A server that gives one answer to every load.
pub(crate) async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path(PATH)).respond_with(answer).mount(&server).await;
    server
}

/// A server that gives these answers in turn, the last one for ever.
pub(crate) async fn server_in_turn(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = answers.len();
    for (n, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(method("POST")).and(path(PATH)).respond_with(answer);
        if n + 1 < last { mock.up_to_n_times(1).mount(&server).await } else { mock.mount(&server).await }
    }
    server
}

pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// Every layer of an error, outermost first. No layer may repeat the next one, nor a cause the URL.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut layers = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        layers.push(cause.to_string());
        next = cause.source();
    }
    for pair in layers.windows(2) {
        assert!(!pair[0].contains(&pair[1]) && !pair[1].contains(PATH), "{pair:?}");
    }
    layers
}
