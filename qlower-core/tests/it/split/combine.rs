//! One reply of several.

use qlower_core::reply::{Reply, Status};
use qlower_core::{Checked, ModelName, Part, Parts};
use serde_json::{Value, json};

use super::{client, declarant, document, items, payload, property, transaction};

fn reply(part: &Part, body: &Value) -> Reply {
    let mut reply = Reply::parse(body.to_string().as_bytes(), None).unwrap();
    reply.tie(&part.checked().payload().unwrap());
    reply
}

fn combine(parts: &Parts, bodies: &[Value]) -> Reply {
    assert_eq!(parts.len(), bodies.len());
    let replies: Vec<_> = parts.iter().zip(bodies).map(|(part, body)| (part, reply(part, body))).collect();
    Reply::combine(replies.iter().map(|(part, reply)| (*part, reply))).unwrap()
}

fn counted(status: &str, success: u64, failed: u64) -> Value {
    json!({"status": status, "total_count": success + failed, "success_count": success, "failed_count": failed})
}

fn with_errors(mut body: Value, errors: &[(&str, &str)]) -> Value {
    let error = |(model, id): &(&str, &str)| json!({"model": model, "id": id, "error": format!("Champ 'id' dans {model} '{id}' invalide : no")});
    body["errors"] = errors.iter().map(error).collect();
    body
}

/// A property, four transactions and a document: parts P1 T1 / T2 T3 / T4 F1.
fn flat() -> (Checked, Parts) {
    let rents = ["T1", "T2", "T3", "T4"].map(|id| transaction(id, "P1")).join(",");
    let whole = payload(&format!(
        r#""properties":[{}],"transactions":[{rents}],"documents":[{}]"#,
        property("P1", ""),
        document("F1", r#""propertyId":"P1""#)
    ));
    let parts = whole.split(&items(2)).unwrap();
    assert_eq!(parts.len(), 3);
    (whole, parts)
}

fn ids(again: &qlower_core::Payload) -> Vec<String> {
    again.items().map(|item| item.id.to_owned()).collect()
}

#[test]
fn of_none_there_is_none() {
    assert_eq!(Reply::combine([]), None);
}

#[test]
fn counts_are_summed_and_errors_lead_into_the_whole() {
    let (whole, parts) = flat();
    let result =
        |model: &str, success: u64, error: u64| json!({"model": model, "item": {"success": success, "error": error}});
    let mut bodies = [
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("transactions", "T1")]),
        counted("SUCCESS", 2, 0),
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("documents", "F1"), ("transactions", "T9")]),
    ];
    bodies[0]["combined_result"] = json!([result("properties", 1, 0), result("transactions", 0, 1)]);
    bodies[1]["combined_result"] = json!([result("transactions", 2, 0)]);
    bodies[2]["combined_result"] =
        json!([result("leases", 0, 0), result("transactions", 1, 0), result("documents", 0, 1)]);
    bodies[0]["end_date"] = "2026-11-20T10:00:00.5".into();
    bodies[1]["end_date"] = "2026-11-20T10:00:02".into();
    bodies[2]["end_date"] = "2026-11-20T10:00:01".into();
    let combined = combine(&parts, &bodies);
    assert_eq!(combined.status(), &Status::PartialSuccess);
    let counts = (combined.total_count(), combined.success_count(), combined.failed_count());
    assert_eq!(counts, (Some(6), Some(4), Some(2)));
    let results: Vec<_> = combined.combined_result().iter().map(|r| (r.model_name(), r.success(), r.error())).collect();
    let expected = [("properties", 1, 0), ("transactions", 3, 1), ("leases", 0, 0), ("documents", 0, 1)];
    assert_eq!(results, expected.map(|(model, success, error)| (model, Some(success), Some(error))));
    assert_eq!(combined.end_date(), Some("2026-11-20T10:00:02"));
    assert_eq!(combined.raw(), b"");
    let pointers: Vec<_> = combined.errors().iter().map(|error| (error.id().unwrap(), error.pointer())).collect();
    assert_eq!(pointers, [("T1", Some("/transactions/0/id")), ("F1", Some("/documents/0/id")), ("T9", None)]);
    assert_eq!(combined.errors()[1].sent().unwrap().pointers(), ["/documents/0"]);
    assert_eq!(combined.untied().count(), 1);
    assert_eq!(ids(&combined.failed_only(&whole.payload().unwrap())), ["T1", "F1"]);
    assert!(combined.to_string().contains("6 in all, 4 accepted, 2 failed"), "{combined}");
}

