//! What is unusual in an answer does not stop reading it; what is no answer is an error.

use proptest::prelude::*;
use qlower_core::Lang;
use qlower_core::reply::{Rejection, Reply, ReplyProblem, Status};

use super::{PARTIAL_SUCCESS, parse};

#[test]
fn an_unknown_status_is_kept() {
    assert_eq!(parse(r#"{"status": "QUEUED"}"#).status(), &Status::Other("QUEUED".into()));
    assert_eq!(parse(r#"{"status": " partial_success "}"#).status(), &Status::PartialSuccess);
    for body in [r#"{"status": null}"#, r#"{"total_count": 1}"#, r#"{"status": {"code": 1}}"#] {
        let reply = parse(body);
        assert_eq!(reply.status(), &Status::Other(String::new()), "{body}");
        assert!(reply.has_failures(), "nothing says that it went well: {body}");
        assert!(reply.summary(Lang::En).starts_with("The answer states no status."));
    }
}

#[test]
fn missing_fields_are_absent() {
    let reply = parse(r#"{"status": "SUCCESS"}"#);
    assert_eq!((reply.total_count(), reply.success_count(), reply.failed_count()), (None, None, None));
    assert_eq!((reply.end_date(), reply.end_date_naive()), (None, None));
    assert!(reply.errors().is_empty() && reply.combined_result().is_empty() && !reply.has_failures());
    assert_eq!(reply.summary(Lang::Fr), "SUCCESS : tout a été accepté.\n");
    let nulls =
        r#"{"status": "SUCCESS", "total_count": null, "end_date": null, "errors": null, "combined_result": null}"#;
    assert_eq!(serde_json::to_value(parse(nulls)).unwrap(), serde_json::to_value(reply).unwrap());
}

#[test]
fn counts_come_in_every_type() {
    let reply = parse(
        r#"{"status": "SUCCESS", "total_count": "12", "success_count": 12.0, "failed_count": -1, "future": {"a": [1]}}"#,
    );
    assert_eq!((reply.total_count(), reply.success_count(), reply.failed_count()), (Some(12), Some(12), None));
    let reply =
        parse(r#"{"total_count": 18446744073709551615, "success_count": 18446744073709551616, "failed_count": 1.5}"#);
    assert_eq!((reply.total_count(), reply.success_count(), reply.failed_count()), (Some(u64::MAX), None, None));
    assert_eq!(reply.unnamed_failures(), 0);
    assert_eq!(parse(r#"{"failed_count": 18446744073709551615}"#).unnamed_failures(), u64::MAX);
}

#[test]
fn no_entry_of_the_errors_is_lost() {
    let reply = parse(
        r#"{"status": "PARTIAL_SUCCESS", "failed_count": 9, "errors": ["compte inconnu", null, 7, ["a"], {},
            {"model": "documents", "id": 42, "error": {"loc": ["year"]}}, {"message": "refusé", "id": true, "model": 3}]}"#,
    );
    let seen: Vec<_> = reply.errors().iter().map(|error| (error.model_name(), error.id(), error.message())).collect();
    assert_eq!(
        seen,
        [
            ("", None, "compte inconnu"),
            ("", None, ""),
            ("", None, "7"),
            ("", None, "[\"a\"]"),
            ("", None, ""),
            ("documents", Some("42"), "{\"loc\":[\"year\"]}"),
            ("3", Some("true"), "refusé"),
        ]
    );
    assert_eq!(reply.unnamed_failures(), 2);
    assert_eq!(parse(r#"{"errors": "panne"}"#).errors()[0].message(), "panne");
    assert_eq!(parse(r#"{"errors": {"error": "panne", "id": "X"}}"#).errors()[0].id(), Some("X"));
}

#[test]
fn what_the_entry_leaves_out_is_taken_from_the_sentence() {
    let reply = parse(r#"{"errors": [{"error": "Champ 'year' dans documents 'D 9' invalide : Not a year"}]}"#);
    let error = &reply.errors()[0];
    assert_eq!((error.model_name(), error.id(), error.field()), ("documents", Some("D 9"), Some("year")));
}

#[test]
fn repeated_keys_marks_and_broken_bytes_do_not_stop_reading() {
    assert_eq!(parse("\u{feff} {\"status\": \"ERROR\", \"status\": \"SUCCESS\"}").status(), &Status::Success);
    let reply = Reply::parse(b"{\"status\": \"SUCCESS\", \"errors\": [\"caf\xe9\"]}", None).unwrap();
    assert_eq!(reply.errors()[0].message(), "caf\u{fffd}");
}

#[test]
fn results_of_odd_shapes_are_read_as_far_as_they_go() {
    let reply = parse(
        r#"{"combined_result": [{"model": "leases", "item": {"success": "4"}}, {"success": 1, "error": 2}, 5,
            {"model": "documents", "item": null}]}"#,
    );
    let seen: Vec<_> = reply.combined_result().iter().map(|r| (r.model_name(), r.success(), r.error())).collect();
    assert_eq!(seen, [("leases", Some(4), None), ("", Some(1), Some(2)), ("documents", None, None)]);
    assert!(parse(r#"{"combined_result": {"a": 1}}"#).combined_result().is_empty());
}

#[test]
fn what_is_no_reply_is_an_error_that_keeps_the_body() {
    let deep = "{\"status\": ".to_owned() + &"[".repeat(100_000);
    for (body, problem) in [
        ("", ReplyProblem::Empty),
        (" \r\n", ReplyProblem::Empty),
        ("<html><body>Bonjour</body></html>", ReplyProblem::NotJson),
        ("status=SUCCESS", ReplyProblem::NotJson),
        (&PARTIAL_SUCCESS[..200], ReplyProblem::NotJson),
        (deep.as_str(), ReplyProblem::NotJson),
        ("{\"status\": 1} {}", ReplyProblem::NotJson),
        ("null", ReplyProblem::OtherJson),
        ("[]", ReplyProblem::OtherJson),
        ("\"SUCCESS\"", ReplyProblem::OtherJson),
        ("{}", ReplyProblem::OtherJson),
        ("{\"message\": \"Forbidden\"}", ReplyProblem::OtherJson),
    ] {
        let error = Reply::parse(body.as_bytes(), None).unwrap_err();
        assert_eq!(error.problem(), problem, "{:.50}", body);
        assert_eq!(error.raw(), body.as_bytes());
        assert_eq!(std::error::Error::source(&error).is_some(), problem == ReplyProblem::NotJson);
        assert!(error.excerpt().chars().count() <= 201);
    }
    assert!(size_of::<qlower_core::reply::InvalidReply>() <= 16);
}

/// Everything that can be asked of an answer, so that nothing in it panics.
fn use_all(body: &[u8]) {
    let key = qlower_core::ApiKey::from("s3cr3t-key");
    for key in [None, Some(&key)] {
        match Reply::parse(body, key) {
            Ok(mut reply) => {
                reply.tie(&super::payload());
                assert!(serde_json::to_string(&reply).is_ok());
                assert!(!format!("{reply:?}{reply}{}", reply.summary(Lang::Fr)).is_empty());
                assert!(reply.untied().count() <= reply.errors().len());
                assert_eq!(reply.failed_only(&super::payload()), super::payload());
            }
            Err(error) => assert!(!format!("{error:?}{error}").is_empty()),
        }
        let rejection = Rejection::parse(500, body, key);
        assert!(serde_json::to_string(&rejection).is_ok());
        assert!(rejection.to_string().starts_with("HTTP 500"));
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
        "Champ '.*' dans .* '.*' invalide : .*".prop_map(Into::into),
        "<.*>".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        let key = prop_oneof!["model", "error", "item", "id", "success", "type", ".*"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(key, inner, 0..5)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body: Vec<u8>) {
        use_all(&body);
    }

    #[test]
    fn a_damaged_reply_is_read_without_panic(at in 0..PARTIAL_SUCCESS.len(), damage: [u8; 3], keep in 0..PARTIAL_SUCCESS.len()) {
        let mut body = PARTIAL_SUCCESS.as_bytes().to_vec();
        body.splice(at..at, damage);
        use_all(&body);
        body.truncate(keep);
        use_all(&body);
    }

    #[test]
    fn any_json_in_the_known_places_is_read(
        status in any_json(), count in any_json(), end in any_json(), errors in any_json(), results in any_json(),
    ) {
        let body = serde_json::json!({
            "status": status, "total_count": count, "success_count": count, "failed_count": count,
            "end_date": end, "errors": errors, "combined_result": results,
        });
        let body = body.to_string();
        prop_assert!(Reply::parse(body.as_bytes(), None).is_ok());
        use_all(body.as_bytes());
    }
}
