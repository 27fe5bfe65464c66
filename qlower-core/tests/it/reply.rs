//! Answers of the REST endpoint: every shape, and what each says of the sent items.

mod failed_only;
mod generated;
mod lenient;
mod rejections;
mod secrets;
mod tying;

use qlower_core::reply::{Reply, Status};
use qlower_core::{
    Associate, ClientAccount, ClientEntry, Declarant, Document, Lang, ModelName, Payload, Property, Transaction,
};

const SUCCESS: &str = r#"{
    "status": "SUCCESS",
    "total_count": 3,
    "success_count": 3,
    "failed_count": 0,
    "end_date": "2025-11-28T16:05:41.203118",
    "errors": [],
    "combined_result": [
        {"model": "properties", "item": {"success": 1, "error": 0}},
        {"model": "transactions", "item": {"success": 2, "error": 0}}
    ]
}"#;

const PARTIAL_SUCCESS: &str = r#"{
    "status": "PARTIAL_SUCCESS",
    "total_count": 3,
    "success_count": 2,
    "failed_count": 1,
    "end_date": "2025-11-28T16:07:02.000480",
    "errors": [
        {
            "model": "transactions",
            "type": "ValidationError",
            "error": "Champ 'amt' dans transactions 'rent-2025-11' invalide : Field required",
            "created_at": "2025-11-28T17:07:01.994102Z",
            "id": "rent-2025-11"
        }
    ],
    "combined_result": [
        {"model": "properties", "item": {"success": 1, "error": 0}},
        {"model": "transactions", "item": {"success": 1, "error": 1}}
    ]
}"#;

fn parse(body: &str) -> Reply {
    Reply::parse(body.as_bytes(), None).unwrap()
}

fn declarant(id: &str) -> Declarant {
    Declarant::builder()
        .id(id)
        .legal_status("5426")
        .name("SCI des Tilleuls")
        .address("4 rue du Port")
        .town("Vannes")
        .post_code("56000")
        .build()
        .unwrap()
}

fn associate(id: &str) -> Associate {
    Associate::builder().id(id).civility("MME").email("anne.le.goff@example.org").build().unwrap()
}

fn property(id: &str) -> Property {
    Property::builder()
        .id(id)
        .description("Deux-pièces sous les toits")
        .street("rue du Port")
        .town("Vannes")
        .post_code("56000")
        .country("FR")
        .last_name("Le Goff")
        .first_name("Anne")
        .email("anne.le.goff@example.org")
        .acquisition_date("2019-03-01")
        .tax_regime("5")
        .build()
        .unwrap()
}

fn transaction(id: &str) -> Transaction {
    Transaction::builder()
        .id(id)
        .date("2025-11-05")
        .property_id("P1")
        .amount("640.50")
        .reference("Loyer")
        .build()
        .unwrap()
}

fn document(id: &str) -> Document {
    Document::builder()
        .id(id)
        .file_name("bail.pdf")
        .year("2025")
        .file_link("https://files.example.org/bail.pdf")
        .build()
        .unwrap()
}

fn account(email: &str) -> ClientAccount {
    ClientAccount::builder().email(email).first_name("Anne").last_name("Le Goff").build().unwrap()
}

fn entry(email: &str) -> ClientEntry {
    ClientEntry { client: account(email), ..ClientEntry::default() }
}

fn payload() -> Payload {
    Payload::builder().partner("acme").api_key("key").created_at("2025-11-28T17:00:00+01:00").build().unwrap()
}

/// A reply in which these items failed, each given as model and id.
fn failing(items: &[(&str, &str)]) -> Reply {
    let errors: Vec<_> =
        items.iter().map(|(model, id)| serde_json::json!({"model": model, "id": id, "error": "refusé"})).collect();
    let body = serde_json::json!({"status": "PARTIAL_SUCCESS", "success_count": 1, "failed_count": errors.len(), "errors": errors});
    parse(&body.to_string())
}

#[test]
fn a_success_says_what_was_accepted() {
    let reply = parse(SUCCESS);
    assert_eq!(reply.status(), &Status::Success);
    assert_eq!((reply.total_count(), reply.success_count(), reply.failed_count()), (Some(3), Some(3), Some(0)));
    assert_eq!(reply.end_date(), Some("2025-11-28T16:05:41.203118"));
    assert_eq!(reply.end_date_naive().unwrap().to_string(), "2025-11-28 16:05:41.203118");
    assert!(reply.errors().is_empty() && !reply.has_failures() && !reply.all_failed());
    let results: Vec<_> =
        reply.combined_result().iter().map(|result| (result.model(), result.success(), result.error())).collect();
    assert_eq!(
        results,
        [(Some(ModelName::Property), Some(1), Some(0)), (Some(ModelName::Transaction), Some(2), Some(0))]
    );
    assert_eq!(reply.raw(), SUCCESS.as_bytes());
}

