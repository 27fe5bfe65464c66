//! What the sandbox makes of a payload.
#![expect(clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use chrono::NaiveDate;
use qlower_client::sandbox::Sandbox;
use qlower_core::ModelName::{Associate, Declarant, Document, Property, Transaction};
use qlower_core::value::Amount;
use serde_json::json;

use super::sandbox_http::{counts, errors, load};
use super::sandbox_payload::{
    associate, clients, declarant, document, entry, merge, property, sections, transaction, transactions, with_header,
};

fn sandbox() -> Sandbox {
    Sandbox::builder().start_blocking().unwrap()
}

fn own(sandbox: &Sandbox) -> qlower_client::sandbox::Loaded {
    sandbox.loaded(Sandbox::DEFAULT_PARTNER)
}

#[test]
fn a_complete_document_is_loaded_in_every_part() {
    let sandbox = sandbox();
    let answer = load(&sandbox, &with_header(sections()));
    assert_eq!(counts(&answer), (200, "SUCCESS", 7, 0), "{answer:?}");
    let models: Vec<_> =
        answer.1["combined_result"].as_array().unwrap().iter().map(|model| model["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["declarants", "associates", "properties", "transactions", "documents"]);

    let loaded = own(&sandbox);
    assert_eq!(
        [Declarant, Associate, Property, Transaction, Document].map(|model| loaded.count(model)),
        [1, 1, 2, 1, 2]
    );
    assert_eq!(loaded.get(Document, "DOC1").unwrap().parent(), Some((Property, "P1")));
    assert_eq!(loaded.get(Property, "P1").unwrap().parent(), Some((Declarant, "D1")));
    assert_eq!(loaded.get(Property, "P2").unwrap().parent(), None);
    let rent: qlower_core::Transaction = loaded.get(Transaction, "T1").unwrap().read().unwrap();
    assert_eq!((rent.amount, &*rent.reference), (Amount::from("850.25"), "Loyer janvier"));
    let home = loaded.get(Property, "P1").unwrap().json();
    assert_eq!((&home["nbrFloors"], home.get("documents")), (&json!(-1), None));
    assert_eq!(sandbox.loads(), 1);
}

#[test]
fn the_answer_has_the_documented_shape_and_clocks() {
    let sandbox = sandbox();
    let (_, body) = load(&sandbox, &transactions([json!({ "id": "T1" })]));
    let keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["combined_result", "end_date", "errors", "failed_count", "status", "success_count", "total_count"]
    );
    let end = body["end_date"].as_str().unwrap();
    let end = chrono::NaiveDateTime::parse_from_str(end, "%Y-%m-%dT%H:%M:%S%.6f").unwrap();
    let created = body["errors"][0]["created_at"].as_str().unwrap().strip_suffix('Z').unwrap();
    let created = chrono::NaiveDateTime::parse_from_str(created, "%Y-%m-%dT%H:%M:%S%.6f").unwrap();
    let apart = (created - end).num_minutes();
    assert!(apart == 60 || apart == 120, "Paris time under the label of UTC: {apart} minutes");
}

#[test]
fn the_same_payload_twice_creates_nothing_new() {
    let sandbox = sandbox();
    load(&sandbox, &with_header(sections()));
    let before = own(&sandbox);
    let again = load(&sandbox, &with_header(sections()));
    assert_eq!(counts(&again), (200, "SUCCESS", 7, 0));
    assert_eq!(own(&sandbox), before);
    assert_eq!(sandbox.loads(), 2);
}

#[test]
fn a_second_load_changes_nothing_of_the_first() {
    let sandbox = sandbox();
    load(&sandbox, &with_header(sections()));
    let before = own(&sandbox);
    let mut changed = sections();
    changed["transactions"][0]["amt"] = json!(-1.5);
    changed["declarants"][0]["corporateName"] = json!("Autre nom");
    changed["declarants"][0]["properties"][0]["documents"][0]["year"] = json!("2020");
    changed["declarants"][0]["properties"][0]["documents"].as_array_mut().unwrap().push(document("DOC3"));
    assert_eq!(counts(&load(&sandbox, &with_header(changed))), (200, "SUCCESS", 8, 0));

    let after = own(&sandbox);
    assert_eq!(after.len(), before.len() + 1, "what is new inside a known item is created");
    for item in before.items() {
        assert_eq!(after.get(item.model(), item.id()), Some(item));
    }
}

#[test]
fn a_faulty_item_fails_alone_and_can_be_sent_again_corrected() {
    let sandbox = sandbox();
    let mut faulty = transaction("T2");
    faulty.as_object_mut().unwrap().remove("amt");
    let answer = load(&sandbox, &transactions([transaction("T1"), faulty, transaction("T3")]));
    assert_eq!(counts(&answer), (200, "PARTIAL_SUCCESS", 2, 1));
    assert_eq!(
        errors(&answer.1),
        [("transactions", Some("T2"), "Champ 'amt' dans transactions 'T2' invalide : Field required")]
    );
    assert!(own(&sandbox).get(Transaction, "T2").is_none());

    assert_eq!(counts(&load(&sandbox, &transactions([transaction("T2")]))), (200, "SUCCESS", 1, 0));
    assert_eq!(own(&sandbox).get(Transaction, "T2").unwrap().json()["amt"], 850.25);
}

#[test]
fn when_everything_fails_the_status_is_error_with_http_200() {
    let sandbox = sandbox();
    let answer = load(&sandbox, &transactions([json!({ "id": "T1" }), json!(5), json!({ "id": 7 })]));
    assert_eq!(counts(&answer), (200, "ERROR", 0, 3));
    assert!(own(&sandbox).is_empty());
    assert_eq!(
        errors(&answer.1)[1],
        ("transactions", None, "Élément de transactions 'None' invalide : Input should be a valid dictionary")
    );
    assert_eq!(errors(&answer.1)[2].1, Some("7"), "the id as it was sent");
    assert_eq!(sandbox.loads(), 1);
}

#[test]
fn an_empty_payload_succeeds_with_nothing() {
    assert_eq!(counts(&load(&sandbox(), &with_header(json!({ "transactions": [] })))), (200, "SUCCESS", 0, 0));
}

#[test]
fn what_stands_in_a_failed_item_fails_with_it() {
    let sandbox = sandbox();
    let mut payload = sections();
    payload["declarants"][0].as_object_mut().unwrap().remove("corporateName");
    payload["declarants"][0]["associates"][0]["civility"] = json!("DR");
    let answer = load(&sandbox, &with_header(payload));
    assert_eq!(counts(&answer), (200, "PARTIAL_SUCCESS", 3, 4));
    assert_eq!(
        errors(&answer.1),
        [
            ("declarants", Some("D1"), "Champ 'corporateName' dans declarants 'D1' invalide : Field required"),
            ("properties", Some("P1"), "Élément de properties 'P1' non traité : declarants 'D1' en erreur"),
            ("documents", Some("DOC1"), "Élément de documents 'DOC1' non traité : declarants 'D1' en erreur"),
            (
                "associates",
                Some("A1"),
                "Champ 'civility' dans associates 'A1' invalide : Input should be 'M', 'MME' or 'SOC'"
            ),
        ]
    );
    let loaded = own(&sandbox);
    assert_eq!(
        [Declarant, Associate, Property, Transaction, Document].map(|model| loaded.count(model)),
        [0, 0, 1, 1, 1]
    );
}

#[test]
fn a_failed_item_leaves_the_one_around_it_alone() {
    let sandbox = sandbox();
    let mut payload = sections();
    payload["declarants"][0]["properties"][0]["documents"][0]["year"] = json!("soon");
    let answer = load(&sandbox, &with_header(payload));
    assert_eq!(counts(&answer), (200, "PARTIAL_SUCCESS", 6, 1));
    assert!(own(&sandbox).get(Property, "P1").is_some());
    assert!(own(&sandbox).get(Document, "DOC1").is_none());
}

#[test]
fn of_two_items_with_one_id_the_later_fails_unless_they_are_equal() {
    let sandbox = sandbox();
    let mut other = transaction("T1");
    other["amt"] = json!(1.0);
    let answer = load(&sandbox, &transactions([transaction("T1"), other]));
    assert_eq!(counts(&answer), (200, "PARTIAL_SUCCESS", 1, 1));
    assert_eq!(
        errors(&answer.1)[0].2,
        "Champ 'id' dans transactions 'T1' invalide : Value error, id already used in this payload"
    );
    assert_eq!(own(&sandbox).get(Transaction, "T1").unwrap().json()["amt"], 850.25);

    let answer = load(&sandbox, &transactions([transaction("T2"), transaction("T2")]));
    assert_eq!(counts(&answer), (200, "SUCCESS", 2, 0));
    assert_eq!(own(&sandbox).count(Transaction), 2);
}

#[test]
fn an_entry_with_a_faulty_client_block_fails_alone() {
    let sandbox = sandbox();
    let mut faulty = entry("b@example.com", json!({ "transactions": [transaction("T2")] }));
    faulty["client"].as_object_mut().unwrap().remove("lastName");
    let good = entry("a@example.com", json!({ "transactions": [transaction("T1")] }));
    let answer = load(&sandbox, &clients([faulty, good, json!(1)]));
    assert_eq!(counts(&answer), (200, "PARTIAL_SUCCESS", 1, 3));
    assert_eq!(
        errors(&answer.1),
        [
            (
                "clients",
                Some("b@example.com"),
                "Champ 'lastName' dans clients 'b@example.com' invalide : Field required"
            ),
            ("transactions", Some("T2"), "Élément de transactions 'T2' non traité : clients 'b@example.com' en erreur"),
            ("clients", None, "Élément de clients 'None' invalide : Input should be a valid dictionary"),
        ]
    );
    let loaded = own(&sandbox);
    assert_eq!(loaded.accounts().map(|account| account.email()).collect::<Vec<_>>(), ["a@example.com"]);
    assert_eq!(
        loaded.items().map(|item| (item.id(), item.account())).collect::<Vec<_>>(),
        [("T1", Some("a@example.com"))]
    );
}

#[test]
fn accounts_keep_their_ids_apart_and_are_reused() {
    let sandbox = sandbox();
    let mut second = transaction("T1");
    second["amt"] = json!(2.0);
    let answer = load(
        &sandbox,
        &clients([
            entry("a@example.com", json!({ "transactions": [transaction("T1")] })),
            entry("b@example.com", json!({ "transactions": [second] })),
        ]),
    );
    assert_eq!(counts(&answer), (200, "SUCCESS", 2, 0));
    let mut renamed = entry("A@Example.com", json!({ "transactions": [transaction("T1"), transaction("T2")] }));
    renamed["client"]["lastName"] = json!("Autre");
    load(&sandbox, &clients([renamed]));

    let loaded = own(&sandbox);
    assert_eq!((loaded.len(), loaded.accounts().count()), (3, 2));
    let first = loaded.of_account("a@example.com");
    assert_eq!(first.items().map(|item| item.id()).collect::<Vec<_>>(), ["T1", "T2"]);
    assert_eq!(first.accounts().next().unwrap().json()["lastName"], "Roux");
    assert_eq!(loaded.of_account("b@example.com").get(Transaction, "T1").unwrap().json()["amt"], 2.0);
    assert!(loaded.of_account("c@example.com").is_empty());
}

#[test]
fn partners_do_not_see_each_others_loads() {
    let sandbox = Sandbox::builder().partner("acme", "k-1").partner("dupont", "k-2").start_blocking().unwrap();
    for (partner, key) in [("acme", "k-1"), ("dupont", "k-2")] {
        let mut payload = transactions([transaction("T1")]);
        merge(&mut payload, json!({ "inigPtynm": partner, "apiKey": key }));
        assert_eq!(counts(&load(&sandbox, &payload)), (200, "SUCCESS", 1, 0));
        assert_eq!(sandbox.loaded(partner).count(Transaction), 1);
    }
    assert!(sandbox.loaded("nobody").is_empty());
}

#[test]
fn warnings_do_not_keep_an_item_out() {
    let today = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let sandbox = Sandbox::builder().today(today).start_blocking().unwrap();
    let mut future = transaction("T1");
    merge(&mut future, json!({ "amt": 0, "idPrty": "P1" }));
    assert_eq!(counts(&load(&sandbox, &transactions([future]))), (200, "SUCCESS", 1, 0));
    assert_eq!(own(&sandbox).get(Transaction, "T1").unwrap().json()["idPrty"], "P1");
}

#[test]
fn an_erasure_is_a_request_and_creates_nothing() {
    let sandbox = sandbox();
    load(&sandbox, &with_header(sections()));
    let before = own(&sandbox);
    assert_eq!(before.erasure_requests().count(), 0);
    let mut known = property("P1", json!([document("DOC9")]));
    known["remove"] = json!("R");
    let mut unknown = property("P9", json!([]));
    unknown["remove"] = json!("R");
    let answer = load(&sandbox, &with_header(json!({ "properties": [known, unknown] })));
    assert_eq!(counts(&answer), (200, "SUCCESS", 3, 0));
    let after = own(&sandbox);
    assert_eq!(after.erasure_requests().collect::<Vec<_>>(), ["P1", "P9"]);
    assert!(after.items().eq(before.items()));
}

#[test]
fn one_id_in_two_models_is_two_items() {
    let sandbox = sandbox();
    let payload = with_header(json!({
        "declarants": [declarant("X", json!([property("X", json!([document("X")]))]), json!([associate("X")]))],
        "transactions": [transaction("X")],
    }));
    assert_eq!(counts(&load(&sandbox, &payload)), (200, "SUCCESS", 5, 0));
    assert_eq!(own(&sandbox).len(), 5);
}

#[test]
fn reset_forgets_loads_requests_and_faults() {
    let sandbox = sandbox();
    load(&sandbox, &transactions([transaction("T1")]));
    sandbox.fail_next(qlower_client::sandbox::Fault::Timeout);
    sandbox.reset();
    assert!(own(&sandbox).is_empty());
    assert_eq!((sandbox.loads(), sandbox.requests().len(), sandbox.pending_faults().len()), (0, 0, 0));
    assert_eq!(counts(&load(&sandbox, &transactions([transaction("T1")]))), (200, "SUCCESS", 1, 0), "partners stay");
    assert_eq!(own(&sandbox).len(), 1);
}
