//! From an error to the sent item.

use qlower_core::reply::{Reply, Sent};
use qlower_core::{ApiKey, ModelName, Payload};

use super::{associate, declarant, document, entry, failing, parse, payload, property, transaction};

fn pointers(reply: &Reply) -> Vec<Vec<&str>> {
    reply
        .errors()
        .iter()
        .map(|error| error.sent().into_iter().flat_map(Sent::pointers).map(String::as_str).collect())
        .collect()
}

fn flat() -> Payload {
    let mut owner = declarant("A");
    owner.associates = vec![associate("S1"), associate("S2")];
    let mut home = property("P1");
    home.documents = vec![document("F0"), document("F1")];
    owner.properties = vec![home];
    Payload {
        declarants: vec![declarant("D0"), owner],
        properties: vec![property("P2"), property("A")],
        transactions: vec![transaction("T0"), transaction("42")],
        documents: vec![document("F2")],
        ..payload()
    }
}

#[test]
fn every_model_is_found_by_its_id() {
    let mut reply = failing(&[
        ("declarants", "A"),
        ("associates", "S2"),
        ("properties", "P1"),
        ("properties", "A"),
        ("documents", "F1"),
        ("documents", "F2"),
        ("transactions", "42"),
        ("Transaction", "T0"),
        ("transactions", "unheard-of"),
        ("transactions", "P2"),
    ]);
    assert_eq!(reply.untied().count(), 10, "not tied yet");
    reply.tie(&flat());
    assert_eq!(
        pointers(&reply),
        [
            vec!["/declarants/1"],
            vec!["/declarants/1/associates/1"],
            vec!["/declarants/1/properties/0"],
            vec!["/properties/1"],
            vec!["/declarants/1/properties/0/documents/1"],
            vec!["/documents/0"],
            vec!["/transactions/1"],
            vec!["/transactions/0"],
            vec![],
            vec![],
        ]
    );
    let untied: Vec<_> = reply.untied().map(|error| error.id()).collect();
    assert_eq!(untied, [Some("unheard-of"), Some("P2")]);
    assert_eq!(reply.errors()[6].sent().unwrap().model(), ModelName::Transaction);
    assert_eq!(reply.errors()[6].sent().unwrap().id(), "42");
}

#[test]
fn an_unknown_model_is_no_obstacle_if_the_id_is_clear() {
    let mut reply = failing(&[("leases", "T0"), ("leases", "A"), ("", "F2")]);
    reply.tie(&flat());
    assert_eq!(pointers(&reply), [vec!["/transactions/0"], vec![], vec!["/documents/0"]], "two models use A");
}

#[test]
fn a_number_is_an_id_as_well() {
    let mut reply = parse(r#"{"errors": [{"model": "transactions", "id": 42}]}"#);
    reply.tie(&flat());
    assert_eq!(pointers(&reply), [vec!["/transactions/1"]]);
}

#[test]
fn the_field_is_pointed_at_if_the_model_has_it() {
    let sentence = |field: &str| {
        format!(
            r#"{{"model": "transactions", "id": "T0", "error": "Champ '{field}' dans transactions 'T0' invalide : x"}}"#
        )
    };
    let mut reply = parse(&format!(r#"{{"errors": [{}, {}]}}"#, sentence("id-prty"), sentence("bogus")));
    reply.tie(&flat());
    let [known, unknown] = reply.errors() else { panic!("two errors") };
    assert_eq!(known.pointer(), Some("/transactions/0/id-prty"));
    assert_eq!(known.sent().unwrap().field_pointer(), Some("/transactions/0/id-prty"));
    assert_eq!((unknown.field(), unknown.pointer()), (Some("bogus"), Some("/transactions/0")));
    assert_eq!(unknown.sent().unwrap().field_pointer(), None);
}

#[test]
fn an_id_under_two_clients_has_two_places() {
    let mut first = entry("a@example.org");
    first.transactions = vec![transaction("T1")];
    let mut second = entry("b@example.org");
    second.transactions = vec![transaction("T0"), transaction("T1")];
    let sent = Payload { clients: vec![first, second], ..payload() };
    let mut reply = failing(&[("transactions", "T1"), ("transactions", "T0")]);
    reply.tie(&sent);
    assert_eq!(
        pointers(&reply),
        [vec!["/clients/0/transactions/0", "/clients/1/transactions/1"], vec!["/clients/1/transactions/0"]]
    );
    assert_eq!(reply.errors()[0].pointer(), Some("/clients/0/transactions/0"));
    assert!(reply.to_string().contains("other places with this id: 1"), "{reply}");
}

#[test]
fn entries_are_found_by_address_or_index() {
    let sent =
        Payload { clients: vec![entry("a@example.org"), entry("B@example.org"), entry("b@example.org")], ..payload() };
    let mut reply = failing(&[
        ("clients", "A@Example.org"),
        ("client", "1"),
        ("clients", "b@example.org"),
        ("clients", "3"),
        ("client", "x@y.z"),
    ]);
    reply.tie(&sent);
    assert_eq!(
        pointers(&reply),
        [vec!["/clients/0"], vec!["/clients/1/client"], vec!["/clients/1", "/clients/2"], vec![], vec![]]
    );
    assert_eq!(reply.errors()[1].sent().unwrap().id(), "B@example.org");

    let sentence = "Champ 'email' dans clients 'a@example.org' invalide : x";
    let mut reply = parse(
        &serde_json::json!({"errors": [{"error": sentence}, {"model": "client", "id": 2, "error": sentence}]})
            .to_string(),
    );
    reply.tie(&sent);
    let places: Vec<_> = reply.errors().iter().map(|error| error.pointer()).collect();
    assert_eq!(places, [Some("/clients/0/client/email"), Some("/clients/2/client/email")]);
}

#[test]
fn tying_again_replaces_what_was_known() {
    let mut reply = failing(&[("transactions", "T0")]);
    reply.tie(&flat());
    assert_eq!(reply.untied().count(), 0);
    reply.tie(&payload());
    assert_eq!(reply.untied().count(), 1);
    assert!(reply.to_string().contains("transactions  T0  (not among the items sent)"), "{reply}");
}

#[test]
fn an_id_that_holds_the_key_is_found_and_not_shown() {
    let key = ApiKey::from("s3cr3t-key");
    let body = br#"{"errors": [{"model": "transactions", "id": "T-s3cr3t-key"}]}"#;
    let mut reply = Reply::parse(body, Some(&key)).unwrap();
    let sent = Payload { api_key: key, transactions: vec![transaction("T-s3cr3t-key")], ..payload() };
    reply.tie(&sent);
    assert_eq!(reply.errors()[0].pointer(), Some("/transactions/0"));
    assert_eq!((reply.errors()[0].id(), reply.errors()[0].sent().unwrap().id()), (Some("T-***"), "T-***"));
    assert_eq!(reply.failed_only(&sent).transactions, [transaction("T-s3cr3t-key")]);
}
