//! No secret is in what can be printed.

use qlower_core::live::{Access, Answer, Incoming, Measurement, Producer, ProducerError, shown_url};
use qlower_core::webhook::BasicUser;

const SECRET: &str = "s3cr3t-sentinel";

fn producers() -> Vec<Producer> {
    let ways = [
        Access::query("apikey", [SECRET]),
        Access::bearer([SECRET]),
        Access::api_key([SECRET]),
        Access::basic([BasicUser::new("quelia", SECRET)]),
    ];
    ways.map(|way| Producer::builder().access(way).build().unwrap()).into()
}

#[test]
fn nothing_of_a_producer_or_a_request_shows_a_secret() {
    let query = format!("apikey={SECRET}x");
    let value = format!("Bearer {SECRET}x");
    let headers: &[(&str, &[u8])] = &[("Authorization", value.as_bytes()), ("X-API-Key", value.as_bytes())];
    let request = Incoming { method: "GET", query: &query, headers };
    let mut texts = vec![format!("{request:?}"), format!("{request:#?}")];
    for producer in producers() {
        let answer: Answer = producer.gate(&request).unwrap_err();
        assert_eq!(answer.status(), 401);
        texts.extend([
            format!("{producer:?}"),
            format!("{producer:#?}"),
            format!("{answer:?}"),
            answer.body().to_owned(),
        ]);
    }
    let refused = Producer::builder().access(Access::bearer([format!("{SECRET}\n")])).build().unwrap_err();
    assert!(matches!(refused, ProducerError::Access(_)));
    texts.extend([refused.to_string(), format!("{refused:?}")]);
    for url in [
        format!("https://quelia:{SECRET}@api.example/power"),
        format!("https://{SECRET}@api.example/power"),
        format!("https://api.example/power?apikey={SECRET}&x"),
        format!("https://api.example/power?{SECRET}"),
        format!("https://api.example/power#{SECRET}"),
        format!("nowhere {SECRET}"),
    ] {
        texts.push(shown_url(&url));
    }
    for text in texts {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// A page that may not read learns nothing, not even of how it is refused; and nothing ever allows credentials of the browser.
#[test]
fn no_answer_lets_a_browser_send_what_it_stores() {
    for producer in producers().into_iter().chain([Producer::builder().any_origin().build().unwrap()]) {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            for origin in ["https://quelia.fr", "https://evil.example"] {
                let headers: &[(&str, &[u8])] = &[("Origin", origin.as_bytes())];
                let request = Incoming { method, query: "", headers };
                let answer = match producer.gate(&request) {
                    Ok(admitted) => producer.answer(&admitted, Ok(Measurement::new(1.0))),
                    Err(answer) => answer,
                };
                assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
                let named = answer.header("Access-Control-Allow-Origin");
                assert!(matches!(named, None | Some("*")) || named == Some(origin), "{named:?} to {origin}");
                assert_eq!(answer.header("Cache-Control"), Some("no-store"));
            }
        }
    }
}
