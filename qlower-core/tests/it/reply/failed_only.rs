//! The payload of just the failed items, case by case.

use qlower_core::{Declarant, Document, Payload, Property};

use super::{associate, declarant, document, entry, failing, parse, payload, property, transaction};

fn ids(payload: &Payload) -> Vec<String> {
    payload.items().map(|item| format!("{} {}", item.pointer, item.id)).collect()
}

/// Declarant D1 with associates and properties P1 (documents F1, F2) and P2, then loose items.
fn sent() -> Payload {
    let home = Property { documents: vec![document("F1"), document("F2")], ..property("P1") };
    let owner = Declarant {
        associates: vec![associate("S1"), associate("S2")],
        properties: vec![home, property("P2")],
        ..declarant("D1")
    };
    let shop = Property { documents: vec![document("F3")], ..property("P3") };
    let loose = Document { declarant_id: Some("D1".into()), ..document("F4") };
    Payload {
        declarants: vec![owner, declarant("D2")],
        properties: vec![shop],
        transactions: vec![transaction("T1"), transaction("T2"), transaction("T3")],
        documents: vec![loose],
        ..payload()
    }
}

fn failed(items: &[(&str, &str)]) -> Payload {
    failing(items).failed_only(&sent())
}

#[test]
fn loose_items_go_as_they_stand_and_in_order() {
    let again = failed(&[("transactions", "T3"), ("documents", "F4"), ("transactions", "T1")]);
    assert_eq!(
        again,
        Payload { transactions: vec![transaction("T1"), transaction("T3")], documents: sent().documents, ..payload() }
    );
}

#[test]
fn a_nested_property_moves_out_with_its_documents() {
    let again = failed(&[("properties", "P1"), ("documents", "F2")]);
    assert_eq!(ids(&again), ["/properties/0 P1", "/properties/0/documents/0 F1", "/properties/0/documents/1 F2"]);
    let expected = Property { declarant_id: Some("D1".into()), ..sent().declarants[0].properties[0].clone() };
    assert_eq!(again.properties, [expected]);
}

#[test]
fn a_nested_document_moves_out_and_names_its_property() {
    let again = failed(&[("documents", "F2"), ("documents", "F3"), ("documents", "F4")]);
    let of = |id: &str, property: &str| Document { property_id: Some(property.into()), ..document(id) };
    assert_eq!(
        again,
        Payload { documents: vec![of("F2", "P1"), of("F3", "P3"), sent().documents[0].clone()], ..payload() }
    );
}

#[test]
fn references_that_were_given_are_kept_and_blank_ones_filled() {
    let mut sent = sent();
    sent.declarants[0].properties[0].documents[0].property_id = Some("elsewhere".into());
    sent.declarants[0].properties[0].documents[1].property_id = Some(" ".into());
    let again = failing(&[("documents", "F1"), ("documents", "F2")]).failed_only(&sent);
    let owners: Vec<_> = again.documents.iter().map(|document| document.property_id.as_deref()).collect();
    assert_eq!(owners, [Some("elsewhere"), Some("P1")]);
}

#[test]
fn a_declarant_goes_whole_and_nothing_in_it_goes_twice() {
    let again = failed(&[
        ("documents", "F1"),
        ("associates", "S2"),
        ("properties", "P2"),
        ("declarants", "D1"),
        ("declarants", "D1"),
    ]);
    assert_eq!(again, Payload { declarants: vec![sent().declarants[0].clone()], ..payload() });
}

#[test]
fn an_associate_takes_its_declarant_along_without_the_properties() {
    let again = failed(&[("associates", "S2"), ("properties", "P2")]);
    let wrapper = Declarant { associates: vec![associate("S2")], ..declarant("D1") };
    let moved = Property { declarant_id: Some("D1".into()), ..property("P2") };
    assert_eq!(again, Payload { declarants: vec![wrapper], properties: vec![moved], ..payload() });
}

#[test]
fn clients_keep_their_items_and_a_failed_one_goes_whole() {
    let mut first = entry("a@example.org");
    first.declarants = sent().declarants;
    let mut second = entry("b@example.org");
    second.transactions = vec![transaction("T1"), transaction("T2")];
    let third = entry("c@example.org");
    let sent = Payload { clients: vec![first, second, third], ..payload() };

    let again = failing(&[("transactions", "T2"), ("properties", "P2")]).failed_only(&sent);
    assert_eq!(ids(&again), ["/clients/0/properties/0 P2", "/clients/1/transactions/0 T2"]);
    assert_eq!(again.clients[0].client, sent.clients[0].client);

    for (model, id) in [("clients", "b@example.org"), ("client", "1"), ("client", "B@EXAMPLE.ORG")] {
        assert_eq!(
            failing(&[(model, id), ("transactions", "T1")]).failed_only(&sent).clients,
            [sent.clients[1].clone()],
            "{model} {id}"
        );
    }
    assert_eq!(
        failing(&[("clients", "c@example.org")]).failed_only(&sent).clients,
        [sent.clients[2].clone()],
        "even an empty one"
    );
}