#[test]
fn the_status_follows_from_the_sums() {
    let (_, parts) = flat();
    let plain = |status: &str| json!({ "status": status });
    for (bodies, expected) in [
        ([counted("SUCCESS", 2, 0), counted("SUCCESS", 2, 0), counted("SUCCESS", 2, 0)], "SUCCESS"),
        ([counted("ERROR", 0, 2), counted("ERROR", 0, 2), counted("ERROR", 0, 2)], "ERROR"),
        ([counted("ERROR", 0, 2), counted("SUCCESS", 2, 0), counted("SUCCESS", 2, 0)], "PARTIAL_SUCCESS"),
        ([counted("SUCCESS", 2, 0), counted("SUCCESS", 1, 1), counted("SUCCESS", 2, 0)], "PARTIAL_SUCCESS"),
        ([counted("SUCCESS", 2, 0), plain("SUCCESS"), plain("SUCCESS")], "SUCCESS"),
        ([counted("ERROR", 0, 2), plain("ERROR"), plain("ERROR")], "ERROR"),
        ([counted("SUCCESS", 2, 0), plain("ERROR"), plain("SUCCESS")], "PARTIAL_SUCCESS"),
        ([counted("SUCCESS", 2, 0), counted("PARTIAL_SUCCESS", 2, 0), counted("SUCCESS", 2, 0)], "PARTIAL_SUCCESS"),
        ([counted("SUCCESS", 2, 0), counted("QUEUED", 2, 0), counted("SUCCESS", 2, 0)], "QUEUED"),
    ] {
        let combined = combine(&parts, &bodies);
        assert_eq!(combined.status().as_str(), expected, "{bodies:?}");
        let all_counted = bodies.iter().all(|body| body.get("total_count").is_some());
        assert_eq!(combined.total_count().is_some(), all_counted, "a number that is not stated is not known");
    }
}

#[test]
fn what_failed_with_its_whole_part_is_not_forgotten() {
    let (whole, parts) = flat();
    let whole = whole.payload().unwrap();
    // The second part failed, and its answer names nothing.
    let bodies = [
        counted("SUCCESS", 2, 0),
        counted("ERROR", 0, 2),
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("documents", "F1")]),
    ];
    let combined = combine(&parts, &bodies);
    assert_eq!(combined.unnamed_failures(), 2);
    assert_eq!(ids(&combined.failed_only(&whole)), ["T2", "T3", "F1"]);
    // Of what was not sent nothing is said, though all that was sent failed.
    let second = parts.get(1).unwrap();
    let failed = reply(second, &counted("ERROR", 0, 2));
    let alone = Reply::combine([(second, &failed)]).unwrap();
    assert!(alone.all_failed());
    assert_eq!(ids(&alone.failed_only(&whole)), ["T2", "T3"]);
    let all = combine(&parts, &[counted("ERROR", 0, 2), counted("ERROR", 0, 2), counted("ERROR", 0, 2)]);
    assert_eq!(all.failed_only(&whole), whole);
}

#[test]
fn one_part_is_the_whole() {
    let rents = ["T1", "T2"].map(|id| transaction(id, "P1")).join(",");
    let whole = payload(&format!("\"transactions\":[{rents}]"));
    let parts = whole.split(&items(2)).unwrap();
    let failed = combine(&parts, &[counted("ERROR", 0, 2)]);
    assert_eq!(failed.failed_only(&whole.payload().unwrap()), whole.payload().unwrap());
    let body = with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("transactions", "T2")]);
    let one = combine(&parts, std::slice::from_ref(&body));
    let single = reply(parts.get(0).unwrap(), &body);
    assert_eq!((one.errors(), one.status(), one.end_date()), (single.errors(), single.status(), single.end_date()));
}

