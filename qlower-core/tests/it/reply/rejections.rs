//! Answers with another status than 200.

use qlower_core::reply::{Rejection, RejectionKind};

fn parse(status: u16, body: &str) -> Rejection {
    Rejection::parse(status, body.as_bytes(), None)
}

#[test]
fn every_documented_kind_is_known() {
    for (name, kind) in [
        ("ValidationError", RejectionKind::ValidationError),
        ("WrongFormat", RejectionKind::WrongFormat),
        ("ValueError", RejectionKind::ValueError),
        ("KeyError", RejectionKind::KeyError),
        ("InternalServerError", RejectionKind::InternalServerError),
        ("QuotaError", RejectionKind::Other("QuotaError".into())),
    ] {
        let body =
            format!(r#"{{"status": "KO", "type": "{name}", "message": "Données refusées", "errors": "détail"}}"#);
        let rejection = parse(400, &body);
        assert_eq!(rejection.kind(), Some(&kind));
        assert_eq!(kind.to_string(), name);
        assert_eq!(rejection.status(), 400);
        assert_eq!(rejection.message(), Some("Données refusées"));
        assert_eq!(rejection.to_string(), format!("HTTP 400 {name}: Données refusées"));
        assert_eq!(rejection.raw(), body.as_bytes());
    }
}

#[test]
fn details_may_be_any_json() {
    for details in ["\"texte\"", "[1, {\"a\": null}]", "{\"loc\": [\"creDtTm\"]}", "false", "0"] {
        let expected: serde_json::Value = serde_json::from_str(details).unwrap();
        for key in ["errors", "error"] {
            let rejection = parse(400, &format!(r#"{{"type": "KeyError", "message": "m", "{key}": {details}}}"#));
            assert_eq!(rejection.details(), Some(&expected), "{key} {details}");
        }
    }
    assert_eq!(parse(400, r#"{"errors": null, "error": "x"}"#).details(), Some(&"x".into()));
    assert_eq!(parse(400, r#"{"type": "KeyError", "errors": null}"#).details(), None);
}

#[test]
fn a_failure_of_the_server_is_read() {
    let rejection =
        parse(500, r#"{"status": "KO", "type": "InternalServerError", "message": "Panne", "error": "trace"}"#);
    assert_eq!(rejection.kind(), Some(&RejectionKind::InternalServerError));
    assert_eq!(rejection.details(), Some(&"trace".into()));
    assert_eq!(
        serde_json::to_value(&rejection).unwrap(),
        serde_json::json!({
            "status": 500,
            "type": "InternalServerError",
            "message": "Panne",
            "details": "trace",
            "excerpt": "{\"status\": \"KO\", \"type\": \"InternalServerError\", \"message\": \"Panne\", \"error\": \"trace\"}",
        })
    );
}

#[test]
fn other_bodies_keep_status_and_excerpt() {
    let deep = "[".repeat(100_000);
    for (body, shown) in [
        ("", "HTTP 503 without a readable body"),
        ("\u{1b}\0 \r\n", "HTTP 503 without a readable body"),
        ("upstream connect error\r\nreset", "HTTP 503: upstream connect error reset"),
        (
            "<html><head><title>503 Indisponible</title></head><body><h1>503 Indisponible</h1></body></html>",
            "HTTP 503: 503 Indisponible",
        ),
        ("null", "HTTP 503: null"),
        ("[\"a\"]", "HTTP 503: [\"a\"]"),
        ("{\"message\": \"Forbidden\"}", "HTTP 503: Forbidden"),
        ("{\"detail\": \"Not Found\"}", "HTTP 503: {\"detail\": \"Not Found\"}"),
        ("{\"type\": \"KeyError\", \"message\": \"\"}", "HTTP 503 KeyError"),
        ("{\"type\": \"KeyError\", \"message\": [1]}", "HTTP 503 KeyError: [1]"),
        ("{\"type\": \"Key", "HTTP 503: {\"type\": \"Key"),
        (deep.as_str(), &format!("HTTP 503: {}…", "[".repeat(200))),
    ] {
        assert_eq!(parse(503, body).to_string(), shown);
    }
}

#[test]
fn one_line_whatever_the_server_says() {
    let body = serde_json::json!({"type": "a\nb".repeat(1_000), "message": "é\u{1b}[31m\n".repeat(1_000)}).to_string();
    let shown = parse(400, &body).to_string();
    assert!(!shown.contains(char::is_control) && shown.chars().count() < 450, "{shown}");
}