#[test]
fn an_id_under_two_clients_goes_twice_since_either_may_have_failed() {
    let mut first = entry("a@example.org");
    first.transactions = vec![transaction("T1"), transaction("T2")];
    let second = Payload {
        clients: vec![first.clone(), {
            first.client = super::account("b@example.org");
            first
        }],
        ..payload()
    };
    let again = failing(&[("transactions", "T1")]).failed_only(&second);
    assert_eq!(ids(&again), ["/clients/0/transactions/0 T1", "/clients/1/transactions/0 T1"]);
}

#[test]
fn an_item_that_was_sent_twice_goes_once() {
    let mut twice = sent();
    twice.transactions.push(transaction("T1"));
    twice.declarants[1].properties = twice.declarants[0].properties.clone();
    twice.documents.extend(twice.declarants[0].properties[0].documents.clone());
    let again = failing(&[("transactions", "T1"), ("properties", "P1"), ("documents", "F1")]).failed_only(&twice);
    assert_eq!(
        ids(&again),
        ["/properties/0 P1", "/properties/0/documents/0 F1", "/properties/0/documents/1 F2", "/transactions/0 T1"]
    );
    assert_eq!(again.properties[0].declarant_id.as_deref(), Some("D1"));
    let again = failing(&[("declarants", "D2"), ("properties", "P1")]).failed_only(&twice);
    assert_eq!(again, Payload { declarants: vec![twice.declarants[1].clone()], ..payload() }, "P1 goes inside D2");
}

#[test]
fn a_second_item_of_the_same_id_does_not_swallow_what_stands_in_it() {
    let mut sent = sent();
    let mut other = property("P3");
    other.documents = vec![document("F9")];
    sent.properties.push(other);
    let again = failing(&[("properties", "P3"), ("documents", "F9")]).failed_only(&sent);
    assert_eq!(ids(&again), ["/properties/0 P3", "/properties/0/documents/0 F3", "/documents/0 F9"]);
}

#[test]
fn if_everything_failed_everything_goes() {
    for body in [
        r#"{"status": "ERROR"}"#,
        r#"{"status": "ERROR", "errors": [], "success_count": 3}"#,
        r#"{"status": "ERROR", "errors": [{"error": "compte inconnu"}]}"#,
        r#"{"status": "ERROR", "errors": [{"model": "transactions", "id": "T1"}], "success_count": 0}"#,
    ] {
        let reply = parse(body);
        assert!(reply.all_failed(), "{body}");
        assert_eq!(reply.failed_only(&sent()), sent(), "{body}");
    }
    let contradicted =
        parse(r#"{"status": "ERROR", "errors": [{"model": "transactions", "id": "T1"}], "success_count": 2}"#);
    assert_eq!(contradicted.failed_only(&sent()).transactions, [transaction("T1")]);
}

#[test]
fn what_cannot_be_found_is_told() {
    let mut reply = parse(
        r#"{"status": "PARTIAL_SUCCESS", "failed_count": 5, "errors": [
            {"model": "transactions", "id": "T1"}, {"model": "transactions", "id": "gone"}, {"error": "sans identifiant"}]}"#,
    );
    let sent = sent();
    assert_eq!(reply.failed_only(&sent), Payload { transactions: vec![transaction("T1")], ..payload() });
    reply.tie(&sent);
    assert_eq!(reply.untied().count(), 2);
    assert_eq!(reply.unnamed_failures(), 2);
    let summary = reply.to_string();
    assert!(summary.contains("Errors that fit no item sent: 2"), "{summary}");
    assert!(summary.contains("Failed items that the answer does not name: 2"), "{summary}");
}

#[test]
fn the_header_and_unknown_fields_stay() {
    let mut sent = sent();
    sent.extra.insert("batch", "[1]").unwrap();
    let again = failing(&[]).failed_only(&sent);
    assert_eq!(again, Payload { extra: sent.extra.clone(), ..payload() });
}