/// Entries a (P1 T1), b (P1 T1 T2 T3), c (P1 T1): parts a / b: P1 T1 / b: T2 T3 / c.
fn clients() -> (Checked, Parts) {
    let entry = |email: &str, rents: &[&str]| {
        let rents: Vec<_> = rents.iter().map(|id| transaction(id, "P1")).collect();
        client(email, &format!(r#","properties":[{}],"transactions":[{}]"#, property("P1", ""), rents.join(",")))
    };
    let entries =
        [entry("a@example.com", &["T1"]), entry("b@example.com", &["T1", "T2", "T3"]), entry("c@example.com", &["T1"])];
    let whole = payload(&format!("\"clients\":[{}]", entries.join(",")));
    let parts = whole.split(&items(2)).unwrap();
    assert_eq!(parts.iter().map(Part::items).collect::<Vec<_>>(), [2, 2, 2, 2]);
    (whole, parts)
}

#[test]
fn errors_of_pieces_of_an_entry_lead_to_the_entry() {
    let (whole, parts) = clients();
    let bodies = [
        counted("SUCCESS", 2, 0),
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("transactions", "T1")]),
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("transactions", "T3")]),
        with_errors(counted("PARTIAL_SUCCESS", 1, 1), &[("transactions", "T1")]),
    ];
    let combined = combine(&parts, &bodies);
    let pointers: Vec<_> = combined.errors().iter().filter_map(|error| error.pointer()).collect();
    assert_eq!(
        pointers,
        ["/clients/1/transactions/0/id", "/clients/1/transactions/2/id", "/clients/2/transactions/0/id"]
    );
    assert_eq!(combined.unnamed_failures(), 0, "T1 is two items");
    let again = combined.failed_only(&whole.payload().unwrap());
    assert!(
        again
            .clients
            .iter()
            .any(|entry| entry.client.email.as_str() == "b@example.com" && entry.transactions.len() == 2)
    );
}

#[test]
fn an_entry_that_failed_is_found_by_address_or_index() {
    let (whole, parts) = clients();
    let whole = whole.payload().unwrap();
    for (id, pointer) in [("c@example.com", "/clients/2"), ("0", "/clients/2")] {
        let mut body = counted("ERROR", 0, 3);
        body["errors"] = json!([{"model": "clients", "id": id, "error": "Compte refusé"}]);
        body["success_count"] = 1.into();
        let combined =
            combine(&parts, &[counted("SUCCESS", 2, 0), counted("SUCCESS", 2, 0), counted("SUCCESS", 2, 0), body]);
        let error = &combined.errors()[0];
        assert_eq!((error.id(), error.pointer()), (Some(id), Some(pointer)), "in the server's words");
        assert_eq!(error.sent().unwrap().model(), ModelName::ClientEntry);
        let again = combined.failed_only(&whole);
        assert_eq!(again.clients, whole.clients[2..]);
    }
}

#[test]
fn parts_of_entries_that_failed_go_again() {
    let (whole, parts) = clients();
    let whole = whole.payload().unwrap();
    let failed = |numbers: [bool; 4]| {
        let bodies = numbers.map(|failed| if failed { counted("ERROR", 0, 2) } else { counted("SUCCESS", 2, 0) });
        combine(&parts, &bodies).failed_only(&whole)
    };
    let again = failed([false, false, true, false]);
    assert_eq!(ids(&again), ["T2", "T3"]);
    assert_eq!(again.clients[0].client, whole.clients[1].client);
    assert_eq!(failed([true, false, false, false]).clients, whole.clients[..1]);
    assert_eq!(failed([true; 4]), whole);

    let owner = declarant("D1", &format!(r#","properties":[{}]"#, property("P1", "")));
    let more = payload(&format!(r#""declarants":[{owner}],"transactions":[{}]"#, transaction("T1", "P1")));
    let parts = more.split(&items(2)).unwrap();
    let again =
        combine(&parts, &[counted("ERROR", 0, 2), counted("SUCCESS", 1, 0)]).failed_only(&more.payload().unwrap());
    assert_eq!(again.declarants, more.payload().unwrap().declarants, "with what is nested");
    assert!(again.transactions.is_empty());
}
