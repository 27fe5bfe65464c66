//! Items that the server refuses, told in terms of the whole.

use qlower_client::reply::Status;
use qlower_client::sandbox::Sandbox;
use qlower_client::{Check, Client, Environment, ModelName, RetryPolicy, SplitOptions, check_text};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{PARTNER, options};
use crate::sandbox_payload::{clients, entry, merge, property, transaction, with_header};

/// Treats loads like Qlower, but knows no purpose `OLD`: the sandbox itself never refuses what was checked.
struct NoOldPurposes;

impl Respond for NoOldPurposes {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let payload: Value = serde_json::from_slice(&request.body).unwrap();
        let scopes = payload["clients"].as_array().cloned().unwrap_or_else(|| vec![payload.clone()]);
        let (mut good, mut errors) = (0, Vec::new());
        for scope in &scopes {
            for item in scope["transactions"].as_array().into_iter().flatten() {
                let id = item["id"].as_str().unwrap();
                if item["purpose"] == "OLD" {
                    let error = format!("Champ 'purpose' dans transactions '{id}' invalide : unknown purpose");
                    errors.push(json!({"model": "transactions", "type": "ValueError", "error": error, "id": id}));
                } else {
                    good += 1;
                }
            }
            good += scope["properties"].as_array().map_or(0, Vec::len);
        }
        let status = match (good, errors.len()) {
            (_, 0) => "SUCCESS",
            (0, _) => "ERROR",
            _ => "PARTIAL_SUCCESS",
        };
        ResponseTemplate::new(200).set_body_json(json!({
            "status": status, "total_count": good + errors.len(), "success_count": good, "failed_count": errors.len(),
            "end_date": "2025-02-01T08:00:01", "errors": errors,
        }))
    }
}

async fn server() -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(NoOldPurposes).mount(&server).await;
    let environment = Environment::custom(&server.uri()).unwrap();
    (server, Client::builder(environment).retry(RetryPolicy::none()).build().unwrap())
}

fn rent(id: &str, purpose: &str) -> Value {
    let mut item = transaction(id);
    merge(&mut item, json!({ "purpose": purpose }));
    item
}

#[tokio::test]
async fn errors_lead_into_the_whole_and_what_failed_is_corrected_and_sent() {
    let purposes = ["RENT", "OLD", "RENT", "OLD", "OLD", "RENT", "RENT", "OLD"];
    let rents: Vec<_> = purposes.iter().enumerate().map(|(n, purpose)| rent(&format!("T{n}"), purpose)).collect();
    let whole = with_header(json!({ "transactions": rents, "properties": [property("P1", json!([]))] }));
    let whole = check_text(whole.to_string()).into_result().unwrap();
    let parts = whole.split(&SplitOptions::default().max_items(2)).unwrap();
    assert_eq!(parts.len(), 5);

    let (_server, client) = server().await;
    let sent = client.send_all(&parts, &options(3)).await;
    assert!(sent.is_complete(), "items that fail are no failure");
    let reply = sent.reply().unwrap();
    assert_eq!(
        (reply.status(), reply.success_count(), reply.failed_count()),
        (&Status::PartialSuccess, Some(5), Some(4))
    );
    let pointers: Vec<_> = reply.errors().iter().map(|error| error.pointer().unwrap()).collect();
    let expected = [1, 3, 4, 7].map(|n| format!("/transactions/{n}/purpose"));
    assert_eq!(pointers, expected);
    let in_parts: Vec<_> = sent
        .processed()
        .flat_map(|(_, receipt)| receipt.reply().errors())
        .filter_map(|error| error.pointer())
        .collect();
    assert_eq!(in_parts[0], "/transactions/0/purpose", "a part's own reply leads into the part");

    let mut again = reply.failed_only(&whole.payload().unwrap());
    let ids: Vec<_> = again.transactions.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["T1", "T3", "T4", "T7"]);
    for item in &mut again.transactions {
        item.category = Some("RENT".into());
    }
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder(sandbox.environment()).build().unwrap();
    let parts = again.check().into_result().unwrap().split(&SplitOptions::default().max_items(3)).unwrap();
    let sent = client.send_all(&parts, &options(3)).await;
    assert_eq!((parts.len(), sent.reply().unwrap().status()), (2, &Status::Success));
    let loaded = sandbox.loaded(PARTNER);
    assert_eq!(loaded.count(ModelName::Transaction), 4);
    assert!(loaded.items().all(|item| item.json()["purpose"] == "RENT"));
}

#[tokio::test]
async fn the_same_id_under_two_clients_is_two_items() {
    let of = |purpose: &str| json!({ "properties": [property("P1", json!([]))], "transactions": [rent("T1", "RENT"), rent("T2", purpose)] });
    let whole = clients([
        entry("a@example.com", of("RENT")),
        entry("b@example.com", of("OLD")),
        entry("c@example.com", of("OLD")),
    ]);
    let whole = check_text(whole.to_string()).into_result().unwrap();
    let (_server, client) = server().await;
    // One client a part, and parts within a client.
    for (limit, count) in [(3, 3), (2, 6)] {
        let parts = whole.split(&SplitOptions::default().max_items(limit)).unwrap();
        assert_eq!(parts.len(), count);
        let sent = client.send_all(&parts, &options(3)).await;
        let reply = sent.reply().unwrap();
        let pointers: Vec<_> = reply.errors().iter().map(|error| error.pointer().unwrap()).collect();
        assert_eq!(pointers, ["/clients/1/transactions/1/purpose", "/clients/2/transactions/1/purpose"]);
        assert_eq!((reply.failed_count(), reply.unnamed_failures()), (Some(2), 0));
    }
}