#[test]
fn a_partial_success_names_item_field_and_reason() {
    let reply = parse(PARTIAL_SUCCESS);
    assert_eq!(reply.status(), &Status::PartialSuccess);
    assert!(reply.has_failures() && !reply.all_failed());
    let [error] = reply.errors() else { panic!("one error") };
    assert_eq!((error.model_name(), error.model()), ("transactions", Some(ModelName::Transaction)));
    assert_eq!((error.id(), error.kind()), (Some("rent-2025-11"), Some("ValidationError")));
    assert_eq!((error.field(), error.reason()), (Some("amt"), Some("Field required")));
    assert_eq!(error.message(), "Champ 'amt' dans transactions 'rent-2025-11' invalide : Field required");
    assert_eq!(error.created_at(), Some("2025-11-28T17:07:01.994102Z"));
    assert_eq!(
        error.to_string(),
        "transactions rent-2025-11: Champ 'amt' dans transactions 'rent-2025-11' invalide : Field required"
    );
    assert!(error.sent().is_none(), "not tied yet");
}

#[test]
fn the_summary_fits_a_screen_in_both_languages() {
    let mut reply = parse(PARTIAL_SUCCESS);
    let sent = Payload { transactions: vec![transaction("rent-2025-10"), transaction("rent-2025-11")], ..payload() };
    reply.tie(&sent);
    assert_eq!(
        reply.summary(Lang::En),
        "PARTIAL_SUCCESS: some items failed.\n\
         3 in all, 2 accepted, 1 failed\n  \
           properties        1 accepted, 0 failed\n  \
           transactions      1 accepted, 1 failed\n\
         - transactions  rent-2025-11  /transactions/1/amt\n    \
             amt: Field required\n"
    );
    assert_eq!(
        reply.summary(Lang::Fr),
        "PARTIAL_SUCCESS : certains éléments ont échoué.\n\
         3 au total, 2 acceptés, 1 en échec\n  \
           properties        1 accepté, 0 en échec\n  \
           transactions      1 accepté, 1 en échec\n\
         - transactions  rent-2025-11  /transactions/1/amt\n    \
             amt : Field required\n"
    );
    assert_eq!(reply.to_string(), reply.summary(Lang::En).trim_end());
}

#[test]
fn a_long_or_hostile_answer_stays_on_the_screen() {
    let errors: Vec<_> = (0..500)
        .map(|at| serde_json::json!({"model": "transactions", "id": format!("T\u{1b}[2J{at}\n"), "error": "x\r\n".repeat(500)}))
        .collect();
    let body = serde_json::json!({"status": "\u{1b}]0;owned\u{7}", "failed_count": 600, "errors": errors}).to_string();
    let mut reply = parse(&body);
    reply.tie(&payload());
    for (lang, more, unnamed) in [
        (Lang::En, "and more: 480\n", "Failed items that the answer does not name: 100\n"),
        (Lang::Fr, "et d'autres : 480\n", "Éléments en échec que la réponse ne désigne pas : 100\n"),
    ] {
        let summary = reply.summary(lang);
        assert!(summary.lines().count() < 50 && summary.len() < 10_000, "{summary}");
        assert!(!summary.contains(|c: char| c.is_control() && c != '\n'), "{summary:?}");
        assert!(summary.contains(more) && summary.contains(": 500\n") && summary.ends_with(unnamed), "{summary}");
    }
}

#[test]
fn the_json_of_a_reply_is_stable() {
    let mut reply = parse(PARTIAL_SUCCESS);
    reply.tie(&Payload { transactions: vec![transaction("rent-2025-11")], ..payload() });
    assert_eq!(
        serde_json::to_value(&reply).unwrap(),
        serde_json::json!({
            "status": "PARTIAL_SUCCESS",
            "total_count": 3,
            "success_count": 2,
            "failed_count": 1,
            "end_date": "2025-11-28T16:07:02.000480",
            "errors": [{
                "model": "transactions",
                "id": "rent-2025-11",
                "type": "ValidationError",
                "field": "amt",
                "reason": "Field required",
                "message": "Champ 'amt' dans transactions 'rent-2025-11' invalide : Field required",
                "created_at": "2025-11-28T17:07:01.994102Z",
                "pointer": "/transactions/0/amt",
                "pointers": ["/transactions/0"],
            }],
            "combined_result": [
                {"model": "properties", "item": {"success": 1, "error": 0}},
                {"model": "transactions", "item": {"success": 1, "error": 1}},
            ],
        })
    );
}
