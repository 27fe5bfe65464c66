//! The access key in an answer is shown nowhere.

use qlower_core::reply::{Rejection, Reply};
use qlower_core::{ApiKey, Lang, Payload};

use super::{entry, payload, transaction};

const KEY: &str = "S3NT1NEL-\u{e9}\"<9>";

fn key() -> ApiKey {
    ApiKey::from(KEY)
}

fn assert_hidden(texts: &[String]) {
    for text in texts {
        assert!(!text.contains("S3NT1NEL"), "{text}");
    }
    assert!(texts.iter().any(|text| text.contains("***")), "the key stood in none of them: {texts:?}");
}

fn texts_of(reply: &Reply) -> Vec<String> {
    let mut texts = vec![
        format!("{reply:?}"),
        format!("{reply:#?}"),
        reply.to_string(),
        reply.summary(Lang::En),
        reply.summary(Lang::Fr),
        serde_json::to_string(reply).unwrap(),
        reply.status().to_string(),
        reply.end_date().unwrap_or_default().to_owned(),
    ];
    for error in reply.errors() {
        texts.extend([error.to_string(), error.message().to_owned(), error.model_name().to_owned()]);
        texts.extend(
            [error.id(), error.kind(), error.created_at(), error.field(), error.reason()]
                .map(|text| text.unwrap_or_default().to_owned()),
        );
        texts.extend(error.sent().map(|sent| sent.id().to_owned()));
    }
    texts.extend(reply.combined_result().iter().map(|result| result.model_name().to_owned()));
    texts
}

#[test]
fn a_reply_that_repeats_the_key_everywhere_shows_it_nowhere() {
    let echo = serde_json::json!({
        "status": KEY, "total_count": KEY, "end_date": KEY, KEY: KEY,
        "errors": [
            {"model": KEY, "type": KEY, "error": KEY, "created_at": KEY, "id": KEY},
            {"model": "transactions", "error": format!("Champ '{KEY}' dans transactions '{KEY}' invalide : {KEY}"), "id": KEY},
            {"model": "clients", "error": {"input": {"apiKey": KEY, KEY: [KEY]}}, "id": format!("{KEY}@example.org")},
            {"error": format!("{{\"apiKey\": {}}}", serde_json::to_string(KEY).unwrap())},
            KEY,
        ],
        "combined_result": [{"model": KEY}],
    });
    let sent = Payload {
        api_key: key(),
        transactions: vec![transaction(KEY)],
        clients: vec![entry(&format!("{KEY}@example.org"))],
        ..payload()
    };
    let mut reply = Reply::parse(echo.to_string().as_bytes(), Some(&key())).unwrap();
    assert_hidden(&texts_of(&reply));
    reply.tie(&sent);
    assert_eq!(reply.untied().count(), 2, "{reply}");
    assert_hidden(&texts_of(&reply));
    assert_hidden(&reply.errors().iter().map(ToString::to_string).collect::<Vec<_>>());
    let one_error =
        Reply::parse(format!(r#"{{"errors": ["{}"]}}"#, "S3NT1NEL-\\u00e9\\\"<9>").as_bytes(), Some(&key())).unwrap();
    assert_eq!(one_error.errors()[0].message(), "***");
}

#[test]
fn a_body_that_is_no_reply_hides_the_key() {
    let quoted = serde_json::to_string(KEY).unwrap();
    for body in [
        format!("<html>your key {KEY} is bad</html>"),
        "<p>S3NT1NEL-&eacute; S3NT1NEL-\u{e9}&quot;&lt;9&gt;</p>".replace("S3NT1NEL-&eacute; ", ""),
        format!("{{\"apiKey\": {quoted}"),
        format!("{{\"apiKey\": {}", &quoted[..quoted.len() - 4]),
        format!("[{quoted}]"),
        "key=S3NT1NEL-%C3%A9%22%3C9%3E".to_owned(),
        "x".repeat(195) + KEY,
    ] {
        let error = Reply::parse(body.as_bytes(), Some(&key())).unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!("{source} {source:?}")).unwrap_or_default();
        assert_hidden(&[
            format!("{error:?}"),
            format!("{error:#?}"),
            error.to_string(),
            error.excerpt().to_owned(),
            source,
        ]);
        let rejection = Rejection::parse(400, body.as_bytes(), Some(&key()));
        assert_hidden(&texts_of_rejection(&rejection));
    }
}

fn texts_of_rejection(rejection: &Rejection) -> Vec<String> {
    vec![
        format!("{rejection:?}"),
        format!("{rejection:#?}"),
        rejection.to_string(),
        rejection.excerpt().to_owned(),
        rejection.message().unwrap_or_default().to_owned(),
        rejection.kind().map(ToString::to_string).unwrap_or_default(),
        rejection.details().map(ToString::to_string).unwrap_or_default(),
        serde_json::to_string(rejection).unwrap(),
    ]
}

#[test]
fn a_rejection_that_repeats_the_key_everywhere_shows_it_nowhere() {
    for details in ["errors", "error", "detail"] {
        let echo = serde_json::json!({
            "status": KEY, "type": KEY, "message": format!("clé {KEY} inconnue"), details: [{KEY: {"input_value": KEY}}],
        });
        let rejection = Rejection::parse(400, echo.to_string().as_bytes(), Some(&key()));
        assert_hidden(&texts_of_rejection(&rejection));
        assert_eq!(rejection.message(), Some("clé *** inconnue"));
        assert!(rejection.details().is_some());
    }
}

#[test]
fn the_raw_body_is_left_alone() {
    let body = format!("{{\"status\": {}}}", serde_json::to_string(KEY).unwrap());
    assert_eq!(Reply::parse(body.as_bytes(), Some(&key())).unwrap().raw(), body.as_bytes());
}
